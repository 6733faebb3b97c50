package registering

import (
	"context"
	"errors"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entregistration "github.com/jiebang/jiebang/ent/gen/ent/registration"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/registering/registration"
)

// dueBatch is how many registrations are looked up at a time.
const dueBatch = 100

// notYet is when to look again at what could not be done: the database's clock may be behind ours.
const notYet = 100 * time.Millisecond

var errNotDue = errors.New("not due")

// RemindDue reminds of the registrations whose time is over, and returns when the next one's will be; zero if there is none. Nothing is decided by it:
// what is late can still be done.
func (s *Registering) RemindDue(ctx context.Context) (next time.Time, err error) {
	for {
		rows, err := s.db.Read.Registration.Query().Where(entregistration.DueAtNotNil(), entregistration.OverdueAtIsNil()).
			Order(entregistration.ByDueAt(), entregistration.ByID()).Limit(dueBatch).All(ctx)
		if err != nil || len(rows) == 0 {
			return time.Time{}, err
		}
		var errs []error
		done := 0
		for _, r := range rows {
			if r.DueAt.After(s.db.Clock().Now()) {
				return *r.DueAt, errors.Join(errs...)
			}
			switch err := s.remind(ctx, r.ID, r.Jurisdiction); {
			case errors.Is(err, errNotDue):
			case err != nil:
				errs = append(errs, err)
			default:
				done++
			}
		}
		if done == 0 || len(errs) > 0 {
			return s.db.Clock().Now().Add(notYet), errors.Join(errs...)
		}
	}
}

func (s *Registering) remind(ctx context.Context, registrationID, jurisdiction string) error {
	_, err := storage.Tx(ctx, s.db, identity.Due(jurisdiction, "registration.overdue"), func(tx *storage.Txn) (*ent.Registration, error) {
		r, err := tx.Registration.Get(ctx, registrationID)
		if err != nil {
			return nil, err
		}
		if r.DueAt == nil || r.OverdueAt != nil || tx.Now.Before(*r.DueAt) {
			return nil, errNotDue
		}
		if r.State, err = r.State.Next(registration.Remind); err != nil {
			return nil, err
		}
		r.OverdueAt = &tx.Now
		return r, save(ctx, tx, "registration.overdue", r)
	})
	return err
}
