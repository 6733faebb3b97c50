package keeping

import (
	"context"
	"time"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/keeping/custodian"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedCustodianServiceServer
	keeping *Keeping
	pager   *listing.Pager
}

// Serve serves custodians.
func (k *Keeping) Serve(reg grpc.ServiceRegistrar, pager *listing.Pager) {
	pb.RegisterCustodianServiceServer(reg, server{keeping: k, pager: pager})
}

const namePattern = "custodians/*"

var fields = listing.Fields{
	"state":        {Column: "state", Type: listing.Code},
	"jurisdiction": {Column: "jurisdiction"},
	"organization": {Column: "organization_id", Prefix: "organizations/"},
	"create_time":  {Column: "created_at", Type: listing.Instant},
}

func (s server) CreateCustodian(ctx context.Context, req *pb.CreateCustodianRequest) (*pb.Custodian, error) {
	return s.answer(s.keeping.Register(ctx, req.GetCustodian().GetDisplayName(), req.GetCustodian().GetRecipient()))
}

func (s server) GetCustodian(ctx context.Context, req *pb.GetCustodianRequest) (*pb.Custodian, error) {
	ids, err := rpc.Resource("name", req.GetName(), namePattern)
	if err != nil {
		return nil, err
	}
	return s.answer(find(ctx, s.keeping.db.Read, identity.Caller(ctx), ids[0]))
}

func (s server) ListCustodians(ctx context.Context, req *pb.ListCustodiansRequest) (*pb.ListCustodiansResponse, error) {
	page, err := s.pager.Open(listing.Query{List: "custodians", Size: req.GetPageSize(), Token: req.GetPageToken(), Filter: req.GetFilter(),
		OrderBy: req.GetOrderBy(), Sorts: listing.Created, Default: "create_time desc"})
	if err != nil {
		return nil, err
	}
	filter, err := fields.ParseFilter(req.GetFilter())
	if err != nil {
		return nil, err
	}
	query := s.keeping.db.Read.Custodian.Query().Where(page.Where)
	if filter != nil {
		query.Where(filter)
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListCustodiansResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(c *ent.Custodian) (time.Time, string) { return c.CreatedAt, c.ID })
	for _, c := range rows {
		resp.Custodians = append(resp.Custodians, message(c, s.keeping.db.Clock().Now()))
	}
	return resp, err
}

func (s server) ConfirmCustodian(ctx context.Context, req *pb.ConfirmCustodianRequest) (*pb.Custodian, error) {
	ids, err := rpc.Resource("name", req.GetName(), namePattern)
	if err != nil {
		return nil, err
	}
	return s.answer(s.keeping.Confirm(ctx, ids[0], req.GetEtag(), req.GetFingerprint()))
}

func (s server) RetireCustodian(ctx context.Context, req *pb.RetireCustodianRequest) (*pb.Custodian, error) {
	ids, err := rpc.Resource("name", req.GetName(), namePattern)
	if err != nil {
		return nil, err
	}
	return s.answer(s.keeping.Retire(ctx, ids[0], req.GetEtag()))
}

func (s server) ChallengeCustodian(ctx context.Context, req *pb.ChallengeCustodianRequest) (*pb.ChallengeCustodianResponse, error) {
	ids, err := rpc.Resource("name", req.GetName(), namePattern)
	if err != nil {
		return nil, err
	}
	c, err := s.keeping.Challenge(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	return &pb.ChallengeCustodianResponse{Challenge: c.Question, About: c.About, ExpireTime: rpc.Stamp(c.Expires)}, nil
}

func (s server) ProveCustodian(ctx context.Context, req *pb.ProveCustodianRequest) (*pb.Custodian, error) {
	ids, err := rpc.Resource("name", req.GetName(), namePattern)
	if err != nil {
		return nil, err
	}
	return s.answer(s.keeping.Prove(ctx, ids[0], req.GetAnswer()))
}

func (s server) answer(c *ent.Custodian, err error) (*pb.Custodian, error) {
	if err != nil {
		return nil, err
	}
	return message(c, s.keeping.db.Clock().Now()), nil
}

func message(c *ent.Custodian, now time.Time) *pb.Custodian {
	return &pb.Custodian{
		Name: id.CustodianName(c.ID), Organization: id.OrganizationName(c.OrganizationID), DisplayName: c.DisplayName, Recipient: c.Recipient,
		Fingerprint: seal.Fingerprint(c.Recipient), State: rpc.Enum[pb.Custodian_State](pb.Custodian_State_value, c.State),
		CheckTime: rpc.OptionalStamp(c.CheckedAt), Fresh: custodian.Fresh(c.State, c.CheckedAt, now), Jurisdiction: c.Jurisdiction, Etag: rpc.Etag(c.Version),
		CreateTime: rpc.Stamp(c.CreatedAt), UpdateTime: rpc.Stamp(c.UpdatedAt),
		Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: c.Jurisdiction, Sequence: c.EntrySeq, Hash: c.EntryHash}),
	}
}
