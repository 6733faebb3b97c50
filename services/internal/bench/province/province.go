// Package province makes the load of a province: demands and achievements whose texts are those of services/demo/corpus, taken apart and put
// together again. Their clauses meet in new orders, each text has measures of its own, and now and then a clause of made-up words, as unequal
// as real ones, keeps the vocabulary as large as that of so many texts. The same seed makes the same rows.
package province

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/demo/corpus"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/offering/achievement"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// Demands and Achievements are how many a province has.
const Demands, Achievements = 64_000, 154_000

// How long texts are, in characters, and how they are made.
const (
	leastText, moreText = 200, 200    // a text has these, and up to so many more
	leastHead, mostTail = 2, 14       // of the two parts of a title
	madeUp              = 12          // one clause in so many
	words, top          = 60_000, 40  // of the made-up ones, and how level the most frequent of them are
	owners              = 20_000      // organizations
	mostPrice           = 500_000_000 // fen
)

// Maker makes rows and questions.
type Maker struct {
	rand     chance.Source
	clauses  []string // of summaries and descriptions
	heads    []string // of titles
	tails    []string
	keywords []string
	chars    []rune // all that occur, for words that are made up
}

// New returns a maker.
func New(seed string) *Maker {
	m := &Maker{rand: chance.Seeded("province " + seed)}
	seen := map[rune]bool{}
	learn := func(title, text string, keywords []string) {
		m.title(title)
		m.keywords = append(m.keywords, keywords...)
		for _, clause := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("。;；,，:：", r) }) {
			if utf8.RuneCountInString(clause) > 3 {
				m.clauses = append(m.clauses, clause)
			}
		}
		for _, r := range title + text {
			if unicode.Is(unicode.Han, r) && !seen[r] {
				seen[r] = true
				m.chars = append(m.chars, r)
			}
		}
	}
	for _, d := range corpus.Demands() {
		learn(d.Title, d.Description, d.Keywords)
	}
	for _, a := range corpus.Achievements() {
		learn(a.Title, a.Summary, a.Keywords)
	}
	return m
}

// title learns the two parts of a title: what is before its first link, and what follows.
func (m *Maker) title(s string) {
	at := strings.IndexAny(s, "的与及和用")
	if at < 3*leastHead || len(s)-at > 3*mostTail {
		m.heads = append(m.heads, s)
		return
	}
	m.heads, m.tails = append(m.heads, s[:at]), append(m.tails, s[at:])
}

// Below returns a number from 0 to less than n.
func (m *Maker) Below(n int) int {
	return int(binary.LittleEndian.Uint64(chance.Bytes(m.rand, 8)) % uint64(n))
}

// unequal returns a number below n, small ones far more often.
func (m *Maker) unequal(n int) int {
	return int(math.Pow(float64(n), float64(m.Below(1<<20))/(1<<20))) - 1
}

func one[T any](m *Maker, of []T) T { return of[m.Below(len(of))] }

// clause is one of the corpus with other measures, or made up.
func (m *Maker) clause() string {
	var b strings.Builder
	if m.Below(madeUp) == 0 {
		for range 7 {
			word := int(top * (math.Pow(words/top+1, float64(m.Below(1<<20))/(1<<20)) - 1))
			b.WriteRune(m.chars[(word*7919+word%13)%len(m.chars)])
			b.WriteRune(m.chars[(word*104_729+word%31)%len(m.chars)])
		}
		return b.String()
	}
	for _, r := range one(m, m.clauses) {
		if r >= '1' && r <= '9' {
			r = rune('1' + m.Below(9))
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Text is as long as a description.
func (m *Maker) Text() string {
	var b strings.Builder
	for n, least := 0, leastText+m.Below(moreText); n < least; {
		c := m.clause()
		n += utf8.RuneCountInString(c) + 1
		b.WriteString(c + ",")
	}
	return b.String()
}

// Title is as long as a title.
func (m *Maker) Title() string { return one(m, m.keywords) + one(m, m.heads) + one(m, m.tails) }

// Asked is what a person types: six to ten characters that stand somewhere, or two words.
func (m *Maker) Asked() string {
	if m.Below(2) == 0 {
		return one(m, m.keywords) + " " + one(m, m.keywords)
	}
	r := []rune(m.clause() + m.clause())
	n := min(len(r), 6+m.Below(5))
	at := m.Below(len(r) - n + 1)
	return string(r[at : at+n])
}

// Known is what a person types who has one word for what is looked for.
func (m *Maker) Known() string { return one(m, m.keywords) }

func (m *Maker) owner() string { return fmt.Sprintf("o330182-%016x", m.unequal(owners)) }

func (m *Maker) price() *money.Fen {
	if m.Below(3) == 0 {
		return nil
	}
	fen := money.Fen(m.unequal(mostPrice))
	return &fen
}

// began is when the first row was made.
var began = time.Date(2022, 1, 4, 1, 0, 0, 0, time.UTC)

func (m *Maker) day() time.Time { return began.Add(time.Duration(m.Below(1000*24*3600)) * time.Second) }

func (m *Maker) field() demand.Field {
	all := demand.Field("").Values()
	return demand.Field(all[m.unequal(len(all)+1)%len(all)])
}

// Demand makes a public demand; i tells it from the others.
func (m *Maker) Demand(i int) *ent.Demand {
	at, number := m.day(), fmt.Sprintf("XQ-330182-%d-%06d", began.Year(), i)
	deadline := at.AddDate(10, 0, 0)
	return &ent.Demand{ID: fmt.Sprintf("d330182-%016x", i), Jurisdiction: "330182", Version: 2, EntrySeq: 1, EntryHash: make([]byte, 32), CreatedAt: at, UpdatedAt: at,
		OrganizationID: m.owner(), Number: &number, Title: m.Title(), Description: m.Text(), Field: m.field(), BudgetFen: m.price(), Deadline: &deadline,
		State: one(m, []demand.State{demand.Published, demand.Published, demand.Evaluating, demand.Contracted}), PublishedAt: &at}
}

// Achievement makes a listed achievement; i tells it from the others.
func (m *Maker) Achievement(i int) *ent.Achievement {
	at := m.day()
	return &ent.Achievement{ID: fmt.Sprintf("a330182-%016x", i), Jurisdiction: "330182", Version: 2, EntrySeq: 1, EntryHash: make([]byte, 32), CreatedAt: at, UpdatedAt: at,
		OrganizationID: m.owner(), Title: m.Title(), Summary: m.Text(), Field: m.field(), Keywords: []string{one(m, m.keywords), one(m, m.keywords), one(m, m.keywords)},
		Trl: m.Below(10), Maturity: one(m, []achievement.Maturity{"", achievement.Lab, achievement.Pilot, achievement.Industrial}),
		Modes: []achievement.Mode{one(m, []achievement.Mode{achievement.Transfer, achievement.License, achievement.JointDevelopment})}, PriceFen: m.price(),
		Region: fmt.Sprintf("3301%02d", m.unequal(90)), State: achievement.Listed, PublishedAt: &at}
}
