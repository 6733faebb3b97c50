// Package logins attacks the slow hash of passwords: hundreds log in at once, and it measures what memory that takes and what the others notice.
package logins

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/internal/clock"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Result is what was measured.
type Result struct {
	Logins  int
	PeakMB  int     // the most memory that the process held
	Ratio   float64 // of the other calls' 99th percentile during the logins to that without
	Refused int     // logins that were told to come again
}

// Lines are the lines of the proof, and an error if it fails.
func (r Result) Lines() ([]string, error) {
	lines := []string{fmt.Sprintf("login_parallel %d", r.Logins), fmt.Sprintf("login_peak_mb %d", r.PeakMB), fmt.Sprintf("login_p99_ratio %.2f", r.Ratio),
		fmt.Sprintf("login_refused %d", r.Refused)}
	if r.PeakMB >= 400 || r.Ratio > 2 {
		return lines, errors.New("parallel logins cost too much")
	}
	return lines, nil
}

// waves is how often everybody logs in at once; between them the clock goes on, so that nobody has to wait for earlier failures.
const waves = 3

// Measure runs a server and lets many log in at once, each under a name of its own, while one caller reads.
func Measure(ctx context.Context, parallel int) (r Result, err error) {
	dir, err := os.MkdirTemp("", "jiebang-prove-")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	now := clock.NewManual(time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC))
	s, err := services.Open(ctx, services.Config{DataDir: dir, GRPCAddress: "localhost:0", HTTPAddress: "localhost:0", Clock: now, Limits: services.Unlimited})
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	serving, stop := context.WithCancel(ctx)
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() { done <- s.Serve(serving, func(a services.Addresses) { ready <- a.GRPC }) }()
	defer func() {
		stop()
		err = errors.Join(err, <-done)
	}()
	select {
	case address := <-ready:
		return attack(ctx, address, now, parallel)
	case err := <-done:
		done <- nil
		return r, err
	}
}

func attack(ctx context.Context, address string, now *clock.Manual, parallel int) (r Result, err error) {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	other, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, other.Close()) }()
	if _, err := read(ctx, other, func() bool { return false }, 300); err != nil { // so that everything is warm
		return r, err
	}
	r.Logins = parallel
	var quiet, loud []time.Duration
	for range waves { // both in turns, so that what else the machine does meanwhile befalls both
		calm, err := read(ctx, other, func() bool { return false }, 3000)
		if err != nil {
			return r, err
		}
		quiet = append(quiet, calm...)
		var over atomic.Bool
		var peak, refused atomic.Int64
		var watching sync.WaitGroup
		watching.Go(func() { watch(&over, &peak) })
		go func() {
			wave(ctx, conn, parallel, &refused)
			over.Store(true)
		}()
		took, err := read(ctx, other, over.Load, 1<<30)
		watching.Wait()
		if err != nil {
			return r, err
		}
		loud, r.PeakMB, r.Refused = append(loud, took...), max(r.PeakMB, int(peak.Load())), r.Refused+int(refused.Load())
		now.Advance(time.Hour)
	}
	r.Ratio = p99(loud).Seconds() / p99(quiet).Seconds()
	return r, nil
}

// wave lets many log in at once.
func wave(ctx context.Context, conn grpc.ClientConnInterface, parallel int, refused *atomic.Int64) {
	var running sync.WaitGroup
	for i := range parallel {
		running.Go(func() {
			_, err := pb.NewAccountServiceClient(conn).Login(ctx, &pb.LoginRequest{Login: fmt.Sprintf("somebody-%d", i), Password: "what somebody guesses"})
			if status.Code(err) == codes.ResourceExhausted {
				refused.Add(1)
			}
		})
	}
	running.Wait()
}

// read calls a read again and again and returns how long each took.
func read(ctx context.Context, conn grpc.ClientConnInterface, over func() bool, most int) (took []time.Duration, err error) {
	for len(took) < most && !over() {
		start := time.Now()
		if _, err := pb.NewLedgerServiceClient(conn).GetLedger(ctx, &pb.GetLedgerRequest{Name: "ledgers/330182"}); err != nil {
			return nil, err
		}
		took = append(took, time.Since(start))
	}
	return took, nil
}

func p99(took []time.Duration) time.Duration {
	slices.Sort(took)
	return took[len(took)*99/100]
}

// watch notes the most memory of the process until it is over.
func watch(over *atomic.Bool, peak *atomic.Int64) {
	for !over.Load() {
		peak.Store(max(peak.Load(), resident()))
		time.Sleep(5 * time.Millisecond)
	}
}

// resident is the memory of this process in megabytes; 0 where the system does not tell.
func resident() int64 {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var kb int64
		if rest, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			if _, err := fmt.Sscan(rest, &kb); err == nil {
				return kb / 1024
			}
		}
	}
	return 0
}
