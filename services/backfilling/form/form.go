// Package form has the columns of lists of what happened before the marketplace or beside it 补录清单, and reads their rows.
package form

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jiebang/jiebang/services/backfilling/backfill"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/offering/sheet"
	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/registering/registration"
)

// Row is a row of a list: what it says, the organizations that it names, and what is wrong with it. The field of a fault is a column's.
type Row struct {
	backfill.Row
	Buyer, Seller Party
	Wrong         []*fault.Fault
}

// Party is an organization as a row names it.
type Party struct{ Code, Name string }

// None reports whether a row names nobody.
func (p Party) None() bool { return p == Party{} }

// Fail notes what is wrong with a column.
func (r *Row) Fail(f *fault.Fault, field string) { r.Wrong = append(r.Wrong, f.At(field)) }

// try notes what is wrong with a column, if anything is.
func (r *Row) try(field string, err error) {
	if f := fault.As(err); f != nil {
		r.Fail(f, field)
	}
}

// Scans are the digests of scans by the names of their files.
type Scans map[string][]byte

// foreign are the columns that a row of a kind has not.
var foreign = map[backfill.Kind][]string{
	backfill.Demand:   {"seller_code", "seller", "demand", "channel", "class", "grade", "registry_number", "scan"},
	backfill.Bid:      {"collected_date", "channel", "class", "grade", "registry_number", "scan"},
	backfill.Contract: {"collected_date", "demand"},
}

// required are the columns that a row of a kind must have something in; a bid's title, demander and field are its demand's.
var required = map[backfill.Kind][]string{
	backfill.Demand:   {"number", "title", "field"},
	backfill.Bid:      {"number", "demand", "date"},
	backfill.Contract: {"number", "title", "field", "date", "amount", "channel", "class"},
}

// Most is how long texts may be. A number is counted in bytes: it is shown in columns of that width.
const (
	mostNumber = 40
	leastTitle = 4
	mostTitle  = 100
)

// Read reads a row; no day of it is after today.
func Read(cells sheet.Row, today string, scans Scans) *Row {
	r := &Row{Row: backfill.Row{Line: cells.Number, Kind: backfill.Contract}, Wrong: slices.Clone(cells.Wrong)}
	text := func(field string) string { return cells.Cells[field].Text }
	if kind := text("kind"); kind != "" {
		r.Kind = one[backfill.Kind](r, "kind", kind, kindWords)
	}
	for _, field := range foreign[r.Kind] {
		if text(field) != "" {
			r.Fail(backfill.ErrColumn.With("kind", string(r.Kind)), field)
		}
	}
	for _, field := range required[r.Kind] {
		if text(field) == "" && !r.Failed(field) {
			r.Fail(missing(field), field)
		}
	}
	r.Number, r.Title, r.Row.Demand = text("number"), text("title"), text("demand")
	for _, field := range []string{"number", "demand"} {
		if len(text(field)) > mostNumber {
			r.Fail(rpc.ErrField.With("field", field).With("rule", "string.max_len").With("limit", mostNumber), field)
		}
	}
	switch n := utf8.RuneCountInString(r.Title); {
	case n > mostTitle:
		r.Fail(rpc.ErrField.With("field", "title").With("rule", "string.max_len").With("limit", mostTitle), "title")
	case n > 0 && n < leastTitle:
		r.Fail(rpc.ErrField.With("field", "title").With("rule", "string.min_len").With("limit", leastTitle), "title")
	}
	for _, c := range Columns {
		if strings.ContainsFunc(text(c.Field), func(c rune) bool { return c < ' ' || c == 0x7f }) {
			r.Fail(rpc.ErrField.With("field", c.Field).With("rule", "string.control"), c.Field)
		}
	}
	r.Field = one[demand.Field](r, "field", text("field"), fieldWords)
	r.Channel, r.Class = one[contract.Channel](r, "channel", text("channel"), channelWords), one[contract.Class](r, "class", text("class"), classWords)
	r.Buyer, r.Seller = r.party("buyer", text), r.party("seller", text)
	r.dates(text, today)
	r.Amount = r.amount(text("amount"))
	if r.Kind == backfill.Contract {
		r.evidence(text, scans)
	}
	return r
}

// Failed reports whether something is wrong with a column already.
func (r *Row) Failed(field string) bool {
	return slices.ContainsFunc(r.Wrong, func(f *fault.Fault) bool { return f.Field == field })
}

func missing(field string) *fault.Fault {
	return rpc.ErrField.With("field", field).With("rule", "required")
}

// one reads a code that is one of words; an empty cell is none.
func one[S ~string](r *Row, field, text string, words []sheet.Word) S {
	if text == "" {
		return ""
	}
	code, ok := sheet.Find(words, text)
	if !ok {
		r.Fail(sheet.NoWord(words, text), field)
	}
	return S(code)
}

// party reads how a row names an organization. Which it must name depends on its kind.
func (r *Row) party(side string, text func(string) string) Party {
	p := Party{strings.ToUpper(text(side + "_code")), text(side)}
	if p.Code != "" {
		_, _, err := party.CheckCode(p.Code)
		r.try(side+"_code", err)
	}
	if p.None() && (side == "buyer" && r.Kind != backfill.Bid || side == "seller" && r.Kind != backfill.Demand) && !r.Failed(side) && !r.Failed(side+"_code") {
		r.Fail(missing(side+"_code"), side+"_code")
	}
	return p
}

// dates reads the days of a row. A demand was collected, or published, or both.
func (r *Row) dates(text func(string) string, today string) {
	day := func(field string) string {
		d, ok := sheet.Day(text(field))
		if !ok || d > today {
			r.Fail(backfill.ErrDate.With("text", text(field)), field)
			return ""
		}
		return d
	}
	r.Date, r.Collected = day("date"), day("collected_date")
	switch {
	case r.Kind == backfill.Demand && text("date") == "" && text("collected_date") == "" && !r.Failed("collected_date"):
		r.Fail(missing("collected_date"), "collected_date")
	case r.Date != "" && r.Collected > r.Date:
		r.Fail(backfill.ErrOrder.With("before", r.Collected), "date")
	}
}

// amount reads an amount; 面议 and an empty cell are none, which is not 0.
func (r *Row) amount(text string) *money.Fen {
	if text == "" || r.Kind != backfill.Contract && slices.Contains([]string{"面议", "面谈", "协商"}, text) {
		return nil
	}
	fen, err := sheet.Fen(text)
	if err != nil {
		r.try("amount", err)
		return nil
	}
	return &fen
}

// evidence reads what proves a contract: a scan by its digest or by the name of a file that was handed in, and the registry's number.
func (r *Row) evidence(text func(string) string, scans Scans) {
	var digest []byte
	if scan := text("scan"); scan != "" {
		var known bool
		if digest, known = scans[scan]; !known {
			var err error
			if digest, err = hex.DecodeString(scan); err != nil || len(digest) != sha256.Size {
				r.Fail(backfill.ErrScanMissing.With("text", scan), "scan")
				return
			}
		}
	}
	r.Scan, r.Registry = hex.EncodeToString(digest), text("registry_number")
	if r.Registry != "" {
		r.try("registry_number", registration.CheckNumber(r.Registry))
	}
	grade, err := contract.Evidence{Grade: one[contract.Grade](r, "grade", text("grade"), gradeWords), Registry: r.Registry, Digest: digest}.Check()
	if r.Grade = grade; !r.Failed("grade") {
		r.try("grade", err)
	}
}
