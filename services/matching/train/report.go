package train

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/jiebang/jiebang/services/matching/evaluate"
	"github.com/jiebang/jiebang/services/matching/match"
)

// The demands are split into so many parts, and in so many ways: what one way of splitting says is a matter of luck.
const (
	Folds = 5
	Ways  = 3
)

// Fold is demands that were held out in one way of splitting, their figures, and the weights, which were chosen without them.
type Fold struct {
	Demands []string
	Figures evaluate.Figures
	Weights []float64
}

// Without is what is lost without a feature: its figures are those of weights that were chosen without it.
type Without struct {
	Feature        match.Feature
	Figures        evaluate.Figures
	NDCG10, Recall Difference
}

// Difference of the mean of a figure, and its standard error over demands.
type Difference struct{ Mean, Error float64 }

// Report is what training found.
type Report struct {
	Features []match.Feature
	Folds    []Fold
	All      evaluate.Figures // of each demand, with the weights of its fold, in the mean of the ways
	Without  []Without
	Weights  []float64 // chosen with all demands
}

// Train cross-validates, measures what each feature gains, and finds weights with all demands. told is told of how many weights have been measured.
func Train(s *Sample, told func(measured int)) (Report, error) {
	r := Report{Features: s.Features}
	splits := make([][][]int, Ways)
	for way := range splits {
		var err error
		if splits[way], err = s.Split(way); err != nil {
			return r, err
		}
	}
	t := &trainer{sample: s, known: map[string][]evaluate.Figures{}, told: told}
	whole, folds := t.cross(splits, none)
	r.All, r.Folds = evaluate.Mean(whole), folds
	for k, name := range s.Features {
		part, _ := t.cross(splits, k)
		r.Without = append(r.Without, Without{name, evaluate.Mean(part),
			difference(whole, part, func(f evaluate.Figures) float64 { return f.NDCG10 }),
			difference(whole, part, func(f evaluate.Figures) float64 { return f.Recall50 })})
	}
	r.Weights = t.chosen(splits[0], none)
	return r, nil
}

// cross measures each demand with weights that were chosen without its fold, in the mean of the ways of splitting.
func (t *trainer) cross(splits [][][]int, without int) (whole []evaluate.Figures, folds []Fold) {
	ways := make([][]evaluate.Figures, len(t.sample.Demands)) // by demand
	for _, split := range splits {
		for i, held := range split {
			w := t.chosen(slices.Delete(slices.Clone(split), i, i+1), without)
			f := t.figures(w)
			for _, d := range held {
				ways[d] = append(ways[d], f[d])
			}
			folds = append(folds, Fold{t.sample.names(held), t.on(held, w), w})
		}
	}
	for _, w := range ways {
		whole = append(whole, evaluate.Mean(w))
	}
	return whole, folds
}

// difference is of what is without from what is whole, demand by demand.
func difference(whole, without []evaluate.Figures, of func(evaluate.Figures) float64) Difference {
	var sum, squares, n float64
	for i := range whole {
		if d := of(without[i]) - of(whole[i]); !math.IsNaN(d) {
			sum, squares, n = sum+d, squares+d*d, n+1
		}
	}
	mean := sum / n
	return Difference{mean, math.Sqrt(max(0, squares/n-mean*mean) / n)}
}

// String writes the report as tables.
func (r Report) String() string {
	var b strings.Builder
	b.WriteString("嵌套交叉验证(按需求分份,各份的权重不看该份的评判;分法不同,结果有运气)\n分法-份\t需求\tnDCG@10\trecall@50\t权重\n")
	for i, f := range r.Folds {
		fmt.Fprintf(&b, "%d-%d\t%d\t%.4f\t%.4f\t%s\n", i/Folds+1, i%Folds+1, f.Figures.Demands, f.Figures.NDCG10, f.Figures.Recall50, r.named(f.Weights))
	}
	fmt.Fprintf(&b, "合计\t%d\t%.4f\t%.4f\t(AUC %.4f,recall@200 %.4f)\n", r.All.Demands, r.All.NDCG10, r.All.Recall50, r.All.AUC, r.All.Recall200)
	b.WriteString("\n去掉一个成分(其余重新训练),括号内为差的标准误\n成分\tnDCG@10\t差\trecall@50\t差\n")
	for _, w := range r.Without {
		fmt.Fprintf(&b, "%s\t%.4f\t%s\t%.4f\t%s\n", w.Feature, w.Figures.NDCG10, w.NDCG10, w.Figures.Recall50, w.Recall)
	}
	fmt.Fprintf(&b, "\n全部需求训练所得: %s", r.named(r.Weights))
	return b.String()
}

// String writes a difference with its standard error.
func (d Difference) String() string { return fmt.Sprintf("%+.4f (%.4f)", d.Mean, d.Error) }

func (r Report) named(w []float64) string {
	all := make([]string, len(w))
	for k, x := range w {
		all[k] = fmt.Sprintf("%s %g", r.Features[k], x)
	}
	return strings.Join(all, ", ")
}

// Model is a model with the weights that were found; what is not learned is as in another.
func (r Report) Model(seen match.Trained, like *match.Model) *match.Model {
	m := *like
	m.Weights = map[match.Feature]float64{}
	for k, name := range r.Features {
		m.Weights[name] = r.Weights[k]
	}
	seen.Folds, seen.NDCG10, seen.Recall50 = Folds, digits(r.All.NDCG10), digits(r.All.Recall50)
	m.Trained = &seen
	m.About = "Weights by `jiebangd matching train`; the figures are of nested cross-validation by demand. What is not a weight is set, as are the bonuses: there are no judgements about them."
	m.Version = ""
	sum := sha256.Sum256(Document(&m))
	m.Version = hex.EncodeToString(sum[:6])
	return &m
}

func digits(x float64) float64 { return math.Round(x*1e4) / 1e4 }

// Document is a model as it is kept.
func Document(m *match.Model) []byte {
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		panic(err) // numbers and texts only
	}
	return append(b, '\n')
}
