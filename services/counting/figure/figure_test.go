package figure

import (
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/ledger/entry"
)

// TestPeriods makes sure where periods begin and end, and of their year before.
func TestPeriods(t *testing.T) {
	for _, c := range []struct{ text, name, first, end, before string }{
		{"2024", "2024年", "2024-01-01", "2025-01-01", "2023"}, {"2024-Q1", "2024年第1季度", "2024-01-01", "2024-04-01", "2023-Q1"},
		{"2024-Q4", "2024年第4季度", "2024-10-01", "2025-01-01", "2023-Q4"}, {"2024-02", "2024年2月", "2024-02-01", "2024-03-01", "2023-02"},
		{"2024-W01", "2024年第1周", "2024-01-01", "2024-01-08", "2023-W01"}, {"2026-W53", "2026年第53周", "2026-12-28", "2027-01-04", ""},
		{"2021-W01", "2021年第1周", "2021-01-04", "2021-01-11", "2020-W01"}, {"2020-W53", "2020年第53周", "2020-12-28", "2021-01-04", ""},
	} {
		p, err := ParsePeriod(c.text)
		before, ok := p.Before()
		if err != nil || p.Name() != c.name || p.First().Format(time.DateOnly) != c.first || p.End().Format(time.DateOnly) != c.end || string(before) != c.before || ok != (c.before != "") {
			t.Errorf("%s: got %s %s %s %s %v %v", c.text, p.Name(), p.First(), p.End(), before, ok, err)
		}
	}
	for _, bad := range []string{"24", "2024-13", "2024-Q5", "2024-W53", "2024-W00", "2024-1", "0000", "2024-01-01", " 2024", "2024-q1"} {
		if p, err := ParsePeriod(bad); err == nil {
			t.Errorf("%q is %v", bad, p)
		}
	}
	if p, err := ParsePeriod(""); err != nil || p.Size() != All || len(p.Parts(Month)) != 0 {
		t.Errorf("all time: %v %v", p, err)
	}
	if got := Period("2024").Parts(Month); len(got) != 12 || got[1] != "2024-02" {
		t.Errorf("months: %v", got)
	}
	if got := Period("2024-Q1").Parts(Week); len(got) != 13 || got[0] != "2024-W01" || got[12] != "2024-W13" {
		t.Errorf("weeks: %v", got)
	}
}

// TestDays wants each day in exactly the periods that begin not after it and end after it, in China Standard Time at the year's end too.
func TestDays(t *testing.T) {
	last := time.Date(2026, 12, 31, 15, 59, 59, 999_999_000, time.UTC)
	if a, b := Day(last), Day(last.Add(time.Microsecond)); a != "2026-12-31" || b != "2027-01-01" {
		t.Errorf("the year ends at %s, %s", a, b)
	}
	rapid.Check(t, func(r *rapid.T) {
		at := time.Unix(rapid.Int64Range(0, 4_000_000_000).Draw(r, "at"), 0)
		day := Day(at)
		got := Periods(day)
		if len(got) != 5 || got[0] != "" {
			r.Fatalf("%s is in %v", day, got)
		}
		for _, p := range got[1:] {
			parsed, err := ParsePeriod(string(p))
			if err != nil || parsed != p || at.Before(p.First()) || !at.Before(p.End()) {
				r.Fatalf("%s is in %s: %v", at, p, err)
			}
		}
	})
}

