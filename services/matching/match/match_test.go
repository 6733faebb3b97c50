package match_test

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jiebang/jiebang/services/matching/match"
)

// pool are titles of what is offered; asks are texts of demands.
var (
	pool = []string{"超细碳酸钙表面改性技术", "变压器油中溶解气体在线监测", "草莓采后保鲜与冷链运输", "污水深度脱氮处理装置", "有机硅消泡剂的制备方法", "碳酸钙片剂", "轴承钢热处理工艺", "无人机航测系统"}
	asks = []string{"本公司需要提高碳酸钙的白度", "本公司需要降低变压器的损耗", "本公司希望延长果蔬的保鲜期", "本公司需要处理废水中的总氮"}
)

func matcher(t testing.TB) *match.Matcher {
	t.Helper()
	model, err := match.Weights()
	if err != nil {
		t.Fatal(err)
	}
	table, err := match.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	m := &match.Matcher{Model: model, Table: table, Pool: match.NewFrequencies(), Asks: match.NewFrequencies()}
	for _, p := range pool {
		m.Pool.Add(p)
	}
	for _, a := range asks {
		m.Asks.Add(a)
	}
	return m
}

// TestScores: what a demand asks for scores above what only shares a word with it, also when it is said in other words.
func TestScores(t *testing.T) {
	m := matcher(t)
	for _, c := range []struct{ title, body, best, decoy string }{
		{"高白度超细碳酸钙改性", "用于涂料填充", pool[0], pool[5]},
		{"变压器油气体监测", "", pool[1], pool[3]},
		{"水果采摘以后怎样保持新鲜", "希望延长货架期", pool[2], pool[6]},
		{"废水脱氮", "总氮降到一半", pool[3], pool[4]},
		{"轴承的热处理", "", pool[6], pool[7]},
	} {
		q := m.Prepare(match.Text{Title: c.title, Body: c.body})
		best, decoy := m.Model.Score(q.Compare(m.Read(match.Text{Title: c.best}))), m.Model.Score(q.Compare(m.Read(match.Text{Title: c.decoy})))
		if best <= decoy {
			t.Errorf("%s: %s scores %.3f, %s %.3f", c.title, c.best, best, c.decoy, decoy)
		}
	}
}

// TestFeatures stay within their bounds, whatever the texts: empty, not in the pool, the same.
func TestFeatures(t *testing.T) {
	full, none, few := matcher(t), matcher(t), matcher(t)
	none.Pool, none.Asks = match.NewFrequencies(), match.NewFrequencies()
	few.Asks = match.NewFrequencies()
	for range 100 {
		full.Asks.Add("碳酸钙 每项需求都有的话")
	}
	for _, m := range []*match.Matcher{full, none, few} {
		bounded(t, m)
	}
	// A new market has no demands to learn from, and matches all the same.
	if q := few.Prepare(match.Text{Title: "碳酸钙改性"}); q.Compare(few.Read(match.Text{Title: pool[0]}))[match.Title] < 0.1 {
		t.Error("without demands nothing matches")
	}
}

func bounded(t *testing.T, m *match.Matcher) {
	t.Helper()
	texts := []string{"", "qqq zzz", "碳酸钙", pool[0], "\x00\xff", "𠮷野家"}
	for _, a := range texts {
		q := m.Prepare(match.Text{Title: a, Body: a})
		for _, b := range texts {
			for name, x := range q.Compare(m.Read(match.Text{Title: b, Body: b})) {
				if !(x >= 0 && x <= 1.0001) { // not a number is neither
					t.Errorf("%s of %q and %q is %v", name, a, b, x)
				}
			}
		}
	}
}

// TestExplain: the weights of the reasons add up to the score, and each fact has its own.
func TestExplain(t *testing.T) {
	m := matcher(t)
	asks, offers := match.Text{Title: "废水脱氮", Body: "总氮不高于 15mg/L"}, match.Text{Title: "污水深度脱氮处理装置", Body: "出水总氮 15mg/L"}
	q := m.Prepare(asks)
	plain, _ := q.Explain(m.Read(offers), asks, offers, match.Facts{})
	score, reasons := q.Explain(m.Read(offers), asks, offers, match.Facts{SameField: true, Mature: true, Contracts: 5})
	sum, kinds := 0, map[match.Kind]match.Reason{}
	for _, r := range reasons {
		sum += r.Weight
		kinds[r.Kind] = r
	}
	if sum != score || score <= plain || score > 1000 {
		t.Errorf("the reasons add up to %d, the score is %d, without facts %d", sum, score, plain)
	}
	if !slices.Contains(kinds[match.SharedTerms].Terms, "脱氮") || !slices.Contains(kinds[match.Indicator].Terms, "15mg/l") || !slices.Contains(kinds[match.Alike].Terms, "废水—污水") {
		t.Errorf("got %v", reasons)
	}
	for _, k := range []match.Kind{match.SameField, match.Stage, match.PastContracts} {
		if kinds[k].Weight == 0 {
			t.Errorf("no reason of kind %s", k)
		}
	}
}

