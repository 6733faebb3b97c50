package ocds_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/publishing/mask"
	"github.com/jiebang/jiebang/services/publishing/ocds"
)

var noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

func process(event, failure string) *ocds.Process {
	budget, bid, total := money.Fen(50_000_000), money.Fen(41_800_001), money.Fen(41_800_000)
	deadline := noon.Add(time.Hour)
	return &ocds.Process{Prefix: "330182", Sequence: 17, Time: noon, Event: event, Failure: failure, Number: "XQ-330182-2026-0001", Title: "超细碳酸钙", Text: "白度",
		Procedure: "direct/1", Budget: &budget, Published: &noon, Deadline: &deadline, Buyer: ocds.Organization{Name: "organizations/o1", DisplayName: "甲", USCC: "91330182MA2T00001X"},
		Bid: "b330182-1", Awarded: &deadline, Signed: true,
		Deal: ocds.Deal{Supplier: &ocds.Organization{Name: "organizations/o2", DisplayName: "乙"}, Bid: &bid, Title: "合同", Total: &total, Signed: &deadline}}
}

func text(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var events = [][2]string{{"published", ""}, {"amended", ""}, {"cancelled", ""}, {"withdrawn", ""}, {"closed", ""}, {"awarded", ""}, {"promoted", ""}, {"contracted", ""}, {"fulfilled", ""}, {"failed", "no_bids"}, {"failed", "no_qualified"},
	{"failed", "no_contract"}, {"failed", "terminated"}, {"failed", "abandoned"}}

// TestSchema checks the release of each event, for each audience, and a record of all of them, by the standard's own schemas.
func TestSchema(t *testing.T) {
	s := newSchema(t)
	for _, a := range []mask.Audience{mask.Anyone, mask.Parties} {
		var all []*ocds.Release
		for _, e := range events {
			r := process(e[0], e[1]).Release(a)
			if r == nil {
				t.Fatalf("%v is no release", e)
			}
			all = append(all, r)
			for _, wrong := range s.check("release-schema.json", text(t, r)) {
				t.Errorf("%v: %s", e, wrong)
			}
		}
		record := text(t, struct {
			ocds.Package
			Records []*ocds.Record `json:"records"`
		}{ocds.Package{URI: "urn:jiebang:330182:records:17", Version: ocds.Version, Published: ocds.Instant(noon), Publisher: ocds.Publisher{Name: "局"}}, []*ocds.Record{ocds.Compile(all)}})
		for _, wrong := range s.check("record-package-schema.json", record) {
			t.Error(wrong)
		}
	}
	for name, broken := range map[string]string{
		"no ocid": `{"id":"1","date":"2026-03-02T04:00:00Z","tag":["tender"],"initiationType":"tender"}`,
		"a tag":   `{"ocid":"o","id":"1","date":"2026-03-02T04:00:00Z","tag":["nothing"],"initiationType":"tender"}`,
		"a text":  `{"ocid":"o","id":"1","date":"2026-03-02T04:00:00Z","tag":["tender"],"initiationType":"tender","tender":{"id":"1","value":{"amount":"1"}}}`,
		"a date":  `{"ocid":"o","id":"1","date":"yesterday","tag":["tender"],"initiationType":"tender"}`,
		"a field": `{"ocid":"o","id":"1","date":"2026-03-02T04:00:00Z","tag":["tender"],"initiationType":"tender","tendre":{}}`,
	} {
		if len(s.check("release-schema.json", broken)) == 0 {
			t.Errorf("%s: nothing is wrong", name)
		}
	}
}

// TestMasked looks for what is the parties' in what anyone gets.
func TestMasked(t *testing.T) {
	for _, e := range events {
		anyone, parties := text(t, process(e[0], e[1]).Release(mask.Anyone)), text(t, process(e[0], e[1]).Release(mask.Parties))
		for _, secret := range []string{"418000.01", "418000.00", "organizations/o2", "合同", "乙"} {
			if strings.Contains(anyone, secret) {
				t.Errorf("%v tells anyone %s", e, secret)
			}
		}
		if e[0] == "contracted" && (!strings.Contains(parties, `"amount":418000.01`) || !strings.Contains(parties, `"amount":418000.00`) || !strings.Contains(parties, `"id":"organizations/o2"`)) {
			t.Errorf("%v does not tell the parties: %s", e, parties)
		}
		if !strings.Contains(anyone, `"ocid":"ocds-330182-XQ-330182-2026-0001"`) || !strings.Contains(anyone, `"amount":500000.00`) {
			t.Errorf("%v: %s", e, anyone)
		}
	}
	if process("announced", "").Release(mask.Parties) != nil {
		t.Error("an event that is not known makes a release")
	}
}

// TestAmounts writes amounts as JSON numbers and reads them as texts: no digit is lost.
func TestAmounts(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		want := money.Fen(rapid.Int64Range(1, int64(money.Max)*9).Draw(r, "fen"))
		var back struct {
			Amount json.Number `json:"amount"`
		}
		if err := json.Unmarshal([]byte(text(t, ocds.Yuan(&want))), &back); err != nil {
			r.Fatal(err)
		}
		if got, err := money.ParseYuan(back.Amount.String()); err != nil || got != want {
			r.Fatalf("got %v, %v from %s, want %v", got, err, back.Amount, want)
		}
		if i := strings.Index(back.Amount.String(), "."); len(back.Amount.String())-i != 3 {
			r.Fatalf("%s has not two decimals", back.Amount)
		}
	})
}
