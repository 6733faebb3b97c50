// Package plant plants bugs in a copy of the source that nobody else sees: it builds with an overlay, so that no product code has a switch for it.
package plant

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Edit replaces a text that a source file has exactly once.
type Edit struct{ File, Old, New string }

// Overlay writes what go build -overlay reads for some edits of the module in the working directory, into a directory of its own.
func Overlay(edits []Edit) (file string, remove func(), err error) {
	root, err := os.Getwd()
	if err != nil {
		return "", nil, err
	}
	dir, err := os.MkdirTemp("", "jiebang-plant-")
	if err != nil {
		return "", nil, err
	}
	remove = func() { _ = os.RemoveAll(dir) }
	texts := map[string]string{}
	for _, e := range edits {
		if texts[e.File] == "" {
			b, err := os.ReadFile(filepath.Clean(e.File))
			if err != nil {
				return "", nil, errors.Join(err, os.RemoveAll(dir))
			}
			texts[e.File] = string(b)
		}
		if n := strings.Count(texts[e.File], e.Old); n != 1 {
			remove()
			return "", nil, fmt.Errorf("%s has %d times what is to be replaced:\n%s", e.File, n, e.Old)
		}
		texts[e.File] = strings.Replace(texts[e.File], e.Old, e.New, 1)
	}
	replace, n := map[string]string{}, 0
	for name, text := range texts {
		n++
		to := filepath.Join(dir, fmt.Sprintf("%d.go", n))
		if err := os.WriteFile(to, []byte(text), 0o600); err != nil {
			return "", nil, errors.Join(err, os.RemoveAll(dir))
		}
		replace[filepath.Join(root, name)] = to
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	file = filepath.Join(dir, "overlay.json")
	return file, remove, os.WriteFile(file, overlay, 0o600)
}

// Bug is a bug and the tests that must find it.
type Bug struct {
	Name    string
	Edits   []Edit
	Package string
	Tests   string // a pattern for -run
}

// Kill plants a bug, runs its tests, and reports whether they failed. One that does not compile, or whose tests pass without it too seldom to tell, is an error.
func (b Bug) Kill(ctx context.Context) (killed bool, err error) {
	overlay, remove, err := Overlay(b.Edits)
	if err != nil {
		return false, fmt.Errorf("%s: %w", b.Name, err)
	}
	defer remove()
	var out bytes.Buffer
	run := exec.CommandContext(ctx, "go", "test", "-vet=off", "-count=1", "-overlay", overlay, "-run", b.Tests, b.Package) // #nosec G204 -- from the table of bugs
	run.Stdout, run.Stderr = &out, &out
	err = run.Run()
	text := out.String()
	switch {
	case strings.Contains(text, "[build failed]"), strings.Contains(text, "[setup failed]"), strings.Contains(text, "no tests to run"):
		return false, fmt.Errorf("%s: %s", b.Name, text)
	case err == nil:
		return false, nil
	case strings.Contains(text, "--- FAIL"), strings.Contains(text, "panic:"):
		return true, nil
	}
	return false, fmt.Errorf("%s: %w\n%s", b.Name, err, text)
}
