// Package spine holds the attacks on the spine: killing the server, racing for an award, bidding around a deadline.
package spine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/clock"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

const jurisdiction = "330182"

// market is a market in this process with a clock that its owner sets.
type market struct {
	server *services.Server
	clock  *clock.Manual
	client
}

// client calls a market.
type client struct {
	organizations pb.OrganizationServiceClient
	demands       pb.DemandServiceClient
	bids          pb.BidServiceClient
}

func newClient(conn grpc.ClientConnInterface) client {
	return client{pb.NewOrganizationServiceClient(conn), pb.NewDemandServiceClient(conn), pb.NewBidServiceClient(conn)}
}

// member is an organization with its token.
type member struct{ name, secret string }

func as(ctx context.Context, secret string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+secret)
}

// openMarket opens a market on a new SQLite file.
func openMarket(ctx context.Context) (m *market, remove func() error, err error) {
	dir, err := os.MkdirTemp("", "jiebang-prove-")
	if err != nil {
		return nil, nil, err
	}
	c := clock.NewManual(time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC))
	s, err := services.Open(ctx, services.Config{DataDir: dir, Clock: c})
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	m = &market{server: s, clock: c, client: newClient(s.Conn())}
	return m, func() error { return errors.Join(s.Close(), os.RemoveAll(dir)) }, nil
}

// join registers the n-th organization of a kind with a token that lives a year.
func (c client) join(ctx context.Context, admin string, kind pb.Organization_Kind, n int) (member, error) {
	o, err := c.organizations.CreateOrganization(as(ctx, admin), &pb.CreateOrganizationRequest{RequestId: chance.UUID(chance.System()), Organization: &pb.Organization{
		DisplayName: fmt.Sprintf("机构 %d", n), Kind: kind, Uscc: party.Complete(fmt.Sprintf("91330182MA3P%05d", n))}})
	if err != nil {
		return member{}, err
	}
	t, err := c.organizations.CreateToken(as(ctx, admin), &pb.CreateTokenRequest{RequestId: chance.UUID(chance.System()), Parent: o.GetName(), Token: &pb.Token{
		DisplayName: "prove", Roles: []pb.Role{pb.Role_EDITOR, pb.Role_SIGNER}}})
	return member{o.GetName(), t.GetSecret()}, err
}

// draft drafts a demand.
func (c client) draft(ctx context.Context, firm member, title string, deadline time.Time) (*pb.Demand, error) {
	return c.demands.CreateDemand(as(ctx, firm.secret), &pb.CreateDemandRequest{RequestId: chance.UUID(chance.System()), Demand: &pb.Demand{
		Title: title, Field: pb.TechnologyField_NEW_MATERIALS, Deadline: timestamppb.New(deadline)}})
}

// publish drafts and publishes a demand.
func (c client) publish(ctx context.Context, firm member, title string, deadline time.Time) (*pb.Demand, error) {
	d, err := c.draft(ctx, firm, title, deadline)
	if err != nil {
		return nil, err
	}
	return c.demands.PublishDemand(as(ctx, firm.secret), &pb.PublishDemandRequest{RequestId: chance.UUID(chance.System()), Name: d.GetName(), Etag: d.GetEtag()})
}

// draftBid drafts a bid.
func (c client) draftBid(ctx context.Context, bidder member, demand string) (*pb.Bid, error) {
	return c.bids.CreateBid(as(ctx, bidder.secret), &pb.CreateBidRequest{RequestId: chance.UUID(chance.System()), Parent: demand, Bid: &pb.Bid{
		Amount: &money.Money{CurrencyCode: "CNY", Units: 418_000}, Proposal: "路线与分工"}})
}

// submit submits a draft.
func (c client) submit(ctx context.Context, bidder member, b *pb.Bid) (*pb.Bid, error) {
	return c.bids.SubmitBid(as(ctx, bidder.secret), &pb.SubmitBidRequest{RequestId: chance.UUID(chance.System()), Name: b.GetName(), Etag: b.GetEtag()})
}
