// Package classify proposes the class of a technology contract 技术合同类别 from answers to a few questions, with the reason.
//
//   - The class follows from what is agreed, not from the title.
//   - Tables, questions and rules are data (questions.tsv). A table holds from a day on: a contract is classed by that of its signing date.
//   - It proposes. Who drafts the contract decides, and the registry has the last word.
package classify

import (
	_ "embed" // the questions
	"fmt"
	"slices"
	"strings"

	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/fault"
)

// Faults of proposals.
var (
	ErrNoTable = fault.New(fault.Invalid, "CLASS_DATE", "there is no table of classes for contracts this old")
	ErrAnswer  = fault.New(fault.Invalid, "CLASS_ANSWER", "the answer is none that may stand here")
)

// Table is the classes that the law knows from a day on.
type Table struct {
	From    string // 2006-01-02
	Source  string
	Classes []contract.Class
}

// Option is a possible answer to a question, and leads to the next question or, by a rule, to a class.
type Option struct {
	ID, Text string
	next     string
}

// Question is something to ask about a contract.
type Question struct {
	ID, Text string
	Options  []Option
}

// Rule is why an answer makes a class.
type Rule struct {
	ID     string
	Class  contract.Class // empty: no technology contract at all
	Basis  string         // the article
	Reason string
	from   string // the first day on which it holds
	option string
}

// Proposal is how far the answers lead: to a question that is still open, or to a rule.
type Proposal struct {
	Table Table
	Asked []Question // in their order, the open one last
	Rule  *Rule      // nil while a question is open
}

// guide is what the file says.
type guide struct {
	tables    []Table // by From
	questions map[string]*Question
	first     string
	rules     []Rule
}

//go:embed questions.tsv
var data string

var guided = read(data)

// Propose follows the answers, which are ids of options, for a contract that is signed on a day.
func Propose(signed string, answers []string) (Proposal, error) {
	at := -1
	for i, t := range guided.tables {
		if t.From <= signed {
			at = i
		}
	}
	if at < 0 {
		return Proposal{}, ErrNoTable.With("date", signed).With("from", guided.tables[0].From).At("sign_date")
	}
	p := Proposal{Table: guided.tables[at]}
	next := guided.first
	for i := 0; ; i++ {
		q := guided.questions[next]
		p.Asked = append(p.Asked, *q)
		if i == len(answers) {
			return p, nil
		}
		o := slices.IndexFunc(q.Options, func(o Option) bool { return o.ID == answers[i] })
		if o < 0 {
			return Proposal{}, ErrAnswer.With("answer", answers[i]).With("question", q.ID).At(fmt.Sprintf("answers[%d]", i))
		}
		if next = q.Options[o].next; next != "" {
			continue
		}
		if i+1 < len(answers) {
			return Proposal{}, ErrAnswer.With("answer", answers[i+1]).With("question", q.ID).At(fmt.Sprintf("answers[%d]", i+1))
		}
		p.Rule = guided.rule(q.Options[o].ID, p.Table.From)
		return p, nil
	}
}

// rule is the rule of an answer that holds under the table of a day.
func (g *guide) rule(option, from string) (found *Rule) {
	for i, r := range g.rules {
		if r.option == option && r.from <= from && (found == nil || found.from <= r.from) {
			found = &g.rules[i]
		}
	}
	return found
}

// read reads the file, whose every answer leads on or has a rule under each table.
func read(text string) *guide {
	g := &guide{questions: map[string]*Question{}}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		g.line(strings.Split(line, "\t"))
	}
	for id, q := range g.questions {
		for _, o := range q.Options {
			if o.next != "" && g.questions[o.next] == nil || o.next == "" && slices.ContainsFunc(g.tables, func(t Table) bool { return g.rule(o.ID, t.From) == nil }) {
				panic("questions.tsv: " + id + ": " + o.ID + " leads nowhere") // it is embedded
			}
		}
	}
	return g
}

func (g *guide) line(f []string) {
	switch {
	case f[0] == "table" && len(f) == 4:
		t := Table{From: f[1], Source: f[2]}
		for c := range strings.FieldsSeq(f[3]) {
			t.Classes = append(t.Classes, contract.Class(c))
		}
		g.tables = append(g.tables, t)
	case f[0] == "question" && len(f) == 3:
		if g.first == "" {
			g.first = f[1]
		}
		g.questions[f[1]] = &Question{ID: f[1], Text: f[2]}
	case f[0] == "option" && len(f) == 4:
		id, _, _ := strings.Cut(f[1], ".")
		q := g.questions[id]
		q.Options = append(q.Options, Option{ID: f[1], Text: f[3], next: strings.TrimPrefix(f[2], "-")})
	case f[0] == "rule" && len(f) == 7:
		g.rules = append(g.rules, Rule{ID: f[1], option: f[2], from: f[3], Class: contract.Class(strings.TrimPrefix(f[4], "-")), Basis: f[5], Reason: f[6]})
	default:
		panic(fmt.Sprintf("questions.tsv: %q", f))
	}
}
