package rpc_test

import (
	"testing"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// monitoringChanges prepares the changes of monitoring cases, each of a case of its own.
func monitoringChanges(t *testing.T, m *markettest.Market, firm *markettest.Member, add adder) {
	t.Helper()
	auditor, other := m.Token(m.Bureau.Name, pb.Role_AUDITOR), m.Token(m.Bureau.Name, pb.Role_AUDITOR)
	of := &pb.MonitoringCase{Subject: firm.Name, Cause: pb.MonitoringCase_PUBLIC, Text: "请核实"}
	opened := func() *pb.MonitoringCase {
		return markettest.Must(m.Monitoring.CreateMonitoringCase(auditor.Ctx(), &pb.CreateMonitoringCaseRequest{RequestId: markettest.ID(), MonitoringCase: of}))(t)
	}
	started := func() *pb.MonitoringCase {
		c := opened()
		return markettest.Must(m.Monitoring.ActivateMonitoringCase(auditor.Ctx(), &pb.ActivateMonitoringCaseRequest{RequestId: markettest.ID(), Name: c.GetName(), Etag: c.GetEtag(), Decision: "启动"}))(t)
	}
	found := []*pb.MonitoringCase_Violation{{Type: pb.MonitoringCase_AWARD, Text: "程序不全"}}
	concluded := func(v []*pb.MonitoringCase_Violation) *pb.MonitoringCase {
		c := started()
		return markettest.Must(m.Monitoring.ConcludeMonitoringCase(other.Ctx(), &pb.ConcludeMonitoringCaseRequest{RequestId: markettest.ID(), Name: c.GetName(), Etag: c.GetEtag(), Violations: v, Conclusion: "结论"}))(t)
	}
	draft, cancelled, answered, stopped, active := opened(), opened(), started(), started(), started()
	addressed, declined := concluded(found), concluded(nil)
	add(auditor, &pb.CreateMonitoringCaseRequest{MonitoringCase: of}, 1)
	add(auditor, &pb.ActivateMonitoringCaseRequest{Name: draft.GetName(), Etag: draft.GetEtag(), Decision: "启动"}, 1)
	add(auditor, &pb.CancelMonitoringCaseRequest{Name: cancelled.GetName(), Etag: cancelled.GetEtag(), Reason: "不必"}, 1)
	add(firm, &pb.AnswerMonitoringCaseRequest{Name: answered.GetName(), Etag: answered.GetEtag(), Text: "说明"}, 1)
	add(auditor, &pb.StopMonitoringCaseRequest{Name: stopped.GetName(), Etag: stopped.GetEtag(), Reason: "已移送"}, 1)
	add(other, &pb.ConcludeMonitoringCaseRequest{Name: active.GetName(), Etag: active.GetEtag(), Violations: found, Conclusion: "结论"}, 1)
	add(auditor, &pb.CompleteMonitoringCaseRequest{Name: addressed.GetName(), Etag: addressed.GetEtag(),
		Resolutions: []*pb.CompleteMonitoringCaseRequest_Resolved{{Type: pb.MonitoringCase_AWARD, Resolution: pb.MonitoringCase_ELIMINATED}}}, 1)
	add(auditor, &pb.CloseMonitoringCaseRequest{Name: declined.GetName(), Etag: declined.GetEtag(), Reason: "无问题"}, 1)
}
