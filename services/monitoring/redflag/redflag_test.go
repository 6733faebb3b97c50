package redflag_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/monitoring/redflag"
	"github.com/jiebang/jiebang/services/posting/demand"
)

var update = flag.Bool("update", false, "write docs/red-flags.schema.json anew")

// noon is noon of a day in China.
func noon(day string) *time.Time {
	t, err := time.ParseInLocation(time.DateOnly, day, demand.Zone)
	if err != nil {
		panic(err)
	}
	t = t.Add(12 * time.Hour)
	return &t
}

func fen(n money.Fen) *money.Fen { return &n }

func text(s string) *string { return &s }

// world is facts that raise nothing, to be changed by a case.
type world struct{ *redflag.Facts }

func empty() world {
	return world{&redflag.Facts{Now: *noon("2026-06-30"), Ledger: redflag.Record{Name: "ledgers/330182", Sequence: 99}, Bids: map[string][]redflag.Bid{},
		Payments: map[string][]redflag.Payment{}, Organizations: map[string]redflag.Organization{}}}
}

// demand adds a demand that was decided on.
func (w world) demand(id string, change ...func(*redflag.Demand)) *redflag.Demand {
	d := redflag.Demand{Record: redflag.Record{Name: "demands/" + id, Sequence: 1}, ID: id, Organization: "ofirm", Field: "new_materials", State: demand.Awarded, Published: noon("2026-01-01"),
		Deadline: noon("2026-02-01"), Winner: id + "1"}
	for _, c := range change {
		c(&d)
	}
	w.Demands = append(w.Demands, d)
	return &w.Demands[len(w.Demands)-1]
}

// bid adds a bid that was opened; the first of a demand wins.
func (w world) bid(demandID, organization string, amount money.Fen, change ...func(*redflag.Bid)) {
	own := fmt.Sprint(demandID, len(w.Bids[demandID])+1)
	b := redflag.Bid{Record: redflag.Record{Name: "demands/" + demandID + "/bids/" + own, Sequence: 2}, ID: own, Demand: demandID, Organization: organization, State: bid.NotSelected, Amount: fen(amount),
		Text: text("方案 " + strings.Repeat(own+organization, 3)), Submitted: noon("2026-01-20"), Changed: *noon("2026-02-10")}
	if len(w.Bids[demandID]) == 0 {
		b.State = bid.Won
	}
	for _, c := range change {
		c(&b)
	}
	w.Bids[demandID] = append(w.Bids[demandID], b)
}

// contract adds a contract in force.
func (w world) contract(id string, change ...func(*redflag.Contract)) {
	k := redflag.Contract{Record: redflag.Record{Name: "contracts/" + id, Sequence: 3}, ID: id, Buyer: "ofirm", Seller: "ozju", State: contract.Active, Channel: contract.Jiebang, Total: 1_000_000,
		Digest: []byte(id), SignDate: "2026-03-01", Signed: noon("2026-03-01"), Text: "技术开发合同"}
	for _, c := range change {
		c(&k)
	}
	w.Contracts = append(w.Contracts, k)
}

// registration adds the registration of a contract.
func (w world) registration(contractID string, change ...func(*redflag.Registration)) {
	r := redflag.Registration{Record: redflag.Record{Name: "contracts/" + contractID + "/registrations/r" + contractID, Sequence: 4}, Contract: contractID, Number: "20263301820000" + contractID, Date: "2025-12-01",
		Total: fen(1_000_000), Technology: fen(600_000)}
	for _, c := range change {
		c(&r)
	}
	w.Registrations = append(w.Registrations, r)
}

func (w world) pay(contractID string, amount money.Fen) {
	w.Payments[contractID] = append(w.Payments[contractID], redflag.Payment{Record: redflag.Record{Name: "contracts/" + contractID + "/payments/p", Sequence: 5}, Amount: amount})
}

// organization adds an organization with persons.
func (w world) organization(id, code string, members ...redflag.Member) {
	w.Organizations[id] = redflag.Organization{Record: redflag.Record{Name: "organizations/" + id, Sequence: 6}, ID: id, Code: code, Members: members}
}

func member(id, phone string, addresses ...string) redflag.Member {
	return redflag.Member{Record: redflag.Record{Name: "organizations/x/members/" + id, Sequence: 7}, ID: id, Phone: phone, Addresses: addresses}
}

// duels adds decided demands of two bids each, whose prices differ by so many per cent.
func (w world) duels(percents ...money.Fen) {
	for i, p := range percents {
		id := fmt.Sprintf("d%02d", i)
		w.demand(id)
		w.bid(id, "oa", 100_000)
		w.bid(id, "ob", 100_000+p*1000)
	}
}

