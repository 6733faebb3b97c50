package rpc_test

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/judging/draw"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// adder adds a change.
type adder = func(*markettest.Member, proto.Message, int64)

// judgingChanges prepares the changes of evaluations, sheets and objections. It takes weeks, so it comes before what is open for hours.
func judgingChanges(t *testing.T, m *markettest.Market, add adder) {
	t.Helper()
	var all []*markettest.Judged
	for _, bids := range []int{2, 1, 1, 1, 1, 1, 4} {
		all = append(all, m.Prepare("open", bids))
	}
	for _, j := range all {
		j.Open()
	}
	finish, sign, decide, announce, start := all[1], all[2], all[3], all[4], all[5]
	scoringChanges(m, all[0], add)
	finish.Start()
	finish.Score()
	sign.Start()
	sign.Score()
	markettest.Must(m.Evaluations.FinishScoring(m.Bureau.Ctx(), &pb.FinishScoringRequest{RequestId: markettest.ID(), Name: sign.Evaluation(), Etag: sign.Etag()}))(t)
	for _, j := range []*markettest.Judged{decide, announce} {
		j.Start()
		j.Score()
		j.Recommend()
	}
	if err := announce.Decide(announce.Decision([]int{0}, nil)); err != nil {
		t.Fatal(err)
	}
	objectionChanges(t, m, all[6], add)
	panelChanges(t, m, add)
	decider := m.Found(m.Bureau.Name, pb.Role_APPROVER)
	add(m.Bureau, &pb.StartScoringRequest{Name: start.Evaluation(), Etag: start.Etag()}, 4)
	add(m.Bureau, &pb.FinishScoringRequest{Name: finish.Evaluation(), Etag: finish.Etag()}, 1)
	add(sign.Experts[0], &pb.RecommendRankingRequest{Name: sign.Evaluation(), Etag: sign.Etag(), Ranking: []string{sign.Bids[0].GetName()}}, 2)
	add(&decider.Member, &pb.DecideEvaluationRequest{Name: decide.Evaluation(), Etag: decide.Etag(), Decision: decide.Decision([]int{0}, nil)}, 3)
	add(announce.Approver, &pb.AnnounceDecisionRequest{Name: announce.Evaluation(), Etag: announce.Etag()}, 2)
}

// scoringChanges prepares the changes of sheets.
func scoringChanges(m *markettest.Market, j *markettest.Judged, add adder) {
	j.Start()
	x := j.Experts
	assigned, cleared := j.Sheet(x[0], 0), j.Clear(x[1], 0)
	j.Clear(x[2], 0)
	j.Clear(x[0], 1)
	explained, reopened := j.Lock(x[2], 0, 50), j.Lock(x[0], 1, 50)
	add(x[0], &pb.DeclareConflictRequest{Name: assigned.GetName(), Etag: assigned.GetEtag()}, 1)
	add(x[1], &pb.LockSheetRequest{Name: cleared.GetName(), Etag: cleared.GetEtag(), Points: []*pb.Sheet_Points{{Value: 7}, {NotApplicable: true}, {Value: 9}}}, 1)
	add(x[2], &pb.ExplainSheetRequest{Name: explained.GetName(), Etag: explained.GetEtag(), Reason: "缺少中试数据"}, 1)
	add(j.Approver, &pb.ReopenSheetRequest{Name: reopened.GetName(), Etag: reopened.GetEtag(), Reason: "笔误"}, 1)
	add(m.Bureau, &pb.GiveFeedbackRequest{Name: j.Evaluation(), Etag: j.Etag(), Bid: j.Bids[0].GetName(), Sentence: "缺少中试数据"}, 1)
}

