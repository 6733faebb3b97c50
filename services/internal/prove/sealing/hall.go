package sealing

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/account/credential"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/clock"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/money"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

const (
	jurisdiction = "330182"
	drain        = 5 * time.Second // a machine that proves much at once is slow
)

// hall is a market on the clock of the machine with a firm, custodians and many bidders.
type hall struct {
	Market
	firm       member
	bidders    []member
	custodians []Custodian
	demands    pb.DemandServiceClient
	bids       pb.BidServiceClient
}

type member struct{ name, secret string }

// config is how the server of a hall runs. The passwords of its few people are worth nothing.
func config(dir, database string) services.Config {
	return services.Config{DataDir: dir, Database: database, GRPCAddress: "localhost:0", HTTPAddress: "localhost:0", Limits: services.Unlimited, Drain: drain,
		Clock: clock.System{}, PasswordCost: credential.Cost{MemoryKiB: 64, Time: 1, Threads: 1}}
}

// openHall runs a server in this process and lets n bidders join; an empty database is SQLite.
func openHall(ctx context.Context, database string, n int) (h *hall, leave func() error, err error) {
	dir, err := os.MkdirTemp("", "jiebang-sealing-")
	if err != nil {
		return nil, nil, err
	}
	h, stop, err := openIn(ctx, dir, database, n)
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	return h, func() error { return errors.Join(stop(), os.RemoveAll(dir)) }, nil
}

func openIn(ctx context.Context, dir, database string, n int) (h *hall, stop func() error, err error) {
	s, err := services.Open(ctx, config(dir, database))
	if err != nil {
		return nil, nil, err
	}
	serving, end := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() { defer close(done); s.Work(serving) }()
	stop = func() error {
		end()
		<-done
		return s.Close()
	}
	h = &hall{Market: Market{Server: s, Rand: chance.System(), Clock: clock.System{}}}
	h.call(s.Conn())
	if err := h.found(ctx, n); err != nil {
		return nil, nil, errors.Join(err, stop())
	}
	return h, stop, nil
}

// call calls a server over a connection from here on.
func (h *hall) call(conn grpc.ClientConnInterface) {
	h.Conn, h.demands, h.bids = conn, pb.NewDemandServiceClient(conn), pb.NewBidServiceClient(conn)
}

func (h *hall) found(ctx context.Context, n int) error {
	bureau, err := pb.NewOrganizationServiceClient(h.Conn).GetCaller(As(ctx, h.Server.FirstTokens[jurisdiction]), &pb.GetCallerRequest{Name: "caller"})
	if err != nil {
		return err
	}
	if h.custodians, err = h.Custodians(ctx, bureau.GetOrganization().GetName(), 3); err != nil {
		return err
	}
	if h.firm, err = h.join(ctx, pb.Organization_ENTERPRISE, 0); err != nil {
		return err
	}
	h.bidders = make([]member, n)
	return each(n, func(i int) (err error) {
		h.bidders[i], err = h.join(ctx, pb.Organization_UNIVERSITY, i+1)
		return err
	})
}

func (h *hall) join(ctx context.Context, kind pb.Organization_Kind, n int) (member, error) {
	organizations, as := pb.NewOrganizationServiceClient(h.Conn), As(ctx, h.Server.FirstTokens[jurisdiction])
	o, err := organizations.CreateOrganization(as, &pb.CreateOrganizationRequest{RequestId: h.ID(), Organization: &pb.Organization{
		DisplayName: fmt.Sprintf("第 %d 机构", n), Kind: kind, Uscc: party.Complete(fmt.Sprintf("91330182MA3W%05d", n))}})
	if err != nil {
		return member{}, err
	}
	t, err := organizations.CreateToken(as, &pb.CreateTokenRequest{RequestId: h.ID(), Parent: o.GetName(), Token: &pb.Token{DisplayName: "prove",
		Roles: []pb.Role{pb.Role_EDITOR, pb.Role_SIGNER}}})
	return member{o.GetName(), t.GetSecret()}, err
}

