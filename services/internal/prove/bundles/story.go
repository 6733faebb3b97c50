// Package bundles sets two verifiers of bundles against each other: the one in Go and the one in Python that was written from the format page alone. They are
// given the same bundles, honest ones and mutated ones, and must never disagree; and what nobody has signed again must be accepted by neither.
package bundles

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/clock"
	"github.com/jiebang/jiebang/services/ledger/entry"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Bundle is an exported ledger in parts.
type Bundle struct {
	Header  entry.Header
	Entries []entry.Sealed
	seed    []byte // of the key that signed it, which a forger has too
}

// story tells what happens in a market. Each step panics with what went wrong, which Story returns.
type story struct {
	ctx          context.Context
	server       *services.Server
	clock        *clock.Manual
	members      int
	demands      pb.DemandServiceClient
	bids         pb.BidServiceClient
	contracts    pb.ContractServiceClient
	achievements pb.AchievementServiceClient
	profiles     pb.ProfileServiceClient
	people       pb.MemberServiceClient
	parties      pb.OrganizationServiceClient
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func id() string { return chance.UUID(chance.System()) }

func yuan(n int64) *money.Money { return &money.Money{CurrencyCode: "CNY", Units: n} }

// Story lets a small market live through everything that the replay knows, and exports its ledger.
func Story(ctx context.Context) (b *Bundle, err error) {
	dir, err := os.MkdirTemp("", "jiebang-bundles-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	c := clock.NewManual(time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC))
	server, err := services.Open(ctx, services.Config{DataDir: dir, Clock: c})
	if err != nil {
		return nil, err
	}
	defer server.Close()
	defer func() {
		if failed, ok := recover().(error); ok {
			err = errors.Join(err, failed)
		}
	}()
	conn := server.Conn()
	s := &story{ctx: ctx, server: server, clock: c, demands: pb.NewDemandServiceClient(conn), bids: pb.NewBidServiceClient(conn), contracts: pb.NewContractServiceClient(conn),
		achievements: pb.NewAchievementServiceClient(conn), profiles: pb.NewProfileServiceClient(conn), people: pb.NewMemberServiceClient(conn), parties: pb.NewOrganizationServiceClient(conn)}
	bureau := s.as(server.FirstTokens["330182"])
	s.tell(bureau)
	b = must(Export(bureau, pb.NewLedgerServiceClient(conn)))
	b.seed = must(os.ReadFile(filepath.Join(dir, "ledger.key")))
	return b, nil
}

func (s *story) as(secret string) context.Context {
	return metadata.AppendToOutgoingContext(s.ctx, "authorization", "Bearer "+secret)
}

// join registers an organization and gives it a token.
func (s *story) join(bureau context.Context, kind pb.Organization_Kind) (string, context.Context) {
	s.members++
	o := must(s.parties.CreateOrganization(bureau, &pb.CreateOrganizationRequest{RequestId: id(), Organization: &pb.Organization{
		DisplayName: "机构“甲”\\乙" + string(rune('0'+s.members)), Kind: kind, Uscc: party.Complete("91330182MA4P0000" + string(rune('0'+s.members)))}}))
	t := must(s.parties.CreateToken(bureau, &pb.CreateTokenRequest{RequestId: id(), Parent: o.GetName(), Token: &pb.Token{DisplayName: "prove\u2028", Roles: []pb.Role{pb.Role_EDITOR, pb.Role_SIGNER}}}))
	return o.GetName(), s.as(t.GetSecret())
}

func (s *story) publish(firm context.Context) *pb.Demand {
	d := must(s.demands.CreateDemand(firm, &pb.CreateDemandRequest{RequestId: id(), Demand: &pb.Demand{Title: "超细碳酸钙", Description: "白度\n不低于 95", Field: pb.TechnologyField_NEW_MATERIALS,
		Budget: yuan(500_000), Deadline: timestamppb.New(s.clock.Now().Add(time.Hour))}}))
	return must(s.demands.PublishDemand(firm, &pb.PublishDemandRequest{RequestId: id(), Name: d.GetName(), Etag: d.GetEtag()}))
}

func (s *story) bid(who context.Context, d *pb.Demand, n int64) *pb.Bid {
	b := must(s.bids.CreateBid(who, &pb.CreateBidRequest{RequestId: id(), Parent: d.GetName(), Bid: &pb.Bid{Amount: yuan(n), Proposal: "硬脂酸\t干法包覆"}}))
	return must(s.bids.SubmitBid(who, &pb.SubmitBidRequest{RequestId: id(), Name: b.GetName(), Etag: b.GetEtag()}))
}

// due moves the clock to the deadline of a demand, lets it act, and reads the demand.
func (s *story) due(firm context.Context, d *pb.Demand) *pb.Demand {
	s.clock.Set(d.GetDeadline().AsTime())
	if err := s.server.Settle(s.ctx); err != nil {
		panic(err)
	}
	return must(s.demands.GetDemand(firm, &pb.GetDemandRequest{Name: d.GetName()}))
}

func (s *story) contract(firm context.Context, d *pb.Demand) *pb.Contract {
	k := must(s.contracts.CreateContract(firm, &pb.CreateContractRequest{RequestId: id(), Contract: &pb.Contract{Demand: d.GetName(), Title: "技术开发合同", Class: pb.ContractClass_DEVELOPMENT,
		TextDigest: make([]byte, 32), Price: &pb.Contract_Price{TechnicalAmount: yuan(1), Vat: pb.Contract_EXCLUDED},
		Insurance: &pb.Contract_Insurance{Insurer: "财险<一>", Cover: yuan(7), Premium: yuan(2)}, Trial: &pb.Contract_Trial{StartDate: &date.Date{Year: 2024, Month: 1, Day: 5},
			EndDate: &date.Date{Year: 2024, Month: 1, Day: 5}, Terms: "达标\n后"}}}))
	return must(s.contracts.ProposeContract(firm, &pb.ProposeContractRequest{RequestId: id(), Name: k.GetName(), Etag: k.GetEtag()}))
}

func (s *story) sign(who context.Context, k *pb.Contract) *pb.Contract {
	return must(s.contracts.SignContract(who, &pb.SignContractRequest{RequestId: id(), Name: k.GetName(), Etag: k.GetEtag(), SignDigest: k.GetSignDigest()}))
}

func (s *story) tell(bureau context.Context) {
	firmName, firm := s.join(bureau, pb.Organization_ENTERPRISE)
	_, one := s.join(bureau, pb.Organization_UNIVERSITY)
	zju, two := s.join(bureau, pb.Organization_UNIVERSITY)
	s.offer(one)
	m := must(s.people.InviteMember(bureau, &pb.InviteMemberRequest{RequestId: id(), Parent: firmName, Roles: []pb.Role{pb.Role_OWNER}})).GetMember()
	must(s.people.RevokeInvitation(bureau, &pb.RevokeInvitationRequest{RequestId: id(), Name: m.GetName(), Etag: m.GetEtag()}))
	d := s.publish(firm)
	s.clock.Advance(time.Minute)
	first, second := s.bid(one, d, 418_000), s.bid(two, d, 450_000)
	first = must(s.bids.ReplaceBid(one, &pb.ReplaceBidRequest{RequestId: id(), Name: first.GetName(), Etag: first.GetEtag(), Amount: yuan(408_000), Proposal: "改进"}))
	must(s.bids.WithdrawBid(two, &pb.WithdrawBidRequest{RequestId: id(), Name: second.GetName(), Etag: second.GetEtag()}))
	s.bid(two, d, 440_000)
	d = s.due(firm, d)
	d = must(s.demands.AwardDemand(firm, &pb.AwardDemandRequest{RequestId: id(), Name: d.GetName(), Bid: first.GetName(), Etag: d.GetEtag()}))
	k := s.sign(one, s.sign(firm, s.contract(firm, d)))
	k = must(s.contracts.CompleteContract(firm, &pb.CompleteContractRequest{RequestId: id(), Name: k.GetName(), Etag: k.GetEtag(), AmountPaid: yuan(0)}))
	must(s.contracts.CompleteContract(one, &pb.CompleteContractRequest{RequestId: id(), Name: k.GetName(), Etag: k.GetEtag(), AmountPaid: yuan(0)}))
	s.due(firm, s.publish(firm)) // nobody bids
	refused := s.publish(firm)
	b := s.bid(two, refused, 9)
	refused = s.due(firm, refused)
	refused = must(s.demands.AwardDemand(firm, &pb.AwardDemandRequest{RequestId: id(), Name: refused.GetName(), Bid: b.GetName(), Etag: refused.GetEtag()}))
	k = s.contract(firm, refused)
	must(s.contracts.RefuseContract(two, &pb.RefuseContractRequest{RequestId: id(), Name: k.GetName(), Etag: k.GetEtag(), Reason: "不签"}))
	must(s.contracts.RecordContract(bureau, &pb.RecordContractRequest{RequestId: id(), Contract: &pb.Contract{Title: "成果拍卖合同", Buyer: firmName, Seller: zju, Channel: pb.Channel_AUCTION,
		Class: pb.ContractClass_TRANSFER, TextDigest: make([]byte, 32), Total: yuan(1), Field: pb.TechnologyField_NUCLEAR, SignDate: &date.Date{Year: 2025, Month: 1, Day: 1}}}))
	withdrawn := s.publish(firm) // after the demand for which nobody bids, since what hides bids could be some
	must(s.demands.WithdrawDemand(firm, &pb.WithdrawDemandRequest{RequestId: id(), Name: withdrawn.GetName(), Etag: withdrawn.GetEtag()}))
	s.bid(two, s.publish(firm), 7) // stays sealed
}

// offer lists an achievement and an expert, and withdraws the first.
func (s *story) offer(owner context.Context) {
	a := must(s.achievements.CreateAchievement(owner, &pb.CreateAchievementRequest{RequestId: id(), Achievement: &pb.Achievement{Title: "碳化技术", Summary: "粒径 80 nm", Field: pb.TechnologyField_NEW_MATERIALS,
		Maturity: pb.Achievement_PILOT, Trl: 7}}))
	a = must(s.achievements.PublishAchievement(owner, &pb.PublishAchievementRequest{RequestId: id(), Name: a.GetName(), Etag: a.GetEtag()}))
	must(s.achievements.WithdrawAchievement(owner, &pb.WithdrawAchievementRequest{RequestId: id(), Name: a.GetName(), Etag: a.GetEtag()}))
	p := must(s.profiles.CreateProfile(owner, &pb.CreateProfileRequest{RequestId: id(), Profile: &pb.Profile{Kind: pb.Profile_EXPERT, DisplayName: "张三", Position: "教授", Introduction: "粉体",
		Fields: []pb.TechnologyField{pb.TechnologyField_NEW_MATERIALS}, Consented: true}}))
	must(s.profiles.PublishProfile(owner, &pb.PublishProfileRequest{RequestId: id(), Name: p.GetName(), Etag: p.GetEtag()}))
}
