// Package monitoring_test tests red flags and cases as an authority and those whom they are about use them: over gRPC, on each database.
package monitoring_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/monitoring/casefile"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

const ledger = "ledgers/" + markettest.Jurisdiction

// office is who monitors, two auditors, and the firm that they look at.
type office struct {
	*markettest.Market
	t             *testing.T
	first, second *markettest.Member
	firm          *markettest.Member
}

func openOffice(t *testing.T, m *markettest.Market) *office {
	auditor := func() *markettest.Member { return m.Token(m.Bureau.Name, pb.Role_AUDITOR) }
	return &office{m, t, auditor(), auditor(), m.Firm()}
}

func (o *office) open(subject string) *pb.MonitoringCase {
	o.t.Helper()
	return markettest.Must(o.Monitoring.CreateMonitoringCase(o.first.Ctx(), &pb.CreateMonitoringCaseRequest{RequestId: markettest.ID(),
		MonitoringCase: &pb.MonitoringCase{Subject: subject, Cause: pb.MonitoringCase_PUBLIC, Text: "有群众反映,请核实"}}))(o.t)
}

// found is what a conclusion finds.
func found(types ...pb.MonitoringCase_Type) (all []*pb.MonitoringCase_Violation) {
	for _, t := range types {
		all = append(all, &pb.MonitoringCase_Violation{Type: t, Text: "程序不全"})
	}
	return all
}

// do makes an event happen to a case, by who may make it.
func (o *office) do(e casefile.Event, c *pb.MonitoringCase) (*pb.MonitoringCase, error) {
	id, name, etag := markettest.ID(), c.GetName(), c.GetEtag()
	switch e {
	case casefile.Activate:
		return o.Monitoring.ActivateMonitoringCase(o.first.Ctx(), &pb.ActivateMonitoringCaseRequest{RequestId: id, Name: name, Etag: etag, Decision: "启动"})
	case casefile.Cancel:
		return o.Monitoring.CancelMonitoringCase(o.first.Ctx(), &pb.CancelMonitoringCaseRequest{RequestId: id, Name: name, Etag: etag, Reason: "不必"})
	case casefile.Answer:
		return o.Monitoring.AnswerMonitoringCase(o.firm.Ctx(), &pb.AnswerMonitoringCaseRequest{RequestId: id, Name: name, Etag: etag, Text: "说明"})
	case casefile.Address:
		return o.Monitoring.ConcludeMonitoringCase(o.second.Ctx(), &pb.ConcludeMonitoringCaseRequest{RequestId: id, Name: name, Etag: etag, Violations: found(pb.MonitoringCase_AWARD), Conclusion: "有问题"})
	case casefile.Decline:
		return o.Monitoring.ConcludeMonitoringCase(o.second.Ctx(), &pb.ConcludeMonitoringCaseRequest{RequestId: id, Name: name, Etag: etag, Conclusion: "没有问题"})
	case casefile.Complete:
		return o.Monitoring.CompleteMonitoringCase(o.first.Ctx(), &pb.CompleteMonitoringCaseRequest{RequestId: id, Name: name, Etag: etag,
			Resolutions: []*pb.CompleteMonitoringCaseRequest_Resolved{{Type: pb.MonitoringCase_AWARD, Resolution: pb.MonitoringCase_ELIMINATED}}})
	case casefile.Close:
		return o.Monitoring.CloseMonitoringCase(o.first.Ctx(), &pb.CloseMonitoringCaseRequest{RequestId: id, Name: name, Etag: etag})
	default:
		return o.Monitoring.StopMonitoringCase(o.first.Ctx(), &pb.StopMonitoringCaseRequest{RequestId: id, Name: name, Etag: etag, Reason: "已移送"})
	}
}

// paths are the events that lead to each state.
var paths = map[casefile.State][]casefile.Event{
	casefile.Draft: {}, casefile.Active: {casefile.Activate}, casefile.Addressed: {casefile.Activate, casefile.Address}, casefile.Declined: {casefile.Activate, casefile.Decline},
	casefile.Completed: {casefile.Activate, casefile.Address, casefile.Complete}, casefile.Closed: {casefile.Activate, casefile.Decline, casefile.Close}, casefile.Cancelled: {casefile.Cancel},
	casefile.Stopped: {casefile.Activate, casefile.Stop},
}

var events = []casefile.Event{casefile.Activate, casefile.Cancel, casefile.Answer, casefile.Address, casefile.Decline, casefile.Complete, casefile.Close, casefile.Stop}

