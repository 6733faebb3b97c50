// Package publishing gives away what is public, and to each organization what is its own: tables, OCDS and the feed of changes.
//
//   - What is in them is decided three times: by the rows that the wall lets through, by the policy on each row, and by mask on each field.
//   - An export is read at one instant and says at which entry that is. It is whole, on this machine, before its first byte is sent.
//   - Who takes what is not public leaves an entry, with the digest of the bytes, before the first of them is sent.
//   - The feed follows the sequences of the ledger, never times: what commits later has the higher sequence, so a cursor misses nothing.
package publishing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/publishing/mask"
	"github.com/jiebang/jiebang/services/publishing/table"
)

// Faults of exports.
var (
	ErrFormat    = fault.New(fault.Invalid, "TABLE_FORMAT", "the table is not written in this format")
	ErrTaken     = fault.New(fault.Exists, "EXPORT_TAKEN", "the request_id stands for an export that was taken; another one needs its own")
	ErrNotPublic = fault.New(fault.Invalid, "TABLE_NOT_PUBLIC", "nothing of this table is public; export your own")
)

// Publishing publishes.
type Publishing struct{ db *storage.DB }

// New returns the publishing of db.
func New(db *storage.DB) *Publishing { return &Publishing{db} }

// Table is what can be exported.
type Table string

// The tables.
const (
	Demands   Table = "demands"
	Contracts Table = "contracts"
	Totals    Table = "totals"
	Releases  Table = "releases"
	Records   Table = "records"
	Changes   Table = "changes"
)

// packaged is the format of a package of OCDS.
const packaged table.Format = "json"

// definition is a table with the version of what it means, its title and the formats that it is written in.
type definition struct {
	version, title string
	formats        []table.Format
}

var definitions = map[Table]definition{
	Demands:   {"demands/1", "技术需求清单", []table.Format{table.CSV, table.XLSX, table.NDJSON}},
	Contracts: {"contracts/1", "技术合同清单", []table.Format{table.CSV, table.XLSX, table.NDJSON}},
	Totals:    {"totals/1", "技术交易统计表", []table.Format{table.CSV, table.XLSX, table.NDJSON}},
	Changes:   {"changes/1", "公开变更清单", []table.Format{table.CSV, table.XLSX, table.NDJSON}},
	Releases:  {"ocds-releases/1", "OCDS", []table.Format{table.NDJSON, packaged}},
	Records:   {"ocds-records/1", "OCDS", []table.Format{table.NDJSON, packaged}},
}

// Question is what is asked for.
type Question struct {
	Jurisdiction string
	Table        Table
	Format       table.Format
	Own          bool // what the caller may read; what anyone may, otherwise
}

// Made is an export that was made. It must be closed.
type Made struct {
	Question
	AsOf       int64 // entries before this sequence are in it
	Definition string
	Time       time.Time
	Rows, Size int64
	SHA256     []byte
	Receipt    *storage.Receipt // of its entry; nil for what is public

	file *os.File
}

// Read reads its bytes.
func (m *Made) Read(p []byte) (int, error) { return m.file.Read(p) }

// Close removes it from this machine.
func (m *Made) Close() error { return errors.Join(m.file.Close(), os.Remove(m.file.Name())) }

// Filename is a name for the file, without a letter that some system does not take.
func (m *Made) Filename() string {
	return fmt.Sprintf("%s-%s-%d.%s", m.Table, m.Jurisdiction, m.AsOf, m.Format)
}

// Export makes an export and, for what is the caller's own, leaves an entry of it.
func (p *Publishing) Export(ctx context.Context, q Question) (*Made, error) {
	d := definitions[q.Table]
	if !has(d.formats, q.Format) {
		return nil, ErrFormat.With("table", string(q.Table)).With("allowed", names(d.formats)).At("format")
	}
	if q.Table == Contracts && !q.Own {
		return nil, ErrNotPublic.With("table", string(q.Table)).At("table")
	}
	if _, err := ledger.Head(ctx, p.db.Read, q.Jurisdiction); err != nil {
		return nil, err
	}
	file, err := os.CreateTemp("", "jiebang-export-*")
	if err != nil {
		return nil, err
	}
	m := &Made{Question: q, Definition: d.version, Time: p.db.Clock().Now(), file: file}
	if err := p.make(ctx, m, d.title); err != nil {
		_ = m.Close() // why it was not made matters more
		return nil, err
	}
	return m, nil
}

