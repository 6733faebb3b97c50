package noticing

import (
	"context"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entdelivery "github.com/jiebang/jiebang/ent/gen/ent/delivery"
	entnotice "github.com/jiebang/jiebang/ent/gen/ent/notice"
	entnoticeswitch "github.com/jiebang/jiebang/ent/gen/ent/noticeswitch"
	"github.com/jiebang/jiebang/services/account"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/noticing/notice"
)

// ErrNotFound says that there is no such notice for the caller.
var ErrNotFound = fault.New(fault.NotFound, "NOTICE_NOT_FOUND", "there is no such notice for you")

// readable restricts a query to the notices that Find would give the caller.
func readable(caller party.Caller) func(*sql.Selector) {
	return func(s *sql.Selector) {
		mine := sql.False()
		if caller.Organization != "" {
			mine = sql.EQ(s.C(entnotice.FieldOrganizationID), caller.Organization)
		}
		if caller.Person != "" {
			mine = sql.Or(mine, sql.EQ(s.C(entnotice.FieldPersonID), caller.Person))
		}
		s.Where(mine)
	}
}

// Find reads a notice of the caller's organization, or of its own.
func (n *Noticing) Find(ctx context.Context, noticeID string) (*ent.Notice, error) {
	row, err := n.db.Read.Notice.Query().Where(entnotice.ID(noticeID)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	o := policy.Object{Owner: row.OrganizationID, Person: row.PersonID, Jurisdiction: row.Jurisdiction}
	return row, identity.May(ctx, identity.Caller(ctx), o, ErrNotFound, ErrNotFound)
}

// MarkRead marks a notice as read; the first time counts.
func (n *Noticing) MarkRead(ctx context.Context, noticeID string) (*ent.Notice, error) {
	row, err := n.Find(ctx, noticeID)
	if err != nil || row.ReadAt != nil {
		return row, err
	}
	now := n.db.Clock().Now()
	err = storage.Aside(ctx, n.db, func(tx *storage.Side) error {
		_, err := tx.Notice.Update().Where(entnotice.ID(row.ID), entnotice.ReadAtIsNil()).SetReadAt(now).Save(storage.Several(ctx))
		return err
	})
	row.ReadAt = &now
	return row, err
}

// MarkUpTo marks as read all that the caller has got up to a notice, and tells how many there were.
func (n *Noticing) MarkUpTo(ctx context.Context, noticeID string) (marked int, err error) {
	last, err := n.Find(ctx, noticeID)
	if err != nil {
		return 0, err
	}
	before := func(s *sql.Selector) {
		at, key := s.C(entnotice.FieldCreatedAt), s.C(entnotice.FieldID)
		s.Where(sql.Or(sql.LT(at, last.CreatedAt), sql.And(sql.EQ(at, last.CreatedAt), sql.LTE(key, last.ID))))
	}
	err = storage.Aside(ctx, n.db, func(tx *storage.Side) error {
		marked, err = tx.Notice.Update().Where(readable(identity.Caller(ctx)), before, entnotice.ReadAtIsNil()).SetReadAt(n.db.Clock().Now()).Save(storage.Several(ctx))
		return err
	})
	return marked, err
}

// Setting is a kind of notices with what the caller's organization and the caller think of it.
type Setting struct {
	notice.Kind
	Off, OwnOff bool
}

func switchID(r receiver, kind string) string { return r.key() + "/" + kind }

// Settings are all kinds as the caller has them.
func (n *Noticing) Settings(ctx context.Context) ([]Setting, error) {
	rows, err := n.db.Read.NoticeSwitch.Query().Where(readable(identity.Caller(ctx))).All(ctx)
	if err != nil {
		return nil, err
	}
	var all []Setting
	for _, k := range notice.Kinds() {
		s := Setting{Kind: k}
		for _, r := range rows {
			s.Off, s.OwnOff = s.Off || r.Kind == k.Name && r.OrganizationID != "", s.OwnOff || r.Kind == k.Name && r.PersonID != ""
		}
		all = append(all, s)
	}
	return all, nil
}

// Switch switches a kind on or off for the caller's organization.
func (n *Noticing) Switch(ctx context.Context, kind string, off bool) (Setting, error) {
	return n.change(ctx, receiver{organization: identity.Caller(ctx).Organization}, kind, off)
}

// SwitchOwn switches a kind on or off for the caller as a person.
func (n *Noticing) SwitchOwn(ctx context.Context, kind string, off bool) (Setting, error) {
	caller := identity.Caller(ctx)
	if caller.Person == "" {
		return Setting{}, account.ErrNoSession
	}
	return n.change(ctx, receiver{person: caller.Person}, kind, off)
}

func (n *Noticing) change(ctx context.Context, r receiver, kind string, off bool) (Setting, error) {
	if _, err := notice.Find(kind); err != nil {
		return Setting{}, err
	}
	err := storage.Aside(ctx, n.db, func(tx *storage.Side) error {
		if !off {
			_, err := tx.NoticeSwitch.Delete().Where(entnoticeswitch.ID(switchID(r, kind))).Exec(storage.Several(ctx))
			return err
		}
		_, err := tx.ExecContext(storage.Several(ctx), storage.Rebind(n.db.Dialect(), `INSERT INTO notice_switches (id, organization_id, person_id, kind) VALUES (?, ?, ?, ?)
			ON CONFLICT (id) DO NOTHING`), switchID(r, kind), r.organization, r.person, kind)
		return err
	})
	if err != nil {
		return Setting{}, err
	}
	all, err := n.Settings(ctx)
	for _, s := range all {
		if s.Name == kind {
			return s, err
		}
	}
	return Setting{}, err
}

// SweepDue deletes the notices whose time is over, with what was sent of them, and returns when it is worth looking again.
func (n *Noticing) SweepDue(ctx context.Context) (next time.Time, err error) {
	now := n.db.Clock().Now()
	for {
		old, err := n.db.Read.Notice.Query().Where(entnotice.ExpiresAtLTE(now)).Order(entnotice.ByExpiresAt()).Limit(sweepBatch).IDs(ctx)
		if err != nil || len(old) == 0 {
			return now.Add(sweepEvery), err
		}
		err = storage.Aside(ctx, n.db, func(tx *storage.Side) error {
			if _, err := tx.Delivery.Delete().Where(entdelivery.NoticeIDIn(old...)).Exec(storage.Several(ctx)); err != nil {
				return err
			}
			_, err := tx.Notice.Delete().Where(entnotice.IDIn(old...)).Exec(storage.Several(ctx))
			return err
		})
		if err != nil {
			return time.Time{}, err
		}
	}
}

const (
	sweepBatch = 500
	sweepEvery = time.Hour
)
