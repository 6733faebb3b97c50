package reporting

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/counting/figure"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/reporting/metric"
	"github.com/jiebang/jiebang/services/reporting/replay"
)

const verifyBatch = 1000

// Verify replays the ledger of a jurisdiction from the database and compares every audited column of every row with its last entry, and
// the totals with those of the entries. It reads what is committed up to the head that it finds at its start.
func (r *Reporting) Verify(ctx context.Context, jurisdiction string, progress func(done int64)) (*replay.Report, error) {
	head, err := ledger.Head(ctx, r.db.Read, jurisdiction)
	if err != nil {
		return nil, err
	}
	v := &verifier{Replayer: replay.New(jurisdiction), read: r.db.Read, jurisdiction: jurisdiction, rows: map[string]bool{}}
	v.Every(func(t figure.Tally) { v.tallies = append(v.tallies, t) })
	if err := v.entries(ctx, head, progress); err != nil {
		return nil, err
	}
	if err := v.tables(ctx); err != nil {
		return nil, err
	}
	if err := v.totals(ctx, r.db); err != nil {
		return nil, err
	}
	if err := v.figures(ctx, r.db); err != nil {
		return nil, err
	}
	return v.Report(), nil
}

// verifier compares a database with its ledger.
type verifier struct {
	*replay.Replayer
	read         *ent.Client
	jurisdiction string
	rows         map[string]bool // subjects that have a row
	tallies      []figure.Tally
}

func (v *verifier) entries(ctx context.Context, head *ent.LedgerHead, progress func(int64)) error {
	for {
		rows, err := ledger.Entries(ctx, v.read, v.jurisdiction, v.Size(), verifyBatch)
		if err != nil {
			return err
		}
		for _, e := range rows {
			if e.Sequence != v.Size() && v.Size() < head.Size {
				v.Problem(replay.Problem{Sequence: v.Size(), Text: fmt.Sprintf("第 %d 至 %d 条账目缺失", v.Size(), e.Sequence-1)})
				return nil // what follows would only repeat it
			}
			hashes, err := entry.Hashes(e.Hashes)
			if err != nil || len(hashes) == 0 {
				v.Problem(replay.Problem{Sequence: e.Sequence, Text: "账本记录的哈希已损坏"})
				hashes = append(hashes, entry.Leaf(e.Salt, e.Body))
			}
			before := v.Frontier()
			v.Add(entry.Sealed{Salt: e.Salt, Body: string(e.Body), Hash: hashes[0][:]})
			if _, want := before.Append(e.Sequence, entry.Leaf(e.Salt, e.Body)); !slices.Equal(want[1:], hashes[1:]) {
				v.Problem(replay.Problem{Sequence: e.Sequence, Text: "账本记录的树节点与账目不符"})
			}
			if v.Size() == head.Size {
				v.compareHead(head)
			}
		}
		if progress != nil {
			progress(v.Size())
		}
		if len(rows) < verifyBatch {
			break
		}
	}
	if v.Size() < head.Size {
		v.Problem(replay.Problem{Sequence: v.Size(), Text: fmt.Sprintf("第 %d 至 %d 条账目缺失", v.Size(), head.Size-1)})
	}
	return nil
}

func (v *verifier) compareHead(head *ent.LedgerHead) {
	frontier, err := entry.Hashes(head.Frontier)
	if err != nil || entry.Frontier(frontier).Root() != v.Frontier().Root() {
		v.Problem(replay.Problem{Sequence: -1, Subject: id.LedgerName(v.jurisdiction), Column: "ledger_heads.frontier", Text: "账本头部的树根与账目不符"})
	}
}

// row is a row of an audited table as verify sees it.
type row struct {
	table, key, name string
	sequence         int64
	hash             []byte
	image            entry.Row
}

// check compares a row with the last entry about it.
func (v *verifier) check(ctx context.Context, rows []row) error {
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = entry.Key(v.jurisdiction, r.sequence)
	}
	entries, err := entriesByID(ctx, v.read, ids)
	if err != nil {
		return err
	}
	for i, r := range rows {
		v.rows[r.name] = true
		e := entries[ids[i]]
		if e == nil {
			v.wrong(r, "entry_seq", "所指的账目不存在")
			continue
		}
		v.compareRow(r, e)
	}
	return nil
}

