// Package registering is 技术合同认定登记: the seller files a contract in force, the registry says what of it pays for technology, and the bureau compares
// what stands here with the registry's own list.
//
//   - The amounts of a certificate stand beside the contract, are posted to its account of 技术交易额, and change nothing else of it.
//   - A certificate is recorded by one and confirmed by another.
//   - What makes a change or a cancellation necessary makes it a duty in the same transaction; who is late is reminded by the clock.
package registering

import (
	"context"
	"errors"

	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entregistration "github.com/jiebang/jiebang/ent/gen/ent/registration"
	"github.com/jiebang/jiebang/services/accounting"
	"github.com/jiebang/jiebang/services/contracting"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting/workday"
	"github.com/jiebang/jiebang/services/registering/registration"
)

// Registering registers contracts.
type Registering struct {
	db    *storage.DB
	books chan struct{} // has room for as many as may read a workbook at once
}

// booksAtOnce is how many workbooks are read at once: each unfolds to many times the bytes that came.
const booksAtOnce = 2

// New returns the registering of db.
func New(db *storage.DB) *Registering { return &Registering{db, make(chan struct{}, booksAtOnce)} }

// Works is how registrations follow their contracts: one of a contract that is terminated is to be cancelled.
func Works() contracting.Works {
	nothing := func(context.Context, *storage.Txn, *ent.Contract) error { return nil }
	return contracting.Works{Begin: nothing, Done: nothing, End: func(ctx context.Context, tx *storage.Txn, k *ent.Contract) error {
		return owe(ctx, tx, k, registration.Cancel)
	}}
}

// Amended makes it a duty to change the registration of a contract of which an amendment has come into force.
func Amended(ctx context.Context, tx *storage.Txn, k *ent.Contract) error {
	return owe(ctx, tx, k, registration.Follow)
}

// owe gives the registration of a contract, if one is in force, a duty and its time. Where the calendar does not reach, the duty has no time: what made
// it necessary does not wait for the calendar.
func owe(ctx context.Context, tx *storage.Txn, k *ent.Contract, d registration.Duty) error {
	r, err := tx.Registration.Query().Where(entregistration.ContractID(k.ID), entregistration.StateIn(registration.Registered, registration.Changed)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if r.State, err = r.State.Next(registration.Owe); err != nil {
		return err
	}
	r.Duty, r.DueAt, r.OverdueAt = r.Duty.Owes(d), nil, nil
	due, err := workday.Add(tx.Now, registration.TermsAt(tx.Now).Duty)
	switch {
	case err == nil:
		r.DueAt = &due
	case !errors.Is(err, workday.ErrYear):
		return err
	}
	return save(ctx, tx, "registration.owed", r)
}

// Draft begins the registration of a contract in force, for its seller.
func (s *Registering) Draft(ctx context.Context, contractID, registry string, technology money.Fen) (*ent.Registration, error) {
	home, err := rpc.Home(id.Contract, contractID, registration.ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, s.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.Registration, error) {
		k, err := contractOf(ctx, tx, contractID)
		if err != nil {
			return nil, err
		}
		if err := contracting.Acts(k, tx.Caller, contracting.Seller); err != nil {
			return nil, err
		}
		if err := registration.CheckContract(k.State); err != nil {
			return nil, err
		}
		exists, err := tx.Registration.Query().Where(entregistration.ContractID(contractID), entregistration.StateNotIn(registration.Ended...)).Exist(ctx)
		if err != nil {
			return nil, err
		}
		if exists {
			return nil, registration.ErrExists
		}
		r := &ent.Registration{ID: id.New(tx.Rand, id.Registration, home), Jurisdiction: home, ContractID: k.ID, BuyerID: k.BuyerID, SellerID: k.SellerID,
			Registry: registry, State: registration.NotFiled, Duty: registration.None, CreatedAt: tx.Now}
		if err := claim(ctx, tx, r, technology); err != nil {
			return nil, rpc.At("registration.claimed_technology", err)
		}
		return r, save(ctx, tx, "registration.drafted", r)
	})
}

// contractOf reads a contract that the caller may do something beside, whatever its state.
func contractOf(ctx context.Context, tx *storage.Txn, contractID string) (*ent.Contract, error) {
	k, err := contracting.Between(ctx, tx, contractID)
	if k != nil { // that it is not in force is said in the words of registrations
		return k, nil
	}
	return nil, err
}

// claim notes what the filer says of the contract as it stands now.
func claim(ctx context.Context, tx *storage.Txn, r *ent.Registration, technology money.Fen) error {
	b, err := accounting.Of(ctx, tx.Client, r.ContractID)
	if err != nil {
		return err
	}
	r.ClaimedTotalFen, r.ClaimedTechnologyFen = b.Current(), technology
	return registration.CheckAmounts(r.ClaimedTotalFen, technology)
}