// make writes an export, and leaves the entry of one that is the caller's own.
func (p *Publishing) make(ctx context.Context, m *Made, title string) error {
	w := &counter{out: m.file, hash: sha256.New()}
	err := p.db.Snapshot(ctx, func(read *ent.Client) error {
		x := &export{Made: m, read: read, title: title}
		if m.Own {
			x.caller, x.audience = identity.Caller(ctx), mask.Parties
		}
		return x.write(ctx, w)
	})
	if err != nil {
		return err
	}
	m.Size, m.SHA256 = w.size, w.hash.Sum(nil)
	if m.Own {
		if err := p.record(ctx, m); err != nil {
			return err
		}
	}
	_, err = m.file.Seek(0, io.SeekStart)
	return err
}

func has(formats []table.Format, f table.Format) bool {
	for _, have := range formats {
		if have == f {
			return true
		}
	}
	return false
}

func names(formats []table.Format) string {
	var all []string
	for _, f := range formats {
		all = append(all, strings.ToUpper(string(f)))
	}
	return strings.Join(all, "、")
}

// record leaves the entry of an export. The caller is decided on once more, as it is now, and nothing was sent to it yet.
func (p *Publishing) record(ctx context.Context, m *Made) error {
	taken, err := storage.Tx(ctx, p.db, identity.Change(ctx, m.Jurisdiction), func(tx *storage.Txn) (taken, error) {
		row := (&entry.Image{}).Int("version", 1).Text("table", string(m.Table)).Text("format", string(m.Format)).Text("definition", m.Definition).
			Int("as_of", m.AsOf).Int("rows", m.Rows).Int("size", m.Size).Bytes("sha256", m.SHA256).Row()
		r, err := tx.Append(entry.Entry{Kind: "export.made", Subject: id.ExportName(id.New(tx.Rand, id.Export, tx.Jurisdiction)),
			Organization: id.OrganizationName(tx.Caller.Organization), Row: row})
		return taken{r, m.SHA256}, err
	})
	if err == nil && !bytes.Equal(taken.SHA256, m.SHA256) { // a repetition, and the entry tells of other bytes
		return ErrTaken.At("request_id")
	}
	m.Receipt = &taken.Receipt
	return err
}

// taken is what was answered to a request_id: the entry, and the digest of the bytes that it tells of.
type taken struct {
	Receipt storage.Receipt
	SHA256  []byte
}

// counter writes, and knows how much and what.
type counter struct {
	out  io.Writer
	hash hash.Hash
	size int64
}

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	n, err := c.out.Write(p)
	c.size += int64(n)
	_, _ = c.hash.Write(p[:n]) // a hash takes everything
	return n, err
}

// export is one that is being made, on one snapshot.
type export struct {
	*Made
	read     *ent.Client
	caller   party.Caller // as whom rows are decided on; nobody for what is public
	audience mask.Audience
	title    string
}

// batch is how many rows are read at a time.
const batch = 1000

func (x *export) write(ctx context.Context, w io.Writer) error {
	head, err := ledger.Head(ctx, x.read, x.Jurisdiction)
	if err != nil {
		return err
	}
	x.AsOf = head.Size
	switch x.Table {
	case Demands:
		return x.demands(ctx, w)
	case Contracts:
		return x.contracts(ctx, w)
	case Totals:
		return x.totals(ctx, w)
	case Changes:
		return x.changes(ctx, w)
	case Releases, Records:
		return x.ocds(ctx, w, head.DisplayName)
	}
	return fmt.Errorf("no table %q", x.Table)
}

// about is what the table says of itself.
func (x *export) about() table.About {
	return table.About{Title: x.title, Table: string(x.Table), Ledger: id.LedgerName(x.Jurisdiction), AsOf: x.AsOf, Definition: x.Definition, Time: x.Time, Zone: demand.Zone}
}
