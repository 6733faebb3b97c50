package judging_test

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestSteps has the refusals on the way from the opening to the ranking.
func TestSteps(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		j, stranger := m.Prepare("open", 3), m.Expert()
		start := func() error {
			return markettest.Failed(m.Evaluations.StartScoring(m.Bureau.Ctx(), &pb.StartScoringRequest{RequestId: markettest.ID(), Name: j.Evaluation(), Etag: j.Etag()}))
		}
		finish := func(missing string) error {
			return markettest.Failed(m.Evaluations.FinishScoring(m.Bureau.Ctx(), &pb.FinishScoringRequest{RequestId: markettest.ID(), Name: j.Evaluation(), Etag: j.Etag(), MissingReason: missing}))
		}
		recommend := func(who *markettest.Member, order ...int) func() error {
			return func() error {
				return markettest.Failed(m.Evaluations.RecommendRanking(who.Ctx(), &pb.RecommendRankingRequest{RequestId: markettest.ID(), Name: j.Evaluation(), Etag: j.Etag(),
					Ranking: j.Decision(order, nil).GetWinners()}))
			}
		}
		announce := func() error {
			return markettest.Failed(m.Evaluations.AnnounceDecision(j.Approver.Ctx(), &pb.AnnounceDecisionRequest{RequestId: markettest.ID(), Name: j.Evaluation(), Etag: j.Etag()}))
		}
		award := func(who *markettest.Member) error {
			return markettest.Failed(m.Demands.AwardDemand(who.Ctx(), &pb.AwardDemandRequest{RequestId: markettest.ID(), Name: j.Demand.GetName(), Bid: j.Bids[0].GetName(), Etag: j.Demand.GetEtag()}))
		}
		refuse(t, m, []refusal{{"bids sealed", start, codes.FailedPrecondition, "BIDS_TO_COME", ""}})
		j.Open()
		j.Start()
		refuse(t, m, []refusal{
			{"awarded by the firm", func() error { return award(j.Firm) }, codes.FailedPrecondition, "DEMAND_JUDGED", ""},
			{"rejected by the firm", func() error {
				return markettest.Failed(m.Demands.RejectBids(j.Firm.Ctx(), &pb.RejectBidsRequest{RequestId: markettest.ID(), Name: j.Demand.GetName(), Etag: j.Demand.GetEtag()}))
			}, codes.FailedPrecondition, "DEMAND_JUDGED", ""},
			{"no scores", func() error { return finish("") }, codes.FailedPrecondition, "SCORES_MISSING", ""},
			{"announced unscored", announce, codes.FailedPrecondition, "EVALUATION_STATE", ""},
		})
		j.Score()
		if err := finish(""); err != nil {
			t.Fatal(err)
		}
		refuse(t, m, []refusal{
			{"signed by another expert", recommend(j.Experts[1], 0, 1, 2), codes.PermissionDenied, "CHAIR_REQUIRED", ""},
			{"signed by a stranger", recommend(stranger, 0, 1, 2), codes.PermissionDenied, "EVALUATION_FOREIGN", ""},
			{"another order", recommend(j.Experts[0], 1, 0, 2), codes.FailedPrecondition, "RANKING_DIFFERS", "ranking"},
		})
		if err := recommend(j.Experts[0], 0, 1, 2)(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestDecision has the decisions that are refused, and one that is not the ranking's; nobody learns of it before the announcement.
func TestDecision(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		j := m.Judge("open", 3)
		j.Start()
		j.Score()
		j.Recommend()
		out := &pb.Evaluation_Decision{Winners: j.Decision([]int{1}, nil).GetWinners(), Disqualifications: []*pb.Evaluation_Disqualification{{Bid: j.Bids[0].GetName(),
			Code: pb.Evaluation_Disqualification_FALSEHOOD, Reason: "业绩不实"}}}
		for _, d := range []struct {
			name     string
			decision *pb.Evaluation_Decision
			code     codes.Code
			reason   string
		}{
			{"without feedback", j.Decision([]int{0}, []int{1}), codes.FailedPrecondition, "FEEDBACK_MISSING"},
			{"not the first, without a reason", j.Decision([]int{1}, nil), codes.InvalidArgument, "REASON_REQUIRED"},
			{"reserves turned, without a reason", j.Decision([]int{0}, []int{2, 1}), codes.InvalidArgument, "REASON_REQUIRED"},
			{"none, without a reason", j.Decision(nil, nil), codes.InvalidArgument, "REASON_REQUIRED"},
			{"two winners", j.Decision([]int{0, 1}, nil), codes.InvalidArgument, "WINNERS_MANY"},
			{"winner and reserve", j.Decision([]int{0}, []int{0}), codes.InvalidArgument, "DECISION_BID"},
			{"disqualified, and the others not told", out, codes.FailedPrecondition, "FEEDBACK_MISSING"},
		} {
			if err := j.Decide(d.decision); err == nil {
				t.Errorf("%s: decided", d.name)
			} else {
				markettest.Want(t, err, d.code, d.reason, fieldOf(err))
			}
		}
		j.Feedback(1)
		if err := j.Decide(out); err != nil {
			t.Fatal(err)
		}
		for i, want := range []pb.Bid_State{pb.Bid_DISQUALIFIED, pb.Bid_SELECTED, pb.Bid_SHORTLISTED} {
			if b := j.Bid(i); b.GetState() != want {
				t.Errorf("bid %d: got %s, want %s", i, b.GetState(), want)
			}
		}
		if e := j.Read(j.Bidders[2]); e.GetDecision() != nil || len(e.GetFeedback()) > 0 || len(e.GetRanking()) > 0 {
			t.Errorf("a bidder before the announcement: got %v", e)
		}
		j.Announce()
		sound(t, m)
	})
}

