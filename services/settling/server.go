package settling

import (
	"context"
	"time"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entmilestone "github.com/jiebang/jiebang/ent/gen/ent/milestone"
	entpayment "github.com/jiebang/jiebang/ent/gen/ent/payment"
	"github.com/jiebang/jiebang/services/contracting"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/settling/milestone"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type milestoneServer struct {
	pb.UnimplementedMilestoneServiceServer
	settling *Settling
	pager    *listing.Pager
}

type paymentServer struct {
	pb.UnimplementedPaymentServiceServer
	settling *Settling
	pager    *listing.Pager
}

// Serve serves milestones and payments.
func (s *Settling) Serve(reg grpc.ServiceRegistrar, pager *listing.Pager) {
	pb.RegisterMilestoneServiceServer(reg, milestoneServer{settling: s, pager: pager})
	pb.RegisterPaymentServiceServer(reg, paymentServer{settling: s, pager: pager})
}

const (
	milestonePattern = "contracts/*/milestones/*"
	paymentPattern   = "contracts/*/payments/*"
)

var milestoneFields = listing.Fields{
	"state":       {Column: "state", Type: listing.Code},
	"due_date":    {Column: "due_date"},
	"create_time": {Column: "created_at", Type: listing.Instant},
}

var paymentFields = listing.Fields{
	"state":       {Column: "state", Type: listing.Code},
	"kind":        {Column: "kind", Type: listing.Code},
	"create_time": {Column: "created_at", Type: listing.Instant},
}

func (s milestoneServer) answer(m *ent.Milestone, err error) (*pb.Milestone, error) {
	if err != nil {
		return nil, err
	}
	return milestoneMessage(m, s.today()), nil
}

func (s milestoneServer) today() string { return contract.SignDate(s.settling.db.Clock().Now()) }

// act reads the name and the etag of a milestone and answers with what do did to it.
func (s milestoneServer) act(name, etag string, do func(Seen) (*ent.Milestone, error)) (*pb.Milestone, error) {
	ids, err := rpc.Resource("name", name, milestonePattern)
	if err != nil {
		return nil, err
	}
	return s.answer(do(Seen{ids[0], ids[1], etag}))
}

func (s milestoneServer) GetMilestone(ctx context.Context, req *pb.GetMilestoneRequest) (*pb.Milestone, error) {
	return s.act(req.GetName(), "", func(m Seen) (*ent.Milestone, error) {
		return findMilestone(ctx, s.settling.db.Read, identity.Caller(ctx), m.Contract, m.ID)
	})
}

func (s milestoneServer) ListMilestones(ctx context.Context, req *pb.ListMilestonesRequest) (*pb.ListMilestonesResponse, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "contracts/*")
	if err != nil {
		return nil, err
	}
	page, err := s.pager.Open(listing.Query{List: req.GetParent() + "/milestones", Size: req.GetPageSize(), Token: req.GetPageToken(), Filter: req.GetFilter(),
		OrderBy: req.GetOrderBy(), Sorts: listing.Created, Default: "create_time desc"})
	if err != nil {
		return nil, err
	}
	filter, err := milestoneFields.ParseFilter(req.GetFilter())
	if err != nil {
		return nil, err
	}
	query := s.settling.db.Read.Milestone.Query().Where(page.Where, contracting.Readable(identity.Caller(ctx)))
	if ids[0] != "-" {
		query.Where(entmilestone.ContractID(ids[0]))
	}
	if filter != nil {
		query.Where(filter)
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListMilestonesResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(m *ent.Milestone) (time.Time, string) { return m.CreatedAt, m.ID })
	today := s.today()
	for _, m := range rows {
		resp.Milestones = append(resp.Milestones, milestoneMessage(m, today))
	}
	return resp, err
}

func (s milestoneServer) StartMilestone(ctx context.Context, req *pb.StartMilestoneRequest) (*pb.Milestone, error) {
	return s.act(req.GetName(), req.GetEtag(), func(m Seen) (*ent.Milestone, error) { return s.settling.Start(ctx, m) })
}

func (s milestoneServer) SubmitMilestoneEvidence(ctx context.Context, req *pb.SubmitMilestoneEvidenceRequest) (*pb.Milestone, error) {
	evidence, err := evidenceOf(req.GetEvidence())
	if err != nil {
		return nil, err
	}
	return s.act(req.GetName(), req.GetEtag(), func(m Seen) (*ent.Milestone, error) { return s.settling.Submit(ctx, m, evidence) })
}

func (s milestoneServer) StartMilestoneAcceptance(ctx context.Context, req *pb.StartMilestoneAcceptanceRequest) (*pb.Milestone, error) {
	return s.act(req.GetName(), req.GetEtag(), func(m Seen) (*ent.Milestone, error) { return s.settling.Examine(ctx, m) })
}

func (s milestoneServer) ConcludeMilestoneAcceptance(ctx context.Context, req *pb.ConcludeMilestoneAcceptanceRequest) (*pb.Milestone, error) {
	part, err := rpc.OptionalAmount("accepted", req.GetAccepted())
	if err != nil {
		return nil, err
	}
	v := Verdict{Outcome: rpc.Stored[milestone.State](req.GetOutcome()), Part: part, Reason: req.GetReason()}
	return s.act(req.GetName(), req.GetEtag(), func(m Seen) (*ent.Milestone, error) { return s.settling.Conclude(ctx, m, v) })
}

