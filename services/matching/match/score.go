package match

import (
	"cmp"
	"math"
	"slices"

	"github.com/jiebang/jiebang/services/matching/text"
)

// Text is one side of a pair: a title, with keywords if it has any, and what is said under it.
type Text struct{ Title, Body string }

// Feature names a part of a score.
type Feature string

// The features that rest on texts. Title and Text are the cosines by characters and pairs.
const (
	Title   Feature = "title"
	Body    Feature = "text"
	Meaning Feature = "meaning"
	Cover   Feature = "cover"
)

// Matcher scores pairs with a model, a table of words and the frequencies of a pool and of what asks.
type Matcher struct {
	Model *Model
	Table *Table
	Pool  *Frequencies // of the titles of what is sought
	Asks  *Frequencies // of the texts that seek
}

// weights are the terms of a text, by their ids in the pool, in the order in which they appear; the squares add up to 1. Terms that the pool does
// not have count for the length of the text and are left out.
type weights []weighted

type weighted struct {
	id     int32
	weight float64
}

// weigh counts the terms of a folded text.
func (m *Matcher) weigh(folded string, rarity func(term string, id int32) float64) weights {
	type counted struct {
		term         string
		times, share float64
	}
	var terms []counted
	at := make(map[string]int, len(folded)/2)
	grams(folded, func(term string, pair bool) {
		i, ok := at[term]
		if !ok {
			i, at[term] = len(terms), len(terms)
			terms = append(terms, counted{term, 0, 1})
			if pair {
				terms[i].share = m.Model.PairShare
			}
		}
		terms[i].times++
	})
	w := make(weights, len(terms))
	for i, t := range terms {
		id := m.Pool.id(t.term)
		w[i] = weighted{id, t.share * (1 + math.Log(t.times)) * rarity(t.term, id)}
	}
	return w.normalized()
}

func (w weights) normalized() weights {
	sum := 0.0
	for _, t := range w {
		sum += t.weight * t.weight
	}
	scale := 1 / math.Sqrt(max(sum, math.SmallestNonzeroFloat64))
	known := w[:0]
	for _, t := range w {
		if t.weight *= scale; t.id != unknown {
			known = append(known, t)
		}
	}
	return known
}

// index is weights by term.
func (w weights) index() map[int32]float64 {
	of := make(map[int32]float64, len(w))
	for _, t := range w {
		of[t.id] = t.weight
	}
	return of
}

// cosine of two texts, one of them by term.
func (w weights) cosine(of map[int32]float64) (sum float64) {
	for _, t := range w {
		sum += t.weight * of[t.id]
	}
	return sum
}

// mix adds a share of other terms and makes the whole of length 1 again.
func (w weights) mix(other weights, share float64) weights {
	of := other.index()
	for i, t := range w {
		w[i].weight += share * of[t.id]
		delete(of, t.id)
	}
	for _, t := range other {
		if x, ok := of[t.id]; ok {
			w = append(w, weighted{t.id, share * x})
		}
	}
	return w.normalized()
}

// Query is a text that seeks. It remembers what it has compared, and is for one goroutine.
type Query struct {
	matcher *Matcher
	title   map[int32]float64
	body    map[int32]float64
	mean    Vector
	words   []Vector // of the body
	rarity  []float64
	mass    float64
	near    map[int32][]float32 // how alike the words are to a word of a candidate, by its rank, once it has been asked
	best    []float32
}

// Prepare reads a text that seeks.
func (m *Matcher) Prepare(t Text) *Query {
	title, body := text.Fold(t.Title), text.Fold(t.Body)
	both := func(term string, id int32) float64 {
		if id == unknown {
			return 0
		}
		return math.Sqrt(m.Pool.rarity(id) * max(leastRarity, m.asked(m.Asks.id(term), m.Pool.rarity(id))))
	}
	q := &Query{matcher: m, title: m.weigh(title, both).index(), body: m.weigh(body, both).index(), near: map[int32][]float32{}}
	_, q.mean = m.words(title)
	q.heaviest(m.bodyWords(body))
	return q
}

// leastRarity keeps a term that is in every demand from counting for nothing.
const leastRarity = 0.05

// bodyWord is a word of a text that seeks.
type bodyWord struct {
	rank   int32
	rarity float64
}

