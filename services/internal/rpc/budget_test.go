package rpc_test

import (
	"context"
	"net/http"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storagetest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// limited is a market with limits, and a proxy at this machine.
func limited(t *testing.T, limits services.Limits) *markettest.Market {
	t.Helper()
	return markettest.Open(t, storagetest.SQLite(t), func(c *services.Config) {
		c.Limits, c.Proxies = limits, []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	})
}

// from calls as the visitor of an address, by our proxy.
func from(ctx context.Context, address string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "x-forwarded-for", address)
}

// list makes a call that anyone may make.
func list(m *markettest.Market, ctx context.Context) error {
	return markettest.Failed(m.Demands.ListDemands(ctx, &pb.ListDemandsRequest{}))
}

// spent counts how many calls succeed until one is refused for a budget, and makes sure that it says so well.
func spent(t *testing.T, call func() error, budget string) int {
	t.Helper()
	for n := range 100 {
		err := call()
		if err == nil {
			continue
		}
		markettest.Want(t, err, codes.ResourceExhausted, "RATE_LIMITED", "")
		var named string
		var wait time.Duration
		for _, d := range status.Convert(err).Details() {
			switch d := d.(type) {
			case *errdetails.ErrorInfo:
				named = d.GetMetadata()["budget"]
			case *errdetails.RetryInfo:
				wait = d.GetRetryDelay().AsDuration()
			}
		}
		if named != budget || wait != time.Second {
			t.Errorf("got budget %q and a wait of %v, want %q and one second", named, wait, budget)
		}
		return n
	}
	t.Fatal("got 100 calls, want one refused")
	return 0
}

// none is no limit.
var none = services.Rate{PerSecond: -1}

// TestAddressBudget counts an address, whoever calls from it, before its credential is looked at; and lets it go on after the wait.
func TestAddressBudget(t *testing.T) {
	t.Parallel()
	m := limited(t, services.Limits{Address: services.Rate{PerSecond: 1, Burst: 10}, Principal: none, Organization: none})
	anyone := from(t.Context(), "192.0.2.1")
	if got := spent(t, func() error { return list(m, anyone) }, "address"); got != 10 {
		t.Errorf("got %d calls, want 10", got)
	}
	markettest.Want(t, list(m, from(m.Bureau.Ctx(), "192.0.2.1")), codes.ResourceExhausted, "RATE_LIMITED", "")
	markettest.Want(t, list(m, from(markettest.As(t.Context(), "jb_x_y"), "192.0.2.1")), codes.ResourceExhausted, "RATE_LIMITED", "")
	if err := list(m, from(t.Context(), "192.0.2.2")); err != nil {
		t.Errorf("another address: got %v, want success", err)
	}
	markettest.Want(t, list(m, from(t.Context(), "198.51.100.9, 192.0.2.1")), codes.ResourceExhausted, "RATE_LIMITED", "") // it claims to come from elsewhere
	m.Clock.Advance(time.Second)
	if err := list(m, anyone); err != nil {
		t.Errorf("after the wait: got %v, want success", err)
	}
	for i := range 20 { // wrong credentials are counted too
		err := list(m, from(markettest.As(t.Context(), "jb_x_y"), "192.0.2.3"))
		if want := map[bool]string{true: "TOKEN_INVALID", false: "RATE_LIMITED"}[i < 10]; rpc.Reason(err) != want {
			t.Errorf("wrong credential %d: got %v, want %s", i, err, want)
		}
	}
}

// TestKnownBudgets counts a principal wherever it calls from, and all of an organization together.
func TestKnownBudgets(t *testing.T) {
	t.Parallel()
	m := limited(t, services.Limits{Address: none, Principal: services.Rate{PerSecond: 1, Burst: 20}, Organization: services.Rate{PerSecond: 1, Burst: 30}})
	firm, other := m.Firm(), m.Firm()
	second := m.Token(firm.Name, pb.Role_EDITOR)
	calls := 0
	if got := spent(t, func() error { calls++; return list(m, from(firm.Ctx(), "192.0.2."+strconv.Itoa(calls))) }, "principal"); got != 20 {
		t.Errorf("one token from many addresses: got %d calls, want 20", got)
	}
	if got := spent(t, func() error { return list(m, second.Ctx()) }, "organization"); got != 10 {
		t.Errorf("another token of the organization: got %d calls, want the 10 that it has left", got)
	}
	if err := list(m, other.Ctx()); err != nil {
		t.Errorf("another organization: got %v, want success", err)
	}
	for range 50 {
		if err := list(m, t.Context()); err != nil {
			t.Fatalf("anyone: got %v, want success", err)
		}
	}
}

