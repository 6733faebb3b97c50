// Package clock is the only place that reads the time of the machine. What decides a deadline is read by storage, after the lock.
package clock

import (
	"context"
	"sync"
	"time"
)

// Clock tells the time and waits.
type Clock interface {
	// Now is the present instant in UTC, cut to microseconds as PostgreSQL keeps it.
	Now() time.Time
	// Wait returns when Now has reached t or when ctx ends.
	Wait(ctx context.Context, t time.Time)
	// Elapsed is the time since some instant, by a clock that nobody sets.
	Elapsed() time.Duration
}

// System is the machine's clock.
type System struct{}

// Now is the machine's time.
func (System) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// Wait waits on the machine's monotonic clock.
func (System) Wait(ctx context.Context, t time.Time) {
	timer := time.NewTimer(time.Until(t))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

var began = time.Now()

// Elapsed is the time on the machine's monotonic clock.
func (System) Elapsed() time.Duration { return time.Since(began) }

// Manual is a clock that stands still until it is set: for tests, and for the demonstration's year.
type Manual struct {
	mu      sync.Mutex
	now     time.Time
	elapsed time.Duration
	changed chan struct{}
}

// NewManual returns a clock that shows t.
func NewManual(t time.Time) *Manual {
	return &Manual{now: t.UTC().Truncate(time.Microsecond), changed: make(chan struct{})}
}

// Now is the instant that was set last.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Set moves the clock to t and wakes who waits.
func (m *Manual) Set(t time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.elapsed += t.Sub(m.now)
	m.set(t)
}

// Jump moves the clock by d as somebody does who sets it: no time has gone by.
func (m *Manual) Jump(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.set(m.now.Add(d))
}

func (m *Manual) set(t time.Time) {
	m.now = t.UTC().Truncate(time.Microsecond)
	close(m.changed)
	m.changed = make(chan struct{})
}

// Elapsed is how far the clock was moved by Set and Advance.
func (m *Manual) Elapsed() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.elapsed
}

// Advance moves the clock by d.
func (m *Manual) Advance(d time.Duration) { m.Set(m.Now().Add(d)) }

// Wait waits for Set.
func (m *Manual) Wait(ctx context.Context, t time.Time) {
	for {
		m.mu.Lock()
		now, changed := m.now, m.changed
		m.mu.Unlock()
		if !now.Before(t) {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// Switch is a clock that shows another clock, which can be exchanged once the demonstration's year is over.
type Switch struct {
	mu    sync.Mutex
	clock Clock
	apart time.Duration // what Elapsed adds, so that an exchange is no jump
	swap  chan struct{}
}

// NewSwitch returns a clock that shows c.
func NewSwitch(c Clock) *Switch { return &Switch{clock: c, swap: make(chan struct{})} }

// To makes the switch show c from now on.
func (s *Switch) To(c Clock) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.apart += s.clock.Elapsed() - c.Elapsed() + c.Now().Sub(s.clock.Now())
	s.clock = c
	close(s.swap)
	s.swap = make(chan struct{})
}

// Now is the shown clock's time.
func (s *Switch) Now() time.Time {
	s.mu.Lock()
	c := s.clock
	s.mu.Unlock()
	return c.Now()
}

// Elapsed is the time since some instant, by the shown clock.
func (s *Switch) Elapsed() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock.Elapsed() + s.apart
}

// Wait waits on the shown clock and returns early when it is exchanged.
func (s *Switch) Wait(ctx context.Context, t time.Time) {
	s.mu.Lock()
	c, swap := s.clock, s.swap
	s.mu.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		select {
		case <-swap:
			cancel()
		case <-stop:
		}
	}()
	c.Wait(ctx, t)
}