// TestNear finds among two thousand titles nearly all that comparing every one of them finds, in the same order, and the nearest of all always.
func TestNear(t *testing.T) {
	m := matcher(t)
	words := []string{"碳酸钙", "变压器", "草莓", "污水", "有机硅", "轴承", "无人机", "冷链", "热处理", "监测", "保鲜", "脱氮", "改性", "装置", "消泡剂", "航测"}
	near, titles := &match.Near{}, []string{}
	for n := range 2000 {
		title := words[n%16] + words[n/16%16] + words[n*7%16] + words[n*n%13]
		titles = append(titles, title)
		near.Add(m, strconv.Itoa(n), title)
	}
	const most = 20
	missed := 0
	for _, p := range append(pool, asks...) {
		q := m.Prepare(match.Text{Title: p})
		meaning := func(n int) float64 { return q.Compare(m.Read(match.Text{Title: titles[n]}))[match.Meaning] }
		all := make([]float64, len(titles))
		for n := range titles {
			all[n] = meaning(n)
		}
		slices.SortFunc(all, func(a, b float64) int { return cmp.Compare(b, a) })
		found := q.Nearest(near, most)
		before := math.Inf(1)
		for i, id := range found {
			n, err := strconv.Atoi(id)
			if err != nil {
				t.Fatalf("%s: found %s", p, id)
			}
			x := meaning(n)
			if x > before+0.02 || i == 0 && x < all[0]-0.02 {
				t.Errorf("%s: at place %d is %s, %.3f, after %.3f; the nearest is %.3f", p, i, titles[n], x, before, all[0])
			}
			if before = x; x < all[most-1]-0.02 {
				missed++
			}
		}
		if len(found) != most {
			t.Errorf("%s: found %d", p, len(found))
		}
	}
	if all := most * (len(pool) + len(asks)); missed*20 > all {
		t.Errorf("of %d that are found %d are not among the nearest", all, missed)
	}
	if got := m.Prepare(match.Text{Title: "qqq"}).Nearest(near, most); got != nil {
		t.Errorf("a title without a word is near %v", got)
	}
}

// TestTable writes a table, reads it, and cuts words by it; what is not a table is refused.
func TestTable(t *testing.T) {
	vectors := make([]match.Vector, 3)
	for i := range vectors {
		vectors[i][i] = 1
	}
	data := match.WriteTable([]string{"碳酸钙", "碳", "改性"}, vectors)
	table, err := match.ReadTable(data)
	if err != nil {
		t.Fatal(err)
	}
	if got := table.Words("超碳酸钙改性碳"); !slices.Equal(got, []string{"碳酸钙", "改性", "碳"}) {
		t.Errorf("got %v", got)
	}
	for _, bad := range [][]byte{nil, []byte("x"), data[:len(data)-1], data[1:]} {
		if _, err := match.ReadTable(bad); err == nil {
			t.Errorf("%.20q is taken for a table", bad)
		}
	}
	if _, err := match.ReadModel([]byte(`{"version": "1"}`)); err == nil {
		t.Error("a model without weights is taken")
	}
}

// BenchmarkScore reads a candidate and scores it, which a match does some hundreds of times.
func BenchmarkScore(b *testing.B) {
	m := matcher(b)
	q := m.Prepare(match.Text{Title: "高白度超细碳酸钙表面改性技术", Body: strings.Repeat(strings.Join(asks, ",")+"。", 5)})
	for n := 0; b.Loop(); n++ {
		m.Model.Score(q.Compare(m.Read(match.Text{Title: pool[n%len(pool)]})))
	}
}

// BenchmarkNear looks for what is near among as many titles as a province has.
func BenchmarkNear(b *testing.B) {
	m, near := matcher(b), &match.Near{}
	for n := range 154_000 {
		near.Add(m, strconv.Itoa(n), pool[n%8]+pool[n/8%8]+asks[n/64%4]+pool[n/256%8])
	}
	q := m.Prepare(match.Text{Title: "高白度超细碳酸钙表面改性技术"})
	for b.Loop() {
		q.Nearest(near, match.ByMeaning)
	}
}
