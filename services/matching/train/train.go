// Package train finds the weights of the matching model from judged pairs. It is small and looks at few weights, each one of a few round values:
// what is trained on a hundred demands must hold for others.
//
//   - The same input gives the same model: nothing depends on chance, time, or the order of a map.
//   - The figures are of nested cross-validation by demand: weights, and how far they are drawn towards simple ones, are chosen from the demands
//     outside a fold, and measured on those in it.
package train

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/jiebang/jiebang/services/matching/evaluate"
	"github.com/jiebang/jiebang/services/matching/match"
)

// Demand is a judged demand: for each achievement its features, one achievement after the other, and the judged ones.
type Demand struct {
	ID     string
	Rows   []float32
	Judged []Judgement
}

// Judgement is the level of the achievement of a row.
type Judgement struct{ Row, Level int }

// Sample is what weights are found from.
type Sample struct {
	Features     []match.Feature // that a row has, in this order; the first weighs 1
	Achievements []string        // ids of the rows, in ascending order
	Demands      []Demand
	Seen         match.Trained // what the model is to say of the sample
}

// ErrNothing is that no demand has both a judgement and a text.
var ErrNothing = errors.New("没有可供训练的评判: 评判文件中的需求应在需求文件中,成果应在成果文件中")

// Read compares every judged demand with every achievement.
func Read(set evaluate.Set, judged evaluate.Judgements, model *match.Model, told func(done, all int)) (*Sample, error) {
	set.Achievements = slices.SortedFunc(slices.Values(set.Achievements), func(a, b evaluate.Achievement) int { return strings.Compare(a.ID, b.ID) })
	matcher, err := set.Matcher(model) // by all demands: what they have in common is no label
	if err != nil {
		return nil, err
	}
	s := &Sample{Features: match.Learned()}
	read, row := make([]*match.Candidate, len(set.Achievements)), map[string]int{}
	for i, a := range set.Achievements {
		read[i], row[a.ID] = matcher.Read(match.Text{Title: a.Title, Body: a.Text}), i
		s.Achievements = append(s.Achievements, a.ID)
	}
	asks := map[string]evaluate.Demand{}
	for _, d := range set.Demands {
		asks[d.ID] = d
	}
	var texts []match.Text
	for _, id := range slices.Sorted(maps.Keys(judged)) {
		d := Demand{ID: id}
		for _, a := range slices.Sorted(maps.Keys(judged[id])) {
			if at, ok := row[a]; ok {
				d.Judged = append(d.Judged, Judgement{at, judged[id][a]})
			}
		}
		if a, ok := asks[id]; ok && len(d.Judged) > 0 {
			s.Demands, texts = append(s.Demands, d), append(texts, match.Text{Title: a.Title, Body: a.Text})
			s.Seen.Judgements += len(d.Judged)
		}
	}
	if len(s.Demands) == 0 {
		return nil, ErrNothing
	}
	s.Seen.Demands, s.Seen.Achievements = len(s.Demands), len(s.Achievements)
	var mu sync.Mutex
	done := 0
	parallel(len(s.Demands), func(i int) {
		q := matcher.Prepare(texts[i])
		for _, c := range read {
			f := q.Compare(c)
			for _, name := range s.Features {
				s.Demands[i].Rows = append(s.Demands[i].Rows, float32(f[name]))
			}
		}
		mu.Lock()
		defer mu.Unlock()
		done++
		told(done, len(s.Demands))
	})
	return s, nil
}

// parallel does work for 0 to n-1 on all cores.
func parallel(n int, work func(i int)) {
	var group sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for i := range next {
				work(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	group.Wait()
}

// measure measures the ranking of a demand by weights.
func (s *Sample) measure(d *Demand, w weights) evaluate.Figures {
	n := len(s.Features)
	score := func(row int) (sum float64) {
		for k, x := range d.Rows[row*n : (row+1)*n] {
			sum += w[k] * float64(x)
		}
		return sum
	}
	type scored struct {
		Judgement
		score float64
	}
	all := make([]scored, len(d.Judged))
	for i, j := range d.Judged {
		all[i] = scored{j, score(j.Row)}
	}
	slices.SortFunc(all, func(a, b scored) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.Row, b.Row)) })
	ahead := make([]int, len(all)+1) // of how many rows this is the first judged one that they are ahead of
	for row := range len(d.Rows) / n {
		x := score(row)
		at, _ := slices.BinarySearchFunc(all, row, func(j scored, row int) int {
			if x > j.score || x == j.score && row < j.Row {
				return 1
			}
			return -1
		})
		ahead[at]++
	}
	judged, place := make([]evaluate.Judged, len(all)), 0
	for i, j := range all {
		place += ahead[i]
		judged[i] = evaluate.Judged{ID: s.Achievements[j.Row], Level: j.Level, Place: place}
	}
	return evaluate.One(judged)
}

// Fingerprint is the SHA-256 of files, their lengths with them.
func Fingerprint(paths ...string) (string, error) {
	h := sha256.New()
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%d\n%s", len(data), data)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// names are the ids of demands.
func (s *Sample) names(demands []int) (names []string) {
	for _, d := range demands {
		names = append(names, s.Demands[d].ID)
	}
	return names
}
