package redflag_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/monitoring/redflag"
	"github.com/jiebang/jiebang/services/posting/demand"
)

func disqualified(b *redflag.Bid) { b.State = bid.Disqualified }

// period is a demand that takes bids from the first of January until an instant before or after its sixteenth.
func period(by time.Duration) func(world) {
	return func(w world) {
		w.demand("d", func(d *redflag.Demand) {
			end := noon("2026-01-16").Add(by)
			d.Deadline = &end
		})
	}
}

// two is a demand with two bids, the second of which is changed.
func two(change ...func(*redflag.Bid)) func(world) {
	return func(w world) {
		w.demand("d")
		w.bid("d", "oa", 100_000)
		w.bid("d", "ob", 120_000, change...)
	}
}

var alike = strings.Repeat("采用连续碳化法制备纳米碳酸钙,控制晶型与粒径分布,", 4)

var ofBids = []told{
	{"fifteen days", "RF01", period(0), "", ""},
	{"a microsecond less", "RF01", period(-time.Microsecond), "demands/d", ""},
	{"no publication", "RF01", func(w world) { w.demand("d", func(d *redflag.Demand) { d.Published = nil }) }, "", "demands/d:publication_time"},
	{"no deadline", "RF01", func(w world) { w.demand("d", func(d *redflag.Demand) { d.Deadline = nil }) }, "", "demands/d:deadline"},

	{"one", "RF02", func(w world) { w.demand("d"); w.bid("d", "oa", 1) }, "demands/d", ""},
	{"two", "RF02", two(), "", ""},
	{"one that was invalid beside", "RF02", two(func(b *redflag.Bid) { b.State = bid.Invalid }), "", ""},
	{"one, undecided", "RF02", func(w world) {
		w.demand("d", func(d *redflag.Demand) { d.State = demand.Evaluating })
		w.bid("d", "oa", 1)
	}, "", ""},
	{"one, and it was turned down", "RF02", func(w world) {
		w.demand("d", func(d *redflag.Demand) { d.State, d.Failure = demand.Failed, demand.NoQualified })
		w.bid("d", "oa", 1)
	}, "demands/d", ""},
	{"nobody", "RF02", func(w world) {
		w.demand("d", func(d *redflag.Demand) { d.State, d.Failure = demand.Failed, demand.NoBids })
	}, "", ""},

	// Q1 = 10, Q3 = 11 and the fences 8.5 and 12.5 per cent, with the ninth.
	{"like the others", "RF03", func(w world) { w.duels(10, 10, 10, 10, 11, 11, 11, 11, 12) }, "", ""},
	{"far above", "RF03", func(w world) { w.duels(10, 10, 10, 10, 11, 11, 11, 11, 13) }, "demands/d08", ""},
	{"far below", "RF03", func(w world) { w.duels(10, 10, 10, 10, 11, 11, 11, 11, 8) }, "demands/d08", ""},
	{"too few", "RF03", func(w world) { w.duels(10, 10, 10, 11, 11, 11, 40) }, "", "ledgers/330182:sample"},
	{"no spread", "RF03", func(w world) { w.duels(10, 10, 10, 10, 10, 10, 10, 10, 10) }, "", "ledgers/330182:sample"},
	{"no price", "RF03", two(func(b *redflag.Bid) { b.Amount = nil }), "", "demands/d:bid_amount ledgers/330182:sample"},

	{"of one price", "RF04", two(func(b *redflag.Bid) { b.Amount = fen(100_000) }), "demands/d", ""},
	{"a fen apart", "RF04", two(func(b *redflag.Bid) { b.Amount = fen(100_001) }), "", ""},
	{"of one text", "RF04", func(w world) {
		w.demand("d", func(d *redflag.Demand) { d.State = demand.Evaluating })
		w.bid("d", "oa", 1, func(b *redflag.Bid) { b.Text = text(alike) })
		w.bid("d", "ob", 2, func(b *redflag.Bid) { b.Text = text(alike + "。") })
	}, "demands/d", ""},
	{"an invalid one of no price", "RF04", two(func(b *redflag.Bid) { b.State, b.Amount, b.Text = bid.Invalid, nil, nil }), "", ""},
	{"no content", "RF04", two(func(b *redflag.Bid) { b.Amount, b.Text = nil, nil }), "", "demands/d:bid_amount demands/d:bid_text"},

	{"in time", "RF05", func(w world) {
		w.demand("d")
		w.bid("d", "oa", 1, func(b *redflag.Bid) { t := noon("2026-02-01").Add(-time.Microsecond); b.Submitted = &t })
	}, "", ""},
	{"at the deadline", "RF05", func(w world) {
		w.demand("d")
		w.bid("d", "oa", 1, func(b *redflag.Bid) { b.Submitted = noon("2026-02-01") })
	}, "demands/d", ""},
	{"late, and lost", "RF05", two(func(b *redflag.Bid) { b.Submitted = noon("2026-02-02") }), "", ""},
	{"no time", "RF05", func(w world) {
		w.demand("d")
		w.bid("d", "oa", 1, func(b *redflag.Bid) { b.Submitted = nil })
	}, "", "demands/d:submission_time"},

	{"all others out", "RF06", two(disqualified), "demands/d", "ledgers/330182:sample ledgers/330182:sample"},
	{"not all", "RF06", func(w world) { two(disqualified)(w); w.bid("d", "oc", 130_000) }, "", "ledgers/330182:sample ledgers/330182:sample"},
	{"the cheapest out", "RF06", func(w world) {
		two(disqualified, func(b *redflag.Bid) { b.Amount = fen(90_000) })(w)
		w.bid("d", "oc", 130_000)
	}, "demands/d", "ledgers/330182:sample ledgers/330182:sample"},
	{"no price", "RF06", func(w world) { two(func(b *redflag.Bid) { b.Amount = nil })(w) }, "", "demands/d:bid_amount ledgers/330182:sample ledgers/330182:sample"},
	{"a firm unlike the others", "RF06", func(w world) { w.rates(4) }, "organizations/ofirm8", "ledgers/330182:sample"},
	{"a firm like the others", "RF06", func(w world) { w.rates(2) }, "", "ledgers/330182:sample"},
}

