package noticing_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// panel has a person for each expert of a judged demand, a colleague of the second who is no expert, and the firms. The third expert's institute bids too.
func panel(m *markettest.Market, j *markettest.Judged) *crowd {
	rival := m.Token(j.Experts[2].Name, pb.Role_SIGNER, pb.Role_EDITOR)
	j.Bidders, j.Bids = append(j.Bidders, rival), append(j.Bids, m.Bid(rival, j.Demand, 200))
	return newCrowd(m, map[string]*markettest.Member{"firm": j.Firm, "first": j.Bidders[0], "second": j.Bidders[1], "third": j.Bidders[2], "rival": rival,
		"chair's institute": j.Experts[0], "expert's institute": j.Experts[1], "bureau": m.Bureau, "stranger": m.University()},
		map[string]*markettest.Founder{"chair": m.Found(j.Experts[0].Name, pb.Role_EXPERT), "expert": m.Found(j.Experts[1].Name, pb.Role_EXPERT),
			"recused": m.Found(j.Experts[2].Name, pb.Role_EXPERT), "colleague": m.Found(j.Experts[1].Name, pb.Role_EDITOR, pb.Role_SIGNER),
			"outside": m.Found(m.University().Name, pb.Role_EXPERT)})
}

// moment is an instant as notices tell it.
func moment(at time.Time) string {
	return at.In(time.FixedZone("", 8*3600)).Format("2006-01-02 15:04")
}

// replace lets the recused expert leave the panel, and another come.
func replace(t *testing.T, m *markettest.Market, j *markettest.Judged, c *crowd) {
	t.Helper()
	joiner := m.Expert()
	c.persons["joiner"] = m.Found(joiner.Name, pb.Role_EXPERT)
	markettest.Must(m.Evaluations.ChangePanel(m.Bureau.Ctx(), &pb.ChangePanelRequest{RequestId: markettest.ID(), Name: j.Evaluation(), Etag: j.Etag(), Leaver: j.Experts[2].Name,
		Joiner: joiner.Name, Reason: "所在单位揭榜"}))(t)
	j.Experts[2] = joiner
}

// TestJudging judges a demand from its panel to a reserve that moves up. Before the opening a panel is told and no bid; before the announcement experts and
// officers are told what to do, and bidders nothing; who is recused from every bid is told nothing of the judging.
func TestJudging(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		j := m.Gather("open", 3)
		c := panel(m, j)
		appointed := []string{"evaluation.panel_named 您受聘为" + listed + "的评审专家,公示前请保密"}
		vetted := []string{"demand.vetted 科技局已受理" + title + ",正在论证", "demand.approved " + title + "已通过论证,待科技局发布",
			"demand.published " + listed + "已发布," + moment(j.Demand.GetDeadline().AsTime()) + " 截止"}
		c.told(t, "before the panel", map[string][]string{"firm": vetted})
		j.Name()
		c.told(t, "before the opening", map[string][]string{"chair": appointed, "expert": appointed, "recused": appointed})
		for name, p := range officers(m) {
			c.persons[name] = p
		}
		j.Open()
		opened := []string{"bid.opened 您为" + listed + "提交的揭榜书已开启,等待评审"}
		c.told(t, "opened", map[string][]string{"firm": {"demand.closed " + listed + "已截止,揭榜书已开启,请评审"}, "first": opened, "second": opened, "third": opened, "rival": opened})
		j.Start()
		begun := []string{"evaluation.scoring_started " + listed + "开始评审,请先声明有无利害关系,再评分"}
		c.told(t, "scoring", map[string][]string{"chair": begun, "expert": begun})
		replace(t, m, j, c)
		c.told(t, "the panel changed", map[string][]string{"recused": {"evaluation.panel_changed 您不再是" + listed + "的评审专家"},
			"joiner": {"evaluation.panel_changed 您受聘为" + listed + "的评审专家,公示前请保密"}})
		j.Score()
		c.told(t, "scored", nobody)
		s := j.Sheet(j.Experts[1], 0)
		markettest.Must(m.Sheets.ReopenSheet(j.Approver.Ctx(), &pb.ReopenSheetRequest{RequestId: markettest.ID(), Name: s.GetName(), Etag: s.GetEtag(), Reason: "漏看附件"}))(t)
		c.told(t, "a sheet reopened", map[string][]string{"expert": {"sheet.reopened 您对" + listed + "的一份评分表已退回,理由见评分表,请重新评分并锁定"}})
		j.Lock(j.Experts[1], 0, 90)
		j.Recommend()
		c.told(t, "recommended", map[string][]string{"chair": {"evaluation.scored " + listed + "评分结束,请核对名次后签署"},
			"approver": {"evaluation.recommended " + listed + "的评审名次已由组长签署,请定榜"}})
		j.Feedback(1)
		if err := j.Decide(j.Decision([]int{0}, []int{1})); err != nil {
			t.Fatal(err)
		}
		delete(c.organizations, "bureau") // which is asked for the approval of a second person
		c.told(t, "decided", nobody)
		announced(t, m, j, c, j.Announce().GetStandstillEndTime().AsTime())
		promoted(t, m, j, c)
	})
}

