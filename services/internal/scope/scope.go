// Package scope is the third wall between organizations: whatever an area asks the database, ent adds to every SELECT on a table that is not public
// which rows the caller of the call may have anything to do with at all.
//
//   - It knows nothing of the areas and their rules, so that a check which an area forgets shows nothing of another organization's all the same.
//   - Inside a call it is closed to begin with: who has no credential gets what is public. Outside of one the platform itself acts, on everything.
//   - A query that must see past it says so, and why, with Open. There are few, and a test lists them.
//   - What is written in SQL passes it by: the row of the caller itself, and sums that name nobody. A test lists these too.
package scope

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/rpc"
)

type openKey struct{}

// Open lets the queries of a context see every row. The reason is for who reads the code; it must hold whoever calls.
func Open(ctx context.Context, reason string) context.Context {
	return context.WithValue(ctx, openKey{}, reason)
}

// Install puts the wall before every query of a client.
func Install(c *ent.Client) {
	c.Demand.Intercept(wall(demands))
	c.Achievement.Intercept(wall(listed))
	c.Profile.Intercept(wall(listed))
	c.Bid.Intercept(wall(bids))
	c.Contract.Intercept(wall(contracts))
	c.File.Intercept(wall(files))
	c.ContractText.Intercept(wall(written))
	c.ContractMember.Intercept(wall(own))
	c.Amendment.Intercept(wall(between))
	c.Milestone.Intercept(wall(between))
	c.Payment.Intercept(wall(between))
	c.Registration.Intercept(wall(between))
	c.RegistryRecord.Intercept(wall(lists))
	c.Posting.Intercept(wall(accounted("contract_id")))
	c.Balance.Intercept(wall(accounted("id")))
	c.Token.Intercept(wall(accounts))
	c.Membership.Intercept(wall(members))
	c.Approval.Intercept(wall(approvals))
	c.LedgerEntry.Intercept(wall(entries))
	c.Engagement.Intercept(wall(engagements))
	c.Opening.Intercept(wall(own))
	c.Refusal.Intercept(wall(own))
	c.Opinion.Intercept(wall(opinions))
	c.Disclosure.Intercept(wall(disclosures))
	c.Evaluation.Intercept(wall(evaluations))
	c.Sheet.Intercept(wall(sheets))
	c.Objection.Intercept(wall(objections))
	c.Notice.Intercept(wall(told))
	c.NoticeSwitch.Intercept(wall(told))
	c.Imprint.Intercept(wall(nobodys))
	c.Webhook.Intercept(wall(own))
	c.Delivery.Intercept(wall(own))
	c.Watch.Intercept(wall(personal))
	c.WatchMute.Intercept(wall(personal))
	c.WatchTold.Intercept(wall(personal))
	c.Digest.Intercept(wall(digests))
	c.Tally.Intercept(wall(tallies))
	c.Figure.Intercept(wall(figures))
	c.FigureMember.Intercept(wall(nobodys))
}

// rule is which rows of a table a caller may have anything to do with.
type rule func(c party.Caller, s *sql.Selector) *sql.Predicate

func wall(r rule) ent.Interceptor {
	return ent.TraverseFunc(func(ctx context.Context, q ent.Query) error {
		c := rpc.From(ctx).Caller
		if _, open := ctx.Value(openKey{}).(string); open || c.System {
			return nil
		}
		return restrict(q, func(s *sql.Selector) { s.Where(r(c, s)) })
	})
}

// restrict adds to a query. One that it does not know is refused.
func restrict(q ent.Query, where func(*sql.Selector)) error {
	switch q := q.(type) {
	case *ent.DemandQuery:
		q.Where(where)
	case *ent.AchievementQuery:
		q.Where(where)
	case *ent.ProfileQuery:
		q.Where(where)
	case *ent.BidQuery:
		q.Where(where)
	case *ent.ContractQuery:
		q.Where(where)
	case *ent.FileQuery:
		q.Where(where)
	case *ent.AmendmentQuery:
		q.Where(where)
	case *ent.MilestoneQuery:
		q.Where(where)
	case *ent.PaymentQuery:
		q.Where(where)
	case *ent.RegistrationQuery:
		q.Where(where)
	case *ent.RegistryRecordQuery:
		q.Where(where)
	case *ent.PostingQuery:
		q.Where(where)
	case *ent.BalanceQuery:
		q.Where(where)
	case *ent.TokenQuery:
		q.Where(where)
	case *ent.MembershipQuery:
		q.Where(where)
	case *ent.ApprovalQuery:
		q.Where(where)
	case *ent.LedgerEntryQuery:
		q.Where(where)
	case *ent.EngagementQuery:
		q.Where(where)
	case *ent.OpeningQuery:
		q.Where(where)
	case *ent.RefusalQuery:
		q.Where(where)
	default:
		return restrictMore(q, where)
	}
	return nil
}

// restrictMore does it for what hangs on a demand, and for what people are told.
func restrictMore(q ent.Query, where func(*sql.Selector)) error {
	switch q := q.(type) {
	case *ent.OpinionQuery:
		q.Where(where)
	case *ent.DisclosureQuery:
		q.Where(where)
	case *ent.EvaluationQuery:
		q.Where(where)
	case *ent.SheetQuery:
		q.Where(where)
	case *ent.ObjectionQuery:
		q.Where(where)
	case *ent.NoticeQuery:
		q.Where(where)
	case *ent.NoticeSwitchQuery:
		q.Where(where)
	case *ent.ImprintQuery:
		q.Where(where)
	case *ent.WebhookQuery:
		q.Where(where)
	case *ent.DeliveryQuery:
		q.Where(where)
	case *ent.WatchQuery:
		q.Where(where)
	case *ent.WatchMuteQuery:
		q.Where(where)
	case *ent.WatchToldQuery:
		q.Where(where)
	case *ent.DigestQuery:
		q.Where(where)
	case *ent.TallyQuery:
		q.Where(where)
	case *ent.FigureQuery:
		q.Where(where)
	case *ent.FigureMemberQuery:
		q.Where(where)
	case *ent.ContractTextQuery:
		q.Where(where)
	case *ent.ContractMemberQuery:
		q.Where(where)
	default:
		return fmt.Errorf("scope: a query of type %T", q)
	}
	return nil
}
