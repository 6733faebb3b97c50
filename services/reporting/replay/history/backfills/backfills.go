// Package backfills follows what comes into a ledger from lists 补录: that two officers answer for it, that nothing else is recorded than what they have approved, and
// that each row is recorded once. It follows the evidence of every contract too.
package backfills

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/backfilling/backfill"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/reporting/replay/history/terms"
)

// Events are the moves of backfills, by the entries that tell of them.
var Events = map[string]backfill.Event{"approved": backfill.Approve, "advanced": backfill.Advance, "completed": backfill.Finish, "discarded": backfill.Discard, "stopped": backfill.Stop}

// Columns are what never changes of a backfill, Officers who has asked for it and who has approved it.
var (
	Columns  = []string{"source", "digest", "row_count", "staged_by", "created_at"}
	Officers = []string{"requested_by", "approved_by"}
)

// Evidence is what proves a contract and where it comes from, Past what never changes of a record of the past.
var (
	Evidence = []string{"evidence_grade", "registry_number", "backfill_id", "backfill_row", "source", "number_there"}
	Past     = []string{"backfill_id", "backfill_row", "source", "number_there", "kind", "title", "buyer_id", "seller_id", "field", "collected_date", "date", "amount_fen", "demand_number", "created_at"}
)

// Book is what the entries so far come to.
type Book struct {
	lists    map[string]*list
	rows     map[[3]string]bool    // source, kind, number
	demands  map[[2]string]publish // source, number
	registry map[string]bool
	evidence map[string]string // of contracts
	past     map[string]string // fixed of records of the past
}

// list is what the entries of a backfill come to.
type list struct {
	state           backfill.State
	fixed, officers string
	source, digest  string
	rows            int
	chain           backfill.Chain
	half            string // the demand that is collected, and that the same list has published
}

// publish is a demand of the past that was published.
type publish struct{ date, buyer string }

// New is the book of a ledger without entries.
func New() *Book {
	return &Book{map[string]*list{}, map[[3]string]bool{}, map[[2]string]publish{}, map[string]bool{}, map[string]string{}, map[string]string{}}
}

func value(e *entry.Entry, column string) string {
	v, _ := e.Row.Get(column)
	return v
}

// columns joins columns.
func columns(e *entry.Entry, names ...string) string {
	var b strings.Builder
	for _, c := range names {
		v, ok := e.Row.Get(c)
		fmt.Fprintf(&b, "%s %t %d %s\n", c, ok, len(v), v)
	}
	return b.String()
}

// List checks an entry of a backfill.
func (b *Book) List(e *entry.Entry, event string, known bool) error {
	state, fixed, officers := backfill.State(value(e, "state")), columns(e, Columns...), columns(e, Officers...)
	l := b.lists[e.Subject]
	if event == "staged" {
		l = &list{state, fixed, officers, value(e, "source"), value(e, "digest"), terms.Number(e, "row_count"), backfill.NewChain(value(e, "source")), ""}
		b.lists[e.Subject] = l
		if known || state != backfill.Staged || l.rows < 1 || value(e, "staged_by") == "" || l.source == "" || value(e, "requested_by")+value(e, "approved_by") != "" ||
			!hashes.MatchString(l.digest) || value(e, "recorded_count") != "0" {
			return fmt.Errorf("补录批次不能这样开始")
		}
		return nil
	}
	if l == nil {
		return fmt.Errorf("补录批次没有开始")
	}
	if next, err := l.state.Next(Events[event]); err != nil || next != state {
		return fmt.Errorf("状态不能由 %s 变为 %s(%s)", l.state, state, e.Kind)
	}
	l.state = state
	if fixed != l.fixed || l.half != "" || terms.Number(e, "recorded_count") != l.chain.Rows {
		return fmt.Errorf("补录批次的内容被改动,或已登记的行数不对")
	}
	switch {
	case event == "approved":
		l.officers = officers
		if one, two := value(e, "requested_by"), value(e, "approved_by"); one == "" || two == "" || one == two {
			return fmt.Errorf("补录未经两人同意")
		}
	case officers != l.officers:
		return fmt.Errorf("同意补录的人被改动")
	case event == "completed" && (l.chain.Rows != l.rows || hex.EncodeToString(l.chain.Sum) != l.digest):
		return fmt.Errorf("登记的各行不是两人同意的")
	case (event == "discarded" || event == "stopped") && strings.TrimSpace(value(e, "reason")) == "":
		return fmt.Errorf("作废补录没有理由")
	}
	return nil
}

var hashes = regexp.MustCompile(`^[0-9a-f]{64}$`)

