package bidding

import (
	"context"
	"slices"
	"time"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entbid "github.com/jiebang/jiebang/ent/gen/ent/bid"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedBidServiceServer
	bidding *Bidding
	pager   *listing.Pager
}

// Serve serves bids.
func (s *Bidding) Serve(reg grpc.ServiceRegistrar, pager *listing.Pager) {
	pb.RegisterBidServiceServer(reg, server{bidding: s, pager: pager})
}

const namePattern = "demands/*/bids/*"

var fields = listing.Fields{
	"state":        {Column: "state", Type: listing.Code},
	"organization": {Column: "organization_id", Prefix: "organizations/"},
	"create_time":  {Column: "created_at", Type: listing.Instant},
}

// contentFields are the fields of Content by their names in the API.
var contentFields = []string{"amount", "proposal", "consortium"}

func (s server) CreateBid(ctx context.Context, req *pb.CreateBidRequest) (*pb.Bid, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "demands/*")
	if err != nil {
		return nil, err
	}
	amount, err := rpc.Amount("bid.amount", req.GetBid().GetAmount())
	if err != nil {
		return nil, err
	}
	members, err := membersOf("bid.consortium", req.GetBid().GetConsortium())
	if err != nil {
		return nil, err
	}
	return s.answer(ctx)(s.bidding.Draft(ctx, ids[0], Content{amount, req.GetBid().GetProposal(), members}))
}

func (s server) GetBid(ctx context.Context, req *pb.GetBidRequest) (*pb.Bid, error) {
	ids, err := rpc.Resource("name", req.GetName(), namePattern)
	if err != nil {
		return nil, err
	}
	return s.answer(ctx)(s.bidding.Find(ctx, ids[1], ids[0]))
}

func (s server) ListBids(ctx context.Context, req *pb.ListBidsRequest) (*pb.ListBidsResponse, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "demands/*")
	if err != nil {
		return nil, err
	}
	page, err := s.pager.Open(listing.Query{List: req.GetParent() + "/bids", Size: req.GetPageSize(), Token: req.GetPageToken(), Filter: req.GetFilter(),
		OrderBy: req.GetOrderBy(), Sorts: listing.Created, Default: "create_time desc"})
	if err != nil {
		return nil, err
	}
	filter, err := fields.ParseFilter(req.GetFilter())
	if err != nil {
		return nil, err
	}
	query := s.bidding.db.Read.Bid.Query().Where(page.Where, s.bidding.readable(identity.Caller(ctx)))
	if ids[0] != "-" {
		query.Where(entbid.DemandID(ids[0]))
	}
	if filter != nil {
		query.Where(filter)
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListBidsResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(b *ent.Bid) (time.Time, string) { return b.CreatedAt, b.ID })
	for _, b := range rows {
		m, err := s.message(ctx, b)
		if err != nil {
			return nil, err
		}
		resp.Bids = append(resp.Bids, m)
	}
	return resp, err
}

func (s server) UpdateBid(ctx context.Context, req *pb.UpdateBidRequest) (*pb.Bid, error) {
	ids, err := rpc.Resource("bid.name", req.GetBid().GetName(), namePattern)
	if err != nil {
		return nil, err
	}
	m, mask, err := rpc.Update(req.GetBid(), "bid", req.GetUpdateMask(), contentFields)
	if err != nil {
		return nil, err
	}
	amount, err := rpc.OptionalAmount("bid.amount", m.GetAmount())
	if err != nil {
		return nil, err
	}
	members, err := membersOf("bid.consortium", m.GetConsortium())
	if err != nil {
		return nil, err
	}
	return s.answer(ctx)(s.bidding.Edit(ctx, ids[1], ids[0], req.GetBid().GetEtag(), func(c *Content) {
		if amount != nil {
			c.Amount = *amount
		}
		if slices.Contains(mask, "proposal") {
			c.Proposal = m.GetProposal()
		}
		if slices.Contains(mask, "consortium") {
			c.Consortium = members
		}
	}))
}

func (s server) SubmitBid(ctx context.Context, req *pb.SubmitBidRequest) (*pb.Bid, error) {
	ids, err := rpc.Resource("name", req.GetName(), namePattern)
	if err != nil {
		return nil, err
	}
	return s.answer(ctx)(s.bidding.Submit(ctx, ids[1], ids[0], req.GetEtag()))
}

func (s server) ReplaceBid(ctx context.Context, req *pb.ReplaceBidRequest) (*pb.Bid, error) {
	ids, err := rpc.Resource("name", req.GetName(), namePattern)
	if err != nil {
		return nil, err
	}
	amount, err := rpc.Amount("amount", req.GetAmount())
	if err != nil {
		return nil, err
	}
	members, err := membersOf("consortium", req.GetConsortium())
	if err != nil {
		return nil, err
	}
	return s.answer(ctx)(s.bidding.Replace(ctx, ids[1], ids[0], req.GetEtag(), Content{amount, req.GetProposal(), members}))
}

func (s server) WithdrawBid(ctx context.Context, req *pb.WithdrawBidRequest) (*pb.Bid, error) {
	ids, err := rpc.Resource("name", req.GetName(), namePattern)
	if err != nil {
		return nil, err
	}
	return s.answer(ctx)(s.bidding.Withdraw(ctx, ids[1], ids[0], req.GetEtag()))
}

func (s server) ConfirmBid(ctx context.Context, req *pb.ConfirmBidRequest) (*pb.Bid, error) {
	ids, err := rpc.Resource("name", req.GetName(), namePattern)
	if err != nil {
		return nil, err
	}
	return s.answer(ctx)(s.bidding.Confirm(ctx, ids[1], ids[0], req.GetEtag()))
}

// answer writes a bid, unless there is an error.
func (s server) answer(ctx context.Context) func(*ent.Bid, error) (*pb.Bid, error) {
	return func(b *ent.Bid, err error) (*pb.Bid, error) {
		if err != nil {
			return nil, err
		}
		return s.message(ctx, b)
	}
}