// bodyWords are the first words of a folded text, each once; no more are looked at than the model says.
func (m *Matcher) bodyWords(folded string) (words []bodyWord) {
	seen, n := map[string]bool{}, 0
	runs(folded, func(run string) {
		for _, w := range m.Table.Words(run) {
			if n++; n > m.Model.MaxWords || seen[w] {
				continue
			}
			seen[w] = true
			words = append(words, bodyWord{m.Table.rank[w], m.wordRarity(w)})
		}
	})
	return words
}

// fewAsks is below how many demands their words say nothing about what demands have in common.
const fewAsks = 20

// asked is the rarity of a term among demands, on the scale of the pool: a word that every demand has says little, however rare it is in the pool.
func (m *Matcher) asked(id int32, inPool float64) float64 {
	if m.Asks.n < fewAsks {
		return inPool
	}
	return m.Asks.rarity(id) * m.Pool.rarest() / m.Asks.rarest()
}

// wordRarity is the lesser of the rarities of a word in the pool and among demands.
func (m *Matcher) wordRarity(word string) float64 {
	inPool := m.Pool.word(word)
	if m.Asks.n < fewAsks {
		return inPool
	}
	return min(inPool, m.Asks.word(word)*m.Pool.rarest()/m.Asks.rarest())
}

// heaviest keeps the rarest words of the body: their likeness to those of each candidate is what costs most.
func (q *Query) heaviest(words []bodyWord) {
	slices.SortStableFunc(words, func(a, b bodyWord) int { return cmp.Compare(b.rarity, a.rarity) })
	for _, w := range words[:min(q.matcher.Model.CoverWords, len(words))] {
		q.words, q.rarity = append(q.words, q.matcher.Table.vector(w.rank)), append(q.rarity, w.rarity)
		q.mass += w.rarity
	}
}

// words are those of a folded text, by rank, and their direction, each weighed by its rarity.
func (m *Matcher) words(folded string) (words []int32, mean Vector) {
	runs(folded, func(run string) {
		for _, w := range m.Table.Words(run) {
			rank := m.Table.rank[w]
			words = append(words, rank)
			mean.add(m.Table.vector(rank), float32(m.Pool.word(w)))
		}
	})
	mean.normalize()
	return words, mean
}

// Candidate is a text that may answer, read.
type Candidate struct {
	terms weights
	mean  Vector
	words []int32 // by rank
}

// Read reads a text that may answer. Its title counts, and less what is said under it.
func (m *Matcher) Read(t Text) *Candidate {
	folded := text.Fold(t.Title)
	rarity := func(_ string, id int32) float64 { return m.Pool.rarity(id) }
	c := &Candidate{terms: m.weigh(folded, rarity)}
	c.words, c.mean = m.words(folded)
	if t.Body != "" && m.Model.BodyShare > 0 {
		c.terms = c.terms.mix(m.weigh(text.Fold(t.Body), rarity), m.Model.BodyShare)
	}
	return c
}

// Features are the parts of a score before they are weighed, each between 0 and 1 or nearly.
type Features map[Feature]float64

// Compare returns the features of a pair that need no other pair.
func (q *Query) Compare(c *Candidate) Features {
	return Features{Title: c.terms.cosine(q.title), Body: c.terms.cosine(q.body), Meaning: max(0, float64(q.mean.dot(&c.mean))), Cover: q.cover(c)}
}

// cover is the share of the body's words, by rarity, that have a word of like meaning in the candidate.
func (q *Query) cover(c *Candidate) float64 {
	if q.mass == 0 {
		return 0
	}
	const alike, power = 0.3, 1.5
	q.best = append(q.best[:0], make([]float32, len(q.words))...)
	for _, rank := range c.words {
		for i, x := range q.likeness(rank) {
			q.best[i] = max(q.best[i], x)
		}
	}
	sum := 0.0
	for i, x := range q.best {
		if x >= alike {
			sum += q.rarity[i] * math.Pow(float64(x), power)
		}
	}
	return sum / q.mass
}

// likeness is how alike each word of the body is to a word.
func (q *Query) likeness(rank int32) []float32 {
	row, ok := q.near[rank]
	if !ok {
		v := q.matcher.Table.vector(rank)
		row = make([]float32, len(q.words))
		for i := range q.words {
			row[i] = q.words[i].dot(&v)
		}
		q.near[rank] = row
	}
	return row
}
