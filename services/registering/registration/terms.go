package registration

import (
	_ "embed" // the terms
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/money"
)

// Terms are the times and limits of registrations, which are data and dated: what was accepted under older ones keeps them.
type Terms struct {
	From    string    // the first day on which they hold, 2006-01-02
	Accept  int       // working days from the acceptance
	Review  int       // working days from the beginning of a review
	Duty    int       // working days from what makes a change or a cancellation necessary
	Unfiled int       // days after a contract's signing date, beyond which the weekly list names it
	Experts int       // how many say in a review, at least
	Limit   money.Fen // of the technology part: this much is reviewed
}

//go:embed terms.tsv
var termsData string

// table is in the order of From.
var table = readTerms(termsData)

func readTerms(text string) (all []Terms) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		var from, kind string
		var n int64
		if read, err := fmt.Sscanf(line, "%s %s %d", &from, &kind, &n); read != 3 || err != nil || n <= 0 {
			panic(fmt.Sprintf("terms.tsv: %q: %v", line, err)) // it is embedded
		}
		if len(all) == 0 || all[len(all)-1].From != from {
			all = append(all, Terms{From: from})
		}
		t := &all[len(all)-1]
		days := map[string]*int{"accept": &t.Accept, "review": &t.Review, "duty": &t.Duty, "unfiled": &t.Unfiled, "experts": &t.Experts}
		switch {
		case kind == "limit":
			t.Limit = money.Fen(n)
		case days[kind] != nil:
			*days[kind] = int(n)
		default:
			panic("terms.tsv: " + kind)
		}
	}
	slices.SortFunc(all, func(a, b Terms) int { return strings.Compare(a.From, b.From) })
	return all
}

// TermsAt are the terms that hold at an instant.
func TermsAt(at time.Time) Terms {
	day, now := contract.SignDate(at), table[0]
	for _, t := range table {
		if t.From <= day {
			now = t
		}
	}
	return now
}

// NeedsReview reports whether a technology part is registered after a review alone.
func (t Terms) NeedsReview(technology money.Fen, disputed bool) bool {
	return disputed || technology >= t.Limit
}

// CheckReview reports whether a technology part may be registered as the reviews stand.
func (t Terms) CheckReview(technology money.Fen, disputed bool, reviewed State, opinions []Opinion) error {
	if reviewed == ExpertReview {
		if len(opinions) == 0 {
			return ErrReviewOpen
		}
		return Advice(opinions, technology)
	}
	if t.NeedsReview(technology, disputed) {
		return ErrReviewNeeded.With("limit", t.Limit.String())
	}
	return nil
}
