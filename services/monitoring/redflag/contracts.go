package redflag

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/money"
)

var hastyContract = Rule{
	Code: "RF09", Version: 1, Name: "签约早于发布或紧随定榜", Meaning: "合同签订日早于需求发布日,或在定榜后不足 min_hours 小时签署", Needs: []Fact{ContractDemand, Publication, Award, Signature, SignDate},
	Parameters: []Parameter{{Name: "min_hours", Meaning: "定榜后至少的小时数", Min: 1, Max: 720}},
	find: func(s *scan) {
		for _, c := range s.Contracts {
			if c.Channel != contract.Jiebang {
				continue // an auction has no demand
			}
			s.saw()
			u, d := c.subject(), s.demand(c.Demand)
			if d == nil {
				s.lack(u, ContractDemand)
				continue
			}
			if c.SignDate != "" && d.Published != nil && c.SignDate < Day(*d.Published) {
				s.raise(u.keyed("before"), "合同签订日早于需求发布日,请核实是否先签约后发榜", c.says("sign_date", c.SignDate), d.at("published_at", *d.Published))
			}
			w := s.winner(*d)
			if gaps := missing(d.Published == nil, Publication, c.SignDate == "", SignDate, w == nil, Award, c.Signed == nil, Signature); len(gaps) > 0 {
				s.lack(u, gaps...)
			}
			if w == nil || c.Signed == nil {
				continue
			}
			if least := s.in(u).Int("min_hours"); c.Signed.Sub(w.Changed) < time.Duration(least)*time.Hour {
				s.raise(u.keyed("soon"), fmt.Sprintf("定榜后不足 %d 小时即签署,请核实合同是否事先商定", least), w.at("awarded_at", w.Changed), c.at("signed_at", *c.Signed))
			}
		}
	},
}

var nearThreshold = Rule{
	Code: "RF11", Version: 1, Name: "合同额略高于补助门槛", Meaning: "合同总额在某一补助门槛之上、高出不足 margin_percent%", Needs: []Fact{Threshold},
	Parameters: []Parameter{{Name: "thresholds", Meaning: "补助门槛,分;由科技局按现行政策填写", Min: 1, Max: int64(money.Max), List: true}, {Name: "margin_percent", Meaning: "高出的百分比", Min: 1, Max: 50}},
	find: func(s *scan) {
		blind := false
		for _, c := range s.Contracts {
			s.saw()
			u := c.subject()
			p := s.in(u)
			thresholds := p.Values["thresholds"].Numbers
			blind = blind || len(thresholds) == 0
			for _, t := range thresholds {
				if least := money.Fen(t); c.Total >= least && !reaches(c.Total-least, least, p.Int("margin_percent")) {
					s.raise(u.keyed(fmt.Sprint(t)), "合同总额略高于补助门槛,请核实总额是否真实", c.amount("total_fen", c.Total), c.amount("threshold_fen", least))
				}
			}
		}
		if blind || len(s.Contracts) == 0 && len(s.table.InForce("RF11", Day(s.Now)).Values["thresholds"].Numbers) == 0 {
			s.blind("thresholds", Threshold)
		}
	},
}

var bigAmendment = Rule{
	Code: "RF13", Version: 1, Name: "变更使总额大增", Meaning: "一项变更,或历次变更合计,使合同总额增加至少 rise_percent%;达到 double_percent% 的另行标明", Needs: []Fact{},
	Parameters: []Parameter{{Name: "rise_percent", Meaning: "提示的增幅", Min: 1, Max: 1000}, {Name: "double_percent", Meaning: "标明为大幅的增幅", Min: 1, Max: 10_000}},
	find: func(s *scan) {
		for _, a := range s.Amendments {
			s.saw()
			c := s.contract(a.Contract)
			u := subject{Record: a.Record, day: Day(a.Effective)}
			if c == nil {
				s.lack(u, SignDate)
				continue
			}
			u.organizations = []string{c.Buyer, c.Seller}
			p, before := s.in(u), a.NewTotal-a.Difference
			at := func(name string) bool {
				return a.Difference > 0 && (reaches(a.Difference, before, p.Int(name)) || reaches(a.NewTotal-c.Total, c.Total, p.Int(name)))
			}
			if !at("rise_percent") {
				continue
			}
			text := fmt.Sprintf("变更使合同总额增加至少 %d%%,请核实变更的理由", p.Int("rise_percent"))
			if at("double_percent") {
				text = fmt.Sprintf("变更使合同总额增加至少 %d%%,请核实变更的理由,并核对总额是否误填", p.Int("double_percent"))
			}
			s.raise(u, text, c.amount("signed_total_fen", c.Total), a.amount("before_fen", before), a.amount("new_total_fen", a.NewTotal))
		}
	},
}

