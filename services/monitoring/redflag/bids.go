package redflag

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/matching/shingle"
	"github.com/jiebang/jiebang/services/money"
)

var shortPeriod = Rule{
	Code: "RF01", Version: 1, Name: "揭榜期过短", Meaning: "从发布到截止不足 min_days 天", Needs: []Fact{Publication, Deadline},
	Parameters: []Parameter{{Name: "min_days", Meaning: "揭榜期至少的天数", Min: 1, Max: 365}},
	find: func(s *scan) {
		for _, d := range s.Demands {
			s.saw()
			u := d.subject(d.Published)
			if d.Published == nil || d.Deadline == nil {
				s.lack(u, missing(d.Published == nil, Publication, d.Deadline == nil, Deadline)...)
				continue
			}
			if least := s.in(u).Int("min_days"); d.Deadline.Sub(*d.Published) < time.Duration(least)*24*time.Hour {
				s.raise(u, fmt.Sprintf("从发布到截止不足 %d 天,请核实揭榜期是否充分", least), d.at("published_at", *d.Published), d.at("deadline", *d.Deadline))
			}
		}
	},
}

// missing are the facts whose conditions hold.
func missing(pairs ...any) (facts []Fact) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i].(bool) {
			facts = append(facts, pairs[i+1].(Fact))
		}
	}
	return facts
}

var singleBidder = Rule{
	Code: "RF02", Version: 1, Name: "公开揭榜仅一家", Meaning: "定榜的需求只有 max_bidders 家以内揭榜", Needs: []Fact{Winner},
	Parameters: []Parameter{{Name: "max_bidders", Meaning: "不多于这么多家揭榜即提示", Min: 1, Max: 10}},
	find: func(s *scan) {
		for _, d := range s.Demands {
			if !d.decided() || len(s.Bids[d.ID]) == 0 {
				continue
			}
			s.saw()
			u, bidders := d.subject(nil), map[string]bool{}
			evidence := []Evidence{}
			for _, b := range s.Bids[d.ID] {
				bidders[b.Organization] = true
				evidence = append(evidence, b.says("bidder", "organizations/"+b.Organization))
			}
			if len(bidders) <= int(s.in(u).Int("max_bidders")) {
				u.organizations = append(u.organizations, organizationsOf(s.Bids[d.ID])...)
				s.raise(u, fmt.Sprintf("公开揭榜只有 %d 家揭榜,请核实竞争是否充分", len(bidders)), append(evidence, d.count("bidders", len(bidders)))...)
			}
		}
	},
}

func organizationsOf(bids []Bid) (all []string) {
	for _, b := range bids {
		if !slices.Contains(all, b.Organization) {
			all = append(all, b.Organization)
		}
	}
	return all
}

// rival is the bid behind the winner: the next of the ranking, or without a ranking the cheapest.
func rival(d Demand, bids []Bid, winner *Bid) *Bid {
	var best *Bid
	for i := range bids {
		b := &bids[i]
		if b.ID == winner.ID || !b.readable() || b.State == bid.Disqualified || b.Amount == nil {
			continue
		}
		if best == nil || behind(d, best, b) {
			best = b
		}
	}
	return best
}

func behind(d Demand, a, b *Bid) bool {
	if i, j := slices.Index(d.Ranking, a.ID), slices.Index(d.Ranking, b.ID); i != j {
		return i < 0 || j >= 0 && j < i
	}
	return *b.Amount < *a.Amount
}

// duel is a winner, the bid behind it, and by how much the prices differ, in millionths of the winner's.
type duel struct {
	demand         Demand
	winner, second *Bid
	difference     int64
}

