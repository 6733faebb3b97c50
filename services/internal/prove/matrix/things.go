package matrix

import (
	"context"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/ledger/entry"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// thingOf is something of the market: what the policy knows of it, the requests that are about it, and in which words it is refused.
type thingOf struct {
	object          policy.Object
	read            string // action that reads it on the way to something else; empty if the requests are about the thing itself
	requests        []proto.Message
	hidden, foreign string
	rule            bool // a rule of the trade refuses in the words of foreign too
}

func (m *market) add(t thingOf) { m.things = append(m.things, t) }

// trade makes something in every state, and notes the requests that are about it.
func (m *market) trade(ctx context.Context, s sides) error {
	m.alone(s)
	for _, of := range []served{s.firm, s.suspended} {
		draft, err := m.draft(ctx, of)
		if err != nil {
			return err
		}
		m.demand(draft, of, false)
	}
	if err := m.offers(ctx, s); err != nil {
		return err
	}
	soon, err := m.publish(ctx, s.firm)
	if err != nil {
		return err
	}
	won, err := m.bid(ctx, s.zju, soon, true)
	if err != nil {
		return err
	}
	if err := m.deal(ctx, s, soon, won); err != nil {
		return err
	}
	if err := m.monitor(ctx, s); err != nil {
		return err
	}
	if err := m.settle(ctx, s); err != nil {
		return err
	}
	open, err := m.publish(ctx, s.firm)
	if err != nil {
		return err
	}
	m.demand(open, s.firm, true)
	sealed, err := m.bid(ctx, s.zju, open, true)
	if err != nil {
		return err
	}
	m.bidThing(sealed, s, policy.Object{Is: true, Owner: s.zju.Organization, Jurisdiction: home})
	return m.entries(ctx, s)
}

// alone are requests that are about nothing yet, or about nothing of anybody's.
func (m *market) alone(s sides) {
	m.add(thingOf{requests: []proto.Message{
		&pb.CreateOrganizationRequest{Organization: &pb.Organization{DisplayName: "某某机构", Kind: pb.Organization_BROKER, Uscc: "91330182MA27WX1C0K"}},
		&pb.ListOrganizationsRequest{}, &pb.GetCallerRequest{Name: "caller"},
		&pb.CreateDemandRequest{Demand: &pb.Demand{Title: "超细碳酸钙", Field: pb.TechnologyField_NUCLEAR}}, &pb.ListDemandsRequest{},
		&pb.CreateAchievementRequest{Achievement: &pb.Achievement{Title: "碳酸钙成果", Field: pb.TechnologyField_NUCLEAR}}, &pb.ListAchievementsRequest{}, &pb.ListProfilesRequest{},
		&pb.CreateProfileRequest{Profile: &pb.Profile{Kind: pb.Profile_LAB, DisplayName: "重点实验室"}}, &pb.GetAchievementTemplateRequest{Name: "achievementTemplate"},
		&pb.ListBidsRequest{Parent: "demands/-"}, &pb.ListContractsRequest{}, &pb.ListFilesRequest{},
		&pb.CreateFileRequest{File: &pb.File{DisplayName: "方案.pdf", Purpose: pb.File_DEMAND, Size: 1, Sha256: make([]byte, 32)}}, &pb.ListLedgersRequest{}, &pb.ListChangesRequest{Parent: "ledgers/" + home}, &pb.GetLedgerRequest{Name: "ledgers/" + home},
		&pb.GetCheckpointRequest{Name: "ledgers/" + home + "/checkpoint"}, &pb.ListCheckpointsRequest{Parent: "ledgers/" + home}, &pb.ProveInclusionRequest{Name: "ledgers/" + home + "/entries/1"},
		&pb.ProveConsistencyRequest{Name: "ledgers/" + home, OldSize: 1}, &pb.GetTotalRequest{Name: "ledgers/-/total"}, &pb.SearchDemandsRequest{}, &pb.SearchAchievementsRequest{},
		&pb.SearchOrganizationsRequest{}, &pb.SuggestQueriesRequest{Query: "碳"}, &pb.GetMatchModelRequest{Name: "matchModel"},
		&pb.MatchOrganizationRequest{Name: id.OrganizationName(s.zju.Organization)}, &pb.SummarizeEngagementsRequest{}, &pb.ListCodeListsRequest{},
		&pb.ListNoticesRequest{}, &pb.ListNoticeKindsRequest{}, &pb.SwitchNoticesRequest{Name: "noticeKinds/none"}, &pb.SwitchOwnNoticesRequest{Name: "noticeKinds/none"},
		&pb.ListWatchesRequest{},
	}})
	for _, o := range []served{s.firm, s.suspended, s.bureau} {
		name := id.OrganizationName(o.Organization)
		object := policy.Object{Is: true, Owner: o.Organization, Jurisdiction: home, Openness: policy.Published}
		m.add(thingOf{object: object, hidden: "ORGANIZATION_NOT_FOUND", foreign: "ORGANIZATION_NOT_FOUND", requests: []proto.Message{
			&pb.GetOrganizationRequest{Name: name}, &pb.ConfirmOrganizationRequest{Name: name, Etag: "1"}, &pb.SuspendOrganizationRequest{Name: name, Etag: "1", Reason: "证照失效"},
			&pb.ReinstateOrganizationRequest{Name: name, Etag: "1", Reason: "整改完成"}, &pb.CloseOrganizationRequest{Name: name, Etag: "1", Reason: "已注销"},
			&pb.VerifyOrganizationRequest{Name: name, Etag: "1", VerifyUntil: timestamppb.New(now.Add(100 * 24 * time.Hour))},
			&pb.UpdateOrganizationRequest{Organization: &pb.Organization{Name: name, Etag: "1", DisplayName: "新的名称", Kind: pb.Organization_BROKER,
				Uscc: "91330182MA27WX1C0K"}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"display_name"}}},
			&pb.DivideOrganizationRequest{Name: name, DisplayName: "分析实验室"}}})
		object.Openness = policy.Private
		m.add(thingOf{object: object, hidden: "ORGANIZATION_NOT_FOUND", foreign: "ORGANIZATION_NOT_FOUND", requests: []proto.Message{
			&pb.ListWebhooksRequest{Parent: name}, &pb.CreateWebhookRequest{Parent: name, Webhook: &pb.Webhook{Url: "none"}}}})
		object.Openness = policy.Kept
		m.add(thingOf{object: object, hidden: "ORGANIZATION_NOT_FOUND", foreign: "ORGANIZATION_NOT_FOUND", requests: []proto.Message{
			&pb.CreateTokenRequest{Parent: name, Token: &pb.Token{DisplayName: "新令牌", Roles: []pb.Role{pb.Role_CUSTODIAN}}}, &pb.ListTokensRequest{Parent: name}}})
		m.add(thingOf{object: object, hidden: "TOKEN_NOT_FOUND", foreign: "TOKEN_NOT_FOUND", requests: []proto.Message{&pb.RevokeTokenRequest{Name: o.Token, Etag: "1"}}})
	}
	for _, place := range []string{home, away} {
		m.add(thingOf{object: policy.Object{Is: true, Jurisdiction: place, Openness: policy.Published}, hidden: "LEDGER_FOREIGN", foreign: "LEDGER_FOREIGN",
			requests: []proto.Message{&pb.ListEntriesRequest{Parent: "ledgers/" + place}}})
	}
}

