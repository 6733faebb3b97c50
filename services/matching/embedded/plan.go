package embedded

import (
	"maps"
	"slices"
	"strings"

	"github.com/jiebang/jiebang/services/matching/embedded/segment"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/text"
)

// vocabulary is what a schema says of words: groups of folded phrases that mean the same.
type vocabulary struct{ groups [][]string }

func newVocabulary(s engine.Schema) *vocabulary {
	v := &vocabulary{}
	for _, group := range s.Synonyms {
		var phrases []string
		for _, p := range group {
			if p = text.Fold(p); p != "" && !slices.Contains(phrases, p) {
				phrases = append(phrases, p)
			}
		}
		v.groups = append(v.groups, phrases)
	}
	return v
}

// How much what is found otherwise than as it was typed weighs.
const (
	partWeight    = 0.6 // a part of a word, or the word without its strokes
	nearWeight    = 0.4 // a word that differs in one letter
	synonymWeight = 0.6
	mostClauses   = 128 // of a search; the rarest are taken
)

// clause is something asked for, and where each segment has it.
type clause struct {
	terms  [][]found // by segment
	df     int       // in how many documents it is
	rarity float64   // the inverse of that
	weight float64   // of its score
	cover  float64   // of the question, how much it is
}

// found is a term of a segment that answers a clause.
type found struct {
	term   int
	weight float32
}

// question is a text that was typed, as an index understands it.
type question struct {
	clauses []clause
	asked   float64 // what covers the question
	also    string  // phrases that were looked for beside it
	empty   bool    // it has no term
}

// ask reads what was typed.
func (x *index) ask(typed string) question {
	folded := text.Fold(typed)
	var q question
	seen := map[string]int{}
	text.Each(folded, func(t text.Term) {
		if _, ok := seen[t.Text]; ok {
			return
		}
		seen[t.Text] = len(q.clauses)
		q.clauses = append(q.clauses, x.clause(t))
	})
	q.empty = len(q.clauses) == 0
	for _, c := range q.clauses {
		q.asked += c.cover
	}
	x.askHomophones(&q, seen)
	x.askSynonyms(&q, folded, seen)
	x.askPinyin(&q, folded)
	q.clauses = slices.DeleteFunc(q.clauses, func(c clause) bool { return c.df == 0 })
	if len(q.clauses) > mostClauses {
		slices.SortStableFunc(q.clauses, func(a, b clause) int { return a.df - b.df })
		q.clauses = q.clauses[:mostClauses]
		q.asked = 0
		for _, c := range q.clauses {
			q.asked += c.cover
		}
	}
	return q
}

// clause looks a term up in every segment.
func (x *index) clause(t text.Term) clause {
	c := clause{weight: 1, terms: make([][]found, len(x.views))}
	if t.Kind == text.Part || t.Kind == text.Joined {
		c.weight = partWeight
	}
	near := 0
	for i := range x.views {
		v := &x.views[i]
		if t.Kind == text.Lone {
			c.df += c.add(i, v, v.Holding(t.Text), 1)
			continue
		}
		if at, ok := v.Find(t.Text); ok {
			c.df += c.add(i, v, []int{at}, 1)
		}
		if t.Kind == text.Word {
			near += c.add(i, v, v.Near(t.Text), nearWeight)
		}
	}
	if c.df == 0 {
		c.df = near
	}
	x.weigh(&c)
	if t.Kind == text.Part && short(t.Text) {
		c.cover = 0
	}
	return c
}

// short reports whether a part of a code or a measure is a number of one or two digits, which says nothing without the rest: 15 minutes are no GCr15, but a
// Q235 may be a Q235B.
func short(part string) bool {
	const digits = "0123456789"
	return strings.Trim(part, digits+".") == "" && len(strings.ReplaceAll(part, ".", "")) < 3
}

// add answers the clause with terms of a segment, and returns how many documents have them.
func (c *clause) add(n int, v *segment.View, terms []int, weight float32) (df int) {
	for _, t := range terms {
		c.terms[n] = append(c.terms[n], found{t, weight})
		df += v.Count(t)
	}
	return df
}

