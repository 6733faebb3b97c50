package crossorg

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// theme is a kind of history: which private things it has, and who reads one of them by right and so is no observer of it.
type theme struct {
	name  string
	steps []step
	privy []string

	channels bool // whether the metrics and exports are compared too
}

// step does something in a world. What it puts where its organization keeps it to itself may depend on the variant; nothing else may.
type step func(w *world, ctx context.Context, r *rand.Rand) error

var themes = []theme{
	{name: "bids", steps: []step{(*world).bid, (*world).bid}, privy: []string{"university"}},
	{name: "drafts", steps: []step{(*world).draft, (*world).offer, (*world).bid}, privy: []string{"firm", "university", "auditor"}},
	{name: "accounts", steps: []step{(*world).issue, (*world).draft, (*world).bid}, privy: []string{"firm", "university", "auditor", "secadmin"}},
	{name: "contracts", steps: []step{(*world).negotiate, (*world).draft, (*world).offer}, privy: []string{"firm", "university", "auditor", "operator", "approver", "registrar"}},
}

// secret is a text that is another one in the other world, and longer.
func (w *world) secret(r *rand.Rand, what string) string {
	n := r.IntN(1000)
	return fmt.Sprintf("%s %d", what, n+w.variant) + strings.Repeat("密", 3*w.variant)
}

func (w *world) yuan(r *rand.Rand) *money.Money {
	return &money.Money{CurrencyCode: "CNY", Units: int64(1 + r.IntN(100_000) + 7*w.variant)}
}

// pick is one of two values, by the variant.
func pick[T any](w *world, values ...T) T { return values[w.variant] }

func (w *world) note(names ...string) { w.names = append(w.names, names...) }

// deal lets a demand of the firm be awarded to the university, and a demand of the other firm stand open.
func (w *world) deal(ctx context.Context) (err error) {
	demands := pb.NewDemandServiceClient(w.server.Conn())
	if w.awarded, err = w.publish(ctx, w.firm, "表面改性工艺", time.Hour); err != nil {
		return err
	}
	if w.public, err = w.publish(ctx, w.other, "超细碳酸钙制备", 300*24*time.Hour); err != nil {
		return err
	}
	bids := pb.NewBidServiceClient(w.server.Conn())
	b, err := bids.CreateBid(w.zju.as(ctx), &pb.CreateBidRequest{RequestId: w.id(), Parent: w.awarded.GetName(), Bid: &pb.Bid{Amount: &money.Money{CurrencyCode: "CNY", Units: 9}, Proposal: "方案"}})
	if err != nil {
		return err
	}
	if b, err = bids.SubmitBid(w.zju.as(ctx), &pb.SubmitBidRequest{RequestId: w.id(), Name: b.GetName(), Etag: b.GetEtag()}); err != nil {
		return err
	}
	w.clock.Advance(time.Hour)
	if err := w.server.Settle(ctx); err != nil {
		return err
	}
	if w.awarded, err = demands.GetDemand(ctx, &pb.GetDemandRequest{Name: w.awarded.GetName()}); err != nil {
		return err
	}
	w.awarded, err = demands.AwardDemand(w.firm.as(ctx), &pb.AwardDemandRequest{RequestId: w.id(), Name: w.awarded.GetName(), Etag: w.awarded.GetEtag(), Bid: b.GetName()})
	return err
}

func (w *world) publish(ctx context.Context, of somebody, title string, d time.Duration) (*pb.Demand, error) {
	return w.publishUnder(ctx, of, "", title, d)
}

func (w *world) publishUnder(ctx context.Context, of somebody, procedure, title string, d time.Duration) (*pb.Demand, error) {
	demands := pb.NewDemandServiceClient(w.server.Conn())
	made, err := demands.CreateDemand(of.as(ctx), &pb.CreateDemandRequest{RequestId: w.id(), Demand: &pb.Demand{Procedure: procedure, Title: title, Description: "公开的说明",
		Field: pb.TechnologyField_NEW_MATERIALS, Deadline: timestamppb.New(w.clock.Now().Add(d))}})
	if err != nil {
		return nil, err
	}
	return demands.PublishDemand(of.as(ctx), &pb.PublishDemandRequest{RequestId: w.id(), Name: made.GetName(), Etag: made.GetEtag()})
}

// draft drafts a demand and changes it.
func (w *world) draft(ctx context.Context, r *rand.Rand) error {
	demands := pb.NewDemandServiceClient(w.server.Conn())
	d, err := demands.CreateDemand(w.firm.as(ctx), &pb.CreateDemandRequest{RequestId: w.id(), Demand: &pb.Demand{Title: w.secret(r, "未公开的需求"),
		Description: w.secret(r, "未公开的说明"), Field: pick(w, pb.TechnologyField_NEW_MATERIALS, pb.TechnologyField_NUCLEAR), Budget: w.yuan(r)}})
	if err != nil {
		return err
	}
	d.Title, d.Budget = w.secret(r, "改过的需求"), w.yuan(r)
	w.note(d.GetName())
	_, err = demands.UpdateDemand(w.firm.as(ctx), &pb.UpdateDemandRequest{RequestId: w.id(), Demand: d})
	return err
}