// TestShare compares with fractions of any size.
func TestShare(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		over, under := rapid.Int64().Draw(r, "over"), rapid.Int64().Draw(r, "under")
		got, ok := Share(over, under)
		if under <= 0 {
			if ok {
				r.Fatalf("%d / %d is %d", over, under, got)
			}
			return
		}
		half := big.NewRat(1, 2)
		exact := new(big.Rat).Mul(big.NewRat(over, under), big.NewRat(10_000, 1))
		if !exact.Num().IsInt64() && !ok {
			return
		}
		off := new(big.Rat).Sub(exact, new(big.Rat).SetInt64(got))
		if ok && off.Abs(off).Cmp(half) > 0 {
			r.Fatalf("%d / %d is %d", over, under, got)
		}
	})
	for _, c := range []struct{ over, under, want int64 }{{1, 2, 5000}, {1, 20_000, 1}, {1, 20_001, 0}, {-1, 20_000, -1}, {2, 3, 6667}, {0, 7, 0}} {
		if got, ok := Share(c.over, c.under); got != c.want || !ok {
			t.Errorf("%d / %d: got %d, want %d", c.over, c.under, got, c.want)
		}
	}
	if got, ok := Share(math.MaxInt64, 1); ok {
		t.Errorf("beyond 64 bits: %d", got)
	}
}

// TestChange wants 同比 on the same version alone, and none from nothing.
func TestChange(t *testing.T) {
	one, two := Definition{Code: "x", Version: 1}, Definition{Code: "x", Version: 2}
	for _, c := range []struct {
		this, last int64
		before     Definition
		want       int64
		ok         bool
	}{{156, 100, one, 5600, true}, {50, 100, one, -5000, true}, {156, 100, two, 0, false}, {5, 0, one, 0, false}, {5, -1, one, 0, false}, {math.MinInt64, 5, one, 0, false}} {
		if got, ok := Change(c.this, c.last, one, c.before); got != c.want || ok != c.ok {
			t.Errorf("%d after %d: got %d %v", c.this, c.last, got, ok)
		}
	}
}

// TestInForce gives each period the version that was valid when it began.
func TestInForce(t *testing.T) {
	all := []Definition{{Code: "x", Version: 1, From: "2000-01-01"}, {Code: "x", Version: 2, From: "2024-07-01"}}
	for p, want := range map[Period]int{"2024": 1, "2024-Q3": 2, "2024-06": 1, "2025": 2, "": 2, "1999": 0} {
		if got, err := inForce(all, "x", p); got.Version != want || (err == nil) != (want > 0) {
			t.Errorf("%q: got version %d (%v), want %d", p, got.Version, err, want)
		}
	}
}

// TestDefinitions refuses what would add what goes in to what comes out, and what does not fit together.
func TestDefinitions(t *testing.T) {
	in := `{"code":"in","version":1,"from":"2000-01-01","name":"入","unit":"fen","side":"input","text":"入","kinds":["deposited"],"takes":"amount"}`
	out := `{"code":"out","version":1,"from":"2000-01-01","name":"出","unit":"fen","side":"output","text":"出","kinds":["signed"],"takes":"amount"}`
	ratio := func(over, under, side string) string {
		return `{"code":"r","version":1,"from":"2000-01-01","name":"率","unit":"basis_points","side":"` + side + `","text":"率","over":"` + over + `","under":"` + under + `"}`
	}
	if _, err := Decode([]byte("[" + in + "," + out + "," + ratio("out", "out", "output") + "]")); err != nil {
		t.Error(err)
	}
	for name, bad := range map[string]string{
		"in over out":  in + "," + out + "," + ratio("in", "out", "input"),
		"out over in":  in + "," + out + "," + ratio("out", "in", "output"),
		"twice":        in + "," + in,
		"of nothing":   ratio("x", "y", "output"),
		"a sum":        in + "," + strings.Replace(out, `"kinds"`, `"sum":["in","out"],"kinds"`, 1),
		"count of fen": strings.Replace(out, `"takes":"amount"`, `"takes":"count"`, 1),
		"no side":      strings.Replace(out, `"output"`, `"both"`, 1),
		"firms as fen": strings.Replace(out, `"takes":"amount"`, `"takes":"buyers"`, 1),
		"counted":      strings.Replace(out, `"kinds"`, `"missing":"无","kinds"`, 1),
	} {
		if _, err := Decode([]byte("[" + bad + "]")); err == nil {
			t.Errorf("%s: is taken", name)
		}
	}
	for _, d := range Definitions() {
		if d.Measured() != (len(d.Kinds) > 0) || len(d.Ref()) > 40 {
			t.Errorf("%s: %v", d.Ref(), d)
		}
	}
}