// TestPersonBudget counts a person in all of its sessions together.
func TestPersonBudget(t *testing.T) {
	t.Parallel()
	m := limited(t, services.Limits{Address: none, Principal: services.Rate{PerSecond: 1, Burst: 20}, Organization: none})
	p := m.Person(m.Firm().Name, pb.Role_EDITOR)
	before := p.Ctx()
	p.Enter(t)
	sessions := []context.Context{before, p.Ctx()}
	calls := 0
	if got := spent(t, func() error { calls++; return list(m, sessions[calls%2]) }, "principal"); got != 20 {
		t.Errorf("two sessions: got %d calls, want 20", got)
	}
}

// TestRESTBudget says over REST how long to wait, and does not believe who claims an address.
func TestRESTBudget(t *testing.T) {
	t.Parallel()
	for _, trusted := range []bool{true, false} {
		m := markettest.Open(t, storagetest.SQLite(t), func(c *services.Config) {
			c.Limits = services.Limits{Address: services.Rate{PerSecond: 1, Burst: 10}}
			if trusted {
				c.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
			}
		})
		m.Clock.Advance(time.Hour)
		refused := 0
		for i := range 30 {
			r := as(m, "").call(t, "GET", "/v1/demands", "", "X-Forwarded-For: 192.0.2."+strconv.Itoa(i), "Grpc-Metadata-X-Forwarded-For: 198.51.100."+strconv.Itoa(i))
			if r.status == http.StatusTooManyRequests {
				refused++
				if r.header.Get("Retry-After") != "1" {
					t.Errorf("got Retry-After %q, want 1", r.header.Get("Retry-After"))
				}
			}
		}
		if want := map[bool]int{true: 0, false: 20}[trusted]; refused != want {
			t.Errorf("a proxy that is trusted %t: got %d refused, want %d", trusted, refused, want)
		}
	}
}

// TestExempt leaves health and reflection out of the count, and what the platform calls by itself.
func TestExempt(t *testing.T) {
	t.Parallel()
	m := limited(t, services.Limits{Address: services.Rate{PerSecond: 1, Burst: 10}})
	ctx := from(t.Context(), "192.0.2.1")
	spent(t, func() error { return list(m, ctx) }, "address")
	health := grpc_health_v1.NewHealthClient(dial(t, m))
	demands := pb.NewDemandServiceClient(m.Server.Conn())
	for range 50 {
		if _, err := health.Check(ctx, &grpc_health_v1.HealthCheckRequest{}); err != nil {
			t.Fatalf("health: got %v, want success", err)
		}
		if _, err := demands.ListDemands(m.Bureau.Ctx(), &pb.ListDemandsRequest{}); err != nil {
			t.Fatalf("in process: got %v, want success", err)
		}
	}
}

// TestSpoof pretends over HTTP to be somebody: a caller is whose credential is verified, and no header makes one.
func TestSpoof(t *testing.T) {
	t.Parallel()
	m := markettest.Open(t, storagetest.SQLite(t))
	firm, secret := m.Firm(), "Bearer "+m.Bureau.Secret
	for _, header := range []string{"Grpc-Metadata-Authorization: " + secret, "Grpc-Metadata-authorization: " + secret, "Grpcgateway-Authorization: " + secret,
		"X-Authorization: " + secret, "Proxy-Authorization: " + secret, "X-Forwarded-User: " + m.Bureau.Name, "X-Remote-User: admin", "X-Jiebang-Caller: " + m.Bureau.Name,
		"Grpc-Metadata-X-Jiebang-Caller: " + m.Bureau.Name, "Cookie: authorization=" + m.Bureau.Secret, "Cookie: jiebang=" + m.Bureau.Secret, "X-Api-Key: " + m.Bureau.Secret} {
		if r := as(m, "").call(t, "GET", "/v1/caller", "", header); r.status != http.StatusUnauthorized {
			t.Errorf("nobody with %.40s: got %d %s, want 401", header, r.status, r.body)
		}
		if got := read(t, as(m, firm.Secret).call(t, "GET", "/v1/caller", "", header), &pb.Caller{}); got.GetOrganization().GetName() != firm.Name {
			t.Errorf("a firm with %.40s: got %v, want the firm", header, got)
		}
	}
}
