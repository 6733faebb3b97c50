package rpc_test

import (
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// vettingChanges prepares the changes of demands that are vetted, amended, cancelled, listed again, asked about and disclosed.
func vettingChanges(t *testing.T, m *markettest.Market, firm, zju *markettest.Member, add func(*markettest.Member, proto.Message, int64)) {
	t.Helper()
	const month = 30 * 24 * time.Hour
	o := m.Office()
	draft := func() *pb.Demand { return m.DraftDetailed(firm, "open", month) }
	submitted := func() *pb.Demand { return o.Submit(firm, draft()) }
	started := func() *pb.Demand { return o.Start(submitted()) }
	d := draft()
	add(firm, &pb.SubmitDemandRequest{Name: d.GetName(), Etag: d.GetEtag()}, 1)
	d = submitted()
	add(o.Operator, &pb.StartVettingRequest{Name: d.GetName(), Etag: d.GetEtag(), Experts: []string{o.Expert.Person}}, 2)
	d = submitted()
	add(o.Operator, &pb.ReturnDemandRequest{Name: d.GetName(), Etag: d.GetEtag(), Comments: []*pb.FieldComment{{Field: "title", Text: "请写明对象"}}}, 1)
	d = started()
	asked := markettest.Must(m.Vettings.ListOpinions(o.Expert.Ctx(), &pb.ListOpinionsRequest{Parent: d.GetName()}))(t).GetOpinions()[0]
	add(&o.Expert.Member, &pb.GiveOpinionRequest{Name: asked.GetName(), Etag: asked.GetEtag(), Verdict: pb.Opinion_DROP, Text: "重复"}, 1)
	d = started()
	add(o.Approver, &pb.TurnDownDemandRequest{Name: d.GetName(), Etag: d.GetEtag(), Reason: "SOLVED", Remark: "已有方案"}, 1)
	d = started()
	o.Opine(d)
	add(o.Approver, &pb.ApproveDemandRequest{Name: d.GetName(), Etag: d.GetEtag()}, 1)
	d = o.Publish(firm, "open", month)
	add(firm, &pb.CancelDemandRequest{Name: d.GetName(), Etag: d.GetEtag(), Reason: "NO_BUDGET"}, 1)
	d = o.Publish(firm, "open", month)
	d = markettest.Must(m.Demands.CancelDemand(firm.Ctx(), &pb.CancelDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag(), Reason: "NO_BUDGET"}))(t)
	add(o.Approver, &pb.DecideDemandRequestRequest{Name: d.GetName(), Etag: d.GetEtag(), Grant: true}, 1+markettest.Crowd)
	d = o.Publish(firm, "open", month)
	add(firm, &pb.ConfirmDemandRequest{Name: d.GetName(), Etag: d.GetEtag()}, 1)
	add(zju, &pb.AskQuestionRequest{Parent: d.GetName(), Text: "能否提供样品?"}, 1)
	add(zju, &pb.AcceptAgreementRequest{Name: d.GetName(), Version: "nda/1"}, 1)
	add(o.Approver, &pb.DiscloseDemandRequest{Name: d.GetName()}, 1)
	q := markettest.Must(m.Questions.AskQuestion(zju.Ctx(), &pb.AskQuestionRequest{RequestId: markettest.ID(), Parent: d.GetName(), Text: "能否延长工期?"}))(t)
	add(firm, &pb.AnswerQuestionRequest{Name: q.GetName(), Etag: q.GetEtag(), Answer: "可以"}, 1)
	amendChanges(t, m, firm, zju, add)
}

// amendChanges prepares an amendment, the confirmation of a bid after another, and a relisting.
func amendChanges(t *testing.T, m *markettest.Market, firm, zju *markettest.Member, add func(*markettest.Member, proto.Message, int64)) {
	t.Helper()
	amend := func(d *pb.Demand) *pb.AmendDemandRequest {
		d = proto.CloneOf(d)
		d.Description = "白度不低于 96"
		return &pb.AmendDemandRequest{RequestId: markettest.ID(), Demand: d, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"description"}}}
	}
	add(firm, amend(m.Publish(firm, time.Hour)), 2+markettest.Crowd) // what its bids are sealed under is fixed anew
	d := m.Publish(firm, time.Hour)
	b := m.Bid(zju, d, 5)
	markettest.Must(m.Demands.AmendDemand(firm.Ctx(), amend(d)))(t)
	add(zju, &pb.ConfirmBidRequest{Name: b.GetName(), Etag: "3"}, 1)
	gone := m.Publish(firm, time.Hour)
	gone = markettest.Must(m.Demands.WithdrawDemand(firm.Ctx(), &pb.WithdrawDemandRequest{RequestId: markettest.ID(), Name: gone.GetName(), Etag: gone.GetEtag()}))(t)
	add(firm, &pb.RelistDemandRequest{Name: gone.GetName()}, 1)
}
