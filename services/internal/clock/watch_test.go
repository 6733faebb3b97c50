package clock_test

import (
	"testing"
	"time"

	"github.com/jiebang/jiebang/services/internal/clock"
)

var noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

// TestWatch reads a clock that decides, at instants that are known more or less well.
func TestWatch(t *testing.T) {
	t.Parallel()
	type reading struct {
		shown         time.Duration // after noon
		before, after time.Duration
	}
	for name, c := range map[string]struct {
		readings []reading
		want     time.Duration // by how much it was set, at least
	}{
		"nothing":                     {nil, 0},
		"goes on":                     {[]reading{{0, 0, 0}, {time.Second, time.Second, time.Second}, {time.Hour, time.Hour, time.Hour}}, 0},
		"read late":                   {[]reading{{0, 0, 0}, {time.Second, time.Second, time.Minute}}, 0},
		"read early":                  {[]reading{{0, 0, 0}, {time.Minute, time.Second, time.Minute}}, 0},
		"a small step":                {[]reading{{0, 0, 0}, {2 * time.Second, time.Second, time.Second}}, 0},
		"forth":                       {[]reading{{0, 0, 0}, {time.Hour, time.Second, time.Second}}, time.Hour - time.Second},
		"back":                        {[]reading{{0, 0, 0}, {-time.Hour, time.Second, time.Second}}, -time.Hour - time.Second},
		"forth and back":              {[]reading{{0, 0, 0}, {time.Hour, 0, 0}, {time.Second, time.Second, time.Second}}, 0},
		"forth twice":                 {[]reading{{0, 0, 0}, {time.Hour, 0, 0}, {2 * time.Hour, 0, 0}}, 2 * time.Hour},
		"forth, known badly at first": {[]reading{{0, 0, 2 * time.Second}, {time.Hour, 2 * time.Second, 2 * time.Second}}, time.Hour - 2*time.Second},
	} {
		var w clock.Watch
		var got time.Duration
		for _, r := range c.readings {
			got, _ = w.See(noon.Add(r.shown), r.before, r.after)
		}
		if got != c.want {
			t.Errorf("%s: set by %v, want %v", name, got, c.want)
		}
	}
}

// TestDrift lets a clock run as fast as one is made to that is wrong, for a day: nobody has set it.
func TestDrift(t *testing.T) {
	t.Parallel()
	var w clock.Watch
	for s := range 24 * time.Hour / time.Second {
		at := s * time.Second
		if jump, _ := w.See(noon.Add(at+at/2000), at, at+50*time.Millisecond); jump != 0 {
			t.Fatalf("after %v: set by %v", at, jump)
		}
	}
}

// TestAccept goes on by a clock as nobody has set it, until that is accepted; what was set since is not.
func TestAccept(t *testing.T) {
	t.Parallel()
	m := clock.NewManual(noon)
	s := &clock.Steady{Clock: m}
	shows := func(want time.Duration) {
		t.Helper()
		if got := s.Now(); !got.Equal(noon.Add(want)) {
			t.Errorf("shows %v, want %v", got, noon.Add(want))
		}
	}
	shows(0)
	m.Jump(time.Hour)
	m.Advance(time.Minute)
	shows(time.Minute)
	s.Watch.Record(time.Hour)
	if jump, recorded := s.Watch.Jump(); jump != time.Hour || !recorded {
		t.Errorf("got %v %v", jump, recorded)
	}
	m.Jump(time.Hour)
	shows(time.Minute)
	s.Watch.Accept(time.Hour)
	shows(time.Minute)
	if jump, recorded := s.Watch.Jump(); jump != 2*time.Hour || recorded {
		t.Errorf("got %v %v, want what is not recorded", jump, recorded)
	}
	s.Watch.Accept(2 * time.Hour)
	shows(2*time.Hour + time.Minute)
}

// TestSwitch exchanges a clock: nobody has set it.
func TestSwitch(t *testing.T) {
	t.Parallel()
	x := clock.NewSwitch(clock.NewManual(noon))
	s := &clock.Steady{Clock: x}
	s.Now()
	x.To(clock.NewManual(noon.AddDate(1, 0, 0)))
	if got := s.Now(); !got.Equal(noon.AddDate(1, 0, 0)) {
		t.Errorf("shows %v", got)
	}
}
