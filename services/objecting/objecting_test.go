// Package objecting_test tests objections as parties and the bureau use them: over gRPC, on each database.
package objecting_test

import (
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// refusal is a call that must be refused for a reason.
type refusal struct {
	name   string
	call   func() error
	code   codes.Code
	reason string
	field  string
}

// refuse makes calls that must be refused.
func refuse(t *testing.T, m *markettest.Market, refusals []refusal) {
	t.Helper()
	for _, r := range refusals {
		t.Run(r.name, func(t *testing.T) { m.Refuse(t, r.call, r.code, r.reason, r.field) })
	}
}

func review(m *markettest.Market, who *markettest.Member, o *pb.Objection, admissible bool) (*pb.Objection, error) {
	return m.Objections.ReviewObjection(who.Ctx(), &pb.ReviewObjectionRequest{RequestId: markettest.ID(), Name: o.GetName(), Etag: o.GetEtag(), Admissible: admissible, Opinion: "理由充分"})
}

func decide(m *markettest.Market, who *markettest.Member, o *pb.Objection, upheld bool) (*pb.Objection, error) {
	return m.Objections.DecideObjection(who.Ctx(), &pb.DecideObjectionRequest{RequestId: markettest.ID(), Name: o.GetName(), Etag: o.GetEtag(), Upheld: upheld, Reason: "评分有据"})
}

// sound makes sure that the ledger replays and the rows agree with it.
func sound(t *testing.T, m *markettest.Market) {
	t.Helper()
	r, err := m.Server.Verify(t.Context(), markettest.Jurisdiction)
	if err != nil || len(r.Problems) > 0 {
		t.Errorf("verify: %v %v", r, err)
	}
}

// announced are demands with an announced decision, and the last instant of their periods.
func announced(m *markettest.Market, n int) ([]*markettest.Judged, time.Time) {
	var all []*markettest.Judged
	for range n {
		all = append(all, m.Prepare("open", 2))
	}
	var end time.Time
	for _, j := range all {
		j.Open()
	}
	for _, j := range all {
		end = j.Reach(1).GetStandstillEndTime().AsTime()
	}
	return all, end
}

// TestStanding files objections: a party may, inside the period, and have one open.
func TestStanding(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		all, end := announced(m, 2)
		j, stranger := all[0], m.University()
		object := func(who *markettest.Member) func() error {
			return func() error { return markettest.Failed(j.Object(who)) }
		}
		refuse(t, m, []refusal{{"a stranger", object(stranger), codes.PermissionDenied, "NO_STANDING", ""}, {"the bureau", object(m.Bureau), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""}})
		o := markettest.Must(j.Object(j.Bidders[1]))(t)
		refuse(t, m, []refusal{{"a second", object(j.Bidders[1]), codes.AlreadyExists, "OBJECTION_EXISTS", ""}})
		for _, who := range []*markettest.Member{j.Firm, j.Bidders[0], stranger} {
			m.Refuse(t, func() error {
				return markettest.Failed(m.Objections.GetObjection(who.Ctx(), &pb.GetObjectionRequest{Name: o.GetName()}))
			}, codes.NotFound, "OBJECTION_NOT_FOUND", "")
			if list := markettest.Must(m.Objections.ListObjections(who.Ctx(), &pb.ListObjectionsRequest{Parent: "demands/-"}))(t).GetObjections(); len(list) != 0 {
				t.Errorf("listed for %s: got %v", who.Name, list)
			}
		}
		for _, who := range []*markettest.Member{j.Bidders[1], m.Bureau} {
			if list := markettest.Must(m.Objections.ListObjections(who.Ctx(), &pb.ListObjectionsRequest{Parent: "demands/-"}))(t).GetObjections(); len(list) != 1 {
				t.Errorf("listed for %s: got %v, want one", who.Name, list)
			}
		}
		m.Clock.Set(end.Add(-time.Microsecond))
		markettest.Must(j.Object(j.Firm))(t)
		m.Clock.Set(end)
		m.Settle()
		refuse(t, m, []refusal{{"at the end of the period", object(j.Bidders[0]), codes.FailedPrecondition, "NOT_IN_PUBLICITY", ""}})
	})
}

// TestBlocks settles with an open objection: its demand waits, another does not, and it goes on once the objection is answered.
func TestBlocks(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		all, end := announced(m, 2)
		o := markettest.Must(review(m, m.Bureau, markettest.Must(all[0].Object(all[0].Bidders[1]))(t), true))(t)
		m.Clock.Set(end.Add(time.Hour))
		m.Settle()
		if one, two := all[0].Fresh().GetState(), all[1].Fresh().GetState(); one != pb.Demand_ANNOUNCED || two != pb.Demand_AWARDED {
			t.Errorf("after the period: got %s and %s, want the one that is objected to to wait", one, two)
		}
		o = markettest.Must(m.Objections.GetObjection(m.Bureau.Ctx(), &pb.GetObjectionRequest{Name: o.GetName()}))(t) // it has gone higher meanwhile
		refuse(t, m, []refusal{
			{"decided by an operator", func() error { return markettest.Failed(decide(m, m.Bureau, o, false)) }, codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"withdrawn by another", func() error {
				return markettest.Failed(m.Objections.WithdrawObjection(all[0].Firm.Ctx(), &pb.WithdrawObjectionRequest{RequestId: markettest.ID(), Name: o.GetName(), Etag: o.GetEtag()}))
			}, codes.NotFound, "OBJECTION_NOT_FOUND", ""},
		})
		markettest.Must(decide(m, all[0].Approver, o, false))(t)
		m.Settle()
		if got := all[0].Fresh().GetState(); got != pb.Demand_AWARDED {
			t.Errorf("dismissed: got %s", got)
		}
		sound(t, m)
	})
}

