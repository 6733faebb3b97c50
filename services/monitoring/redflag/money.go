package redflag

import (
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/jiebang/jiebang/services/matching/shingle"
	"github.com/jiebang/jiebang/services/money"
)

var unpaid = Rule{
	Code: "RF12", Version: 1, Name: "登记后未付款或付后退款", Meaning: "认定登记后超过 max_days 天没有付款,或已付款项退回至少 refund_percent%", Needs: []Fact{RegisterDate, Payments},
	Parameters: []Parameter{{Name: "max_days", Meaning: "登记后付款的天数", Min: 1, Max: 3650}, {Name: "refund_percent", Meaning: "退款的百分比", Min: 1, Max: 100}},
	find: func(s *scan) {
		for _, r := range s.Registrations {
			s.saw()
			c := s.contract(r.Contract)
			u := subject{Record: r.Record, day: r.Date}
			registered, err := time.Parse(time.DateOnly, r.Date)
			if c == nil || err != nil {
				u.day = max(u.day, Day(s.Now))
				s.lack(u, RegisterDate)
				continue
			}
			u.organizations = []string{c.Buyer, c.Seller}
			s.paid(u, r, c, registered)
		}
	},
}

// paid raises the questions of RF12 about a registered contract.
func (s *scan) paid(u subject, r Registration, c *Contract, registered time.Time) {
	var in, back money.Fen
	kept := []Evidence{}
	for _, p := range s.Payments[c.ID] {
		kept = append(kept, p.amount("amount_fen", p.Amount))
		if p.Amount > 0 {
			in += p.Amount
		} else {
			back -= p.Amount
		}
	}
	set := s.in(u)
	today, _ := time.Parse(time.DateOnly, Day(s.Now)) // it was just written
	switch {
	case in > 0 && back > 0 && reaches(back, in, set.Int("refund_percent")):
		s.raise(u.keyed("refunded"), "登记的合同付款后又退回,请核实交易是否真实", append(kept, r.says("register_date", r.Date))...)
	case in > 0 || c.StatedPaid != nil && *c.StatedPaid > 0:
	case today.Sub(registered) <= time.Duration(set.Int("max_days"))*24*time.Hour:
	case c.Recorded && len(kept) == 0:
		s.lack(u, Payments)
	default:
		s.raise(u.keyed("unpaid"), fmt.Sprintf("登记后超过 %d 天没有付款记录,请核实交易是否真实", set.Int("max_days")), r.says("register_date", r.Date), c.amount("paid_fen", in))
	}
}

var countedTwice = Rule{
	Code: "RF15", Version: 1, Name: "重复计数", Meaning: "两份合同的文件摘要相同,两项登记的编号相同,或两项需求的内容至少 text_percent% 相同而非重新发布", Needs: []Fact{TextDigest},
	Parameters: []Parameter{{Name: "text_percent", Meaning: "需求内容相同的百分比", Min: 80, Max: 100}},
	find: func(s *scan) {
		texts := map[string]Contract{}
		for _, c := range s.Contracts {
			s.saw()
			digest := hex.EncodeToString(c.Digest)
			if len(c.Digest) == 0 || !slices.ContainsFunc(c.Digest, func(b byte) bool { return b != 0 }) {
				s.lack(c.subject(), TextDigest)
			} else if first, ok := texts[digest]; ok {
				u := c.subject().keyed(first.ID)
				u.organizations = append(u.organizations, first.Buyer, first.Seller)
				s.raise(u, "两份合同的文件摘要相同,请核实是否重复计数", first.says("text_digest", digest), c.says("text_digest", digest))
			} else {
				texts[digest] = c
			}
		}
		numbers := map[string]Registration{}
		for _, r := range s.Registrations {
			s.saw()
			if first, ok := numbers[r.Number]; ok && r.Number != "" {
				s.raise(subject{Record: r.Record, day: r.Date, key: first.Name}, "两项登记的编号相同,请核实是否重复登记", first.says("number", r.Number), r.says("number", r.Number))
			} else {
				numbers[r.Number] = r
			}
		}
		s.alike()
	},
}

const band = 4 // orders of a sketch that candidates have in common

// alike raises the question of RF15 about demands whose texts are nearly the same. Only those are compared that have a band of their sketches in common,
// which texts that are four fifths alike all but surely have.
func (s *scan) alike() {
	type key struct {
		at   int
		band [band]uint64
	}
	sketches, seen := make([]shingle.Sketch, len(s.Demands)), map[key][]int{}
	for i, d := range s.Demands {
		s.saw()
		k, ok := shingle.Of(d.Text)
		if !ok {
			continue // too short to be anybody's
		}
		sketches[i] = k
		compared := map[int]bool{}
		for at := 0; at+band <= len(k); at += band {
			b := key{at, [band]uint64(k[at : at+band])}
			for _, j := range seen[b] {
				if !compared[j] {
					compared[j] = true
					s.alikeTwo(s.Demands[j], d, shingle.Similarity(sketches[j], k))
				}
			}
			seen[b] = append(seen[b], i)
		}
	}
}

func (s *scan) alikeTwo(a, b Demand, percent int) {
	u := b.subject(nil).keyed(a.ID)
	if percent < int(s.in(u).Int("text_percent")) || s.root(a) == s.root(b) {
		return
	}
	if a.Organization != b.Organization {
		u.organizations = append(u.organizations, a.Organization)
	}
	s.raise(u, "两项需求内容雷同而非重新发布,请核实是否重复计数", a.count("text_percent", percent), b.count("text_percent", percent))
}

// root is the first demand that a demand lists again.
func (s *scan) root(d Demand) string {
	at := d.ID
	for range s.Demands {
		next := s.demand(at)
		if next == nil || next.Related == "" {
			break
		}
		at = next.Related
	}
	return at
}

var knownPair = Rule{
	Code: "RF17", Version: 1, Name: "经纪机构所促成的双方早有合同", Meaning: "合同写明经纪机构,而双方此前 within_months 个月内已有合同,且不经该机构", Needs: []Fact{SignDate}, Unrecorded: []Fact{RewardClaim},
	Parameters: []Parameter{{Name: "within_months", Meaning: "往前看的月数", Min: 1, Max: 240}},
	find: func(s *scan) {
		for i, c := range s.Contracts {
			if c.Broker == "" {
				continue
			}
			s.saw()
			u := c.subject()
			u.organizations = append(u.organizations, c.Broker)
			signed, err := time.Parse(time.DateOnly, c.SignDate)
			if err != nil {
				u.day = Day(s.Now)
				s.lack(u, SignDate)
				continue
			}
			since := signed.AddDate(0, -int(s.in(u).Int("within_months")), 0).Format(time.DateOnly)
			for _, before := range s.Contracts[:i] {
				same := before.Buyer == c.Buyer && before.Seller == c.Seller || before.Buyer == c.Seller && before.Seller == c.Buyer
				if same && before.SignDate >= since && before.SignDate < c.SignDate && before.Broker != c.Broker {
					s.raise(u.keyed(before.ID), "双方此前已有不经该经纪机构的合同,请核实经纪机构是否确有贡献", before.says("sign_date", before.SignDate), c.says("sign_date", c.SignDate),
						c.says("broker", "organizations/"+c.Broker))
				}
			}
		}
	},
}
