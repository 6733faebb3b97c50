package counting

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entcheckpoint "github.com/jiebang/jiebang/ent/gen/ent/checkpoint"
	entorganization "github.com/jiebang/jiebang/ent/gen/ent/organization"
	"github.com/jiebang/jiebang/services/counting/figure"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// ErrForeign says that the records of a ledger's figures are for its authority.
var ErrForeign = fault.New(fault.Forbidden, "FIGURE_FOREIGN", "only the authority of the ledger reads what a figure is made of")

// MayOpen makes sure that the caller may read what the figures of a ledger are made of, and what they come to for one organization.
func MayOpen(ctx context.Context, jurisdiction string) error {
	m, c := policy.Method{Action: "figure.records", Access: policy.Privileged}, identity.Caller(ctx)
	return policy.Decide(c, m, policy.Object{Is: true, Jurisdiction: jurisdiction, Openness: policy.Published}, policy.Env{}).Err(c, m, ErrForeign, ErrForeign)
}

// Checkpoint names the smallest kept checkpoint that has all entries before a sequence, else the last one before; empty if there is none.
func Checkpoint(ctx context.Context, c *ent.Client, jurisdiction string, asOf int64) (size int64, err error) {
	mine := entcheckpoint.IDGTE(entry.Key(jurisdiction, 0))
	row, err := c.Checkpoint.Query().Where(entcheckpoint.IDGTE(entry.Key(jurisdiction, asOf)), entcheckpoint.IDLT(entry.Key(jurisdiction, entry.Max))).
		Order(entcheckpoint.ByID()).First(ctx)
	if ent.IsNotFound(err) {
		row, err = c.Checkpoint.Query().Where(mine, entcheckpoint.IDLT(entry.Key(jurisdiction, asOf))).Order(entcheckpoint.ByID(sql.OrderDesc())).First(ctx)
	}
	if ent.IsNotFound(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return row.Size, nil
}

// Name gives the records of a figure of organizations their resource names and titles.
func (s *Counting) Name(ctx context.Context, q Question, records []Record) error {
	if !q.Definition.Takes.Distinct() {
		return nil
	}
	codes := make([]string, len(records))
	for i, r := range records {
		codes[i] = r.Name
	}
	rows, err := s.db.Read.Organization.Query().Where(entorganization.Or(entorganization.IDIn(codes...),
		entorganization.And(entorganization.Jurisdiction(q.Jurisdiction), entorganization.UsccIn(codes...)))).Order(entorganization.ByCreatedAt(sql.OrderDesc())).All(ctx)
	if err != nil {
		return err
	}
	known := map[string]*ent.Organization{}
	for _, o := range rows { // of those with one code the first is the whole, of which the others are parts
		known[o.ID], known[o.Uscc] = o, o
	}
	for i, r := range records {
		if o := known[r.Name]; o != nil {
			records[i].Name, records[i].Title, records[i].Number = id.OrganizationName(o.ID), o.DisplayName, o.Uscc
		}
	}
	return nil
}

// names are the display names of keys that are organizations.
func (s *Counting) names(ctx context.Context, q Question, groups []Group) (map[string]string, error) {
	found := map[string]string{}
	if !q.Dimension.Names() {
		return found, nil
	}
	var ids []string
	for _, g := range groups {
		ids = append(ids, g.Key)
	}
	rows, err := s.db.Read.Organization.Query().Where(entorganization.IDIn(ids...)).All(ctx)
	for _, o := range rows {
		found[o.ID] = o.DisplayName
	}
	return found, err
}

// dimensions are those of a definition, or of both measures of a ratio.
func dimensions(d figure.Definition) (found []figure.Dimension) {
	parts := Measures(d, "")
	for _, by := range parts[0].Dimensions {
		if has(parts[len(parts)-1], by) {
			found = append(found, by)
		}
	}
	return found
}