// TestFrozen reads back what was written, and nothing else.
func TestFrozen(t *testing.T) {
	values := []Value{{"a@1", 5}, {"b@2", -3}}
	text := Frozen(values)
	if got, ok := Thaw(text); text != "a@1 5\nb@2 -3\n" || !ok || !slices.Equal(got, values) {
		t.Errorf("%q: got %v %v", text, got, ok)
	}
	for _, bad := range []string{"a@1 5", "a@1  5\n", "a@1 05\n", "a@1\n", "a@1 5\r\n", "a@1 +5\n"} {
		if got, ok := Thaw(bad); ok {
			t.Errorf("%q: got %v", bad, got)
		}
	}
}

// before is a past that is given.
type before map[string][]Tally

func (b before) Tallies(record string) ([]Tally, error) { return b[record], nil }
func (b before) Party(id string) (Party, error)         { return Stranger(id), nil }

// TestOf counts what entries say: a difference where something is amended, and nothing for what changes no amount.
func TestOf(t *testing.T) {
	at := time.Date(2026, 3, 31, 16, 0, 0, 0, time.UTC) // April in China
	demand := Tally{Kind: Published, Record: "demands/d", Day: "2026-01-01", Base: "2026-01-01", Count: 1, Amount: 500, Traits: Traits{Field: "f", Buyer: "o330182-a", BuyerRegion: "330182"}}
	contract := Tally{Kind: Signed, Record: "contracts/c", Number: "HT-1", Day: "2026-02-01", Base: "2026-02-01", Count: 1, Amount: 900, Traits: Traits{Channel: "jiebang"}}
	won := Tally{Kind: Awarded, Record: "demands/d/bids/b", Day: "2026-03-01", Base: "2026-03-01", Count: 1, Amount: 400}
	past := before{"demands/d": {demand}, "contracts/c": {contract}, "demands/d/bids/b": {won}, "contracts/c/milestones/m": {{Kind: Accepted, Amount: 100}},
		"contracts/c/registrations/s": {{Kind: Recognized, Base: "2026-03-05", Count: 1, Amount: 80}}}
	for name, c := range map[string]struct {
		kind, subject, columns string
		want                   Tally
		ok                     bool
	}{
		"a demand":              {"demand.published", "demands/e", "organization_id=o330127-x budget_fen=7", Tally{Kind: Published, Record: "demands/e", Day: "2026-04-01", Base: "2026-04-01", Count: 1, Amount: 7}, true},
		"one without amount":    {"demand.published", "demands/e", "organization_id=o330127-x", Tally{Kind: Published, Record: "demands/e", Day: "2026-04-01", Base: "2026-04-01", Count: 1, Unpriced: 1}, true},
		"an amount amended":     {"demand.amended", "demands/d", "budget_fen=700", Tally{Kind: Republished, Record: "demands/d", Day: "2026-04-01", Base: "2026-01-01", Amount: 200}, true},
		"an amount given up":    {"demand.amended", "demands/d", "", Tally{Kind: Republished, Record: "demands/d", Day: "2026-04-01", Base: "2026-01-01", Amount: -500, Unpriced: 1}, true},
		"another text":          {"demand.amended", "demands/d", "budget_fen=500", Tally{}, false},
		"an amendment":          {"amendment.activated", "contracts/c/amendments/a", "contract_id=c difference_fen=-50", Tally{Kind: Changed, Record: "contracts/c", Number: "HT-1", Day: "2026-04-01", Base: "2026-02-01", Amount: -50}, true},
		"one of no amount":      {"amendment.activated", "contracts/c/amendments/a", "contract_id=c difference_fen=0", Tally{}, false},
		"a draft":               {"amendment.drafted", "contracts/c/amendments/a", "contract_id=c difference_fen=-50", Tally{}, false},
		"a payment":             {"payment.confirmed", "contracts/c/payments/p", "contract_id=c kind=instalment amount_fen=60", Tally{Kind: Paid, Record: "contracts/c/payments/p", Number: "HT-1", Day: "2026-04-01", Base: "2026-02-01", Count: 1, Amount: 60}, true},
		"a deposit":             {"payment.confirmed", "contracts/c/payments/p", "contract_id=c kind=deposit amount_fen=60", Tally{Kind: Deposited, Record: "contracts/c/payments/p", Number: "HT-1", Day: "2026-04-01", Base: "2026-02-01", Count: 1, Amount: 60}, true},
		"more accepted":         {"milestone.met", "contracts/c/milestones/m", "contract_id=c accepted_fen=160", Tally{Kind: Accepted, Record: "contracts/c/milestones/m", Number: "HT-1", Day: "2026-04-01", Base: "2026-02-01", Amount: 60}, true},
		"nothing more accepted": {"milestone.met", "contracts/c/milestones/m", "contract_id=c accepted_fen=100", Tally{}, false},
		"a certificate":         {"registration.registered", "contracts/c/registrations/r", "contract_id=c state=registered total_fen=900 technology_fen=80 register_date=2026-03-30", Tally{Kind: Recognized, Record: "contracts/c/registrations/r", Number: "HT-1", Day: "2026-04-01", Base: "2026-03-30", Count: 1, Amount: 80}, true},
		"one recorded by one":   {"registration.recorded", "contracts/c/registrations/r", "contract_id=c state=accepted recorded_technology_fen=80", Tally{}, false},
		"a changed certificate": {"registration.changed", "contracts/c/registrations/s", "contract_id=c state=changed total_fen=900 technology_fen=50 register_date=2026-04-01", Tally{Kind: Recognized, Record: "contracts/c/registrations/s", Number: "HT-1", Day: "2026-04-01", Base: "2026-03-05", Amount: -30}, true},
		"a cancelled one":       {"registration.cancelled", "contracts/c/registrations/s", "contract_id=c state=cancelled technology_fen=80", Tally{Kind: Recognized, Record: "contracts/c/registrations/s", Number: "HT-1", Day: "2026-04-01", Base: "2026-03-05", Count: -1, Amount: -80}, true},
		"a duty of one":         {"registration.owed", "contracts/c/registrations/s", "contract_id=c state=registered technology_fen=80 register_date=2026-03-05", Tally{}, false},
		"a sealed bid":          {"bid.submitted", "demands/d/bids/x", "organization_id=o330127-x", Tally{}, false},
		"an opened one":         {"bid.opened", "demands/d/bids/x", "organization_id=o330127-x amount_fen=1", Tally{Kind: Opened, Record: "demands/d/bids/x", Day: "2026-04-01", Base: "2026-04-01", Count: 1, Amount: 1}, true},
		"an award taken back":   {"bid.declined", "demands/d/bids/b", "organization_id=o330127-x amount_fen=400", Tally{Kind: Unawarded, Record: "demands/d/bids/b", Day: "2026-04-01", Base: "2026-03-01", Count: -1, Amount: -400}, true},
		"one never awarded":     {"bid.declined", "demands/d/bids/x", "organization_id=o330127-x amount_fen=400", Tally{}, false},
	} {
		var row entry.Row
		for _, pair := range strings.Fields(c.columns) {
			k, v, _ := strings.Cut(pair, "=")
			row = append(row, entry.Column{Name: k, Value: v})
		}
		slices.SortFunc(row, func(a, b entry.Column) int { return strings.Compare(a.Name, b.Name) })
		got, ok, err := Of(&entry.Entry{Kind: c.kind, Subject: c.subject, Time: at, Row: row}, past)
		if got.Traits, got.Collected = (Traits{}), 0; ok != c.ok || err != nil || ok && got != c.want {
			t.Errorf("%s: got %+v %v %v, want %+v", name, got, ok, err, c.want)
		}
	}
}
