package monitoring

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/monitoring/casefile"
	"github.com/jiebang/jiebang/services/monitoring/redflag"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedMonitoringServiceServer
	monitoring *Monitoring
	pager      *listing.Pager
}

// Serve serves red flags and cases.
func (s *Monitoring) Serve(reg grpc.ServiceRegistrar, pager *listing.Pager) {
	pb.RegisterMonitoringServiceServer(reg, server{monitoring: s, pager: pager})
}

func (s server) ListRedFlagRules(_ context.Context, req *pb.ListRedFlagRulesRequest) (*pb.ListRedFlagRulesResponse, error) {
	page, err := s.pager.Open(listing.Query{List: "redFlagRules", Size: req.GetPageSize(), Token: req.GetPageToken()})
	if err != nil {
		return nil, err
	}
	resp, after := &pb.ListRedFlagRulesResponse{}, page.After()
	for _, r := range redflag.Rules() {
		if r.Code <= after {
			continue
		}
		if len(resp.RedFlagRules) == page.Limit {
			resp.NextPageToken, err = page.NextAfter(resp.GetRedFlagRules()[page.Limit-1].GetCode())
			return resp, err
		}
		resp.RedFlagRules = append(resp.RedFlagRules, ruleMessage(r, s.monitoring.table))
	}
	return resp, nil
}

// wanted reports whether a caller asks for a finding.
func wanted(req *pb.ListFindingsRequest, f redflag.Finding) bool {
	organization := strings.TrimPrefix(req.GetOrganization(), "organizations/")
	return (req.GetOutcome() == 0 || rpc.Stored[redflag.Outcome](req.GetOutcome()) == f.Outcome) && (req.GetSubject() == "" || req.GetSubject() == f.Subject) &&
		(organization == "" || slices.Contains(f.Organizations, organization)) && (req.GetFromDate() == "" || f.Date >= req.GetFromDate()) && (req.GetToDate() == "" || f.Date <= req.GetToDate())
}

func (s server) ListFindings(ctx context.Context, req *pb.ListFindingsRequest) (*pb.ListFindingsResponse, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "ledgers/*")
	if err != nil {
		return nil, err
	}
	page, err := s.pager.Open(listing.Query{List: req.GetParent() + "/findings", Size: req.GetPageSize(), Token: req.GetPageToken(),
		Filter: fmt.Sprintf("%q %d %q %q %q %q", req.GetRules(), req.GetOutcome(), req.GetSubject(), req.GetOrganization(), req.GetFromDate(), req.GetToDate())})
	if err != nil {
		return nil, err
	}
	report, size, err := s.monitoring.Find(ctx, ids[0], req.GetRules())
	if err != nil {
		return nil, err
	}
	resp := &pb.ListFindingsResponse{AsOfSequence: size}
	for _, c := range report.Coverage {
		resp.Coverage = append(resp.Coverage, coverageMessage(c))
	}
	last := ""
	for _, f := range report.Findings {
		if after := page.After(); !wanted(req, f) || after != "" && f.Key() >= after {
			continue
		}
		if len(resp.Findings) == page.Limit {
			resp.NextPageToken, err = page.NextAfter(last)
			return resp, err
		}
		last = f.Key()
		resp.Findings = append(resp.Findings, findingMessage(ids[0], f))
	}
	return resp, nil
}

func (s server) CreateMonitoringCase(ctx context.Context, req *pb.CreateMonitoringCaseRequest) (*pb.MonitoringCase, error) {
	m := req.GetMonitoringCase()
	c, err := s.monitoring.Draft(ctx, Opened{Subject: m.GetSubject(), Finding: m.GetFinding(), Text: m.GetText(), Cause: rpc.Stored[casefile.Cause](m.GetCause())})
	return answer(ctx, c, err)
}

// on reads the name of a case and answers with what do did to it.
func on(ctx context.Context, name, etag string, do func(Named) (*ent.MonitoringCase, error)) (*pb.MonitoringCase, error) {
	ids, err := rpc.Resource("name", name, "monitoringCases/*")
	if err != nil {
		return nil, err
	}
	c, err := do(Named{ids[0], etag})
	return answer(ctx, c, err)
}

func (s server) GetMonitoringCase(ctx context.Context, req *pb.GetMonitoringCaseRequest) (*pb.MonitoringCase, error) {
	return on(ctx, req.GetName(), "", func(n Named) (*ent.MonitoringCase, error) {
		return find(ctx, s.monitoring.db.Read, identity.Caller(ctx), n.Case)
	})
}

