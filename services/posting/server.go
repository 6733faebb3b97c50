package posting

import (
	"context"
	"time"

	"entgo.io/ent/dialect/sql"
	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entdemand "github.com/jiebang/jiebang/ent/gen/ent/demand"
	entopinion "github.com/jiebang/jiebang/ent/gen/ent/opinion"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/posting/detail"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Awarding is what the areas below do to demands: an award changes bids too.
type Awarding interface {
	Award(ctx context.Context, demandID, bidID, etag string) (*ent.Demand, error)
	RejectAll(ctx context.Context, demandID, etag string) (*ent.Demand, error)
}

// Revising is what they do to published demands.
type Revising interface {
	WithdrawDemand(ctx context.Context, demandID, etag, remark string) (*ent.Demand, error)
	AmendDemand(ctx context.Context, demandID, etag string, c Content, fields []string) (*ent.Demand, error)
	CancelDemand(ctx context.Context, demandID, etag string, p detail.Pending) (*ent.Demand, error)
	DecideDemand(ctx context.Context, demandID, etag string, grant bool, remark string) (*ent.Demand, error)
}

type server struct {
	pb.UnimplementedDemandServiceServer
	posting *Posting
	awards  Awarding
	revises Revising
	pager   *listing.Pager
}

// Serve serves demands.
func (p *Posting) Serve(reg grpc.ServiceRegistrar, awards Awarding, revises Revising, pager *listing.Pager) {
	pb.RegisterDemandServiceServer(reg, server{posting: p, awards: awards, revises: revises, pager: pager})
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
	return answer(ctx)(s.posting.Draft(ctx, req.GetDemand().GetJurisdiction(), c))
}

func (s server) GetDemand(ctx context.Context, req *pb.GetDemandRequest) (*pb.Demand, error) {
	ids, err := rpc.Resource("name", req.GetName(), "demands/*")
	if err != nil {
		return nil, err
	}
	return answer(ctx)(Find(ctx, s.posting.db.Read, ids[0], identity.Caller(ctx)))
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
		resp.Demands = append(resp.Demands, MessageTo(d, identity.Caller(ctx)))
	}
	return resp, err
}

// Readable restricts a query to the demands that Find would give the caller.
func Readable(caller party.Caller) func(*sql.Selector) {
	return func(s *sql.Selector) {
		public := sql.NotIn(s.C(entdemand.FieldState), texts(demand.Private())...)
		if !caller.Known() {
			s.Where(public)
			return
		}
		s.Where(sql.Or(public, sql.EQ(s.C(entdemand.FieldOrganizationID), caller.Organization), vetted(s, caller)))
	}
}

// vetted are the demands before their publication that the caller vets: an officer those of its jurisdiction, an expert those that it was asked about.
func vetted(s *sql.Selector, caller party.Caller) *sql.Predicate {
	submitted := sql.NEQ(s.C(entdemand.FieldState), string(demand.Draft))
	if caller.Oversees(caller.Jurisdiction) {
		return sql.And(submitted, sql.EQ(s.C(entdemand.FieldJurisdiction), caller.Jurisdiction))
	}
	if caller.Person == "" {
		return sql.False()
	}
	o := sql.Dialect(s.Dialect()).Table(entopinion.Table).As("asked")
	return sql.And(submitted, sql.In(s.C(entdemand.FieldID), sql.Dialect(s.Dialect()).Select(o.C(entopinion.FieldDemandID)).From(o).
		Where(sql.EQ(o.C(entopinion.FieldPersonID), caller.Person))))
}

func texts(states []demand.State) []any {
	out := make([]any, len(states))
	for i, s := range states {
		out[i] = string(s)
	}
	return out
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
	return answer(ctx)(s.posting.Edit(ctx, ids[0], req.GetDemand().GetEtag(), c, mask))
}

func (s server) PublishDemand(ctx context.Context, req *pb.PublishDemandRequest) (*pb.Demand, error) {
	ids, err := rpc.Resource("name", req.GetName(), "demands/*")
	if err != nil {
		return nil, err
	}
	return answer(ctx)(s.posting.Publish(ctx, ids[0], req.GetEtag()))
}

