package approving

import (
	"context"
	"time"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedApprovalServiceServer
	approving *Approving
	pager     *listing.Pager
}

// Serve serves approvals.
func (s *Approving) Serve(reg grpc.ServiceRegistrar, pager *listing.Pager) {
	pb.RegisterApprovalServiceServer(reg, server{approving: s, pager: pager})
}

func (s server) GetApproval(ctx context.Context, req *pb.GetApprovalRequest) (*pb.Approval, error) {
	ids, err := rpc.Resource("name", req.GetName(), "approvals/*")
	if err != nil {
		return nil, err
	}
	a, err := find(ctx, s.approving.db.Read, identity.Caller(ctx), ids[0])
	return s.answer(ctx, a, err)
}

// answer writes an approval with what the one who asked is called.
func (s server) answer(ctx context.Context, a *ent.Approval, err error) (*pb.Approval, error) {
	if err != nil {
		return nil, err
	}
	names, err := identity.Names(ctx, s.approving.db.Read, a.RequestedBy)
	return message(a, names), err
}

var fields = listing.Fields{
	"state":        {Column: "state", Type: listing.Code},
	"action":       {Column: "action"},
	"organization": {Column: "organization_id", Prefix: "organizations/"},
	"create_time":  {Column: "created_at", Type: listing.Instant},
}

func (s server) ListApprovals(ctx context.Context, req *pb.ListApprovalsRequest) (*pb.ListApprovalsResponse, error) {
	page, err := s.pager.Open(listing.Query{List: "approvals", Size: req.GetPageSize(), Token: req.GetPageToken(), Filter: req.GetFilter(),
		Sorts: listing.Created, Default: "create_time desc"})
	if err != nil {
		return nil, err
	}
	filter, err := fields.ParseFilter(req.GetFilter())
	if err != nil {
		return nil, err
	}
	query := s.approving.db.Read.Approval.Query().Where(page.Where, readable(identity.Caller(ctx)))
	if filter != nil {
		query.Where(filter)
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListApprovalsResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(a *ent.Approval) (time.Time, string) { return a.CreatedAt, a.ID })
	if err != nil {
		return nil, err
	}
	var persons []string
	for _, a := range rows {
		persons = append(persons, a.RequestedBy)
	}
	names, err := identity.Names(ctx, s.approving.db.Read, persons...)
	for _, a := range rows {
		resp.Approvals = append(resp.Approvals, message(a, names))
	}
	return resp, err
}

func (s server) ApproveRequest(ctx context.Context, req *pb.ApproveRequestRequest) (*pb.Approval, error) {
	ids, err := rpc.Resource("name", req.GetName(), "approvals/*")
	if err != nil {
		return nil, err
	}
	a, err := s.approving.Approve(ctx, ids[0], req.GetEtag(), req.GetDigest())
	return s.answer(ctx, a, err)
}

func (s server) RefuseRequest(ctx context.Context, req *pb.RefuseRequestRequest) (*pb.Approval, error) {
	ids, err := rpc.Resource("name", req.GetName(), "approvals/*")
	if err != nil {
		return nil, err
	}
	a, err := s.approving.Refuse(ctx, ids[0], req.GetEtag())
	return s.answer(ctx, a, err)
}

func (s server) WithdrawApproval(ctx context.Context, req *pb.WithdrawApprovalRequest) (*pb.Approval, error) {
	ids, err := rpc.Resource("name", req.GetName(), "approvals/*")
	if err != nil {
		return nil, err
	}
	a, err := s.approving.Withdraw(ctx, ids[0], req.GetEtag())
	return s.answer(ctx, a, err)
}

// message writes an approval; names are what persons are called.
func message(a *ent.Approval, names map[string]string) *pb.Approval {
	return &pb.Approval{
		Name: id.ApprovalName(a.ID), Organization: id.OrganizationName(a.OrganizationID), Action: a.Action, Method: a.Method, Subject: a.Subject,
		Request: string(a.Request), Digest: a.RequestHash, Requester: id.PersonName(a.RequestedBy), RequesterDisplayName: names[a.RequestedBy],
		Decider: identity.PrincipalName(a.DecidedBy), State: rpc.Enum[pb.Approval_State](pb.Approval_State_value, a.State), ExpireTime: rpc.Stamp(a.ExpiresAt),
		CreateTime: rpc.Stamp(a.CreatedAt), UpdateTime: rpc.Stamp(a.UpdatedAt), Etag: rpc.Etag(a.Version),
		Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: a.Jurisdiction, Sequence: a.EntrySeq, Hash: a.EntryHash}),
	}
}