func state(s casefile.State) pb.MonitoringCase_State {
	return pb.MonitoringCase_State(pb.MonitoringCase_State_value[strings.ToUpper(string(s))])
}

// to brings a new case about the firm into a state.
func (o *office) to(s casefile.State) *pb.MonitoringCase {
	o.t.Helper()
	c := o.open(o.firm.Name)
	for _, e := range paths[s] {
		c = markettest.Must(o.do(e, c))(o.t)
	}
	if c.GetState() != state(s) {
		o.t.Fatalf("got %s, want %s", c.GetState(), s)
	}
	return c
}

// TestPairs makes every event happen in every state, over the API: what the machine lists happens, and everything else is refused.
func TestPairs(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o := openOffice(t, m)
		if len(paths) != len(casefile.Machine) {
			t.Fatalf("%d of %d states", len(paths), len(casefile.Machine))
		}
		for s := range paths {
			for _, e := range events {
				c := o.to(s)
				next, listed := casefile.Machine[s][e]
				got, err := o.do(e, c)
				switch {
				case listed && (err != nil || got.GetState() != state(next)):
					t.Errorf("%s in %s: got %v %v, want %s", e, s, got.GetState(), err, next)
				case !listed && e == casefile.Answer && (s == casefile.Draft || s == casefile.Cancelled):
					markettest.Want(t, err, codes.NotFound, "CASE_NOT_FOUND", "") // they do not know of it
				case !listed:
					markettest.Want(t, err, codes.FailedPrecondition, "CASE_STATE", "")
				}
			}
		}
		sound(t, m)
	})
}

// sound makes sure that the ledger replays and the rows agree with it.
func sound(t *testing.T, m *markettest.Market) {
	t.Helper()
	r, err := m.Server.Verify(t.Context(), markettest.Jurisdiction)
	if err != nil || len(r.Problems) > 0 {
		t.Errorf("verify: %v %v", r, err)
	}
}

// sees reads a case as somebody, by name and in the list.
func (o *office) sees(who *markettest.Member, c *pb.MonitoringCase) *pb.MonitoringCase {
	o.t.Helper()
	got, err := o.Monitoring.GetMonitoringCase(who.Ctx(), &pb.GetMonitoringCaseRequest{Name: c.GetName()})
	list := markettest.Must(o.Monitoring.ListMonitoringCases(who.Ctx(), &pb.ListMonitoringCasesRequest{Filter: `subject = "` + c.GetSubject() + `"`}))(o.t).GetMonitoringCases()
	if listed := slices.ContainsFunc(list, func(l *pb.MonitoringCase) bool { return proto.Equal(l, got) }); listed != (err == nil) {
		o.t.Errorf("%s reads %v and lists %v", who.Name, got, list)
	}
	if err != nil {
		markettest.Want(o.t, err, codes.NotFound, "CASE_NOT_FOUND", "")
	}
	return got
}

