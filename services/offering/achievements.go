package offering

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entachievement "github.com/jiebang/jiebang/ent/gen/ent/achievement"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/offering/achievement"
)

// DraftAchievement drafts an achievement of the caller's organization.
func (o *Offering) DraftAchievement(ctx context.Context, c achievement.Content) (*ent.Achievement, error) {
	if err := first(c.Check(), "achievement."); err != nil {
		return nil, err
	}
	return storage.Tx(ctx, o.db, identity.Change(ctx, identity.Caller(ctx).Jurisdiction), func(tx *storage.Txn) (*ent.Achievement, error) {
		if err := freeAchievement(ctx, tx, "", c.ExternalID); err != nil {
			return nil, err
		}
		a := newAchievement(tx, c)
		return a, SaveAchievement(ctx, tx, "achievement.drafted", a)
	})
}

func newAchievement(tx *storage.Txn, c achievement.Content) *ent.Achievement {
	a := &ent.Achievement{ID: id.New(tx.Rand, id.Achievement, tx.Jurisdiction), Jurisdiction: tx.Jurisdiction, OrganizationID: tx.Caller.Organization,
		State: achievement.Draft, CreatedAt: tx.Now}
	writeAchievement(a, c)
	return a
}

// freeAchievement makes sure that no other achievement of the caller's organization has an external id.
func freeAchievement(ctx context.Context, tx *storage.Txn, achievementID, externalID string) error {
	if externalID == "" {
		return nil
	}
	taken, err := tx.Achievement.Query().Where(entachievement.OrganizationID(tx.Caller.Organization), entachievement.ExternalID(externalID),
		entachievement.IDNEQ(achievementID)).Exist(ctx)
	if err == nil && taken {
		err = achievement.ErrTaken.With("external_id", externalID).At("achievement.external_id")
	}
	return err
}

// EditAchievement changes fields of an achievement.
func (o *Offering) EditAchievement(ctx context.Context, achievementID, etag string, c achievement.Content, fields []string) (*ent.Achievement, error) {
	if err := first(c.Check(), "achievement."); err != nil {
		return nil, err
	}
	return o.changeAchievement(ctx, achievementID, "achievement.etag", etag, func(tx *storage.Txn, a *ent.Achievement) error {
		whole := readAchievement(a)
		whole.Take(c, fields)
		if err := freeAchievement(ctx, tx, a.ID, whole.ExternalID); err != nil {
			return err
		}
		writeAchievement(a, whole)
		return SaveAchievement(ctx, tx, "achievement.edited", a)
	})
}

// PublishAchievement lists an achievement.
func (o *Offering) PublishAchievement(ctx context.Context, achievementID, etag string) (*ent.Achievement, error) {
	return o.moveAchievement(ctx, achievementID, etag, achievement.Publish, "achievement.listed")
}

// WithdrawAchievement takes a listed achievement back.
func (o *Offering) WithdrawAchievement(ctx context.Context, achievementID, etag string) (*ent.Achievement, error) {
	return o.moveAchievement(ctx, achievementID, etag, achievement.Withdraw, "achievement.withdrawn")
}

func (o *Offering) moveAchievement(ctx context.Context, achievementID, etag string, e achievement.Event, kind string) (*ent.Achievement, error) {
	return o.changeAchievement(ctx, achievementID, "etag", etag, func(tx *storage.Txn, a *ent.Achievement) error {
		next, err := a.State.Next(e)
		if err != nil {
			return err
		}
		if a.State = next; next == achievement.Listed {
			a.PublishedAt = &tx.Now
		}
		return SaveAchievement(ctx, tx, kind, a)
	})
}

// changeAchievement loads an achievement of the caller's organization under the lock, checks the version, and lets decide change it.
func (o *Offering) changeAchievement(ctx context.Context, achievementID, etagField, etag string, decide func(*storage.Txn, *ent.Achievement) error) (*ent.Achievement, error) {
	home, err := rpc.Home(id.Achievement, achievementID, achievement.ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, o.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.Achievement, error) {
		a, err := readAchievementRow(ctx, tx.Client, achievementID)
		if err != nil {
			return nil, err
		}
		if err := identity.May(ctx, tx.Caller, achievementObject(a), noAchievement(achievementID), achievement.ErrForeign.With("achievement", achievementID)); err != nil {
			return nil, err
		}
		if err := rpc.CheckEtag(etagField, etag, a.Version); err != nil {
			return nil, err
		}
		return a, decide(tx, a)
	})
}

// FindAchievement reads an achievement that the caller may know of.
func FindAchievement(ctx context.Context, c *ent.Client, achievementID string, caller party.Caller) (*ent.Achievement, error) {
	a, err := readAchievementRow(ctx, c, achievementID)
	if err != nil {
		return nil, err
	}
	if err := identity.Sees(caller, "achievement.read", achievementObject(a), noAchievement(achievementID)); err != nil {
		return nil, err
	}
	return a, nil
}

// achievementObject is an achievement as the policy sees it.
func achievementObject(a *ent.Achievement) policy.Object {
	return identity.Owned(a.OrganizationID, a.Jurisdiction, a.State.Public())
}

func noAchievement(achievementID string) *fault.Fault {
	return achievement.ErrNotFound.With("achievement", achievementID)
}

func readAchievementRow(ctx context.Context, c *ent.Client, achievementID string) (*ent.Achievement, error) {
	a, err := c.Achievement.Query().Where(entachievement.ID(achievementID)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, noAchievement(achievementID)
	}
	return a, err
}
