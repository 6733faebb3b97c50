package notice

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/codes"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// Kept is what is kept of an entry's subject, to compare with its next entry. Nil if nothing is: of a demand that its firm is still writing, for one.
func Kept(e *entry.Entry) map[string]string {
	of := thing(e.Kind)
	if len(columns[of]) == 0 || of == "demand" && writing[demand.State(value(e.Row, "state"))] {
		return nil
	}
	kept := values(of, e.Row)
	if of == "evaluation" {
		kept[act] = e.Kind
	}
	return kept
}

// writing are the states of a demand in which its firm writes it. What it was before stays, to be compared with what is submitted again.
var writing = map[demand.State]bool{demand.Draft: true, demand.Returned: true}

// act is the name under which is kept what was last done to an evaluation.
const act = "act"

// values are the values of a row that are kept of a thing.
func values(thing string, row entry.Row) map[string]string {
	kept := map[string]string{}
	for _, c := range columns[thing] {
		if v, ok := row.Get(c.name); ok {
			kept[c.name] = v
		}
	}
	if thing == "demand" {
		kept[details] = value(row, details) // so that one that was kept before this was can be told from one that has none
	}
	return kept
}

// Diff is what has changed between two versions of a thing; nothing is told of a first version.
func Diff(thing string, before, after map[string]string) (all []Change) {
	if before == nil {
		return nil
	}
	if _, known := before[details]; known {
		before, after = spread(before), spread(after)
	}
	for _, c := range columns[thing] {
		if c.label == "" || before[c.name] == after[c.name] {
			continue
		}
		all = append(all, Change{Field: c.field, Label: c.label, Before: shown(c.name, before[c.name]), After: shown(c.name, after[c.name])})
	}
	return all
}

// sentence tells changes: 截止时间由 … 改为 ….
func sentence(changes []Change) string {
	var parts []string
	for _, c := range changes {
		parts = append(parts, fmt.Sprintf("%s由 %s 改为 %s", c.Label, or(c.Before), or(c.After)))
	}
	if len(parts) == 0 {
		return ""
	}
	return ":" + strings.Join(parts, ";")
}

func or(text string) string {
	if text == "" {
		return "(无)"
	}
	return text
}

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

// Fill writes a text whose values are not of an entry.
func Fill(kind string, values map[string]string) string {
	for _, r := range rules {
		if r.Kind == kind {
			return fill(r.Text, nil, values)
		}
	}
	return ""
}

// fill puts values into a text: those of the row, or else those of what it is about.
func fill(text string, row entry.Row, about map[string]string) string {
	return placeholder.ReplaceAllStringFunc(text, func(p string) string {
		name, of := strings.CutPrefix(strings.Trim(p, "{}"), "of_")
		v, ok := row.Get(name)
		if of || !ok {
			v = about[name]
		}
		return or(shown(name, v))
	})
}

// most runes of a value are shown.
const most = 120

// shown is a value as people read it.
func shown(column, v string) string {
	switch {
	case v == "":
		return ""
	case column == "deadline" || strings.HasSuffix(column, "_at") || strings.HasSuffix(column, "_until"):
		if t, err := time.Parse(entry.TimeLayout, v); err == nil {
			return t.In(demand.Zone).Format("2006-01-02 15:04")
		}
	case strings.HasSuffix(column, "_fen"):
		if n, err := strconv.ParseInt(v, 10, 64); err == nil {
			return money.Fen(n).String() + " 元"
		}
	case column == "action" && together[v] != "":
		return together[v]
	case column == "failure":
		return failures[v]
	case column == "kind":
		return payments[v]
	case column == "field":
		return named(v, codes.TechnologyField)
	case column == "class":
		return named(v, codes.ContractClass)
	case column == "text_digest":
		return v[:min(16, len(v))]
	case column == "reason":
		v = named(v, codes.RejectionReason, codes.CancellationReason)
	case column == "comments":
		v = comments(v)
	case column == "pending":
		v = cancellation(v)
	}
	return cut(v)
}

// cut shortens a text to what is shown.
func cut(v string) string {
	n := 0
	for i := range v {
		if n++; n > most {
			return v[:i] + "…"
		}
	}
	return v
}

// named is the Chinese name of a code, as entries write it; a text that is no code of the lists is itself.
func named(code string, lists ...codes.List) string {
	for _, l := range lists {
		if c, ok := codes.Lookup(l, strings.ToUpper(code)); ok {
			return c.Name
		}
	}
	return code
}
