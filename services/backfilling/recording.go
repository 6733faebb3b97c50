package backfilling

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entapproval "github.com/jiebang/jiebang/ent/gen/ent/approval"
	entbackfill "github.com/jiebang/jiebang/ent/gen/ent/backfill"
	"github.com/jiebang/jiebang/services/backfilling/backfill"
	"github.com/jiebang/jiebang/services/contracting"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/rpc/catalogue"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// Record lets the rows of a backfill be recorded, for an officer whose request a second one has approved.
func (s *Backfilling) Record(ctx context.Context, backfillID, etag string, digest []byte) (*ent.Backfill, error) {
	return s.change(ctx, backfillID, etag, func(tx *storage.Txn, b *ent.Backfill) (err error) {
		if b.State, err = b.State.Next(backfill.Approve); err != nil {
			return err
		}
		if !bytes.Equal(digest, b.Digest) {
			return backfill.ErrDigest.At("digest")
		}
		if _, err := s.rows(ctx, b); err != nil {
			return err
		}
		b.RequestedBy = tx.Caller.Person
		if tx.Withheld == nil {
			if b.ApprovedBy, err = approver(ctx, tx, b); err != nil {
				return err
			}
		}
		return save(ctx, tx, "backfill.approved", b)
	})
}

// approver is the person who has approved the request of the transaction.
func approver(ctx context.Context, tx *storage.Txn, b *ent.Backfill) (string, error) {
	a, err := tx.Approval.Query().Where(entapproval.Subject(id.BackfillName(b.ID)), entapproval.Action("backfill.record"), entapproval.RequestedBy(tx.Caller.Person),
		entapproval.StateEQ(party.Used)).Order(entapproval.ByUpdatedAt(sql.OrderDesc())).First(ctx)
	if err != nil {
		return "", err
	}
	return a.DecidedBy, nil
}

// Discard gives a backfill up. What is recorded stays.
func (s *Backfilling) Discard(ctx context.Context, backfillID, etag, reason string) (*ent.Backfill, error) {
	return s.change(ctx, backfillID, etag, func(tx *storage.Txn, b *ent.Backfill) (err error) {
		event, kind := backfill.Discard, "backfill.discarded"
		if b.State == backfill.Recording {
			event, kind = backfill.Stop, "backfill.stopped"
		}
		if b.State, err = b.State.Next(event); err != nil {
			return err
		}
		if b.Reason, err = contracting.Reason(reason); err != nil {
			return rpc.At("reason", err)
		}
		return save(ctx, tx, kind, b)
	})
}

// atOnce is how many rows one transaction records: others wait for the ledger meanwhile.
const atOnce = 200

var errDone = errors.New("nothing is left to record")

// RecordDue records what is approved. It returns when to look again; zero if nothing is in sight.
func (s *Backfilling) RecordDue(ctx context.Context) (time.Time, error) {
	open, err := s.db.Read.Backfill.Query().Where(entbackfill.StateEQ(backfill.Recording)).Order(entbackfill.ByCreatedAt()).All(ctx)
	if err != nil {
		return time.Time{}, err
	}
	var errs []error
	for _, b := range open {
		errs = append(errs, s.record(ctx, b))
	}
	return time.Time{}, errors.Join(errs...)
}