// TestWhoSees follows a case about a contract: its sides know of it from its start on, each with its own answers, and never of evidence or persons; nobody else ever.
func TestWhoSees(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o, deal, stranger := openOffice(t, m), m.Deal(100_000), m.Firm()
		flag := o.findings("RF09", pb.Finding_FOUND)[0]
		create := &pb.CreateMonitoringCaseRequest{RequestId: markettest.ID(), MonitoringCase: &pb.MonitoringCase{Subject: deal.Contract.GetName(), Cause: pb.MonitoringCase_INDICATOR, Finding: flag.GetName(), Text: "内部线索"}}
		c := markettest.Must(m.Monitoring.CreateMonitoringCase(o.first.Ctx(), create))(t)
		if !proto.Equal(c.GetEvidence(), flag) || c.GetDemander() != deal.Firm.Name || c.GetSolver() != deal.Zju.Name || c.GetOpener() == "" {
			t.Errorf("got %v, want the evidence %v", c, flag)
		}
		for _, who := range []*markettest.Member{deal.Firm, deal.Zju, stranger} {
			if got := o.sees(who, c); got != nil {
				t.Errorf("%s knows of a draft: %v", who.Name, got)
			}
		}
		c = markettest.Must(o.do(casefile.Activate, c))(t)
		for _, who := range []*markettest.Member{deal.Firm, deal.Zju} {
			c = markettest.Must(m.Monitoring.AnswerMonitoringCase(who.Ctx(), &pb.AnswerMonitoringCaseRequest{RequestId: markettest.ID(), Name: c.GetName(), Etag: o.sees(who, c).GetEtag(), Text: who.Name + " 的说明"}))(t)
		}
		for _, who := range []*markettest.Member{deal.Firm, deal.Zju} {
			got := o.sees(who, c)
			if got.GetDecision() == "" || len(got.GetAnswers()) != 1 || got.GetAnswers()[0].GetOrganization() != who.Name || got.GetState() != pb.MonitoringCase_ACTIVE {
				t.Errorf("%s sees %v", who.Name, got)
			}
			if got.GetEvidence() != nil || got.GetFinding()+got.GetText()+got.GetOpener()+got.GetConcluder() != "" {
				t.Errorf("%s sees what is the authority's: %v", who.Name, got)
			}
		}
		if o.sees(stranger, c) != nil {
			t.Error("a stranger knows of it")
		}
		m.Refuse(t, func() error {
			return markettest.Failed(m.Monitoring.AnswerMonitoringCase(stranger.Ctx(), &pb.AnswerMonitoringCaseRequest{RequestId: markettest.ID(), Name: c.GetName(), Etag: c.GetEtag(), Text: "我有话说"}))
		}, codes.NotFound, "CASE_NOT_FOUND", "")
		for _, who := range []*markettest.Member{o.first, m.Bureau} {
			if got := o.sees(who, c); len(got.GetAnswers()) != 2 || got.GetEvidence() == nil || got.GetText() != "内部线索" {
				t.Errorf("%s sees %v", who.Name, got)
			}
		}
		m.Settle()
		m.Notify()
		for _, who := range []*markettest.Member{deal.Firm, deal.Zju} {
			told := markettest.Must(m.Notices.ListNotices(who.Ctx(), &pb.ListNoticesRequest{Filter: `kind:"case"`}))(t).GetNotices()
			if len(told) != 1 || told[0].GetKind() != "noticeKinds/case.activated" && !strings.Contains(told[0].GetKind(), "case.activated") {
				t.Errorf("%s is told %v", who.Name, told)
			}
		}
		sound(t, m)
	})
}

// TestConclusions refuses conclusions and resolutions that do not name each type once, and whoever opened a case.
func TestConclusions(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o := openOffice(t, m)
		c := o.to(casefile.Active)
		conclude := func(who *markettest.Member, v ...*pb.MonitoringCase_Violation) func() error {
			return func() error {
				return markettest.Failed(m.Monitoring.ConcludeMonitoringCase(who.Ctx(), &pb.ConcludeMonitoringCaseRequest{RequestId: markettest.ID(), Name: c.GetName(), Etag: c.GetEtag(), Violations: v, Conclusion: "结论"}))
			}
		}
		m.Refuse(t, conclude(o.first, found(pb.MonitoringCase_AWARD)...), codes.PermissionDenied, "CASE_SAME_PERSON", "")
		m.Refuse(t, conclude(o.first), codes.PermissionDenied, "CASE_SAME_PERSON", "")
		m.Refuse(t, conclude(o.second, found(pb.MonitoringCase_AWARD, pb.MonitoringCase_AWARD)...), codes.InvalidArgument, "CASE_VIOLATIONS", "violations")
		m.Refuse(t, conclude(o.second, &pb.MonitoringCase_Violation{Type: pb.MonitoringCase_AWARD, Text: " "}), codes.InvalidArgument, "CASE_VIOLATIONS", "violations")
		c = markettest.Must(m.Monitoring.ConcludeMonitoringCase(o.second.Ctx(), &pb.ConcludeMonitoringCaseRequest{RequestId: markettest.ID(), Name: c.GetName(), Etag: c.GetEtag(),
			Violations: found(pb.MonitoringCase_AWARD, pb.MonitoringCase_PAYMENT), Conclusion: "有问题"}))(t)
		complete := func(r ...*pb.CompleteMonitoringCaseRequest_Resolved) (*pb.MonitoringCase, error) {
			return m.Monitoring.CompleteMonitoringCase(o.first.Ctx(), &pb.CompleteMonitoringCaseRequest{RequestId: markettest.ID(), Name: c.GetName(), Etag: c.GetEtag(), Resolutions: r})
		}
		award := &pb.CompleteMonitoringCaseRequest_Resolved{Type: pb.MonitoringCase_AWARD, Resolution: pb.MonitoringCase_ELIMINATED}
		payment := &pb.CompleteMonitoringCaseRequest_Resolved{Type: pb.MonitoringCase_PAYMENT, Resolution: pb.MonitoringCase_NO_MECHANISM, Text: "款已付清"}
		for _, r := range [][]*pb.CompleteMonitoringCaseRequest_Resolved{{award}, {award, award}, {award, payment, payment},
			{award, {Type: pb.MonitoringCase_OTHER, Resolution: pb.MonitoringCase_ELIMINATED}}, {award, {Type: pb.MonitoringCase_PAYMENT, Resolution: pb.MonitoringCase_NOT_ELIMINATED}},
			{award, {Type: pb.MonitoringCase_PAYMENT, Resolution: pb.MonitoringCase_NO_MECHANISM, Text: " "}}} {
			m.Refuse(t, func() error { return markettest.Failed(complete(r...)) }, codes.InvalidArgument, "CASE_RESOLUTIONS", "resolutions")
		}
		done := markettest.Must(complete(payment, award))(t)
		if v := done.GetViolations(); v[0].GetResolution() != pb.MonitoringCase_ELIMINATED || v[1].GetResolution() != pb.MonitoringCase_NO_MECHANISM || v[1].GetResolutionText() != "款已付清" || done.GetEndTime() == nil {
			t.Errorf("got %v", done)
		}
		sound(t, m)
	})
}