func owned(of served, public bool) policy.Object {
	o := policy.Object{Is: true, Owner: of.Organization, Jurisdiction: home}
	if public {
		o.Openness = policy.Published
	}
	return o
}

func (m *market) demand(d *pb.Demand, of served, public bool) {
	name, etag := d.GetName(), d.GetEtag()
	edited := proto.CloneOf(d)
	edited.Title = "另一标题"
	m.add(thingOf{object: owned(of, public), hidden: "DEMAND_NOT_FOUND", foreign: "DEMAND_FOREIGN", requests: []proto.Message{
		&pb.GetDemandRequest{Name: name}, &pb.UpdateDemandRequest{Demand: edited}, &pb.PublishDemandRequest{Name: name, Etag: etag}, &pb.WithdrawDemandRequest{Name: name, Etag: etag},
		&pb.AwardDemandRequest{Name: name, Etag: etag, Bid: name + "/bids/b330182-0000000000000000"}, &pb.RejectBidsRequest{Name: name, Etag: etag},
		&pb.SubmitDemandRequest{Name: name, Etag: etag}, &pb.StartVettingRequest{Name: name, Etag: etag}, &pb.ApproveDemandRequest{Name: name, Etag: etag},
		&pb.ReturnDemandRequest{Name: name, Etag: etag, Comments: []*pb.FieldComment{{Field: "title", Text: "请写明对象"}}},
		&pb.TurnDownDemandRequest{Name: name, Etag: etag, Reason: "SOLVED"}, &pb.CancelDemandRequest{Name: name, Etag: etag, Reason: "NO_BUDGET"},
		&pb.DecideDemandRequestRequest{Name: name, Etag: etag}, &pb.ConfirmDemandRequest{Name: name, Etag: etag}, &pb.RelistDemandRequest{Name: name},
		&pb.AmendDemandRequest{Demand: edited, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"description"}}}, &pb.AdviseDemandRequest{Name: name},
		&pb.ListSimilarDemandsRequest{Parent: name}}})
	m.add(thingOf{object: owned(of, public), read: "demand.read", hidden: "DEMAND_NOT_FOUND", foreign: "DEMAND_NOT_FOUND", requests: []proto.Message{
		&pb.CreateBidRequest{Parent: name, Bid: &pb.Bid{Amount: yuan(1), Proposal: "方案"}}, &pb.MatchDemandRequest{Name: name},
		&pb.AskQuestionRequest{Parent: name, Text: "能否提供样品?"}, &pb.ListQuestionsRequest{Parent: name}, &pb.ListOpinionsRequest{Parent: name},
		&pb.DiscloseDemandRequest{Name: name}, &pb.AcceptAgreementRequest{Name: name, Version: "nda/1"}, &pb.ListDisclosuresRequest{Parent: name}}})
}

