// Package redflag has the auditor's red flags: rules that ask questions of what is recorded.
//
//   - A finding is a question with the facts that raise it. It is neither a verdict nor a mark on a firm, and nothing is decided by one.
//   - A rule that lacks a fact says which. It never says that there is nothing.
//   - Parameters are dated data: what is about a day is judged by the parameters in force on that day, for ever.
//   - Rules read facts that everyone who monitors may know: no sealed bid, nobody's draft.
package redflag

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// Outcome is what a rule says of a subject.
type Outcome string

// The outcomes. There is none that says that nothing is wrong.
const (
	Found     Outcome = "found"
	Undecided Outcome = "undecided" // facts are missing
)

// Evidence is a fact that a finding rests on.
type Evidence struct {
	Name     string `json:"name"`
	Value    string `json:"value"`
	Record   string `json:"record"` // resource name
	Sequence int64  `json:"sequence"`
}

// Finding is what a rule says of one subject.
type Finding struct {
	ID            string     `json:"id"`
	Rule          string     `json:"rule"`
	RuleVersion   int        `json:"rule_version"`
	Outcome       Outcome    `json:"outcome"`
	Subject       string     `json:"subject"`
	Organizations []string   `json:"organizations,omitempty"` // ids
	Date          string     `json:"date"`
	Text          string     `json:"text"`
	Evidence      []Evidence `json:"evidence,omitempty"`
	Parameters    Set        `json:"parameters"`
	Missing       []Fact     `json:"missing,omitempty"`
}

// Encode writes a finding as a case keeps it.
func Encode(f Finding) string {
	b, err := json.Marshal(f)
	if err != nil {
		panic(err) // it is made of texts and numbers
	}
	return string(b)
}

// Decode reads what Encode writes.
func Decode(text string) (f Finding, err error) { return f, json.Unmarshal([]byte(text), &f) }

// About reports whether a finding has to do with a resource: it is its subject, it holds evidence, or it is one of its organizations.
func (f Finding) About(name string) bool {
	within := func(record string) bool { return record == name || strings.HasPrefix(record, name+"/") }
	return within(f.Subject) || slices.ContainsFunc(f.Evidence, func(e Evidence) bool { return within(e.Record) }) ||
		slices.ContainsFunc(f.Organizations, func(o string) bool { return "organizations/"+o == name })
}

// Rule is a red flag.
type Rule struct {
	Code, Name, Meaning string
	Version             int // another one may find otherwise from the same facts
	Parameters          []Parameter
	Needs               []Fact
	Unrecorded          []Fact // would belong to it, and nobody records them here
	find                func(*scan)
}

// Coverage is what a rule has looked at.
type Coverage struct {
	Rule                       string
	Examined, Found, Undecided int
	Missing                    []Fact
}

// Report is what rules say.
type Report struct {
	Findings []Finding // newest first
	Coverage []Coverage
}

// Rules are all rules, by code.
func Rules() []Rule { return slices.Clone(rules) }

var rules = []Rule{shortPeriod, singleBidder, priceDistance, sameBids, lateWinner, disqualification, manyFields, alwaysLoses, hastyContract, relatedParties,
	nearThreshold, unpaid, bigAmendment, periodEnd, countedTwice, allTechnology, knownPair, tiedExpert}

// Faults of red flags.
var (
	ErrRule      = fault.New(fault.Invalid, "RULE_UNKNOWN", "there is no such rule")
	ErrFinding   = fault.New(fault.NotFound, "FINDING_NOT_FOUND", "the facts as they stand raise no such finding about the case's subject")
	ErrUndecided = fault.New(fault.Precondition, "FINDING_UNDECIDED", "the rule could not be decided, so that it opens no case")
	ErrCause     = fault.New(fault.Invalid, "FINDING_CAUSE", "a finding goes with the cause INDICATOR, and that with a finding")
)

