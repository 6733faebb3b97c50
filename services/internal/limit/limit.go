// Package limit keeps anyone from taking more than a share: token buckets for addresses, for principals, and for organizations.
//
//   - Who has an empty bucket is told how long it takes until the next call. Nothing is queued and nobody is locked out.
//   - A bucket that nobody has used for long is forgotten, and so is the one unused longest when there are too many: memory is bounded whoever calls.
package limit

import (
	"container/list"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rate is how many calls there may be: PerSecond over time, and Burst at once, five times as many unless given. The zero Rate is the default one; a
// negative PerSecond is no limit.
type Rate struct{ PerSecond, Burst int }

// fill gives a rate what it does not say.
func (r Rate) fill(usual int) Rate {
	if r.PerSecond == 0 {
		r.PerSecond = usual
	}
	if r.Burst <= 0 {
		r.Burst = 5 * max(r.PerSecond, 1)
	}
	return r
}

// Rates are the limits of a server.
type Rates struct {
	Address      Rate // of a network address, known or not; of IPv6, its /64
	Principal    Rate // of a person or a token
	Organization Rate // of all who act for an organization
}

// None are no limits at all.
var None = Rates{Address: Rate{PerSecond: -1}, Principal: Rate{PerSecond: -1}, Organization: Rate{PerSecond: -1}}

// Calls a second that nobody meets who works by hand, nor a firm whose people share an address.
const usualAddress, usualPrincipal, usualOrganization = 200, 100, 300

// Budget names a limit.
type Budget string

// The budgets.
const (
	Address      Budget = "address"
	Principal    Budget = "principal"
	Organization Budget = "organization"
)

// Limiter counts calls.
type Limiter struct{ budgets map[Budget]*buckets }

// New returns a limiter in which no call has been counted.
func New(r Rates) *Limiter {
	return &Limiter{map[Budget]*buckets{
		Address:      newBuckets(r.Address.fill(usualAddress)),
		Principal:    newBuckets(r.Principal.fill(usualPrincipal)),
		Organization: newBuckets(r.Organization.fill(usualOrganization)),
	}}
}

// Take counts a call against the bucket of a key. It returns how long the caller must wait if the bucket is empty, and otherwise zero. An empty key has no
// bucket, and no limiter has any.
func (l *Limiter) Take(b Budget, key string, now time.Time) (wait time.Duration) {
	return l.TakeN(b, key, 1, now)
}

// TakeN counts something that weighs as much as n calls.
func (l *Limiter) TakeN(b Budget, key string, n int, now time.Time) (wait time.Duration) {
	if l == nil || key == "" {
		return 0
	}
	if b == Address {
		key = network(key)
	}
	return l.budgets[b].take(key, n, now)
}

// Kept is how many buckets a budget has in memory.
func (l *Limiter) Kept(b Budget) int {
	s := l.budgets[b]
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byUse.Len()
}

// network is what counts as one address: whoever has one of IPv6 has the other 2^64 of its network too.
func network(address string) string {
	a, err := netip.ParseAddr(strings.TrimSpace(address))
	if err != nil {
		return address
	}
	if a = a.Unmap().WithZone(""); a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}

// Most is how many buckets a budget keeps.
const Most = 20_000

// buckets are those of one budget, the one used last in front.
type buckets struct {
	rate Rate
	full time.Duration // until an empty bucket is full, and so as if it had never been

	mu    sync.Mutex
	byKey map[string]*list.Element
	byUse *list.List
}

type bucket struct {
	key  string
	left *rate.Limiter
	used time.Time
}

func newBuckets(r Rate) *buckets {
	return &buckets{rate: r, byKey: map[string]*list.Element{}, byUse: list.New(), full: time.Duration(r.Burst) * time.Second / time.Duration(max(r.PerSecond, 1))}
}

func (s *buckets) take(key string, n int, now time.Time) time.Duration {
	if s.rate.PerSecond < 0 {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.of(key)
	b.used = now
	s.forget(now)
	r := b.left.ReserveN(now, n)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now) // a refused call costs nothing: who goes on calling waits no longer for that
	}
	return wait
}

// of is the bucket of a key, in front.
func (s *buckets) of(key string) *bucket {
	if e, ok := s.byKey[key]; ok {
		s.byUse.MoveToFront(e)
		return e.Value.(*bucket)
	}
	b := &bucket{key: key, left: rate.NewLimiter(rate.Limit(s.rate.PerSecond), s.rate.Burst)}
	s.byKey[key] = s.byUse.PushFront(b)
	return b
}

// forget drops buckets that are full again, and those too many.
func (s *buckets) forget(now time.Time) {
	for e := s.byUse.Back(); e != nil; e = s.byUse.Back() {
		b := e.Value.(*bucket)
		if s.byUse.Len() <= Most && now.Sub(b.used) <= s.full {
			return
		}
		s.byUse.Remove(e)
		delete(s.byKey, b.key)
	}
}