var priceDistance = Rule{
	Code: "RF03", Version: 1, Name: "中榜价与次位价差异常", Meaning: "中榜报价与次位报价之差,落在同类差距的四分位距界限上或界限外", Needs: []Fact{Winner, BidAmount, Sample},
	Parameters: outliers(),
	find: func(s *scan) {
		var duels []duel
		var values []int64
		for _, d := range s.Demands {
			w := s.winner(d)
			if !d.decided() || w == nil || len(s.Bids[d.ID]) < 2 {
				continue
			}
			s.saw()
			second := rival(d, s.Bids[d.ID], w)
			if w.Amount == nil || *w.Amount <= 0 || second == nil {
				s.lack(d.subject(nil), BidAmount)
				continue
			}
			duels = append(duels, duel{d, w, second, ratio(*second.Amount-*w.Amount, *w.Amount)})
			values = append(values, duels[len(duels)-1].difference)
		}
		scarce := false
		for _, p := range duels {
			u := p.demand.subject(nil)
			f, ok := fence(values, s.in(u).Int("min_sample"), s.in(u).Int("iqr_tenths"))
			if scarce = scarce || !ok; !ok || !f.below(p.difference) && !f.above(p.difference) {
				continue
			}
			u.organizations = append(u.organizations, p.winner.Organization, p.second.Organization)
			s.raise(u, "中榜报价与次位报价的差距在同类需求中异常,请核实报价是否独立", append(f.evidence(s.Ledger, p.demand.says("difference_ppm", strconv.FormatInt(p.difference, 10))),
				p.winner.amount("winning_amount_fen", *p.winner.Amount), p.second.amount("second_amount_fen", *p.second.Amount))...)
		}
		if scarce || len(duels) == 0 {
			s.blind("sample", Sample)
		}
	},
}

// outliers are the parameters of rules that compare with the like.
func outliers(more ...Parameter) []Parameter {
	return append([]Parameter{{Name: "min_sample", Meaning: "同类样本至少的个数", Min: 4, Max: 10_000}, {Name: "iqr_tenths", Meaning: "界限在四分位数外多少个四分位距的十分之一", Min: 1, Max: 100}}, more...)
}

// evidence tells of the fences behind what is told of.
func (f fences) evidence(ledger Record, of Evidence) []Evidence {
	quarter := func(v int64) string { return fmt.Sprintf("%d/4", v) }
	return []Evidence{of, ledger.says("sample", strconv.FormatInt(f.sample, 10)), ledger.says("first_quartile", quarter(f.first)), ledger.says("third_quartile", quarter(f.third))}
}

var sameBids = Rule{
	Code: "RF04", Version: 1, Name: "揭榜报价相同或内容雷同", Meaning: "同一需求的两份揭榜报价相同,或揭榜书至少 text_percent% 相同", Needs: []Fact{BidAmount, BidText},
	Parameters: []Parameter{{Name: "text_percent", Meaning: "内容相同的百分比", Min: 50, Max: 100}},
	find: func(s *scan) {
		for _, d := range s.Demands {
			bids := slices.DeleteFunc(slices.Clone(s.Bids[d.ID]), func(b Bid) bool { return !b.readable() })
			if len(bids) < 2 {
				continue
			}
			s.saw()
			sketches := make([]*shingle.Sketch, len(bids))
			for i, b := range bids {
				u := d.subject(nil).keyed(b.ID)
				if b.Amount == nil || b.Text == nil {
					s.lack(u, missing(b.Amount == nil, BidAmount, b.Text == nil, BidText)...)
				}
				if b.Text != nil {
					if k, ok := shingle.Of(*b.Text); ok {
						sketches[i] = &k
					}
				}
				for j := range i {
					s.compare(d, &bids[j], &b, sketches[j], sketches[i])
				}
			}
		}
	},
}

// compare raises the question of RF04 about two bids.
func (s *scan) compare(d Demand, a, b *Bid, one, other *shingle.Sketch) {
	u := d.subject(nil).keyed(a.ID + " " + b.ID)
	u.organizations = append(u.organizations, a.Organization, b.Organization)
	var evidence []Evidence
	if a.Amount != nil && b.Amount != nil && *a.Amount == *b.Amount {
		evidence = append(evidence, a.amount("amount_fen", *a.Amount), b.amount("amount_fen", *b.Amount))
	}
	if one != nil && other != nil {
		if same := shingle.Similarity(*one, *other); same >= int(s.in(u).Int("text_percent")) {
			evidence = append(evidence, a.count("text_percent", same), b.count("text_percent", same))
		}
	}
	if len(evidence) > 0 {
		s.raise(u, "两份揭榜报价相同或内容雷同,请核实是否各自编制", evidence...)
	}
}

