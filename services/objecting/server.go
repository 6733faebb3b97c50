package objecting

import (
	"context"
	"time"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entobjection "github.com/jiebang/jiebang/ent/gen/ent/objection"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/judging/objection"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedObjectionServiceServer
	objecting *Objecting
	pager     *listing.Pager
}

// Serve serves objections.
func (s *Objecting) Serve(reg grpc.ServiceRegistrar, pager *listing.Pager) {
	pb.RegisterObjectionServiceServer(reg, server{objecting: s, pager: pager})
}

func (s server) CreateObjection(ctx context.Context, req *pb.CreateObjectionRequest) (*pb.Objection, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "demands/*")
	if err != nil {
		return nil, err
	}
	m := req.GetObjection()
	o, err := s.objecting.File(ctx, ids[0], rpc.Stored[objection.Ground](m.GetGround()), m.GetText())
	return answer(ctx, o, err)
}

// on reads the name of an objection and answers with what do did to it.
func on(ctx context.Context, name, etag string, do func(Named) (*ent.Objection, error)) (*pb.Objection, error) {
	ids, err := rpc.Resource("name", name, "demands/*/objections/*")
	if err != nil {
		return nil, err
	}
	o, err := do(Named{ids[0], ids[1], etag})
	return answer(ctx, o, err)
}

func (s server) GetObjection(ctx context.Context, req *pb.GetObjectionRequest) (*pb.Objection, error) {
	return on(ctx, req.GetName(), "", func(n Named) (*ent.Objection, error) { return find(ctx, s.objecting.db.Read, identity.Caller(ctx), n) })
}

func (s server) ReviewObjection(ctx context.Context, req *pb.ReviewObjectionRequest) (*pb.Objection, error) {
	return on(ctx, req.GetName(), req.GetEtag(), func(n Named) (*ent.Objection, error) {
		return s.objecting.Review(ctx, n, req.GetAdmissible(), req.GetOpinion())
	})
}

func (s server) DecideObjection(ctx context.Context, req *pb.DecideObjectionRequest) (*pb.Objection, error) {
	return on(ctx, req.GetName(), req.GetEtag(), func(n Named) (*ent.Objection, error) {
		return s.objecting.Decide(ctx, n, req.GetUpheld(), req.GetReason())
	})
}

func (s server) WithdrawObjection(ctx context.Context, req *pb.WithdrawObjectionRequest) (*pb.Objection, error) {
	return on(ctx, req.GetName(), req.GetEtag(), func(n Named) (*ent.Objection, error) { return s.objecting.Withdraw(ctx, n) })
}

var fields = listing.Fields{
	"state":        {Column: "state", Type: listing.Code},
	"organization": {Column: "organization_id", Prefix: "organizations/"},
	"create_time":  {Column: "created_at", Type: listing.Instant},
}

func (s server) ListObjections(ctx context.Context, req *pb.ListObjectionsRequest) (*pb.ListObjectionsResponse, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "demands/*")
	if err != nil {
		return nil, err
	}
	page, err := s.pager.Open(listing.Query{List: req.GetParent() + "/objections", Size: req.GetPageSize(), Token: req.GetPageToken(), Filter: req.GetFilter(),
		OrderBy: req.GetOrderBy(), Sorts: listing.Created, Default: "create_time desc"})
	if err != nil {
		return nil, err
	}
	filter, err := fields.ParseFilter(req.GetFilter())
	if err != nil {
		return nil, err
	}
	caller := identity.Caller(ctx)
	query := s.objecting.db.Read.Objection.Query().Where(page.Where, readable(caller))
	if ids[0] != "-" {
		query.Where(entobjection.DemandID(ids[0]))
	}
	if filter != nil {
		query.Where(filter)
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListObjectionsResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(o *ent.Objection) (time.Time, string) { return o.CreatedAt, o.ID })
	for _, o := range rows {
		resp.Objections = append(resp.Objections, message(o, caller))
	}
	return resp, err
}

func answer(ctx context.Context, o *ent.Objection, err error) (*pb.Objection, error) {
	if err != nil {
		return nil, err
	}
	return message(o, identity.Caller(ctx)), nil
}

// message writes an objection; who reviewed it and who decided on it is for the bureau.
func message(o *ent.Objection, caller party.Caller) *pb.Objection {
	m := &pb.Objection{
		Name: id.ObjectionName(o.DemandID, o.ID), Organization: id.OrganizationName(o.OrganizationID), Text: o.Text,
		Ground: rpc.Enum[pb.Objection_Ground](pb.Objection_Ground_value, o.Ground), State: rpc.Enum[pb.Objection_State](pb.Objection_State_value, o.State),
		Opinion: o.Opinion, DecisionReason: o.Reason, DueTime: rpc.Stamp(o.DueAt), EscalateTime: rpc.OptionalStamp(o.EscalatedAt), Jurisdiction: o.Jurisdiction,
		Etag: rpc.Etag(o.Version), CreateTime: rpc.Stamp(o.CreatedAt), UpdateTime: rpc.Stamp(o.UpdatedAt),
		Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: o.Jurisdiction, Sequence: o.EntrySeq, Hash: o.EntryHash}),
	}
	if caller.Oversees(o.Jurisdiction) {
		m.Reviewer, m.Decider = identity.PrincipalName(o.ReviewedBy), identity.PrincipalName(o.DecidedBy)
	}
	return m
}
