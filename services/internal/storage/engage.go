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

// Engage notes steps of the demands of a jurisdiction. The first time of each counts; a pair that was opened or contacted was shown. It is no
// business change: no head is locked, and a crash may lose the last of them.
func Engage(ctx context.Context, db *DB, jurisdiction string, steps []Engagement) error {
	s, err := db.engine.project(ctx, "engagements/"+jurisdiction, jurisdiction)
	if err != nil {
		return err
	}
	defer s.abort()
	for _, e := range steps {
		var opened, contacted *time.Time
		switch e.Step {
		case "opened":
			opened = &e.At
		case "contacted":
			contacted = &e.At
		}
		_, err := s.client.ExecContext(ctx, Rebind(db.dialect, `INSERT INTO engagements (id, jurisdiction, source, demand_id, organization_id, shown_at, opened_at, contacted_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET opened_at = COALESCE(engagements.opened_at, excluded.opened_at),
			contacted_at = COALESCE(engagements.contacted_at, excluded.contacted_at)`),
			e.Source+"/"+e.Demand+"/"+e.Organization, jurisdiction, e.Source, e.Demand, e.Organization, e.At, opened, contacted)
		if err != nil {
			return err
		}
	}
	return s.commit(ctx, pending{})
}
