package offering

import (
	"context"
	"fmt"
	"strings"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entachievement "github.com/jiebang/jiebang/ent/gen/ent/achievement"
	entprofile "github.com/jiebang/jiebang/ent/gen/ent/profile"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/offering/achievement"
	"github.com/jiebang/jiebang/services/offering/profile"
)

// readAchievement reads what its owner wrote in an achievement.
func readAchievement(a *ent.Achievement) achievement.Content {
	return achievement.Content{Title: a.Title, Summary: a.Summary, Field: a.Field, Industries: a.Industries, Disciplines: a.Disciplines, Keywords: a.Keywords,
		Properties: a.Properties, TRL: a.Trl, Maturity: a.Maturity, Modes: a.Modes, Price: a.PriceFen, Region: a.Region, ExternalID: text(a.ExternalID)}
}

// writeAchievement writes what its owner wrote into an achievement.
func writeAchievement(a *ent.Achievement, c achievement.Content) {
	a.Title, a.Summary, a.Field, a.Trl, a.Maturity, a.PriceFen, a.Region, a.ExternalID = c.Title, c.Summary, c.Field, c.TRL, c.Maturity, c.Price, c.Region, optional(c.ExternalID)
	a.Industries, a.Disciplines, a.Keywords, a.Properties, a.Modes = list(c.Industries), list(c.Disciplines), list(c.Keywords), list(c.Properties), list(c.Modes)
}

// AchievementImage is the audited columns of an achievement.
func AchievementImage(a *ent.Achievement) entry.Row {
	i := (&entry.Image{}).Text("jurisdiction", a.Jurisdiction).Int("version", int64(a.Version)).Time("created_at", a.CreatedAt).Time("updated_at", a.UpdatedAt).
		Text("organization_id", a.OrganizationID).Text("title", a.Title).Text("summary", a.Summary).Text("field", string(a.Field)).
		Text("industries", items(a.Industries)).Text("disciplines", items(a.Disciplines)).Text("keywords", items(a.Keywords)).
		Text("properties", items(propertyTexts(a.Properties))).Int("trl", int64(a.Trl)).Text("maturity", string(a.Maturity)).Text("modes", items(a.Modes)).
		Text("region", a.Region).Text("state", string(a.State))
	entry.Optional(i, "external_id", a.ExternalID, i.Text)
	entry.Optional(i, "price_fen", a.PriceFen, func(n string, f money.Fen) *entry.Image { return i.Int(n, int64(f)) })
	entry.Optional(i, "published_at", a.PublishedAt, i.Time)
	return i.Row()
}

// items writes a list as an entry has it: `length SP value LF` an item; the length counts bytes, so a value may hold anything.
func items[S ~string](values []S) string {
	var b strings.Builder
	for _, v := range values {
		fmt.Fprintf(&b, "%d %s\n", len(v), v)
	}
	return b.String()
}

func propertyTexts(properties []achievement.Property) (texts []string) {
	for _, p := range properties {
		text, _ := p.MarshalText() // it never fails
		texts = append(texts, string(text))
	}
	return texts
}

// SaveAchievement appends the entry of a changed achievement and writes its row; version 0 is a new one.
func SaveAchievement(ctx context.Context, tx *storage.Txn, kind string, a *ent.Achievement) error {
	a.Version, a.UpdatedAt = a.Version+1, tx.Now
	r, err := tx.Append(entry.Entry{Kind: kind, Subject: id.AchievementName(a.ID), Organization: id.OrganizationName(a.OrganizationID), Row: AchievementImage(a)})
	if err != nil {
		return err
	}
	a.EntrySeq, a.EntryHash = r.Sequence, r.Hash
	if a.Version == 1 {
		return tx.Achievement.Create().SetID(a.ID).SetJurisdiction(a.Jurisdiction).SetVersion(a.Version).SetEntrySeq(a.EntrySeq).SetEntryHash(a.EntryHash).
			SetCreatedAt(a.CreatedAt).SetUpdatedAt(a.UpdatedAt).SetOrganizationID(a.OrganizationID).SetNillableExternalID(a.ExternalID).SetTitle(a.Title).
			SetSummary(a.Summary).SetField(a.Field).SetIndustries(a.Industries).SetDisciplines(a.Disciplines).SetKeywords(a.Keywords).SetProperties(a.Properties).
			SetTrl(a.Trl).SetMaturity(a.Maturity).SetModes(a.Modes).SetNillablePriceFen(a.PriceFen).SetRegion(a.Region).SetState(a.State).
			SetNillablePublishedAt(a.PublishedAt).Exec(ctx)
	}
	u := tx.Achievement.Update().Where(entachievement.ID(a.ID), entachievement.Version(a.Version-1)).
		SetVersion(a.Version).SetEntrySeq(a.EntrySeq).SetEntryHash(a.EntryHash).SetUpdatedAt(a.UpdatedAt).SetTitle(a.Title).SetSummary(a.Summary).
		SetField(a.Field).SetIndustries(a.Industries).SetDisciplines(a.Disciplines).SetKeywords(a.Keywords).SetProperties(a.Properties).SetTrl(a.Trl).
		SetMaturity(a.Maturity).SetModes(a.Modes).SetRegion(a.Region).SetState(a.State).SetNillablePublishedAt(a.PublishedAt)
	if a.ExternalID == nil {
		u.ClearExternalID()
	} else {
		u.SetExternalID(*a.ExternalID)
	}
	if a.PriceFen == nil {
		u.ClearPriceFen()
	} else {
		u.SetPriceFen(*a.PriceFen)
	}
	return storage.One(u.Save(ctx))
}

