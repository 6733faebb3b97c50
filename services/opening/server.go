package opening

import (
	"context"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedOpeningServiceServer
	opening *Opening
	pager   *listing.Pager
}

// Serve serves openings.
func (s *Opening) Serve(reg grpc.ServiceRegistrar, pager *listing.Pager) {
	pb.RegisterOpeningServiceServer(reg, server{opening: s, pager: pager})
}

// maxEnvelopes is how many envelopes fit into an answer.
const maxEnvelopes = 50

func (s server) ListEnvelopes(ctx context.Context, req *pb.ListEnvelopesRequest) (*pb.ListEnvelopesResponse, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "demands/*")
	if err != nil {
		return nil, err
	}
	keeper, err := rpc.Resource("custodian", req.GetCustodian(), "custodians/*")
	if err != nil {
		return nil, err
	}
	page, err := s.pager.Open(listing.Query{List: req.GetParent() + "/envelopes/" + keeper[0], Size: req.GetPageSize(), Token: req.GetPageToken(),
		MaxSize: maxEnvelopes, UsualSize: maxEnvelopes})
	if err != nil {
		return nil, err
	}
	from := int(page.Number(0))
	bids, err := s.opening.Envelopes(ctx, ids[0], keeper[0], from, page.Limit)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListEnvelopesResponse{}
	if len(bids) > page.Limit {
		bids = bids[:page.Limit]
		if resp.NextPageToken, err = page.Next(int64(from + page.Limit)); err != nil {
			return nil, err
		}
	}
	for _, b := range bids {
		resp.Envelopes = append(resp.Envelopes, &pb.ListEnvelopesResponse_Envelope{Bid: id.BidName(b.DemandID, b.ID), Envelope: b.Envelope})
	}
	return resp, nil
}

func (s server) SubmitShares(ctx context.Context, req *pb.SubmitSharesRequest) (*pb.SubmitSharesResponse, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "demands/*")
	if err != nil {
		return nil, err
	}
	keeper, err := rpc.Resource("custodian", req.GetCustodian(), "custodians/*")
	if err != nil {
		return nil, err
	}
	shares := make([]Share, len(req.GetShares()))
	for i, m := range req.GetShares() {
		name, err := rpc.Resource("shares.bid", m.GetBid(), "demands/*/bids/*")
		if err != nil {
			return nil, err
		}
		if name[0] != ids[0] {
			return nil, bid.ErrNotFound.At("shares.bid")
		}
		shares[i] = Share{name[1], m.GetValue()}
	}
	g, err := s.opening.GiveShares(ctx, ids[0], keeper[0], shares)
	if err != nil {
		return nil, err
	}
	return &pb.SubmitSharesResponse{Given: int32(g.Given), Threshold: int32(g.Threshold), Receipt: rpc.Receipt(g.Receipt)}, nil
}
