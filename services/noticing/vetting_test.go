package noticing_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/storagetest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

const (
	month  = 30 * 24 * time.Hour
	title  = "需求《超细碳酸钙表面改性》"
	listed = title + "(XQ-330182-2026-0001)"
)

// TestVetting hands demands to the bureau, gets one back and submits it again, and has it decided: each learns what it has to do or what was decided, and
// what it could read.
func TestVetting(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o, firm := m.Office(), m.Firm()
		persons := officers(m)
		elsewhere := markettest.Must(m.Organizations.GetCaller(markettest.As(t.Context(), m.Server.FirstTokens[markettest.Other]), &pb.GetCallerRequest{Name: "caller"}))(t)
		persons["elsewhere"] = m.Found(elsewhere.GetOrganization().GetName(), pb.Role_OPERATOR, pb.Role_APPROVER)
		persons["expert"], persons["other expert"] = o.Expert, m.Found(m.University().Name, pb.Role_EXPERT)
		c := newCrowd(m, map[string]*markettest.Member{"firm": firm, "stranger": m.Firm(), "university": &o.Expert.Member, "bureau": m.Bureau}, persons)

		d := m.DraftDetailed(firm, "open", month)
		c.told(t, "drafted", nobody)
		d = o.Submit(firm, d)
		c.told(t, "submitted", map[string][]string{"operator": {"demand.submitted " + title + "已提交论证,请受理"}})
		d = markettest.Must(m.Vettings.ReturnDemand(o.Operator.Ctx(), &pb.ReturnDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag(), Comments: []*pb.FieldComment{
			{Field: "details.indicators[1].test_method", Text: "请写明测试方法"}, {Field: "nda_details", Text: "请补充图纸"}}}))(t)
		c.told(t, "returned", map[string][]string{"firm": {"demand.returned 科技局退回" + title + ",请修改后再提交:指标:请写明测试方法;nda_details:请补充图纸"}})
		d = m.Read(firm, d)
		d.Title, d.Details.Delivery, d.Details.Indicators = "超细碳酸钙改性", "样品 80 kg", d.Details.Indicators[:1]
		d = markettest.Must(m.Demands.UpdateDemand(firm.Ctx(), &pb.UpdateDemandRequest{RequestId: markettest.ID(), Demand: d, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"title", "details"}}}))(t)
		c.told(t, "edited", nobody)
		d = o.Submit(firm, d)
		c.told(t, "submitted again", map[string][]string{"operator": {"demand.submitted 需求《超细碳酸钙改性》已提交论证,请受理:标题由 超细碳酸钙表面改性 改为 超细碳酸钙改性;" +
			"指标由 白度 ≥ 95.50 %(GB/T 5950,第三方)、粒径 0.5~1.20 μm 改为 白度 ≥ 95.50 %(GB/T 5950,第三方);交付条件由 样品 50 kg 改为 样品 80 kg"}})
		if got := c.last["operator"][0].GetChanges(); len(got) != 3 || got[2].GetField() != "details.delivery" || got[2].GetBefore() != "样品 50 kg" || got[2].GetAfter() != "样品 80 kg" {
			t.Errorf("submitted again: got the changes %v", got)
		}
		d = o.Start(d)
		c.told(t, "taken up", map[string][]string{"firm": {"demand.vetted 科技局已受理需求《超细碳酸钙改性》,正在论证"}, "expert": {"opinion.asked 请您就需求《超细碳酸钙改性》提出论证意见"}})
		o.Opine(d)
		c.told(t, "opinion", map[string][]string{"approver": {"opinion.given 需求《超细碳酸钙改性》已收到一份专家论证意见"}})
		o.Approve(d)
		c.told(t, "approved", map[string][]string{"firm": {"demand.approved 需求《超细碳酸钙改性》已通过论证,待科技局发布"}, "operator": {"demand.approved 需求《超细碳酸钙改性》已通过论证,请发布"}})

		d = o.Start(o.Submit(firm, m.DraftDetailed(firm, "open", month)))
		c.news(t)
		markettest.Must(m.Vettings.TurnDownDemand(o.Approver.Ctx(), &pb.TurnDownDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag(), Reason: "SOLVED", Remark: "市场上有售"}))(t)
		c.told(t, "turned down", map[string][]string{"firm": {"demand.rejected " + title + "未通过论证:已有成熟解决方案;说明:市场上有售"}})
	})
}