// TestNamer lets who named the panel decide: it does not.
func TestNamer(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		j := m.Judge("open", 1)
		j.Start()
		j.Score()
		j.Recommend()
		both := m.Found(m.Bureau.Name, pb.Role_OPERATOR, pb.Role_APPROVER)
		m.Behind("UPDATE evaluations SET named_by = $1 WHERE id = $2", both.Person[len("persons/"):], j.Demand.GetName()[len("demands/"):])
		m.Refuse(t, func() error {
			return markettest.Failed(m.Evaluations.DecideEvaluation(both.Ctx(), &pb.DecideEvaluationRequest{RequestId: markettest.ID(), Name: j.Evaluation(), Etag: j.Etag(),
				Decision: j.Decision([]int{0}, nil)}))
		}, codes.PermissionDenied, "DECIDER_NAMED_PANEL", "")
	})
}

// TestNobody decides for nobody: the demand fails, and everybody is told.
func TestNobody(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		j := m.Judge("open", 2)
		j.Start()
		j.Score()
		j.Recommend()
		j.Feedback(0)
		d := j.Decision(nil, nil)
		d.Reason = "均不满足指标"
		if err := j.Decide(d); err != nil {
			t.Fatal(err)
		}
		if d := j.Fresh(); d.GetState() != pb.Demand_FAILED || d.GetFailure() != pb.Demand_NO_QUALIFIED {
			t.Errorf("got %v, want it failed for NO_QUALIFIED", d)
		}
		for i := range j.Bids {
			if b, e := j.Bid(i), j.Read(j.Bidders[i]); b.GetState() != pb.Bid_NOT_SELECTED || len(e.GetFeedback()) != 1 {
				t.Errorf("bid %d: got %s, %v", i, b.GetState(), e)
			}
		}
		sound(t, m)
	})
}

// TestDeviation wants a word from an expert who is far from the others.
func TestDeviation(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		j := m.Judge("open", 1)
		j.Start()
		for i, points := range []int32{90, 90, 30} {
			j.Clear(j.Experts[i], 0)
			j.Lock(j.Experts[i], 0, points)
		}
		markettest.Must(m.Evaluations.FinishScoring(m.Bureau.Ctx(), &pb.FinishScoringRequest{RequestId: markettest.ID(), Name: j.Evaluation(), Etag: j.Etag()}))(t)
		sign := func() error {
			return markettest.Failed(m.Evaluations.RecommendRanking(j.Experts[0].Ctx(), &pb.RecommendRankingRequest{RequestId: markettest.ID(), Name: j.Evaluation(), Etag: j.Etag(),
				Ranking: []string{j.Bids[0].GetName()}}))
		}
		m.Refuse(t, sign, codes.FailedPrecondition, "DEVIATION_UNEXPLAINED", "")
		s := j.Sheet(j.Experts[2], 0)
		markettest.Must(m.Sheets.ExplainSheet(j.Experts[2].Ctx(), &pb.ExplainSheetRequest{RequestId: markettest.ID(), Name: s.GetName(), Etag: s.GetEtag(), Reason: "缺少中试数据"}))(t)
		if err := sign(); err != nil {
			t.Errorf("explained: got %v", err)
		}
		// A sheet is reopened after all: the ranking is made anew.
		s = j.Sheet(j.Experts[2], 0)
		markettest.Must(m.Sheets.ReopenSheet(j.Approver.Ctx(), &pb.ReopenSheetRequest{RequestId: markettest.ID(), Name: s.GetName(), Etag: s.GetEtag(), Reason: "笔误"}))(t)
		if e := j.Read(m.Bureau); e.GetState() != pb.Evaluation_SCORING || len(e.GetRanking()) != 0 {
			t.Errorf("reopened: got %v, want it scoring without a ranking", e)
		}
		j.Lock(j.Experts[2], 0, 90)
		j.Recommend()
		sound(t, m)
	})
}