// TestSubjects refuses what no case is about, and findings that do not raise one.
func TestSubjects(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o, d := openOffice(t, m), m.Deal(100_000)
		create := func(subject, finding string, cause pb.MonitoringCase_Cause) func() error {
			return func() error {
				return markettest.Failed(m.Monitoring.CreateMonitoringCase(o.first.Ctx(), &pb.CreateMonitoringCaseRequest{RequestId: markettest.ID(), MonitoringCase: &pb.MonitoringCase{Subject: subject, Finding: finding, Cause: cause, Text: "核实"}}))
			}
		}
		draft := m.Draft(o.firm, time.Hour)
		for _, subject := range []string{draft.GetName(), "contracts/c330182-0000000000000000", "bids/x", "demands", o.Bureau.Name} {
			m.Refuse(t, create(subject, "", pb.MonitoringCase_MEDIA), codes.InvalidArgument, "CASE_SUBJECT", "monitoring_case.subject")
		}
		flag, blind := o.findings("RF09", pb.Finding_FOUND)[0], o.findings("RF11", pb.Finding_UNDECIDED)[0]
		m.Refuse(t, create(d.Contract.GetName(), flag.GetName(), pb.MonitoringCase_MEDIA), codes.InvalidArgument, "FINDING_CAUSE", "monitoring_case.finding")
		m.Refuse(t, create(d.Contract.GetName(), "", pb.MonitoringCase_INDICATOR), codes.InvalidArgument, "FINDING_CAUSE", "monitoring_case.finding")
		m.Refuse(t, create(o.firm.Name, flag.GetName(), pb.MonitoringCase_INDICATOR), codes.NotFound, "FINDING_NOT_FOUND", "monitoring_case.finding")
		m.Refuse(t, create(d.Contract.GetName(), flag.GetName()+"0", pb.MonitoringCase_INDICATOR), codes.NotFound, "FINDING_NOT_FOUND", "monitoring_case.finding")
		m.Refuse(t, create(d.Contract.GetName(), blind.GetName(), pb.MonitoringCase_INDICATOR), codes.FailedPrecondition, "FINDING_UNDECIDED", "monitoring_case.finding")
		m.Refuse(t, create(d.Contract.GetName(), ledger+"/findings/RF99-x", pb.MonitoringCase_INDICATOR), codes.InvalidArgument, "RULE_UNKNOWN", "monitoring_case.finding")
	})
}

// findings are what a rule says, one a page.
func (o *office) findings(rule string, outcome pb.Finding_Outcome) (all []*pb.Finding) {
	o.t.Helper()
	req := &pb.ListFindingsRequest{Parent: ledger, Rules: []string{rule}, Outcome: outcome, PageSize: 1}
	for {
		resp := markettest.Must(o.Monitoring.ListFindings(o.first.Ctx(), req))(o.t)
		all = append(all, resp.GetFindings()...)
		if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
			return all
		}
	}
}

// subjects are what a rule has found.
func (o *office) subjects(rule string) (all []string) {
	o.t.Helper()
	for _, f := range o.findings(rule, pb.Finding_FOUND) {
		all = append(all, f.GetSubject())
	}
	slices.Sort(all)
	return all
}