func (m *market) bidThing(b *pb.Bid, s sides, o policy.Object) {
	name, etag := b.GetName(), b.GetEtag()
	edited := proto.CloneOf(b)
	edited.Proposal = "另一方案"
	m.add(thingOf{object: o, hidden: "BID_NOT_FOUND", foreign: "BID_NOT_FOUND", requests: []proto.Message{
		&pb.GetBidRequest{Name: name}, &pb.UpdateBidRequest{Bid: edited}, &pb.SubmitBidRequest{Name: name, Etag: etag}, &pb.WithdrawBidRequest{Name: name, Etag: etag},
		&pb.ConfirmBidRequest{Name: name, Etag: etag},
		&pb.ReplaceBidRequest{Name: name, Etag: etag, Amount: yuan(2), Proposal: "方案"}}})
}

// deal awards a demand and makes its contract.
func (m *market) deal(ctx context.Context, s sides, d *pb.Demand, won *pb.Bid) error {
	demands, contracts := pb.NewDemandServiceClient(m.server.Conn()), pb.NewContractServiceClient(m.server.Conn())
	m.clock.Advance(time.Hour)
	if err := m.server.Settle(ctx); err != nil {
		return err
	}
	d, err := demands.GetDemand(ctx, &pb.GetDemandRequest{Name: d.GetName()})
	if err != nil {
		return err
	}
	if d, err = demands.AwardDemand(s.firm.ctx(ctx), &pb.AwardDemandRequest{RequestId: uuid(), Name: d.GetName(), Etag: d.GetEtag(), Bid: won.GetName()}); err != nil {
		return err
	}
	m.demand(d, s.firm, true)
	if won, err = pb.NewBidServiceClient(m.server.Conn()).GetBid(s.zju.ctx(ctx), &pb.GetBidRequest{Name: won.GetName()}); err != nil {
		return err
	}
	m.bidThing(won, s, policy.Object{Is: true, Owner: s.zju.Organization, Parties: []string{s.firm.Organization}, Jurisdiction: home, Openness: policy.Shared})
	make := &pb.CreateContractRequest{RequestId: uuid(), Contract: &pb.Contract{Demand: d.GetName(), Title: "技术开发合同", Class: pb.ContractClass_DEVELOPMENT, TextDigest: zeros,
		Broker: id.OrganizationName(s.broker.Organization), Price: &pb.Contract_Price{TechnicalAmount: yuan(1), Vat: pb.Contract_INCLUDED}}}
	k, err := contracts.CreateContract(s.firm.ctx(ctx), make)
	if err != nil {
		return err
	}
	m.add(thingOf{object: policy.Object{Is: true, Owner: s.firm.Organization, Parties: []string{s.zju.Organization}, Jurisdiction: home, Openness: policy.Published},
		hidden: "CONTRACT_FOREIGN", foreign: "CONTRACT_FOREIGN", requests: []proto.Message{make}})
	name, etag := k.GetName(), k.GetEtag()
	edited := proto.CloneOf(k)
	edited.Title = "另一标题"
	m.add(thingOf{object: policy.Object{Is: true, Parties: []string{s.firm.Organization, s.zju.Organization, s.broker.Organization}, Jurisdiction: home, Openness: policy.Shared},
		hidden: "CONTRACT_NOT_FOUND", foreign: "CONTRACT_FOREIGN", rule: true, requests: []proto.Message{
			&pb.GetContractRequest{Name: name}, &pb.UpdateContractRequest{Contract: edited}, &pb.ProposeContractRequest{Name: name, Etag: etag},
			&pb.SignContractRequest{Name: name, Etag: etag, SignDigest: zeros}, &pb.RefuseContractRequest{Name: name, Etag: etag, Reason: "条款"},
			&pb.CompleteContractRequest{Name: name, Etag: etag, AmountPaid: yuan(0)}, &pb.TerminateContractRequest{Name: name, Etag: etag, Reason: "条款", AmountPaid: yuan(0), EndCode: pb.Contract_BREACH}}})
	return nil
}

