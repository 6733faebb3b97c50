package keeping

import (
	"context"
	"errors"
	"slices"
	"strings"

	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entcustodian "github.com/jiebang/jiebang/ent/gen/ent/custodian"
	entdemand "github.com/jiebang/jiebang/ent/gen/ent/demand"
	entsealing "github.com/jiebang/jiebang/ent/gen/ent/sealing"
	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/keeping/custodian"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/posting/procedure"
)

// Faults of sealings.
var (
	ErrNotFound     = fault.New(fault.NotFound, "SEALING_NOT_FOUND", "the demand takes no bids, so nothing is sealed for it")
	ErrTwoEnvelopes = fault.New(fault.Precondition, "TWO_ENVELOPES", "this server does not open two envelopes apart, so it publishes no demand that asks for it")
)

// Fix fixes what the bids of a demand are sealed under, in the transaction that publishes it or moves its deadline. Content is the row that
// the demand's entry has left.
func (k *Keeping) Fix(ctx context.Context, tx *storage.Txn, d *ent.Demand, content entry.Row) error {
	how, err := procedure.Of(d.Procedure)
	if err != nil {
		return err
	}
	if how.Envelopes > 1 {
		return ErrTwoEnvelopes
	}
	t := seal.Terms{Demand: id.DemandName(d.ID), Digest: seal.Sum((&entry.Entry{Row: content}).Encode()), Deadline: *d.Deadline, Level: seal.Level(how.Level)}
	if t.Threshold, t.Recipients, err = k.recipients(ctx, tx, d, t.Level); err != nil {
		return err
	}
	if err := t.Check(); err != nil {
		return err
	}
	p := t.Policy()
	return saveSealing(ctx, tx, &ent.Sealing{ID: id.New(tx.Rand, id.Sealing, d.Jurisdiction), Jurisdiction: d.Jurisdiction, DemandID: d.ID, Policy: p[:],
		TermsDigest: t.Digest[:], Deadline: t.Deadline, Level: string(t.Level), Threshold: t.Threshold, Recipients: strings.Join(t.Recipients, "\n"), CreatedAt: tx.Now})
}

// recipients are to whom the bids of a demand are sealed: the platform, or each custodian whose key is fresh, of each person the newest.
func (k *Keeping) recipients(ctx context.Context, tx *storage.Txn, d *ent.Demand, level seal.Level) (threshold int, recipients []string, err error) {
	if level == seal.Platform {
		key, err := k.Platform(d.ID)
		if err != nil {
			return 0, nil, err
		}
		return 1, []string{key.Recipient()}, nil
	}
	all, err := tx.Custodian.Query().Where(entcustodian.Jurisdiction(d.Jurisdiction), entcustodian.StateEQ(custodian.Active)).
		Order(entcustodian.ByCreatedAt(sql.OrderDesc()), entcustodian.ByEntrySeq(sql.OrderDesc())).All(ctx)
	if err != nil {
		return 0, nil, err
	}
	persons := map[string]bool{}
	for _, c := range all {
		if custodian.Fresh(c.State, c.CheckedAt, tx.Now) && !persons[c.PersonID] && len(recipients) < seal.MaxRecipients {
			persons[c.PersonID] = true
			recipients = append(recipients, c.Recipient)
		}
	}
	slices.Sort(recipients)
	return custodian.Threshold, recipients, custodian.CheckReady(len(recipients))
}

// Sealing is what bids of a demand are sealed under now.
func Sealing(ctx context.Context, c *ent.Client, demandID string) (*ent.Sealing, error) {
	return sealing(c.Sealing.Query().Where(entsealing.DemandID(demandID)).Order(entsealing.ByEntrySeq(sql.OrderDesc())).First(ctx))
}

// Under is what an envelope for a demand is sealed under, by the policy digest that it holds.
func Under(ctx context.Context, c *ent.Client, demandID string, policy []byte) (*ent.Sealing, error) {
	return sealing(c.Sealing.Query().Where(entsealing.DemandID(demandID), entsealing.PolicyEQ(policy)).First(ctx))
}

// SealedTo are the policies of a demand under which bids are sealed to a recipient, and whether all of its policies are.
func SealedTo(ctx context.Context, c *ent.Client, demandID, recipient string) (policies [][]byte, all bool, err error) {
	sealings, err := c.Sealing.Query().Where(entsealing.DemandID(demandID)).All(ctx)
	for _, s := range sealings {
		if slices.Contains(Recipients(s), recipient) {
			policies = append(policies, s.Policy)
		}
	}
	return policies, len(policies) == len(sealings), err
}

func sealing(s *ent.Sealing, err error) (*ent.Sealing, error) {
	if ent.IsNotFound(err) {
		return nil, ErrNotFound
	}
	return s, err
}

// Recipients are the public keys of a sealing, in their order.
func Recipients(s *ent.Sealing) []string { return strings.Split(s.Recipients, "\n") }

// Terms are the terms of a sealing.
func Terms(s *ent.Sealing) seal.Terms {
	return seal.Terms{Demand: id.DemandName(s.DemandID), Digest: seal.Digest(s.TermsDigest), Deadline: s.Deadline, Level: seal.Level(s.Level), Threshold: s.Threshold,
		Recipients: Recipients(s)}
}

// ErrKey says that the server's secret is not the one that bids are sealed to.
var ErrKey = errors.New("sealing.key is not the one that bids are sealed to; start with the data directory that has it")

// CheckKey makes sure that the platform's secret opens what the newest sealing of level S0 is sealed to.
func (k *Keeping) CheckKey(ctx context.Context) error {
	s, err := k.db.Read.Sealing.Query().Where(entsealing.Level(string(seal.Platform))).Order(entsealing.ByCreatedAt(sql.OrderDesc()), entsealing.ByID()).First(ctx)
	if ent.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	key, err := k.Platform(s.DemandID)
	if err == nil && key.Recipient() != s.Recipients {
		err = ErrKey
	}
	return err
}

// errFixed says that another server was faster.
var errFixed = errors.New("the sealing is fixed already")

// FixOlder fixes what the bids of demands are sealed under that were published before bids were sealed. Content gives the row of a demand.
func (k *Keeping) FixOlder(ctx context.Context, content func(*ent.Demand) entry.Row) error {
	older, err := k.db.Read.Demand.Query().Where(entdemand.StateIn(demand.Published, demand.Stale), func(s *sql.Selector) {
		fixed := sql.Dialect(s.Dialect()).Table("sealings")
		s.Where(sql.NotIn(s.C(entdemand.FieldID), sql.Dialect(s.Dialect()).Select(fixed.C("demand_id")).From(fixed)))
	}).All(ctx)
	if err != nil {
		return err
	}
	for _, d := range older {
		_, err := storage.Tx(ctx, k.db, identity.Act(d.Jurisdiction, "sealing.fix"), func(tx *storage.Txn) (*ent.Demand, error) {
			if exists, err := tx.Sealing.Query().Where(entsealing.DemandID(d.ID)).Exist(ctx); err != nil || exists {
				return nil, errors.Join(err, errFixed)
			}
			return d, k.Fix(ctx, tx, d, content(d))
		})
		if err != nil && !errors.Is(err, errFixed) {
			return err
		}
	}
	return nil
}