// TestFindings finds what real acts leave in the database, and nothing of what is sealed or a draft.
func TestFindings(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o := openOffice(t, m)
		deal := m.Deal(100_000)
		deal.Amend(160_000)
		long := m.Publish(o.firm, 16*24*time.Hour)
		sealed := m.Bid(m.University(), long, 7)
		m.Draft(o.firm, time.Hour)
		again := m.Deal(100_000) // whose text has the same digest, of zeros
		want := map[string][]string{
			"RF01": {deal.Contract.GetDemand(), again.Contract.GetDemand()}, "RF02": {deal.Contract.GetDemand(), again.Contract.GetDemand()}, "RF05": nil,
			"RF09": {deal.Contract.GetName(), again.Contract.GetName()},
		}
		for rule, subjects := range want {
			slices.Sort(subjects)
			if got := o.subjects(rule); !slices.Equal(got, subjects) {
				t.Errorf("%s: found %v, want %v", rule, got, subjects)
			}
		}
		if got := o.findings("RF13", pb.Finding_FOUND); len(got) != 1 || !strings.HasPrefix(got[0].GetSubject(), deal.Contract.GetName()+"/amendments/") || got[0].GetEvidence()[2].GetValue() != "160000" {
			t.Errorf("RF13: got %v", got)
		}
		all := markettest.Must(m.Monitoring.ListFindings(o.first.Ctx(), &pb.ListFindingsRequest{Parent: ledger, PageSize: 200}))(t)
		for _, f := range all.GetFindings() {
			if text := f.String(); strings.Contains(text, sealed.GetName()) || strings.Contains(text, sealed.GetOrganization()) {
				t.Errorf("a sealed bid is told of: %v", f)
			}
			for _, e := range f.GetEvidence() {
				if e.GetSequence() <= 0 || e.GetSequence() >= all.GetAsOfSequence() {
					t.Errorf("evidence of entry %d as of %d", e.GetSequence(), all.GetAsOfSequence())
				}
			}
		}
		if len(all.GetCoverage()) != 18 || all.GetCoverage()[9].GetMissingFacts() == nil {
			t.Errorf("got %v", all.GetCoverage())
		}
		mine := markettest.Must(m.Monitoring.ListFindings(o.first.Ctx(), &pb.ListFindingsRequest{Parent: ledger, Organization: deal.Zju.Name, Outcome: pb.Finding_FOUND, PageSize: 200}))(t).GetFindings()
		if len(mine) == 0 || slices.ContainsFunc(mine, func(f *pb.Finding) bool { return !slices.Contains(f.GetOrganizations(), deal.Zju.Name) }) {
			t.Errorf("of one organization: got %v", mine)
		}
		m.Refuse(t, func() error {
			return markettest.Failed(m.Monitoring.ListFindings(o.firm.Ctx(), &pb.ListFindingsRequest{Parent: ledger}))
		}, codes.PermissionDenied, "ROLE_NOT_ALLOWED", "")
		m.Refuse(t, func() error {
			return markettest.Failed(m.Monitoring.ListFindings(o.first.Ctx(), &pb.ListFindingsRequest{Parent: ledger, Rules: []string{"RF19"}}))
		}, codes.InvalidArgument, "RULE_UNKNOWN", "rules")
		rules := markettest.Must(m.Monitoring.ListRedFlagRules(o.firm.Ctx(), &pb.ListRedFlagRulesRequest{}))(t).GetRedFlagRules()
		if len(rules) != 18 || rules[0].GetParameterSets()[0].GetParameters()[0].GetNumbers()[0] != 15 {
			t.Errorf("got %v", rules)
		}
	})
}

// TestShared finds a person who acts for both sides of a bid, and tells of nobody who does not.
func TestShared(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o, zju := openOffice(t, m), m.University()
		d := m.Publish(o.firm, time.Hour)
		b := m.Bid(zju, d, 5)
		m.Found(o.firm.Name, pb.Role_SIGNER)
		m.Found(zju.Name, pb.Role_SIGNER)
		m.Close(o.firm, d)
		if got := o.subjects("RF10"); len(got) != 0 {
			t.Errorf("strangers: got %v", got)
		}
		for _, who := range []string{"min", "max"} {
			m.Behind(`UPDATE facts SET phone = '13800000001' WHERE id = (SELECT ` + who + `(id) FROM facts)`)
		}
		if got := o.findings("RF10", pb.Finding_FOUND); len(got) != 1 || got[0].GetSubject() != b.GetName() || strings.Contains(got[0].String(), "13800000001") {
			t.Errorf("one phone: got %v", got)
		}
	})
}
