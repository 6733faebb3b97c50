package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/jiebang/jiebang/services/internal/prove/crossorg"
	"github.com/jiebang/jiebang/services/internal/prove/plant"
	"github.com/jiebang/jiebang/services/internal/prove/sealing"
	"github.com/jiebang/jiebang/services/internal/prove/spine"
)

// errSealed says that a count is not what it must be.
var errSealed = errors.New("sealed bids are not kept")

// lateness is the longest that a bid of the last minute may wait for its receipt, and opening a thousand bids may take.
const (
	lateness = time.Second
	opening  = 5 * time.Second
)

// proveSealed compares histories of sealed bids, races deadlines in virtual and in real time, lets 2,000 bids come in the last minute, looks for what bids say in
// all that a server keeps, opens a thousand, and plants bugs. It runs in the root of the repository.
func proveSealed(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("sealed", flag.ContinueOnError)
	pairs := flags.Int("pairs", 3000, "pairs of histories")
	sim := flags.Int("races", 50_000, "bids around deadlines in virtual time")
	races := flags.Int("races-postgres", 2000, "bids around deadlines in real time on PostgreSQL")
	rush := flags.Int("rush", 2000, "bids in the last minute")
	bids := flags.Int("open", 1000, "bids that are opened together")
	only := flags.Bool("bugs-only", false, "plant bugs and do nothing else")
	if err := flags.Parse(args); err != nil {
		return err
	}
	bugs := func() error { return proveBugs(ctx, "sealed", plant.Sealed, errSealed) }
	if *only {
		return bugs()
	}
	postgres := func(prove func(database string) error) error {
		base := os.Getenv("JIEBANG_TEST_POSTGRES")
		if base == "" {
			log.Print("PostgreSQL is not there: proved on SQLite alone")
			return prove("")
		}
		address, drop, err := spine.Schema(ctx, base)
		if err != nil {
			return err
		}
		return errors.Join(prove(address), drop())
	}
	var errs []error
	for _, step := range []func() error{
		func() error { return provePlays(ctx, *pairs) },
		func() error {
			return postgres(func(database string) error { return proveRaces(ctx, *sim, *races, database) })
		},
		func() error { return postgres(func(database string) error { return proveRush(ctx, *rush, database) }) },
		func() error { return postgres(func(database string) error { return proveCanary(ctx, database) }) },
		func() error {
			return postgres(func(database string) error { return proveOpening(ctx, *bids, database) })
		},
		bugs,
	} {
		errs = append(errs, step())
	}
	return errors.Join(errs...)
}

func provePlays(ctx context.Context, pairs int) error {
	r, err := crossorg.Secrecy(ctx, pairs)
	if err != nil {
		return err
	}
	for _, d := range r.First {
		log.Print(d)
	}
	log.Printf("%d answers compared", r.Answers)
	fmt.Printf("noninterference_pairs %d\nnoninterference_differences %d\n", r.Pairs, r.Differences)
	if r.Differences > 0 {
		return fmt.Errorf("%w: others learn of them", errSealed)
	}
	return nil
}

func proveRaces(ctx context.Context, sim, races int, database string) error {
	wrong, err := spine.RaceDeadlines(ctx, sim)
	if err != nil {
		return err
	}
	fmt.Printf("deadline_races_sim %d\n", sim)
	if database != "" {
		more, err := sealing.Race(ctx, database, races)
		if err != nil {
			return err
		}
		wrong += more
		fmt.Printf("deadline_races_pg %d\n", races)
	}
	fmt.Printf("deadline_wrong %d\n", wrong)
	if wrong > 0 {
		return fmt.Errorf("%w: deadlines", errSealed)
	}
	return nil
}

func proveRush(ctx context.Context, n int, database string) error {
	r, err := sealing.LastMinute(ctx, database, n, time.Minute)
	if err != nil {
		return err
	}
	log.Printf("%d of %d accepted in the last minute, %d decided wrongly", r.Accepted, r.Submitted, r.Wrong)
	fmt.Printf("lastminute_p99_ms %d\n", r.P99.Milliseconds())
	if r.Wrong > 0 || r.P99 > lateness {
		return fmt.Errorf("%w: the last minute", errSealed)
	}
	return nil
}

func proveCanary(ctx context.Context, database string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	hits, err := sealing.Canary(ctx, []string{self, "sealing-server"}, "")
	if err != nil {
		return err
	}
	if database != "" {
		more, err := sealing.Canary(ctx, []string{self, "sealing-server"}, database)
		if err != nil {
			return err
		}
		hits = append(hits, more...)
	}
	for _, h := range hits {
		log.Print(h)
	}
	fmt.Printf("canary_hits %d\n", len(hits))
	if len(hits) > 0 {
		return fmt.Errorf("%w: what they say is where it must not be", errSealed)
	}
	return nil
}

func proveOpening(ctx context.Context, n int, database string) error {
	took, err := sealing.Open(ctx, "", n)
	if err != nil {
		return err
	}
	fmt.Printf("open_%d_s %.1f\n", n, took.Seconds())
	if database != "" {
		theirs, err := sealing.Open(ctx, database, n)
		if err != nil {
			return err
		}
		fmt.Printf("open_%d_pg_s %.1f\n", n, theirs.Seconds())
	}
	if took > opening {
		return fmt.Errorf("%w in time: %v to open %d", errSealed, took, n)
	}
	return nil
}
