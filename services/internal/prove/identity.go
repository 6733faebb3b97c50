package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/jiebang/jiebang/services/internal/prove/crossorg"
	"github.com/jiebang/jiebang/services/internal/prove/logins"
	"github.com/jiebang/jiebang/services/internal/prove/matrix"
	"github.com/jiebang/jiebang/services/internal/prove/plant"
	"github.com/jiebang/jiebang/services/internal/prove/spine"
	"github.com/jiebang/jiebang/services/internal/prove/zoo"
)

// errIdentity says that a count is not what it must be.
var errIdentity = errors.New("authorization does not hold")

// proveIdentity decides the whole authorization matrix twice, asks a real server for a part of it on each database, compares what others get of an
// organization's private things in two worlds, shows ID tokens that must be refused, takes each wall down alone and all together, and plants bugs. It runs in the root of the repository.
func proveIdentity(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("identity", flag.ContinueOnError)
	pairs := flags.Int("pairs", 1000, "pairs of worlds")
	only := flags.Bool("pairs-only", false, "compare worlds and do nothing else, as a build with a wall down does")
	walls := flags.Int("wall-pairs", 48, "pairs of worlds for each wall that is taken down")
	bugs := flags.Bool("bugs", true, "plant bugs, too")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *only {
		return provePairs(ctx, *pairs)
	}
	steps := []func() error{
		func() error { return proveMatrix(ctx) },
		func() error { return provePairs(ctx, *pairs) },
		func() error { return zoo.Run(ctx, os.Stdout) },
		func() error { return proveLogins(ctx) },
		func() error { return proveWalls(ctx, *walls) },
	}
	if *bugs {
		steps = append(steps, func() error { return proveBugs(ctx, "identity", plant.Bugs, errIdentity) })
	}
	var errs []error
	for _, step := range steps {
		errs = append(errs, step())
	}
	return errors.Join(errs...)
}

func proveMatrix(ctx context.Context) error {
	cells, differ, _ := matrix.Count()
	fmt.Printf("matrix_cells %d\n", cells)
	served, wrong, err := matrix.Serve(ctx, "")
	if err != nil {
		return err
	}
	if base := os.Getenv("JIEBANG_TEST_POSTGRES"); base != "" {
		address, drop, err := spine.Schema(ctx, base)
		if err != nil {
			return err
		}
		n, more, err := matrix.Serve(ctx, address)
		if err := errors.Join(err, drop()); err != nil {
			return err
		}
		served, wrong = served+n, append(wrong, more...)
	} else {
		log.Print("PostgreSQL is not there: served by SQLite alone")
	}
	for _, w := range wrong {
		log.Print(w)
	}
	fmt.Printf("matrix_wrong %d\nmatrix_served %d\n", differ+len(wrong), served)
	if differ+len(wrong) > 0 {
		return fmt.Errorf("%w: the matrix", errIdentity)
	}
	return nil
}

func provePairs(ctx context.Context, pairs int) error {
	r, err := crossorg.Run(ctx, pairs)
	if err != nil {
		return err
	}
	for _, d := range r.First {
		log.Print(d)
	}
	log.Printf("%d answers compared", r.Answers)
	fmt.Printf("crossorg_pairs %d\ncrossorg_differences %d\n", r.Pairs, r.Differences)
	if r.Differences > 0 {
		return fmt.Errorf("%w: others learn of what is not theirs", errIdentity)
	}
	return nil
}

// proveLogins logs in so many at once, and looks at the memory and at what others wait meanwhile.
func proveLogins(ctx context.Context) error {
	const parallel = 500
	r, err := logins.Measure(ctx, parallel)
	if err != nil {
		return err
	}
	lines, err := r.Lines()
	fmt.Println(strings.Join(lines, "\n"))
	return err
}

// proveWalls takes the walls down: each alone leaves the others holding, and all together fail the comparison.
func proveWalls(ctx context.Context, pairs int) error {
	for _, w := range []struct {
		name  string
		edits []plant.Edit
		holds bool
	}{
		{"method", plant.NoMethods, true}, {"object", plant.NoObjects, true}, {"scope", plant.NoScope, true},
		{"all", slices.Concat(plant.NoMethods, plant.NoObjects, plant.NoScope), false},
	} {
		overlay, remove, err := plant.Overlay(w.edits)
		if err != nil {
			return err
		}
		run := exec.CommandContext(ctx, "go", "run", "-overlay", overlay, "./services/internal/prove", "identity", "-pairs-only", "-pairs", fmt.Sprint(pairs)) // #nosec G204
		out, err := run.Output()
		remove()
		var failed *exec.ExitError
		if err != nil && !errors.As(err, &failed) {
			return err
		}
		_, differences, found := strings.Cut(string(out), "crossorg_differences ")
		if !found {
			return fmt.Errorf("without the wall %s: %s%s", w.name, out, failed.Stderr)
		}
		fmt.Printf("crossorg_differences_without_%s %s\n", w.name, strings.TrimSpace(differences))
		if holds := strings.TrimSpace(differences) == "0"; holds != w.holds {
			return fmt.Errorf("%w: without the wall %s", errIdentity, w.name)
		}
	}
	return nil
}

// proveBugs plants bugs one after another and counts those that no test finds.
func proveBugs(ctx context.Context, name string, bugs []plant.Bug, wrong error) error {
	survived := 0
	for _, b := range bugs {
		killed, err := b.Kill(ctx)
		if err != nil {
			return err
		}
		if !killed {
			survived++
			log.Printf("survived: %s", b.Name)
		}
	}
	fmt.Printf("%s_bugs %d\n%s_bugs_survived %d\n", name, len(bugs), name, survived)
	if survived > 0 {
		return fmt.Errorf("%w: %d planted bugs survived", wrong, survived)
	}
	return nil
}
