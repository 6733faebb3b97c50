// Package watching is 订阅: a person saves what it looks for, and what is new or has changed comes to it in one digest a day.
//
//   - Saving does not subscribe: nothing is told before the person has said so, and nothing of before that.
//   - A saved search is its person's own affair: it is in no ledger, and nobody else reads it.
//   - A digest tells only what anyone may find. Whatever a search engine does not answer now is told later.
package watching

import (
	"context"
	"log/slog"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entdigest "github.com/jiebang/jiebang/ent/gen/ent/digest"
	entwatch "github.com/jiebang/jiebang/ent/gen/ent/watch"
	entwatchmute "github.com/jiebang/jiebang/ent/gen/ent/watchmute"
	"github.com/jiebang/jiebang/services/account"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/matching"
	"github.com/jiebang/jiebang/services/noticing"
	"github.com/jiebang/jiebang/services/posting"
	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/watching/watch"
)

// Watching keeps searches and makes digests.
type Watching struct {
	db       *storage.DB
	matching *matching.Matching
	noticing *noticing.Noticing
	log      *slog.Logger
}

// New returns the watching of db, which searches by matching and tells by noticing.
func New(db *storage.DB, m *matching.Matching, n *noticing.Noticing, log *slog.Logger) *Watching {
	return &Watching{db, m, n, log}
}

// itsPerson is the person who calls.
func itsPerson(ctx context.Context) (party.Caller, error) {
	c := identity.Caller(ctx)
	if c.Person == "" {
		return c, account.ErrNoSession
	}
	return c, nil
}

// Content is what a person writes of a search.
type Content struct {
	DisplayName string
	Query       string
	Filter      watch.Filter
	Notify      bool
}

// contentFields are the fields of Content by their names in the API.
var contentFields = []string{"display_name", "query", "fields", "min_budget", "notify"}

// apply writes the named fields of c into w. Consent counts from the instant at which it is given.
func (c Content) apply(w *ent.Watch, fields []string, now time.Time) {
	for _, f := range fields {
		switch f {
		case "display_name":
			w.DisplayName = c.DisplayName
		case "query":
			w.Query = c.Query
		case "fields":
			w.Filter.Fields = c.Filter.Fields
		case "min_budget":
			w.Filter.MinBudget = c.Filter.MinBudget
		case "notify":
			if c.Notify && w.ConsentedAt == nil {
				w.ConsentedAt, w.Since = &now, &now
			}
			if !c.Notify {
				w.ConsentedAt, w.Since = nil, nil
			}
		}
	}
}

// Create saves a search of the caller's.
func (s *Watching) Create(ctx context.Context, target watch.Target, c Content) (*ent.Watch, error) {
	caller, err := itsPerson(ctx)
	if err != nil {
		return nil, err
	}
	home, _ := id.Jurisdiction(id.Person, caller.Person)
	now := s.db.Clock().Now()
	w := &ent.Watch{ID: id.New(s.db.Rand(), id.Watch, home), PersonID: caller.Person, Target: target, Version: 1, CreatedAt: now}
	if target == watch.FittingDemands {
		if caller.Organization == "" {
			return nil, watch.ErrOrganization.At("watch.target")
		}
		w.OrganizationID, c.Query = caller.Organization, ""
	}
	c.apply(w, contentFields, now)
	return w, storage.Aside(ctx, s.db, func(tx *storage.Side) error {
		n, err := tx.Watch.Query().Where(entwatch.PersonID(caller.Person)).Count(ctx)
		if err != nil {
			return err
		}
		if n >= watch.Most {
			return watch.ErrTooMany.With("most", watch.Most)
		}
		err = tx.Watch.Create().SetID(w.ID).SetPersonID(w.PersonID).SetOrganizationID(w.OrganizationID).SetDisplayName(w.DisplayName).SetTarget(w.Target).SetQuery(w.Query).
			SetFilter(w.Filter).SetNillableSince(w.Since).SetNillableConsentedAt(w.ConsentedAt).SetVersion(1).SetCreatedAt(now).Exec(ctx)
		if err != nil {
			return err
		}
		return s.schedule(ctx, tx, caller.Person)
	})
}

// Find reads a search of the caller's.
func (s *Watching) Find(ctx context.Context, watchID string) (*ent.Watch, error) {
	if _, err := itsPerson(ctx); err != nil {
		return nil, err
	}
	return find(ctx, s.db.Read, watchID)
}