// record records the rows of a backfill from where it stands.
func (s *Backfilling) record(ctx context.Context, b *ent.Backfill) error {
	rows, wrong := s.rows(ctx, b)
	if wrong != nil && fault.As(wrong) == nil {
		return wrong
	}
	for ctx.Err() == nil {
		_, err := storage.Tx(ctx, s.db, identity.Act(b.Jurisdiction, "backfill.advance"), func(tx *storage.Txn) (*ent.Backfill, error) {
			return s.advance(ctx, tx, b.ID, rows)
		})
		if errors.Is(err, errDone) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// advance records the next rows of a backfill. A row that cannot be recorded any more stops it, and what was recorded before it stays. Rows that are not what was
// approved are none.
func (s *Backfilling) advance(ctx context.Context, tx *storage.Txn, backfillID string, rows []backfill.Row) (*ent.Backfill, error) {
	b, err := tx.Backfill.Get(ctx, backfillID)
	if err != nil {
		return nil, err
	}
	if b.State != backfill.Recording {
		return nil, errDone
	}
	if rows == nil {
		return b, stop(ctx, tx, b, backfill.ErrDigest, 0)
	}
	for _, r := range rows[b.RecordedCount:min(b.RecordedCount+atOnce, len(rows))] {
		err := s.enter(ctx, tx, b, r)
		if f := fault.As(err); f != nil {
			return b, stop(ctx, tx, b, f, r.Line)
		}
		if err != nil {
			return nil, err
		}
	}
	event, kind := backfill.Advance, "backfill.advanced"
	if b.RecordedCount == b.RowCount {
		event, kind = backfill.Finish, "backfill.completed"
	}
	if b.State, err = b.State.Next(event); err != nil {
		return nil, err
	}
	return b, save(ctx, tx, kind, b)
}

// stop ends a backfill at a row that cannot be recorded.
func stop(ctx context.Context, tx *storage.Txn, b *ent.Backfill, why *fault.Fault, line int) (err error) {
	if b.State, err = b.State.Next(backfill.Stop); err != nil {
		return err
	}
	b.Reason = catalogue.Chinese(why)
	if line > 0 {
		b.Reason = "第 " + lineText(line) + " 行: " + b.Reason
	}
	return save(ctx, tx, "backfill.stopped", b)
}

// enter records a row.
func (s *Backfilling) enter(ctx context.Context, tx *storage.Txn, b *ent.Backfill, r backfill.Row) error {
	if r.Kind == backfill.Contract {
		return s.contract(ctx, tx, b, r)
	}
	text := func(t string) *string {
		if t == "" {
			return nil
		}
		return &t
	}
	p := &ent.PastRecord{ID: id.New(tx.Rand, id.PastRecord, tx.Jurisdiction), Jurisdiction: tx.Jurisdiction, CreatedAt: tx.Now, BackfillID: b.ID, BackfillRow: b.RecordedCount + 1,
		Source: b.Source, NumberThere: r.Number, Kind: r.Kind, Title: r.Title, BuyerID: r.Buyer, SellerID: text(r.Seller), Field: r.Field, CollectedDate: text(r.Collected),
		Date: text(r.Date), AmountFen: r.Amount, DemandNumber: text(r.Demand)}
	for _, step := range []struct {
		kind  string
		state backfill.PastState
		is    bool
	}{
		{"past_demand.collected", backfill.Collected, r.Kind == backfill.Demand && r.Collected != ""},
		{"past_demand.published", backfill.Published, r.Kind == backfill.Demand && r.Date != ""},
		{"past_bid.opened", backfill.Opened, r.Kind == backfill.Bid},
	} {
		if !step.is {
			continue
		}
		p.State = step.state
		if err := savePast(tx, step.kind, p); err != nil {
			return err
		}
	}
	return create(ctx, tx, p)
}

func (s *Backfilling) contract(ctx context.Context, tx *storage.Txn, b *ent.Backfill, r backfill.Row) error {
	var digest []byte // none, rather than an empty one: that is how the database gives it back
	if r.Scan != "" {
		var err error
		if digest, err = hex.DecodeString(r.Scan); err != nil {
			return contract.ErrDigestMissing
		}
	}
	_, err := s.contracts.Enter(ctx, tx, contracting.Recorded{
		Content: contracting.Content{Title: r.Title, Class: r.Class, Field: r.Field, Total: r.Amount, TextDigest: digest},
		Buyer:   r.Buyer, Seller: r.Seller, Channel: r.Channel, SignDate: r.Date, Grade: r.Grade, Registry: r.Registry,
		Origin: &contracting.Origin{Backfill: b.ID, Row: b.RecordedCount + 1, Source: b.Source, Number: r.Number},
	})
	return err
}