func (s milestoneServer) MarkMilestoneNotDelivered(ctx context.Context, req *pb.MarkMilestoneNotDeliveredRequest) (*pb.Milestone, error) {
	return s.act(req.GetName(), req.GetEtag(), func(m Seen) (*ent.Milestone, error) { return s.settling.Fail(ctx, m, req.GetReason()) })
}

func (s milestoneServer) WaiveMilestone(ctx context.Context, req *pb.WaiveMilestoneRequest) (*pb.Milestone, error) {
	return s.act(req.GetName(), req.GetEtag(), func(m Seen) (*ent.Milestone, error) { return s.settling.Waive(ctx, m, req.GetReason()) })
}

// pay reads the name and the etag of a payment and answers with what do did to it.
func pay(name, etag string, do func(Seen) (*ent.Payment, error)) (*pb.Payment, error) {
	ids, err := rpc.Resource("name", name, paymentPattern)
	if err != nil {
		return nil, err
	}
	return paid(do(Seen{ids[0], ids[1], etag}))
}

func paid(p *ent.Payment, err error) (*pb.Payment, error) {
	if err != nil {
		return nil, err
	}
	return paymentMessage(p), nil
}

func (s paymentServer) CreatePayment(ctx context.Context, req *pb.CreatePaymentRequest) (*pb.Payment, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "contracts/*")
	if err != nil {
		return nil, err
	}
	n, err := planned(ids[0], req.GetPayment())
	if err != nil {
		return nil, err
	}
	return paid(s.settling.Plan(ctx, ids[0], n))
}

func (s paymentServer) GetPayment(ctx context.Context, req *pb.GetPaymentRequest) (*pb.Payment, error) {
	return pay(req.GetName(), "", func(p Seen) (*ent.Payment, error) {
		return findPayment(ctx, s.settling.db.Read, identity.Caller(ctx), p.Contract, p.ID)
	})
}

func (s paymentServer) ListPayments(ctx context.Context, req *pb.ListPaymentsRequest) (*pb.ListPaymentsResponse, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "contracts/*")
	if err != nil {
		return nil, err
	}
	page, err := s.pager.Open(listing.Query{List: req.GetParent() + "/payments", Size: req.GetPageSize(), Token: req.GetPageToken(), Filter: req.GetFilter(),
		OrderBy: req.GetOrderBy(), Sorts: listing.Created, Default: "create_time desc"})
	if err != nil {
		return nil, err
	}
	filter, err := paymentFields.ParseFilter(req.GetFilter())
	if err != nil {
		return nil, err
	}
	query := s.settling.db.Read.Payment.Query().Where(page.Where, contracting.Readable(identity.Caller(ctx)))
	if ids[0] != "-" {
		query.Where(entpayment.ContractID(ids[0]))
	}
	if filter != nil {
		query.Where(filter)
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListPaymentsResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(p *ent.Payment) (time.Time, string) { return p.CreatedAt, p.ID })
	for _, p := range rows {
		resp.Payments = append(resp.Payments, paymentMessage(p))
	}
	return resp, err
}

func (s paymentServer) RequestPayment(ctx context.Context, req *pb.RequestPaymentRequest) (*pb.Payment, error) {
	return pay(req.GetName(), req.GetEtag(), func(p Seen) (*ent.Payment, error) { return s.settling.Request(ctx, p) })
}

func (s paymentServer) ApprovePayment(ctx context.Context, req *pb.ApprovePaymentRequest) (*pb.Payment, error) {
	return pay(req.GetName(), req.GetEtag(), func(p Seen) (*ent.Payment, error) { return s.settling.Approve(ctx, p) })
}

func (s paymentServer) ClaimPayment(ctx context.Context, req *pb.ClaimPaymentRequest) (*pb.Payment, error) {
	digest, err := digestOf("voucher_digest", req.GetVoucherDigest())
	if err != nil {
		return nil, err
	}
	return pay(req.GetName(), req.GetEtag(), func(p Seen) (*ent.Payment, error) { return s.settling.Claim(ctx, p, req.GetVoucher(), digest) })
}

func (s paymentServer) ConfirmPayment(ctx context.Context, req *pb.ConfirmPaymentRequest) (*pb.Payment, error) {
	return pay(req.GetName(), req.GetEtag(), func(p Seen) (*ent.Payment, error) { return s.settling.Confirm(ctx, p) })
}

func (s paymentServer) DisputePayment(ctx context.Context, req *pb.DisputePaymentRequest) (*pb.Payment, error) {
	return pay(req.GetName(), req.GetEtag(), func(p Seen) (*ent.Payment, error) { return s.settling.Dispute(ctx, p, req.GetReason()) })
}

func (s paymentServer) VoidPayment(ctx context.Context, req *pb.VoidPaymentRequest) (*pb.Payment, error) {
	return pay(req.GetName(), req.GetEtag(), func(p Seen) (*ent.Payment, error) { return s.settling.GiveUp(ctx, p, req.GetReason()) })
}

func (s paymentServer) GetContractBalance(ctx context.Context, req *pb.GetContractBalanceRequest) (*pb.ContractBalance, error) {
	ids, err := rpc.Resource("name", req.GetName(), "contracts/*/balance")
	if err != nil {
		return nil, err
	}
	b, err := s.settling.Balance(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	return balanceMessage(b), nil
}
