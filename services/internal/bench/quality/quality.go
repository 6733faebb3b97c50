// Package quality measures searches and matches on judged data, which lies in a directory outside the project: matching/demands.jsonl,
// matching/achievements.jsonl, matching/qrels.tsv, csl/csl2000.jsonl and csl/csl8000_titles.tsv.
package quality

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jiebang/jiebang/services/matching/embedded"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/evaluate"
	"github.com/jiebang/jiebang/services/matching/match"
)

// Ways are the ways in which Judged ranks.
var Ways = []string{"match", "served", "engine"}

// Judged ranks the judged achievements for the judged demands in each way: match, as matching scores every one of them; served, as it scores those
// that the engine finds, which is what a server does; engine, as the engine alone ranks. What the judges said is read when all is ranked.
func Judged(ctx context.Context, dir string) (map[string]evaluate.Figures, error) {
	at := func(name string) string { return filepath.Join(dir, "matching", name) }
	set, err := evaluate.Read(at("demands.jsonl"), at("achievements.jsonl"))
	if err != nil {
		return nil, err
	}
	memory := embedded.New()
	weights, err := match.Weights()
	if err := errors.Join(err, set.Load(ctx, memory)); err != nil {
		return nil, err
	}
	matcher, err := set.Matcher(weights)
	if err != nil {
		return nil, err
	}
	runs := map[string]evaluate.Run{}
	for i, r := range []evaluate.Ranker{set.Matched(matcher, nil, evaluate.Depth{}), set.Matched(matcher, memory, evaluate.Served), evaluate.Plain(memory)} {
		if runs[Ways[i]], err = set.Rank(ctx, r, func(int, int) {}); err != nil {
			return nil, err
		}
	}
	levels, err := evaluate.ReadJudgements(at("qrels.tsv"))
	figures := map[string]evaluate.Figures{}
	for way, run := range runs {
		figures[way] = evaluate.Measure(run, levels)
	}
	return figures, err
}

// Paper is one that is known to be in the index.
type Paper struct {
	ID, Title, Abstract string
	Keywords            []string
}

// ByTitle is a question that finds the paper.
func (p Paper) ByTitle() string { return p.Title }

// ByKeywords is another; the keywords are not in the index.
func (p Paper) ByKeywords() string { return strings.Join(p.Keywords, " ") }

// Papers reads the papers that are to be found, and the documents of an index in which they are and others too.
func Papers(dir string) (known []Paper, docs []engine.Doc, err error) {
	if known, err = evaluate.Lines[Paper](filepath.Join(dir, "csl", "csl2000.jsonl")); err != nil {
		return nil, nil, err
	}
	for _, p := range known {
		docs = append(docs, engine.Doc{ID: p.ID, Version: 1, Text: map[string]string{"title": p.Title, "summary": p.Abstract}})
	}
	others, err := os.ReadFile(filepath.Join(dir, "csl", "csl8000_titles.tsv"))
	for line := range strings.Lines(string(others)) {
		title, _, _ := strings.Cut(line, "\t")
		docs = append(docs, engine.Doc{ID: fmt.Sprint("other-", len(docs)), Version: 1, Text: map[string]string{"title": title}})
	}
	return known, docs, err
}

// ReciprocalRank is the mean over papers of one by the place among the first ten at which a question finds each; 0 for what it does not find.
func ReciprocalRank(ctx context.Context, e engine.Searcher, known []Paper, question func(Paper) string) (float64, error) {
	sum := 0.0
	for _, p := range known {
		found, err := e.Search(ctx, engine.Query{Kind: engine.Achievements, Text: question(p), Limit: 10})
		if err != nil {
			return 0, err
		}
		if at := slices.IndexFunc(found.Hits, func(h engine.Hit) bool { return h.ID == p.ID }); at >= 0 {
			sum += 1 / float64(at+1)
		}
	}
	return sum / float64(len(known)), nil
}
