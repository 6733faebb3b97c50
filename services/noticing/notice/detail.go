package notice

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/codes"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/posting/detail"
)

// details is the column of a demand's structured content, which is compared part by part.
const details = "details"

// spread adds the parts of a demand's structured content to its values, under the names of their fields.
func spread(kept map[string]string) map[string]string {
	d, err := detail.Decode(kept[details])
	if err != nil {
		return kept // what cannot be read is not told
	}
	all := maps.Clone(kept)
	texts := func(n int, text func(int) string) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = text(i)
		}
		return strings.Join(parts, "、")
	}
	for name, v := range map[string]string{
		"indicators":        texts(len(d.Indicators), func(i int) string { return d.Indicators[i].String() }),
		"waiver":            d.Waiver,
		"restatement":       d.Restatement,
		"industries":        texts(len(d.Industries), func(i int) string { return d.Industries[i] }),
		"disciplines":       texts(len(d.Disciplines), func(i int) string { return d.Disciplines[i] }),
		"cooperation_modes": texts(len(d.Modes), func(i int) string { return modes[d.Modes[i]] }),
		"property_terms":    d.Property,
		"trl_now":           level(d.TRLNow),
		"trl_wanted":        level(d.TRLWanted),
		"delivery":          d.Delivery,
		"criteria":          texts(len(d.Criteria), func(i int) string { return fmt.Sprintf("%s %d%%", d.Criteria[i].Name, d.Criteria[i].Weight) }),
	} {
		all[details+"."+name] = v
	}
	return all
}

// level is a level of technology readiness; 0 is not given.
func level(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// asked is what a firm asks to be let change of its published demand.
func asked(row entry.Row) []Change {
	p, err := detail.DecodePending(value(row, "pending"))
	if err != nil || p.Amendment == nil {
		return nil
	}
	before := values("demand", row)
	after := maps.Clone(before)
	for _, f := range p.Amendment.Fields {
		switch f {
		case "description":
			after[f] = p.Amendment.Description
		case details:
			after[f] = p.Amendment.Details
		case "budget":
			if delete(after, "budget_fen"); p.Amendment.BudgetFen != nil {
				after["budget_fen"] = strconv.FormatInt(*p.Amendment.BudgetFen, 10)
			}
		case "deadline":
			if t, err := time.Parse(time.RFC3339Nano, p.Amendment.Deadline); err == nil {
				after[f] = t.UTC().Format(entry.TimeLayout)
			}
		}
	}
	return Diff("demand", before, after)
}

// cancellation is why a firm asks for the cancellation of its demand.
func cancellation(pending string) string {
	p, err := detail.DecodePending(pending)
	if err != nil {
		return ""
	}
	text := named(p.Cancel, codes.CancellationReason)
	if p.Text != "" {
		text += ";" + p.Text
	}
	return text
}

// comments are what the bureau says about the fields of a demand that it returns.
func comments(text string) string {
	all, err := detail.DecodeComments(text)
	if err != nil {
		return ""
	}
	parts := make([]string, len(all))
	for i, c := range all {
		parts[i] = label(c.Field) + ":" + c.Text
	}
	return strings.Join(parts, ";")
}

// label is what people call a field of a demand; one that has no name is called by its path.
func label(path string) string {
	of := columns["demand"]
	i := slices.IndexFunc(of, func(c column) bool { return c.label != "" && strings.HasPrefix(path, c.field) })
	if i < 0 {
		return path
	}
	return of[i].label
}