// told is a case of a rule: the subjects that it must find, and the facts that it must miss, in any order.
type told struct {
	name    string
	rule    string
	world   func(world)
	found   string
	missing string
}

func (c told) run(t *testing.T, files ...[]byte) redflag.Report {
	t.Helper()
	table, err := redflag.NewTable(files...)
	if err != nil {
		t.Fatal(err)
	}
	w := empty()
	c.world(w)
	report, err := redflag.Evaluate(w.Facts, table, []string{c.rule})
	if err != nil {
		t.Fatal(err)
	}
	var found, missing []string
	for _, f := range report.Findings {
		switch f.Outcome {
		case redflag.Found:
			found = append(found, f.Subject)
			if len(f.Evidence) == 0 || len(f.Missing) > 0 {
				t.Errorf("%s without evidence, or with missing facts: %+v", f.Subject, f)
			}
		case redflag.Undecided:
			for _, m := range f.Missing {
				missing = append(missing, f.Subject+":"+string(m))
			}
			if len(f.Missing) == 0 {
				t.Errorf("%s is undecided and lacks nothing", f.Subject)
			}
		default:
			t.Errorf("outcome %q", f.Outcome)
		}
		for _, e := range f.Evidence {
			if e.Record == "" || e.Name == "" || e.Sequence == 0 {
				t.Errorf("%s: evidence %+v names no record, fact or entry", f.Subject, e)
			}
		}
		if f.Rule != c.rule || f.RuleVersion < 1 || f.Parameters.Version < 1 || f.Text == "" || f.ID == "" {
			t.Errorf("got %+v", f)
		}
	}
	slices.Sort(found)
	slices.Sort(missing)
	if got := strings.Join(found, " "); got != c.found {
		t.Errorf("found %q, want %q", got, c.found)
	}
	if got := strings.Join(missing, " "); got != c.missing {
		t.Errorf("missing %q, want %q", got, c.missing)
	}
	return report
}

// TestRules asks each rule of facts that raise its question, of facts that just do not, and of facts that lack something.
func TestRules(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range slices.Concat(ofBids, ofFirms, ofContracts, ofMoney) {
		seen[c.rule] = true
		t.Run(c.rule+" "+c.name, func(t *testing.T) { c.run(t) })
	}
	for _, r := range redflag.Rules() {
		if !seen[r.Code] {
			t.Errorf("no case of %s", r.Code)
		}
	}
}

// TestDated judges what is about a day by the parameters in force on it: later ones change nothing of before.
func TestDated(t *testing.T) {
	later := []byte(`[{"rule": "RF01", "version": 2, "from": "2026-03-01", "values": {"min_days": 40}}]`)
	both := told{rule: "RF01", found: "demands/new", world: func(w world) {
		w.demand("old")
		w.demand("new", func(d *redflag.Demand) { d.Published, d.Deadline = noon("2026-03-01"), noon("2026-04-09") })
	}}
	report := both.run(t, later)
	if f := report.Findings[0]; f.Parameters.Version != 2 || f.Parameters.Int("min_days") != 40 || f.Date != "2026-03-01" {
		t.Errorf("got %+v", f)
	}
	both.found = ""
	both.run(t)
}

// TestEvidence keeps what a finding rests on, and its name as long as rule, parameters and subject are the same.
func TestEvidence(t *testing.T) {
	short := told{rule: "RF01", found: "demands/d", world: func(w world) { w.demand("d", func(d *redflag.Demand) { d.Deadline = noon("2026-01-10") }) }}
	one := short.run(t).Findings[0]
	short.world = func(w world) { w.demand("d", func(d *redflag.Demand) { d.Deadline = noon("2026-01-11") }) }
	if other := short.run(t).Findings[0]; other.ID != one.ID || other.Evidence[1].Value == one.Evidence[1].Value {
		t.Errorf("got %+v and %+v", one, other)
	}
	again, err := redflag.Decode(redflag.Encode(one))
	if err != nil || redflag.Encode(again) != redflag.Encode(one) || again.Parameters.Int("min_days") != 15 {
		t.Errorf("got %+v %v", again, err)
	}
	if !one.About("demands/d") || one.About("demands/dd") || !one.About("organizations/ofirm") || one.About("organizations/ozju") {
		t.Error("it is about the wrong things")
	}
}