func (s server) ActivateMonitoringCase(ctx context.Context, req *pb.ActivateMonitoringCaseRequest) (*pb.MonitoringCase, error) {
	return on(ctx, req.GetName(), req.GetEtag(), func(n Named) (*ent.MonitoringCase, error) {
		return s.monitoring.Activate(ctx, n, req.GetDecision())
	})
}

func (s server) CancelMonitoringCase(ctx context.Context, req *pb.CancelMonitoringCaseRequest) (*pb.MonitoringCase, error) {
	return on(ctx, req.GetName(), req.GetEtag(), func(n Named) (*ent.MonitoringCase, error) { return s.monitoring.Cancel(ctx, n, req.GetReason()) })
}

func (s server) AnswerMonitoringCase(ctx context.Context, req *pb.AnswerMonitoringCaseRequest) (*pb.MonitoringCase, error) {
	return on(ctx, req.GetName(), req.GetEtag(), func(n Named) (*ent.MonitoringCase, error) { return s.monitoring.Answer(ctx, n, req.GetText()) })
}

func (s server) ConcludeMonitoringCase(ctx context.Context, req *pb.ConcludeMonitoringCaseRequest) (*pb.MonitoringCase, error) {
	return on(ctx, req.GetName(), req.GetEtag(), func(n Named) (*ent.MonitoringCase, error) {
		return s.monitoring.Conclude(ctx, n, violations(req.GetViolations()), req.GetConclusion())
	})
}

func (s server) CompleteMonitoringCase(ctx context.Context, req *pb.CompleteMonitoringCaseRequest) (*pb.MonitoringCase, error) {
	return on(ctx, req.GetName(), req.GetEtag(), func(n Named) (*ent.MonitoringCase, error) {
		return s.monitoring.Complete(ctx, n, resolved(req.GetResolutions()))
	})
}

func (s server) CloseMonitoringCase(ctx context.Context, req *pb.CloseMonitoringCaseRequest) (*pb.MonitoringCase, error) {
	return on(ctx, req.GetName(), req.GetEtag(), func(n Named) (*ent.MonitoringCase, error) { return s.monitoring.Close(ctx, n, req.GetReason()) })
}

func (s server) StopMonitoringCase(ctx context.Context, req *pb.StopMonitoringCaseRequest) (*pb.MonitoringCase, error) {
	return on(ctx, req.GetName(), req.GetEtag(), func(n Named) (*ent.MonitoringCase, error) { return s.monitoring.Stop(ctx, n, req.GetReason()) })
}

var fields = listing.Fields{
	"state":        {Column: "state", Type: listing.Code},
	"cause":        {Column: "cause", Type: listing.Code},
	"subject":      {Column: "subject"},
	"organization": {Column: "organization_id", Prefix: "organizations/"},
	"demander":     {Column: "demander_id", Prefix: "organizations/"},
	"solver":       {Column: "solver_id", Prefix: "organizations/"},
	"create_time":  {Column: "created_at", Type: listing.Instant},
}

func (s server) ListMonitoringCases(ctx context.Context, req *pb.ListMonitoringCasesRequest) (*pb.ListMonitoringCasesResponse, error) {
	page, err := s.pager.Open(listing.Query{List: "monitoringCases", Size: req.GetPageSize(), Token: req.GetPageToken(), Filter: req.GetFilter(), OrderBy: req.GetOrderBy(),
		Sorts: listing.Created, Default: "create_time desc"})
	if err != nil {
		return nil, err
	}
	filter, err := fields.ParseFilter(req.GetFilter())
	if err != nil {
		return nil, err
	}
	caller := identity.Caller(ctx)
	query := s.monitoring.db.Read.MonitoringCase.Query().Where(page.Where, readable(caller))
	if filter != nil {
		query.Where(filter)
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListMonitoringCasesResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(c *ent.MonitoringCase) (time.Time, string) { return c.CreatedAt, c.ID })
	if err != nil {
		return nil, err
	}
	for _, c := range rows {
		m, err := message(c, caller)
		if err != nil {
			return nil, err
		}
		resp.MonitoringCases = append(resp.MonitoringCases, m)
	}
	return resp, nil
}

func answer(ctx context.Context, c *ent.MonitoringCase, err error) (*pb.MonitoringCase, error) {
	if err != nil {
		return nil, err
	}
	return message(c, identity.Caller(ctx))
}
