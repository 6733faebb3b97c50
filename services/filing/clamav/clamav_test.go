package clamav_test

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/jiebang/jiebang/services/filing/clamav"
	"github.com/jiebang/jiebang/services/internal/clamavtest"
)

// TestConformance asks the clamd of the tests, and a real one if JIEBANG_TEST_CLAMD names it: both must answer alike.
func TestConformance(t *testing.T) {
	addresses := map[string]string{"ours": clamavtest.Start(t).Address}
	if real := os.Getenv("JIEBANG_TEST_CLAMD"); real != "" {
		addresses["real"] = real
	}
	for name, address := range addresses {
		c, err := clamav.New(address)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Ping(t.Context()); err != nil {
			t.Errorf("%s: ping: got %v", name, err)
		}
		for content, want := range map[string]string{"": "", strings.Repeat("白度不低于 95", 20_000): "", clamavtest.EICAR: "Eicar"} {
			if found, err := c.Scan(t.Context(), strings.NewReader(content)); err != nil || !strings.Contains(found, want) || (found == "") != (want == "") {
				t.Errorf("%s: %d bytes: got %q %v, want %q", name, len(content), found, err, want)
			}
		}
	}
}

// TestScan tells apart what is worth asking again and what is not.
func TestScan(t *testing.T) {
	d := clamavtest.Start(t)
	c, err := clamav.New(d.Address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Scan(t.Context(), strings.NewReader(strings.Repeat("x", 8*clamavtest.MaxStream))); !errors.Is(err, clamav.ErrFailed) && !errors.Is(err, clamav.ErrDown) {
		t.Errorf("too long: got %v, want ErrFailed, or ErrDown if the answer was lost with the connection", err)
	}
	broken := errors.New("disk")
	if _, err := c.Scan(t.Context(), io.MultiReader(strings.NewReader("x"), failing{broken})); !errors.Is(err, broken) || errors.Is(err, clamav.ErrFailed) || errors.Is(err, clamav.ErrDown) {
		t.Errorf("content that cannot be read: got %v, want its error", err)
	}
	d.Down.Store(true)
	if _, err := c.Scan(t.Context(), strings.NewReader("x")); !errors.Is(err, clamav.ErrDown) {
		t.Errorf("down: got %v, want ErrDown", err)
	}
	for _, address := range []string{"", "unix:", "tcp:", "localhost", ":3310"} {
		if _, err := clamav.New(address); err == nil {
			t.Errorf("address %q: got success, want an error", address)
		}
	}
}

type failing struct{ error }

func (f failing) Read([]byte) (int, error) { return 0, f.error }
