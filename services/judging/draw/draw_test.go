package draw_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"

	"github.com/jiebang/jiebang/services/judging/draw"
)

func seedOf(n int) []byte {
	return append(make([]byte, draw.SeedSize-8), binary.BigEndian.AppendUint64(nil, uint64(n))...)
}

var list = []string{"organizations/a", "organizations/b", "organizations/c", "organizations/d", "organizations/e"}

// TestDrawIsForever pins the bytes of a commitment and of a draw. It is never changed.
func TestDrawIsForever(t *testing.T) {
	seeds := [][]byte{seedOf(1), seedOf(2)}
	if got := hex.EncodeToString(draw.Commitment(seeds[0])); got != commitment1 {
		t.Errorf("commitment: got %s, want %s", got, commitment1)
	}
	seed := draw.Combine("demands/d330182-0000000000000000", seeds)
	if got := hex.EncodeToString(seed); got != combined {
		t.Errorf("combined: got %s, want %s", got, combined)
	}
	if got := draw.Experts(seed, list, 3); !slices.Equal(got, drawn) {
		t.Errorf("drawn: got %v, want %v", got, drawn)
	}
}

// TestDrawReproducible draws the same from what a draw holds, whatever the order of the list; and something else from another seed or demand.
func TestDrawReproducible(t *testing.T) {
	d, err := draw.Open("demands/x", list, 2)
	if err != nil {
		t.Fatal(err)
	}
	for i, who := range []string{"one", "two"} {
		if err := d.Commit(who, draw.Commitment(seedOf(i))); err != nil {
			t.Fatal(err)
		}
	}
	for i, who := range []string{"one", "two"} {
		if err := d.Reveal(who, seedOf(i)); err != nil {
			t.Fatal(err)
		}
	}
	read, err := draw.Decode(d.Encode())
	if err != nil || len(d.Drawn) != 2 || !slices.Equal(read.Again(), d.Drawn) {
		t.Errorf("again: got %v %v, want %v", read.Again(), err, d.Drawn)
	}
	turned := slices.Clone(list)
	slices.Reverse(turned)
	seed := draw.Combine("demands/x", [][]byte{seedOf(0), seedOf(1)})
	if got := draw.Experts(seed, turned, 2); !slices.Equal(got, d.Drawn) {
		t.Errorf("another order of the list: got %v, want %v", got, d.Drawn)
	}
	if slices.Equal(seed, draw.Combine("demands/y", [][]byte{seedOf(0), seedOf(1)})) || slices.Equal(seed, draw.Combine("demands/x", [][]byte{seedOf(1), seedOf(0)})) {
		t.Error("another demand or order of seeds gives the same seed")
	}
	forged := read
	forged.Seeds = slices.Clone(read.Seeds)
	forged.Seeds[0].Seed = hex.EncodeToString(seedOf(7))
	if forged.Again() != nil {
		t.Error("a seed that was not committed to draws")
	}
}

// TestUniform draws 100,000 times with one seed that is honest and one that is always the same: each expert, and each pair, is as likely as another. The
// bound of chi-squared is that of a chance of one in a million.
func TestUniform(t *testing.T) {
	const draws, number = 100_000, 2
	singles, pairs := map[string]int{}, map[string]int{}
	for n := range draws {
		got := draw.Experts(draw.Combine("demands/x", [][]byte{seedOf(0), seedOf(n)}), list, number)
		for _, x := range got {
			singles[x]++
		}
		pairs[fmt.Sprint(got)]++
	}
	for _, test := range []struct {
		name  string
		count map[string]int
		cells int
		total int
		bound int // of chi-squared × 1,000, for cells − 1 degrees of freedom
	}{{"experts", singles, 5, draws * number, 33_377}, {"ordered pairs", pairs, 20, draws, 63_200}} {
		want := test.total / test.cells
		sum := 0
		for _, n := range test.count {
			sum += (n - want) * (n - want) * 1000 / want
		}
		if len(test.count) != test.cells || sum > test.bound {
			t.Errorf("%s: %d of %d, chi-squared %d/1000 is above %d/1000: %v", test.name, len(test.count), test.cells, sum, test.bound, test.count)
		}
	}
}

const (
	commitment1 = "6e4c3ee48d1dda74e20d9f6c417bb4eeec1d25811c5cf02e8a57400fd26a6ba1"
	combined    = "f78c81160d124efe7cb5f73d174a7657b1c1c7c15cb5e24fb1f6364ccf473cdf"
)

var drawn = []string{"organizations/e", "organizations/d", "organizations/b"}