// period is the last day of the period of so many months in which a day lies, and what it is called.
func period(day string, months int64) (last time.Time, name string, ok bool) {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return t, "", false
	}
	n := (int64(t.Month()) - 1) / months
	return time.Date(t.Year(), time.Month((n+1)*months)+1, 0, 0, 0, 0, 0, time.UTC), fmt.Sprintf("%d-%02d/%d", t.Year(), n*months+1, months), true
}

// rush is what was signed in one period.
type rush struct {
	name      string
	all, late int64
	ended     []Contract // of the late ones, those that were terminated
	day       string
}

var periodEnd = Rule{
	Code: "RF14", Version: 1, Name: "期末突击签约后解除", Meaning: "一个期间最后 last_days 天签订的合同占该期至少 burst_percent%,其中至少 terminated_percent% 后来解除", Needs: []Fact{SignDate},
	Parameters: []Parameter{{Name: "period_months", Meaning: "期间的月数", Min: 1, Max: 12}, {Name: "last_days", Meaning: "期末的天数", Min: 1, Max: 31},
		{Name: "min_contracts", Meaning: "期末至少的合同数", Min: 2, Max: 10_000}, {Name: "burst_percent", Meaning: "期末所占的百分比", Min: 1, Max: 100}, {Name: "terminated_percent", Meaning: "其中解除的百分比", Min: 1, Max: 100}},
	find: func(s *scan) {
		var order []string
		rushes := map[string]*rush{}
		for _, c := range s.Contracts {
			s.saw()
			u := c.subject()
			p := s.in(u)
			last, name, ok := period(c.SignDate, p.Int("period_months"))
			if !ok {
				u.day = Day(s.Now)
				s.lack(u, SignDate)
				continue
			}
			r := rushes[name]
			if r == nil {
				r = &rush{name: name, day: last.Format(time.DateOnly)}
				rushes[name], order = r, append(order, name)
			}
			r.all++
			if c.SignDate > last.AddDate(0, 0, -int(p.Int("last_days"))).Format(time.DateOnly) {
				r.late++
				if c.State == contract.Terminated {
					r.ended = append(r.ended, c)
				}
			}
		}
		for _, name := range order {
			s.rushed(rushes[name])
		}
	},
}

func (s *scan) rushed(r *rush) {
	u := subject{Record: s.Ledger, day: r.day, key: r.name}
	p := s.in(u)
	if r.late < p.Int("min_contracts") || r.late*100 < p.Int("burst_percent")*r.all || int64(len(r.ended))*100 < p.Int("terminated_percent")*r.late {
		return
	}
	evidence := []Evidence{u.count("contracts", int(r.all)), u.count("late", int(r.late)), u.count("terminated", len(r.ended))}
	for _, c := range r.ended[:min(len(r.ended), mostEvidence)] {
		evidence = append(evidence, c.says("terminated", c.SignDate))
		for _, o := range []string{c.Buyer, c.Seller} {
			if !slices.Contains(u.organizations, o) {
				u.organizations = append(u.organizations, o)
			}
		}
	}
	s.raise(u, "期末集中签约,其中多份后来解除,请核实是否为完成指标突击签约", evidence...)
}

var allTechnology = Rule{
	Code: "RF16", Version: 1, Name: "技术交易额等于成交额而合同含设备", Meaning: "登记的技术交易额等于成交额,而合同载明设备、材料等,或约定了非技术价款", Needs: []Fact{Certificate, ContractText},
	Parameters: []Parameter{{Name: "equipment", Meaning: "表明含设备、材料的词语", Words: true}},
	find: func(s *scan) {
		for _, r := range s.Registrations {
			s.saw()
			c := s.contract(r.Contract)
			u := subject{Record: r.Record, day: r.Date}
			if c == nil || r.Total == nil || r.Technology == nil {
				s.lack(u, Certificate)
				continue
			}
			if u.organizations = []string{c.Buyer, c.Seller}; *r.Technology != *r.Total {
				continue
			}
			evidence := []Evidence{}
			if c.Technical > 0 && c.Technical < c.Total {
				evidence = append(evidence, c.amount("technical_fen", c.Technical), c.amount("contract_total_fen", c.Total))
			}
			for _, word := range s.in(u).Values["equipment"].Texts {
				if strings.Contains(c.Text, word) || strings.Contains(c.Stages, word) {
					evidence = append(evidence, c.says("equipment", word))
				}
			}
			if len(evidence) > 0 {
				s.raise(u, "技术交易额等于成交额,而合同含设备、材料等,请核实技术交易额的核定", append(evidence, r.amount("total_fen", *r.Total), r.amount("technology_fen", *r.Technology))...)
			} else if c.Text == "" {
				s.lack(u, ContractText)
			}
		}
	},
}
