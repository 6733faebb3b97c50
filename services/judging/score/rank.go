package score

import (
	"cmp"
	"encoding/json"
	"math/big"
	"slices"
	"time"
)

// Sheet is what one expert says of one bid. Only those that count are given to a ranking: locked, and of an expert without a conflict.
type Sheet struct {
	Expert, Bid string
	Points      []int
}

// Entrant is a bid that is ranked.
type Entrant struct {
	Bid      string
	Received time.Time
}

// Place is a bid in a ranking.
type Place struct {
	Bid    string `json:"bid"`
	Score  string `json:"score"`  // the exact mean of its sheets, of 100, as a fraction such as 253/3
	Sheets int    `json:"sheets"` // how many count
}

// Rank ranks the bids that have a sheet by the mean of their sheets; of equal ones the one that was received earlier stands before, and of those
// received at one instant that with the lesser id.
func Rank(p Plan, sheets []Sheet, entrants []Entrant) []Place {
	type ranked struct {
		Place
		mean     *big.Rat
		received time.Time
	}
	var all []ranked
	for _, e := range entrants {
		if mean, n := p.mean(sheets, e.Bid); n > 0 {
			all = append(all, ranked{Place{e.Bid, mean.RatString(), n}, mean, e.Received})
		}
	}
	slices.SortFunc(all, func(a, b ranked) int {
		return cmp.Or(b.mean.Cmp(a.mean), a.received.Compare(b.received), cmp.Compare(a.Bid, b.Bid))
	})
	places := make([]Place, len(all))
	for i, r := range all {
		places[i] = r.Place
	}
	return places
}

// mean is the mean of the totals of a bid's sheets, and how many they are.
func (p Plan) mean(sheets []Sheet, bid string) (*big.Rat, int) {
	sum, n := new(big.Rat), 0
	for _, s := range sheets {
		if t := p.Total(s.Points); s.Bid == bid && t != nil {
			sum.Add(sum, t)
			n++
		}
	}
	if n == 0 {
		return nil, 0
	}
	return sum.Quo(sum, big.NewRat(int64(n), 1)), n
}

// Deviates reports whether a sheet lies farther from the mean of its bid's sheets, of which it is one, than the plan lets pass without a word.
func Deviates(p Plan, sheets []Sheet, s Sheet) bool {
	mean, n := p.mean(sheets, s.Bid)
	total := p.Total(s.Points)
	if n == 0 || total == nil {
		return false
	}
	apart := new(big.Rat).Sub(total, mean)
	return apart.Abs(apart).Cmp(big.NewRat(int64(p.Tolerance), 1)) > 0
}

// Band is how a bid stands on a criterion, in words that a loser is told.
type Band string

// The bands, by the mean of the points on a criterion.
const (
	Excellent Band = "excellent" // from 85 of 100
	Good      Band = "good"      // from 70
	Fair      Band = "fair"      // from 60
	Weak      Band = "weak"
	None      Band = "none" // it did not apply
)

var bands = []struct {
	from int64
	band Band
}{{85, Excellent}, {70, Good}, {60, Fair}, {0, Weak}}

// Bands are how a bid stands on each criterion.
func Bands(p Plan, sheets []Sheet, bid string) []Band {
	out := make([]Band, len(p.Criteria))
	for c := range p.Criteria {
		out[c] = None
		sum, n := int64(0), int64(0)
		for _, s := range sheets {
			if s.Bid == bid && c < len(s.Points) && s.Points[c] != NotApplicable {
				sum, n = sum+int64(s.Points[c]), n+1
			}
		}
		if n == 0 {
			continue
		}
		mean := big.NewRat(sum*full, n*int64(p.Scale))
		for _, b := range bands {
			if mean.Cmp(big.NewRat(b.from, 1)) >= 0 {
				out[c] = b.band
				break
			}
		}
	}
	return out
}

// Shown writes an exact score with two decimals, for people.
func Shown(score string) string {
	r, ok := new(big.Rat).SetString(score)
	if !ok {
		return ""
	}
	return r.FloatString(2)
}

// EncodePoints writes points as they are kept.
func EncodePoints(points []int) string { return encode(points) }

// DecodePoints reads what EncodePoints writes; an empty text is a sheet without points.
func DecodePoints(text string) (points []int, err error) {
	if text == "" {
		return nil, nil
	}
	return points, json.Unmarshal([]byte(text), &points)
}

// EncodeRanking writes a ranking as it is kept.
func EncodeRanking(places []Place) string { return encode(places) }

// DecodeRanking reads what EncodeRanking writes; an empty text is no ranking.
func DecodeRanking(text string) (places []Place, err error) {
	if text == "" {
		return nil, nil
	}
	return places, json.Unmarshal([]byte(text), &places)
}