// rates adds nine firms with ten bids each, of which none to two are disqualified, and so many of the last firm's. The winner is the cheapest.
func (w world) rates(last int) {
	for firm := range 9 {
		id := fmt.Sprintf("d%d", firm)
		w.demand(id, func(d *redflag.Demand) { d.Organization = fmt.Sprint("ofirm", firm) })
		out := []int{0, 0, 1, 1, 1, 1, 2, 2, last}[firm]
		for i := range 10 {
			w.bid(id, fmt.Sprint("o", i), money.Fen(1000+i), func(b *redflag.Bid) {
				if i >= 10-out {
					disqualified(b)
				}
			})
		}
	}
}

// winners adds solvers that have won in so many fields each.
func (w world) winners(fields ...int) {
	for i, n := range fields {
		for f := range n {
			id := fmt.Sprintf("d%d_%d", i, f)
			w.demand(id, func(d *redflag.Demand) { d.Field = fmt.Sprint("field", f) })
			w.bid(id, fmt.Sprint("osolver", i), 1)
		}
	}
}

// losses adds a bidder with so many decided bids, of which it has won so many.
func (w world) losses(n, won int) {
	for i := range n {
		id := fmt.Sprintf("d%02d", i)
		w.demand(id)
		if i < won {
			w.bid(id, "oloser", 1)
			continue
		}
		w.bid(id, fmt.Sprint("owinner", i), 1)
		w.bid(id, "oloser", 2)
	}
}

// tied is a firm, a bidder and an expert, of whom the bidder is as given.
func tied(code string, members ...redflag.Member) func(world) {
	return func(w world) {
		w.demand("d")
		w.bid("d", "ozju", 1)
		w.organization("ofirm", "91330182MA27WX1C0K", member("u1", "13800000001", "203.0.113.1"))
		w.organization("ozju", code, members...)
		w.organization("oexpert", "12100000470095016Q", member("u3", "", ""))
	}
}

// scored adds a sheet of the expert.
func scored(hints []string, conflict string) func(world) {
	return func(w world) {
		tied("12330182MA2T00002N", member("u2", ""))(w)
		w.Sheets = append(w.Sheets, redflag.Sheet{Record: redflag.Record{Name: "demands/d/sheets/h", Sequence: 8}, Demand: "d", Bid: "d1", Organization: "oexpert", Hints: hints, Conflict: conflict, Locked: noon("2026-02-05")})
	}
}

