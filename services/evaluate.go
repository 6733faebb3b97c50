package services

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/jiebang/jiebang/services/matching/embedded"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/evaluate"
	"github.com/jiebang/jiebang/services/matching/match"
	"github.com/jiebang/jiebang/services/matching/train"
)

// Evaluation is what is measured of matching, on files and beside any database.
type Evaluation struct {
	Demands, Achievements string // JSON lines: id, title, text; id, title or title_tokens, text
	Run                   string // where to write demand, achievement, score
	How                   string // matching, served or engine
	Judgements            string // read after ranking; empty if nothing is to be measured
}

// The ways to rank.
const (
	HowMatching = "matching" // every achievement, scored as matching scores
	HowServed   = "served"   // those that the engine finds first, as a server does
	HowEngine   = "engine"   // as the engine ranks by itself
)

// EvaluateMatching ranks the achievements for every demand, writes the run, and returns the figures if there are judgements.
func EvaluateMatching(ctx context.Context, e Evaluation, told func(done, all int)) (figures string, err error) {
	set, err := evaluate.Read(e.Demands, e.Achievements)
	if err != nil {
		return "", err
	}
	index := embedded.New()
	if err := set.Load(ctx, index); err != nil {
		return "", err
	}
	ranker, err := rankerOf(set, index, e.How)
	if err != nil {
		return "", err
	}
	run, err := set.Rank(ctx, ranker, told)
	if err != nil {
		return "", err
	}
	out, err := os.Create(e.Run)
	if err != nil {
		return "", err
	}
	if err := errors.Join(set.Write(out, run), out.Close()); err != nil || e.Judgements == "" {
		return "", err
	}
	judged, err := evaluate.ReadJudgements(e.Judgements)
	if err != nil {
		return "", err
	}
	return evaluate.Measure(run, judged).String(), nil
}

func rankerOf(set evaluate.Set, index engine.Engine, how string) (evaluate.Ranker, error) {
	if how == HowEngine {
		return evaluate.Plain(index), nil
	}
	if how != HowMatching && how != HowServed {
		return nil, fmt.Errorf("--how 应为 %s、%s 或 %s,而不是 %q", HowMatching, HowServed, HowEngine, how)
	}
	model, err := match.Weights()
	if err != nil {
		return nil, err
	}
	matcher, err := set.Matcher(model)
	if err != nil {
		return nil, err
	}
	if how == HowMatching {
		return set.Matched(matcher, nil), nil
	}
	return set.Matched(matcher, index), nil
}

// Training is what the weights of matching are trained on, files and beside any database, and where the model goes.
type Training struct{ Demands, Achievements, Judgements, Model string }

// TrainMatching finds the weights of matching from judged pairs, writes the model, and returns its figures in nested cross-validation. told is
// told of demands compared, and then, with no total, of weights measured.
func TrainMatching(t Training, told func(done, all int)) (figures string, err error) {
	set, err := evaluate.Read(t.Demands, t.Achievements)
	if err != nil {
		return "", err
	}
	judged, err := evaluate.ReadJudgements(t.Judgements)
	if err != nil {
		return "", err
	}
	like, err := match.Weights()
	if err != nil {
		return "", err
	}
	sample, err := train.Read(set, judged, like, told)
	if err != nil {
		return "", err
	}
	if sample.Seen.Inputs, err = train.Fingerprint(t.Demands, t.Achievements, t.Judgements); err != nil {
		return "", err
	}
	report, err := train.Train(sample, func(measured int) { told(measured, 0) })
	if err != nil {
		return "", err
	}
	return report.String(), os.WriteFile(t.Model, train.Document(report.Model(sample.Seen, like)), 0o644)
}

// MakeWordTable makes the table of words of package match from word vectors in the binary form of word2vec.
func MakeWordTable(from, to string, words int) error { return evaluate.Vectors(from, to, words) }
