package main

import (
	"context"
	"errors"
	"log"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// How a ratio is measured.
const (
	rounds   = 5
	sideTime = 2 * time.Second        // of one side in one round
	warmTime = 500 * time.Millisecond // of each side before the first round, not counted
)

// side measures one side of a ratio for a while and returns its rate per second.
type side func(ctx context.Context, d time.Duration) (float64, error)

// result is what alternating rounds gave.
type result struct{ ratio, ours, bare float64 } // medians

// compare measures ours against bare in rounds that alternate; which side is first alternates too.
func compare(ctx context.Context, name string, ours, bare side) (result, error) {
	var ratios, left, right []float64
	for round := range rounds + 1 {
		d := sideTime
		if round == 0 {
			d = warmTime
		}
		order := []side{ours, bare}
		if round%2 == 1 {
			slices.Reverse(order)
		}
		rates := make([]float64, len(order))
		for i, s := range order {
			var err error
			if rates[i], err = s(ctx, d); err != nil {
				return result{}, err
			}
		}
		if round%2 == 1 {
			slices.Reverse(rates)
		}
		if round == 0 {
			continue
		}
		log.Printf("  %s: round %d: %.0f/s against %.0f/s: %.3f", name, round, rates[0], rates[1], rates[0]/rates[1])
		ratios, left, right = append(ratios, rates[0]/rates[1]), append(left, rates[0]), append(right, rates[1])
	}
	return result{median(ratios), median(left), median(right)}, nil
}

func median(v []float64) float64 {
	v = slices.Clone(v)
	slices.Sort(v)
	if len(v)%2 == 0 {
		return (v[len(v)/2-1] + v[len(v)/2]) / 2
	}
	return v[len(v)/2]
}

// errSupply says that what a caller needs has run out; the round ends early.
var errSupply = errors.New("nothing is left to call with")

// drive lets callers call one after another for a while and returns the rate.
func drive(ctx context.Context, callers int, d time.Duration, call func(ctx context.Context, caller int) error) (float64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var done atomic.Int64
	var running sync.WaitGroup
	start := time.Now()
	for caller := range callers {
		running.Go(func() {
			for time.Since(start) < d && ctx.Err() == nil {
				err := call(ctx, caller)
				if errors.Is(err, errSupply) {
					return
				}
				if err != nil {
					cancel(err)
					return
				}
				done.Add(1)
			}
		})
	}
	running.Wait()
	return float64(done.Load()) / time.Since(start).Seconds(), context.Cause(ctx)
}

// latency is how long calls took, in milliseconds.
type latency struct{ p50, p99, most float64 }

// timed lets callers call one after another for a while and tells how long the calls took.
func timed(ctx context.Context, callers int, d time.Duration, call func(ctx context.Context, caller int) error) (latency, error) {
	took := make([][]float64, callers)
	_, err := drive(ctx, callers, d, func(ctx context.Context, caller int) error {
		began := time.Now()
		err := call(ctx, caller)
		took[caller] = append(took[caller], milliseconds(time.Since(began)))
		return err
	})
	all := slices.Sorted(slices.Values(slices.Concat(took...)))
	if err != nil || len(all) == 0 {
		return latency{}, errors.Join(err, ctx.Err())
	}
	return latency{median(all), all[len(all)*99/100], all[len(all)-1]}, nil
}

// each runs n jobs on a number of workers and returns the first error.
func each(ctx context.Context, workers, n int, job func(ctx context.Context, i int) error) error {
	var next atomic.Int64
	_, err := drive(ctx, workers, time.Hour, func(ctx context.Context, _ int) error {
		i := int(next.Add(1)) - 1
		if i >= n {
			return errSupply
		}
		return job(ctx, i)
	})
	return err
}
