package backfill_test

import (
	"encoding/hex"
	"reflect"
	"testing"

	"github.com/jiebang/jiebang/services/backfilling/backfill"
	"github.com/jiebang/jiebang/services/money"
)

func rows() []backfill.Row {
	amount := money.Fen(41_800_000)
	return []backfill.Row{
		{Line: 7, Kind: backfill.Contract, Number: "1", Title: "技术开发合同", Buyer: "o330182-a", Seller: "o330182-b", Field: "nuclear", Date: "2024-06-01", Amount: &amount, Channel: "jiebang", Class: "development", Grade: "c", Scan: "ab"},
		{Line: 3, Kind: backfill.Demand, Number: "2", Title: "技术需求二号", Buyer: "o330182-a", Field: "nuclear", Collected: "2024-03-01"},
	}
}

// TestDigestIsForever pins what the second officer approves.
func TestDigestIsForever(t *testing.T) {
	const want = "18de58264899be60f9a7282e4809eeff43a5d7e946ed10866102632bbacf683c"
	if got := hex.EncodeToString(backfill.Digest("台账", rows())); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestDigestBindsAll changes each field of each row, the order and the source: each is another digest, but for the line in the file.
func TestDigestBindsAll(t *testing.T) {
	seen := map[string]string{string(backfill.Digest("台账", rows())): "as it is"}
	other := func(what string, source string, list []backfill.Row) {
		d := string(backfill.Digest(source, list))
		if was, twice := seen[d]; twice {
			t.Errorf("%s has the digest of %s", what, was)
		}
		seen[d] = what
	}
	other("another source", "台账二", rows())
	other("another order", "台账", []backfill.Row{rows()[1], rows()[0]})
	other("one row", "台账", rows()[:1])
	for i := range rows()[0:1] {
		for f := range reflect.TypeFor[backfill.Row]().NumField() {
			list := rows()
			v := reflect.ValueOf(&list[i]).Elem().Field(f)
			switch name := reflect.TypeFor[backfill.Row]().Field(f).Name; {
			case name == "Line":
				continue
			case v.Kind() == reflect.String:
				v.SetString(v.String() + "x")
				other(name, "台账", list)
			default:
				v.SetZero()
				other(name, "台账", list)
			}
		}
	}
}

// TestEncode keeps rows as they are.
func TestEncode(t *testing.T) {
	got, err := backfill.Decode(backfill.Encode(rows()))
	if err != nil || !reflect.DeepEqual(got, rows()) {
		t.Errorf("got %v %v", got, err)
	}
}