func find(ctx context.Context, c *ent.Client, watchID string) (*ent.Watch, error) {
	w, err := c.Watch.Query().Where(entwatch.ID(watchID)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, watch.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return w, identity.May(ctx, identity.Caller(ctx), policy.Object{Person: w.PersonID}, watch.ErrNotFound, watch.ErrNotFound)
}

// Edit changes fields of a search.
func (s *Watching) Edit(ctx context.Context, watchID, etag string, c Content, fields []string) (w *ent.Watch, err error) {
	caller, err := itsPerson(ctx)
	if err != nil {
		return nil, err
	}
	err = storage.Aside(ctx, s.db, func(tx *storage.Side) (err error) {
		if w, err = find(ctx, tx.Client, watchID); err != nil {
			return err
		}
		if err := rpc.CheckEtag("watch.etag", etag, w.Version); err != nil {
			return err
		}
		c.apply(w, fields, s.db.Clock().Now())
		if w.Target == watch.FittingDemands {
			w.Query = ""
		}
		w.Version++
		u := tx.Watch.Update().Where(entwatch.ID(w.ID), entwatch.Version(w.Version-1)).SetDisplayName(w.DisplayName).SetQuery(w.Query).SetFilter(w.Filter).SetVersion(w.Version)
		if w.Since == nil {
			u.ClearSince().ClearConsentedAt()
		} else {
			u.SetSince(*w.Since).SetConsentedAt(*w.ConsentedAt)
		}
		n, err := u.Save(storage.Several(ctx))
		if err == nil && n == 0 { // the same person, elsewhere, in the same instant
			err = rpc.ErrEtagStale.With("etag", etag).At("watch.etag")
		}
		if err != nil {
			return err
		}
		return s.schedule(ctx, tx, caller.Person)
	})
	return w, err
}

// Delete deletes a search.
func (s *Watching) Delete(ctx context.Context, watchID string) error {
	w, err := s.Find(ctx, watchID)
	if err != nil {
		return err
	}
	return storage.Aside(ctx, s.db, func(tx *storage.Side) error {
		if _, err := tx.Watch.Delete().Where(entwatch.ID(w.ID)).Exec(storage.Several(ctx)); err != nil {
			return err
		}
		return s.schedule(ctx, tx, w.PersonID)
	})
}

// hour is when digests come, in China: before the day's work.
const hour = 8

// morning is the next time that digests come after an instant.
func morning(after time.Time) time.Time {
	day := after.In(demand.Zone)
	next := time.Date(day.Year(), day.Month(), day.Day(), hour, 0, 0, 0, demand.Zone)
	if !next.After(after) {
		next = next.AddDate(0, 0, 1)
	}
	return next.UTC()
}

// schedule sets when a person's next digest is due: never, if no search notifies.
func (s *Watching) schedule(ctx context.Context, tx *storage.Side, personID string) error {
	if err := s.ensure(ctx, tx, personID); err != nil {
		return err
	}
	notifies, err := tx.Watch.Query().Where(entwatch.PersonID(personID), entwatch.SinceNotNil()).Exist(ctx)
	if err != nil {
		return err
	}
	u := tx.Digest.Update().Where(entdigest.ID(personID))
	if notifies {
		u.Where(entdigest.DueAtIsNil()).SetDueAt(morning(s.db.Clock().Now()))
	} else {
		u.ClearDueAt()
	}
	_, err = u.Save(storage.Several(ctx))
	return err
}

// ensure makes the row of a person's digests.
func (s *Watching) ensure(ctx context.Context, tx *storage.Side, personID string) error {
	_, err := tx.ExecContext(storage.Several(ctx), storage.Rebind(s.db.Dialect(), "INSERT INTO digests (id, hook_organization_id) VALUES (?, '') ON CONFLICT (id) DO NOTHING"), personID)
	return err
}

// Mute keeps a demand out of the caller's digests, or lets it in again.
func (s *Watching) Mute(ctx context.Context, demandID string, unmute bool) error {
	caller, err := itsPerson(ctx)
	if err != nil {
		return err
	}
	if _, err := posting.Find(ctx, s.db.Read, demandID, caller); err != nil {
		return err
	}
	key, subject := caller.Person+"/"+demandID, id.DemandName(demandID)
	return storage.Aside(ctx, s.db, func(tx *storage.Side) error {
		if unmute {
			_, err := tx.WatchMute.Delete().Where(entwatchmute.ID(key)).Exec(storage.Several(ctx))
			return err
		}
		_, err := tx.ExecContext(storage.Several(ctx), storage.Rebind(s.db.Dialect(), "INSERT INTO watch_mutes (id, person_id, subject) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING"),
			key, caller.Person, subject)
		return err
	})
}

// Digest is when the caller's next digest is due and where it goes.
func (s *Watching) Digest(ctx context.Context) (*ent.Digest, error) {
	caller, err := itsPerson(ctx)
	if err != nil {
		return nil, err
	}
	d, err := s.db.Read.Digest.Query().Where(entdigest.ID(caller.Person)).Only(ctx)
	if ent.IsNotFound(err) {
		return &ent.Digest{ID: caller.Person}, nil
	}
	return d, err
}

// Hook lets the caller's digests go to the webhooks of the organization that it acts for, or no longer.
func (s *Watching) Hook(ctx context.Context, on bool) (*ent.Digest, error) {
	caller, err := itsPerson(ctx)
	if err != nil {
		return nil, err
	}
	to := ""
	if on {
		if to = caller.Organization; to == "" {
			return nil, watch.ErrOrganization.At("digest.webhook")
		}
	}
	err = storage.Aside(ctx, s.db, func(tx *storage.Side) error {
		if err := s.ensure(ctx, tx, caller.Person); err != nil {
			return err
		}
		_, err := tx.Digest.Update().Where(entdigest.ID(caller.Person)).SetHookOrganizationID(to).Save(storage.Several(ctx))
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.Digest(ctx)
}
