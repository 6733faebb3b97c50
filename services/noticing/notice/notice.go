// Package notice says what a ledger entry tells whom. It is pure: Tell is given an entry, what its subject was before, and what it is about.
//
//   - What is not in the table is told nobody. Nothing in it depends on a bid before its opening.
//   - A text is made of what its receiver could read at the time of the entry.
//   - The texts and how long a notice is kept are data.
package notice

import (
	"slices"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// ErrKind says that there are no notices of a kind.
var ErrKind = fault.New(fault.NotFound, "NOTICE_KIND_NOT_FOUND", "there are no notices of this kind")

// Audience is whom a rule is for, in relation to the entry.
type Audience string

// The audiences.
const (
	Owner     Audience = "本机构"  // the organization that the entry names
	Bidders   Audience = "揭榜方"  // the organizations with a live bid for the demand; each may know of its own bid
	Sides     Audience = "合同各方" // buyer, seller and broker
	Requester Audience = "申请人"  // the person who asked for an approval
	Person    Audience = "本人"   // the person of a membership, or of a saved search
)

// Rule is what one kind of entry tells one audience.
type Rule struct {
	Kind string   // of the entry; or of what the platform itself has to tell
	To   Audience //
	Text string   // {name} is a value of the entry's row, or of what the entry is about
	Diff bool     // tell what has changed, and nothing if nothing has
	But  string   // not for a demand that failed for this reason
}

// Change is a field that has changed, as people read it.
type Change struct {
	Field  string `json:"field"`
	Label  string `json:"label"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Item is something of a digest.
type Item struct {
	Subject string   `json:"subject"`
	Title   string   `json:"title"`
	Fresh   bool     `json:"fresh"`
	Reasons []string `json:"reasons"`
}

// Draft is a notice before it has a receiver.
type Draft struct {
	To      Audience
	Text    string
	Changes []Change
}

// Tell makes what an entry tells. Before is what was kept of its subject, about what was kept of the demand of a bid.
func Tell(e *entry.Entry, before, about map[string]string) (all []Draft) {
	for _, r := range rules {
		if r.Kind != e.Kind || r.But != "" && value(e.Row, "failure") == r.But {
			continue
		}
		d := Draft{To: r.To}
		if r.Diff {
			if d.Changes = Diff(thing(e.Kind), before, Kept(e)); len(d.Changes) == 0 {
				continue
			}
		}
		d.Text = fill(r.Text, e.Row, about) + sentence(d.Changes)
		all = append(all, d)
	}
	return all
}

// About is the subject whose kept values an entry's text needs: the demand of a bid. Empty if it needs none.
func About(e *entry.Entry) string {
	demand, _, isBid := strings.Cut(e.Subject, "/bids/")
	if !isBid {
		return ""
	}
	return demand
}

// thing is what an entry is about, such as demand.
func thing(kind string) string {
	t, _, _ := strings.Cut(kind, ".")
	return t
}

func value(row entry.Row, name string) string {
	v, _ := row.Get(name)
	return v
}

// Kind is a kind of notice as people choose among them.
type Kind struct {
	Name  string
	Title string
	To    []Audience
	Days  int // that a notice is kept
}

// Kinds are all kinds, in order of their names.
func Kinds() []Kind {
	var all []Kind
	for name, k := range kinds {
		out := Kind{Name: name, Title: k.title, Days: k.days}
		for _, r := range rules {
			if r.Kind == name && !slices.Contains(out.To, r.To) {
				out.To = append(out.To, r.To)
			}
		}
		all = append(all, out)
	}
	slices.SortFunc(all, func(a, b Kind) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Find finds a kind.
func Find(name string) (Kind, error) {
	all := Kinds()
	if i := slices.IndexFunc(all, func(k Kind) bool { return k.Name == name }); i >= 0 {
		return all[i], nil
	}
	return Kind{}, ErrKind.With("kind", name)
}

// Expires is when a notice of a kind that came at an instant is deleted.
func Expires(kind string, at time.Time) time.Time {
	return at.Add(time.Duration(kinds[kind].days) * 24 * time.Hour)
}

// Tells reports whether entries of a kind tell anybody anything.
func Tells(kind string) bool {
	return slices.ContainsFunc(rules, func(r Rule) bool { return r.Kind == kind })
}
