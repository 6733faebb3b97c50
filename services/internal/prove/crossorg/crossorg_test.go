package crossorg_test

import (
	"testing"

	"github.com/jiebang/jiebang/services/internal/prove/crossorg"
)

// TestRun compares some pairs of every theme.
func TestRun(t *testing.T) {
	r, err := crossorg.Run(t.Context(), 4)
	if err != nil {
		t.Fatal(err)
	}
	if r.Differences > 0 || r.Answers < 400 {
		t.Errorf("got %d differences in %d answers", r.Differences, r.Answers)
	}
	for _, d := range r.First {
		t.Error(d)
	}
}

// TestSecrecy compares some pairs of histories of sealed bids.
func TestSecrecy(t *testing.T) {
	r, err := crossorg.Secrecy(t.Context(), 60)
	if err != nil {
		t.Fatal(err)
	}
	if r.Differences > 0 || r.Answers < 400 {
		t.Errorf("got %d differences in %d answers", r.Differences, r.Answers)
	}
	for _, d := range r.First {
		t.Error(d)
	}
}