// TestSilence makes sure that a report without facts decides nothing, and says what it goes without.
func TestSilence(t *testing.T) {
	table, err := redflag.NewTable()
	if err != nil {
		t.Fatal(err)
	}
	report, err := redflag.Evaluate(empty().Facts, table, nil)
	if err != nil || len(report.Coverage) != 18 {
		t.Fatalf("got %d rules, %v", len(report.Coverage), err)
	}
	for _, f := range report.Findings {
		if f.Outcome != redflag.Undecided || f.Subject != "ledgers/330182" {
			t.Errorf("got %+v", f)
		}
	}
	for _, r := range redflag.Rules() {
		for _, fact := range slices.Concat(r.Needs, r.Unrecorded) {
			if fact.Name() == "" {
				t.Errorf("%s: fact %s has no name", r.Code, fact)
			}
		}
		for _, fact := range r.Unrecorded {
			if !slices.ContainsFunc(report.Findings, func(f redflag.Finding) bool { return f.Rule == r.Code && slices.Contains(f.Missing, fact) }) {
				t.Errorf("%s does not say that %s is not recorded", r.Code, fact)
			}
		}
	}
	if _, err := redflag.Evaluate(empty().Facts, table, []string{"RF19"}); err == nil {
		t.Error("RF19 is a rule")
	}
}

// TestBadParameters refuses files that are not exactly of the form.
func TestBadParameters(t *testing.T) {
	const good = `{"rule": "RF01", "version": 2, "from": "2026-03-01", "values": {"min_days": 40}}`
	for name, file := range map[string]string{
		"not a list": good, "something after": "[" + good + "] x", "a key": strings.Replace("["+good+"]", `"from"`, `"since"`, 1), "a rule": strings.Replace("["+good+"]", "RF01", "RF99", 1),
		"a version again": strings.Replace("["+good+"]", `"version": 2`, `"version": 1`, 1), "a version left out": strings.Replace("["+good+"]", `"version": 2`, `"version": 3`, 1),
		"no day": strings.Replace("["+good+"]", "2026-03-01", "2026-3-1", 1), "an earlier day": strings.Replace("["+good+"]", "2026-03-01", "2019-12-31", 1),
		"the same day": strings.Replace("["+good+"]", "2026-03-01", "2020-01-01", 1), "too little": strings.Replace("["+good+"]", "40", "0", 1), "too much": strings.Replace("["+good+"]", "40", "366", 1),
		"a fraction": strings.Replace("["+good+"]", "40", "1.5", 1), "a text": strings.Replace("["+good+"]", "40", `"40"`, 1), "null": strings.Replace("["+good+"]", "40", "null", 1),
		"a list": strings.Replace("["+good+"]", "40", "[40]", 1), "a parameter missing": strings.Replace("["+good+"]", `"min_days": 40`, "", 1),
		"a parameter more": strings.Replace("["+good+"]", "40", `40, "max": 1`, 1), "thresholds that fall": `[{"rule": "RF11", "version": 2, "from": "2026-03-01", "values": {"thresholds": [2, 1], "margin_percent": 5}}]`,
		"no words": `[{"rule": "RF16", "version": 2, "from": "2026-03-01", "values": {"equipment": []}}]`,
	} {
		if _, err := redflag.NewTable([]byte(file)); err == nil {
			t.Errorf("%s: %s is taken", name, file)
		}
	}
	table, err := redflag.NewTable([]byte("[" + good + "]"))
	if err != nil || len(table.Of("RF01")) != 2 || table.InForce("RF01", "1999-01-01").Version != 1 || table.InForce("RF01", "2026-02-28").Version != 1 || table.InForce("RF01", "2026-03-01").Version != 2 {
		t.Errorf("got %v", err)
	}
}

// TestSchema keeps docs/red-flags.schema.json true.
func TestSchema(t *testing.T) {
	const golden = "../../../docs/red-flags.schema.json"
	got, err := redflag.Schema()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(golden); err != nil || string(got) != string(want) {
		t.Errorf("%s is stale: run this test with -update (%v)", golden, err)
	}
}

// TestThresholds raises RF11 from a threshold on, to less than its margin above it.
func TestThresholds(t *testing.T) {
	file := []byte(`[{"rule": "RF11", "version": 2, "from": "2026-01-01", "values": {"thresholds": [1000000, 5000000], "margin_percent": 5}}]`)
	for total, found := range map[money.Fen]string{999_999: "", 1_000_000: "contracts/c", 1_049_999: "contracts/c", 1_050_000: "", 5_249_999: "contracts/c"} {
		c := told{rule: "RF11", found: found, world: func(w world) { w.contract("c", func(k *redflag.Contract) { k.Total = total }) }}
		c.run(t, file)
	}
}