func (s server) WithdrawDemand(ctx context.Context, req *pb.WithdrawDemandRequest) (*pb.Demand, error) {
	ids, err := rpc.Resource("name", req.GetName(), "demands/*")
	if err != nil {
		return nil, err
	}
	return answer(ctx)(s.revises.WithdrawDemand(ctx, ids[0], req.GetEtag(), req.GetReason()))
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
	return answer(ctx)(s.awards.Award(ctx, ids[0], bid[1], req.GetEtag()))
}

func (s server) RejectBids(ctx context.Context, req *pb.RejectBidsRequest) (*pb.Demand, error) {
	ids, err := rpc.Resource("name", req.GetName(), "demands/*")
	if err != nil {
		return nil, err
	}
	return answer(ctx)(s.awards.RejectAll(ctx, ids[0], req.GetEtag()))
}

func (s server) AmendDemand(ctx context.Context, req *pb.AmendDemandRequest) (*pb.Demand, error) {
	ids, err := rpc.Resource("demand.name", req.GetDemand().GetName(), "demands/*")
	if err != nil {
		return nil, err
	}
	m, mask, err := rpc.Update(req.GetDemand(), "demand", req.GetUpdateMask(), demand.Amendable)
	if err != nil {
		return nil, err
	}
	c, err := content(m)
	if err != nil {
		return nil, err
	}
	return answer(ctx)(s.revises.AmendDemand(ctx, ids[0], req.GetDemand().GetEtag(), c, mask))
}

func (s server) CancelDemand(ctx context.Context, req *pb.CancelDemandRequest) (*pb.Demand, error) {
	ids, err := rpc.Resource("name", req.GetName(), "demands/*")
	if err != nil {
		return nil, err
	}
	return answer(ctx)(s.revises.CancelDemand(ctx, ids[0], req.GetEtag(), detail.Pending{Cancel: req.GetReason(), Text: req.GetRemark()}))
}

func (s server) DecideDemandRequest(ctx context.Context, req *pb.DecideDemandRequestRequest) (*pb.Demand, error) {
	ids, err := rpc.Resource("name", req.GetName(), "demands/*")
	if err != nil {
		return nil, err
	}
	return answer(ctx)(s.revises.DecideDemand(ctx, ids[0], req.GetEtag(), req.GetGrant(), req.GetRemark()))
}

func (s server) ConfirmDemand(ctx context.Context, req *pb.ConfirmDemandRequest) (*pb.Demand, error) {
	ids, err := rpc.Resource("name", req.GetName(), "demands/*")
	if err != nil {
		return nil, err
	}
	return answer(ctx)(s.posting.Confirm(ctx, ids[0], req.GetEtag()))
}

func (s server) RelistDemand(ctx context.Context, req *pb.RelistDemandRequest) (*pb.Demand, error) {
	ids, err := rpc.Resource("name", req.GetName(), "demands/*")
	if err != nil {
		return nil, err
	}
	return answer(ctx)(s.posting.Relist(ctx, ids[0]))
}

func (s server) AdviseDemand(ctx context.Context, req *pb.AdviseDemandRequest) (*pb.AdviseDemandResponse, error) {
	ids, err := rpc.Resource("name", req.GetName(), "demands/*")
	if err != nil {
		return nil, err
	}
	advice, err := s.posting.Advise(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	resp := &pb.AdviseDemandResponse{}
	for _, a := range advice {
		resp.Advice = append(resp.Advice, &pb.FieldAdvice{Field: a.Field, Hint: a.Hint, Reason: a.Dimension + ":" + a.Why})
	}
	return resp, nil
}

// answer writes a demand for who called.
func answer(ctx context.Context) func(*ent.Demand, error) (*pb.Demand, error) {
	return func(d *ent.Demand, err error) (*pb.Demand, error) {
		if err != nil {
			return nil, err
		}
		return MessageTo(d, identity.Caller(ctx)), nil
	}
}
