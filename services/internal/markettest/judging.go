package markettest

import (
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Judged is a demand whose bids experts judge, with everybody who takes part.
type Judged struct {
	Firm     *Member
	Approver *Member
	Bidders  []*Member
	Experts  []*Member
	Demand   *pb.Demand
	Bids     []*pb.Bid

	m             *Market
	first, second *Founder // who decide
}

// PublishUnder drafts a demand under a procedure, lets before change it, has it vetted if the procedure wants that, and publishes it; it closes after twenty
// days.
func (m *Market) PublishUnder(firm *Member, procedure string, before func(*pb.Demand)) *pb.Demand {
	m.t.Helper()
	d := m.DraftDetailed(firm, procedure, 20*24*time.Hour)
	if before != nil {
		before(d)
	}
	publisher := firm
	if procedure != "" && procedure != "direct" {
		o := m.Office()
		started := o.Start(o.Submit(firm, d))
		o.Opine(started)
		d, publisher = o.Approve(started), o.Operator
	}
	return Must(m.Demands.PublishDemand(publisher.Ctx(), &pb.PublishDemandRequest{RequestId: ID(), Name: d.GetName(), Etag: d.GetEtag()}))(m.t)
}

// Judge brings a demand under a procedure to its deadline with so many bids, the first of them received first, and names three experts.
func (m *Market) Judge(procedure string, bids int) *Judged {
	m.t.Helper()
	j := m.Prepare(procedure, bids)
	j.Open()
	return j
}

// Open brings the demand to its deadline.
func (j *Judged) Open() { j.Demand = j.m.Close(j.Firm, j.Demand) }

// Prepare does what Judge does, and leaves the deadline to come.
func (m *Market) Prepare(procedure string, bids int) *Judged {
	m.t.Helper()
	j := m.Gather(procedure, bids)
	j.Name()
	return j
}

// Gather does what Prepare does, and names no expert yet.
func (m *Market) Gather(procedure string, bids int) *Judged {
	m.t.Helper()
	j := &Judged{m: m, Firm: m.Firm(), Approver: m.Token(m.Bureau.Name, pb.Role_APPROVER)}
	j.Demand = m.PublishUnder(j.Firm, procedure, func(d *pb.Demand) {
		Must(m.Evaluations.SetCriteria(j.Firm.Ctx(), &pb.SetCriteriaRequest{RequestId: ID(), Name: d.GetName() + "/evaluation", Etag: "0", Scale: 100, Tolerance: 20,
			Criteria: []*pb.Evaluation_Criterion{{Name: "技术方案", Weight: 60}, {Name: "团队", Weight: 30}, {Name: "报价", Weight: 10}}}))(m.t)
	})
	for i := range bids {
		j.Bidders = append(j.Bidders, m.University())
		j.Bids = append(j.Bids, m.Bid(j.Bidders[i], j.Demand, int64(100+i)))
		m.Clock.Advance(time.Minute)
	}
	for range 3 {
		j.Experts = append(j.Experts, m.Expert())
	}
	return j
}

// Expert joins an institute with a token that judges.
func (m *Market) Expert() *Member {
	return m.Token(m.Join(pb.Organization_INSTITUTE).Name, pb.Role_EXPERT)
}

// Name names the panel, the first expert in the chair.
func (j *Judged) Name() *pb.Evaluation {
	j.m.t.Helper()
	req := &pb.NamePanelRequest{RequestId: ID(), Name: j.Evaluation(), Etag: j.Etag(), Chair: j.Experts[0].Name}
	for _, x := range j.Experts {
		req.Experts = append(req.Experts, x.Name)
	}
	return Must(j.m.Evaluations.NamePanel(j.m.Bureau.Ctx(), req))(j.m.t)
}

// Evaluation is the name of its evaluation.
func (j *Judged) Evaluation() string { return j.Demand.GetName() + "/evaluation" }

// Read reads the evaluation as somebody.
func (j *Judged) Read(who *Member) *pb.Evaluation {
	j.m.t.Helper()
	return Must(j.m.Evaluations.GetEvaluation(who.Ctx(), &pb.GetEvaluationRequest{Name: j.Evaluation()}))(j.m.t)
}

// Etag is the evaluation's version.
func (j *Judged) Etag() string {
	j.m.t.Helper()
	return j.Read(j.m.Bureau).GetEtag()
}

// Fresh reads the demand again.
func (j *Judged) Fresh() *pb.Demand {
	j.m.t.Helper()
	j.Demand = Must(j.m.Demands.GetDemand(j.Firm.Ctx(), &pb.GetDemandRequest{Name: j.Demand.GetName()}))(j.m.t)
	return j.Demand
}

// Bid reads a bid again.
func (j *Judged) Bid(i int) *pb.Bid {
	j.m.t.Helper()
	return Must(j.m.Bids.GetBid(j.Bidders[i].Ctx(), &pb.GetBidRequest{Name: j.Bids[i].GetName()}))(j.m.t)
}

// Start gives the experts their sheets.
func (j *Judged) Start() {
	j.m.t.Helper()
	Must(j.m.Evaluations.StartScoring(j.m.Bureau.Ctx(), &pb.StartScoringRequest{RequestId: ID(), Name: j.Evaluation(), Etag: j.Etag()}))(j.m.t)
}

// Sheet is an expert's own sheet of a bid.
func (j *Judged) Sheet(expert *Member, bid int) *pb.Sheet {
	j.m.t.Helper()
	all := Must(j.m.Sheets.ListSheets(expert.Ctx(), &pb.ListSheetsRequest{Parent: j.Demand.GetName(), PageSize: 200}))(j.m.t)
	for _, s := range all.GetSheets() {
		if s.GetBid() == j.Bids[bid].GetName() && s.GetOrganization() == expert.Name {
			return s
		}
	}
	j.m.t.Fatalf("%s has no sheet of bid %d", expert.Name, bid)
	return nil
}

// Clear declares that an expert has no conflict.
func (j *Judged) Clear(expert *Member, bid int) *pb.Sheet {
	j.m.t.Helper()
	s := j.Sheet(expert, bid)
	return Must(j.m.Sheets.DeclareConflict(expert.Ctx(), &pb.DeclareConflictRequest{RequestId: ID(), Name: s.GetName(), Etag: s.GetEtag()}))(j.m.t)
}

// Lock locks an expert's sheet of a bid with the same points on each criterion.
func (j *Judged) Lock(expert *Member, bid int, points int32) *pb.Sheet {
	j.m.t.Helper()
	s := j.Sheet(expert, bid)
	return Must(j.m.Sheets.LockSheet(expert.Ctx(), &pb.LockSheetRequest{RequestId: ID(), Name: s.GetName(), Etag: s.GetEtag(),
		Points: []*pb.Sheet_Points{{Value: points}, {Value: points}, {Value: points}}}))(j.m.t)
}

// Score lets every expert score every bid: the first best, each ten points behind the one before.
func (j *Judged) Score() {
	j.m.t.Helper()
	for _, x := range j.Experts {
		for b := range j.Bids {
			j.Clear(x, b)
			j.Lock(x, b, int32(90-10*b))
		}
	}
}

// Recommend ends scoring and lets the chair sign the ranking.
func (j *Judged) Recommend() {
	j.m.t.Helper()
	e := Must(j.m.Evaluations.FinishScoring(j.m.Bureau.Ctx(), &pb.FinishScoringRequest{RequestId: ID(), Name: j.Evaluation(), Etag: j.Etag()}))(j.m.t)
	req := &pb.RecommendRankingRequest{RequestId: ID(), Name: j.Evaluation(), Etag: e.GetEtag()}
	for _, p := range e.GetRanking() {
		req.Ranking = append(req.Ranking, p.GetBid())
	}
	Must(j.m.Evaluations.RecommendRanking(j.Experts[0].Ctx(), req))(j.m.t)
}

// Feedback tells the bidders from the n-th on why they do not win.
func (j *Judged) Feedback(n int) {
	j.m.t.Helper()
	for _, b := range j.Bids[n:] {
		Must(j.m.Evaluations.GiveFeedback(j.m.Bureau.Ctx(), &pb.GiveFeedbackRequest{RequestId: ID(), Name: j.Evaluation(), Etag: j.Etag(), Bid: b.GetName(),
			Sentence: "工艺路线可行,但缺少中试数据"}))(j.m.t)
	}
}

// Decision is one for some bids, with others as reserves.
func (j *Judged) Decision(winners, reserves []int) *pb.Evaluation_Decision {
	d := &pb.Evaluation_Decision{}
	for _, b := range winners {
		d.Winners = append(d.Winners, j.Bids[b].GetName())
	}
	for _, b := range reserves {
		d.Reserves = append(d.Reserves, j.Bids[b].GetName())
	}
	return d
}

// Decide lets two persons who approve decide; the error is that of the first call that is refused for another reason than that one is alone.
func (j *Judged) Decide(d *pb.Evaluation_Decision) error {
	j.m.t.Helper()
	if j.first == nil {
		j.first, j.second = j.m.Found(j.m.Bureau.Name, pb.Role_APPROVER), j.m.Found(j.m.Bureau.Name, pb.Role_APPROVER)
	}
	j.first.LogIn(j.m.Bureau.Name)
	j.second.LogIn(j.m.Bureau.Name)
	req := &pb.DecideEvaluationRequest{RequestId: ID(), Name: j.Evaluation(), Etag: j.Etag(), Decision: d}
	return j.m.Together(j.second, func() error { return Failed(j.m.Evaluations.DecideEvaluation(j.first.Ctx(), req)) })
}

// Together makes a request that two persons must make; the error is that of the first call that is refused for another reason than that one is alone.
func (m *Market) Together(second *Founder, call func() error) error {
	m.t.Helper()
	err := call()
	name := ApprovalOf(err)
	if name == "" {
		return err
	}
	v := Must(m.Approvals.GetApproval(second.Ctx(), &pb.GetApprovalRequest{Name: name}))(m.t)
	Must(m.Approvals.ApproveRequest(second.Ctx(), &pb.ApproveRequestRequest{RequestId: ID(), Name: name, Etag: v.GetEtag(), Digest: v.GetDigest()}))(m.t)
	return call()
}

// Decider is who decided, in a session that has just begun.
func (j *Judged) Decider() *Member {
	j.m.t.Helper()
	j.first.LogIn(j.m.Bureau.Name)
	return &j.first.Member
}

// ApprovalOf is the approval that a refusal names.
func ApprovalOf(err error) string {
	for _, d := range status.Convert(err).Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok && info.GetReason() == "APPROVAL_REQUIRED" {
			return info.GetMetadata()["approval"]
		}
	}
	return ""
}

