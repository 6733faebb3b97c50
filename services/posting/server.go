package posting

import (
	"context"
	"time"

	"entgo.io/ent/dialect/sql"
	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entdemand "github.com/jiebang/jiebang/ent/gen/ent/demand"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/posting/demand"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Awarding is what the areas below do to demands: an award changes bids too.
type Awarding interface {
	WithdrawDemand(ctx context.Context, demandID, etag string) (*ent.Demand, error)
	Award(ctx context.Context, demandID, bidID, etag string) (*ent.Demand, error)
	RejectAll(ctx context.Context, demandID, etag string) (*ent.Demand, error)
}

type server struct {
	pb.UnimplementedDemandServiceServer
	posting *Posting
	awards  Awarding
	pager   *listing.Pager
}

// Serve serves demands.
func (p *Posting) Serve(reg grpc.ServiceRegistrar, awards Awarding, pager *listing.Pager) {
	pb.RegisterDemandServiceServer(reg, server{posting: p, awards: awards, pager: pager})
}

var fields = listing.Fields{
	"state":        {Column: "state", Type: listing.Code},
	"field":        {Column: "field", Type: listing.Code},
	"jurisdiction": {Column: "jurisdiction"},
	"organization": {Column: "organization_id", Prefix: "organizations/"},
	"number":       {Column: "number"},
	"title":        {Column: "title"},
	"create_time":  {Column: "created_at", Type: listing.Instant},
	"deadline":     {Column: "deadline", Type: listing.Instant},
}

var sorts = map[string]listing.Sort{
	"create_time desc": {Column: "created_at", Desc: true}, "create_time": {Column: "created_at"},
	"deadline desc": {Column: "deadline", Desc: true}, "deadline": {Column: "deadline"},
}

func (s server) CreateDemand(ctx context.Context, req *pb.CreateDemandRequest) (*pb.Demand, error) {
	c, err := content(req.GetDemand())
	if err != nil {
		return nil, err
	}
	return answer(s.posting.Draft(ctx, req.GetDemand().GetJurisdiction(), c))
}

func (s server) GetDemand(ctx context.Context, req *pb.GetDemandRequest) (*pb.Demand, error) {
	ids, err := rpc.Resource("name", req.GetName(), "demands/*")
	if err != nil {
		return nil, err
	}
	return answer(Find(ctx, s.posting.db.Read, ids[0], identity.Caller(ctx)))
}

func (s server) ListDemands(ctx context.Context, req *pb.ListDemandsRequest) (*pb.ListDemandsResponse, error) {
	page, err := s.pager.Open(listing.Query{List: "demands", Size: req.GetPageSize(), Token: req.GetPageToken(), Filter: req.GetFilter(),
		OrderBy: req.GetOrderBy(), Sorts: sorts, Default: "create_time desc"})
	if err != nil {
		return nil, err
	}
	filter, err := fields.ParseFilter(req.GetFilter())
	if err != nil {
		return nil, err
	}
	query := s.posting.db.Read.Demand.Query().Where(page.Where, Readable(identity.Caller(ctx)))
	if filter != nil {
		query.Where(filter)
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListDemandsResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(d *ent.Demand) (time.Time, string) {
		if page.SortedBy("deadline") {
			return *d.Deadline, d.ID
		}
		return d.CreatedAt, d.ID
	})
	for _, d := range rows {
		resp.Demands = append(resp.Demands, Message(d))
	}
	return resp, err
}

// Readable restricts a query to the demands that Find would give the caller.
func Readable(caller party.Caller) func(*sql.Selector) {
	return func(s *sql.Selector) {
		public := sql.NEQ(s.C(entdemand.FieldState), string(demand.Draft))
		if !caller.Known() {
			s.Where(public)
			return
		}
		s.Where(sql.Or(public, sql.EQ(s.C(entdemand.FieldOrganizationID), caller.Organization)))
	}
}

func (s server) UpdateDemand(ctx context.Context, req *pb.UpdateDemandRequest) (*pb.Demand, error) {
	ids, err := rpc.Resource("demand.name", req.GetDemand().GetName(), "demands/*")
	if err != nil {
		return nil, err
	}
	m, mask, err := rpc.Update(req.GetDemand(), "demand", req.GetUpdateMask(), contentFields)
	if err != nil {
		return nil, err
	}
	c, err := content(m)
	if err != nil {
		return nil, err
	}
	return answer(s.posting.Edit(ctx, ids[0], req.GetDemand().GetEtag(), c, mask))
}

func (s server) PublishDemand(ctx context.Context, req *pb.PublishDemandRequest) (*pb.Demand, error) {
	ids, err := rpc.Resource("name", req.GetName(), "demands/*")
	if err != nil {
		return nil, err
	}
	return answer(s.posting.Publish(ctx, ids[0], req.GetEtag()))
}

func (s server) WithdrawDemand(ctx context.Context, req *pb.WithdrawDemandRequest) (*pb.Demand, error) {
	ids, err := rpc.Resource("name", req.GetName(), "demands/*")
	if err != nil {
		return nil, err
	}
	return answer(s.awards.WithdrawDemand(ctx, ids[0], req.GetEtag()))
}

func (s server) AwardDemand(ctx context.Context, req *pb.AwardDemandRequest) (*pb.Demand, error) {
	ids, err := rpc.Resource("name", req.GetName(), "demands/*")
	if err != nil {
		return nil, err
	}
	bid, err := rpc.Resource("bid", req.GetBid(), "demands/*/bids/*")
	if err != nil {
		return nil, err
	}
	if bid[0] != ids[0] {
		return nil, demand.ErrBidForeign.With("bid", req.GetBid()).At("bid")
	}
	return answer(s.awards.Award(ctx, ids[0], bid[1], req.GetEtag()))
}

func (s server) RejectBids(ctx context.Context, req *pb.RejectBidsRequest) (*pb.Demand, error) {
	ids, err := rpc.Resource("name", req.GetName(), "demands/*")
	if err != nil {
		return nil, err
	}
	return answer(s.awards.RejectAll(ctx, ids[0], req.GetEtag()))
}

func answer(d *ent.Demand, err error) (*pb.Demand, error) {
	if err != nil {
		return nil, err
	}
	return Message(d), nil
}
