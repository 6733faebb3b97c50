// Package monitoring is 监测: red flags over what is recorded, and the cases in which an authority looks into what they raise.
//
//   - Findings are made when they are asked for, from one snapshot, so that they never drift from the facts. A case keeps the finding that opened it.
//   - The authority alone knows of a draft. Those whom a case is about learn of it when it is started, and read what is decided, found and resolved:
//     never the evidence, which may tell of others, and never one another's answers.
//   - Whoever opens a case does not conclude it.
package monitoring

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entcase "github.com/jiebang/jiebang/ent/gen/ent/monitoringcase"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/monitoring/casefile"
	"github.com/jiebang/jiebang/services/monitoring/redflag"
)

// ErrForeign says that findings are the authority's.
var ErrForeign = fault.New(fault.Forbidden, "MONITORING_FOREIGN", "only the authority of a ledger reads what its rules find")

// Monitoring finds red flags and keeps cases.
type Monitoring struct {
	db    *storage.DB
	table *redflag.Table
}

// Open returns the monitoring of db, by the default parameters and the later versions of a file; none if the path is empty.
func Open(db *storage.DB, path string) (*Monitoring, error) {
	var later [][]byte
	if path != "" {
		data, err := os.ReadFile(filepath.Clean(path))
		if err != nil {
			return nil, err
		}
		later = append(later, data)
	}
	table, err := redflag.NewTable(later...)
	if err != nil {
		return nil, fmt.Errorf("parameters of red flags %s: %w", path, err)
	}
	return &Monitoring{db, table}, nil
}

// Find asks rules of a ledger as it stands, all of them if none is named, and says which size of it that was.
func (s *Monitoring) Find(ctx context.Context, home string, codes []string) (report redflag.Report, size int64, err error) {
	if !id.IsJurisdiction(home) {
		return report, 0, ledger.ErrNotFound.With("jurisdiction", home)
	}
	if _, err := ledger.Head(ctx, s.db.Read, home); err != nil {
		return report, 0, err
	}
	if err := identity.May(ctx, identity.Caller(ctx), policy.Object{Jurisdiction: home, Openness: policy.Published}, ErrForeign, ErrForeign); err != nil {
		return report, 0, err
	}
	return s.evaluate(ctx, home, codes)
}

func (s *Monitoring) evaluate(ctx context.Context, home string, codes []string) (report redflag.Report, size int64, err error) {
	var facts *redflag.Facts
	err = s.db.Snapshot(ctx, func(c *ent.Client) (err error) {
		facts, size, err = load(ctx, c, home, s.db.Clock().Now())
		return err
	})
	if err != nil {
		return report, 0, err
	}
	report, err = redflag.Evaluate(facts, s.table, codes)
	return report, size, err
}

// Opened is what a new case says.
type Opened struct {
	Subject, Finding, Text string
	Cause                  casefile.Cause
}

// Draft drafts a case.
func (s *Monitoring) Draft(ctx context.Context, o Opened) (*ent.MonitoringCase, error) {
	home := identity.Caller(ctx).Jurisdiction
	evidence, unfit := s.evidence(ctx, home, o) // long work, before anything is locked
	return storage.Tx(ctx, s.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.MonitoringCase, error) {
		if err := identity.May(ctx, tx.Caller, policy.Object{Jurisdiction: home, Openness: policy.Published}, casefile.ErrForeign, casefile.ErrForeign); err != nil {
			return nil, err
		}
		if unfit != nil {
			return nil, unfit
		}
		if strings.TrimSpace(o.Text) == "" {
			return nil, rpc.ErrField.At("monitoring_case.text").With("field", "monitoring_case.text").With("rule", "min_len").With("limit", 1)
		}
		c := &ent.MonitoringCase{ID: id.New(tx.Rand, id.MonitoringCase, home), Jurisdiction: home, OrganizationID: tx.Caller.Organization, Subject: o.Subject, State: casefile.Draft,
			Cause: o.Cause, Text: o.Text, Finding: o.Finding, Evidence: evidence, OpenedBy: tx.Principal, CreatedAt: tx.Now}
		if err := about(ctx, tx, c); err != nil {
			return nil, err
		}
		return c, save(ctx, tx, "case.opened", c)
	})
}

