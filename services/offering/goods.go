package offering

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entachievement "github.com/jiebang/jiebang/ent/gen/ent/achievement"
	entprofile "github.com/jiebang/jiebang/ent/gen/ent/profile"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/offering/achievement"
	"github.com/jiebang/jiebang/services/offering/profile"
)

// padded repeats the last value until their number is a power of two: a query then has few texts, each of which is prepared once.
func padded(values []string) []string {
	for len(values)&(len(values)-1) != 0 {
		values = append(values, values[len(values)-1])
	}
	return values
}

// achievementGoods are achievements as an import sees them.
var achievementGoods = goods[ent.Achievement, achievement.Content]{
	kind: "achievement", key: "title", needs: []string{"title", "field"},
	keys: func(c achievement.Content) (string, string) { return c.ExternalID, c.Title },
	stored: func(ctx context.Context, tx *storage.Txn, externalIDs, names []string) ([]*ent.Achievement, error) {
		return tx.Achievement.Query().Where(entachievement.OrganizationID(tx.Caller.Organization),
			entachievement.Or(entachievement.ExternalIDIn(padded(externalIDs)...), entachievement.TitleIn(padded(names)...))).All(ctx)
	},
	read: readAchievement, write: writeAchievement, merge: (*achievement.Content).Take, fresh: newAchievement,
	id: func(a *ent.Achievement) string { return a.ID },
	publish: func(tx *storage.Txn, a *ent.Achievement) {
		if next := a.State.Imported(true); next != a.State {
			a.State, a.PublishedAt = next, &tx.Now
		}
	},
	fits:  func(*ent.Achievement) []*fault.Fault { return nil },
	image: AchievementImage, save: SaveAchievement,
}

// profileGoods are profiles as an import sees them.
var profileGoods = goods[ent.Profile, profile.Content]{
	kind: "profile", key: "display_name", needs: []string{"display_name", "kind"},
	keys: func(c profile.Content) (string, string) { return c.ExternalID, c.DisplayName },
	stored: func(ctx context.Context, tx *storage.Txn, externalIDs, names []string) ([]*ent.Profile, error) {
		return tx.Profile.Query().Where(entprofile.OrganizationID(tx.Caller.Organization),
			entprofile.Or(entprofile.ExternalIDIn(padded(externalIDs)...), entprofile.DisplayNameIn(padded(names)...))).All(ctx)
	},
	read: readProfile, write: writeProfile, merge: (*profile.Content).Take, fresh: newProfile,
	id: func(p *ent.Profile) string { return p.ID },
	publish: func(tx *storage.Txn, p *ent.Profile) {
		if next := p.State.Imported(true); next != p.State {
			p.State, p.PublishedAt = next, &tx.Now
		}
	},
	fits:  func(p *ent.Profile) []*fault.Fault { return readProfile(p).Fits(p.State) },
	image: ProfileImage, save: SaveProfile,
}
