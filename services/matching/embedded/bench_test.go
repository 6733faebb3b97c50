package embedded_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jiebang/jiebang/services/matching/embedded"
	"github.com/jiebang/jiebang/services/matching/engine"
)

// The load of a province: these benchmarks fill an engine once and search it. With JIEBANG_TEST_DATA, a folder that has csl/csl2000.jsonl and
// csl/csl8000_titles.tsv, texts are made of clauses of real abstracts; without it, of words that are as unequal as real ones.
const achievements, demands = 154_000, 64_000

var provincial = sync.OnceValue(func() *province { return fill(achievements, demands) })

type province struct {
	engine  *embedded.Engine
	made    *maker
	took    time.Duration
	megabyt float64
}

func fill(achievements, demands int) *province {
	p := &province{engine: embedded.New(), made: newMaker()}
	before := heap()
	start := time.Now()
	for kind, n := range map[engine.Kind]int{engine.Achievements: achievements, engine.Demands: demands} {
		g, err := p.engine.Begin(context.Background(), kind, schema)
		if err != nil {
			panic(err)
		}
		var batch []engine.Doc
		for i := range n {
			making := time.Now()
			batch = append(batch, p.made.doc(fmt.Sprintf("%s-%06d", kind[:1], i)))
			start = start.Add(time.Since(making)) // what the texts cost to make is not the engine's
			if len(batch) == 1000 || i == n-1 {
				if _, err := g.Put(context.Background(), batch...); err != nil {
					panic(err)
				}
				batch = nil
			}
		}
		if err := g.Commit(context.Background()); err != nil {
			panic(err)
		}
	}
	p.took = time.Since(start)
	p.megabyt = heap() - before
	return p
}

func heap() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / 1e6
}

// maker makes documents.
type maker struct {
	*rand.Rand
	clauses []string
	chars   []rune
}

func newMaker() *maker {
	m := &maker{Rand: rand.New(rand.NewPCG(1, 2))}
	for r := rune('一'); r < '一'+4000; r++ {
		m.chars = append(m.chars, r)
	}
	papers, _ := known()
	for _, p := range papers {
		m.clauses = append(m.clauses, strings.FieldsFunc(p.Abstract, func(r rune) bool { return strings.ContainsRune("。;；,，.", r) })...)
	}
	return m
}

// zipf returns a number below n, small ones far more often.
func (m *maker) zipf(n int) int { return int(math.Pow(float64(n), m.Float64())) - 1 }

// word returns a number below n as the ranks of words fall: those of real texts are less unequal at the top.
func (m *maker) word(n, top float64) int { return int(top * (math.Pow(n/top+1, m.Float64()) - 1)) }

// clause makes about 15 characters.
func (m *maker) clause() string {
	if len(m.clauses) > 0 && m.IntN(12) > 0 {
		return m.clauses[m.IntN(len(m.clauses))]
	}
	var b strings.Builder
	for range 7 {
		word := m.word(60_000, 40)
		b.WriteRune(m.chars[(word*7919+word%13)%len(m.chars)])
		b.WriteRune(m.chars[(word*104_729+word%31)%len(m.chars)])
	}
	return b.String()
}

func (m *maker) text(least int) string {
	var b strings.Builder
	for n := 0; n < least; {
		c := m.clause()
		n += len([]rune(c)) + 1
		b.WriteString(c + "，")
	}
	return b.String()
}

var schema = engine.Schema{
	Version: 1, Text: []engine.Field{{Name: "title", Weight: 3}, {Name: "body", Weight: 1}},
	Filter: []string{"state", "field", "region", "org", "tags", "published", "price"}, Facet: []string{"state", "field", "region", "tags"}, Sort: []string{"published", "price"},
	Synonyms: [][]string{{"发光二极管", "LED"}, {"稀土", "稀土元素"}},
}

var fields = []string{"新材料", "生物医药", "高端装备", "电子信息", "新能源", "现代农业", "节能环保", "航空航天"}

func (m *maker) doc(id string) engine.Doc {
	attrs := map[string]engine.Value{
		"state": engine.Str([]string{"open", "open", "open", "closed"}[m.IntN(4)]), "field": engine.Str(fields[m.zipf(len(fields)+1)%len(fields)]),
		"region": engine.Str(fmt.Sprintf("3301%02d", m.zipf(90))), "org": engine.Str(fmt.Sprintf("o330182-%016x", m.zipf(20_000))),
		"tags":      engine.Strs{fmt.Sprint("t", m.zipf(400)), fmt.Sprint("t", m.zipf(400))},
		"published": engine.Time(time.Unix(1_700_000_000+int64(m.IntN(60_000_000)), 0)),
	}
	if m.IntN(3) > 0 {
		attrs["price"] = engine.Num(m.zipf(100_000))
	}
	return engine.Doc{ID: id, Version: 1, Text: map[string]string{"title": m.clause(), "body": m.text(200 + m.IntN(200))}, Attrs: attrs}
}

// asked is what a person types: six to ten characters that stand somewhere, or two words.
func (m *maker) asked() string {
	r := []rune(m.clause() + m.clause())
	n := min(len(r), 6+m.IntN(5))
	at := m.IntN(len(r) - n + 1)
	if m.IntN(2) == 0 {
		return string(r[at : at+n])
	}
	return string(r[at:at+2]) + " " + string(r[len(r)-2:])
}

