package evaluate_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jiebang/jiebang/services/demo/corpus"
	"github.com/jiebang/jiebang/services/matching/embedded"
	"github.com/jiebang/jiebang/services/matching/evaluate"
	"github.com/jiebang/jiebang/services/matching/match"
)

// TestMeasure measures runs whose figures can be counted by hand.
func TestMeasure(t *testing.T) {
	judged := evaluate.Judgements{"d": {"a": 4, "b": 1, "c": 3}}
	best := 7 + 3/math.Log2(3) // a, c, b
	for _, c := range []struct {
		order             string
		ndcg, auc, recall float64
	}{
		{"acb", 1, 1, 1},
		{"bca", (3/math.Log2(3) + 7/2.0) / best, 0, 1},
		{"ab", (7 + 3/2.0) / best, 0.5, 0.5}, // c is not found, which is after all that are
		{"", (7 + 3/2.0) / best, 0.5, 0},     // nothing is, so all are level, and the id decides
	} {
		var ranked []evaluate.Ranked
		for _, id := range c.order {
			ranked = append(ranked, evaluate.Ranked{ID: string(id)})
		}
		got := evaluate.Measure(evaluate.Run{"d": ranked}, judged)
		if math.Abs(got.NDCG10-c.ndcg) > 1e-9 || math.Abs(got.AUC-c.auc) > 1e-9 || math.Abs(got.Recall50-c.recall) > 1e-9 {
			t.Errorf("%q: got %v", c.order, got)
		}
	}
}

// TestJudgements refuses what is not a judgement, with its line.
func TestJudgements(t *testing.T) {
	path := filepath.Join(t.TempDir(), "qrels.tsv")
	for text, want := range map[string]string{"demand_id\tachievement_id\tlevel\nd\ta\t4\n": "", "d\ta\n": "第 1 行", "d\ta\t4\nd\tb\t5\n": "第 2 行", "d\ta\tx\n": "第 1 行"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := evaluate.ReadJudgements(path)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

// TestCorpus ranks the demonstration's own set by titles. Matching must find better than the engine does by itself, and no worse than it did.
func TestCorpus(t *testing.T) {
	var set evaluate.Set
	for _, d := range corpus.Demands() {
		set.Demands = append(set.Demands, evaluate.Demand{ID: d.Key, Title: d.Title, Text: d.Description})
	}
	for _, a := range corpus.Achievements() {
		set.Achievements = append(set.Achievements, evaluate.Achievement{ID: a.Key, Title: a.Title})
	}
	judged := evaluate.Judgements{}
	for _, j := range corpus.Judgements() {
		if judged[j.Demand] == nil {
			judged[j.Demand] = map[string]int{}
		}
		judged[j.Demand][j.Achievement] = j.Grade
	}
	index := embedded.New()
	if err := set.Load(t.Context(), index); err != nil {
		t.Fatal(err)
	}
	model, err := match.Weights()
	if err != nil {
		t.Fatal(err)
	}
	matcher, err := set.Matcher(model)
	if err != nil {
		t.Fatal(err)
	}
	measure := func(r evaluate.Ranker) evaluate.Figures {
		run, err := set.Rank(t.Context(), r, func(int, int) {})
		if err != nil {
			t.Fatal(err)
		}
		return evaluate.Measure(run, judged)
	}
	alone, matched := measure(evaluate.Plain(index)), measure(set.Matched(matcher, nil, evaluate.Depth{}))
	t.Logf("engine   %v\nmatching %v", alone, matched)
	const floor = 0.93
	if matched.NDCG10 <= alone.NDCG10 || matched.NDCG10 < floor {
		t.Errorf("matching: %v; the engine alone: %v; nDCG@10 must be above it and at least %v", matched, alone, floor)
	}
}

// TestRankEnds: a ranker that fails fails the run.
func TestRankEnds(t *testing.T) {
	set := evaluate.Set{Demands: make([]evaluate.Demand, 5)}
	if _, err := set.Rank(t.Context(), func(context.Context, evaluate.Demand) ([]evaluate.Ranked, error) { return nil, os.ErrInvalid }, func(int, int) {}); err == nil {
		t.Error("a failed ranking is no error")
	}
}