// weigh sets what a clause covers by how rare it is; nothing, if nothing has it.
func (x *index) weigh(c *clause) {
	if c.df > 0 {
		c.rarity = x.rarity(c.df)
		c.cover = c.weight * c.rarity
	}
}

// askSynonyms adds, for each phrase of a group that was asked for, the others of the group. All of one of them covers what
// the phrase covers, and scores less.
func (x *index) askSynonyms(q *question, folded string, seen map[string]int) {
	own := len(q.clauses)
	for _, group := range x.plan.groups {
		i := slices.IndexFunc(group, func(p string) bool { return stands(folded, p) })
		if i < 0 {
			continue
		}
		var covered float64
		for _, t := range text.Terms(group[i]) {
			if at, ok := seen[t]; ok && at < own {
				covered += q.clauses[at].cover
			}
		}
		unknown := covered == 0
		for j, phrase := range group {
			if j == i || stands(folded, phrase) {
				continue
			}
			var fresh []clause
			var sum float64
			text.Each(phrase, func(t text.Term) {
				if c := x.clause(t); c.df > 0 {
					fresh = append(fresh, c)
					sum += c.cover
				}
			})
			if unknown && sum > covered {
				q.asked += sum - covered
				covered = sum
			}
			for _, c := range fresh {
				c.cover *= covered / sum
				c.weight *= synonymWeight * covered / sum
				q.clauses = append(q.clauses, c)
			}
			q.also += " " + phrase
		}
	}
}

// mostHomophones is how many pairs that no document has are taken for slips of the ear, or of an input method.
const mostHomophones = 4

// askHomophones looks for pairs that sound like those that no document has.
func (x *index) askHomophones(q *question, seen map[string]int) {
	slips := 0
	for _, term := range slices.Sorted(maps.Keys(seen)) {
		c := &q.clauses[seen[term]]
		spelt := strings.Fields(text.PinyinOf(term))
		if c.df > 0 || len(spelt) != 2 || slips == mostHomophones {
			continue
		}
		slips++
		for i := range x.views {
			c.df += c.add(i, &x.views[i], x.views[i].Sounding(spelt[0], spelt[1]), nearWeight)
		}
		x.weigh(c)
		c.cover *= nearWeight
		q.asked += c.cover
	}
}

// stands reports whether a phrase stands in a text, not as a part of a Latin word.
func stands(folded, phrase string) bool {
	for at := 0; ; {
		i := strings.Index(folded[at:], phrase)
		if i < 0 {
			return false
		}
		start, end := at+i, at+i+len(phrase)
		if !(start > 0 && latin(folded[start-1]) && latin(phrase[0])) && !(end < len(folded) && latin(folded[end]) && latin(phrase[len(phrase)-1])) {
			return true
		}
		at = start + 1
	}
}

func latin(b byte) bool { return b >= 'a' && b <= 'z' || b >= '0' && b <= '9' }

// askPinyin adds the pairs of Han characters that Latin words of the question may spell: of words that no document has, and of syllables that were
// typed apart.
func (x *index) askPinyin(q *question, folded string) {
	for _, run := range strings.FieldsFunc(folded, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r == ' ' || r == '\'') }) {
		words := strings.Fields(run)
		if spelt := text.Syllables(run); len(spelt) > 1 && len(words) == len(spelt) {
			x.sound(q, spelt)
			continue
		}
		for _, w := range words {
			if x.count(w) == 0 {
				x.sound(q, text.Syllables(w))
			}
		}
	}
}

func (x *index) sound(q *question, spelt []string) {
	for i := 1; i < len(spelt); i++ {
		c := clause{weight: 1, terms: make([][]found, len(x.views))}
		for j := range x.views {
			v := &x.views[j]
			c.df += c.add(j, v, v.Sounding(spelt[i-1], spelt[i]), 1)
		}
		x.weigh(&c)
		q.clauses = append(q.clauses, c)
		q.asked += c.cover
	}
}
