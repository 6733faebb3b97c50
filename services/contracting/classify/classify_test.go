package classify_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/jiebang/jiebang/services/contracting/classify"
	"github.com/jiebang/jiebang/services/contracting/contract"
)

// walk follows every answer to every question from some answers on, and calls found with each proposal that is made.
func walk(t *testing.T, day string, answers []string, found func([]string, classify.Proposal)) {
	t.Helper()
	p, err := classify.Propose(day, answers)
	if err != nil {
		t.Fatalf("%v: %v", answers, err)
	}
	if p.Rule != nil {
		found(answers, p)
		return
	}
	q := p.Asked[len(p.Asked)-1]
	if len(answers) > 6 || len(q.Options) < 2 {
		t.Fatalf("%v leads to %v", answers, q)
	}
	for _, o := range q.Options {
		walk(t, day, append(slices.Clone(answers), o.ID), found)
	}
}

// TestEveryPath follows every path under each table: each ends with a class of that table, or none, and its reason; each class of the table is reached.
func TestEveryPath(t *testing.T) {
	for _, test := range []struct {
		day, from string
		classes   []contract.Class
	}{
		{"1999-10-01", "1999-10-01", []contract.Class{contract.Development, contract.Transfer, contract.Consulting, contract.Service}},
		{"2020-12-31", "1999-10-01", []contract.Class{contract.Development, contract.Transfer, contract.Consulting, contract.Service}},
		{"2021-01-01", "2021-01-01", []contract.Class{contract.Development, contract.Transfer, contract.License, contract.Consulting, contract.Service}},
		{"2026-11-25", "2021-01-01", []contract.Class{contract.Development, contract.Transfer, contract.License, contract.Consulting, contract.Service}},
	} {
		reached := map[contract.Class]int{}
		walk(t, test.day, nil, func(answers []string, p classify.Proposal) {
			reached[p.Rule.Class]++
			if p.Table.From != test.from || !slices.Equal(p.Table.Classes, test.classes) || p.Table.Source == "" {
				t.Errorf("%s: got the table %+v", test.day, p.Table)
			}
			if p.Rule.Class != "" && !slices.Contains(test.classes, p.Rule.Class) {
				t.Errorf("%s %v: got %s, which the table lacks", test.day, answers, p.Rule.Class)
			}
			if p.Rule.ID == "" || p.Rule.Basis == "" || p.Rule.Reason == "" || len(p.Asked) != len(answers) {
				t.Errorf("%s %v: got %+v after %d questions", test.day, answers, p.Rule, len(p.Asked))
			}
		})
		if len(reached) != len(test.classes)+1 || reached[""] == 0 {
			t.Errorf("%s: reached %v", test.day, reached)
		}
	}
}

// TestProposals makes the proposals that people know.
func TestProposals(t *testing.T) {
	for _, test := range []struct {
		day     string
		answers []string
		class   contract.Class
		rule    string
	}{
		{"2026-01-05", []string{"content.create", "create.unknown"}, contract.Development, "K1-2021"},
		{"2026-01-05", []string{"content.create", "create.known", "right.assign"}, contract.Transfer, "Z1-2021"},
		{"2021-01-01", []string{"content.right", "right.licence"}, contract.License, "X1-2021"},
		{"2020-12-31", []string{"content.right", "right.licence"}, contract.Transfer, "X1-1999"},
		{"2026-01-05", []string{"content.advise", "advise.report"}, contract.Consulting, "Q1-2021"},
		{"2026-01-05", []string{"content.advise", "advise.carry", "solve.special"}, contract.Service, "F2-2021"},
		{"2026-01-05", []string{"content.train"}, contract.Service, "F1-2021"},
		{"2026-01-05", []string{"content.solve", "solve.routine"}, "", "N2-2021"},
		{"2026-01-05", []string{"content.goods"}, "", "N1-2021"},
	} {
		p, err := classify.Propose(test.day, test.answers)
		if err != nil || p.Rule == nil || p.Rule.Class != test.class || p.Rule.ID != test.rule {
			t.Errorf("%v on %s: got %+v, %v", test.answers, test.day, p.Rule, err)
		}
	}
}

// TestRefusals gives answers that may not stand there, and a day before every table.
func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		day     string
		answers []string
		want    error
	}{
		{"1999-09-30", nil, classify.ErrNoTable},
		{"2026-01-05", []string{"right.assign"}, classify.ErrAnswer},
		{"2026-01-05", []string{"content.create", "content.create"}, classify.ErrAnswer},
		{"2026-01-05", []string{"content.train", "solve.special"}, classify.ErrAnswer},
		{"2026-01-05", []string{""}, classify.ErrAnswer},
	} {
		if _, err := classify.Propose(test.day, test.answers); !errors.Is(err, test.want) {
			t.Errorf("%v on %s: got %v, want %v", test.answers, test.day, err, test.want)
		}
	}
}
