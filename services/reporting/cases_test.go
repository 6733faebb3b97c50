package reporting_test

import (
	"testing"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// monitoringStory starts a monitoring case about a firm, which answers.
func monitoringStory(t *testing.T, m *markettest.Market) {
	t.Helper()
	firm, auditor := m.Firm(), m.Token(m.Bureau.Name, pb.Role_AUDITOR)
	c := markettest.Must(m.Monitoring.CreateMonitoringCase(auditor.Ctx(), &pb.CreateMonitoringCaseRequest{RequestId: markettest.ID(),
		MonitoringCase: &pb.MonitoringCase{Subject: firm.Name, Cause: pb.MonitoringCase_PUBLIC, Text: "请核实"}}))(t)
	c = markettest.Must(m.Monitoring.ActivateMonitoringCase(auditor.Ctx(), &pb.ActivateMonitoringCaseRequest{RequestId: markettest.ID(), Name: c.GetName(), Etag: c.GetEtag(), Decision: "启动"}))(t)
	markettest.Must(m.Monitoring.AnswerMonitoringCase(firm.Ctx(), &pb.AnswerMonitoringCaseRequest{RequestId: markettest.ID(), Name: c.GetName(), Etag: c.GetEtag(), Text: "说明"}))(t)
}
