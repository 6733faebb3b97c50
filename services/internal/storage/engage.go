package storage

import (
	"context"
	"time"

	entengagement "github.com/jiebang/jiebang/ent/gen/ent/engagement"
)

// Engagement is a step that a demand and an organization have come to each other.
type Engagement struct {
	Source, Demand, Organization string
	Step                         string // shown, opened or contacted
	At                           time.Time
}

// Engage notes steps of the demands of a jurisdiction. The first time of each counts, and what was never shown cannot be opened or contacted. It is no
// business change: no head is locked, and a crash may lose the last of them.
func Engage(ctx context.Context, db *DB, jurisdiction string, steps []Engagement) error {
	s, err := db.engine.project(ctx, "engagements/"+jurisdiction, jurisdiction)
	if err != nil {
		return err
	}
	defer s.abort()
	shown := map[string]bool{}
	for _, e := range steps {
		key := e.Source + "/" + e.Demand + "/" + e.Organization
		query, args := `INSERT INTO engagements (id, jurisdiction, source, demand_id, organization_id, shown_at) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET shown_at = engagements.shown_at`, []any{key, jurisdiction, e.Source, e.Demand, e.Organization, e.At}
		switch column := e.Step + "_at"; column {
		case "opened_at", "contacted_at":
			if !shown[key] {
				if shown[key], err = s.client.Engagement.Query().Where(entengagement.ID(key)).Exist(ctx); err != nil {
					return err
				}
			}
			if !shown[key] {
				continue
			}
			query, args = "UPDATE engagements SET "+column+" = COALESCE("+column+", ?) WHERE id = ?", []any{e.At, key}
		}
		if _, err := s.client.ExecContext(ctx, Rebind(db.dialect, query), args...); err != nil {
			return err
		}
	}
	return s.commit(ctx, pending{})
}
