package sealing_test

import (
	"testing"
	"time"

	"github.com/jiebang/jiebang/services/internal/prove/sealing"
	"github.com/jiebang/jiebang/services/internal/storagetest"
)

// TestRace races some bids for a deadline by the clock of the machine.
func TestRace(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, url string) {
		if wrong, err := sealing.Race(t.Context(), url, 100); err != nil || wrong > 0 {
			t.Errorf("got %d wrong decisions, %v", wrong, err)
		}
	})
}

// TestLastMinute lets some bids come in the last seconds.
func TestLastMinute(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, url string) {
		r, err := sealing.LastMinute(t.Context(), url, 60, 3*time.Second)
		if err != nil || r.Wrong > 0 || r.Submitted != 60 || r.Accepted < 50 {
			t.Errorf("got %+v, %v", r, err)
		}
	})
}

// TestOpen opens bids that are as long as they may be.
func TestOpen(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, url string) {
		if _, err := sealing.Open(t.Context(), url, 20); err != nil {
			t.Error(err)
		}
	})
}
