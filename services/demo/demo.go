// Package demo fills an empty market with one bureau's year, through the API as its users would: 55 demands published, 47 contracts signed
// across 揭榜 and 成果拍卖, 6418 万元 in all; and with what lies open after that year: 45 more demands, 100 achievements, 40 profiles. Demands,
// achievements and profiles are those of demo/corpus. Every name is made up and marked as a demonstration.
package demo

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services/demo/corpus"
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
	jiebanged          = Signed - len(auctioned)
	mark               = "(演示)"
	marked             = "【演示数据】"
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
	achievements  pb.AchievementServiceClient
	profiles      pb.ProfileServiceClient
	bids          pb.BidServiceClient
	contracts     pb.ContractServiceClient
	members       map[string]*member // by display name without the mark
	acts          []act
	all           int // demands
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
		achievements: pb.NewAchievementServiceClient(m.Conn), profiles: pb.NewProfileServiceClient(m.Conn),
		bids: pb.NewBidServiceClient(m.Conn), contracts: pb.NewContractServiceClient(m.Conn), members: map[string]*member{},
	}
	m.Set(f.day(0))
	if err := f.outlast(ctx, f.day(364)); err != nil {
		return err
	}
	if err := f.register(ctx); err != nil {
		return err
	}
	told, rest := split()
	f.all = len(told) + len(rest)
	prices, sold := amounts(told)
	by := solving()
	for i, d := range told {
		f.plan(i, d, prices[i], by[d.Key])
	}
	for i, amount := range sold {
		f.planAuction(i, amount)
	}
	f.planOffers()
	f.planPresent(rest)
	slices.SortStableFunc(f.acts, func(a, b act) int { return a.at.Compare(b.at) })
	for _, a := range f.acts {
		m.Set(a.at)
		if err := m.Settle(ctx); err != nil {
			return err
		}
		if err := a.do(ctx); err != nil {
			return fmt.Errorf("demonstration, %s: %w", a.at.In(demand.Zone).Format(time.DateOnly), err)
		}
	}
	_, _ = fmt.Fprintln(m.Progress)
	m.Set(m.Now)
	return m.Settle(ctx)
}

// split gives the demands of the year, those with the largest budgets, which find a contract before the others; and the rest.
func split() (told, rest []corpus.Demand) {
	budget := func(d corpus.Demand) fen.Fen {
		if d.Budget.Fen == nil {
			return 0
		}
		return *d.Budget.Fen
	}
	all := corpus.Demands()
	slices.SortStableFunc(all, func(a, b corpus.Demand) int { return cmp.Compare(budget(b), budget(a)) })
	told = slices.Clone(all[:Published])
	for i := range jiebanged { // large and small ones in turn
		told[i] = all[i*11%jiebanged]
	}
	return told, all[Published:]
}

// amounts are the totals of the contracts: somewhat below the budgets of the demands, and what the auctions brought; exactly Amount in all.
func amounts(told []corpus.Demand) (prices, sold []fen.Fen) {
	rest := Amount
	for i, d := range told {
		price := *d.Budget.Fen / 1000 * fen.Fen(880+i*37%113)
		if prices = append(prices, price); i < jiebanged {
			rest -= price
		}
	}
	sold = make([]fen.Fen, len(auctioned))
	weights, sum := make([]fen.Fen, len(auctioned)), fen.Fen(0)
	for i := range weights {
		weights[i] = fen.Fen(300 + i*3701%613)
		sum += weights[i]
	}
	left := rest
	for i := range sold[1:] {
		sold[i+1] = rest / sum * weights[i+1]
		left -= sold[i+1]
	}
	sold[0] = left
	return prices, sold
}

func (f *filler) day(n int) time.Time {
	return time.Date(f.Year, 1, 1+n, 0, 0, 0, 0, demand.Zone).Add(dayOfYear1).UTC()
}

func (f *filler) at(day int, do func(context.Context) error) {
	f.acts = append(f.acts, act{f.day(day), do})
}

// firm is the firm that posts a demand.
func (f *filler) firm(key string) *member {
	for _, firm := range firms {
		if slices.Contains(strings.Fields(firm.demands), key) {
			return f.members[firm.name]
		}
	}
	return nil
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

// issue issues a token that lives until a time, as long as a token may at most.
func (f *filler) issue(ctx context.Context, organization string, roles []pb.Role, until time.Time) (string, error) {
	t, err := f.organizations.CreateToken(as(ctx, f.Token), &pb.CreateTokenRequest{RequestId: request(), Parent: organization, Token: &pb.Token{
		DisplayName: "演示", Roles: roles, ExpireTime: timestamppb.New(until.Add(time.Hour))}})
	return t.GetSecret(), err
}

// outlast exchanges the bureau's token for one that lives longer.
func (f *filler) outlast(ctx context.Context, until time.Time) error {
	c, err := f.organizations.GetCaller(as(ctx, f.Token), &pb.GetCallerRequest{Name: "caller"})
	if err != nil {
		return err
	}
	f.Token, err = f.issue(ctx, c.GetOrganization().GetName(), c.GetToken().GetRoles(), until)
	return err
}

// register registers everyone.
func (f *filler) register(ctx context.Context) error {
	join := func(name string, kind pb.Organization_Kind, prefix string) error {
		o, err := f.organizations.CreateOrganization(as(ctx, f.Token), &pb.CreateOrganizationRequest{RequestId: request(), Organization: &pb.Organization{
			DisplayName: name + mark, Kind: kind, Uscc: party.Complete(fmt.Sprintf("%sMA2DEM%03d", prefix, len(f.members)+1))}})
		if err != nil {
			return err
		}
		token, err := f.issue(ctx, o.GetName(), memberRoles, f.day(364))
		f.members[name] = &member{o.GetName(), token}
		return err
	}
	for _, firm := range firms {
		if err := join(firm.name, pb.Organization_ENTERPRISE, "91330182"); err != nil {
			return err
		}
	}
	for _, s := range solvers {
		if err := join(s.name, s.kind, "12330000"); err != nil {
			return err
		}
	}
	return join(broker, pb.Organization_BROKER, "91330182")
}

// renew gives everyone a token that lives until the present.
func (f *filler) renew(ctx context.Context) error {
	if err := f.outlast(ctx, f.Now); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(f.members)) {
		m := f.members[name]
		var err error
		if m.token, err = f.issue(ctx, m.name, memberRoles, f.Now); err != nil {
			return err
		}
	}
	return nil
}

var memberRoles = []pb.Role{pb.Role_EDITOR, pb.Role_SIGNER}

func (f *filler) progress() {
	_, _ = fmt.Fprintf(f.Progress, "\r演示数据:发榜 %d/%d,签约 %d/%d", f.published, f.all, f.signed, Signed)
}

func digestOf(text string) []byte {
	d := sha256.Sum256([]byte(text))
	return d[:]
}
