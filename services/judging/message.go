package judging

import (
	"encoding/hex"

	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/judging/draw"
	"github.com/jiebang/jiebang/services/judging/evaluation"
	"github.com/jiebang/jiebang/services/judging/score"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// message writes what a caller sees of a case.
func message(k *Case, caller party.Caller) (*pb.Evaluation, error) {
	v, err := k.View(caller)
	if err != nil {
		return nil, err
	}
	e := k.Evaluation
	m := &pb.Evaluation{Name: id.EvaluationName(e.ID), State: rpc.Enum[pb.Evaluation_State](pb.Evaluation_State_value, v.State), Scale: int32(v.Plan.Scale),
		Tolerance: int32(v.Plan.Tolerance), MissingReason: v.Missing, Jurisdiction: e.Jurisdiction}
	for _, c := range v.Plan.Criteria {
		m.Criteria = append(m.Criteria, &pb.Evaluation_Criterion{Name: c.Name, Weight: int32(c.Weight)})
	}
	for _, p := range v.Panel {
		m.Panel = append(m.Panel, &pb.Evaluation_Panelist{Expert: p.Expert, Chair: p.Chair, LeaveReason: p.Left})
	}
	for _, p := range v.Ranking {
		m.Ranking = append(m.Ranking, &pb.Evaluation_Place{Bid: id.BidName(e.ID, p.Bid), ExactScore: p.Score, Score: score.Shown(p.Score), SheetCount: int32(p.Sheets)})
	}
	m.Draw = drawMessage(v.Draw)
	m.Feedback = feedbackMessages(e.ID, v.Feedback)
	if v.Decided {
		m.Decision = decisionMessage(e.ID, v.Decision)
	}
	if v.Public {
		m.AnnounceTime, m.StandstillEndTime = rpc.OptionalStamp(e.AnnouncedAt), rpc.OptionalStamp(e.StandstillUntil)
	}
	if v.State != "" || k.Draft {
		k.version(m)
	}
	return m, nil
}

// version adds the version and the receipt, which would tell others that something goes on.
func (k *Case) version(m *pb.Evaluation) {
	e := k.Evaluation
	if m.Etag = rpc.Etag(e.Version); e.Version > 0 {
		m.CreateTime, m.UpdateTime = rpc.Stamp(e.CreatedAt), rpc.Stamp(e.UpdatedAt)
		m.Receipt = rpc.Receipt(storage.Receipt{Jurisdiction: e.Jurisdiction, Sequence: e.EntrySeq, Hash: e.EntryHash})
	}
}

func drawMessage(d draw.Draw) *pb.Evaluation_Draw {
	if d.Number == 0 {
		return nil
	}
	m := &pb.Evaluation_Draw{EligibleExperts: d.Eligible, ExpertCount: int32(d.Number), DrawnExperts: d.Drawn}
	for _, s := range d.Seeds {
		commitment, _ := hex.DecodeString(s.Commitment) // it is written by draw
		seed, _ := hex.DecodeString(s.Seed)
		m.Seeds = append(m.Seeds, &pb.Evaluation_Seed{Principal: identity.PrincipalName(s.By), Commitment: commitment, Seed: seed})
	}
	return m
}

func decisionMessage(demandID string, d evaluation.Decision) *pb.Evaluation_Decision {
	m := &pb.Evaluation_Decision{Winners: names(demandID, d.Winners), Reserves: names(demandID, d.Reserves), Reason: d.Reason}
	for _, o := range d.Disqualified {
		m.Disqualifications = append(m.Disqualifications, &pb.Evaluation_Disqualification{Bid: id.BidName(demandID, o.Bid), Reason: o.Reason,
			Code: rpc.Enum[pb.Evaluation_Disqualification_Code](pb.Evaluation_Disqualification_Code_value, o.Code)})
	}
	return m
}

func names(demandID string, bids []string) (names []string) {
	for _, b := range bids {
		names = append(names, id.BidName(demandID, b))
	}
	return names
}

func feedbackMessages(demandID string, all []evaluation.Feedback) (ms []*pb.Evaluation_Feedback) {
	for _, f := range all {
		m := &pb.Evaluation_Feedback{Bid: id.BidName(demandID, f.Bid), Sentence: f.Sentence}
		for _, b := range f.Bands {
			m.Bands = append(m.Bands, rpc.Enum[pb.Evaluation_Band](pb.Evaluation_Band_value, b))
		}
		ms = append(ms, m)
	}
	return ms
}
