package score_test

import (
	"errors"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/judging/score"
)

var noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

func plan(scale int, weights ...int) score.Plan {
	p := score.Plan{Scale: scale, Tolerance: 20}
	for i, w := range weights {
		p.Criteria = append(p.Criteria, score.Criterion{Name: string(rune('A' + i)), Weight: w})
	}
	return p
}

// TestCheck has what may be a plan and what may not.
func TestCheck(t *testing.T) {
	named := plan(5, 50, 50)
	named.Criteria[1].Name = "A"
	intolerant := plan(5, 100)
	intolerant.Tolerance = 101
	for _, test := range []struct {
		name string
		plan score.Plan
		want *fault.Fault
	}{
		{"the usual one", score.Default, nil}, {"of five points", plan(5, 60, 40), nil}, {"99", plan(5, 60, 39), score.ErrWeights}, {"101", plan(5, 60, 41), score.ErrWeights},
		{"no criterion", plan(5), score.ErrCriteria}, {"no weight", plan(5, 100, 0), score.ErrCriteria}, {"less than none", plan(5, 101, -1), score.ErrCriteria},
		{"one name twice", named, score.ErrCriteria}, {"a scale of its own", plan(10, 100), score.ErrScale}, {"tolerance", intolerant, score.ErrTolerance},
	} {
		if err := test.plan.Check(); test.want == nil && err != nil || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
	}
}

// TestTotal adds up exactly, and leaves out what does not apply.
func TestTotal(t *testing.T) {
	for _, test := range []struct {
		plan   score.Plan
		points []int
		want   *big.Rat
	}{
		{plan(100, 60, 30, 10), []int{90, 90, 90}, big.NewRat(90, 1)},
		{plan(100, 60, 30, 10), []int{100, 0, 0}, big.NewRat(60, 1)},
		{plan(100, 60, 30, 10), []int{100, score.NotApplicable, 0}, big.NewRat(600, 7)},
		{plan(5, 50, 50), []int{5, 0}, big.NewRat(50, 1)},
		{plan(5, 33, 67), []int{1, score.NotApplicable}, big.NewRat(20, 1)},
		{plan(5, 50, 50), []int{score.NotApplicable, score.NotApplicable}, nil},
	} {
		if got := test.plan.Total(test.points); (got == nil) != (test.want == nil) || got != nil && got.Cmp(test.want) != 0 {
			t.Errorf("%v of %v: got %v, want %v", test.points, test.plan, got, test.want)
		}
	}
}

// TestRank ranks by the mean of the totals; of equal ones the one received first stands before.
func TestRank(t *testing.T) {
	p := plan(100, 50, 50)
	sheets := []score.Sheet{{"x", "late", []int{80, 80}}, {"y", "late", []int{90, 90}}, {"x", "early", []int{85, 85}}, {"x", "best", []int{100, 99}}, {"y", "best", []int{100, 99}}, {"z", "best", []int{100, 100}}}
	entrants := []score.Entrant{{"late", noon.Add(time.Second)}, {"early", noon}, {"best", noon.Add(time.Hour)}, {"unscored", noon}}
	want := []score.Place{{"best", "299/3", 3}, {"early", "85", 1}, {"late", "85", 2}}
	if diff := cmp.Diff(want, score.Rank(p, sheets, entrants)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := score.Shown("299/3"); got != "99.67" {
		t.Errorf("shown: got %s", got)
	}
}

// TestOrder ranks the same whatever the order in which sheets and bids are told of.
func TestOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := plan(5, 20, 30, 50)
		var sheets []score.Sheet
		var entrants []score.Entrant
		for b := range rapid.IntRange(1, 6).Draw(t, "bids") {
			bid := string(rune('a' + b))
			entrants = append(entrants, score.Entrant{Bid: bid, Received: noon.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "received")) * time.Second)})
			for x := range rapid.IntRange(0, 4).Draw(t, "experts") {
				sheets = append(sheets, score.Sheet{Expert: string(rune('A' + x)), Bid: bid, Points: rapid.SliceOfN(rapid.IntRange(-1, 5), 3, 3).Draw(t, "points")})
			}
		}
		want := score.Rank(p, sheets, entrants)
		for i, place := range want[:max(0, len(want)-1)] {
			a, _ := new(big.Rat).SetString(place.Score)
			b, _ := new(big.Rat).SetString(want[i+1].Score)
			if a.Cmp(b) < 0 {
				t.Fatalf("%v stands before %v", place, want[i+1])
			}
		}
		if got := score.Rank(p, rapid.Permutation(sheets).Draw(t, "sheets"), rapid.Permutation(entrants).Draw(t, "entrants")); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

// TestDeviates walks the edge of what a plan lets pass.
func TestDeviates(t *testing.T) {
	p := plan(100, 100)
	for _, test := range []struct {
		points int
		want   bool
	}{{80, false}, {40, false}, {30, false}, {29, true}} { // the mean of 70, 70 and 30 lies 26 2/3 above 30
		p.Tolerance = 27
		sheets := []score.Sheet{{"x", "b", []int{70}}, {"y", "b", []int{70}}, {"z", "b", []int{test.points}}}
		if got := score.Deviates(p, sheets, sheets[2]); got != test.want {
			t.Errorf("%d: got %t, want %t", test.points, got, test.want)
		}
	}
}

// TestBands tells how a bid stands on each criterion.
func TestBands(t *testing.T) {
	p := plan(5, 20, 20, 20, 20, 20)
	sheets := []score.Sheet{{"x", "b", []int{5, 4, 3, 2, -1}}, {"y", "b", []int{5, 3, 3, -1, -1}}, {"x", "c", []int{0, 0, 0, 0, 0}}}
	want := []score.Band{score.Excellent, score.Good, score.Fair, score.Weak, score.None}
	if got := score.Bands(p, sheets, "b"); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
