package redflag

import (
	"slices"
	"strings"
)

// ties are what is recorded of a tie between two organizations; ok is false if one of them is not known here.
func (f *Facts) ties(one, other string) (evidence []Evidence, ok bool) {
	a, known := f.Organizations[one]
	b, both := f.Organizations[other]
	if !known || !both {
		return nil, false
	}
	if a.Code != "" && a.Code == b.Code {
		evidence = append(evidence, a.says("uscc", a.Code), b.says("uscc", b.Code))
	}
	if a.Parent == b.ID || b.Parent == a.ID || a.Parent != "" && a.Parent == b.Parent {
		evidence = append(evidence, a.says("parent", a.Parent), b.says("parent", b.Parent))
	}
	for _, m := range a.Members {
		for _, n := range b.Members {
			switch {
			case m.ID == n.ID:
				evidence = append(evidence, m.says("shared_person", a.Name), n.says("shared_person", b.Name))
			case m.Phone != "" && m.Phone == n.Phone:
				evidence = append(evidence, m.says("shared_phone", a.Name), n.says("shared_phone", b.Name))
			case slices.ContainsFunc(m.Addresses, func(address string) bool { return slices.Contains(n.Addresses, address) }):
				evidence = append(evidence, m.says("shared_login_address", a.Name), n.says("shared_login_address", b.Name))
			}
		}
	}
	return evidence, true
}

var relatedParties = Rule{
	Code: "RF10", Version: 1, Name: "自揭自榜", Meaning: "发榜方与揭榜方,或合同双方,同属一个主体、有隶属关系、共用人员、电话或登录地址",
	Needs: []Fact{Body, Persons}, Unrecorded: []Fact{Representative, Address, Appointment},
	find: func(s *scan) {
		look := func(u subject, one, other string) {
			s.saw()
			evidence, ok := s.ties(one, other)
			switch {
			case !ok:
				s.lack(u, Body)
			case len(evidence) > 0:
				s.raise(u, "发榜方与揭榜方之间有记录在案的关联,请核实是否自揭自榜", evidence...)
			case len(s.Organizations[one].Members) == 0 || len(s.Organizations[other].Members) == 0:
				s.lack(u, Persons) // it acts by tokens alone
			}
		}
		for _, d := range s.Demands {
			for _, b := range s.Bids[d.ID] {
				u := d.subject(nil)
				u.Record, u.organizations = b.Record, append(u.organizations, b.Organization)
				look(u, d.Organization, b.Organization)
			}
		}
		for _, c := range s.Contracts {
			if c.Demand == "" { // otherwise its bid has been looked at
				look(c.subject(), c.Buyer, c.Seller)
			}
		}
	},
}

var tiedExpert = Rule{
	Code: "RF18", Version: 1, Name: "专家有未申报的关联而评分", Meaning: "专家锁定了评分,而平台记录显示其与揭榜方或发榜方有关联,专家未申报冲突",
	Needs: []Fact{Body}, Unrecorded: []Fact{Employment, Authorship, Appointment},
	find: func(s *scan) {
		for _, t := range s.Sheets {
			s.saw()
			u := subject{Record: t.Record, organizations: []string{t.Organization}}
			d := s.demand(t.Demand)
			if t.Locked != nil {
				u.day = Day(*t.Locked)
			} else if d != nil {
				u.day = d.subject(nil).day
			}
			i := -1
			if d != nil {
				i = slices.IndexFunc(s.Bids[d.ID], func(b Bid) bool { return b.ID == t.Bid })
			}
			if i < 0 {
				s.lack(u, Body)
				continue
			}
			b := s.Bids[d.ID][i]
			u.organizations = append(u.organizations, b.Organization)
			evidence, ok := s.ties(t.Organization, b.Organization)
			if !ok {
				s.lack(u, Body)
			}
			if len(t.Hints) > 0 {
				evidence = append(evidence, t.says("hints", strings.Join(t.Hints, " ")))
			}
			if len(evidence) > 0 && t.Conflict == "" {
				s.raise(u, "专家与所评揭榜有记录在案的关联,未申报冲突而评分,请核实", append(evidence, b.says("bid", string(b.State)))...)
			}
		}
	},
}