// evidence is the finding that a case is opened for, as it stands.
func (s *Monitoring) evidence(ctx context.Context, home string, o Opened) (string, error) {
	if (o.Finding != "") != (o.Cause == casefile.Indicator) {
		return "", redflag.ErrCause.At("monitoring_case.finding")
	}
	if o.Finding == "" {
		return "", nil
	}
	prefix := id.LedgerName(home) + "/findings/"
	own, ok := strings.CutPrefix(o.Finding, prefix)
	code, _, dashed := strings.Cut(own, "-")
	missing := redflag.ErrFinding.With("finding", o.Finding).At("monitoring_case.finding")
	if !ok || !dashed || !identity.Caller(ctx).Oversees(home) {
		return "", missing
	}
	report, _, err := s.evaluate(ctx, home, []string{code})
	if err != nil {
		return "", rpc.At("monitoring_case.finding", err)
	}
	for _, f := range report.Findings {
		switch {
		case f.ID != own:
		case f.Outcome != redflag.Found:
			return "", redflag.ErrUndecided.At("monitoring_case.finding")
		case !f.About(o.Subject):
			return "", missing
		default:
			return redflag.Encode(f), nil
		}
	}
	return "", missing
}

// about sets whom a case is about, from what it is about.
func about(ctx context.Context, tx *storage.Txn, c *ent.MonitoringCase) error {
	kind, own, _ := strings.Cut(c.Subject, "/")
	wrong := casefile.ErrSubject.With("subject", c.Subject).At("monitoring_case.subject")
	switch kind {
	case "demands":
		d, err := tx.Demand.Get(ctx, own)
		if ent.IsNotFound(err) || err == nil && (d.Jurisdiction != c.Jurisdiction || !d.State.Public()) {
			return wrong
		}
		if err != nil {
			return err
		}
		c.DemanderID = d.OrganizationID
	case "contracts":
		k, err := tx.Contract.Get(ctx, own)
		if ent.IsNotFound(err) || err == nil && (k.Jurisdiction != c.Jurisdiction || !k.State.Counts()) {
			return wrong
		}
		if err != nil {
			return err
		}
		c.DemanderID, c.SolverID = k.BuyerID, k.SellerID
	case "organizations":
		o, err := identity.Organization(ctx, tx.Client, own)
		if err != nil || o.Jurisdiction != c.Jurisdiction || o.ID == c.OrganizationID {
			return wrong
		}
		c.SolverID = o.ID
	default:
		return wrong
	}
	return nil
}

// Named is a case as a caller names it, in the version that it has seen.
type Named struct{ Case, Etag string }

// Activate starts a case.
func (s *Monitoring) Activate(ctx context.Context, n Named, decision string) (*ent.MonitoringCase, error) {
	return s.change(ctx, n, func(tx *storage.Txn, c *ent.MonitoringCase) error {
		c.Decision, c.ActivatedAt = decision, &tx.Now
		return move(ctx, tx, c, casefile.Activate, "case.activated")
	})
}

// Cancel gives a draft up.
func (s *Monitoring) Cancel(ctx context.Context, n Named, reason string) (*ent.MonitoringCase, error) {
	return s.end(ctx, n, casefile.Cancel, "case.cancelled", reason)
}

// Stop stops a case.
func (s *Monitoring) Stop(ctx context.Context, n Named, reason string) (*ent.MonitoringCase, error) {
	return s.end(ctx, n, casefile.Stop, "case.stopped", reason)
}

// Close closes a case without violations.
func (s *Monitoring) Close(ctx context.Context, n Named, reason string) (*ent.MonitoringCase, error) {
	return s.end(ctx, n, casefile.Close, "case.closed", reason)
}

func (s *Monitoring) end(ctx context.Context, n Named, e casefile.Event, kind, reason string) (*ent.MonitoringCase, error) {
	return s.change(ctx, n, func(tx *storage.Txn, c *ent.MonitoringCase) error {
		c.EndReason, c.EndedAt = reason, &tx.Now
		return move(ctx, tx, c, e, kind)
	})
}

