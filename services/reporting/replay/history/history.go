// Package history follows the entries of a ledger from the first one: what each may say depends on those before it. It says what does not fit.
package history

import (
	"fmt"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/keeping/custodian"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/reporting/replay/history/certificates"
	"github.com/jiebang/jiebang/services/reporting/replay/history/doubts"
	"github.com/jiebang/jiebang/services/reporting/replay/history/together"
)

// History is what the entries so far come to.
type History struct {
	subjects map[string]*subject
	numbers  map[string]string     // number → subject
	terms    map[string]seal.Terms // policy → what bids are sealed under
	postings []Posting
	withheld int
	clock    doubts.Clock
	bodies   together.Bodies
}

// New returns the history of a ledger without entries.
func New() *History {
	return &History{subjects: map[string]*subject{}, numbers: map[string]string{}, terms: map[string]seal.Terms{}, bodies: together.Bodies{}}
}

// Withhold takes an entry of which the hash alone is there: it tells of a bid that is not opened yet, or covers for one.
func (r *History) Withhold() { r.withheld++ }

// LastEntry is the sequence of the last entry about a subject, and false if there is none.
func (r *History) LastEntry(name string) (int64, bool) {
	s, ok := r.subjects[name]
	if !ok {
		return 0, false
	}
	return s.last, true
}

// Subjects calls f for each subject.
func (r *History) Subjects(f func(name string)) {
	for name := range r.subjects {
		f(name)
	}
}

// subject is what is remembered of something that entries are about.
type subject struct {
	thing    string // what it is, from its first entry on
	state    string
	version  int64
	last     int64     // sequence of its last entry
	fixed    string    // the columns that may not change any more
	asked    string    // of a demand: what of them a material amendment changes
	forever  string    // of a demand: what of them no amendment changes
	owner    string    // of what is offered, or of a demand
	deadline time.Time // of a demand
	winner   string    // of a demand: id of the winning bid
	live     int       // of a demand: submitted bids
	vetted   string    // of a demand: what was submitted to be vetted
	material int64     // of a demand: sequence of its last material amendment
	settled  int64     // of a bid: sequence of its last submission, replacement or confirmation
	digest   string    // of a bid: what was submitted
	policy   string    // of a bid: what that is sealed under
	united   string    // of a bid: its consortium
	signed   string    // of a contract: who of a consortium has signed
	least    int       // of a demand: fewer bids, and it fails
	works    *works    // of a contract that came into force
	sides    string    // of a contract
	text     int       // of a contract: which text of it
	accepted money.Fen // of a milestone
	received time.Time // of a bid: when that was
	judging  *judging  // of a demand: how its bids are judged
	bids     *together.Bids

	register certificates.Certificate // of a registration
}

// rule checks an entry. It is given what is remembered of the entry's subject, and whether that had an entry before.
type rule func(r *History, e *entry.Entry, s *subject, event string, known bool) error

// rules are those by the thing that an entry is about.
var rules = map[string]rule{
	"demand":       (*History).applyDemand,
	"bid":          (*History).applyBid,
	"contract":     (*History).applyContract,
	"amendment":    (*History).applyAmendment,
	"milestone":    (*History).applyMilestone,
	"payment":      (*History).applyPayment,
	"registration": (*History).applyRegistration,
	"evaluation":   (*History).applyEvaluation,
	"sheet":        (*History).applySheet,
	"objection":    (*History).applyObjection,
	"achievement":  offers(achievementOffer),
	"profile":      offers(profileOffer),
	"file":         applyFile,
	"export":       applyExport,
	"organization": follows("机构", organizationEvents, party.Machine),
	"member":       follows("成员", memberEvents, party.MemberMachine),
	"approval":     follows("批准", approvalEvents, party.ApprovalMachine),
	"person":       follows("账号", personEvents, party.PersonMachine),
	"session":      follows("账号", personEvents, party.PersonMachine),
	"custodian":    follows("密钥保管人", custodianEvents, custodian.Machine),
	"sealing":      (*History).applySealing,
	"opening":      (*History).applyOpening,
	"opinion":      (*History).applyAside,
	"question":     (*History).applyAside,
	"disclosure":   (*History).applyAside,
	"closure":      once, // what was counted is for the replay
	"token":        nil,
	"ledger":       (*History).applyLedger,

	"registry_record": nil, // what a registry says of others is compared, and decides nothing
}

// Apply checks an entry against those before it, and calls wrong for what does not fit.
func (r *History) Apply(e *entry.Entry, wrong func(column, text string)) {
	thing, event, _ := strings.Cut(e.Kind, ".")
	if thing == "cover" { // it is about nothing
		if !bare(e) {
			wrong("", "掩护账目不应有内容")
		}
		return
	}
	s, known := r.subjects[e.Subject]
	if !known {
		s = &subject{thing: subjectOf(thing)}
		r.subjects[e.Subject] = s
	}
	if s.thing != subjectOf(thing) { // else it could be moved past its own rule
		wrong("", fmt.Sprintf("账目类型 %s 与该对象此前的账目不是一类(%s)", e.Kind, s.thing))
	}
	if thing == "organization" {
		r.bodies.Note(e)
	}
	if thing != "ledger" {
		version, err := entry.ParseInt(value(e, "version"))
		if err != nil || version != s.version+1 {
			wrong("version", fmt.Sprintf("版本应为 %d,实为 %s", s.version+1, value(e, "version")))
		}
		s.version = version
	}
	rule, ok := rules[thing]
	if !ok {
		wrong("", "未知的账目类型 "+e.Kind)
	} else if rule != nil {
		if err := rule(r, e, s, event, known); err != nil {
			wrong("", err.Error())
		}
	}
	s.state, s.last = value(e, "state"), e.Sequence
}

// subjectOf is what an entry's subject is: a login of weight is about the person.
func subjectOf(thing string) string {
	if thing == "session" {
		return "person"
	}
	return thing
}

// once is the rule of what has one entry for ever.
func once(_ *History, _ *entry.Entry, _ *subject, event string, known bool) error {
	if known {
		return fmt.Errorf("账目 %s 的次序不对", event)
	}
	return nil
}

func value(e *entry.Entry, column string) string {
	v, _ := e.Row.Get(column)
	return v
}

// fixedColumns joins the columns that an event has fixed for ever.
func fixedColumns(e *entry.Entry, columns ...string) string {
	var b strings.Builder
	for _, c := range columns {
		v, ok := e.Row.Get(c)
		fmt.Fprintf(&b, "%s %t %d %s\n", c, ok, len(v), v)
	}
	return b.String()
}
