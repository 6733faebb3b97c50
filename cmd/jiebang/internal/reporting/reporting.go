// Package reporting has the commands of the figures of reports and of closed periods.
package reporting

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type (
	figures    = jiebangv1.FigureServiceClient
	figure     = *jiebangv1.Figure
	definition = *jiebangv1.FigureDefinition
	value      = *jiebangv1.FigureValue
	unit       = jiebangv1.FigureDefinition_Unit
)

// Ledger is how commands take a ledger: the flag, and the name of what it says.
type Ledger struct {
	Name func(ctx context.Context, typed string) (string, error)
	Flag func(c *cobra.Command, ledger *string, usage string)
}

// Command has the commands of reports.
func Command(a *cli.App, l Ledger) *cobra.Command {
	return a.Group("report", "统计:指标、同比、明细、结账与更正", "Figures, closed periods and what has changed them since",
		definitions(a), show(a, l), groups(a, l), records(a, l), closePeriod(a, l), restate(a), closureKind().ListCommand(a, "closures", nil), closureKind().GetCommand(a), compare(a), differences(a))
}

func dial(a *cli.App) (figures, error) {
	conn, err := a.Connection()
	if err != nil {
		return nil, err
	}
	return jiebangv1.NewFigureServiceClient(conn), nil
}

// number writes a value in the unit of the view.
func number(of unit, n value, v output.View) string {
	switch {
	case n == nil:
		return ""
	case of == jiebangv1.FigureDefinition_FEN:
		return v.Money(n.GetAmount())
	case of == jiebangv1.FigureDefinition_BASIS_POINTS:
		return percent(n.GetNumber())
	}
	return fmt.Sprint(n.GetNumber())
}

// unitName names the unit in which number writes.
func unitName(of unit, v output.View) string {
	switch {
	case of == jiebangv1.FigureDefinition_BASIS_POINTS:
		return "%"
	case of == jiebangv1.FigureDefinition_FEN && (v.CSV || v.Yuan || v.Detail):
		return "元"
	case of == jiebangv1.FigureDefinition_FEN:
		return "万元"
	}
	return input.Chinese(of)
}

// percent writes basis points.
func percent(basis int64) string {
	sign := ""
	if basis < 0 {
		sign, basis = "-", -basis
	}
	return fmt.Sprintf("%s%d.%02d%%", sign, basis/100, basis%100)
}

// changed writes 同比; there may be none.
func changed(basis *int64) string {
	if basis == nil {
		return ""
	}
	if *basis > 0 {
		return "+" + percent(*basis)
	}
	return percent(*basis)
}

// version is the code and the version of a definition.
func version(name string) string { return strings.TrimPrefix(name, "figureDefinitions/") }

// stands says by what, up to which entry and under which checkpoint an answer was counted.
func stands(t *output.Text, definition string, asOf int64, checkpoint string) error {
	if checkpoint == "" {
		checkpoint = "尚无"
	}
	by := ""
	if definition != "" {
		by = "口径 " + version(definition) + ","
	}
	return t.Printf("\n%s已计入账本前 %d 条,检查点 %s", by, asOf, checkpoint)
}

var definitionColumns = []output.Column[definition]{
	output.Plain("代码", func(d definition) string { return version(d.GetName()) }), output.Plain("指标", definition.GetDisplayName),
	output.Plain("单位", func(d definition) string {
		if d.GetUnit() == jiebangv1.FigureDefinition_BASIS_POINTS {
			return "%"
		}
		return input.Chinese(d.GetUnit())
	}),
	output.Plain("侧", func(d definition) string { return input.Chinese(d.GetSide()) }),
	output.Plain("口径", func(d definition) string {
		if d.GetNotRecorded() != "" {
			return "(尚无数据)" + d.GetNotRecorded()
		}
		return d.GetDescription()
	}).Flexible(),
}

func definitions(a *cli.App) *cobra.Command {
	l := cli.Listing{}
	c := a.Action("definitions", "列出全部指标及其口径", "List the definitions of figures", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		client, err := dial(a)
		if err != nil {
			return err
		}
		return cli.List(ctx, a, l, definitionColumns, func(ctx context.Context, q cli.Query) ([]definition, string, error) {
			r, err := client.ListFigureDefinitions(ctx, &jiebangv1.ListFigureDefinitionsRequest{PageSize: q.Size, PageToken: q.Token})
			return r.GetFigureDefinitions(), r.GetNextPageToken(), err
		})
	})
	l.Flags(c, true)
	return c
}

// question has the flags of what is asked of a figure.
type question struct {
	ledger, period, key string
	version             int32
	by                  jiebangv1.FigureDimension
	least               int64
}

