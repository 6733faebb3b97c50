// Package notice says what a ledger entry tells whom. It is pure: Tell is given an entry, what its subject was before, and what it is about.
//
//   - What is not in the table is told nobody. Nothing in it depends on a bid before its opening.
//   - Who asked a question and what an expert says on a sheet is told nobody else.
//   - A text is made of what its receiver could read at the time of the entry.
//   - The texts and how long a notice is kept are data.
package notice

import (
	"slices"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/judging/evaluation"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// ErrKind says that there are no notices of a kind.
var ErrKind = fault.New(fault.NotFound, "NOTICE_KIND_NOT_FOUND", "there are no notices of this kind")

// Audience is whom a rule is for, in relation to the entry.
type Audience string

// The audiences. Experts and officers are told as persons, each in its own inbox: not everybody who reads the inbox of their organization may read what they may.
const (
	Owner      Audience = "本机构"    // the organization that the entry names
	Demander   Audience = "发榜方"    // the firm whose demand it is about
	Bidders    Audience = "揭榜方"    // the organizations with a live bid for the demand; each may know of its own bid
	Contenders Audience = "参评方"    // the organizations whose bids for the demand were opened
	Winner     Audience = "拟中榜方"   // the organization of the bid that the demand names
	Asker      Audience = "提问方"    // the organization that asked the question; nobody else learns who that is
	Askers     Audience = "提过问的机构" // the organizations that have asked about the demand; each knows that it has
	Sides      Audience = "合同各方"   // buyer, seller and broker
	Monitored  Audience = "被监测方"   // the organizations that a case is about
	Buyer      Audience = "委托方"    // of a contract
	Seller     Audience = "受托方"    // of a contract
	Requester  Audience = "申请人"    // the person who asked for an approval
	Person     Audience = "本人"     // the person of a membership, of an opinion, or of a saved search
	Officers   Audience = "科技局人员"  // the persons of the authority who have the rule's action among their privileges
	Joined     Audience = "受聘专家"   // the experts who are on a panel and were not before
	Left       Audience = "离任专家"   // the experts who were on a panel and are not any more
	Chair      Audience = "评审组长"   // of a panel, if it judges any bid
	Scorers    Audience = "评审专家"   // the experts who judge at least one bid: of whom each bid is another's affair, none
	Expert     Audience = "专家本人"   // whose sheet it is
)

// Rule is what one kind of entry tells one audience. Of several rules for a receiver the first counts.
type Rule struct {
	Kind  string          // of the entry; or of what the platform itself has to tell
	To    Audience        //
	May   string          // the action of officers, by which they do what is to be done, or read what was
	Text  string          // {name} is a value of the entry's row, or of what the entry is about; {of_name} is always of the latter
	If    func(seen) bool // nil for always
	Diff  bool            // tell what has changed, and nothing if nothing has
	Also  bool            // tell what has changed besides, if something has
	Asked bool            // tell what a firm asks the bureau to let it change
}

// seen is what a rule looks at: the row of an entry, what its subject was before, and what it is about.
type seen struct {
	row           entry.Row
	before, about map[string]string
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
	May     string                // the action of officers
	Experts []evaluation.Panelist // the experts of an audience that a panel says
	Text    string
	Changes []Change
}

// Tell makes what an entry tells. Before is what was kept of its subject, about what was kept of what About names.
func Tell(e *entry.Entry, before, about map[string]string) (all []Draft) {
	s := seen{e.Row, before, about}
	for _, r := range rules {
		if r.Kind != e.Kind || r.If != nil && !r.If(s) {
			continue
		}
		d := Draft{To: r.To, May: r.May, Experts: experts(r.To, s)}
		switch {
		case r.Diff, r.Also:
			d.Changes = Diff(thing(e.Kind), before, Kept(e))
		case r.Asked:
			d.Changes = asked(e.Row)
		}
		if r.Diff && len(d.Changes) == 0 {
			continue
		}
		d.Text = fill(r.Text, e.Row, about) + sentence(d.Changes)
		all = append(all, d)
	}
	return all
}

// experts are the experts of an audience by the panel of an evaluation before and after an entry.
func experts(to Audience, s seen) []evaluation.Panelist {
	is, was := panel(value(s.row, "panel")), panel(s.before["panel"])
	among := func(all []evaluation.Panelist) func(evaluation.Panelist) bool {
		return func(p evaluation.Panelist) bool {
			return slices.ContainsFunc(all, func(o evaluation.Panelist) bool { return o.Expert == p.Expert })
		}
	}
	switch to {
	case Joined:
		return slices.DeleteFunc(is, among(was))
	case Left:
		return slices.DeleteFunc(was, among(is))
	case Chair:
		return slices.DeleteFunc(is, func(p evaluation.Panelist) bool { return !p.Chair })
	}
	return nil
}

// panel are those of a panel who have not left, as an entry has them.
func panel(text string) []evaluation.Panelist {
	all, err := evaluation.Decode[evaluation.Panel](text)
	if err != nil {
		return nil // nobody is told of a panel that cannot be read
	}
	return all.Active()
}

// About is the subject whose kept values an entry's text needs: the demand or the contract of what hangs on one, and the evaluation whose decision a demand
// announces. Empty if it needs none.
func About(e *entry.Entry) string {
	if e.Kind == "demand.announced" {
		return e.Subject + "/evaluation"
	}
	parts := strings.SplitN(e.Subject, "/", 3)
	if len(parts) < 3 || parts[0] != "demands" && parts[0] != "contracts" {
		return ""
	}
	return parts[0] + "/" + parts[1]
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
