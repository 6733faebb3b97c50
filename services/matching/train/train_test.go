package train_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/jiebang/jiebang/services/demo/corpus"
	"github.com/jiebang/jiebang/services/matching/evaluate"
	"github.com/jiebang/jiebang/services/matching/match"
	"github.com/jiebang/jiebang/services/matching/train"
)

// planted is a sample whose levels one feature decides; the others, the first among them, are noise.
func planted(decides int) *train.Sample {
	const demands, rows, judged = 40, 200, 20
	r := rand.New(rand.NewPCG(7, uint64(decides)))
	s := &train.Sample{Features: []match.Feature{"first", "second", "third"}}
	for i := range rows {
		s.Achievements = append(s.Achievements, fmt.Sprintf("a%03d", i))
	}
	for i := range demands {
		d := train.Demand{ID: fmt.Sprintf("d%02d", i)}
		for range rows {
			for range s.Features {
				d.Rows = append(d.Rows, r.Float32())
			}
		}
		for _, row := range r.Perm(rows)[:judged] {
			d.Judged = append(d.Judged, train.Judgement{Row: row, Level: min(4, 1+int(4*d.Rows[row*len(s.Features)+decides]))})
		}
		s.Demands = append(s.Demands, d)
	}
	return s
}

func trained(t *testing.T, s *train.Sample) train.Report {
	t.Helper()
	r, err := train.Train(s, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestFinds: the feature that decides gets the most that a weight may be, noise gets nothing, and what decides is missed when it is left out.
func TestFinds(t *testing.T) {
	for decides := 1; decides <= 2; decides++ {
		r := trained(t, planted(decides))
		if other := 3 - decides; r.Weights[decides] != 1 || r.Weights[other] != 0 {
			t.Errorf("feature %d decides, the weights are %v", decides, r.Weights)
		}
		for k, w := range r.Without {
			if lost := w.NDCG10.Mean < -3*w.NDCG10.Error && w.NDCG10.Mean < -0.1; lost != (k == decides) {
				t.Errorf("feature %d decides; without %s: %v", decides, w.Feature, w.NDCG10)
			}
		}
	}
}

// TestHeldOut: what was said of a fold's demands never reaches the fold's weights, and does reach the weights of the others.
func TestHeldOut(t *testing.T) {
	s := planted(1)
	before := trained(t, s)
	for _, k := range []int{0, 3, 2*train.Folds + 1} {
		lie := planted(1)
		other := planted(2) // whose second feature decides
		in, err := lie.Split(k / train.Folds)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range in[k%train.Folds] {
			lie.Demands[d] = other.Demands[d]
		}
		after := trained(t, lie)
		if !slices.Equal(before.Folds[k].Weights, after.Folds[k].Weights) {
			t.Errorf("fold %d: its judgements made its weights %v, they were %v", k, after.Folds[k].Weights, before.Folds[k].Weights)
		}
		if before.Folds[k].Figures == after.Folds[k].Figures || before.All == after.All {
			t.Errorf("fold %d: other judgements, the same figures", k)
		}
	}
}

// TestReproducible trains twice on the demonstration's own set, in another order the second time, and wants the same bytes; and the figures that the
// weights give are those that evaluation gives.
func TestReproducible(t *testing.T) {
	set, judged := own()
	model, err := match.Weights()
	if err != nil {
		t.Fatal(err)
	}
	var documents [][]byte
	for range 2 {
		s, err := train.Read(set, judged, model, func(int, int) {})
		if err != nil {
			t.Fatal(err)
		}
		r := trained(t, s)
		made := r.Model(s.Seen, model)
		documents = append(documents, fmt.Appendf(train.Document(made), "%s\n%v", r, r.Folds))
		if _, err := match.ReadModel(train.Document(made)); err != nil || made.Trained.Judgements == 0 || made.Trained.NDCG10 == 0 || made.Bonuses != model.Bonuses {
			t.Errorf("the model is not whole: %v, %+v", err, made)
		}
		slices.Reverse(set.Demands)
		slices.Reverse(set.Achievements)
	}
	if !bytes.Equal(documents[0], documents[1]) {
		t.Errorf("two trainings differ:\n%s\n%s", documents[0], documents[1])
	}
}

// TestMeasuresAlike: a sample measured by training gives what ranking and evaluating it gives.
func TestMeasuresAlike(t *testing.T) {
	set, judged := own()
	model, err := match.Weights()
	if err != nil {
		t.Fatal(err)
	}
	s, err := train.Read(set, judged, model, func(int, int) {})
	if err != nil {
		t.Fatal(err)
	}
	r := trained(t, s)
	like := *model
	for _, f := range r.Folds[:train.Folds] {
		like.Weights = map[match.Feature]float64{}
		for k, name := range r.Features {
			like.Weights[name] = f.Weights[k]
		}
		matcher, err := set.Matcher(&like)
		if err != nil {
			t.Fatal(err)
		}
		run, err := set.Rank(t.Context(), set.Matched(matcher, nil, evaluate.Depth{}), func(int, int) {})
		if err != nil {
			t.Fatal(err)
		}
		in := evaluate.Judgements{}
		for _, d := range f.Demands {
			in[d] = judged[d]
		}
		if got := evaluate.Measure(run, in); got != f.Figures {
			t.Errorf("training measures %v, evaluation %v", f.Figures, got)
		}
	}
}

// own is the demonstration's set, and each achievement again under another id, judged otherwise: the two score alike.
func own() (set evaluate.Set, judged evaluate.Judgements) {
	for _, d := range corpus.Demands() {
		set.Demands = append(set.Demands, evaluate.Demand{ID: d.Key, Title: d.Title, Text: d.Description})
	}
	for _, a := range corpus.Achievements() {
		set.Achievements = append(set.Achievements, evaluate.Achievement{ID: a.Key, Title: a.Title}, evaluate.Achievement{ID: "0" + a.Key, Title: a.Title})
	}
	judged = evaluate.Judgements{}
	for _, j := range corpus.Judgements() {
		if judged[j.Demand] == nil {
			judged[j.Demand] = map[string]int{}
		}
		judged[j.Demand][j.Achievement], judged[j.Demand]["0"+j.Achievement] = j.Grade, 1
	}
	return set, judged
}

// TestTies: where all score alike the id decides, so that of what stands behind a hundred others nothing is among the first fifty.
func TestTies(t *testing.T) {
	s := planted(1)
	for i := range s.Demands {
		clear(s.Demands[i].Rows)
		s.Demands[i].Judged = []train.Judgement{{Row: 100, Level: 4}, {Row: 120, Level: 1}, {Row: 199, Level: 3}}
	}
	if got := trained(t, s).All; got.Recall50 != 0 || got.Recall200 != 1 || got.AUC != 0.5 {
		t.Errorf("got %v", got)
	}
}

// TestRefuses what cannot be trained on: no judged demand, and fewer demands than folds.
func TestRefuses(t *testing.T) {
	set, _ := own()
	model, err := match.Weights()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := train.Read(set, evaluate.Judgements{"nobody": {"nothing": 4}}, model, func(int, int) {}); err == nil {
		t.Error("nothing is judged, and it trains")
	}
	few := planted(1)
	few.Demands = few.Demands[:3]
	if _, err := train.Train(few, func(int) {}); err == nil {
		t.Error("three demands are split into five")
	}
}

// TestFingerprint: a file's bytes belong to it, and not to the next.
func TestFingerprint(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	a, err := train.Fingerprint(file("a", "12"), file("b", "3"))
	b, err2 := train.Fingerprint(file("a", "1"), file("b", "23"))
	if err != nil || err2 != nil || a == b || len(a) != 64 {
		t.Errorf("%s and %s, %v, %v", a, b, err, err2)
	}
}
