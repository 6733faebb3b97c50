package sealing_test

import (
	"context"
	"log"
	"os"
	"os/signal"
	"testing"
	"time"

	"github.com/jiebang/jiebang/services/internal/prove/sealing"
	"github.com/jiebang/jiebang/services/internal/storagetest"
)

// TestMain is also the server whose memory the tests read.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "sealing-server" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		defer stop()
		if err := sealing.Serve(ctx, os.Args[2:]); err != nil {
			log.Fatal(err)
		}
		return
	}
	os.Exit(m.Run())
}

// TestCanary looks for what bids say in all that a server keeps.
func TestCanary(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, url string) {
		if hits, err := sealing.Canary(t.Context(), []string{os.Args[0], "sealing-server"}, url); err != nil || len(hits) > 0 {
			t.Errorf("found in %v, %v", hits, err)
		}
	})
}

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