// TestRequests asks for changes of a published demand and for its end: who decides is told what is asked, and only what is granted reaches bidders.
func TestRequests(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o, firm, zju := m.Office(), m.Firm(), m.University()
		d := o.Publish(firm, "open", month)
		m.Bid(zju, d, 5)
		c := newCrowd(m, map[string]*markettest.Member{"firm": firm, "bidder": zju, "stranger": m.University()}, officers(m))
		c.news(t)
		until := d.GetDeadline().AsTime().Add(24 * time.Hour)
		changed := proto.CloneOf(d)
		changed.Description, changed.Budget, changed.Deadline = "白度不低于 96", nil, timestamppb.New(until)
		ask := func(d *pb.Demand) *pb.Demand {
			changed.Etag = d.GetEtag()
			return markettest.Must(m.Demands.AmendDemand(firm.Ctx(), &pb.AmendDemandRequest{RequestId: markettest.ID(), Demand: changed,
				UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"description", "budget", "deadline"}}}))(t)
		}
		decide := func(d *pb.Demand, grant bool, remark string) *pb.Demand {
			return markettest.Must(m.Demands.DecideDemandRequest(o.Approver.Ctx(), &pb.DecideDemandRequestRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag(), Grant: grant, Remark: remark}))(t)
		}
		what := ":说明由 白度不低于 95 改为 白度不低于 96;榜额由 500000.00 元 改为 (无);截止时间由 2026-04-01 12:00 改为 2026-04-02 12:00"
		asked := ask(d)
		c.told(t, "asked to amend", map[string][]string{"approver": {"demand.amendment_asked 发榜方申请变更" + listed + ",请决定" + what}})
		refused := decide(asked, false, "榜额须明确")
		c.told(t, "refused", map[string][]string{"firm": {"demand.request_refused 科技局未同意您对" + listed + "的申请:榜额须明确"}})
		asked = ask(refused)
		c.news(t)
		granted := decide(asked, true, "")
		c.told(t, "granted", map[string][]string{"firm": {"demand.amended " + listed + "有变更" + what},
			"bidder": {"demand.amended 您揭榜的" + listed + "有变更,已提交的揭榜书须在截止前确认,否则不予开启" + what}})
		asked = markettest.Must(m.Demands.CancelDemand(firm.Ctx(), &pb.CancelDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: granted.GetEtag(), Reason: "NO_BUDGET", Remark: "集团收回"}))(t)
		c.told(t, "asked to cancel", map[string][]string{"approver": {"demand.cancellation_asked 发榜方申请终止" + listed + ",请决定:经费不落实;集团收回"}})
		decide(asked, true, "")
		c.told(t, "cancelled", map[string][]string{"firm": {"demand.cancelled " + listed + "已终止"}, "bidder": {"demand.cancelled 您揭榜的" + listed + "已终止"}})
	})
}