var lateWinner = Rule{
	Code: "RF05", Version: 1, Name: "迟到的揭榜中榜", Meaning: "中榜的揭榜不早于截止时间提交;系统本不应允许,一旦出现即为告警", Needs: []Fact{Winner, Submission, Deadline},
	find: func(s *scan) {
		for _, d := range s.Demands {
			w := s.winner(d)
			if !d.decided() || w == nil {
				continue
			}
			s.saw()
			u := d.subject(nil)
			u.organizations = append(u.organizations, w.Organization)
			if w.Submitted == nil || d.Deadline == nil {
				s.lack(u, missing(w.Submitted == nil, Submission, d.Deadline == nil, Deadline)...)
				continue
			}
			if !w.Submitted.Before(*d.Deadline) {
				s.raise(u, "中榜的揭榜在截止之后提交,请立即核查", w.at("submitted_at", *w.Submitted), d.at("deadline", *d.Deadline))
			}
		}
	},
}

var disqualification = Rule{
	Code: "RF06", Version: 1, Name: "取消资格异常", Meaning: "除中榜者外全被取消资格,报价最低者被取消资格,或某企业、某专家单位所涉揭榜被取消资格的比例异常", Needs: []Fact{Winner, BidAmount, Sample},
	Parameters: outliers(Parameter{Name: "min_bids", Meaning: "统计比例时至少的揭榜份数", Min: 1, Max: 10_000}),
	find: func(s *scan) {
		rates := map[string]*tally{}
		for _, d := range s.Demands {
			bids := s.Bids[d.ID]
			if !d.decided() || len(bids) == 0 {
				continue
			}
			s.saw()
			out := slices.DeleteFunc(slices.Clone(bids), func(b Bid) bool { return b.State != bid.Disqualified })
			s.allOut(d, bids, out)
			s.cheapestOut(d, bids)
			for i, of := range append([]string{d.Organization}, d.Panel...) {
				key := map[bool]string{true: "firm ", false: "panel "}[i == 0] + of
				if rates[key] == nil {
					rates[key] = &tally{organization: of, role: key[:5]}
				}
				rates[key].add(d, int64(len(bids)), int64(len(out)))
			}
		}
		s.unusual(rates)
	},
}

func (s *scan) allOut(d Demand, bids, out []Bid) {
	w := s.winner(d)
	if w == nil || len(out) == 0 || len(out) != len(bids)-1 || w.State == bid.Disqualified {
		return
	}
	u := d.subject(nil).keyed("others")
	u.organizations = append(u.organizations, organizationsOf(bids)...)
	s.raise(u, "除中榜者外,其余揭榜全被取消资格,请核实取消资格的依据", states(bids)...)
}

func states(bids []Bid) (evidence []Evidence) {
	for _, b := range bids {
		evidence = append(evidence, b.says("state", string(b.State)))
	}
	return evidence
}

func (s *scan) cheapestOut(d Demand, bids []Bid) {
	var least *money.Fen
	for _, b := range bids {
		if b.readable() && b.Amount == nil {
			s.lack(d.subject(nil).keyed("cheapest"), BidAmount)
			return
		}
		if b.readable() && (least == nil || *b.Amount < *least) {
			least = b.Amount
		}
	}
	for _, b := range bids {
		if least == nil || !b.readable() || len(bids) < 2 || *b.Amount != *least || b.State != bid.Disqualified {
			continue
		}
		u := d.subject(nil).keyed("cheapest " + b.ID)
		u.organizations = append(u.organizations, b.Organization)
		s.raise(u, "报价最低的揭榜被取消资格,请核实取消资格的依据", b.amount("amount_fen", *b.Amount), b.says("state", string(b.State)))
	}
}