// Seen names a registration, and the version of it that a caller has seen.
type Seen struct{ Contract, ID, Etag string }

// find reads a registration to which the caller may do what it calls for.
func find(ctx context.Context, c *ent.Client, caller party.Caller, contractID, registrationID string) (*ent.Registration, error) {
	hidden := registration.ErrNotFound.With("registration", registrationID)
	r, err := c.Registration.Query().Where(entregistration.ID(registrationID), entregistration.ContractID(contractID)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, hidden
	}
	if err != nil {
		return nil, err
	}
	return r, contracting.May(ctx, caller, r.BuyerID, r.SellerID, r.Jurisdiction, hidden)
}

// change loads a registration and its contract under the lock and lets decide change it.
func (s *Registering) change(ctx context.Context, seen Seen, decide func(*storage.Txn, *ent.Contract, *ent.Registration) error) (*ent.Registration, error) {
	home, err := rpc.Home(id.Contract, seen.Contract, registration.ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, s.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.Registration, error) {
		r, err := find(ctx, tx.Client, tx.Caller, seen.Contract, seen.ID)
		if err != nil {
			return nil, err
		}
		if err := rpc.CheckEtag("etag", seen.Etag, r.Version); err != nil {
			return nil, err
		}
		k, err := tx.Contract.Get(ctx, r.ContractID)
		if err != nil {
			return nil, err
		}
		return r, decide(tx, k, r)
	})
}

// File hands a registration to the registry, for the seller, who declares that it is whole and true.
func (s *Registering) File(ctx context.Context, seen Seen, technology *money.Fen, declared bool) (*ent.Registration, error) {
	return s.change(ctx, seen, func(tx *storage.Txn, k *ent.Contract, r *ent.Registration) (err error) {
		if err := contracting.Acts(k, tx.Caller, contracting.Seller); err != nil {
			return err
		}
		if r.State, err = r.State.Next(registration.File); err != nil {
			return err
		}
		if err := registration.CheckContract(k.State); err != nil {
			return err
		}
		if !declared {
			return registration.ErrDeclaration.At("declaration")
		}
		if technology == nil {
			technology = &r.ClaimedTechnologyFen
		}
		if err := claim(ctx, tx, r, *technology); err != nil {
			return rpc.At("claimed_technology", err)
		}
		r.FiledAt, r.Reason = &tx.Now, ""
		return save(ctx, tx, "registration.filed", r)
	})
}

// Accept takes a filed registration up. Its time begins here, and anew after each correction.
func (s *Registering) Accept(ctx context.Context, seen Seen) (*ent.Registration, error) {
	return s.change(ctx, seen, func(tx *storage.Txn, _ *ent.Contract, r *ent.Registration) (err error) {
		if r.State, err = r.State.Next(registration.Accept); err != nil {
			return err
		}
		r.AcceptedAt = &tx.Now
		return begin(ctx, tx, r, registration.TermsAt(tx.Now).Accept, "registration.accepted")
	})
}

// begin gives what is to be done next so many working days.
func begin(ctx context.Context, tx *storage.Txn, r *ent.Registration, days int, kind string) error {
	due, err := workday.Add(tx.Now, days)
	if err != nil {
		return err
	}
	r.DueAt, r.OverdueAt = &due, nil
	return save(ctx, tx, kind, r)
}

// Return gives a registration back to be corrected: nothing is due of the registry until it is accepted again, and what was recorded is void.
func (s *Registering) Return(ctx context.Context, seen Seen, why string) (*ent.Registration, error) {
	return s.change(ctx, seen, func(tx *storage.Txn, _ *ent.Contract, r *ent.Registration) (err error) {
		if r.State, err = r.State.Next(registration.Return); err != nil {
			return err
		}
		if r.Reason, err = registration.Reason(why); err != nil {
			return rpc.At("reason", err)
		}
		r.AcceptedAt, r.DueAt, r.OverdueAt = nil, nil, nil
		keep(r, registration.Certificate{}, "")
		return save(ctx, tx, "registration.returned", r)
	})
}

// Refuse ends a registration that the registry does not register.
func (s *Registering) Refuse(ctx context.Context, seen Seen, why string) (*ent.Registration, error) {
	return s.change(ctx, seen, func(tx *storage.Txn, _ *ent.Contract, r *ent.Registration) (err error) {
		if r.State, err = r.State.Next(registration.Refuse); err != nil {
			return err
		}
		if r.Reason, err = registration.Reason(why); err != nil {
			return rpc.At("reason", err)
		}
		r.DueAt, r.OverdueAt = nil, nil
		return save(ctx, tx, "registration.refused", r)
	})
}

// readable restricts a query to the registrations that find would give the caller.
func readable(caller party.Caller) func(*sql.Selector) { return contracting.Readable(caller) }