const (
	never  = "ledgers/330182:dual_appointment ledgers/330182:legal_representative ledgers/330182:registered_address"
	unsaid = "ledgers/330182:co_authorship ledgers/330182:dual_appointment ledgers/330182:former_employment"
)

var ofFirms = []told{
	{"many fields", "RF07", func(w world) { w.winners(1, 1, 1, 1, 2, 2, 2, 2, 4) }, "organizations/osolver8", ""},
	{"some fields", "RF07", func(w world) { w.winners(1, 1, 1, 1, 2, 2, 2, 2, 3) }, "", ""},
	{"too few solvers", "RF07", func(w world) { w.winners(1, 1, 2, 9) }, "", "ledgers/330182:sample"},

	{"ten lost", "RF08", func(w world) { w.losses(10, 0) }, "organizations/oloser", ""},
	{"nine lost", "RF08", func(w world) { w.losses(9, 0) }, "", ""},
	{"one of twenty won", "RF08", func(w world) { w.losses(20, 1) }, "organizations/oloser", ""},
	{"one of nineteen won", "RF08", func(w world) { w.losses(19, 1) }, "", ""},

	{"strangers", "RF10", tied("12330182MA2T00002N", member("u2", "13800000002", "203.0.113.2")), "", never},
	{"one code", "RF10", tied("91330182MA27WX1C0K", member("u2", "")), "demands/d/bids/d1", never},
	{"one person", "RF10", tied("12330182MA2T00002N", member("u1", "")), "demands/d/bids/d1", never},
	{"one phone", "RF10", tied("12330182MA2T00002N", member("u2", "13800000001")), "demands/d/bids/d1", never},
	{"one address", "RF10", tied("12330182MA2T00002N", member("u2", "", "203.0.113.9", "203.0.113.1")), "demands/d/bids/d1", never},
	{"a part of the firm", "RF10", func(w world) {
		tied("12330182MA2T00002N", member("u2", ""))(w)
		o := w.Organizations["ozju"]
		o.Parent = "ofirm"
		w.Organizations["ozju"] = o
	}, "demands/d/bids/d1", never},
	{"nobody known", "RF10", tied("12330182MA2T00002N"), "", "demands/d/bids/d1:members " + never},
	{"of another ledger", "RF10", func(w world) { w.demand("d"); w.bid("d", "ofar", 1) }, "", "demands/d/bids/d1:organization " + never},
	{"a contract alone", "RF10", func(w world) {
		tied("91330182MA27WX1C0K", member("u2", ""))(w)
		w.Demands, w.Bids = nil, nil
		w.contract("c")
	}, "contracts/c", never},

	{"no tie", "RF18", scored(nil, ""), "", unsaid},
	{"a tie that is known", "RF18", scored([]string{"contract"}, ""), "demands/d/sheets/h", unsaid},
	{"declared", "RF18", scored([]string{"contract"}, "有合同"), "", unsaid},
	{"a tie of persons", "RF18", func(w world) {
		scored(nil, "")(w)
		w.organization("oexpert", "12100000470095016Q", member("u2", ""))
	}, "demands/d/sheets/h", unsaid},
	{"no such organization", "RF18", func(w world) { scored(nil, "")(w); delete(w.Organizations, "oexpert") }, "", "demands/d/sheets/h:organization " + unsaid},
}

// signed is a contract that was signed so long after its award, and its date.
func signed(after time.Duration, day string) func(world) {
	return func(w world) {
		w.demand("d")
		w.bid("d", "ozju", 1)
		w.contract("c", func(c *redflag.Contract) {
			at := noon("2026-02-10").Add(after)
			c.Demand, c.Signed, c.SignDate = "d", &at, day
		})
	}
}

// amended is a contract of 1,000,000 fen and its amendments.
func amended(totals ...money.Fen) func(world) {
	return func(w world) {
		w.contract("c")
		before := money.Fen(1_000_000)
		for i, n := range totals {
			w.Amendments = append(w.Amendments, redflag.Amendment{Record: redflag.Record{Name: fmt.Sprint("contracts/c/amendments/", i), Sequence: 9}, Contract: "c", Number: i + 1, NewTotal: n,
				Difference: n - before, Effective: *noon("2026-04-01")})
			before = n
		}
	}
}

