// Package jobs runs what happens by time. A job says when it must act next; it runs then, and every second anyway, because a
// time may have been set since, here or by another server. Several servers may run the same job: whether it is time is decided again under the lock.
package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jiebang/jiebang/services/internal/clock"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// Job acts on what is due and returns when something will be due next; zero if nothing is in sight.
type Job struct {
	Name string
	Run  func(ctx context.Context) (next time.Time, err error)
}

// lookAgain is how often a job looks even if nothing is due: another server's change is seen within it.
const lookAgain = time.Second

// Run runs a job until ctx ends.
func Run(ctx context.Context, c clock.Clock, log *slog.Logger, job Job) {
	for ctx.Err() == nil {
		next, err := job.Run(ctx)
		if errors.Is(err, storage.ErrClock) { // which is told of once, where it is found
			next = time.Time{}
		} else if err != nil && ctx.Err() == nil {
			log.Error("a job failed and will run again", "job", job.Name, "error", err.Error())
		}
		at := c.Now().Add(lookAgain)
		if !next.IsZero() && next.Before(at) {
			at = next
		}
		c.Wait(ctx, at)
	}
}
