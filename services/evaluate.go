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
	Engine                string // embedded, or meilisearch, which Search names
	Search                Meilisearch
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
	index, err := e.engine(ctx, set)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, index.Close()) }()
	ranker, err := e.ranker(set, index)
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

// The engines that can be evaluated.
const (
	EngineEmbedded    = "embedded"
	EngineMeilisearch = "meilisearch"
)

// engine is a fresh one in memory, or the search server's, with indexes of its own for this, filled.
func (e Evaluation) engine(ctx context.Context, set evaluate.Set) (engine.Engine, error) {
	memory := embedded.New()
	switch {
	case e.Engine == EngineEmbedded:
		return memory, set.Load(ctx, memory)
	case e.Engine != EngineMeilisearch:
		return nil, fmt.Errorf("--engine 应为 %s 或 %s,而不是 %q", EngineEmbedded, EngineMeilisearch, e.Engine)
	case e.Search.URL == "":
		return nil, errNoSearch
	}
	e.Search.Prefix += "_evaluation"
	remote, err := e.Search.remote()(ctx, memory)
	if err != nil {
		return nil, err
	}
	return remote, errors.Join(set.Load(ctx, memory), set.Load(ctx, remote))
}

func (e Evaluation) ranker(set evaluate.Set, index engine.Engine) (evaluate.Ranker, error) {
	if e.How == HowEngine {
		return evaluate.Plain(index), nil
	}
	if e.How != HowMatching && e.How != HowServed {
		return nil, fmt.Errorf("--how 应为 %s、%s 或 %s,而不是 %q", HowMatching, HowServed, HowEngine, e.How)
	}
	model, err := match.Weights()
	if err != nil {
		return nil, err
	}
	matcher, err := set.Matcher(model)
	switch {
	case err != nil:
		return nil, err
	case e.How == HowServed:
		return set.Matched(matcher, index, evaluate.Served), nil
	case e.Engine == EngineMeilisearch: // which gives so many of each question and no more
		return set.Matched(matcher, index, evaluate.Deep), nil
	}
	return set.Matched(matcher, nil, evaluate.Depth{}), nil
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