// readProfile reads what its owner wrote in a profile.
func readProfile(p *ent.Profile) profile.Content {
	return profile.Content{Kind: p.Kind, DisplayName: p.DisplayName, Position: p.Position, Introduction: p.Introduction, Fields: p.Fields, Industries: p.Industries,
		Disciplines: p.Disciplines, Keywords: p.Keywords, Equipment: p.Equipment, Region: p.Region, Consented: p.Consented, ExternalID: text(p.ExternalID)}
}

// writeProfile writes what its owner wrote into a profile.
func writeProfile(p *ent.Profile, c profile.Content) {
	p.Kind, p.DisplayName, p.Position, p.Introduction, p.Region, p.Consented, p.ExternalID = c.Kind, c.DisplayName, c.Position, c.Introduction, c.Region, c.Consented, optional(c.ExternalID)
	p.Fields, p.Industries, p.Disciplines, p.Keywords, p.Equipment = list(c.Fields), list(c.Industries), list(c.Disciplines), list(c.Keywords), list(c.Equipment)
}

// ProfileImage is the audited columns of a profile.
func ProfileImage(p *ent.Profile) entry.Row {
	i := (&entry.Image{}).Text("jurisdiction", p.Jurisdiction).Int("version", int64(p.Version)).Time("created_at", p.CreatedAt).Time("updated_at", p.UpdatedAt).
		Text("organization_id", p.OrganizationID).Text("kind", string(p.Kind)).Text("display_name", p.DisplayName).Text("position", p.Position).
		Text("introduction", p.Introduction).Text("fields", items(p.Fields)).Text("industries", items(p.Industries)).Text("disciplines", items(p.Disciplines)).
		Text("keywords", items(p.Keywords)).Text("equipment", items(p.Equipment)).Text("region", p.Region).Bool("consented", p.Consented).Text("state", string(p.State))
	entry.Optional(i, "external_id", p.ExternalID, i.Text)
	entry.Optional(i, "published_at", p.PublishedAt, i.Time)
	return i.Row()
}

// SaveProfile appends the entry of a changed profile and writes its row; version 0 is a new one.
func SaveProfile(ctx context.Context, tx *storage.Txn, kind string, p *ent.Profile) error {
	p.Version, p.UpdatedAt = p.Version+1, tx.Now
	r, err := tx.Append(entry.Entry{Kind: kind, Subject: id.ProfileName(p.ID), Organization: id.OrganizationName(p.OrganizationID), Row: ProfileImage(p)})
	if err != nil {
		return err
	}
	p.EntrySeq, p.EntryHash = r.Sequence, r.Hash
	if p.Version == 1 {
		return tx.Profile.Create().SetID(p.ID).SetJurisdiction(p.Jurisdiction).SetVersion(p.Version).SetEntrySeq(p.EntrySeq).SetEntryHash(p.EntryHash).
			SetCreatedAt(p.CreatedAt).SetUpdatedAt(p.UpdatedAt).SetOrganizationID(p.OrganizationID).SetNillableExternalID(p.ExternalID).SetKind(p.Kind).
			SetDisplayName(p.DisplayName).SetPosition(p.Position).SetIntroduction(p.Introduction).SetFields(p.Fields).SetIndustries(p.Industries).
			SetDisciplines(p.Disciplines).SetKeywords(p.Keywords).SetEquipment(p.Equipment).SetRegion(p.Region).SetConsented(p.Consented).SetState(p.State).
			SetNillablePublishedAt(p.PublishedAt).Exec(ctx)
	}
	u := tx.Profile.Update().Where(entprofile.ID(p.ID), entprofile.Version(p.Version-1)).
		SetVersion(p.Version).SetEntrySeq(p.EntrySeq).SetEntryHash(p.EntryHash).SetUpdatedAt(p.UpdatedAt).SetKind(p.Kind).SetDisplayName(p.DisplayName).
		SetPosition(p.Position).SetIntroduction(p.Introduction).SetFields(p.Fields).SetIndustries(p.Industries).SetDisciplines(p.Disciplines).
		SetKeywords(p.Keywords).SetEquipment(p.Equipment).SetRegion(p.Region).SetConsented(p.Consented).SetState(p.State).SetNillablePublishedAt(p.PublishedAt)
	if p.ExternalID == nil {
		u.ClearExternalID()
	} else {
		u.SetExternalID(*p.ExternalID)
	}
	return storage.One(u.Save(ctx))
}