// quarter adds contracts of the first quarter: some early, some in its last ten days, of which some were terminated.
func quarter(early, late, terminated int, day string) func(world) {
	return func(w world) {
		for i := range early + late {
			w.contract(fmt.Sprintf("c%02d", i), func(c *redflag.Contract) {
				if i >= early {
					c.SignDate = day
				}
				if i >= early && i < early+terminated {
					c.State = contract.Terminated
				}
			})
		}
	}
}

var ofContracts = []told{
	{"a day later", "RF09", signed(24*time.Hour, "2026-02-11"), "", ""},
	{"at once", "RF09", signed(24*time.Hour-time.Microsecond, "2026-02-11"), "contracts/c", ""},
	{"before the publication", "RF09", signed(24*time.Hour, "2025-12-31"), "contracts/c", ""},
	{"on its day", "RF09", signed(24*time.Hour, "2026-01-01"), "", ""},
	{"of no demand", "RF09", func(w world) { w.contract("c") }, "", "contracts/c:contract_demand"},
	{"of an auction", "RF09", func(w world) { w.contract("c", func(c *redflag.Contract) { c.Channel = contract.Auction }) }, "", ""},
	{"no signature", "RF09", func(w world) { signed(time.Hour, "2026-02-11")(w); w.Contracts[0].Signed = nil }, "", "contracts/c:signature_time"},
	{"no award", "RF09", func(w world) { signed(time.Hour, "2026-02-11")(w); w.Bids = nil }, "", "contracts/c:award_time"},

	{"no thresholds", "RF11", func(w world) { w.contract("c") }, "", "ledgers/330182:subsidy_threshold"},

	{"by a half", "RF13", amended(1_500_000), "contracts/c/amendments/0", ""},
	{"by less", "RF13", amended(1_499_999), "", ""},
	{"by a half in two", "RF13", amended(1_300_000, 1_500_000), "contracts/c/amendments/1", ""},
	{"down", "RF13", amended(500_000), "", ""},
	{"up from a fall", "RF13", amended(500_000, 750_000), "contracts/c/amendments/1", ""},
	{"of no contract", "RF13", func(w world) { amended(1_500_000)(w); w.Contracts = nil }, "", "contracts/c/amendments/0:sign_date"},

	{"a burst that was undone", "RF14", quarter(5, 5, 2, "2026-03-22"), "ledgers/330182", ""},
	{"eleven days before the end", "RF14", quarter(5, 5, 2, "2026-03-21"), "", ""},
	{"too few", "RF14", quarter(4, 4, 4, "2026-03-22"), "", ""},
	{"not half", "RF14", quarter(6, 5, 2, "2026-03-22"), "", ""},
	{"one undone", "RF14", quarter(5, 5, 1, "2026-03-22"), "", ""},
	{"no date", "RF14", func(w world) { w.contract("c", func(c *redflag.Contract) { c.SignDate = "" }) }, "", "contracts/c:sign_date"},

	{"all technology, equipment", "RF16", certified(1_000_000, func(c *redflag.Contract) { c.Text = "附设备清单" }), "contracts/c/registrations/rc", ""},
	{"all technology, a stage of equipment", "RF16", certified(1_000_000, func(c *redflag.Contract) { c.Text, c.Stages = "", "设备采购" }), "contracts/c/registrations/rc", ""},
	{"all technology, a price that is not", "RF16", certified(1_000_000, func(c *redflag.Contract) { c.Technical = 999_999 }), "contracts/c/registrations/rc", ""},
	{"all technology, none", "RF16", certified(1_000_000), "", ""},
	{"not all technology", "RF16", certified(999_999, func(c *redflag.Contract) { c.Text = "附设备清单" }), "", ""},
	{"no text", "RF16", certified(1_000_000, func(c *redflag.Contract) { c.Text = "" }), "", "contracts/c/registrations/rc:contract_text"},
	{"no amounts", "RF16", func(w world) { certified(1_000_000)(w); w.Registrations[0].Total = nil }, "", "contracts/c/registrations/rc:certificate"},
}

