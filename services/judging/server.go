package judging

import (
	"context"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/judging/evaluation"
	"github.com/jiebang/jiebang/services/judging/score"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedEvaluationServiceServer
	judging *Judging
}

// Serve serves evaluations.
func (j *Judging) Serve(reg grpc.ServiceRegistrar) {
	pb.RegisterEvaluationServiceServer(reg, server{judging: j})
}

// act reads the name of an evaluation and answers with what do did to it, as far as the caller sees it.
func act(ctx context.Context, name string, do func(demandID string) (*Case, error)) (*pb.Evaluation, error) {
	ids, err := rpc.Resource("name", name, "demands/*/evaluation")
	if err != nil {
		return nil, err
	}
	k, err := do(ids[0])
	if err != nil {
		return nil, err
	}
	return message(k, identity.Caller(ctx))
}

func (s server) GetEvaluation(ctx context.Context, req *pb.GetEvaluationRequest) (*pb.Evaluation, error) {
	return act(ctx, req.GetName(), func(d string) (*Case, error) { return s.judging.Find(ctx, d) })
}

func (s server) SetCriteria(ctx context.Context, req *pb.SetCriteriaRequest) (*pb.Evaluation, error) {
	p := score.Plan{Scale: int(req.GetScale()), Tolerance: int(req.GetTolerance())}
	for _, c := range req.GetCriteria() {
		p.Criteria = append(p.Criteria, score.Criterion{Name: c.GetName(), Weight: int(c.GetWeight())})
	}
	return act(ctx, req.GetName(), func(d string) (*Case, error) { return s.judging.SetCriteria(ctx, d, req.GetEtag(), p) })
}

func (s server) NamePanel(ctx context.Context, req *pb.NamePanelRequest) (*pb.Evaluation, error) {
	return act(ctx, req.GetName(), func(d string) (*Case, error) {
		return s.judging.NamePanel(ctx, d, req.GetEtag(), req.GetExperts(), req.GetChair())
	})
}

func (s server) OpenDraw(ctx context.Context, req *pb.OpenDrawRequest) (*pb.Evaluation, error) {
	return act(ctx, req.GetName(), func(d string) (*Case, error) {
		return s.judging.OpenDraw(ctx, d, req.GetEtag(), req.GetExperts(), int(req.GetExpertCount()))
	})
}

func (s server) CommitSeed(ctx context.Context, req *pb.CommitSeedRequest) (*pb.Evaluation, error) {
	return act(ctx, req.GetName(), func(d string) (*Case, error) {
		return s.judging.CommitSeed(ctx, d, req.GetEtag(), req.GetCommitment())
	})
}

func (s server) RevealSeed(ctx context.Context, req *pb.RevealSeedRequest) (*pb.Evaluation, error) {
	return act(ctx, req.GetName(), func(d string) (*Case, error) { return s.judging.RevealSeed(ctx, d, req.GetEtag(), req.GetSeed()) })
}

func (s server) ChangePanel(ctx context.Context, req *pb.ChangePanelRequest) (*pb.Evaluation, error) {
	return act(ctx, req.GetName(), func(d string) (*Case, error) {
		return s.judging.ChangePanel(ctx, d, req.GetEtag(), Replacement{Leaves: req.GetLeaver(), Joins: req.GetJoiner(), Reason: req.GetReason()})
	})
}

func (s server) StartScoring(ctx context.Context, req *pb.StartScoringRequest) (*pb.Evaluation, error) {
	return act(ctx, req.GetName(), func(d string) (*Case, error) { return s.judging.StartScoring(ctx, d, req.GetEtag()) })
}

func (s server) FinishScoring(ctx context.Context, req *pb.FinishScoringRequest) (*pb.Evaluation, error) {
	return act(ctx, req.GetName(), func(d string) (*Case, error) {
		return s.judging.FinishScoring(ctx, d, req.GetEtag(), req.GetMissingReason())
	})
}

// bidsOf reads names of bids of a demand.
func bidsOf(field, demandID string, names []string) ([]string, error) {
	bids := make([]string, len(names))
	for i, name := range names {
		ids, err := rpc.Resource(field, name, "demands/*/bids/*")
		if err != nil {
			return nil, err
		}
		if ids[0] != demandID {
			return nil, evaluation.ErrDecision.With("bid", name).At(field)
		}
		bids[i] = ids[1]
	}
	return bids, nil
}

func (s server) RecommendRanking(ctx context.Context, req *pb.RecommendRankingRequest) (*pb.Evaluation, error) {
	return act(ctx, req.GetName(), func(d string) (*Case, error) {
		seen, err := bidsOf("ranking", d, req.GetRanking())
		if err != nil {
			return nil, err
		}
		return s.judging.Recommend(ctx, d, req.GetEtag(), seen)
	})
}

func (s server) GiveFeedback(ctx context.Context, req *pb.GiveFeedbackRequest) (*pb.Evaluation, error) {
	return act(ctx, req.GetName(), func(d string) (*Case, error) {
		bid, err := bidsOf("bid", d, []string{req.GetBid()})
		if err != nil {
			return nil, err
		}
		return s.judging.GiveFeedback(ctx, d, req.GetEtag(), bid[0], req.GetSentence())
	})
}

func (s server) DecideEvaluation(ctx context.Context, req *pb.DecideEvaluationRequest) (*pb.Evaluation, error) {
	return act(ctx, req.GetName(), func(demandID string) (*Case, error) {
		m := req.GetDecision()
		d := evaluation.Decision{Reason: m.GetReason()}
		var err error
		if d.Winners, err = bidsOf("decision.winners", demandID, m.GetWinners()); err != nil {
			return nil, err
		}
		if d.Reserves, err = bidsOf("decision.reserves", demandID, m.GetReserves()); err != nil {
			return nil, err
		}
		for _, o := range m.GetDisqualifications() {
			bid, err := bidsOf("decision.disqualifications", demandID, []string{o.GetBid()})
			if err != nil {
				return nil, err
			}
			d.Disqualified = append(d.Disqualified, evaluation.Out{Bid: bid[0], Code: rpc.Stored[evaluation.Code](o.GetCode()), Reason: o.GetReason()})
		}
		return s.judging.Decide(ctx, demandID, req.GetEtag(), d)
	})
}

func (s server) AnnounceDecision(ctx context.Context, req *pb.AnnounceDecisionRequest) (*pb.Evaluation, error) {
	return act(ctx, req.GetName(), func(d string) (*Case, error) { return s.judging.Announce(ctx, d, req.GetEtag()) })
}
