package ledger_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/storage"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

const name = "ledgers/" + markettest.Jurisdiction

func head(t *testing.T, m *markettest.Market) *pb.Ledger {
	t.Helper()
	return markettest.Must(m.Ledgers.GetLedger(t.Context(), &pb.GetLedgerRequest{Name: name}))(t)
}

// doubted lets the jobs look at the clock, and makes sure that nothing is done by it.
func doubted(t *testing.T, m *markettest.Market) *pb.Ledger {
	t.Helper()
	_ = m.Server.Settle(t.Context())
	if err := m.Server.Settle(t.Context()); err != nil && !errors.Is(err, storage.ErrClock) {
		t.Fatal(err)
	}
	return head(t, m)
}

// TestClockSet sets the clock forth and back. No bid is taken and no deadline acts, on neither of two servers, until two persons have confirmed what it shows;
// time goes on as if nobody had set it.
func TestClockSet(t *testing.T) {
	t.Parallel()
	for what, jump := range map[string]time.Duration{"forth": 2 * time.Hour, "back": -2 * time.Hour} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			markettest.Each(t, func(t *testing.T, m *markettest.Market) { clockSet(t, m, jump) })
		})
	}
}

func clockSet(t *testing.T, m *markettest.Market, jump time.Duration) {
	firm, zju, sspu := m.Firm(), m.University(), m.University()
	d := m.Publish(firm, time.Hour)
	draft := m.DraftBid(zju, d, 5)
	m.Bid(sspu, d, 6)
	before := m.Clock.Now()
	m.Clock.Jump(jump)
	submit := func() error {
		return markettest.Failed(m.Bids.SubmitBid(zju.Ctx(), &pb.SubmitBidRequest{RequestId: markettest.ID(), Name: draft.GetName(), Etag: draft.GetEtag()}))
	}
	markettest.Want(t, submit(), codes.Unavailable, "CLOCK_DOUBTED", "") // before any job has looked
	l := doubted(t, m)
	if l.GetClockDoubtTime() == nil || l.GetClockJump().AsDuration() != jump || !l.GetUpdateTime().AsTime().Equal(before) {
		t.Errorf("set by %v at %v: the ledger says %v", jump, before, l)
	}
	markettest.Want(t, submit(), codes.Unavailable, "CLOCK_DOUBTED", "")
	m.Draft(firm, 24*time.Hour) // what no time decides goes on
	m.Clock.Advance(90 * time.Minute)
	if doubted(t, m); m.Read(firm, d).GetState() != pb.Demand_PUBLISHED {
		t.Error("a deadline acts while the clock is in doubt")
	}
	if got := head(t, m); got.GetUpdateTime().AsTime().After(before) || got.GetClockJump().AsDuration() != jump {
		t.Errorf("the ledger says %v", got)
	}
	all := []*markettest.Market{m}
	if strings.HasPrefix(m.URL, "postgres") {
		all = append(all, m.Beside())
		doubted(t, all[1])
	}
	operator, approver := m.Found(m.Bureau.Name, pb.Role_OPERATOR), m.Found(m.Bureau.Name, pb.Role_APPROVER)
	operator.StepUpAt(m.Clock.Now().Add(-jump))
	approver.StepUpAt(m.Clock.Now().Add(-jump))
	req := &pb.ConfirmClockRequest{RequestId: markettest.ID(), Name: name, ClockDoubtTime: l.GetClockDoubtTime()}
	confirm := func() error { return markettest.Failed(m.Ledgers.ConfirmClock(operator.Ctx(), req)) }
	markettest.Want(t, confirm(), codes.FailedPrecondition, "APPROVAL_REQUIRED", "")
	if err := m.Together(approver, confirm); err != nil {
		t.Fatal(err)
	}
	size := head(t, m).GetSize()
	if err := confirm(); err != nil || head(t, m).GetSize() != size {
		t.Errorf("repeated: got %v, and %d entries more", err, head(t, m).GetSize()-size)
	}
	for _, m := range all {
		for range 2 { // until the clock is accepted, and by it
			_ = m.Server.Settle(t.Context())
		}
		m.Settle()
	}
	want, reason := pb.Demand_EVALUATING, "DEMAND_NOT_OPEN"
	if jump < 0 { // the clock shows a time before the deadline, but no ledger goes back to it
		want, reason = pb.Demand_PUBLISHED, "DEADLINE_PASSED"
	}
	if got := m.Read(firm, d).GetState(); got != want || head(t, m).GetClockDoubtTime() != nil {
		t.Errorf("after it was confirmed: got %v and %v, want %v", got, head(t, m), want)
	}
	markettest.Want(t, submit(), codes.FailedPrecondition, reason, "")
	m.Verified()
}

// TestClockSteps lets a clock be corrected by less than a second, and drift: that is in order.
func TestClockSteps(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		m.Settle()
		for range 20 {
			m.Clock.Jump(900 * time.Millisecond)
			m.Clock.Advance(time.Second)
			m.Settle()
		}
		if l := head(t, m); l.GetClockDoubtTime() != nil {
			t.Errorf("the clock is in doubt: %v", l)
		}
	})
}

// TestClockRefusals confirms what is in no doubt, at another time, and from elsewhere.
func TestClockRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		operator := m.Found(m.Bureau.Name, pb.Role_OPERATOR)
		confirm := func(who *markettest.Founder, ledger string, at time.Time) func() error {
			return func() error {
				return markettest.Failed(m.Ledgers.ConfirmClock(who.Ctx(), &pb.ConfirmClockRequest{RequestId: markettest.ID(), Name: ledger, ClockDoubtTime: timestamppb.New(at)}))
			}
		}
		refuse(t, m, []refusal{
			{"in no doubt", confirm(operator, name, m.Clock.Now()), codes.FailedPrecondition, "CLOCK_NOT_DOUBTED", "clock_doubt_time"},
			{"another's", confirm(operator, "ledgers/"+markettest.Other, m.Clock.Now()), codes.PermissionDenied, "LEDGER_FOREIGN", ""},
			{"none", confirm(operator, "ledgers/999999", m.Clock.Now()), codes.NotFound, "JURISDICTION_NOT_FOUND", ""},
		})
	})
}