// publish publishes a demand of a procedure.
func (h *hall) publish(ctx context.Context, title, procedure string, deadline time.Time) (*pb.Demand, error) {
	as := As(ctx, h.firm.secret)
	d, err := h.demands.CreateDemand(as, &pb.CreateDemandRequest{RequestId: h.ID(), Demand: &pb.Demand{Title: title, Description: "白度不低于 95", Procedure: procedure,
		Field: pb.TechnologyField_NEW_MATERIALS, Deadline: timestamppb.New(deadline)}})
	if err != nil {
		return nil, err
	}
	return h.demands.PublishDemand(as, &pb.PublishDemandRequest{RequestId: h.ID(), Name: d.GetName(), Etag: d.GetEtag()})
}

// try is an envelope that its bidder submits at an instant, and what came of it.
type try struct {
	bidder   member
	demand   *pb.Demand
	envelope []byte
	at       time.Time // when it is sent
	sent     time.Time // when it was
	heard    time.Time
	receipt  *pb.BidReceipt
	err      error
}

// seal seals a bid of each bidder for a demand, so that nothing but the submission is left to do.
func (h *hall) seal(ctx context.Context, d *pb.Demand, bidders []member, proposal string) ([]*try, error) {
	terms, err := h.Terms(ctx, d.GetName())
	if err != nil {
		return nil, err
	}
	all := make([]*try, len(bidders))
	return all, each(len(bidders), func(i int) error {
		envelope, err := Seal(h.Rand, terms, Plain(bidders[i].name, 1, money.Fen(100*(i+1)), proposal))
		all[i] = &try{bidder: bidders[i], demand: d, envelope: envelope}
		return err
	})
}

// submit waits for the instant and submits.
func (h *hall) submit(ctx context.Context, t *try) {
	h.Clock.Wait(ctx, t.at)
	t.sent = h.Clock.Now()
	t.receipt, t.err = h.bids.FinalizeBid(As(ctx, t.bidder.secret), &pb.FinalizeBidRequest{RequestId: h.ID(), Parent: t.demand.GetName(), Envelope: t.envelope, Submission: 1})
	t.heard = h.Clock.Now()
}

// open waits until a demand is closed, gives the shares of two custodians, and waits until the last bid is opened. It returns how long that took, from when
// the first custodian begins.
func (h *hall) open(ctx context.Context, d *pb.Demand) (time.Duration, error) {
	closed := func() (bool, error) {
		now, err := h.demands.GetDemand(ctx, &pb.GetDemandRequest{Name: d.GetName()})
		return now.GetState() != pb.Demand_PUBLISHED, err
	}
	if err := h.await(ctx, closed); err != nil {
		return 0, err
	}
	began := h.Clock.Now()
	for _, c := range h.custodians[:2] {
		if _, err := h.Give(ctx, c, d.GetName()); err != nil {
			return 0, err
		}
	}
	all := func() (bool, error) {
		_, err := pb.NewOpeningServiceClient(h.Conn).ListEnvelopes(As(ctx, h.custodians[2].Secret), &pb.ListEnvelopesRequest{Parent: d.GetName(), Custodian: h.custodians[2].Name, PageSize: 1})
		if rpc.Reason(err) == "NOT_CLOSED" { // there are none left
			return true, nil
		}
		return false, err
	}
	if err := h.await(ctx, all); err != nil {
		return 0, err
	}
	return h.Clock.Now().Sub(began), nil
}

func (h *hall) await(ctx context.Context, is func() (bool, error)) error {
	for end := h.Clock.Now().Add(2 * time.Minute); ; h.Clock.Wait(ctx, h.Clock.Now().Add(20*time.Millisecond)) {
		if done, err := is(); done || err != nil {
			return err
		}
		if h.Clock.Now().After(end) {
			return errors.New("nothing has come about for two minutes")
		}
	}
}

// opened reports whether a bid was opened, as its bidder reads it.
func (h *hall) opened(ctx context.Context, t *try) (bool, error) {
	b, err := h.bids.GetBid(As(ctx, t.bidder.secret), &pb.GetBidRequest{Name: t.receipt.GetBid()})
	return b.GetState() == pb.Bid_OPENED, err
}
