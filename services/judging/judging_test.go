// Package judging_test tests judging as those who take part use it: over gRPC, on each database.
package judging_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

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

// TestAward judges three bids from their opening to the award, and everybody reads what it may.
func TestAward(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		j := m.Judge("open", 3)
		j.Reach(1)
		if d := j.Fresh(); d.GetState() != pb.Demand_ANNOUNCED || d.GetWinningBid() != j.Bids[0].GetName() {
			t.Errorf("announced: got %v", d)
		}
		for i, want := range []pb.Bid_State{pb.Bid_SELECTED, pb.Bid_RESERVE, pb.Bid_SHORTLISTED} {
			if b := j.Bid(i); b.GetState() != want {
				t.Errorf("announced, bid %d: got %s, want %s", i, b.GetState(), want)
			}
		}
		for _, reader := range []struct {
			name     string
			who      *markettest.Member
			feedback int
		}{{"firm", j.Firm, 2}, {"winner", j.Bidders[0], 0}, {"loser", j.Bidders[2], 1}, {"another", m.University(), 0}, {"bureau", m.Bureau, 2}} {
			e := j.Read(reader.who)
			if len(e.GetFeedback()) != reader.feedback || len(e.GetPanel()) != 3 || len(e.GetRanking()) != 3 || e.GetRanking()[0].GetScore() != "90.00" ||
				e.GetStandstillEndTime() == nil || e.GetDecision().GetWinners()[0] != j.Bids[0].GetName() {
				t.Errorf("%s: got %v, want the result and %d words of feedback", reader.name, e, reader.feedback)
			}
		}
		if f := j.Read(j.Bidders[2]).GetFeedback()[0]; f.GetBid() != j.Bids[2].GetName() || f.GetBands()[0] != pb.Evaluation_GOOD || f.GetSentence() == "" {
			t.Errorf("a loser: got %v", f)
		}
		if d := j.Pass(); d.GetState() != pb.Demand_AWARDED || d.GetWinningBid() != j.Bids[0].GetName() {
			t.Errorf("awarded: got %v", d)
		}
		for i, want := range []pb.Bid_State{pb.Bid_WON, pb.Bid_RESERVE, pb.Bid_NOT_SELECTED} {
			if b := j.Bid(i); b.GetState() != want {
				t.Errorf("awarded, bid %d: got %s, want %s", i, b.GetState(), want)
			}
		}
		sound(t, m)
	})
}

// sound makes sure that the ledger replays and the rows agree with it.
func sound(t *testing.T, m *markettest.Market) {
	t.Helper()
	r, err := m.Server.Verify(t.Context(), markettest.Jurisdiction)
	if err != nil || len(r.Problems) > 0 {
		t.Errorf("verify: %v %v", r, err)
	}
}

// TestStandstill ends five working days after an announcement on a Monday, at midnight, and not a microsecond earlier.
func TestStandstill(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		j := m.Judge("open", 1)
		end := j.Reach().GetStandstillEndTime().AsTime()
		announced := j.Read(m.Bureau).GetAnnounceTime().AsTime()
		if end.Sub(announced) < 5*24*time.Hour || end.Sub(announced) > 8*24*time.Hour || end.Hour() != 16 || end.Minute() != 0 {
			t.Errorf("announced %v: got %v, want a midnight in China five working days later", announced, end)
		}
		m.Clock.Set(end.Add(-time.Microsecond))
		m.Settle()
		if d := j.Fresh(); d.GetState() != pb.Demand_ANNOUNCED {
			t.Errorf("a microsecond before the end: got %s", d.GetState())
		}
		if d := j.Pass(); d.GetState() != pb.Demand_AWARDED {
			t.Errorf("at the end: got %s", d.GetState())
		}
	})
}

// entryName is the entry that a receipt names.
func entryName(r *pb.Receipt) string {
	return fmt.Sprintf("ledgers/%s/entries/%d", r.GetJurisdiction(), r.GetSequence())
}

// last is the id that a name ends with.
func last(name string) string { return name[strings.LastIndex(name, "/")+1:] }

// fieldOf is the field that an error names; empty if it names none.
func fieldOf(err error) string {
	for _, d := range status.Convert(err).Details() {
		if b, ok := d.(*errdetails.BadRequest); ok {
			return b.GetFieldViolations()[0].GetField()
		}
	}
	return ""
}
