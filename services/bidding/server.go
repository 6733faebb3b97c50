package bidding

import (
	"context"
	"slices"
	"time"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entbid "github.com/jiebang/jiebang/ent/gen/ent/bid"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"

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
var contentFields = []string{"amount", "proposal"}

func (s server) CreateBid(ctx context.Context, req *pb.CreateBidRequest) (*pb.Bid, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "demands/*")
	if err != nil {
		return nil, err
	}
	amount, err := rpc.Amount("bid.amount", req.GetBid().GetAmount())
	if err != nil {
		return nil, err
	}
	return answer(s.bidding.Draft(ctx, ids[0], Content{amount, req.GetBid().GetProposal()}))
}

func (s server) GetBid(ctx context.Context, req *pb.GetBidRequest) (*pb.Bid, error) {
	ids, err := rpc.Resource("name", req.GetName(), namePattern)
	if err != nil {
		return nil, err
	}
	return answer(s.bidding.Find(ctx, ids[1], ids[0]))
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
		resp.Bids = append(resp.Bids, message(b))
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
	return answer(s.bidding.Edit(ctx, ids[1], ids[0], req.GetBid().GetEtag(), func(c *Content) {
		if amount != nil {
			c.Amount = *amount
		}
		if slices.Contains(mask, "proposal") {
			c.Proposal = m.GetProposal()
		}
	}))
}

func (s server) SubmitBid(ctx context.Context, req *pb.SubmitBidRequest) (*pb.Bid, error) {
	ids, err := rpc.Resource("name", req.GetName(), namePattern)
	if err != nil {
		return nil, err
	}
	return answer(s.bidding.Submit(ctx, ids[1], ids[0], req.GetEtag()))
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
	return answer(s.bidding.Replace(ctx, ids[1], ids[0], req.GetEtag(), Content{amount, req.GetProposal()}))
}

func (s server) WithdrawBid(ctx context.Context, req *pb.WithdrawBidRequest) (*pb.Bid, error) {
	ids, err := rpc.Resource("name", req.GetName(), namePattern)
	if err != nil {
		return nil, err
	}
	return answer(s.bidding.Withdraw(ctx, ids[1], ids[0], req.GetEtag()))
}

func (s server) ConfirmBid(ctx context.Context, req *pb.ConfirmBidRequest) (*pb.Bid, error) {
	ids, err := rpc.Resource("name", req.GetName(), namePattern)
	if err != nil {
		return nil, err
	}
	return answer(s.bidding.Confirm(ctx, ids[1], ids[0], req.GetEtag()))
}

func answer(b *ent.Bid, err error) (*pb.Bid, error) {
	if err != nil {
		return nil, err
	}
	return message(b), nil
}

func message(b *ent.Bid) *pb.Bid {
	return &pb.Bid{
		Name: id.BidName(b.DemandID, b.ID), Organization: id.OrganizationName(b.OrganizationID), Amount: rpc.Money(b.AmountFen), Proposal: b.Proposal,
		State: rpc.Enum[pb.Bid_State](pb.Bid_State_value, b.State), Version: int32(b.Submission), ContentDigest: b.ContentDigest,
		SubmitTime: rpc.OptionalStamp(b.SubmittedAt), OpenTime: rpc.OptionalStamp(b.OpenedAt), Jurisdiction: b.Jurisdiction,
		Etag: rpc.Etag(b.Version), CreateTime: rpc.Stamp(b.CreatedAt), UpdateTime: rpc.Stamp(b.UpdatedAt),
		Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: b.Jurisdiction, Sequence: b.EntrySeq, Hash: b.EntryHash}),
	}
}