// TestRefusal refuses to sign: the reserve is announced, and when none is left the demand fails.
func TestRefusal(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		j, alone := m.Prepare("open", 2), m.Prepare("open", 1)
		j.Open()
		alone.Open()
		j.Reach(1)
		alone.Reach()
		refuseToSign := func(j *markettest.Judged, d *pb.Demand) *pb.Demand {
			k := m.Contract(j.Firm, d)
			markettest.Must(m.Contracts.RefuseContract(j.Firm.Ctx(), &pb.RefuseContractRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), Reason: "条款谈不拢"}))(t)
			return j.Fresh()
		}
		d := refuseToSign(j, j.Pass())
		if d.GetState() != pb.Demand_ANNOUNCED || d.GetWinningBid() != j.Bids[1].GetName() || j.Bid(0).GetState() != pb.Bid_DECLINED || j.Bid(1).GetState() != pb.Bid_SELECTED {
			t.Errorf("the reserve: got %v", d)
		}
		if e := j.Read(m.University()); !e.GetStandstillEndTime().AsTime().After(m.Clock.Now().Add(4 * 24 * time.Hour)) {
			t.Errorf("the reserve: got %v, want a period of its own", e)
		}
		if d = j.Pass(); d.GetState() != pb.Demand_AWARDED || j.Bid(1).GetState() != pb.Bid_WON {
			t.Errorf("the reserve after its period: got %v", d)
		}
		if d = refuseToSign(alone, alone.Fresh()); d.GetState() != pb.Demand_FAILED || d.GetFailure() != pb.Demand_NO_CONTRACT || alone.Bid(0).GetState() != pb.Bid_DECLINED {
			t.Errorf("without a reserve: got %v, want it failed for NO_CONTRACT", d)
		}
		sound(t, m)
	})
}

// TestOneAward races for the award, and then tries behind the server's back: there is one.
func TestOneAward(t *testing.T) {
	t.Parallel()
	const callers = 32
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		j := m.Judge("open", 2)
		j.Start()
		j.Score()
		j.Recommend()
		j.Feedback(0)
		if err := j.Decide(j.Decision([]int{0}, nil)); err != nil {
			t.Fatal(err)
		}
		etag := j.Etag()
		count := markettest.Race(callers, func(int) error {
			return markettest.Failed(m.Evaluations.AnnounceDecision(j.Approver.Ctx(), &pb.AnnounceDecisionRequest{RequestId: markettest.ID(), Name: j.Evaluation(), Etag: etag}))
		})
		if count[""] != 1 || count["ETAG_STALE"] != callers-1 {
			t.Errorf("announced: got %v, want one and ETAG_STALE for the others", count)
		}
		second := m
		if strings.HasPrefix(m.URL, "postgres") {
			second = m.Beside()
		}
		over := j.Read(m.Bureau).GetStandstillEndTime().AsTime()
		before := markettest.Sizes(t, m) // before the clock moves, because the server acts by itself then
		m.Clock.Set(over)
		count = markettest.Race(callers, func(i int) error {
			if i%2 == 0 {
				return m.Server.Settle(t.Context())
			}
			return second.Server.Settle(t.Context())
		})
		if got := markettest.Sizes(t, m); count[""] != callers || got[0] != before[0]+4 {
			t.Errorf("settled: got %v and %d entries, want the demand's, the evaluation's and those of two bids", count, got[0]-before[0])
		}
		for _, state := range []string{"won", "selected"} {
			if err := m.Try("UPDATE bids SET state = $1 WHERE id = $2", state, last(j.Bids[1].GetName())); err == nil {
				t.Errorf("a second bid is %s behind the server's back, want the database to refuse it", state)
			}
		}
	})
}

// TestSeveral decides for two bids side by side: each has a lane.
func TestSeveral(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		j := m.Judge("race", 3)
		j.Start()
		j.Score()
		j.Recommend()
		j.Feedback(2)
		if err := j.Decide(j.Decision([]int{0, 1}, nil)); err != nil {
			t.Fatal(err)
		}
		j.Announce()
		if d := j.Pass(); d.GetState() != pb.Demand_AWARDED || j.Bid(0).GetState() != pb.Bid_WON || j.Bid(1).GetState() != pb.Bid_WON || j.Bid(2).GetState() != pb.Bid_NOT_SELECTED {
			t.Errorf("got %v, want two winners", d)
		}
		if err := m.Try("UPDATE bids SET state = 'won', lane = 2 WHERE id = $1", last(j.Bids[2].GetName())); err == nil {
			t.Error("two bids have one lane, want the database to refuse it")
		}
		sound(t, m)
	})
}
