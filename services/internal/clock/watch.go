package clock

import (
	"context"
	"sync"
	"time"
)

// Step is the longest step of a clock that is taken for drift, or for a correction of drift.
const Step = time.Second

// narrow is how long the narrowest bounds of the difference of two clocks are kept: drift makes them wrong.
const narrow = 10 * time.Second

// Watch looks whether a clock that decides is set: it compares it with one that nobody sets.
type Watch struct {
	mu       sync.Mutex
	seen     bool
	low      time.Duration // bounds of what the deciding clock shows more than the other, since 1970
	high     time.Duration
	at       time.Duration // when they were found
	jump     time.Duration
	recorded bool
}

// See takes a reading of the deciding clock, made between two readings of the other, and returns by how much it was set since it was accepted, and whether that
// is recorded.
func (w *Watch) See(shown time.Time, before, after time.Duration) (jump time.Duration, recorded bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	since := time.Duration(shown.UnixMicro()) * time.Microsecond
	low, high := since-after, since-before
	by := time.Duration(0)
	switch {
	case !w.seen:
	case low > w.high+Step:
		by = low - w.high
	case high < w.low-Step:
		by = high - w.low
	}
	if by != 0 {
		w.jump, w.recorded = w.jump+by, false
	}
	if !w.seen || by != 0 || high-low <= w.high-w.low || after-w.at > narrow {
		w.seen, w.low, w.high, w.at = true, low, high, after
	}
	return w.jump, w.recorded
}

// Jump is by how much the deciding clock was set since it was accepted, and whether that is recorded.
func (w *Watch) Jump() (by time.Duration, recorded bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.jump, w.recorded
}

// Record notes that a jump is recorded where others see it; one that has come since is not.
func (w *Watch) Record(jump time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.recorded = w.jump == jump
}

// Accept takes what the deciding clock shows for right again, unless it was set once more.
func (w *Watch) Accept(jump time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.jump == jump {
		w.jump, w.recorded = 0, false
	}
}

// Steady is a clock that goes on as if nobody set the one that it shows, until what that shows is accepted.
type Steady struct {
	Clock
	Watch Watch
}

// Now is the instant by the clock as nobody has set it.
func (s *Steady) Now() time.Time {
	before, now := s.Clock.Elapsed(), s.Clock.Now()
	jump, _ := s.Watch.See(now, before, s.Clock.Elapsed())
	return now.Add(-jump)
}

// Wait returns when Now has reached t or when ctx ends.
func (s *Steady) Wait(ctx context.Context, t time.Time) {
	jump, _ := s.Watch.Jump()
	s.Clock.Wait(ctx, t.Add(jump))
}