// announced checks what a publicity tells.
func announced(t *testing.T, m *markettest.Market, j *markettest.Judged, c *crowd, until time.Time) {
	t.Helper()
	at := moment(until)
	told := []string{"demand.announced 您揭榜的" + listed + "的评审结果开始公示,至 " + at + ",有异议请在此前提出"}
	c.told(t, "announced", map[string][]string{"firm": {"demand.announced " + listed + "的评审结果开始公示,至 " + at}, "first": {"demand.announced " + listed + "由您拟中榜,公示至 " + at},
		"second": told, "third": told, "rival": told})
	j.Pass()
	lost := []string{"bid.not_selected " + listed + "评审结束,您的揭榜书未中榜"}
	c.told(t, "awarded", map[string][]string{"firm": {"demand.awarded " + listed + "已定榜,可起草合同"}, "first": {"bid.won 恭喜:" + listed + "由您中榜,请起草或等待合同"},
		"third": lost, "rival": lost})
}

// promoted refuses the contract, and checks what the reserve's moving up tells.
func promoted(t *testing.T, m *markettest.Market, j *markettest.Judged, c *crowd) {
	t.Helper()
	k := m.Contract(j.Firm, j.Fresh())
	c.news(t)
	markettest.Must(m.Contracts.RefuseContract(j.Firm.Ctx(), &pb.RefuseContractRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), Reason: "条款谈不拢"}))(t)
	at := moment(j.Read(m.Bureau).GetStandstillEndTime().AsTime())
	told := "demand.announced 您揭榜的" + listed + "由候补递补,公示至 " + at + ",有异议请在此前提出"
	refused := "contract.cancelled 合同《" + k.GetTitle() + "》有一方拒签:条款谈不拢"
	c.told(t, "a reserve moves up", map[string][]string{"firm": {refused, "demand.announced " + listed + "的中榜方未签约,由候补递补,公示至 " + at},
		"first": {refused, "bid.declined " + listed + "的合同未签成,您的中榜已取消", told}, "second": {"demand.announced " + listed + "由您递补,拟中榜,公示至 " + at},
		"third": {told}, "rival": {told}})
}