// TestDirect amends and withdraws a demand that nobody vets: a later deadline needs no confirmation, other content does, its parts are told apart, and
// bidders learn that it is withdrawn.
func TestDirect(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, zju := m.Firm(), m.University()
		d := m.DraftDetailed(firm, "direct", month)
		d = markettest.Must(m.Demands.PublishDemand(firm.Ctx(), &pb.PublishDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag()}))(t)
		m.Bid(zju, d, 5)
		c := newCrowd(m, map[string]*markettest.Member{"firm": firm, "bidder": zju, "stranger": m.University()}, officers(m))
		c.news(t)
		amend := func(field string) {
			d = markettest.Must(m.Demands.AmendDemand(firm.Ctx(), &pb.AmendDemandRequest{RequestId: markettest.ID(), Demand: d, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{field}}}))(t)
		}
		d.Deadline = timestamppb.New(d.GetDeadline().AsTime().Add(24 * time.Hour))
		amend("deadline")
		later := ":截止时间由 2026-04-01 12:00 改为 2026-04-02 12:00"
		c.told(t, "later", map[string][]string{"firm": {"demand.amended " + listed + "有变更" + later}, "bidder": {"demand.amended 您揭榜的" + listed + "有变更" + later}})
		d.Details.TrlWanted, d.Details.PropertyTerms, d.Details.Industries = 7, "", []string{"C2613", "C2614"}
		d.Details.CooperationModes = append(d.Details.CooperationModes, pb.DemandDetails_LICENSING)
		d.Details.Criteria = []*pb.Criterion{{Name: "技术方案", Weight: 70}, {Name: "报价", Weight: 30}}
		amend("details")
		parts := ":行业由 C2613 改为 C2613、C2614;合作方式由 委托开发 改为 委托开发、技术许可;知识产权归属由 归企业 改为 (无);目标就绪度由 6 改为 7;" +
			"评审标准由 技术方案 60%、报价 40% 改为 技术方案 70%、报价 30%"
		c.told(t, "other content", map[string][]string{"firm": {"demand.amended " + listed + "有变更" + parts},
			"bidder": {"demand.amended 您揭榜的" + listed + "有变更,已提交的揭榜书须在截止前确认,否则不予开启" + parts}})
		markettest.Must(m.Demands.WithdrawDemand(firm.Ctx(), &pb.WithdrawDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag(), Reason: "不做了"}))(t)
		c.told(t, "withdrawn", map[string][]string{"firm": {"demand.withdrawn " + listed + "已撤回"}, "bidder": {"demand.withdrawn 您揭榜的" + listed + "已撤回"}})
	})
}

// TestWilted lets a firm forget its demand: it is told to say that it is alive, and nobody else anything.
func TestWilted(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, zju := m.Firm(), m.University()
		d := m.Office().Publish(firm, "open", 6*month)
		m.Bid(zju, d, 5)
		c := newCrowd(m, map[string]*markettest.Member{"firm": firm, "bidder": zju}, officers(m))
		c.news(t)
		m.Clock.Set(d.GetConfirmByTime().AsTime())
		m.Settle()
		by := m.Read(firm, d).GetConfirmByTime().AsTime().In(time.FixedZone("", 8*3600)).Format("2006-01-02 15:04")
		c.told(t, "wilted", map[string][]string{"firm": {"demand.wilted " + listed + "逾期未确认是否有效,已暂不列出,请在 " + by + " 前确认,否则终止"}})
	})
}

