// Package monitoring has the commands about red flags and monitoring cases.
package monitoring

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Ledger is how a ledger is named: by a flag, or by the caller's own jurisdiction.
type Ledger struct {
	Name func(ctx context.Context, typed string) (string, error)
	Flag func(c *cobra.Command, value *string, usage string)
}

// Command makes `monitoring` and the commands below it.
func Command(a *cli.App, l Ledger) *cobra.Command {
	return a.Group("monitoring", "监测:审计提示与监测案件", "Red flags and monitoring cases", rules(a), findings(a, l), caseCommand(a))
}

type (
	rule    = *jiebangv1.RedFlagRule
	finding = *jiebangv1.Finding
	fact    = *jiebangv1.Fact
)

func facts(all []fact) string {
	var names []string
	for _, f := range all {
		names = append(names, f.GetDisplayName())
	}
	return strings.Join(names, "、")
}

// parameters writes parameters on one line.
func parameters(all []*jiebangv1.Parameter) string {
	var words []string
	for _, p := range all {
		value := strings.Join(p.GetTexts(), "/")
		if len(p.GetTexts()) == 0 {
			value = strings.Trim(fmt.Sprint(p.GetNumbers()), "[]")
		}
		if value == "" {
			value = "(空)"
		}
		words = append(words, p.GetName()+"="+value)
	}
	return strings.Join(words, " ")
}

func rules(a *cli.App) *cobra.Command {
	page := cli.Listing{}
	c := a.Action("rules", "列出监测规则、各版参数和所缺的事实", "List the rules of red flags", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		client := jiebangv1.NewMonitoringServiceClient(conn)
		columns := []output.Column[rule]{
			output.Plain("代码", rule.GetCode), output.Plain("规则", rule.GetDisplayName), output.Plain("说明", rule.GetDescription).Flexible(),
			output.Plain("参数", func(r rule) string {
				var lines []string
				for _, s := range r.GetParameterSets() {
					lines = append(lines, fmt.Sprintf("第%d版 %s起 %s", s.GetVersion(), s.GetFromDate(), parameters(s.GetParameters())))
				}
				return strings.Join(lines, "\n")
			}).Flexible(),
			output.Plain("未记录的事实", func(r rule) string { return facts(r.GetUnrecordedFacts()) }), output.Plain("名称", rule.GetName),
		}
		return cli.List(ctx, a, page, columns, func(ctx context.Context, q cli.Query) ([]rule, string, error) {
			r, err := client.ListRedFlagRules(ctx, &jiebangv1.ListRedFlagRulesRequest{PageSize: q.Size, PageToken: q.Token})
			return r.GetRedFlagRules(), r.GetNextPageToken(), err
		})
	})
	page.Flags(c, true)
	return c
}

// findingColumns are how a finding is shown.
func findingColumns() []output.Column[finding] {
	return []output.Column[finding]{
		output.Plain("日期", finding.GetDate), output.Plain("规则", func(f finding) string { return strings.TrimPrefix(f.GetRule(), "redFlagRules/") }),
		output.Plain("结果", func(f finding) string { return input.Chinese(f.GetOutcome()) }), output.Plain("对象", finding.GetSubject),
		output.Plain("提示", finding.GetText).Flexible(), output.Plain("参数版本", func(f finding) string { return fmt.Sprint(f.GetParametersVersion()) }), output.Plain("名称", finding.GetName),
	}
}

func findings(a *cli.App, l Ledger) *cobra.Command {
	page, ledger, outcome := cli.Listing{}, "", ""
	req := &jiebangv1.ListFindingsRequest{}
	c := a.Action("findings", "按规则查看提示:只是待核实的问题,不是结论", "List what the rules find", func(ctx context.Context, _ *cobra.Command, _ []string) (err error) {
		if req.Parent, err = l.Name(ctx, ledger); err != nil {
			return err
		}
		if outcome != "" {
			if req.Outcome, err = input.ParseEnum[jiebangv1.Finding_Outcome](outcome); err != nil {
				return failure.AsUsage(err)
			}
		}
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		client := jiebangv1.NewMonitoringServiceClient(conn)
		var coverage []*jiebangv1.ListFindingsResponse_Coverage
		err = cli.List(ctx, a, page, findingColumns(), func(ctx context.Context, q cli.Query) ([]finding, string, error) {
			req.PageSize, req.PageToken = q.Size, q.Token
			r, err := client.ListFindings(ctx, req)
			coverage = r.GetCoverage()
			return r.GetFindings(), r.GetNextPageToken(), err
		})
		if err == nil {
			covered(a, coverage)
		}
		return err
	})
	page.Flags(c, true)
	l.Flag(c, &ledger, "行政区划代码(默认本机构的)")
	f := c.Flags()
	f.StringSliceVar(&req.Rules, "rule", nil, "只看这些规则,如 RF01,可用多次")
	f.StringVar(&outcome, "outcome", "", "只看某一结果: "+cli.Choices(jiebangv1.Finding_Outcome(0)))
	cli.CompleteCodes(c, "outcome", jiebangv1.Finding_Outcome(0))
	f.StringVar(&req.Subject, "subject", "", "只看某一对象,如 contracts/…")
	f.StringVar(&req.Organization, "org", "", "只看涉及某一机构的,organizations/…")
	f.StringVar(&req.FromDate, "from", "", "从这天起,如 2026-01-31")
	f.StringVar(&req.ToDate, "to", "", "到这天为止")
	c.Example = "  jiebang monitoring findings --rule RF01 --rule RF09 --outcome found"
	return c
}

// covered tells what the rules went without, so that nobody takes an empty list for an answer.
func covered(a *cli.App, all []*jiebangv1.ListFindingsResponse_Coverage) {
	for _, c := range slices.DeleteFunc(slices.Clone(all), func(c *jiebangv1.ListFindingsResponse_Coverage) bool { return len(c.GetMissingFacts()) == 0 }) {
		a.Note("%s 看了 %d 项,提示 %d 项,未能判断 %d 项;缺少:%s", strings.TrimPrefix(c.GetRule(), "redFlagRules/"), c.GetExamined(), c.GetFound(), c.GetUndecided(), facts(c.GetMissingFacts()))
	}
}
