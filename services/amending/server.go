package amending

import (
	"context"
	"time"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entamendment "github.com/jiebang/jiebang/ent/gen/ent/amendment"
	"github.com/jiebang/jiebang/services/contracting"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedAmendmentServiceServer
	amending *Amending
	pager    *listing.Pager
}

// Serve serves amendments.
func (s *Amending) Serve(reg grpc.ServiceRegistrar, pager *listing.Pager) {
	pb.RegisterAmendmentServiceServer(reg, server{amending: s, pager: pager})
}

const pattern = "contracts/*/amendments/*"

var fields = listing.Fields{
	"state":       {Column: "state", Type: listing.Code},
	"create_time": {Column: "created_at", Type: listing.Instant},
}

func (s server) CreateAmendment(ctx context.Context, req *pb.CreateAmendmentRequest) (*pb.Amendment, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "contracts/*")
	if err != nil {
		return nil, err
	}
	c, err := content(req.GetAmendment())
	if err != nil {
		return nil, err
	}
	return answer(s.amending.Draft(ctx, ids[0], c))
}

func (s server) GetAmendment(ctx context.Context, req *pb.GetAmendmentRequest) (*pb.Amendment, error) {
	ids, err := rpc.Resource("name", req.GetName(), pattern)
	if err != nil {
		return nil, err
	}
	return answer(find(ctx, s.amending.db.Read, identity.Caller(ctx), ids[0], ids[1]))
}

func (s server) ListAmendments(ctx context.Context, req *pb.ListAmendmentsRequest) (*pb.ListAmendmentsResponse, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "contracts/*")
	if err != nil {
		return nil, err
	}
	page, err := s.pager.Open(listing.Query{List: req.GetParent() + "/amendments", Size: req.GetPageSize(), Token: req.GetPageToken(), Filter: req.GetFilter(),
		OrderBy: req.GetOrderBy(), Sorts: listing.Created, Default: "create_time desc"})
	if err != nil {
		return nil, err
	}
	filter, err := fields.ParseFilter(req.GetFilter())
	if err != nil {
		return nil, err
	}
	query := s.amending.db.Read.Amendment.Query().Where(page.Where, contracting.Readable(identity.Caller(ctx)))
	if ids[0] != "-" {
		query.Where(entamendment.ContractID(ids[0]))
	}
	if filter != nil {
		query.Where(filter)
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListAmendmentsResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(a *ent.Amendment) (time.Time, string) { return a.CreatedAt, a.ID })
	for _, a := range rows {
		resp.Amendments = append(resp.Amendments, message(a))
	}
	return resp, err
}

// act reads the name and the etag of an amendment and answers with what do did to it.
func act(name, etag string, do func(Seen) (*ent.Amendment, error)) (*pb.Amendment, error) {
	ids, err := rpc.Resource("name", name, pattern)
	if err != nil {
		return nil, err
	}
	return answer(do(Seen{ids[0], ids[1], etag}))
}

func (s server) ProposeAmendment(ctx context.Context, req *pb.ProposeAmendmentRequest) (*pb.Amendment, error) {
	return act(req.GetName(), req.GetEtag(), func(a Seen) (*ent.Amendment, error) { return s.amending.Propose(ctx, a) })
}

func (s server) SignAmendment(ctx context.Context, req *pb.SignAmendmentRequest) (*pb.Amendment, error) {
	return act(req.GetName(), req.GetEtag(), func(a Seen) (*ent.Amendment, error) {
		return s.amending.Sign(ctx, a, contracting.SigningOf(req.GetSignDigest(), req.GetSignature()))
	})
}

func (s server) RefuseAmendment(ctx context.Context, req *pb.RefuseAmendmentRequest) (*pb.Amendment, error) {
	return act(req.GetName(), req.GetEtag(), func(a Seen) (*ent.Amendment, error) { return s.amending.Refuse(ctx, a, req.GetReason()) })
}

func (s server) WithdrawAmendment(ctx context.Context, req *pb.WithdrawAmendmentRequest) (*pb.Amendment, error) {
	return act(req.GetName(), req.GetEtag(), func(a Seen) (*ent.Amendment, error) { return s.amending.Withdraw(ctx, a) })
}

func answer(a *ent.Amendment, err error) (*pb.Amendment, error) {
	if err != nil {
		return nil, err
	}
	return message(a), nil
}
