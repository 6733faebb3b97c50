// Package backfilling 补录 takes lists of what happened before the marketplace or beside it into the ledger: contracts that were signed elsewhere, demands that were
// collected and published, bids that were opened.
//
//   - One officer hands a list in and another approves it, by a digest of its rows. Nothing else is recorded, and both verifiers say so.
//   - A row is known by its source and its number there. What is recorded is never changed by a list; a row that says something else is refused.
//   - Rows are recorded some at a time, each time in one transaction that says how far it has come, so a server that stops goes on where it was.
package backfilling

import (
	"context"
	"errors"
	"strings"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entbackfill "github.com/jiebang/jiebang/ent/gen/ent/backfill"
	"github.com/jiebang/jiebang/services/backfilling/backfill"
	"github.com/jiebang/jiebang/services/backfilling/form"
	"github.com/jiebang/jiebang/services/contracting"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// Backfilling takes lists in.
type Backfilling struct {
	db        *storage.DB
	contracts *contracting.Contracting
	books     chan struct{} // has room for as many as may read a workbook at once
}

// booksAtOnce is how many workbooks are read at once: each unfolds to many times the bytes that came.
const booksAtOnce = 2

// New returns the backfilling of db.
func New(db *storage.DB, contracts *contracting.Contracting) *Backfilling {
	return &Backfilling{db, contracts, make(chan struct{}, booksAtOnce)}
}

// Outcome is what becomes of a row.
type Outcome string

// The outcomes.
const (
	Created   Outcome = "created" // it is kept until it is approved
	Unchanged Outcome = "unchanged"
	Refused   Outcome = "refused"
)

// Result is what becomes of a row.
type Result struct {
	Line    int
	Outcome Outcome
	Name    string // resource name of what is recorded already
	Wrong   []*fault.Fault
}

// Staged is what becomes of a list.
type Staged struct {
	Backfill *ent.Backfill // nil if nothing is kept
	Results  []Result
	Kept     []backfill.Row `json:"-"`
}

// errNothing ends the transaction of a list of which nothing is kept.
var errNothing = errors.New("nothing of the list is kept")

// Import checks a list and keeps those of its rows that are not recorded, if none is wrong.
func (s *Backfilling) Import(ctx context.Context, source string, rows []*form.Row) (*Staged, error) {
	if source = strings.TrimSpace(source); source == "" || strings.ContainsFunc(source, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		return nil, backfill.ErrSource.At("source")
	}
	var checked *Staged
	answer, err := storage.Tx(ctx, s.db, identity.Change(ctx, identity.Caller(ctx).Jurisdiction), func(tx *storage.Txn) (*Staged, error) {
		if err := may(ctx, tx.Caller, tx.Jurisdiction); err != nil {
			return nil, err
		}
		var err error
		if checked, err = check(ctx, tx, source, rows); err != nil {
			return nil, err
		}
		for _, r := range checked.Results {
			if r.Outcome == Refused {
				return nil, errNothing
			}
		}
		if len(checked.Kept) == 0 {
			return nil, errNothing
		}
		if open, err := tx.Backfill.Query().Where(entbackfill.Jurisdiction(tx.Jurisdiction), entbackfill.Source(source), entbackfill.StateIn(backfill.Staged, backfill.Recording)).First(ctx); !ent.IsNotFound(err) {
			if err == nil {
				err = backfill.ErrOpen.With("backfill", id.BackfillName(open.ID)).With("source", open.Source)
			}
			return nil, err
		}
		b := &ent.Backfill{ID: id.New(tx.Rand, id.Backfill, tx.Jurisdiction), Jurisdiction: tx.Jurisdiction, Source: source, State: backfill.Staged,
			Digest: backfill.Digest(source, checked.Kept), RowCount: len(checked.Kept), StagedBy: tx.Caller.Principal(), CreatedAt: tx.Now}
		if err := tx.BackfillRows.Create().SetID(b.ID).SetJurisdiction(b.Jurisdiction).SetContent(backfill.Encode(checked.Kept)).Exec(ctx); err != nil {
			return nil, err
		}
		checked.Backfill = b
		return checked, save(ctx, tx, "backfill.staged", b)
	})
	if errors.Is(err, errNothing) {
		return checked, nil
	}
	if err != nil || answer.Kept != nil {
		return answer, err
	}
	answer.Kept, err = s.rows(ctx, answer.Backfill) // the request was repeated
	return answer, err
}

// object is the lists of a jurisdiction as the policy sees them: the authority's alone.
func object(jurisdiction string) policy.Object {
	return policy.Object{Is: true, Jurisdiction: jurisdiction, Openness: policy.Shared}
}

func may(ctx context.Context, caller party.Caller, jurisdiction string) error {
	return identity.May(ctx, caller, object(jurisdiction), backfill.ErrNotFound, policy.ErrRole)
}

// find reads a backfill, for the authority.
func find(ctx context.Context, c *ent.Client, caller party.Caller, backfillID string) (*ent.Backfill, error) {
	b, err := c.Backfill.Query().Where(entbackfill.ID(backfillID)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, backfill.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return b, may(ctx, caller, b.Jurisdiction)
}

// rows are the rows of a backfill as they were checked. That they are what its digest binds is made sure of.
func (s *Backfilling) rows(ctx context.Context, b *ent.Backfill) ([]backfill.Row, error) {
	kept, err := s.db.Read.BackfillRows.Get(ctx, b.ID)
	if err != nil {
		return nil, err
	}
	rows, err := backfill.Decode(kept.Content)
	if err != nil || string(backfill.Digest(b.Source, rows)) != string(b.Digest) {
		return nil, errors.Join(backfill.ErrDigest, err)
	}
	return rows, nil
}

// change loads a backfill under the lock and lets decide change it.
func (s *Backfilling) change(ctx context.Context, backfillID, etag string, decide func(*storage.Txn, *ent.Backfill) error) (*ent.Backfill, error) {
	home, err := rpc.Home(id.Backfill, backfillID, backfill.ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, s.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.Backfill, error) {
		b, err := find(ctx, tx.Client, tx.Caller, backfillID)
		if err != nil {
			return nil, err
		}
		if err := rpc.CheckEtag("etag", etag, b.Version); err != nil {
			return nil, err
		}
		return b, decide(tx, b)
	})
}
