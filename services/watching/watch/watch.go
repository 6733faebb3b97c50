// Package watch has the rules of saved searches and digests: what a search may find, and how what several found becomes one digest. It is pure.
//
//   - A thing is in a digest once, with every reason why.
//   - What was told is told again only when its contents have changed.
//   - Nobody is notified who has not said so.
package watch

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// Target is what a search finds.
type Target string

// The targets.
const (
	Demands        Target = "demands"
	Achievements   Target = "achievements"
	FittingDemands Target = "fitting_demands" // that fit what the person's organization has listed
)

// Values lists the targets for ent.
func (Target) Values() []string {
	return []string{string(Demands), string(Achievements), string(FittingDemands)}
}

// Filter is what a search admits beside its words.
type Filter struct {
	Fields    []demand.Field `json:"fields,omitempty"`
	MinBudget *money.Fen     `json:"min_budget_fen,omitempty"`
}

// Faults of saved searches.
var (
	ErrNotFound     = fault.New(fault.NotFound, "WATCH_NOT_FOUND", "you have no such saved search")
	ErrTooMany      = fault.New(fault.Precondition, "WATCH_TOO_MANY", "you have as many saved searches as you may have")
	ErrOrganization = fault.New(fault.Precondition, "WATCH_ORGANIZATION", "this wants a session that acts for an organization")
)

// Most is how many searches a person may save.
const Most = 30

// Threshold is the score, in thousandths, from which on a demand fits.
const Threshold = 400

// Every is how often a person gets a digest.
const Every = 24 * time.Hour

// Found is something that one search has found.
type Found struct {
	Subject string
	Title   string
	Print   string    // of its contents
	Public  time.Time // when it became public
	Changed time.Time // when it last changed
	Reason  string    // why
}

// Item is something of a digest.
type Item struct {
	Found
	Fresh   bool // it became public since
	Reasons []string
}

// Told is what a person was told of: the print of each subject.
type Told map[string]string

// Digest makes one digest of what searches have found, each with the instant since which it counts: in the order of the changes, each thing once, without what
// was told as it is and without what is muted.
func Digest(found map[time.Time][]Found, told Told, muted map[string]bool) []Item {
	items := map[string]*Item{}
	for since, all := range found {
		for _, f := range all {
			if !f.Changed.After(since) || muted[f.Subject] || told[f.Subject] == f.Print {
				continue
			}
			i := items[f.Subject]
			if i == nil {
				i = &Item{Found: f}
				items[f.Subject] = i
			}
			i.Fresh = i.Fresh || told[f.Subject] == "" && f.Public.After(since)
			if !slices.Contains(i.Reasons, f.Reason) {
				i.Reasons = append(i.Reasons, f.Reason)
			}
		}
	}
	out := make([]Item, 0, len(items))
	for _, i := range items {
		slices.Sort(i.Reasons)
		out = append(out, *i)
	}
	slices.SortFunc(out, func(a, b Item) int {
		return cmp.Or(a.Changed.Compare(b.Changed), strings.Compare(a.Subject, b.Subject))
	})
	return out
}

// Because is why a search has found something.
func Because(name, query string) string {
	if query == "" {
		return fmt.Sprintf("符合订阅“%s”", name)
	}
	return fmt.Sprintf("符合订阅“%s”的检索词“%s”", name, query)
}

// Next is when the digest after one that was due is due: as many whole days later as bring it past now, so that it keeps its hour.
func Next(due, now time.Time) time.Time {
	next := due.Add(Every)
	if late := now.Sub(next); late >= 0 {
		next = next.Add((late/Every + 1) * Every)
	}
	return next
}