// certified is a contract that is registered with so much technology of 1,000,000 fen.
func certified(technology money.Fen, change ...func(*redflag.Contract)) func(world) {
	return func(w world) {
		w.contract("c", change...)
		w.registration("c", func(r *redflag.Registration) { r.Technology = fen(technology) })
	}
}

// paid is a contract that is registered on a day, and what was paid.
func paid(day string, recorded bool, amounts ...money.Fen) func(world) {
	return func(w world) {
		w.contract("c", func(c *redflag.Contract) { c.Recorded = recorded })
		w.registration("c", func(r *redflag.Registration) { r.Date = day })
		for _, a := range amounts {
			w.pay("c", a)
		}
	}
}

// brokered is a pair with a contract of a day, and another one by a broker later.
func brokered(day string, change ...func(*redflag.Contract)) func(world) {
	return func(w world) {
		w.contract("c1", append([]func(*redflag.Contract){func(c *redflag.Contract) { c.SignDate = day }}, change...)...)
		w.contract("c2", func(c *redflag.Contract) { c.Broker = "obroker" })
	}
}

const claims = "ledgers/330182:reward_claim"

var ofMoney = []told{
	{"half a year and a day", "RF12", paid("2025-12-31", false), "contracts/c/registrations/rc", ""},
	{"half a year", "RF12", paid("2026-01-01", false), "", ""},
	{"paid", "RF12", paid("2025-12-01", false, 1), "", ""},
	{"paid, as stated at the end", "RF12", func(w world) { paid("2025-12-01", false)(w); w.Contracts[0].StatedPaid = fen(1) }, "", ""},
	{"half refunded", "RF12", paid("2026-06-01", false, 100, -50), "contracts/c/registrations/rc", ""},
	{"less refunded", "RF12", paid("2026-06-01", false, 100, -49), "", ""},
	{"recorded, and nothing known", "RF12", paid("2025-12-01", true), "", "contracts/c/registrations/rc:payments"},
	{"no date", "RF12", paid("", false), "", "contracts/c/registrations/rc:register_date"},

	{"other texts", "RF15", func(w world) { w.contract("c1"); w.contract("c2") }, "", ""},
	{"one text", "RF15", func(w world) {
		w.contract("c1")
		w.contract("c2", func(c *redflag.Contract) { c.Digest = []byte("c1") })
	}, "contracts/c2", ""},
	{"no digest", "RF15", func(w world) { w.contract("c1", func(c *redflag.Contract) { c.Digest = make([]byte, 32) }) }, "", "contracts/c1:text_digest"},
	{"one number", "RF15", func(w world) {
		w.registration("1")
		w.registration("2", func(r *redflag.Registration) { r.Number = w.Registrations[0].Number })
	}, "contracts/2/registrations/r2", ""},
	{"one demand twice", "RF15", func(w world) {
		w.demand("d1", func(d *redflag.Demand) { d.Text = alike })
		w.demand("d2", func(d *redflag.Demand) { d.Text = alike + "。" })
	}, "demands/d2", ""},
	{"listed again", "RF15", func(w world) {
		w.demand("d1", func(d *redflag.Demand) { d.Text = alike })
		w.demand("d2", func(d *redflag.Demand) { d.Text, d.Related = alike, "d1" })
	}, "", ""},
	{"other demands", "RF15", func(w world) {
		w.demand("d1", func(d *redflag.Demand) { d.Text = alike })
		w.demand("d2", func(d *redflag.Demand) {
			d.Text = "需要一种耐高温的轴承润滑脂,用于矿山机械的长期运转"
		})
	}, "", ""},

	{"knew each other", "RF17", brokered("2026-02-28"), "contracts/c2", claims},
	{"the other way round", "RF17", brokered("2026-02-28", func(c *redflag.Contract) { c.Buyer, c.Seller = c.Seller, c.Buyer }), "contracts/c2", claims},
	{"three years ago", "RF17", brokered("2023-03-01"), "contracts/c2", claims},
	{"longer ago", "RF17", brokered("2023-02-28"), "", claims},
	{"by the same broker", "RF17", brokered("2026-02-28", func(c *redflag.Contract) { c.Broker = "obroker" }), "", claims},
	{"another seller", "RF17", brokered("2026-02-28", func(c *redflag.Contract) { c.Seller = "oother" }), "", claims},
}
