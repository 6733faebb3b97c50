package matrix

import (
	"context"

	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// monitor drafts a case about a firm and starts another, and notes the requests that are about them.
func (m *market) monitor(ctx context.Context, s sides) error {
	client := pb.NewMonitoringServiceClient(m.server.Conn())
	create := &pb.CreateMonitoringCaseRequest{MonitoringCase: &pb.MonitoringCase{Subject: id.OrganizationName(s.firm.Organization), Cause: pb.MonitoringCase_PUBLIC, Text: "请核实"}}
	m.add(thingOf{requests: []proto.Message{create, &pb.ListRedFlagRulesRequest{}, &pb.ListFindingsRequest{Parent: "ledgers/" + home}, &pb.ListMonitoringCasesRequest{}}})
	for _, start := range []bool{false, true} {
		create := proto.CloneOf(create)
		create.RequestId = uuid()
		c, err := client.CreateMonitoringCase(s.bureau.ctx(ctx), create)
		object := policy.Object{Is: true, Owner: s.bureau.Organization, Jurisdiction: home, Openness: policy.Shared}
		if err == nil && start {
			object.Parties = []string{s.firm.Organization}
			c, err = client.ActivateMonitoringCase(s.bureau.ctx(ctx), &pb.ActivateMonitoringCaseRequest{RequestId: uuid(), Name: c.GetName(), Etag: c.GetEtag(), Decision: "启动"})
		}
		if err != nil {
			return err
		}
		name, etag := c.GetName(), c.GetEtag()
		m.add(thingOf{object: object, hidden: "CASE_NOT_FOUND", foreign: "CASE_FOREIGN", requests: []proto.Message{&pb.GetMonitoringCaseRequest{Name: name},
			&pb.ActivateMonitoringCaseRequest{Name: name, Etag: etag, Decision: "启动"}, &pb.CancelMonitoringCaseRequest{Name: name, Etag: etag, Reason: "不必"},
			&pb.AnswerMonitoringCaseRequest{Name: name, Etag: etag, Text: "说明"}, &pb.ConcludeMonitoringCaseRequest{Name: name, Etag: etag, Conclusion: "没有问题"},
			&pb.CompleteMonitoringCaseRequest{Name: name, Etag: etag, Resolutions: []*pb.CompleteMonitoringCaseRequest_Resolved{{Type: pb.MonitoringCase_AWARD, Resolution: pb.MonitoringCase_ELIMINATED}}},
			&pb.CloseMonitoringCaseRequest{Name: name, Etag: etag}, &pb.StopMonitoringCaseRequest{Name: name, Etag: etag, Reason: "已移送"}}})
	}
	return nil
}
