package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/jiebang/jiebang/services/internal/prove/full"
	"github.com/jiebang/jiebang/services/internal/prove/plant"
)

// errContracts says that a count is not what it must be.
var errContracts = errors.New("contracts and their money do not hold")

// proveContracts compares what contracts come to in snapshot after snapshot, changes every audited column behind the server's back, gives mutated bundles to both
// verifiers, repeats changes about money while the server dies, and plants bugs. It runs in the root of the repository.
func proveContracts(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("contracts", flag.ContinueOnError)
	snapshots := flags.Int("snapshots", 100_000, "snapshots of both databases together")
	mutations := flags.Int("mutations", 100_000, "mutated bundles")
	only := flags.String("only", "", "one of snapshots, columns, bundles, retries, bugs; all if empty")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var errs []error
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"snapshots", func() error {
			return proveFull(ctx, full.Tests{Package: "./services/settling", Run: "TestEverySnapshotAgrees", Args: []string{fmt.Sprintf("-snapshots=%d", (*snapshots+1)/2)}},
				"snapshots", "snapshot_differences")
		}},
		{"columns", func() error {
			return proveFull(ctx, full.Tests{Package: "./services/reporting", Run: "TestEveryColumn"}, "tampered_columns", "tampered_missed")
		}},
		{"bundles", func() error { return proveBundle(ctx, []string{fmt.Sprintf("-mutations=%d", *mutations)}) }},
		{"retries", func() error { return proveRetries(ctx) }},
		{"bugs", func() error { return proveBugs(ctx, "contracts", plant.Contracts, errContracts) }},
	} {
		if *only == "" || *only == step.name {
			errs = append(errs, step.do())
		}
	}
	return errors.Join(errs...)
}

// proveRetries runs a server that kills itself at every point of a change.
func proveRetries(ctx context.Context) error {
	overlay, remove, err := plant.Overlay(plant.Crash)
	if err != nil {
		return err
	}
	defer remove()
	return proveFull(ctx, full.Tests{Package: "./services/internal/prove/retries", Run: "TestCrashes", Overlay: overlay, Args: []string{"-crash-points"}},
		"retries", "retries_extra_effects")
}

// proveFull runs tests at full size and prints how much they did, and how much of it was wrong.
func proveFull(ctx context.Context, tests full.Tests, done, wrong string) error {
	counts, err := tests.Count(ctx, os.Stderr)
	if counts == nil {
		return err
	}
	fmt.Printf("%s %d\n%s %d\n", done, counts[done], wrong, counts[wrong])
	if counts[done] == 0 || counts[wrong] > 0 || err != nil {
		return errors.Join(fmt.Errorf("%w: %s", errContracts, wrong), err)
	}
	return nil
}
