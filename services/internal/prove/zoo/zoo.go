// Package zoo shows malformed and misdirected ID tokens to the server's side of OpenID Connect, and counts those that it takes.
package zoo

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/jiebang/jiebang/services/internal/ssotest"
)

// Run prints `token_zoo N` and `token_zoo_accepted N`. It fails if a token was taken, or a good one was not.
func Run(ctx context.Context, out io.Writer) error {
	dir, err := os.MkdirTemp("", "jiebang-zoo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	tokens, taken, err := ssotest.Count(ctx, dir)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out, "token_zoo %d\ntoken_zoo_accepted %d\n", tokens, len(taken)); err != nil {
		return err
	}
	if len(taken) > 0 {
		return fmt.Errorf("these tokens were taken: %q", taken)
	}
	return nil
}
