package bundles

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/storagetest"
	"github.com/jiebang/jiebang/services/ledger/entry"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// monitored takes cases to each of their ends.
func monitored(t *testing.T, m *markettest.Market) {
	firm, auditor, other := m.Firm(), m.Token(m.Bureau.Name, pb.Role_AUDITOR), m.Token(m.Bureau.Name, pb.Role_AUDITOR)
	d := m.Publish(firm, time.Hour) // for less than fifteen days, which is a finding
	open := func(cause pb.MonitoringCase_Cause, finding string) *pb.MonitoringCase {
		return markettest.Must(m.Monitoring.CreateMonitoringCase(auditor.Ctx(), &pb.CreateMonitoringCaseRequest{RequestId: markettest.ID(),
			MonitoringCase: &pb.MonitoringCase{Subject: d.GetName(), Cause: cause, Finding: finding, Text: "揭榜期是否<过短>?"}}))(t)
	}
	activate := func(c *pb.MonitoringCase) *pb.MonitoringCase {
		return markettest.Must(m.Monitoring.ActivateMonitoringCase(auditor.Ctx(), &pb.ActivateMonitoringCaseRequest{RequestId: markettest.ID(), Name: c.GetName(), Etag: c.GetEtag(), Decision: "启动"}))(t)
	}
	answer := func(c *pb.MonitoringCase, text string) *pb.MonitoringCase {
		return markettest.Must(m.Monitoring.AnswerMonitoringCase(firm.Ctx(), &pb.AnswerMonitoringCaseRequest{RequestId: markettest.ID(), Name: c.GetName(), Etag: c.GetEtag(), Text: text}))(t)
	}
	conclude := func(c *pb.MonitoringCase, found ...*pb.MonitoringCase_Violation) *pb.MonitoringCase {
		return markettest.Must(m.Monitoring.ConcludeMonitoringCase(other.Ctx(), &pb.ConcludeMonitoringCaseRequest{RequestId: markettest.ID(), Name: c.GetName(), Etag: c.GetEtag(), Violations: found, Conclusion: "结论"}))(t)
	}
	finding := markettest.Must(m.Monitoring.ListFindings(auditor.Ctx(), &pb.ListFindingsRequest{Parent: "ledgers/" + markettest.Jurisdiction, Rules: []string{"RF01"}}))(t).GetFindings()[0]
	c := answer(activate(open(pb.MonitoringCase_INDICATOR, finding.GetName())), "情况紧急 & 已说明")
	c = answer(conclude(c, &pb.MonitoringCase_Violation{Type: pb.MonitoringCase_PUBLICATION, Text: "不足十五天"}, &pb.MonitoringCase_Violation{Type: pb.MonitoringCase_OTHER, Text: "材料不全"}), "已补齐")
	markettest.Must(m.Monitoring.CompleteMonitoringCase(auditor.Ctx(), &pb.CompleteMonitoringCaseRequest{RequestId: markettest.ID(), Name: c.GetName(), Etag: c.GetEtag(),
		Resolutions: []*pb.CompleteMonitoringCaseRequest_Resolved{{Type: pb.MonitoringCase_OTHER, Resolution: pb.MonitoringCase_ELIMINATED},
			{Type: pb.MonitoringCase_PUBLICATION, Resolution: pb.MonitoringCase_NO_MECHANISM, Text: "揭榜期已过"}}}))(t)
	c = conclude(activate(open(pb.MonitoringCase_MEDIA, "")))
	markettest.Must(m.Monitoring.CloseMonitoringCase(auditor.Ctx(), &pb.CloseMonitoringCaseRequest{RequestId: markettest.ID(), Name: c.GetName(), Etag: c.GetEtag()}))(t)
	c = open(pb.MonitoringCase_PUBLIC, "")
	markettest.Must(m.Monitoring.CancelMonitoringCase(auditor.Ctx(), &pb.CancelMonitoringCaseRequest{RequestId: markettest.ID(), Name: c.GetName(), Etag: c.GetEtag(), Reason: "不必"}))(t)
	c = activate(open(pb.MonitoringCase_FISCAL, ""))
	markettest.Must(m.Monitoring.StopMonitoringCase(auditor.Ctx(), &pb.StopMonitoringCaseRequest{RequestId: markettest.ID(), Name: c.GetName(), Etag: c.GetEtag(), Reason: "已移送"}))(t)
}

// row is an entry's value of a field, such as row.state or actor.
func row(body, field string) string {
	for line := range strings.Lines(body) {
		if rest, ok := strings.CutPrefix(line, field+" "); ok {
			_, value, _ := strings.Cut(strings.TrimSuffix(rest, "\n"), " ")
			return value
		}
	}
	return ""
}

// set gives a field of an entry another value of one line.
func set(body, field, value string) string {
	was := row(body, field)
	return strings.Replace(body, fmt.Sprintf("\n%s %d %s\n", field, len(was), was), fmt.Sprintf("\n%s %d %s\n", field, len(value), value), 1)
}

