// Package evaluate measures matching on judged pairs in files, never on what people did. Judgements are read after ranking.
package evaluate

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/match"
)

// Demand is a line of a file of demands.
type Demand struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

// Achievement is a line of a file of achievements: a title, or the words that are left of it.
type Achievement struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Tokens string `json:"title_tokens"`
	Text   string `json:"text"`
}

// Lines reads a file of JSON lines. Properties that are not known are left alone.
func Lines[T any](path string) (all []T, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for i, line := range bytes.Split(data, []byte("\n")) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var one T
		if err := json.Unmarshal(line, &one); err != nil {
			return nil, fmt.Errorf("%s 第 %d 行不是所要的 JSON: %w", path, i+1, err)
		}
		all = append(all, one)
	}
	return all, nil
}

// Set is what is ranked: for each demand, all achievements.
type Set struct {
	Demands      []Demand
	Achievements []Achievement
}

// Read reads a set.
func Read(demands, achievements string) (s Set, err error) {
	var errs [2]error
	s.Demands, errs[0] = Lines[Demand](demands)
	s.Achievements, errs[1] = Lines[Achievement](achievements)
	for i, a := range s.Achievements {
		if a.Title == "" {
			s.Achievements[i].Title = a.Tokens
		}
	}
	return s, errors.Join(errs[:]...)
}

// text is an achievement as matching sees it.
func (a Achievement) text() match.Text { return match.Text{Title: a.Title, Body: a.Text} }

// Ranked is an achievement and its score for a demand.
type Ranked struct {
	ID    string
	Score float64
}

// Ranker ranks achievements for a demand, the best first.
type Ranker func(ctx context.Context, d Demand) ([]Ranked, error)

// Load fills an index of an engine with the achievements.
func (s Set) Load(ctx context.Context, e engine.Engine) error {
	schema := engine.Schema{Version: 1, Text: []engine.Field{{Name: "title", Weight: 1}, {Name: "text", Weight: 0.5}}}
	g, err := e.Begin(ctx, engine.Achievements, schema)
	if err != nil {
		return err
	}
	const batch = 1000
	for at := 0; at < len(s.Achievements); at += batch {
		var docs []engine.Doc
		for _, a := range s.Achievements[at:min(at+batch, len(s.Achievements))] {
			t := map[string]string{"title": a.Title}
			if a.Text != "" {
				t["text"] = a.Text
			}
			docs = append(docs, engine.Doc{ID: a.ID, Version: 1, Text: t})
		}
		if _, err := g.Put(ctx, docs...); err != nil {
			return errors.Join(err, g.Abort(ctx))
		}
	}
	return g.Commit(ctx)
}

// Plain ranks as an engine does by itself.
func Plain(e engine.Engine) Ranker {
	return func(ctx context.Context, d Demand) ([]Ranked, error) {
		found, err := e.Match(ctx, engine.MatchQuery{Kind: engine.Achievements, Text: d.Title, Limit: engine.MaxWindow})
		ranked := make([]Ranked, len(found.Hits))
		for i, h := range found.Hits {
			ranked[i] = Ranked{h.ID, h.Score}
		}
		return ranked, err
	}
}

// Matcher returns a matcher for the set, with a model.
func (s Set) Matcher(m *match.Model) (*match.Matcher, error) {
	table, err := match.Embedded()
	if err != nil {
		return nil, err
	}
	pool, asks := match.NewFrequencies(), match.NewFrequencies()
	for _, a := range s.Achievements {
		pool.Add(a.Title)
	}
	for _, d := range s.Demands {
		asks.Add(d.Text)
	}
	return &match.Matcher{Model: m, Table: table, Pool: pool, Asks: asks}, nil
}

// Depth is how many candidates an engine is asked for.
type Depth struct{ ByText, ByTitle, ByWords int }

// The depths.
var (
	Served = Depth{match.ByText, match.ByTitle, match.ByWords}           // as a server asks
	Deep   = Depth{engine.MaxWindow, engine.MaxWindow, engine.MaxWindow} // all that it gives
)

// Matched ranks as matching does. With an engine it ranks what that finds, to a depth; without one, all there is.
func (s Set) Matched(m *match.Matcher, e engine.Engine, depth Depth) Ranker {
	at := make(map[string]int, len(s.Achievements))
	read := make([]*match.Candidate, len(s.Achievements))
	near := &match.Near{}
	for i, a := range s.Achievements {
		at[a.ID], read[i] = i, m.Read(a.text())
		near.Add(m, a.ID, a.Title)
	}
	return func(ctx context.Context, d Demand) ([]Ranked, error) {
		q := m.Prepare(match.Text{Title: d.Title, Body: d.Text})
		named := s.all()
		if e != nil {
			ids, err := candidates(ctx, e, d, depth)
			if err != nil {
				return nil, err
			}
			for _, id := range q.Nearest(near, match.ByMeaning) {
				ids[id] = true
			}
			named = named[:0]
			for id := range ids {
				named = append(named, at[id])
			}
		}
		ranked := make([]Ranked, len(named))
		for i, n := range named {
			ranked[i] = Ranked{s.Achievements[n].ID, m.Model.Score(q.Compare(read[n]))}
		}
		return ranked, nil
	}
}

// candidates are what an engine finds for a demand.
func candidates(ctx context.Context, e engine.Engine, d Demand, most Depth) (map[string]bool, error) {
	text, err := e.Match(ctx, engine.MatchQuery{Kind: engine.Achievements, Text: d.Title + "\n" + d.Text, Limit: most.ByText})
	title, err2 := e.Match(ctx, engine.MatchQuery{Kind: engine.Achievements, Text: d.Title, Limit: most.ByTitle})
	words, err3 := e.Search(ctx, engine.Query{Kind: engine.Achievements, Text: d.Title, Limit: most.ByWords})
	ids := map[string]bool{}
	for _, h := range slices.Concat(text.Hits, title.Hits, words.Hits) {
		ids[h.ID] = true
	}
	return ids, errors.Join(err, err2, err3)
}

func (s Set) all() []int {
	all := make([]int, len(s.Achievements))
	for i := range all {
		all[i] = i
	}
	return all
}

// Run is for each demand its achievements, the best first.
type Run map[string][]Ranked

// Rank ranks for every demand, on all cores, and tells how many demands are done.
func (s Set) Rank(ctx context.Context, r Ranker, told func(done, all int)) (Run, error) {
	run, work := Run{}, make(chan Demand)
	var mu sync.Mutex
	var group sync.WaitGroup
	var failed error
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for d := range work {
				ranked, err := r(ctx, d)
				slices.SortStableFunc(ranked, func(a, b Ranked) int { return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(a.ID, b.ID)) })
				mu.Lock()
				run[d.ID], failed = ranked, errors.Join(failed, err)
				told(len(run), len(s.Demands))
				mu.Unlock()
			}
		})
	}
	for _, d := range s.Demands {
		work <- d
	}
	close(work)
	group.Wait()
	return run, failed
}

// Write writes demand, achievement and score, separated by tabs, in the order of the demands.
func (s Set) Write(w io.Writer, run Run) error {
	b := bufio.NewWriter(w)
	for _, d := range s.Demands {
		for _, r := range run[d.ID] {
			b.WriteString(d.ID + "\t" + r.ID + "\t" + strconv.FormatFloat(r.Score, 'g', 9, 64) + "\n")
		}
	}
	return b.Flush()
}
