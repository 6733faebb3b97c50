package storage

import (
	"context"
	"time"
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
	for _, e := range steps {
		key := e.Source + "/" + e.Demand + "/" + e.Organization
		switch e.Step {
		case "opened":
			_, err = s.client.ExecContext(ctx, Rebind(db.dialect, "UPDATE engagements SET opened_at = ? WHERE id = ? AND opened_at IS NULL"), e.At, key)
		case "contacted":
			_, err = s.client.ExecContext(ctx, Rebind(db.dialect, "UPDATE engagements SET contacted_at = ? WHERE id = ? AND contacted_at IS NULL"), e.At, key)
		default:
			_, err = s.client.ExecContext(ctx, Rebind(db.dialect, `INSERT INTO engagements (id, jurisdiction, source, demand_id, organization_id, shown_at)
				VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`), key, jurisdiction, e.Source, e.Demand, e.Organization, e.At)
		}
		if err != nil {
			return err
		}
	}
	return s.commit(ctx, pending{})
}
