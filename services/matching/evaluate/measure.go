package evaluate

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
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

const relevant = 3

// Measure measures a run on the demands that are judged.
func Measure(run Run, judged Judgements) (f Figures) {
	var ndcg, auc, recall50, recall200 mean
	for demand, levels := range judged {
		ranked, ok := run[demand]
		if !ok {
			continue
		}
		f.Demands++
		at := map[string]int{}
		for i, r := range ranked {
			at[r.ID] = i
		}
		place := func(id string) int {
			if i, ok := at[id]; ok {
				return i
			}
			return math.MaxInt // not found at all
		}
		var order []string
		for id := range levels {
			order = append(order, id)
		}
		slices.SortFunc(order, func(a, b string) int {
			if c := place(a) - place(b); c != 0 {
				return c
			}
			return bytes.Compare([]byte(a), []byte(b))
		})
		ndcg.add(discounted(order, levels))
		auc.add(pairs(order, levels, place))
		recall50.add(recalled(levels, place, 50))
		recall200.add(recalled(levels, place, 200))
	}
	f.NDCG10, f.AUC, f.Recall50, f.Recall200 = ndcg.value(), auc.value(), recall50.value(), recall200.value()
	return f
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
func discounted(order []string, levels map[string]int) float64 {
	gain := func(level int) float64 { return math.Exp2(float64(level-1)) - 1 }
	sum := func(levels []int) (s float64) {
		for i, l := range levels[:min(10, len(levels))] {
			s += gain(l) / math.Log2(float64(i+2))
		}
		return s
	}
	got := make([]int, len(order))
	for i, id := range order {
		got[i] = levels[id]
	}
	best := slices.Clone(got)
	slices.SortFunc(best, func(a, b int) int { return b - a })
	return sum(got) / sum(best)
}

// pairs is the share of pairs of a relevant and another that are in order; not a number if there are none.
func pairs(order []string, levels map[string]int, place func(string) int) float64 {
	right, all := 0.0, 0.0
	for _, a := range order {
		if levels[a] < relevant {
			continue
		}
		for _, b := range order {
			if levels[b] >= relevant {
				continue
			}
			all++
			switch pa, pb := place(a), place(b); {
			case pa < pb:
				right++
			case pa == pb:
				right += 0.5
			}
		}
	}
	return right / all
}

// recalled is the share of the relevant among the first; not a number if none is relevant.
func recalled(levels map[string]int, place func(string) int, first int) float64 {
	found, all := 0.0, 0.0
	for id, l := range levels {
		if l < relevant {
			continue
		}
		all++
		if place(id) < first {
			found++
		}
	}
	return found / all
}