// Evaluate asks rules of the facts; all of them if none is named.
func Evaluate(facts *Facts, table *Table, codes []string) (Report, error) {
	for _, c := range codes {
		if !slices.ContainsFunc(rules, func(r Rule) bool { return r.Code == c }) {
			return Report{}, ErrRule.With("rule", c).At("rules")
		}
	}
	var report Report
	facts.index()
	for i := range rules {
		if len(codes) > 0 && !slices.Contains(codes, rules[i].Code) {
			continue
		}
		s := &scan{Facts: facts, table: table, rule: &rules[i], coverage: Coverage{Rule: rules[i].Code}}
		s.rule.find(s)
		if len(s.rule.Unrecorded) > 0 {
			s.blind("unrecorded", s.rule.Unrecorded...)
		}
		report.Findings = append(report.Findings, s.findings...)
		report.Coverage = append(report.Coverage, s.coverage)
	}
	slices.SortFunc(report.Findings, Newer)
	return report, nil
}

// Newer orders findings: the newest first.
func Newer(a, b Finding) int { return cmp.Compare(b.Key(), a.Key()) }

// Key is where a finding stands among others: a greater one comes first.
func (f Finding) Key() string { return f.Date + " " + f.ID }

// scan is a rule at work.
type scan struct {
	*Facts
	table    *Table
	rule     *Rule
	findings []Finding
	coverage Coverage
}

// subject is what a rule looks at.
type subject struct {
	Record
	day           string // decides which parameters are in force
	organizations []string
	key           string // tells several findings of one subject apart
}

func (u subject) keyed(key string) subject { u.key = key; return u }

// in returns the parameters in force on the day of a subject.
func (s *scan) in(u subject) Set { return s.table.InForce(s.rule.Code, u.day) }

// saw counts a subject that is looked at.
func (s *scan) saw() { s.coverage.Examined++ }

func (s *scan) add(u subject, outcome Outcome, text string, evidence []Evidence, missing []Fact) {
	set := s.in(u)
	sum := sha256.Sum256(fmt.Appendf(nil, "%s@%d/%d\n%s\n%s\n%s", s.rule.Code, s.rule.Version, set.Version, outcome, u.Name, u.key))
	organizations := slices.DeleteFunc(slices.Clone(u.organizations), func(o string) bool { return o == "" })
	s.findings = append(s.findings, Finding{ID: s.rule.Code + "-" + hex.EncodeToString(sum[:8]), Rule: s.rule.Code, RuleVersion: s.rule.Version, Outcome: outcome, Subject: u.Name,
		Organizations: organizations, Date: u.day, Text: text, Evidence: evidence, Parameters: set, Missing: missing})
}

// raise says that the facts about a subject raise the question of the rule.
func (s *scan) raise(u subject, text string, evidence ...Evidence) {
	s.coverage.Found++
	s.add(u, Found, text, evidence, nil)
}

// lack says which facts about a subject are missing.
func (s *scan) lack(u subject, missing ...Fact) {
	s.coverage.Undecided++
	s.note(missing)
	s.add(u.keyed("lack "+u.key), Undecided, "缺少事实,无法判断:"+names(missing), []Evidence{u.says("record", u.Name)}, missing)
}

// blind says which facts are missing for the whole ledger.
func (s *scan) blind(key string, missing ...Fact) {
	s.note(missing)
	u := subject{Record: s.Ledger, day: Day(s.Now), key: "blind " + key}
	s.add(u, Undecided, "本账本缺少事实,该规则对此不作判断:"+names(missing), nil, missing)
}

func (s *scan) note(missing []Fact) {
	for _, m := range missing {
		if !slices.Contains(s.coverage.Missing, m) {
			s.coverage.Missing = append(s.coverage.Missing, m)
		}
	}
}

func names(missing []Fact) string {
	all := make([]string, len(missing))
	for i, m := range missing {
		all[i] = m.Name()
	}
	return strings.Join(all, "、")
}

// Day is the day of an instant, China Standard Time.
func Day(t time.Time) string { return t.In(demand.Zone).Format(time.DateOnly) }

// stamp writes an instant.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }
