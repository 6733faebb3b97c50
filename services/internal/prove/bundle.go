package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/jiebang/jiebang/services/internal/prove/bundles"
)

// errBundle says that a count is not what it must be.
var errBundle = errors.New("the verifiers of bundles do not hold")

// proveBundle sets the verifier in Go and the one in Python against each other on mutated bundles. It runs in the root of the repository.
func proveBundle(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("bundle", flag.ContinueOnError)
	n := flags.Int("mutations", 100_000, "mutated bundles")
	seed := flags.Uint64("seed", 1, "of the mutations")
	workers := flags.Int("workers", 2, "second verifiers that run at once")
	keep := flags.String("keep", filepath.Join(os.TempDir(), "jiebang-bundle"), "where the first files that fail are kept")
	program := flags.String("program", "docs/verifier/verify.py", "the second verifier")
	if err := flags.Parse(args); err != nil {
		return err
	}
	c, err := bundles.Compare(ctx, *program, *n, *seed, *workers)
	if err != nil {
		return err
	}
	for i, f := range c.First {
		log.Print(f)
		if err := os.WriteFile(fmt.Sprintf("%s-%d.jsonl", *keep, i), c.Files[i], 0o600); err != nil {
			return err
		}
	}
	log.Printf("%d of them were signed again and could have been", c.Plausible)
	fmt.Printf("bundle_mutations %d\nbundle_accepted %d\nverifiers_disagree %d\n", c.Mutations, c.Accepted, c.Disagree)
	if c.Accepted+c.Disagree > 0 {
		return errBundle
	}
	return nil
}