// Announce announces the decision.
func (j *Judged) Announce() *pb.Evaluation {
	j.m.t.Helper()
	return Must(j.m.Evaluations.AnnounceDecision(j.Approver.Ctx(), &pb.AnnounceDecisionRequest{RequestId: ID(), Name: j.Evaluation(), Etag: j.Etag()}))(j.m.t)
}

// Reach brings the demand to its announcement: the first bid wins, and the next are reserves.
func (j *Judged) Reach(reserves ...int) *pb.Evaluation {
	j.m.t.Helper()
	j.Start()
	j.Score()
	j.Recommend()
	j.Feedback(1)
	if err := j.Decide(j.Decision([]int{0}, reserves)); err != nil {
		j.m.t.Fatal(err)
	}
	return j.Announce()
}

// Pass lets the publicity end.
func (j *Judged) Pass() *pb.Demand {
	j.m.t.Helper()
	j.m.Clock.Set(j.Read(j.m.Bureau).GetStandstillEndTime().AsTime())
	j.m.Settle()
	return j.Fresh()
}

// Dismiss lets somebody object, and the bureau dismiss it.
func (j *Judged) Dismiss(who *Member) {
	j.m.t.Helper()
	o := Must(j.Object(who))(j.m.t)
	o = Must(j.m.Objections.ReviewObjection(j.m.Bureau.Ctx(), &pb.ReviewObjectionRequest{RequestId: ID(), Name: o.GetName(), Etag: o.GetEtag(), Admissible: true, Opinion: "可以受理"}))(j.m.t)
	Must(j.m.Objections.DecideObjection(j.Approver.Ctx(), &pb.DecideObjectionRequest{RequestId: ID(), Name: o.GetName(), Etag: o.GetEtag(), Reason: "评分有据"}))(j.m.t)
}

// Object objects as somebody.
func (j *Judged) Object(who *Member) (*pb.Objection, error) {
	return j.m.Objections.CreateObjection(who.Ctx(), &pb.CreateObjectionRequest{RequestId: ID(), Parent: j.Demand.GetName(),
		Objection: &pb.Objection{Ground: pb.Objection_SCORING, Text: "对技术方案的评分有异议"}})
}