// row takes the next row of a backfill.
func (b *Book) row(e *entry.Entry, kind backfill.Kind) error {
	l := b.lists["backfills/"+value(e, "backfill_id")]
	if l == nil || l.state != backfill.Recording || l.half != "" || value(e, "source") != l.source {
		return fmt.Errorf("所属的补录批次未经两人同意")
	}
	if terms.Number(e, "backfill_row") != l.chain.Rows+1 || l.chain.Rows == l.rows {
		return fmt.Errorf("不是补录批次的下一行")
	}
	name := [3]string{l.source, string(kind), value(e, "number_there")}
	if name[2] == "" || b.rows[name] {
		return fmt.Errorf("台账中的这一行登记了两次")
	}
	b.rows[name] = true
	l.chain = l.chain.Add(backfill.DigestOf(kind, func(column string) string { return value(e, column) }))
	return nil
}

// Contract checks what proves a contract: what it came into force with stays.
func (b *Book) Contract(e *entry.Entry, event string) error {
	was, known := b.evidence[e.Subject]
	if !known {
		was = columns(&entry.Entry{}, Evidence...)
	}
	b.evidence[e.Subject] = columns(e, Evidence...)
	grade, graded := e.Row.Get("evidence_grade")
	switch event {
	case "recorded":
		return b.recorded(e, contract.Grade(grade), graded)
	case "activated":
		if graded && contract.Grade(grade) != contract.GradeA || columns(e, Evidence[1:]...) != columns(&entry.Entry{}, Evidence[1:]...) {
			return fmt.Errorf("在平台签署的合同证据等级应为 A")
		}
	default:
		if b.evidence[e.Subject] != was {
			return fmt.Errorf("合同的证据或来源被改动")
		}
	}
	return nil
}

// recorded checks a contract that was signed elsewhere. Before there were grades it had none.
func (b *Book) recorded(e *entry.Entry, grade contract.Grade, graded bool) error {
	digest, err := hex.DecodeString(value(e, "text_digest"))
	registry, has := e.Row.Get("registry_number")
	if err != nil || has && registry == "" || !graded && has {
		return fmt.Errorf("合同的证据写法不对")
	}
	if graded && grade != (contract.Evidence{Registry: registry, Digest: digest}).Proves() {
		return fmt.Errorf("合同的证据等级与证据不符")
	}
	if has && b.registry[registry] {
		return fmt.Errorf("合同登记编号 %s 已用于另一份登记的合同", registry)
	}
	b.registry[registry] = true
	if _, listed := e.Row.Get("backfill_id"); !listed {
		if _, from := e.Row.Get("source"); from {
			return fmt.Errorf("合同有来源而不属于补录批次")
		}
		return nil
	}
	if !graded {
		return fmt.Errorf("补录的合同没有证据等级")
	}
	return b.row(e, backfill.Contract)
}

// Past checks an entry of a demand or a bid of the past.
func (b *Book) Past(e *entry.Entry, event string, known bool) error {
	fixed, was := columns(e, Past...), b.past[e.Subject]
	b.past[e.Subject] = fixed
	date, collected := value(e, "date"), value(e, "collected_date")
	for _, day := range []string{date, collected} {
		if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
			return fmt.Errorf("日期 %s 无效", day)
		}
	}
	source, kind := value(e, "source"), backfill.Kind(value(e, "kind"))
	l := b.lists["backfills/"+value(e, "backfill_id")]
	switch e.Kind {
	case "past_demand.collected":
		if known || kind != backfill.Demand || value(e, "state") != string(backfill.Collected) || collected == "" || date != "" && date < collected {
			return fmt.Errorf("征集的需求不能这样登记")
		}
		if err := b.row(e, kind); err != nil {
			return err
		}
		if date != "" {
			l.half = e.Subject
		}
		return nil
	case "past_demand.published":
		if kind != backfill.Demand || value(e, "state") != string(backfill.Published) || date == "" || known == (collected == "") || known && (fixed != was || l == nil || l.half != e.Subject) {
			return fmt.Errorf("发布的需求不能这样登记")
		}
		b.demands[[2]string{source, value(e, "number_there")}] = publish{date, value(e, "buyer_id")}
		if !known {
			return b.row(e, kind)
		}
		l.half = ""
		return nil
	case "past_bid.opened":
		d, published := b.demands[[2]string{source, value(e, "demand_number")}]
		if known || kind != backfill.Bid || value(e, "state") != string(backfill.Opened) || collected != "" || !published || d.buyer != value(e, "buyer_id") || date < d.date {
			return fmt.Errorf("揭榜所属的需求未曾发布,或不能这样登记")
		}
		return b.row(e, kind)
	}
	return fmt.Errorf("未知的账目类型 %s", e.Kind)
}
