package redflag

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/jiebang/jiebang/services/bidding/bid"
)

// tally counts what an organization has to do with.
type tally struct {
	organization, role string
	of, hit            int64
	fields             map[string]bool
	day                string // the last
	evidence           []Evidence
}

func (t *tally) add(d Demand, of, hit int64) {
	t.of, t.hit = t.of+of, t.hit+hit
	t.day = max(t.day, d.subject(nil).day)
	if hit > 0 {
		t.evidence = append(t.evidence, d.says("counted", strconv.FormatInt(hit, 10)))
	}
}

// mostEvidence is how many records a count of many is told with.
const mostEvidence = 50

func (t *tally) told(more ...Evidence) []Evidence {
	return append(more, t.evidence[:min(len(t.evidence), mostEvidence)]...)
}

// unusual raises the question of RF06 about firms and experts among whose bids unusually many are disqualified.
func (s *scan) unusual(rates map[string]*tally) {
	for _, role := range []string{"firm ", "panel"} {
		var values []int64
		var all []*tally
		for _, key := range slices.Sorted(maps.Keys(rates)) {
			if t := rates[key]; t.role == role && t.of >= s.in(subject{day: t.day}).Int("min_bids") {
				all, values = append(all, t), append(values, t.hit*million/t.of)
			}
		}
		scarce := len(all) == 0
		for i, t := range all {
			u := s.organization(t.organization, t.day).keyed(role)
			f, ok := fence(values, s.in(u).Int("min_sample"), s.in(u).Int("iqr_tenths"))
			if scarce = scarce || !ok; ok && t.hit > 0 && f.above(values[i]) {
				s.raise(u, fmt.Sprintf("所涉 %d 份揭榜中 %d 份被取消资格,比例在同类中异常,请核实", t.of, t.hit),
					t.told(f.evidence(s.Ledger, s.Ledger.says("rate_ppm", strconv.FormatInt(values[i], 10)))...)...)
			}
		}
		if scarce {
			s.blind("sample "+strings.TrimSpace(role), Sample)
		}
	}
}

// solvers count, for each bidder, the decided demands for which it has bid, and those that it has won.
func (s *scan) solvers() []*tally {
	all := map[string]*tally{}
	for _, d := range s.Demands {
		if !d.decided() {
			continue
		}
		for _, b := range s.Bids[d.ID] {
			t := all[b.Organization]
			if t == nil {
				t = &tally{organization: b.Organization, fields: map[string]bool{}}
				all[b.Organization] = t
			}
			won := b.State == bid.Won || b.State == bid.Selected
			t.add(d, 1, map[bool]int64{true: 1}[won])
			if won {
				t.fields[d.Field] = true
			}
		}
	}
	var list []*tally
	for _, key := range slices.Sorted(maps.Keys(all)) {
		list = append(list, all[key])
	}
	return list
}

var manyFields = Rule{
	Code: "RF07", Version: 1, Name: "中榜领域异常之多", Meaning: "一家机构中榜的技术领域数不少于 min_fields,且在中榜者中异常", Needs: []Fact{Winner, Sample},
	Parameters: outliers(Parameter{Name: "min_fields", Meaning: "至少的领域数", Min: 2, Max: 50}),
	find: func(s *scan) {
		var values []int64
		var winners []*tally
		for _, t := range s.solvers() {
			if t.hit > 0 {
				s.saw()
				winners, values = append(winners, t), append(values, int64(len(t.fields)))
			}
		}
		scarce := len(winners) == 0
		for i, t := range winners {
			u := s.organization(t.organization, t.day)
			f, ok := fence(values, s.in(u).Int("min_sample"), s.in(u).Int("iqr_tenths"))
			if scarce = scarce || !ok; ok && values[i] >= s.in(u).Int("min_fields") && f.above(values[i]) {
				s.raise(u, fmt.Sprintf("在 %d 个技术领域中榜,在中榜者中异常,请核实其专业能力", values[i]),
					t.told(f.evidence(s.Ledger, s.Ledger.says("fields", strings.Join(slices.Sorted(maps.Keys(t.fields)), " ")))...)...)
			}
		}
		if scarce {
			s.blind("sample", Sample)
		}
	},
}

var alwaysLoses = Rule{
	Code: "RF08", Version: 1, Name: "屡揭不中", Meaning: "揭榜不少于 min_bids 次,中榜不超过 max_win_percent%", Needs: []Fact{Winner},
	Parameters: []Parameter{{Name: "min_bids", Meaning: "至少的揭榜次数", Min: 2, Max: 10_000}, {Name: "max_win_percent", Meaning: "中榜的百分比", Min: 0, Max: 50}},
	find: func(s *scan) {
		for _, t := range s.solvers() {
			s.saw()
			u := s.organization(t.organization, t.day)
			if p := s.in(u); t.of >= p.Int("min_bids") && t.hit*100 <= p.Int("max_win_percent")*t.of {
				s.raise(u, fmt.Sprintf("揭榜 %d 次,中榜 %d 次,请核实是否陪标", t.of, t.hit), t.told(s.Ledger.says("bids", strconv.FormatInt(t.of, 10)), s.Ledger.says("wins", strconv.FormatInt(t.hit, 10)))...)
			}
		}
	},
}
