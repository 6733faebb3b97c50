package match

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jiebang/jiebang/services/matching/text"
)

// Facts are what is known of a pair beside its texts.
type Facts struct {
	SameField bool
	Mature    bool // proven beyond the laboratory
	Contracts int  // signed here by whoever offers it
}

// Kind is the kind of a reason.
type Kind string

// The kinds of reasons.
const (
	SharedTerms   Kind = "shared_terms"
	Description   Kind = "description"
	Alike         Kind = "meaning"
	SameField     Kind = "field"
	Stage         Kind = "stage"
	PastContracts Kind = "past_contracts"
	Indicator     Kind = "indicator"
)

// Reason is a part of a score, in thousandths of the best that could be.
type Reason struct {
	Kind   Kind
	Text   string
	Terms  []string
	Weight int
}

// mostTerms of a reason are told.
const mostTerms = 6

// manyContracts is from how many contracts on more say no more.
const manyContracts = 5

// Explain scores a pair and says why. The weights of the reasons add up to the score.
func (q *Query) Explain(c *Candidate, asks, offers Text, facts Facts) (score int, reasons []Reason) {
	m := q.matcher.Model
	f := q.Compare(c)
	best := m.best()
	add := func(kind Kind, share float64, said string, terms []string) {
		if w := int(1000*share/best + 0.5); w > 0 {
			reasons = append(reasons, Reason{kind, said, terms, w})
			score += w
		}
	}
	title := shared(offers.Title+" "+offers.Body, asks.Title, nil)
	body := shared(offers.Title+" "+offers.Body, asks.Body, title)
	add(SharedTerms, m.Weights[Title]*f[Title], told("需求标题中的词也出现在其中", title), title)
	add(Description, m.Weights[Body]*f[Body], told("需求说明中的词也出现在其中", body), body)
	alike := q.alike(asks, offers)
	add(Alike, m.Weights[Meaning]*f[Meaning]+m.Weights[Cover]*f[Cover], told("含义相近", alike), alike)
	if measures := measures(asks, offers); len(measures) > 0 {
		add(Indicator, m.Bonuses.Indicator, told("提到了需求的指标", measures), measures)
	}
	if facts.SameField {
		add(SameField, m.Bonuses.Field, "技术领域相同", nil)
	}
	if facts.Mature {
		add(Stage, m.Bonuses.Stage, "已走出实验室(中试或产业化)", nil)
	}
	if facts.Contracts > 0 {
		add(PastContracts, m.Bonuses.Contracts*float64(min(facts.Contracts, manyContracts))/manyContracts, "所在单位在本平台签订过合同", nil)
	}
	slices.SortStableFunc(reasons, func(a, b Reason) int { return b.Weight - a.Weight })
	return score, reasons
}

// best is the score that no pair exceeds.
func (m *Model) best() (sum float64) {
	for _, w := range m.Weights {
		sum += w
	}
	return sum + m.Bonuses.Field + m.Bonuses.Stage + m.Bonuses.Contracts + m.Bonuses.Indicator
}

func told(what string, terms []string) string {
	if len(terms) == 0 {
		return what
	}
	return what + ":" + strings.Join(terms, "、")
}

// shared are the runs of one text, of two characters or more, that stand in another, longest first, without those told before.
func shared(in, of string, before []string) (terms []string) {
	for _, at := range text.Marks(in, of) {
		run := strings.Trim(in[at[0]:at[1]], " 、,，。;；")
		if utf8.RuneCountInString(run) >= 2 && !slices.Contains(terms, run) && !slices.ContainsFunc(before, func(b string) bool { return strings.Contains(b, run) }) {
			terms = append(terms, run)
		}
	}
	slices.SortStableFunc(terms, func(a, b string) int { return utf8.RuneCountInString(b) - utf8.RuneCountInString(a) })
	return terms[:min(mostTerms, len(terms))]
}

// alike are words of the two titles that are written otherwise and mean alike.
func (q *Query) alike(asks, offers Text) (terms []string) {
	const close = 0.55
	t := q.matcher.Table
	words := func(s string) (all []string) {
		runs(text.Fold(s), func(run string) { all = append(all, t.Words(run)...) })
		return all
	}
	for _, a := range words(asks.Title) {
		v := t.vector(t.rank[a])
		for _, o := range words(offers.Title) {
			w := t.vector(t.rank[o])
			if utf8.RuneCountInString(a) < 2 || utf8.RuneCountInString(o) < 2 || strings.Contains(a, o) || strings.Contains(o, a) || v.dot(&w) < close {
				continue
			}
			if pair := a + "—" + o; len(terms) < mostTerms && !slices.Contains(terms, pair) {
				terms = append(terms, pair)
			}
		}
	}
	return terms
}

// measures are the numbers with their units, of at least two characters, that are in both texts.
func measures(asks, offers Text) (terms []string) {
	numbers := func(t Text) (all []string) {
		text.Each(text.Fold(t.Title+" "+t.Body), func(x text.Term) {
			if x.Kind == text.Word && strings.IndexFunc(x.Text, unicode.IsDigit) >= 0 && strings.IndexFunc(x.Text, notNumber) >= 0 {
				all = append(all, strings.Clone(x.Text))
			}
		})
		return all
	}
	offered := numbers(offers)
	for _, n := range numbers(asks) {
		if slices.Contains(offered, n) && !slices.Contains(terms, n) {
			terms = append(terms, n)
		}
	}
	return terms[:min(mostTerms, len(terms))]
}

func notNumber(r rune) bool { return !unicode.IsDigit(r) && r != '.' }
