package main

import (
	"context"
	"errors"

	"github.com/jiebang/jiebang/services/internal/prove/plant"
)

// errMonitoring says that a planted bug was not found.
var errMonitoring = errors.New("red flags and monitoring cases do not hold")

// proveMonitoring plants bugs in the rules of red flags, in monitoring cases and in what the verifier knows of them. It runs in the root of the repository.
func proveMonitoring(ctx context.Context, _ []string) error {
	return proveBugs(ctx, "monitoring", plant.Monitoring, errMonitoring)
}