// TestObjections objects to a decision: who objects and who answers are told, the others learn that it is judged again when it is.
func TestObjections(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		j := m.Prepare("open", 3)
		c := panel(m, j)
		for name, p := range officers(m) {
			c.persons[name] = p
		}
		j.Open()
		j.Start()
		replace(t, m, j, c)
		j.Score()
		j.Recommend()
		j.Feedback(1)
		if err := j.Decide(j.Decision([]int{0}, nil)); err != nil {
			t.Fatal(err)
		}
		j.Announce()
		c.news(t)
		review := func(o *pb.Objection, admissible bool) *pb.Objection {
			return markettest.Must(m.Objections.ReviewObjection(m.Bureau.Ctx(), &pb.ReviewObjectionRequest{RequestId: markettest.ID(), Name: o.GetName(), Etag: o.GetEtag(), Admissible: admissible, Opinion: "理由充分"}))(t)
		}
		decide := func(o *pb.Objection, upheld bool) {
			markettest.Must(m.Objections.DecideObjection(j.Decider().Ctx(), &pb.DecideObjectionRequest{RequestId: markettest.ID(), Name: o.GetName(), Etag: o.GetEtag(), Upheld: upheld, Reason: "评分有据"}))(t)
		}
		mine := func(what string) string { return "您对" + listed + "评审结果的异议" + what }

		o := markettest.Must(j.Object(j.Bidders[1]))(t)
		due := moment(o.GetDueTime().AsTime())
		filed := []string{"objection.filed " + listed + "的评审结果有异议,请在 " + due + " 前答复:对技术方案的评分有异议"}
		c.told(t, "filed", map[string][]string{"second": {"objection.filed " + mine("已提出,应在 "+due+" 前答复")}, "operator": filed, "approver": filed})
		o = review(o, true)
		c.told(t, "admitted", map[string][]string{"second": {"objection.admitted " + mine("已受理:理由充分")}, "approver": {"objection.admitted " + listed + "的异议已受理,请在 " + due + " 前决定:理由充分"}})
		decide(o, false)
		c.told(t, "dismissed", map[string][]string{"second": {"objection.dismissed " + mine("不成立:评分有据")}})

		o = markettest.Must(j.Object(j.Firm))(t)
		c.news(t)
		review(o, false)
		c.told(t, "not admitted", map[string][]string{"firm": {"objection.rejected " + mine("不予受理:理由充分")}})
		o = markettest.Must(j.Object(j.Firm))(t)
		c.news(t)
		markettest.Must(m.Objections.WithdrawObjection(j.Firm.Ctx(), &pb.WithdrawObjectionRequest{RequestId: markettest.ID(), Name: o.GetName(), Etag: o.GetEtag()}))(t)
		withdrawn := []string{"objection.withdrawn 对" + listed + "评审结果的异议已撤回"}
		c.told(t, "withdrawn", map[string][]string{"operator": withdrawn, "approver": withdrawn})

		o = review(markettest.Must(j.Object(j.Bidders[2]))(t), true)
		c.news(t)
		m.Clock.Set(o.GetDueTime().AsTime())
		m.Settle()
		due = moment(o.GetDueTime().AsTime())
		c.told(t, "overdue", map[string][]string{"third": {"objection.escalated " + mine("逾期未答复,已转上一级,仍有效")}, "approver": {"objection.escalated " + listed + "的异议应在 " + due + " 前答复,现已逾期,请办理"}})
		decide(markettest.Must(m.Objections.GetObjection(m.Bureau.Ctx(), &pb.GetObjectionRequest{Name: o.GetName()}))(t), true)
		again := []string{"demand.reopened 异议成立,您揭榜的" + listed + "重新评审"}
		scorer := []string{"evaluation.reopened 异议成立," + listed + "重新评审"}
		c.told(t, "upheld", map[string][]string{"third": append([]string{"objection.upheld " + mine("成立,将重新评审:评分有据")}, again...), "first": again, "second": again, "rival": again,
			"firm": {"demand.reopened 异议成立," + listed + "重新评审"}, "chair": scorer, "expert": scorer, "joiner": scorer})
	})
}

// TestPanelists names and changes a panel of a person and of organizations: each is told of itself alone, and the colleagues of a person nothing.
func TestPanelists(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		d := m.PublishUnder(firm, "open", nil)
		school := m.University()
		lone, peer, one, two, late := m.Found(school.Name, pb.Role_EXPERT), m.Found(school.Name, pb.Role_EXPERT), m.Expert(), m.Expert(), m.Expert()
		c := newCrowd(m, map[string]*markettest.Member{"firm": firm, "school": school}, map[string]*markettest.Founder{"lone": lone, "peer": peer,
			"one": m.Found(one.Name, pb.Role_EXPERT), "two": m.Found(two.Name, pb.Role_EXPERT), "late": m.Found(late.Name, pb.Role_EXPERT)})
		c.news(t)
		name := d.GetName() + "/evaluation"
		etag := func() string {
			return markettest.Must(m.Evaluations.GetEvaluation(m.Bureau.Ctx(), &pb.GetEvaluationRequest{Name: name}))(t).GetEtag()
		}
		markettest.Must(m.Evaluations.NamePanel(m.Bureau.Ctx(), &pb.NamePanelRequest{RequestId: markettest.ID(), Name: name, Etag: etag(), Experts: []string{lone.Membership, one.Name, two.Name}, Chair: one.Name}))(t)
		appointed := []string{"evaluation.panel_named 您受聘为" + listed + "的评审专家,公示前请保密"}
		c.told(t, "named", map[string][]string{"lone": appointed, "one": appointed, "two": appointed})
		change := func(leaver, joiner string) {
			markettest.Must(m.Evaluations.ChangePanel(m.Bureau.Ctx(), &pb.ChangePanelRequest{RequestId: markettest.ID(), Name: name, Etag: etag(), Leaver: leaver, Joiner: joiner, Reason: "出差"}))(t)
		}
		change("", late.Name)
		c.told(t, "one more", map[string][]string{"late": {"evaluation.panel_changed 您受聘为" + listed + "的评审专家,公示前请保密"}})
		change(lone.Membership, "")
		c.told(t, "one less", map[string][]string{"lone": {"evaluation.panel_changed 您不再是" + listed + "的评审专家"}})
		for who := range c.persons {
			for _, n := range inbox(t, m, c.persons[who].Ctx()) {
				if strings.Contains(n.String(), strings.TrimPrefix(late.Name, "organizations/")) {
					t.Errorf("%s learns who else judges: %v", who, n)
				}
			}
		}
	})
}
