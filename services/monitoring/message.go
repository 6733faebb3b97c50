package monitoring

import (
	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/monitoring/casefile"
	"github.com/jiebang/jiebang/services/monitoring/redflag"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

func ruleName(code string) string { return "redFlagRules/" + code }

func factMessages(facts []redflag.Fact) (all []*pb.Fact) {
	for _, f := range facts {
		all = append(all, &pb.Fact{Code: string(f), DisplayName: f.Name()})
	}
	return all
}

func parameterMessages(s redflag.Set) (all []*pb.Parameter) {
	for _, name := range s.Names() {
		all = append(all, &pb.Parameter{Name: name, Numbers: s.Values[name].Numbers, Texts: s.Values[name].Texts})
	}
	return all
}

func ruleMessage(r redflag.Rule, table *redflag.Table) *pb.RedFlagRule {
	m := &pb.RedFlagRule{Name: ruleName(r.Code), Code: r.Code, Version: int32(r.Version), DisplayName: r.Name, Description: r.Meaning, RequiredFacts: factMessages(r.Needs),
		UnrecordedFacts: factMessages(r.Unrecorded)}
	for _, s := range table.Of(r.Code) {
		m.ParameterSets = append(m.ParameterSets, &pb.RedFlagRule_ParameterSet{Version: int32(s.Version), FromDate: s.From, Parameters: parameterMessages(s)})
	}
	return m
}

func coverageMessage(c redflag.Coverage) *pb.ListFindingsResponse_Coverage {
	return &pb.ListFindingsResponse_Coverage{Rule: ruleName(c.Rule), Examined: int32(c.Examined), Found: int32(c.Found), Undecided: int32(c.Undecided), MissingFacts: factMessages(c.Missing)}
}

func findingMessage(jurisdiction string, f redflag.Finding) *pb.Finding {
	m := &pb.Finding{Name: id.LedgerName(jurisdiction) + "/findings/" + f.ID, Rule: ruleName(f.Rule), RuleVersion: int32(f.RuleVersion), Subject: f.Subject, Date: f.Date, Text: f.Text,
		Outcome: rpc.Enum[pb.Finding_Outcome](pb.Finding_Outcome_value, f.Outcome), ParametersVersion: int32(f.Parameters.Version), Parameters: parameterMessages(f.Parameters),
		MissingFacts: factMessages(f.Missing)}
	for _, r := range redflag.Rules() {
		if r.Code == f.Rule {
			m.DisplayName = r.Name
		}
	}
	for _, o := range f.Organizations {
		m.Organizations = append(m.Organizations, id.OrganizationName(o))
	}
	for _, e := range f.Evidence {
		m.Evidence = append(m.Evidence, &pb.Finding_Evidence{Name: e.Name, Value: e.Value, Record: e.Record, Sequence: e.Sequence})
	}
	return m
}

func violations(all []*pb.MonitoringCase_Violation) (found []casefile.Violation) {
	for _, v := range all {
		found = append(found, casefile.Violation{Type: rpc.Stored[casefile.Type](v.GetType()), Text: v.GetText()})
	}
	return found
}

func resolved(all []*pb.CompleteMonitoringCaseRequest_Resolved) (found []casefile.Violation) {
	for _, v := range all {
		found = append(found, casefile.Violation{Type: rpc.Stored[casefile.Type](v.GetType()), Resolution: rpc.Stored[casefile.Resolution](v.GetResolution()), Words: v.GetText()})
	}
	return found
}

func organizationName(own string) string {
	if own == "" {
		return ""
	}
	return id.OrganizationName(own)
}

// message writes a case. What raised it, who works on it and what others answer is for the authority.
func message(c *ent.MonitoringCase, caller party.Caller) (*pb.MonitoringCase, error) {
	open := caller.Oversees(c.Jurisdiction) || caller.Organization == c.OrganizationID
	m := &pb.MonitoringCase{
		Name: id.MonitoringCaseName(c.ID), Subject: c.Subject, Cause: rpc.Enum[pb.MonitoringCase_Cause](pb.MonitoringCase_Cause_value, c.Cause),
		State: rpc.Enum[pb.MonitoringCase_State](pb.MonitoringCase_State_value, c.State), Organization: id.OrganizationName(c.OrganizationID), Demander: organizationName(c.DemanderID),
		Solver: organizationName(c.SolverID), Decision: c.Decision, Conclusion: c.Conclusion, EndReason: c.EndReason, ActivateTime: rpc.OptionalStamp(c.ActivatedAt),
		ConcludeTime: rpc.OptionalStamp(c.ConcludedAt), EndTime: rpc.OptionalStamp(c.EndedAt), Jurisdiction: c.Jurisdiction, Etag: rpc.Etag(c.Version), CreateTime: rpc.Stamp(c.CreatedAt),
		UpdateTime: rpc.Stamp(c.UpdatedAt), Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: c.Jurisdiction, Sequence: c.EntrySeq, Hash: c.EntryHash}),
	}
	found, err := casefile.Decode[casefile.Violation](c.Violations)
	if err != nil {
		return nil, err
	}
	for _, v := range found {
		m.Violations = append(m.Violations, &pb.MonitoringCase_Violation{Type: rpc.Enum[pb.MonitoringCase_Type](pb.MonitoringCase_Type_value, v.Type), Text: v.Text,
			Resolution: rpc.Enum[pb.MonitoringCase_Resolution](pb.MonitoringCase_Resolution_value, v.Resolution), ResolutionText: v.Words})
	}
	replies, err := casefile.Decode[casefile.Reply](c.Answers)
	if err != nil {
		return nil, err
	}
	for _, r := range replies {
		if !open && r.Organization != caller.Organization {
			continue
		}
		at, err := entry.ParseTime(r.Time)
		if err != nil {
			return nil, err
		}
		m.Answers = append(m.Answers, &pb.MonitoringCase_Answer{Organization: id.OrganizationName(r.Organization), State: rpc.Enum[pb.MonitoringCase_State](pb.MonitoringCase_State_value, r.State),
			Text: r.Text, Time: rpc.Stamp(at)})
	}
	if !open {
		return m, nil
	}
	m.Text, m.Finding, m.Opener, m.Concluder = c.Text, c.Finding, identity.PrincipalName(c.OpenedBy), identity.PrincipalName(c.ConcludedBy)
	if c.Evidence != "" {
		f, err := redflag.Decode(c.Evidence)
		if err != nil {
			return nil, err
		}
		m.Evidence = findingMessage(c.Jurisdiction, f)
	}
	return m, nil
}
