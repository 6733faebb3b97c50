package offering

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entprofile "github.com/jiebang/jiebang/ent/gen/ent/profile"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/offering/achievement"
	"github.com/jiebang/jiebang/services/offering/profile"
)

// DraftProfile drafts a profile of the caller's organization.
func (o *Offering) DraftProfile(ctx context.Context, c profile.Content) (*ent.Profile, error) {
	if err := first(c.Check(), "profile."); err != nil {
		return nil, err
	}
	return storage.Tx(ctx, o.db, identity.Change(ctx, identity.Caller(ctx).Jurisdiction), func(tx *storage.Txn) (*ent.Profile, error) {
		if err := first(c.Fits(profile.Draft), "profile."); err != nil {
			return nil, err
		}
		if err := freeProfile(ctx, tx, "", c.ExternalID); err != nil {
			return nil, err
		}
		p := newProfile(tx, c)
		return p, SaveProfile(ctx, tx, "profile.drafted", p)
	})
}

func newProfile(tx *storage.Txn, c profile.Content) *ent.Profile {
	p := &ent.Profile{ID: id.New(tx.Rand, id.Profile, tx.Jurisdiction), Jurisdiction: tx.Jurisdiction, OrganizationID: tx.Caller.Organization,
		State: profile.Draft, CreatedAt: tx.Now}
	writeProfile(p, c)
	return p
}

// freeProfile makes sure that no other profile of the caller's organization has an external id.
func freeProfile(ctx context.Context, tx *storage.Txn, profileID, externalID string) error {
	if externalID == "" {
		return nil
	}
	taken, err := tx.Profile.Query().Where(entprofile.OrganizationID(tx.Caller.Organization), entprofile.ExternalID(externalID),
		entprofile.IDNEQ(profileID)).Exist(ctx)
	if err == nil && taken {
		err = achievement.ErrTaken.With("external_id", externalID).At("profile.external_id")
	}
	return err
}

// EditProfile changes fields of a profile.
func (o *Offering) EditProfile(ctx context.Context, profileID, etag string, c profile.Content, fields []string) (*ent.Profile, error) {
	if err := first(c.Check(), "profile."); err != nil {
		return nil, err
	}
	return o.changeProfile(ctx, profileID, "profile.etag", etag, func(tx *storage.Txn, p *ent.Profile) error {
		whole := readProfile(p)
		whole.Take(c, fields)
		if err := first(whole.Fits(p.State), "profile."); err != nil {
			return err
		}
		if err := freeProfile(ctx, tx, p.ID, whole.ExternalID); err != nil {
			return err
		}
		writeProfile(p, whole)
		return SaveProfile(ctx, tx, "profile.edited", p)
	})
}

// PublishProfile lists a profile.
func (o *Offering) PublishProfile(ctx context.Context, profileID, etag string) (*ent.Profile, error) {
	return o.moveProfile(ctx, profileID, etag, profile.Publish, "profile.listed")
}

// WithdrawProfile takes a listed profile back.
func (o *Offering) WithdrawProfile(ctx context.Context, profileID, etag string) (*ent.Profile, error) {
	return o.moveProfile(ctx, profileID, etag, profile.Withdraw, "profile.withdrawn")
}

func (o *Offering) moveProfile(ctx context.Context, profileID, etag string, e profile.Event, kind string) (*ent.Profile, error) {
	return o.changeProfile(ctx, profileID, "etag", etag, func(tx *storage.Txn, p *ent.Profile) error {
		next, err := p.State.Next(e)
		if err != nil {
			return err
		}
		if err := first(readProfile(p).Fits(next), ""); err != nil {
			return err
		}
		if p.State = next; next == profile.Listed {
			p.PublishedAt = &tx.Now
		}
		return SaveProfile(ctx, tx, kind, p)
	})
}

// changeProfile loads a profile of the caller's organization under the lock, checks the version, and lets decide change it.
func (o *Offering) changeProfile(ctx context.Context, profileID, etagField, etag string, decide func(*storage.Txn, *ent.Profile) error) (*ent.Profile, error) {
	home, err := rpc.Home(id.Profile, profileID, profile.ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, o.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.Profile, error) {
		p, err := readProfileRow(ctx, tx.Client, profileID)
		if err != nil {
			return nil, err
		}
		if err := identity.May(ctx, tx.Caller, profileObject(p), noProfile(profileID), profile.ErrForeign.With("profile", profileID)); err != nil {
			return nil, err
		}
		if err := rpc.CheckEtag(etagField, etag, p.Version); err != nil {
			return nil, err
		}
		return p, decide(tx, p)
	})
}

// FindProfile reads a profile that the caller may know of.
func FindProfile(ctx context.Context, c *ent.Client, profileID string, caller party.Caller) (*ent.Profile, error) {
	p, err := readProfileRow(ctx, c, profileID)
	if err != nil {
		return nil, err
	}
	if err := identity.Sees(caller, "profile.read", profileObject(p), noProfile(profileID)); err != nil {
		return nil, err
	}
	return p, nil
}

// profileObject is a profile as the policy sees it.
func profileObject(p *ent.Profile) policy.Object {
	return identity.Owned(p.OrganizationID, p.Jurisdiction, p.State.Public())
}

func noProfile(profileID string) *fault.Fault { return profile.ErrNotFound.With("profile", profileID) }

func readProfileRow(ctx context.Context, c *ent.Client, profileID string) (*ent.Profile, error) {
	p, err := c.Profile.Query().Where(entprofile.ID(profileID)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, noProfile(profileID)
	}
	return p, err
}