// Answer answers a case, as an organization that it is about.
func (s *Monitoring) Answer(ctx context.Context, n Named, words string) (*ent.MonitoringCase, error) {
	return s.change(ctx, n, func(tx *storage.Txn, c *ent.MonitoringCase) error {
		replies, err := casefile.Decode[casefile.Reply](c.Answers)
		if err != nil {
			return err
		}
		if len(replies) >= casefile.MostReplies {
			return casefile.ErrReplies
		}
		c.Answers = casefile.Encode(append(replies, casefile.Reply{Organization: tx.Caller.Organization, State: c.State, Text: words, Time: tx.Now.UTC().Format(entry.TimeLayout)}))
		return move(ctx, tx, c, casefile.Answer, "case.answered")
	})
}

// Conclude says which violations were found, if any.
func (s *Monitoring) Conclude(ctx context.Context, n Named, violations []casefile.Violation, conclusion string) (*ent.MonitoringCase, error) {
	return s.change(ctx, n, func(tx *storage.Txn, c *ent.MonitoringCase) error {
		if _, err := c.State.Next(casefile.Concluded(violations)); err != nil {
			return err
		}
		if err := casefile.CheckViolations(violations); err != nil {
			return err
		}
		if c.OpenedBy == tx.Principal {
			return casefile.ErrSame
		}
		c.Violations, c.Conclusion, c.ConcludedBy, c.ConcludedAt = casefile.Encode(violations), conclusion, tx.Principal, &tx.Now
		if len(violations) > 0 {
			return move(ctx, tx, c, casefile.Address, "case.addressed")
		}
		return move(ctx, tx, c, casefile.Decline, "case.declined")
	})
}

// Complete says of each violation what became of it.
func (s *Monitoring) Complete(ctx context.Context, n Named, resolved []casefile.Violation) (*ent.MonitoringCase, error) {
	return s.change(ctx, n, func(tx *storage.Txn, c *ent.MonitoringCase) error {
		if _, err := c.State.Next(casefile.Complete); err != nil {
			return err
		}
		found, err := casefile.Decode[casefile.Violation](c.Violations)
		if err != nil {
			return err
		}
		if found, err = casefile.Resolve(found, resolved); err != nil {
			return err
		}
		c.Violations, c.EndedAt = casefile.Encode(found), &tx.Now
		return move(ctx, tx, c, casefile.Complete, "case.completed")
	})
}

// change loads a case under the lock, checks the version, and lets decide change it.
func (s *Monitoring) change(ctx context.Context, n Named, decide func(*storage.Txn, *ent.MonitoringCase) error) (*ent.MonitoringCase, error) {
	home, err := rpc.Home(id.MonitoringCase, n.Case, casefile.ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, s.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.MonitoringCase, error) {
		c, err := find(ctx, tx.Client, tx.Caller, n.Case)
		if err != nil {
			return nil, err
		}
		if err := rpc.CheckEtag("etag", n.Etag, c.Version); err != nil {
			return nil, err
		}
		return c, decide(tx, c)
	})
}

// object is a case as far as decisions depend on it: those whom it is about have a part in it once they know of it.
func object(c *ent.MonitoringCase) policy.Object {
	o := policy.Object{Owner: c.OrganizationID, Jurisdiction: c.Jurisdiction, Openness: policy.Shared}
	if !c.State.Hidden() {
		o.Parties = []string{c.DemanderID, c.SolverID}
	}
	return o
}

// find reads a case to which the caller may do what it calls for.
func find(ctx context.Context, c *ent.Client, caller party.Caller, caseID string) (*ent.MonitoringCase, error) {
	found, err := c.MonitoringCase.Query().Where(entcase.ID(caseID)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, casefile.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return found, identity.May(ctx, caller, object(found), casefile.ErrNotFound, casefile.ErrForeign)
}

// readable restricts a query to the cases that find would give the caller.
func readable(caller party.Caller) func(*sql.Selector) {
	return func(q *sql.Selector) {
		of := func(column string) *sql.Predicate { return sql.EQ(q.C(column), caller.Organization) }
		mine := of(entcase.FieldOrganizationID)
		mine = sql.Or(mine, sql.And(sql.NotIn(q.C(entcase.FieldState), string(casefile.Draft), string(casefile.Cancelled)), sql.Or(of(entcase.FieldDemanderID), of(entcase.FieldSolverID))))
		if caller.Oversees(caller.Jurisdiction) {
			mine = sql.Or(mine, sql.EQ(q.C(entcase.FieldJurisdiction), caller.Jurisdiction))
		}
		q.Where(mine)
	}
}