func BenchmarkIndex(b *testing.B) {
	for b.Loop() {
		p := provincial()
		b.ReportMetric((achievements+demands)/p.took.Seconds(), "docs/s")
		b.ReportMetric(p.took.Seconds(), "s/load")
		b.ReportMetric(p.megabyt, "MB")
		var own int64
		for _, k := range []engine.Kind{engine.Achievements, engine.Demands} {
			s, _ := p.engine.Stats(context.Background(), k)
			own += s.Bytes
		}
		b.ReportMetric(float64(own)/1e6, "MB/stats")
	}
}

// callers runs do from n callers at once and reports how long it took each time.
func callers(b *testing.B, n int, do func(*maker)) {
	var mu sync.Mutex
	var all []time.Duration
	var wg sync.WaitGroup
	b.ResetTimer()
	for c := range n {
		wg.Go(func() {
			m := *provincial().made
			m.Rand = rand.New(rand.NewPCG(uint64(c), 7))
			var own []time.Duration
			for range b.N/n + 1 {
				start := time.Now()
				do(&m)
				own = append(own, time.Since(start))
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, own...)
		})
	}
	wg.Wait()
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "p99-ms")
}

func BenchmarkSearch(b *testing.B) {
	for _, n := range []int{1, 8} {
		b.Run(fmt.Sprint(n, "callers"), func(b *testing.B) {
			e := provincial().engine
			callers(b, n, func(m *maker) {
				q := engine.Query{Kind: []engine.Kind{engine.Achievements, engine.Achievements, engine.Demands}[m.IntN(3)], Text: m.asked(), Limit: 20,
					Filter: engine.Eq{Attr: "field", Value: engine.Str(fields[m.IntN(3)])}, Must: engine.Not{F: engine.Eq{Attr: "state", Value: engine.Str("closed")}},
					Facets: []string{"field", "region", "tags"}, Highlight: []string{"title", "body"}}
				if _, err := e.Search(context.Background(), q); err != nil {
					b.Error(err)
				}
			})
		})
	}
}

func BenchmarkMatch(b *testing.B) {
	for _, n := range []int{1, 8} {
		b.Run(fmt.Sprint(n, "callers"), func(b *testing.B) {
			e := provincial().engine
			callers(b, n, func(m *maker) {
				q := engine.MatchQuery{Kind: engine.Achievements, Text: m.text(300), Limit: 200, Must: engine.Not{F: engine.Eq{Attr: "state", Value: engine.Str("closed")}}}
				if _, err := e.Match(context.Background(), q); err != nil {
					b.Error(err)
				}
			})
		})
	}
}

func BenchmarkBrowse(b *testing.B) {
	e := provincial().engine
	callers(b, 1, func(m *maker) {
		q := engine.Query{Kind: engine.Achievements, Filter: engine.Eq{Attr: "field", Value: engine.Str(fields[m.IntN(3)])}, Limit: 20, Facets: []string{"region", "tags"},
			Sort: []engine.Sort{{Attr: "published", Desc: true}}}
		if _, err := e.Search(context.Background(), q); err != nil {
			b.Error(err)
		}
	})
}

type paper struct {
	ID, Title, Abstract string
	Keywords            []string
}

// known returns papers to be found, and titles to be found among.
func known() (papers []paper, others []string) {
	dir := os.Getenv("JIEBANG_TEST_DATA")
	if dir == "" {
		return nil, nil
	}
	f, err := os.Open(filepath.Join(dir, "csl", "csl2000.jsonl"))
	if err != nil {
		panic(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var p paper
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			panic(err)
		}
		papers = append(papers, p)
	}
	titles, err := os.ReadFile(filepath.Join(dir, "csl", "csl8000_titles.tsv"))
	if err != nil {
		panic(err)
	}
	for line := range strings.Lines(string(titles)) {
		title, _, _ := strings.Cut(line, "\t")
		others = append(others, title)
	}
	return papers, others
}

// BenchmarkKnownItem finds papers by their titles and by their keywords, which are not indexed, and reports MRR@10.
func BenchmarkKnownItem(b *testing.B) {
	papers, others := known()
	if papers == nil {
		b.Skip("JIEBANG_TEST_DATA is not set")
	}
	e := embedded.New()
	must(b, e.Ensure(context.Background(), engine.Achievements, schema))
	var docs []engine.Doc
	for _, p := range papers {
		docs = append(docs, engine.Doc{ID: p.ID, Text: map[string]string{"title": p.Title, "body": p.Abstract}})
	}
	for i, title := range others {
		docs = append(docs, engine.Doc{ID: fmt.Sprint("other-", i), Text: map[string]string{"title": title}})
	}
	_, err := e.Put(context.Background(), engine.Achievements, docs...)
	must(b, err)
	for b.Loop() {
		var byTitle, byKeywords float64
		for _, p := range papers {
			byTitle += reciprocal(b, e, p.Title, p.ID)
			byKeywords += reciprocal(b, e, strings.Join(p.Keywords, " "), p.ID)
		}
		b.ReportMetric(byTitle/float64(len(papers)), "mrr-title")
		b.ReportMetric(byKeywords/float64(len(papers)), "mrr-keywords")
	}
}

func reciprocal(b *testing.B, e *embedded.Engine, text, id string) float64 {
	r, err := e.Search(context.Background(), engine.Query{Kind: engine.Achievements, Text: text, Limit: 10})
	must(b, err)
	if i := slices.IndexFunc(r.Hits, func(h engine.Hit) bool { return h.ID == id }); i >= 0 {
		return 1 / float64(i+1)
	}
	return 0
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