// objectionChanges prepares the changes of objections to one decision.
func objectionChanges(t *testing.T, m *markettest.Market, j *markettest.Judged, add adder) {
	t.Helper()
	j.Reach()
	withdrawn, reviewed, decided := markettest.Must(j.Object(j.Bidders[1]))(t), markettest.Must(j.Object(j.Bidders[2]))(t), markettest.Must(j.Object(j.Bidders[3]))(t)
	decided = markettest.Must(m.Objections.ReviewObjection(m.Bureau.Ctx(), &pb.ReviewObjectionRequest{RequestId: markettest.ID(), Name: decided.GetName(), Etag: "1", Admissible: true,
		Opinion: "可以受理"}))(t)
	add(j.Firm, &pb.CreateObjectionRequest{Parent: j.Demand.GetName(), Objection: &pb.Objection{Ground: pb.Objection_OTHER, Text: "异议"}}, 1)
	add(j.Bidders[1], &pb.WithdrawObjectionRequest{Name: withdrawn.GetName(), Etag: "1"}, 1)
	add(m.Bureau, &pb.ReviewObjectionRequest{Name: reviewed.GetName(), Etag: "1", Admissible: true, Opinion: "可以受理"}, 1)
	add(j.Approver, &pb.DecideObjectionRequest{Name: decided.GetName(), Etag: decided.GetEtag(), Reason: "评分有据"}, 1)
}

// panelChanges prepares the changes of criteria, panels and draws.
func panelChanges(t *testing.T, m *markettest.Market, add adder) {
	t.Helper()
	firm, auditor := m.Firm(), m.Token(m.Bureau.Name, pb.Role_AUDITOR)
	var experts []string
	for range 4 {
		experts = append(experts, m.Expert().Name)
	}
	evaluation := func() string { return m.PublishUnder(firm, "open", nil).GetName() + "/evaluation" }
	drawn := func() string {
		name := evaluation()
		markettest.Must(m.Evaluations.OpenDraw(m.Bureau.Ctx(), &pb.OpenDrawRequest{RequestId: markettest.ID(), Name: name, Etag: "0", Experts: experts, ExpertCount: 3}))(t)
		return name
	}
	seed := bytes.Repeat([]byte{7}, draw.SeedSize)
	reveal, change := drawn(), evaluation()
	for i, who := range []*markettest.Member{m.Bureau, auditor} {
		markettest.Must(m.Evaluations.CommitSeed(who.Ctx(), &pb.CommitSeedRequest{RequestId: markettest.ID(), Name: reveal, Etag: []string{"1", "2"}[i],
			Commitment: draw.Commitment(bytes.Repeat([]byte{byte(7 + i)}, draw.SeedSize))}))(t)
	}
	markettest.Must(m.Evaluations.NamePanel(m.Bureau.Ctx(), &pb.NamePanelRequest{RequestId: markettest.ID(), Name: change, Etag: "0", Experts: experts[:3], Chair: experts[0]}))(t)
	draft := markettest.Must(m.Demands.CreateDemand(firm.Ctx(), &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: &pb.Demand{Procedure: "open", Title: "超细碳酸钙",
		Field: pb.TechnologyField_NUCLEAR}}))(t)
	add(firm, &pb.SetCriteriaRequest{Name: draft.GetName() + "/evaluation", Etag: "0", Scale: 5, Criteria: []*pb.Evaluation_Criterion{{Name: "方案", Weight: 100}}}, 1)
	add(m.Bureau, &pb.NamePanelRequest{Name: evaluation(), Etag: "0", Experts: experts[:3], Chair: experts[0]}, 1)
	add(m.Bureau, &pb.OpenDrawRequest{Name: evaluation(), Etag: "0", Experts: experts, ExpertCount: 3}, 1)
	add(m.Bureau, &pb.CommitSeedRequest{Name: drawn(), Etag: "1", Commitment: draw.Commitment(seed)}, 1)
	add(m.Bureau, &pb.RevealSeedRequest{Name: reveal, Etag: "3", Seed: seed}, 1)
	add(m.Bureau, &pb.ChangePanelRequest{Name: change, Etag: "1", Leaver: experts[1], Joiner: experts[3], Reason: "出差"}, 1)
}