// offer drafts an achievement and a profile, and changes an achievement that was withdrawn.
func (w *world) offer(ctx context.Context, r *rand.Rand) error {
	achievements, profiles, as := pb.NewAchievementServiceClient(w.server.Conn()), pb.NewProfileServiceClient(w.server.Conn()), w.zju.as(ctx)
	w.n++
	a, err := achievements.CreateAchievement(as, &pb.CreateAchievementRequest{RequestId: w.id(), Achievement: &pb.Achievement{Title: w.secret(r, "未公开的成果"),
		Summary: w.secret(r, "摘要"), Field: pb.TechnologyField_NEW_MATERIALS, Keywords: []string{w.secret(r, "词")}, ExternalId: w.secret(r, fmt.Sprintf("X%d", w.n))}})
	if err != nil {
		return err
	}
	p, err := profiles.CreateProfile(as, &pb.CreateProfileRequest{RequestId: w.id(), Profile: &pb.Profile{Kind: pick(w, pb.Profile_LAB, pb.Profile_EXPERT),
		DisplayName: w.secret(r, "未公开的人"), Introduction: w.secret(r, "介绍"), ExternalId: w.secret(r, fmt.Sprintf("Y%d", w.n))}})
	if err != nil {
		return err
	}
	back, err := achievements.CreateAchievement(as, &pb.CreateAchievementRequest{RequestId: w.id(), Achievement: &pb.Achievement{Title: "曾经公开的成果", Field: pb.TechnologyField_NUCLEAR}})
	if err != nil {
		return err
	}
	if back, err = achievements.PublishAchievement(as, &pb.PublishAchievementRequest{RequestId: w.id(), Name: back.GetName(), Etag: back.GetEtag()}); err != nil {
		return err
	}
	if back, err = achievements.WithdrawAchievement(as, &pb.WithdrawAchievementRequest{RequestId: w.id(), Name: back.GetName(), Etag: back.GetEtag()}); err != nil {
		return err
	}
	back.Title = w.secret(r, "收回后改过的成果")
	w.note(a.GetName(), p.GetName(), back.GetName())
	_, err = achievements.UpdateAchievement(as, &pb.UpdateAchievementRequest{RequestId: w.id(), Achievement: back})
	return err
}

// bid bids for a demand that stays open, replaces the bid, and may withdraw it.
func (w *world) bid(ctx context.Context, r *rand.Rand) error {
	d, err := w.publish(ctx, w.other, fmt.Sprintf("公开的需求 %d", r.IntN(1000)), 200*24*time.Hour)
	if err != nil {
		return err
	}
	bids, as := pb.NewBidServiceClient(w.server.Conn()), w.zju.as(ctx)
	b, err := bids.CreateBid(as, &pb.CreateBidRequest{RequestId: w.id(), Parent: d.GetName(), Bid: &pb.Bid{Amount: w.yuan(r), Proposal: w.secret(r, "方案")}})
	if err != nil {
		return err
	}
	w.note(d.GetName(), b.GetName())
	// In one world the bid is a draft that is changed, and in the other it is submitted: the ledger grows by as much.
	if w.variant == 1 {
		b.Proposal = w.secret(r, "改过的方案")
		_, err = bids.UpdateBid(as, &pb.UpdateBidRequest{RequestId: w.id(), Bid: b})
	} else {
		w.secret(r, "")
		_, err = bids.SubmitBid(as, &pb.SubmitBidRequest{RequestId: w.id(), Name: b.GetName(), Etag: b.GetEtag()})
	}
	return err
}

// issue issues tokens, revokes one, and invites.
func (w *world) issue(ctx context.Context, r *rand.Rand) error {
	organizations, as := pb.NewOrganizationServiceClient(w.server.Conn()), w.firm.as(ctx)
	var tokens []*pb.Token
	for range 2 {
		t, err := organizations.CreateToken(as, &pb.CreateTokenRequest{RequestId: w.id(), Parent: w.firm.organization, Token: &pb.Token{DisplayName: w.secret(r, "令牌"),
			Roles: pick(w, []pb.Role{pb.Role_EDITOR}, []pb.Role{pb.Role_EDITOR, pb.Role_SIGNER}), Scopes: pick(w, []string{"demand.edit"}, nil)}})
		if err != nil {
			return err
		}
		tokens = append(tokens, t)
		w.note(t.GetName())
	}
	t := pick(w, tokens...)
	if _, err := organizations.RevokeToken(as, &pb.RevokeTokenRequest{RequestId: w.id(), Name: t.GetName(), Etag: t.GetEtag()}); err != nil {
		return err
	}
	invited, err := pb.NewMemberServiceClient(w.server.Conn()).InviteMember(as, &pb.InviteMemberRequest{RequestId: w.id(), Parent: w.firm.organization,
		Roles: pick(w, []pb.Role{pb.Role_EDITOR}, []pb.Role{pb.Role_EXPERT, pb.Role_SIGNER})})
	w.note(invited.GetMember().GetName())
	return err
}

// negotiate drafts the contract of the deal, or changes it.
func (w *world) negotiate(ctx context.Context, r *rand.Rand) (err error) {
	contracts := pb.NewContractServiceClient(w.server.Conn())
	if w.contract == nil {
		w.contract, err = contracts.CreateContract(w.firm.as(ctx), &pb.CreateContractRequest{RequestId: w.id(), Contract: &pb.Contract{Demand: w.awarded.GetName(),
			Title: w.secret(r, "合同"), Class: pb.ContractClass_DEVELOPMENT, Total: w.yuan(r),
			Price: &pb.Contract_Price{TechnicalAmount: &money.Money{CurrencyCode: "CNY", Nanos: 10_000_000}, Vat: pb.Contract_INCLUDED}}})
	} else {
		w.contract.Title, w.contract.Total = w.secret(r, "改过的合同"), w.yuan(r)
		w.contract.Class = pick(w, pb.ContractClass_DEVELOPMENT, pb.ContractClass_SERVICE)
		w.contract, err = contracts.UpdateContract(w.zju.as(ctx), &pb.UpdateContractRequest{RequestId: w.id(), Contract: w.contract})
	}
	w.note(w.contract.GetName())
	return err
}
