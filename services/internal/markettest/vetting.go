package markettest

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Office is who vets demands: two officers of the bureau and an expert of a university.
type Office struct {
	Operator, Approver *Member
	Expert             *Founder
	m                  *Market
}

// Office makes an office.
func (m *Market) Office() *Office {
	m.t.Helper()
	return &Office{Operator: m.Token(m.Bureau.Name, pb.Role_OPERATOR), Approver: m.Token(m.Bureau.Name, pb.Role_APPROVER), Expert: m.Found(m.University().Name, pb.Role_EXPERT), m: m}
}

// Detailed is a demand with every field, of a procedure, that closes after d.
func (m *Market) Detailed(procedure string, d time.Duration) *pb.Demand {
	return &pb.Demand{Title: "超细碳酸钙表面改性", Description: "白度不低于 95", Field: pb.TechnologyField_NEW_MATERIALS, Budget: Yuan(500_000), Procedure: procedure,
		Deadline: timestamppb.New(m.Clock.Now().Add(d)), NdaDetails: "配方甲七号", WinnerDetails: "工艺乙八号",
		Details: &pb.DemandDetails{Indicators: []*pb.Indicator{
			{Name: "白度", Operator: pb.Indicator_AT_LEAST, Value: "95.50", Unit: "%", TestMethod: "GB/T 5950", Tester: "第三方", Mandatory: true},
			{Name: "粒径", Operator: pb.Indicator_BETWEEN, Value: "0.5", High: "1.20", Unit: "μm"}},
			Restatement: "界面化学", Industries: []string{"C2613"}, Disciplines: []string{"E0208"}, CooperationModes: []pb.DemandDetails_CooperationMode{pb.DemandDetails_COMMISSION},
			PropertyTerms: "归企业", TrlNow: 3, TrlWanted: 6, Delivery: "样品 50 kg", Criteria: []*pb.Criterion{{Name: "技术方案", Weight: 60}, {Name: "报价", Weight: 40}}}}
}

// DraftDetailed drafts a Detailed demand.
func (m *Market) DraftDetailed(firm *Member, procedure string, d time.Duration) *pb.Demand {
	m.t.Helper()
	return Must(m.Demands.CreateDemand(firm.Ctx(), &pb.CreateDemandRequest{RequestId: ID(), Demand: m.Detailed(procedure, d)}))(m.t)
}

// Submit hands a demand to the bureau.
func (o *Office) Submit(firm *Member, d *pb.Demand) *pb.Demand {
	o.m.t.Helper()
	return Must(o.m.Vettings.SubmitDemand(firm.Ctx(), &pb.SubmitDemandRequest{RequestId: ID(), Name: d.GetName(), Etag: d.GetEtag()}))(o.m.t)
}

// Start takes a demand up and asks the expert.
func (o *Office) Start(d *pb.Demand) *pb.Demand {
	o.m.t.Helper()
	return Must(o.m.Vettings.StartVetting(o.Operator.Ctx(), &pb.StartVettingRequest{RequestId: ID(), Name: d.GetName(), Etag: d.GetEtag(), Experts: []string{o.Expert.Person}}))(o.m.t)
}

// Opine lets the expert give its opinion.
func (o *Office) Opine(d *pb.Demand) *pb.Opinion {
	o.m.t.Helper()
	o.Expert.LogIn(o.Expert.Name)
	list := Must(o.m.Vettings.ListOpinions(o.Expert.Ctx(), &pb.ListOpinionsRequest{Parent: d.GetName()}))(o.m.t)
	if len(list.GetOpinions()) != 1 {
		o.m.t.Fatalf("the expert reads %v, want its own opinion", list)
	}
	asked := list.GetOpinions()[0]
	return Must(o.m.Vettings.GiveOpinion(o.Expert.Ctx(), &pb.GiveOpinionRequest{RequestId: ID(), Name: asked.GetName(), Etag: asked.GetEtag(), Verdict: pb.Opinion_PUBLISH, Text: "需求真实"}))(o.m.t)
}

// Approve approves a demand.
func (o *Office) Approve(d *pb.Demand) *pb.Demand {
	o.m.t.Helper()
	return Must(o.m.Vettings.ApproveDemand(o.Approver.Ctx(), &pb.ApproveDemandRequest{RequestId: ID(), Name: d.GetName(), Etag: d.GetEtag()}))(o.m.t)
}

// Publish vets and publishes a demand of a firm, of a vetted procedure, that closes after d.
func (o *Office) Publish(firm *Member, procedure string, d time.Duration) *pb.Demand {
	o.m.t.Helper()
	started := o.Start(o.Submit(firm, o.m.DraftDetailed(firm, procedure, d)))
	o.Opine(started)
	approved := o.Approve(started)
	return Must(o.m.Demands.PublishDemand(o.Operator.Ctx(), &pb.PublishDemandRequest{RequestId: ID(), Name: approved.GetName(), Etag: approved.GetEtag()}))(o.m.t)
}

// Read reads a demand as somebody.
func (m *Market) Read(as *Member, d *pb.Demand) *pb.Demand {
	m.t.Helper()
	return Must(m.Demands.GetDemand(as.Ctx(), &pb.GetDemandRequest{Name: d.GetName()}))(m.t)
}

// Verified fails the test if verify finds anything.
func (m *Market) Verified() {
	m.t.Helper()
	report, err := m.Server.Verify(m.t.Context(), Jurisdiction)
	if err != nil {
		m.t.Fatal(err)
	}
	if len(report.Problems) > 0 {
		m.t.Errorf("verify says %v", report.Problems)
	}
}
