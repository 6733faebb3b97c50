package identity

import (
	"context"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entorganization "github.com/jiebang/jiebang/ent/gen/ent/organization"
	"github.com/jiebang/jiebang/services/codes"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity/naming"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// ErrNameTaken says that organizations with one code must be told apart by their names.
var ErrNameTaken = fault.New(fault.Exists, "NAME_TAKEN", "an organization with this code has this name already, or one that looks like it")

// Content is what an organization says of itself and may change.
type Content struct{ DisplayName, Region, Industry string }

// contentFields are the fields of Content by their names in the API.
var contentFields = []string{"display_name", "region", "industry"}

// check stores the name as it is read, and the industry as its list writes it; prefix is where in the request the content stands.
func (c *Content) check(prefix string) (err error) {
	if c.DisplayName != "" {
		if c.DisplayName, err = naming.Normalize(c.DisplayName); err != nil {
			return rpc.At(prefix+"display_name", err)
		}
	}
	if c.Industry == "" {
		return nil
	}
	code, ok := codes.Lookup(codes.Industry, c.Industry)
	if !ok {
		return codes.ErrIndustry.With("code", c.Industry).At(prefix + "industry")
	}
	c.Industry = code.Code
	return nil
}

// apply writes the named fields of c into o.
func (c Content) apply(o *ent.Organization, fields []string) {
	for _, f := range fields {
		switch f {
		case "display_name":
			o.DisplayName = c.DisplayName
		case "region":
			o.Region = c.Region
		case "industry":
			o.Industry = c.Industry
		}
	}
}

// Edit changes fields of an organization.
func (i *Identity) Edit(ctx context.Context, organizationID, etag string, c Content, fields []string) (*ent.Organization, error) {
	if err := c.check("organization."); err != nil {
		return nil, err
	}
	return i.change(ctx, organizationID, at{"organization.etag", etag}, func(tx *storage.Txn, o *ent.Organization) error {
		was := o.DisplayName
		if c.apply(o, fields); o.DisplayName != was {
			if err := unnamed(ctx, tx, o); err != nil {
				return rpc.At("organization.display_name", err)
			}
		}
		return save(ctx, tx, "organization.edited", o)
	})
}

// unnamed makes sure that no other organization with the same code, and none of the jurisdiction that is no part of another, has the name or one that looks
// like it. Laboratories of different organizations may be called the same. The fault names the other one, which every caller may read.
func unnamed(ctx context.Context, tx *storage.Txn, o *ent.Organization) error {
	others, err := tx.Organization.Query().Where(entorganization.Jurisdiction(o.Jurisdiction), entorganization.IDNEQ(o.ID),
		entorganization.Or(entorganization.ParentIDIsNil(), entorganization.Uscc(o.Uscc))).
		Select(entorganization.FieldDisplayName, entorganization.FieldUscc).Order(entorganization.ByID()).All(ctx)
	if err != nil {
		return err
	}
	fold := naming.Fold(o.DisplayName)
	for _, other := range others {
		switch {
		case naming.Fold(other.DisplayName) != fold:
		case other.Uscc == o.Uscc:
			return ErrNameTaken.With("display_name", other.DisplayName)
		default:
			return naming.ErrAlike.With("display_name", other.DisplayName)
		}
	}
	return nil
}

// Divide makes a laboratory of an organization one of its own, which has its code.
func (i *Identity) Divide(ctx context.Context, organizationID string, c Content) (*ent.Organization, error) {
	if err := c.check(""); err != nil {
		return nil, err
	}
	home, err := rpc.Home(id.Organization, organizationID, ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, i.db, Change(ctx, home), func(tx *storage.Txn) (*ent.Organization, error) {
		whole, err := governed(ctx, tx, organizationID)
		if err != nil {
			return nil, err
		}
		if !whole.Kind.Divides() || whole.ParentID != nil {
			return nil, party.ErrPart.With("kind", string(whole.Kind))
		}
		o := &ent.Organization{
			ID: id.New(tx.Rand, id.Organization, tx.Jurisdiction), Jurisdiction: tx.Jurisdiction, Kind: party.Lab, Uscc: whole.Uscc, CodeCheck: whole.CodeCheck,
			State: party.Registered, ParentID: &whole.ID, CreatedAt: tx.Now,
		}
		c.apply(o, contentFields)
		if err := unnamed(ctx, tx, o); err != nil {
			return nil, rpc.At("display_name", err)
		}
		return o, save(ctx, tx, "organization.divided", o)
	})
}

// Verify says until when an organization is what it says it is.
func (i *Identity) Verify(ctx context.Context, organizationID, etag string, until time.Time) (*ent.Organization, error) {
	return i.change(ctx, organizationID, at{"etag", etag}, func(tx *storage.Txn, o *ent.Organization) (err error) {
		if o.State, err = o.State.Next(party.Verify); err != nil {
			return err
		}
		if err := party.CheckVerification(tx.Now, until); err != nil {
			return err
		}
		o.VerifiedUntil = &until
		return save(ctx, tx, "organization.verified", o)
	})
}

// Suspend keeps an organization and its parts from changing anything.
func (i *Identity) Suspend(ctx context.Context, organizationID, etag, reason string) (*ent.Organization, error) {
	return i.stop(ctx, organizationID, etag, stopping{party.Suspend, "organization.suspended", reason})
}

// Close ends an organization and its parts for good.
func (i *Identity) Close(ctx context.Context, organizationID, etag, reason string) (*ent.Organization, error) {
	return i.stop(ctx, organizationID, etag, stopping{party.Close, "organization.closed", reason})
}

// Reinstate ends a suspension.
func (i *Identity) Reinstate(ctx context.Context, organizationID, etag, reason string) (*ent.Organization, error) {
	return i.change(ctx, organizationID, at{"etag", etag}, func(tx *storage.Txn, o *ent.Organization) error {
		return move(ctx, tx, o, stopping{party.Reinstate, "organization.reinstated", reason})
	})
}

// stopping is an event of an organization that has a reason.
type stopping struct {
	event        party.Event
	kind, reason string
}

func (i *Identity) stop(ctx context.Context, organizationID, etag string, s stopping) (*ent.Organization, error) {
	return i.change(ctx, organizationID, at{"etag", etag}, func(tx *storage.Txn, o *ent.Organization) error {
		if o.Kind == party.Bureau {
			return party.ErrBureau
		}
		if err := move(ctx, tx, o, s); err != nil {
			return err
		}
		parts, err := tx.Organization.Query().Where(entorganization.ParentID(o.ID)).Order(entorganization.ByID()).All(ctx)
		if err != nil {
			return err
		}
		for _, p := range parts {
			if _, err := p.State.Next(s.event); err != nil {
				continue // it is suspended or closed already
			}
			if err := move(ctx, tx, p, s); err != nil {
				return err
			}
		}
		return nil
	})
}

// move moves an organization by an event; the entry says why. What was verified before is verified anew.
func move(ctx context.Context, tx *storage.Txn, o *ent.Organization, s stopping) (err error) {
	if o.State, err = o.State.Next(s.event); err != nil {
		return err
	}
	o.VerifiedUntil = nil
	return save(ctx, tx, s.kind, o, entry.Column{Name: entry.Fact + "reason", Value: s.reason})
}

// at is the version that a caller has seen, and the field that says so.
type at struct{ field, etag string }

// governed reads an organization to which the caller may do what it calls for.
func governed(ctx context.Context, tx *storage.Txn, organizationID string) (*ent.Organization, error) {
	o, err := Organization(ctx, tx.Client, organizationID)
	if err != nil {
		return nil, err
	}
	missing := ErrNotFound.With("organization", organizationID)
	return o, May(ctx, tx.Caller, Owned(o.ID, o.Jurisdiction, true), missing, missing)
}

// change loads an organization under the lock, checks the version, and lets decide change it.
func (i *Identity) change(ctx context.Context, organizationID string, seen at, decide func(*storage.Txn, *ent.Organization) error) (*ent.Organization, error) {
	home, err := rpc.Home(id.Organization, organizationID, ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, i.db, Change(ctx, home), func(tx *storage.Txn) (*ent.Organization, error) {
		o, err := governed(ctx, tx, organizationID)
		if err != nil {
			return nil, err
		}
		if err := rpc.CheckEtag(seen.field, seen.etag, o.Version); err != nil {
			return nil, err
		}
		return o, decide(tx, o)
	})
}

// Side is a party to a decision, by the word that the trade has for its part in it.
type Side struct{ Part, OrganizationID string }

// Facts are how the parties to a decision stand at its moment: an entry keeps them, whatever becomes of the parties later.
func Facts(ctx context.Context, tx *storage.Txn, sides ...Side) (entry.Row, error) {
	i := &entry.Image{}
	for _, s := range sides {
		o, err := Organization(ctx, tx.Client, s.OrganizationID)
		if err != nil {
			return nil, err
		}
		name := entry.Fact + s.Part + "_"
		i.Text(name+"display_name", o.DisplayName).Text(name+"kind", string(o.Kind)).Text(name+"state", string(o.State)).Text(name+"code_check", string(o.CodeCheck))
		entry.Optional(i, name+"verified_until", o.VerifiedUntil, i.Time)
		given(given(i, name+"region", o.Region), name+"industry", o.Industry)
	}
	return i.Row(), nil
}

// Affiliated reports whether two organizations are one body: they have one code, as a firm and its parts do, wherever they are registered.
func Affiliated(ctx context.Context, c *ent.Client, a, b string) (bool, error) {
	rows, err := c.Organization.Query().Where(entorganization.IDIn(a, b)).All(ctx)
	if err != nil {
		return false, err
	}
	return a == b || len(rows) == 2 && rows[0].Uscc == rows[1].Uscc, nil
}