var zeros = make([]byte, 32)

// offers drafts and lists an achievement and a profile.
func (m *market) offers(ctx context.Context, s sides) error {
	achievements, profiles, as := pb.NewAchievementServiceClient(m.server.Conn()), pb.NewProfileServiceClient(m.server.Conn()), s.zju.ctx(ctx)
	for _, public := range []bool{false, true} {
		a, err := achievements.CreateAchievement(as, &pb.CreateAchievementRequest{RequestId: uuid(), Achievement: &pb.Achievement{Title: "碳酸钙成果", Field: pb.TechnologyField_NUCLEAR}})
		if err != nil {
			return err
		}
		p, err := profiles.CreateProfile(as, &pb.CreateProfileRequest{RequestId: uuid(), Profile: &pb.Profile{Kind: pb.Profile_LAB, DisplayName: "重点实验室"}})
		if err != nil {
			return err
		}
		if public {
			if a, err = achievements.PublishAchievement(as, &pb.PublishAchievementRequest{RequestId: uuid(), Name: a.GetName(), Etag: a.GetEtag()}); err != nil {
				return err
			}
			if p, err = profiles.PublishProfile(as, &pb.PublishProfileRequest{RequestId: uuid(), Name: p.GetName(), Etag: p.GetEtag()}); err != nil {
				return err
			}
		}
		m.add(thingOf{object: owned(s.zju, public), hidden: "ACHIEVEMENT_NOT_FOUND", foreign: "ACHIEVEMENT_FOREIGN", requests: []proto.Message{
			&pb.GetAchievementRequest{Name: a.GetName()}, &pb.UpdateAchievementRequest{Achievement: a}, &pb.PublishAchievementRequest{Name: a.GetName(), Etag: a.GetEtag()},
			&pb.WithdrawAchievementRequest{Name: a.GetName(), Etag: a.GetEtag()}}})
		m.add(thingOf{object: owned(s.zju, public), hidden: "PROFILE_NOT_FOUND", foreign: "PROFILE_FOREIGN", requests: []proto.Message{
			&pb.GetProfileRequest{Name: p.GetName()}, &pb.UpdateProfileRequest{Profile: p}, &pb.PublishProfileRequest{Name: p.GetName(), Etag: p.GetEtag()},
			&pb.WithdrawProfileRequest{Name: p.GetName(), Etag: p.GetEtag()}}})
	}
	return nil
}

// entries are the entries of the ledger until now, as whom they concern.
func (m *market) entries(ctx context.Context, s sides) error {
	page, err := pb.NewLedgerServiceClient(m.server.Conn()).ListEntries(s.bureau.ctx(ctx), &pb.ListEntriesRequest{Parent: "ledgers/" + home, PageSize: 1000})
	if err != nil {
		return err
	}
	for _, e := range page.GetEntries() {
		object := policy.Object{Is: true, Owner: s.zju.Organization, Jurisdiction: home} // the bureau sees no more of an entry of a bid that is sealed
		if len(e.GetBody()) > 0 {
			read, err := entry.Decode(e.GetBody())
			if err != nil {
				return err
			}
			object = policy.Object{Is: true, Owner: strings.TrimPrefix(read.Organization, id.OrganizationName("")), Jurisdiction: home, Openness: policy.Shared}
			for _, column := range []string{"buyer_id", "seller_id", "broker_id"} {
				if v, ok := read.Row.Get(column); ok {
					object.Parties = append(object.Parties, v)
				}
			}
		}
		m.add(thingOf{object: object, hidden: "ENTRY_NOT_FOUND", foreign: "ENTRY_NOT_FOUND", requests: []proto.Message{&pb.GetEntryRequest{Name: e.GetName()}}})
	}
	if n := len(page.GetEntries()); n < 30 {
		return fmt.Errorf("%d entries", n)
	}
	return nil
}
