package offering

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestCut cuts files: the pieces make up the file, each is within the bounds, and knows how many lines come before it.
func TestCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.OneOf(rapid.Just(""), rapid.Just(" \r"), rapid.Just("{}"), rapid.Just(strings.Repeat("x", 300_000)), rapid.Just(strings.Repeat("y", maxBytes+1)))
		var lines []string
		for range rapid.IntRange(0, 6).Draw(t, "blocks") {
			lines = append(lines, line.Draw(t, "line"))
			for range rapid.IntRange(0, 2*maxRows).Draw(t, "short") {
				lines = append(lines, "{}")
			}
		}
		content := []byte(strings.Join(lines, "\n"))
		var whole []byte
		rows := 0
		for _, p := range cut(content) {
			if p.before != bytes.Count(whole, []byte("\n")) || p.rows > maxRows || len(p.content) > maxBytes && p.rows > 1 {
				t.Fatalf("a piece of %d rows and %d bytes after %d lines", p.rows, len(p.content), p.before)
			}
			whole, rows = append(whole, p.content...), rows+p.rows
		}
		want := 0
		for _, l := range lines {
			if strings.TrimSpace(l) != "" {
				want++
			}
		}
		if !bytes.Equal(whole, content) || rows != want {
			t.Fatalf("the pieces have %d bytes and %d rows, the file %d and %d", len(whole), rows, len(content), want)
		}
	})
	if got := cut(nil); len(got) != 1 {
		t.Errorf("nothing is cut into %d pieces", len(got))
	}
}