// swap changes a text within a field of an entry, value the whole field.
func swap(field, old, new string) func(string) string {
	return func(body string) string { return set(body, field, strings.Replace(row(body, field), old, new, 1)) }
}

func value(field, value string) func(string) string {
	return func(body string) string { return set(body, field, value) }
}

// forged are what a forger makes of entries of cases: of the first of a kind, or of the one after it.
var forged = []struct {
	name, kind string
	nth        int
	change     func(string) string
}{
	{"nothing", "case.stopped", 0, func(body string) string { return body }},
	{"opened for another", "case.opened", 0, value("row.opened_by", "u330182-0000000000000000")},
	{"an indicator without its finding", "case.opened", 0, value("row.finding", "")},
	{"evidence without an indicator", "case.opened", 1, value("row.evidence", "{}")},
	{"opened with a conclusion", "case.opened", 0, value("row.conclusion", "有问题")},
	{"opened as active", "case.opened", 0, value("row.state", "active")},
	{"another evidence", "case.activated", 0, swap("row.evidence", "RF01", "RF02")},
	{"another party", "case.activated", 0, value("row.solver_id", "o330182-0000000000000000")},
	{"no decision", "case.activated", 0, value("row.decision", "")},
	{"a conclusion too early", "case.answered", 0, value("row.conclusion", "有问题")},
	{"an answer of a stranger", "case.answered", 0, func(body string) string {
		return set(body, "row.answers", strings.Replace(row(body, "row.answers"), row(body, "row.demander_id"), "o330182-0000000000000000", 1))
	}},
	{"an answer in another state", "case.answered", 0, swap("row.answers", `"active"`, `"addressed"`)},
	{"an answer at another time", "case.answered", 0, swap("row.answers", "000Z", "001Z")},
	{"another's answer changed", "case.answered", 1, swap("row.answers", "情况紧急", "情况不急")},
	{"no answer", "case.answered", 0, value("row.answers", "")},
	{"an empty list", "case.answered", 0, value("row.answers", "[]")},
	{"concluded by who opened it", "case.addressed", 0, func(body string) string {
		by := row(body, "row.opened_by")
		return set(set(body, "row.concluded_by", by), "actor", by)
	}},
	{"concluded for another", "case.addressed", 0, value("row.concluded_by", "u330182-0000000000000000")},
	{"no violation", "case.addressed", 0, value("row.violations", "")},
	{"an unknown type", "case.addressed", 0, swap("row.violations", "publication", "publications")},
	{"a type twice", "case.addressed", 0, swap("row.violations", `"other"`, `"publication"`)},
	{"resolved at once", "case.addressed", 0, swap("row.violations", `"text":"材料不全"`, `"text":"材料不全","resolution":"eliminated"`)},
	{"violations of a declined case", "case.declined", 0, value("row.violations", `[{"type":"other","text":"材料不全"}]`)},
	{"another form", "case.addressed", 0, swap("row.violations", `{"type"`, `{ "type"`)},
	{"not resolved", "case.completed", 0, swap("row.violations", `,"resolution":"eliminated"`, "")},
	{"not in words", "case.completed", 0, swap("row.violations", `,"words":"揭榜期已过"`, "")},
	{"another violation", "case.completed", 0, swap("row.violations", "不足十五天", "足十五天")},
	{"another conclusion", "case.completed", 0, value("row.conclusion", "没有问题")},
	{"closed as completed", "case.closed", 0, value("row.state", "completed")},
	{"answers taken back", "case.completed", 0, value("row.answers", "")},
}

// TestCasesForged changes what entries of cases say, one at a time, and ends the ledger there: both verifiers refuse it.
func TestCasesForged(t *testing.T) {
	t.Parallel()
	program := second(t)
	m := markettest.Open(t, storagetest.SQLite(t))
	monitored(t, m)
	b := markettest.Must(Export(m.Bureau.Ctx(), m.Ledgers))(t)
	err := work(t.Context(), program, func(ask func([]byte) (Verdict, Verdict, error)) error {
		for _, f := range forged {
			entries, n := []entry.Sealed{}, 0
			for _, s := range b.Entries {
				hit := row(s.Body, "kind") == f.kind
				if hit && n == f.nth {
					body := f.change(s.Body)
					leaf := entry.Leaf(s.Salt, []byte(body))
					entries = append(entries, entry.Sealed{Salt: s.Salt, Body: body, Hash: leaf[:]})
					break
				}
				if entries = append(entries, s); hit {
					n++
				}
			}
			one, two, err := ask(Forge(b.Header, entries).File())
			if err != nil {
				return err
			}
			if honest := f.name == "nothing"; one.OK != honest || two.OK != honest || !one.Same(two) {
				t.Errorf("%s: got %+v and %+v", f.name, one, two)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
