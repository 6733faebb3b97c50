package evaluate

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Judgements are, for each demand, the level of each judged achievement: 1 unrelated, 2 weakly, 3 rather, 4 strongly related.
type Judgements map[string]map[string]int

// ReadJudgements reads lines of demand, achievement and level, separated by tabs, after a line of headings.
func ReadJudgements(path string) (Judgements, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	j := Judgements{}
	for i, line := range bytes.Split(bytes.TrimSpace(data), []byte("\n")) {
		parts := bytes.Split(bytes.TrimSpace(line), []byte("\t"))
		if i == 0 && len(parts) == 3 && string(parts[2]) == "level" {
			continue
		}
		if len(parts) != 3 {
			return nil, fmt.Errorf("%s 第 %d 行: 应为以制表符分隔的 需求、成果、级别 三列", path, i+1)
		}
		level, err := strconv.Atoi(string(parts[2]))
		if err != nil || level < 1 || level > 4 {
			return nil, fmt.Errorf("%s 第 %d 行: 级别应为 1 至 4", path, i+1)
		}
		demand := string(parts[0])
		if j[demand] == nil {
			j[demand] = map[string]int{}
		}
		j[demand][string(parts[1])] = level
	}
	return j, nil
}

// Figures are how good a run is, each a mean over demands.
type Figures struct {
	NDCG10    float64 // over the judged achievements, gain 2^(level-1)-1
	AUC       float64 // level 3 and 4 against 1 and 2
	Recall50  float64 // of level 3 and 4, in the whole pool
	Recall200 float64
	Demands   int
}

// String writes the figures on a line.
func (f Figures) String() string {
	return fmt.Sprintf("nDCG@10 %.4f  AUC %.4f  recall@50 %.4f  recall@200 %.4f  (%d demands)", f.NDCG10, f.AUC, f.Recall50, f.Recall200, f.Demands)
}

// Judged is a judged achievement and where it was ranked for a demand, counted from 0.
type Judged struct {
	ID           string
	Level, Place int
}

// NotFound is the place of what was not ranked at all.
const NotFound = math.MaxInt

const relevant = 3

// Measure measures a run on the demands that are judged.
func Measure(run Run, judged Judgements) Figures {
	var each []Figures
	for _, demand := range slices.Sorted(maps.Keys(judged)) { // in order, so that the sums are the same to the last digit
		ranked, ok := run[demand]
		if !ok {
			continue
		}
		at := map[string]int{}
		for i, r := range ranked {
			at[r.ID] = i
		}
		var all []Judged
		for id, level := range judged[demand] {
			j := Judged{id, level, NotFound}
			if i, ok := at[id]; ok {
				j.Place = i
			}
			all = append(all, j)
		}
		each = append(each, One(all))
	}
	return Mean(each)
}

// One measures what was judged for one demand; what cannot be said of it is not a number. It sorts all.
func One(all []Judged) Figures {
	slices.SortFunc(all, func(a, b Judged) int { return cmp.Or(cmp.Compare(a.Place, b.Place), strings.Compare(a.ID, b.ID)) })
	return Figures{NDCG10: discounted(all), AUC: pairs(all), Recall50: recalled(all, 50), Recall200: recalled(all, 200), Demands: 1}
}

// Mean is the mean of the figures of demands, of each figure over those of which it can be said.
func Mean(each []Figures) Figures {
	var ndcg, auc, recall50, recall200 mean
	for _, f := range each {
		ndcg.add(f.NDCG10)
		auc.add(f.AUC)
		recall50.add(f.Recall50)
		recall200.add(f.Recall200)
	}
	return Figures{ndcg.value(), auc.value(), recall50.value(), recall200.value(), len(each)}
}

// mean of what is a number.
type mean struct {
	sum float64
	n   int
}

func (m *mean) add(x float64) {
	if !math.IsNaN(x) {
		m.sum, m.n = m.sum+x, m.n+1
	}
}

func (m *mean) value() float64 { return m.sum / float64(m.n) }

// discounted is nDCG@10; not a number if nothing has a gain.
func discounted(all []Judged) float64 {
	gain := func(level int) float64 { return math.Exp2(float64(level-1)) - 1 }
	sum := func(levels []int) (s float64) {
		for i, l := range levels[:min(10, len(levels))] {
			s += gain(l) / math.Log2(float64(i+2))
		}
		return s
	}
	got := make([]int, len(all))
	for i, j := range all {
		got[i] = j.Level
	}
	best := slices.Clone(got)
	slices.SortFunc(best, func(a, b int) int { return b - a })
	return sum(got) / sum(best)
}

// pairs is the share of pairs of a relevant and another that are in order; not a number if there are none.
func pairs(all []Judged) float64 {
	right, pairs := 0.0, 0.0
	for _, a := range all {
		if a.Level < relevant {
			continue
		}
		for _, b := range all {
			if b.Level >= relevant {
				continue
			}
			pairs++
			switch {
			case a.Place < b.Place:
				right++
			case a.Place == b.Place:
				right += 0.5
			}
		}
	}
	return right / pairs
}

// recalled is the share of the relevant among the first; not a number if none is relevant.
func recalled(all []Judged, first int) float64 {
	found, relevants := 0.0, 0.0
	for _, j := range all {
		if j.Level < relevant {
			continue
		}
		relevants++
		if j.Place < first {
			found++
		}
	}
	return found / relevants
}
