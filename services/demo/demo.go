// Package demo fills an empty market with one bureau's year, through the API as its users would: 55 demands published, 47 contracts signed
// across 揭榜 and 成果拍卖, 6418 万元 in all. Every name is made up and marked as a demonstration.
package demo

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"time"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/chance"
	fen "github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting/demand"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// The report's own figures.
const (
	Published          = 55
	Signed             = 47
	Amount     fen.Fen = 6418 * 10_000 * 100
	auctioned          = 9
	jiebanged          = Signed - auctioned
	mark               = "(演示)"
	dayOfYear1         = 9 * time.Hour // the bureau opens at nine
)

// Market is what is filled.
type Market struct {
	Conn     grpc.ClientConnInterface
	Token    string                      // the bureau's
	Set      func(time.Time)             // moves the market's clock
	Settle   func(context.Context) error // does what is due at the market's time
	Year     int                         // the year that is filled
	Now      time.Time                   // the real time, to which open demands stay open
	Progress io.Writer
}

// member is an organization of the demonstration with its token.
type member struct{ name, token string }

// filler fills a market.
type filler struct {
	Market
	organizations pb.OrganizationServiceClient
	demands       pb.DemandServiceClient
	bids          pb.BidServiceClient
	contracts     pb.ContractServiceClient
	firms         []member
	solvers       []member
	broker        member
	amounts       []fen.Fen
	acts          []act
	published     int
	signed        int
}

// act is something that happens on a day.
type act struct {
	at time.Time
	do func(context.Context) error
}

// Fill fills the market. It stops at the first refusal.
func Fill(ctx context.Context, m Market) error {
	f := &filler{
		Market: m, organizations: pb.NewOrganizationServiceClient(m.Conn), demands: pb.NewDemandServiceClient(m.Conn),
		bids: pb.NewBidServiceClient(m.Conn), contracts: pb.NewContractServiceClient(m.Conn), amounts: amounts(),
	}
	m.Set(f.day(0))
	if err := f.outlast(ctx); err != nil {
		return err
	}
	if err := f.register(ctx); err != nil {
		return err
	}
	for i := range needs {
		f.plan(i)
	}
	for i := range achievements {
		f.planAuction(i)
	}
	slices.SortStableFunc(f.acts, func(a, b act) int { return a.at.Compare(b.at) })
	for len(f.acts) > 0 {
		a := f.acts[0]
		f.acts = f.acts[1:]
		m.Set(a.at)
		if err := m.Settle(ctx); err != nil {
			return err
		}
		if err := a.do(ctx); err != nil {
			return fmt.Errorf("demonstration, %s: %w", a.at.In(demand.Zone).Format(time.DateOnly), err)
		}
	}
	_, _ = fmt.Fprintln(m.Progress)
	m.Set(f.day(364))
	return m.Settle(ctx)
}

// amounts are the totals of the contracts: uneven, to the fen, and exactly Amount in all.
func amounts() []fen.Fen {
	weights, sum := make([]fen.Fen, Signed), fen.Fen(0)
	for i := range weights {
		weights[i] = fen.Fen(300 + (i*3701)%2113)
		sum += weights[i]
	}
	rest := Amount
	parts := make([]fen.Fen, Signed)
	for i := range parts[1:] {
		parts[i+1] = Amount / sum * weights[i+1]
		rest -= parts[i+1]
	}
	parts[0] = rest
	return parts
}

func (f *filler) day(n int) time.Time {
	return time.Date(f.Year, 1, 1+n, 0, 0, 0, 0, demand.Zone).Add(dayOfYear1).UTC()
}

func (f *filler) at(day int, do func(context.Context) error) {
	f.acts = append(f.acts, act{f.day(day), do})
}

// as gives a call the token of its caller.
func as(ctx context.Context, token string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
}

func request() string { return chance.UUID(chance.System()) }

func yuan(f fen.Fen) *money.Money {
	units, nanos := f.Units()
	return &money.Money{CurrencyCode: "CNY", Units: units, Nanos: nanos}
}

// outlast exchanges the bureau's token for one that lives through the year.
func (f *filler) outlast(ctx context.Context) error {
	c, err := f.organizations.GetCaller(as(ctx, f.Token), &pb.GetCallerRequest{Name: "caller"})
	if err != nil {
		return err
	}
	t, err := f.organizations.CreateToken(as(ctx, f.Token), &pb.CreateTokenRequest{RequestId: request(), Parent: c.GetOrganization().GetName(), Token: &pb.Token{
		DisplayName: "演示", Roles: c.GetToken().GetRoles(), ExpireTime: f.yearEnd()}})
	f.Token = t.GetSecret()
	return err
}

// yearEnd is when the demonstration's own tokens stop working.
func (f *filler) yearEnd() *timestamppb.Timestamp { return timestamppb.New(f.day(364).Add(time.Hour)) }

// register registers everyone.
func (f *filler) register(ctx context.Context) error {
	n := 0
	join := func(name string, kind pb.Organization_Kind, prefix string) (member, error) {
		n++
		o, err := f.organizations.CreateOrganization(as(ctx, f.Token), &pb.CreateOrganizationRequest{RequestId: request(), Organization: &pb.Organization{
			DisplayName: name + mark, Kind: kind, Uscc: party.Complete(fmt.Sprintf("%sMA2DEM%03d", prefix, n))}})
		if err != nil {
			return member{}, err
		}
		t, err := f.organizations.CreateToken(as(ctx, f.Token), &pb.CreateTokenRequest{RequestId: request(), Parent: o.GetName(), Token: &pb.Token{
			DisplayName: "演示", Roles: []pb.Role{pb.Role_EDITOR, pb.Role_SIGNER}, ExpireTime: f.yearEnd()}})
		return member{o.GetName(), t.GetSecret()}, err
	}
	for _, name := range firms {
		m, err := join(name, pb.Organization_ENTERPRISE, "91330182")
		if err != nil {
			return err
		}
		f.firms = append(f.firms, m)
	}
	for _, s := range solvers {
		m, err := join(s.name, s.kind, "12330000")
		if err != nil {
			return err
		}
		f.solvers = append(f.solvers, m)
	}
	var err error
	f.broker, err = join(broker, pb.Organization_BROKER, "91330182")
	return err
}

func (f *filler) progress() {
	_, _ = fmt.Fprintf(f.Progress, "\r演示数据:发榜 %d/%d,签约 %d/%d", f.published, Published, f.signed, Signed)
}

func digestOf(text string) []byte {
	d := sha256.Sum256([]byte(text))
	return d[:]
}
