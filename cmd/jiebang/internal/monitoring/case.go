package monitoring

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type (
	cases   = jiebangv1.MonitoringServiceClient
	oneCase = *jiebangv1.MonitoringCase
)

func caseKind() cli.Kind[cases, oneCase] {
	return cli.Kind[cases, oneCase]{
		Chinese: "监测案件", English: "monitoring case", Collection: "monitoringCases", Depth: 2, States: jiebangv1.MonitoringCase_State(0),
		Client: func(c grpc.ClientConnInterface) cases { return jiebangv1.NewMonitoringServiceClient(c) },
		Get: func(ctx context.Context, c cases, name string) (oneCase, error) {
			return c.GetMonitoringCase(ctx, &jiebangv1.GetMonitoringCaseRequest{Name: name})
		},
		List: func(ctx context.Context, c cases, q cli.Query) ([]oneCase, string, error) {
			r, err := c.ListMonitoringCases(ctx, &jiebangv1.ListMonitoringCasesRequest{PageSize: q.Size, PageToken: q.Token, Filter: q.Filter, OrderBy: q.OrderBy})
			return r.GetMonitoringCases(), r.GetNextPageToken(), err
		},
		Title: func(c oneCase) string { return input.Chinese(c.GetState()) + " " + c.GetSubject() },
		Columns: append([]output.Column[oneCase]{
			output.Plain("状态", func(c oneCase) string { return input.Chinese(c.GetState()) }),
			output.Plain("事由", func(c oneCase) string { return input.Chinese(c.GetCause()) }),
			output.Plain("对象", oneCase.GetSubject),
			output.Plain("名称", oneCase.GetName),
			output.Plain("监测单位", oneCase.GetOrganization).InDetail(), output.Plain("发榜方", oneCase.GetDemander).InDetail(), output.Plain("揭榜方", oneCase.GetSolver).InDetail(),
			output.Plain("立案内容", oneCase.GetText).InDetail(), output.Plain("提示", oneCase.GetFinding).InDetail(), output.Plain("依据", evidence).InDetail(),
			output.Plain("启动决定", oneCase.GetDecision).InDetail(), output.Instant("启动时间", oneCase.GetActivateTime).InDetail(),
			output.Plain("结论", oneCase.GetConclusion).InDetail(), output.Plain("问题", violations).InDetail(), output.Instant("结论时间", oneCase.GetConcludeTime).InDetail(),
			output.Plain("答复", answers).InDetail(), output.Plain("结束说明", oneCase.GetEndReason).InDetail(), output.Instant("结束时间", oneCase.GetEndTime).InDetail(),
			output.Plain("立案人", oneCase.GetOpener).InDetail(), output.Plain("结论人", oneCase.GetConcluder).InDetail(),
		}, cli.History[oneCase]()...),
	}
}

func evidence(c oneCase) string {
	var lines []string
	for _, e := range c.GetEvidence().GetEvidence() {
		lines = append(lines, e.GetRecord()+" "+e.GetName()+" "+e.GetValue())
	}
	return strings.Join(lines, "\n")
}

