// Package full runs tests of the suite at full size, and adds up what they count.
package full

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// Tests are tests of one package.
type Tests struct {
	Package string
	Run     string   // a pattern for -run
	Overlay string   // what takes the place of source files; nothing if empty
	Args    []string // flags of the tests, such as their size
}

// Count runs them and adds up the attributes they set, by key. They run in the root of the repository; what they say goes to out.
func (x Tests) Count(ctx context.Context, out io.Writer) (map[string]int, error) {
	args := []string{"test", "-v", "-vet=off", "-count=1", "-timeout=120m", "-run", x.Run}
	if x.Overlay != "" {
		args = append(args, "-overlay", x.Overlay)
	}
	args = append(args, x.Package)
	if len(x.Args) > 0 {
		args = slices.Concat(args, []string{"-args"}, x.Args)
	}
	var said bytes.Buffer
	run := exec.CommandContext(ctx, "go", args...) // #nosec G204 -- from our own tables
	run.Stdout, run.Stderr = io.MultiWriter(&said, out), out
	failed := run.Run()
	counts := map[string]int{}
	for lines := bufio.NewScanner(&said); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) != 5 || f[0] != "===" || f[1] != "ATTR" {
			continue
		}
		n, err := strconv.Atoi(f[4])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", lines.Text(), err)
		}
		counts[f[3]] += n
	}
	if len(counts) == 0 {
		return nil, fmt.Errorf("%s %s counts nothing: %w", x.Package, x.Run, failed)
	}
	return counts, failed
}