// TestReviewer keeps whoever reviews from deciding, and whoever decided on the award from reviewing.
func TestReviewer(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		all, _ := announced(m, 1)
		j := all[0]
		o, decider := markettest.Must(j.Object(j.Firm))(t), j.Decider()
		refuse(t, m, []refusal{{"reviewed by who decided on the award", func() error { return markettest.Failed(review(m, decider, o, true)) }, codes.PermissionDenied, "REVIEWER_DECIDES", ""}})
		both := m.Token(m.Bureau.Name, pb.Role_OPERATOR, pb.Role_APPROVER)
		o = markettest.Must(review(m, both, o, true))(t)
		refuse(t, m, []refusal{{"decided by who reviewed", func() error { return markettest.Failed(decide(m, both, o, false)) }, codes.PermissionDenied, "REVIEWER_DECIDES", ""}})
		markettest.Must(decide(m, j.Approver, o, false))(t)
		inadmissible := markettest.Must(j.Object(j.Bidders[0]))(t)
		if got := markettest.Must(review(m, m.Bureau, inadmissible, false))(t); got.GetState() != pb.Objection_INADMISSIBLE || got.GetReviewer() == "" {
			t.Errorf("got %v, want it inadmissible", got)
		}
	})
}

// TestUpheld upholds an objection: the demand is judged again, and decided on again.
func TestUpheld(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		all, _ := announced(m, 1)
		j := all[0]
		o := markettest.Must(review(m, m.Bureau, markettest.Must(j.Object(j.Bidders[1]))(t), true))(t)
		markettest.Must(decide(m, j.Approver, o, true))(t)
		d := j.Fresh()
		if d.GetState() != pb.Demand_EVALUATING || d.GetWinningBid() != "" || j.Bid(0).GetState() != pb.Bid_SHORTLISTED || j.Bid(1).GetState() != pb.Bid_SHORTLISTED {
			t.Errorf("upheld: got %v", d)
		}
		if e := j.Read(m.Bureau); e.GetState() != pb.Evaluation_SCORING || e.GetDecision() != nil || e.GetStandstillEndTime() != nil {
			t.Errorf("upheld: got %v, want it scoring without a decision", e)
		}
		s := j.Sheet(j.Experts[1], 1)
		markettest.Must(m.Sheets.ReopenSheet(j.Approver.Ctx(), &pb.ReopenSheetRequest{RequestId: markettest.ID(), Name: s.GetName(), Etag: s.GetEtag(), Reason: "异议成立"}))(t)
		j.Lock(j.Experts[1], 1, 100)
		j.Recommend()
		j.Feedback(0)
		if err := j.Decide(j.Decision([]int{0}, nil)); err != nil {
			t.Fatal(err)
		}
		j.Announce()
		if d := j.Pass(); d.GetState() != pb.Demand_AWARDED {
			t.Errorf("decided again: got %v", d)
		}
		sound(t, m)
	})
}

// TestOverdue lets the time of an objection pass: it goes higher, stays open, and blocks still.
func TestOverdue(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		all, _ := announced(m, 1)
		j := all[0]
		o := markettest.Must(j.Object(j.Firm))(t)
		read := func() *pb.Objection {
			return markettest.Must(m.Objections.GetObjection(j.Firm.Ctx(), &pb.GetObjectionRequest{Name: o.GetName()}))(t)
		}
		m.Clock.Set(o.GetDueTime().AsTime().Add(-time.Microsecond))
		m.Settle()
		if got := read(); got.GetEscalateTime() != nil {
			t.Errorf("a microsecond before: got %v", got)
		}
		m.Clock.Set(o.GetDueTime().AsTime())
		m.Settle()
		o = read()
		if o.GetEscalateTime() == nil || o.GetState() != pb.Objection_FILED {
			t.Errorf("overdue: got %v, want it higher and open", o)
		}
		refuse(t, m, []refusal{{"reviewed by an operator", func() error { return markettest.Failed(review(m, m.Bureau, o, false)) }, codes.PermissionDenied, "OBJECTION_ESCALATED", ""}})
		m.Clock.Advance(30 * 24 * time.Hour)
		m.Settle()
		if got := j.Fresh().GetState(); got != pb.Demand_ANNOUNCED {
			t.Errorf("a month later: got %s, want it announced still", got)
		}
		o = markettest.Must(review(m, m.Token(m.Bureau.Name, pb.Role_APPROVER), o, true))(t)
		markettest.Must(decide(m, j.Approver, o, false))(t)
		m.Settle()
		if got := j.Fresh().GetState(); got != pb.Demand_AWARDED {
			t.Errorf("dismissed: got %s", got)
		}
		sound(t, m)
	})
}