func violations(c oneCase) string {
	var lines []string
	for _, v := range c.GetViolations() {
		line := input.Chinese(v.GetType()) + ":" + v.GetText()
		if v.GetResolution() != 0 {
			line += "(" + strings.TrimSpace(input.Chinese(v.GetResolution())+" "+v.GetResolutionText()) + ")"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func answers(c oneCase) string {
	var lines []string
	for _, r := range c.GetAnswers() {
		lines = append(lines, r.GetOrganization()+":"+r.GetText())
	}
	return strings.Join(lines, "\n")
}

// caseCommand makes `monitoring case` and the commands below it.
func caseCommand(a *cli.App) *cobra.Command {
	k := caseKind()
	return a.Group("case", "监测案件", "Monitoring cases", open(a), k.GetCommand(a), k.ListCommand(a, "list", nil),
		saying[*jiebangv1.ActivateMonitoringCaseRequest]{"activate CASE", "启动:写明决定,被监测方由此得知", "Start a case", "decision", "决定", cases.ActivateMonitoringCase,
			func(r *jiebangv1.ActivateMonitoringCaseRequest, text string) { r.Decision = text }}.command(a),
		saying[*jiebangv1.CancelMonitoringCaseRequest]{"cancel CASE", "取消草稿;被监测方不会得知", "Give a draft up", "reason", "原因", cases.CancelMonitoringCase,
			func(r *jiebangv1.CancelMonitoringCaseRequest, text string) { r.Reason = text }}.command(a),
		saying[*jiebangv1.AnswerMonitoringCaseRequest]{"answer CASE", "被监测方答复:说明情况,或写明整改", "Answer a case", "text", "答复", cases.AnswerMonitoringCase,
			func(r *jiebangv1.AnswerMonitoringCaseRequest, text string) { r.Text = text }}.command(a),
		conclude(a), complete(a),
		saying[*jiebangv1.CloseMonitoringCaseRequest]{use: "close CASE", zh: "结案:没有发现问题的", en: "Close a declined case", call: cases.CloseMonitoringCase}.command(a),
		saying[*jiebangv1.StopMonitoringCaseRequest]{"stop CASE", "终止监测", "Stop a case", "reason", "原因", cases.StopMonitoringCase,
			func(r *jiebangv1.StopMonitoringCaseRequest, text string) { r.Reason = text }}.command(a))
}

// saying is a command that changes a case with one text, or with none.
type saying[Req proto.Message] struct {
	use, zh, en, flag, what string
	call                    func(cases, context.Context, Req, ...grpc.CallOption) (oneCase, error)
	set                     func(Req, string)
}

func (s saying[Req]) command(a *cli.App) *cobra.Command {
	text := ""
	v := cli.Verb[cases, Req, oneCase]{Use: s.use, Chinese: s.zh, English: s.en, Call: s.call}
	if s.flag != "" {
		v.Needs = []string{s.flag}
		v.Fill = func(_ context.Context, r Req, _ cli.Target[oneCase]) error {
			s.set(r, text)
			return nil
		}
	}
	c := cli.VerbCommand(a, caseKind(), v)
	if s.flag != "" {
		c.Flags().StringVar(&text, s.flag, "", s.what)
	}
	return c
}

func open(a *cli.App) *cobra.Command {
	m := &jiebangv1.MonitoringCase{}
	var text cli.Prose
	c := a.Action("open SUBJECT", "立案(草稿):对象为 demands/…、contracts/… 或 organizations/…", "Draft a case", func(ctx context.Context, c *cobra.Command, args []string) (err error) {
		var given bool
		if m.Text, given, err = text.Read(c, a.In, "text"); err != nil {
			return err
		}
		if m.GetFinding() != "" && !c.Flags().Changed("cause") {
			m.Cause = jiebangv1.MonitoringCase_INDICATOR
		}
		if !given || m.GetCause() == 0 {
			return failure.Usagef("缺少 --text(--text-file),或 --cause 与 --finding 都没有给出")
		}
		m.Subject = args[0]
		_, err = cli.Mutate(ctx, a, caseKind(), &jiebangv1.CreateMonitoringCaseRequest{MonitoringCase: m}, cases.CreateMonitoringCase)
		return err
	})
	cli.CodeFlag(c, &m.Cause, "cause", "事由")
	c.Flags().StringVar(&m.Finding, "finding", "", "据以立案的提示,ledgers/…/findings/…;连同依据原样存入案件")
	text.Flags(c, "text", "要查清的问题")
	a.ChangeFlags(c)
	c.Example = "  jiebang monitoring case open contracts/c330182-… --finding ledgers/330182/findings/RF09-… --text 请核实签约时间"
	return c
}

// parse reads texts of the form 类型:说明.
func parse(text, form string) (jiebangv1.MonitoringCase_Type, string, error) {
	name, rest, ok := strings.Cut(text, ":")
	if !ok {
		return 0, "", failure.Usagef("%q 应写成 %s", text, form)
	}
	t, err := input.ParseEnum[jiebangv1.MonitoringCase_Type](name)
	return t, rest, failure.AsUsage(err)
}

func conclude(a *cli.App) *cobra.Command {
	var found []string
	conclusion := ""
	c := cli.VerbCommand(a, caseKind(), cli.Verb[cases, *jiebangv1.ConcludeMonitoringCaseRequest, oneCase]{
		Use: "conclude CASE", Chinese: "作结论:有 --violation 为发现问题,没有为未发现问题;须不是立案的人", English: "Conclude a case", Call: cases.ConcludeMonitoringCase, Needs: []string{"conclusion"},
		Fill: func(_ context.Context, r *jiebangv1.ConcludeMonitoringCaseRequest, _ cli.Target[oneCase]) error {
			r.Conclusion = conclusion
			for _, text := range found {
				t, rest, err := parse(text, "类型:内容")
				if err != nil {
					return err
				}
				r.Violations = append(r.Violations, &jiebangv1.MonitoringCase_Violation{Type: t, Text: rest})
			}
			return nil
		},
	})
	c.Flags().StringArrayVar(&found, "violation", nil, "一类问题,写成 类型:内容,每类一次。类型: "+cli.Choices(jiebangv1.MonitoringCase_Type(0)))
	c.Flags().StringVar(&conclusion, "conclusion", "", "结论,被监测方可见")
	return c
}

func complete(a *cli.App) *cobra.Command {
	var resolved []string
	c := cli.VerbCommand(a, caseKind(), cli.Verb[cases, *jiebangv1.CompleteMonitoringCaseRequest, oneCase]{
		Use: "complete CASE", Chinese: "办结:逐类写明问题的整改结果", English: "Complete an addressed case", Call: cases.CompleteMonitoringCase, Needs: []string{"resolution"},
		Fill: func(_ context.Context, r *jiebangv1.CompleteMonitoringCaseRequest, _ cli.Target[oneCase]) error {
			for _, text := range resolved {
				const form = "类型:结果 或 类型:结果:说明"
				t, rest, err := parse(text, form)
				if err != nil {
					return err
				}
				name, words, _ := strings.Cut(rest, ":")
				what, err := input.ParseEnum[jiebangv1.MonitoringCase_Resolution](name)
				if err != nil {
					return failure.AsUsage(err)
				}
				r.Resolutions = append(r.Resolutions, &jiebangv1.CompleteMonitoringCaseRequest_Resolved{Type: t, Resolution: what, Text: words})
			}
			return nil
		},
	})
	c.Flags().StringArrayVar(&resolved, "resolution", nil, "一类问题的结果,写成 类型:结果 或 类型:结果:说明,每类一次。结果: "+cli.Choices(jiebangv1.MonitoringCase_Resolution(0)))
	return c
}