// TestQuestions asks and answers. The firm is told what was asked and by no sign who did; an answer comes to its asker, and to those who have asked too.
func TestQuestions(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, url string) {
		m := markettest.Open(t, url, func(c *services.Config) { c.HookLoopback = true })
		firm, zju, sspu, g := m.Firm(), m.University(), m.University(), listen(t)
		d := m.Publish(firm, month)
		other := m.Publish(firm, month)
		m.Bid(m.University(), d, 5)
		owner := m.Token(firm.Name, pb.Role_OWNER).Ctx()
		c := newCrowd(m, map[string]*markettest.Member{"firm": firm, "asker": zju, "second": sspu, "elsewhere": m.University(), "bureau": m.Bureau}, officers(m))
		c.news(t)
		markettest.Must(m.Webhooks.CreateWebhook(owner, &pb.CreateWebhookRequest{Parent: firm.Name, Webhook: &pb.Webhook{Url: g.URL, Kinds: []string{"question.asked", "question.answered"}}}))(t)
		c.news(t)
		ask := func(who string, d *pb.Demand, text string) *pb.Question {
			return markettest.Must(m.Questions.AskQuestion(c.organizations[who].Ctx(), &pb.AskQuestionRequest{RequestId: markettest.ID(), Parent: d.GetName(), Text: text}))(t)
		}
		answer := func(q *pb.Question, text string) {
			markettest.Must(m.Questions.AnswerQuestion(firm.Ctx(), &pb.AnswerQuestionRequest{RequestId: markettest.ID(), Name: q.GetName(), Etag: q.GetEtag(), Answer: text}))(t)
		}
		one := ask("asker", d, "白度按哪个标准测?")
		asked := map[string][]string{"firm": {"question.asked 有人就您的" + listed + "提问,请答复:白度按哪个标准测?"}}
		c.told(t, "asked", asked)
		firms := c.last["firm"]
		two := ask("second", d, "能否提供样品?")
		c.told(t, "asked by another", map[string][]string{"firm": {"question.asked 有人就您的" + listed + "提问,请答复:能否提供样品?"}})
		firms = append(firms, c.last["firm"]...)
		ask("elsewhere", other, "能否延长工期?")
		c.news(t)
		answer(one, "GB/T 5950")
		c.told(t, "answered", map[string][]string{"asker": {"question.answered 您就" + listed + "的提问已获答复:GB/T 5950"},
			"second": {"question.answered 您提过问的" + listed + "有新的答复:GB/T 5950(问:白度按哪个标准测?)"}})
		if got := c.last["asker"]; len(got) != 1 || got[0].GetSubject() != one.GetName() {
			t.Errorf("got %v, want it about its question", got)
		}
		answer(two, "可以")
		c.told(t, "answered to the other", map[string][]string{"second": {"question.answered 您就" + listed + "的提问已获答复:可以"},
			"asker": {"question.answered 您提过问的" + listed + "有新的答复:可以(问:能否提供样品?)"}})

		told := string(g.all())
		for _, n := range firms {
			told += protojson.Format(n)
		}
		if len(firms) != 2 || !strings.Contains(told, "白度按哪个标准测") || strings.Count(string(g.all()), "question.asked") != 3 {
			t.Fatalf("the firm and its webhook got %s, want the questions", told)
		}
		for _, secret := range []string{strings.TrimPrefix(zju.Name, "organizations/"), strings.TrimPrefix(sspu.Name, "organizations/"), one.GetAsker(), two.GetAsker()} {
			if strings.Contains(told, secret) {
				t.Errorf("the firm or its webhook learns %s of an asker: %s", secret, told)
			}
		}
	})
}

// TestNewKinds switches a kind off for a firm and for a person: nothing comes of it, and the other kinds come.
func TestNewKinds(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o, firm := m.Office(), m.Firm()
		c := newCrowd(m, map[string]*markettest.Member{"firm": firm}, officers(m))
		markettest.Must(m.Notices.SwitchNotices(m.Token(firm.Name, pb.Role_OWNER).Ctx(), &pb.SwitchNoticesRequest{Name: "noticeKinds/demand.vetted", Off: true}))(t)
		markettest.Must(m.Notices.SwitchOwnNotices(c.persons["operator"].Ctx(), &pb.SwitchOwnNoticesRequest{Name: "noticeKinds/demand.submitted", Off: true}))(t)
		d := o.Start(o.Submit(firm, m.DraftDetailed(firm, "open", month)))
		c.told(t, "switched off", nobody)
		o.Opine(d)
		o.Approve(d)
		c.told(t, "left on", map[string][]string{"firm": {"demand.approved " + title + "已通过论证,待科技局发布"}, "operator": {"demand.approved " + title + "已通过论证,请发布"},
			"approver": {"opinion.given " + title + "已收到一份专家论证意见"}})
		var all []string
		for _, k := range markettest.Must(m.Notices.ListNoticeKinds(firm.Ctx(), &pb.ListNoticeKindsRequest{}))(t).GetNoticeKinds() {
			if k.GetName() == "noticeKinds/demand.approved" {
				all = k.GetReceivers()
			}
		}
		if !slices.Equal(all, []string{"本机构", "科技局人员"}) {
			t.Errorf("got the receivers %v", all)
		}
	})
}