func (q *question) flags(c *cobra.Command, l Ledger) {
	f := c.Flags()
	l.Flag(c, &q.ledger, "行政区划代码(默认本机构的)")
	f.StringVar(&q.period, "period", "", "期间,如 2026、2026-Q1、2026-03、2026-W10(默认全部时间)")
	f.Int32Var(&q.version, "version", 0, "口径的版本(默认期间适用的)")
	f.Int64Var(&q.least, "at-least-sequence", 0, "等到这一条(回执上的序号)已计入再答,最多 5 秒")
	cli.CodeFlag(c, &q.by, "by", "分组")
	f.StringVar(&q.key, "key", "", "与 --by 同用:只看这一组,如 330182")
}

// name is the name of a figure.
func (q *question) name(ctx context.Context, l Ledger, code string) (string, error) {
	ledger, err := l.Name(ctx, q.ledger)
	if err == nil && (code == "" || strings.Contains(code, "/")) {
		err = failure.Usagef("%q 不是指标的代码;可用的指标见 jiebang report definitions", code)
	}
	return ledger + "/figures/" + code, err
}

var figureColumns = []output.Column[figure]{
	output.Plain("指标", figure.GetDisplayName),
	{Title: "本期", Right: true, Text: func(f figure, v output.View) string { return number(f.GetUnit(), f.GetValue(), v) }},
	{Title: "上年同期", Right: true, Text: func(f figure, v output.View) string { return number(f.GetUnit(), f.GetLastValue(), v) }},
	{Title: "单位", Text: func(f figure, v output.View) string { return unitName(f.GetUnit(), v) }},
	{Title: "同比", Right: true, Text: func(f figure, _ output.View) string { return changed(f.ChangeBasisPoints) }},
	output.Plain("口径", func(f figure) string { return version(f.GetDefinition()) }),
	output.Plain("账目", func(f figure) string { return fmt.Sprint(f.GetAsOfSequence()) }),
	output.Plain("期间", figure.GetPeriod).InDetail(), output.Plain("分组", func(f figure) string { return input.Chinese(f.GetDimension()) }).InDetail(),
	output.Plain("组", figure.GetKey).InDetail(), output.Plain("检查点", figure.GetCheckpoint).InDetail(),
}

func show(a *cli.App, l Ledger) *cobra.Command {
	q := question{}
	c := a.Action("show [CODE]", "一期的全部指标,或其中一项,与上年同期相比", "Show the figures of a period, or one of them", func(ctx context.Context, _ *cobra.Command, args []string) error {
		client, err := dial(a)
		if err != nil {
			return err
		}
		if len(args) == 0 {
			return overview(ctx, a, l, &q, client)
		}
		name, err := q.name(ctx, l, args[0])
		if err != nil {
			return err
		}
		f, err := client.GetFigure(ctx, &jiebangv1.GetFigureRequest{Name: name, Period: q.period, Dimension: q.by, Version: q.version, Key: q.key, AtLeastSequence: q.least})
		if err != nil {
			return err
		}
		return output.One(ctx, a.Printer, figureColumns, f)
	})
	q.flags(c, l)
	c.Example = "  jiebang report show --period 2026\n  jiebang report show signed_amount --period 2026-Q1\n  jiebang report show signed_amount --period 2026 --by channel --key auction"
	return c
}

// overview shows every figure that is recorded and that the caller may read.
func overview(ctx context.Context, a *cli.App, l Ledger, q *question, client figures) error {
	if q.by != 0 || q.key != "" || q.version != 0 {
		return failure.Usagef("--by、--key 和 --version 须指明一项指标,如 jiebang report show signed_amount")
	}
	all, err := client.ListFigureDefinitions(ctx, &jiebangv1.ListFigureDefinitionsRequest{PageSize: cli.MaxPage})
	if err != nil {
		return err
	}
	stream, seen, kept := output.NewStream(a.Printer, figureColumns), map[string]bool{}, 0
	for _, d := range all.GetFigureDefinitions() {
		if seen[d.GetCode()] || d.GetNotRecorded() != "" {
			continue
		}
		seen[d.GetCode()] = true
		name, err := q.name(ctx, l, d.GetCode())
		if err != nil {
			return err
		}
		f, err := client.GetFigure(ctx, &jiebangv1.GetFigureRequest{Name: name, Period: q.period, AtLeastSequence: q.least})
		if d.GetKept() && status.Code(err) == codes.PermissionDenied {
			kept++
			continue
		}
		if err != nil {
			return err
		}
		if err := stream.Add([]figure{f}); err != nil {
			return err
		}
	}
	if kept > 0 {
		a.Note("另有 %d 项只供本行政区的科技局和审计机构查看", kept)
	}
	return stream.Close(ctx)
}
