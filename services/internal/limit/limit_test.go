package limit_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/internal/limit"
)

var noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

// three is a limit of three at once and one more a second.
func three() *limit.Limiter {
	r := limit.Rate{PerSecond: 1, Burst: 3}
	return limit.New(limit.Rates{Address: r, Principal: r, Organization: r})
}

// TestTake empties a bucket and lets it fill again.
func TestTake(t *testing.T) {
	l, now := three(), noon
	for i, step := range []struct {
		after, wait time.Duration
	}{
		{0, 0}, {0, 0}, {0, 0}, {0, time.Second}, {0, time.Second}, // refused calls cost nothing
		{400 * time.Millisecond, 600 * time.Millisecond}, {600 * time.Millisecond, 0}, {0, time.Second}, {3 * time.Second, 0}, {0, 0}, {0, 0}, {0, time.Second},
	} {
		now = now.Add(step.after)
		if got := l.Take(limit.Principal, "u1", now); got != step.wait {
			t.Errorf("step %d: got a wait of %v, want %v", i, got, step.wait)
		}
	}
	for _, other := range []struct {
		budget limit.Budget
		key    string
	}{{limit.Principal, "u2"}, {limit.Organization, "u1"}, {limit.Address, "u1"}, {limit.Principal, ""}} {
		if got := l.Take(other.budget, other.key, now); got != 0 {
			t.Errorf("%s %q beside an empty bucket: got a wait of %v, want none", other.budget, other.key, got)
		}
	}
}

// TestAddresses takes the addresses of one network for one.
func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		one        bool
	}{
		{"IPv6 of a network", "2001:db8::1", "2001:db8::ffff:1", true},
		{"IPv6 of two networks", "2001:db8:0:1::1", "2001:db8:0:2::1", false},
		{"IPv6 with a zone", "fe80::1%eth0", "fe80::1%eth1", true},
		{"IPv4", "192.0.2.1", "192.0.2.2", false},
		{"IPv4 in IPv6", "192.0.2.1", "::ffff:192.0.2.1", true},
		{"no addresses", "a", "b", false},
	} {
		l := three()
		for range 3 {
			l.Take(limit.Address, c.a, noon)
		}
		if got := l.Take(limit.Address, c.b, noon) > 0; got != c.one {
			t.Errorf("%s: got one bucket %t, want %t", c.name, got, c.one)
		}
	}
}

// TestMemory calls from more addresses than are kept.
func TestMemory(t *testing.T) {
	l := three()
	for i := range 2 * limit.Most {
		l.Take(limit.Address, fmt.Sprint(i), noon)
		l.Take(limit.Address, "busy", noon)
	}
	if got := l.Kept(limit.Address); got != limit.Most {
		t.Errorf("got %d buckets, want %d", got, limit.Most)
	}
	if l.Take(limit.Address, "busy", noon) == 0 {
		t.Error("a bucket in use was forgotten")
	}
	later := noon.Add(4 * time.Second)
	if l.Take(limit.Address, "another", later); l.Kept(limit.Address) != 1 {
		t.Errorf("once all are full: got %d buckets, want the one that was used", l.Kept(limit.Address))
	}
}

// TestDefaults counts how many calls each budget allows at once.
func TestDefaults(t *testing.T) {
	const many = 10_000
	for _, c := range []struct {
		name   string
		rates  limit.Rates
		budget limit.Budget
		want   int
	}{
		{"no limit", limit.None, limit.Address, many},
		{"address", limit.Rates{}, limit.Address, 1000},
		{"principal", limit.Rates{}, limit.Principal, 500},
		{"organization", limit.Rates{}, limit.Organization, 1500},
		{"its rate alone", limit.Rates{Principal: limit.Rate{PerSecond: 2}}, limit.Principal, 10},
		{"its burst alone", limit.Rates{Principal: limit.Rate{Burst: 2}}, limit.Principal, 2},
	} {
		l, calls := limit.New(c.rates), 0
		for calls < many && l.Take(c.budget, "x", noon) == 0 {
			calls++
		}
		if calls != c.want {
			t.Errorf("%s: got %d calls at once, want %d", c.name, calls, c.want)
		}
	}
}

// TestNeverMore checks that no bucket gives more than its burst and what came since, however it is asked, and that to wait as told is enough.
func TestNeverMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := limit.Rate{PerSecond: rapid.IntRange(1, 50).Draw(t, "per second"), Burst: rapid.IntRange(1, 20).Draw(t, "burst")}
		l, now, given := limit.New(limit.Rates{Principal: r}), noon, 0
		for range rapid.IntRange(1, 200).Draw(t, "calls") {
			now = now.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "ms")) * time.Millisecond)
			wait := l.Take(limit.Principal, "u", now)
			if wait == 0 {
				given++
			} else if now = now.Add(wait + time.Microsecond); l.Take(limit.Principal, "u", now) == 0 {
				given++
			} else {
				t.Fatalf("refused after waiting %v as told", wait)
			}
			if most := r.Burst + int(now.Sub(noon)*time.Duration(r.PerSecond)/time.Second) + 1; given > most {
				t.Fatalf("got %d calls in %v of %+v, want at most %d", given, now.Sub(noon), r, most)
			}
		}
	})
}