func (v *verifier) wrong(r row, column, text string) {
	v.Problem(replay.Problem{Sequence: r.sequence, Subject: r.name, Column: r.table + "." + column, Text: "数据库行 " + r.key + " " + text})
}

func (v *verifier) compareRow(r row, stored *ent.LedgerEntry) {
	hash := entry.Leaf(stored.Salt, stored.Body)
	if !bytes.Equal(hash[:], r.hash) {
		v.wrong(r, "entry_hash", "与账目的哈希不符")
	}
	e, err := entry.Decode(stored.Body)
	if err != nil {
		return // the replay has said so
	}
	if last, ok := v.LastEntry(r.name); !ok || last != r.sequence || e.Subject != r.name {
		v.wrong(r, "entry_seq", fmt.Sprintf("应为最近一条账目 %d", last))
		if !strings.HasSuffix(e.Subject, r.key) {
			return // an entry about something else, so each column would differ
		}
	}
	for _, column := range columns(r.image, e.Row) {
		have, ok1 := r.image.Get(column)
		want, ok2 := e.Row.Get(column)
		if ok1 != ok2 || have != want {
			v.wrong(r, column, fmt.Sprintf("现为 %s,账目记为 %s", show(have, ok1), show(want, ok2)))
		}
	}
}

func show(value string, ok bool) string {
	if !ok {
		return "空"
	}
	if runes := []rune(value); len(runes) > 60 {
		value = string(runes[:60]) + "…"
	}
	return "“" + value + "”"
}

// columns are the names in either row, without the facts, which an entry alone has.
func columns(a, b entry.Row) []string {
	var names []string
	for _, c := range slices.Concat(a, b) {
		if !strings.HasPrefix(c.Name, entry.Fact) {
			names = append(names, c.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// totals compares the stored totals with those of the entries, as far as they are counted.
func (v *verifier) totals(ctx context.Context, db *storage.DB) error {
	position, err := ledger.Position(ctx, db, consumer, v.jurisdiction)
	if err != nil {
		return err
	}
	if position != v.Size() {
		return nil // the consumer has not caught up, so the totals stand at another entry; they are compared when it has
	}
	stored, err := storedCells(ctx, v.read, v.jurisdiction)
	if err != nil {
		return err
	}
	for cell, sum := range v.Cells() {
		if stored[cell] != sum {
			v.totalWrong(cell, stored[cell], sum)
		}
	}
	for cell, sum := range stored {
		if _, ok := v.Cells()[cell]; !ok {
			v.totalWrong(cell, sum, metric.Sum{})
		}
	}
	return nil
}

func (v *verifier) totalWrong(c metric.Cell, have, want metric.Sum) {
	key := strings.Join([]string{string(c.Metric), c.Month, c.Channel, c.Field}, "/")
	v.Problem(replay.Problem{Sequence: -1, Subject: "totals/" + key, Column: "totals.count, totals.amount_fen",
		Text: fmt.Sprintf("统计为 %d 项 %s 元,账目合计 %d 项 %s 元", have.Count, have.Amount, want.Count, want.Amount)})
}

// missing names the subjects that the ledger knows and the tables lack.
func (v *verifier) missing() {
	v.Subjects(func(name string) {
		if !v.rows[name] && name != id.LedgerName(v.jurisdiction) && !strings.HasPrefix(name, id.ExportName("")) {
			last, _ := v.LastEntry(name)
			v.Problem(replay.Problem{Sequence: last, Subject: name, Text: "数据库中没有这一行,已被删除"})
		}
	})
}

// tables checks each audited table.
func (v *verifier) tables(ctx context.Context) error {
	for _, t := range []func(context.Context) error{v.heads, v.organizations, v.tokens, v.approvals, v.persons, v.memberships, v.files, v.demands, v.achievements, v.profiles, v.bids, v.evaluations, v.sheets, v.objections, v.cases, v.opinions, v.questions, v.disclosures, v.contracts,
		v.amendments, v.milestones, v.payments, v.registrations, v.registryRecords, v.backfills, v.pastRecords, v.accounts, v.closures,
		v.custodians, v.sealings, v.refusals, v.openings} {
		if err := t(ctx); err != nil {
			return err
		}
	}
	v.missing()
	return nil
}
