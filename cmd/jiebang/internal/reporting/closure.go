package reporting

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type (
	closures = jiebangv1.ClosureServiceClient
	closure  = *jiebangv1.Closure
)

func closureKind() cli.Kind[closures, closure] {
	return cli.Kind[closures, closure]{
		Chinese: "结账", English: "closure", Collection: "closures", Depth: 2,
		Client: func(c grpc.ClientConnInterface) closures { return jiebangv1.NewClosureServiceClient(c) },
		Get: func(ctx context.Context, c closures, name string) (closure, error) {
			return c.GetClosure(ctx, &jiebangv1.GetClosureRequest{Name: name})
		},
		List: func(ctx context.Context, c closures, q cli.Query) ([]closure, string, error) {
			r, err := c.ListClosures(ctx, &jiebangv1.ListClosuresRequest{PageSize: q.Size, PageToken: q.Token, Filter: q.Filter})
			return r.GetClosures(), r.GetNextPageToken(), err
		},
		Unordered: true,
		Title:     closure.GetDisplayName,
		Columns: []output.Column[closure]{
			output.Plain("期间", closure.GetDisplayName), output.Plain("次", func(c closure) string { return fmt.Sprint(c.GetRevision()) }),
			output.Instant("结账时间", closure.GetCreateTime), output.Plain("账目", func(c closure) string { return fmt.Sprint(c.GetAsOfSequence()) }),
			output.Plain("更正理由", closure.GetReason).Flexible(), output.Plain("名称", closure.GetName),
			{Title: "已报", Detail: true, Text: reported}, output.Plain("检查点", closure.GetCheckpoint).InDetail(),
			output.Plain("树根", func(c closure) string { return output.Hex(c.GetRootHash()) }).InDetail(), output.Plain("结账人", closure.GetCloser).InDetail(),
			output.Plain("版本", closure.GetEtag).InDetail(),
		},
	}
}

// reported are the figures of a closure, one a line.
func reported(c closure, v output.View) string {
	var lines []string
	for _, f := range c.GetFigures() {
		text := number(f.GetUnit(), f.GetValue(), v)
		if f.GetUnit() != jiebangv1.FigureDefinition_FEN { // which names its unit itself
			text += " " + unitName(f.GetUnit(), v)
		}
		lines = append(lines, f.GetDisplayName()+" "+text)
	}
	return strings.Join(lines, "\n")
}

func closePeriod(a *cli.App, l Ledger) *cobra.Command {
	ledger := ""
	c := a.Action("close PERIOD", "结账:把已结束期间的指标定下来(须两人)", "Close a period", func(ctx context.Context, _ *cobra.Command, args []string) error {
		name, err := l.Name(ctx, ledger)
		if err != nil {
			return err
		}
		_, err = cli.Mutate(ctx, a, closureKind(), &jiebangv1.ClosePeriodRequest{Name: name, Period: args[0]}, closures.ClosePeriod)
		return err
	})
	l.Flag(c, &ledger, "行政区划代码(默认本机构的)")
	a.ChangeFlags(c)
	c.Example = "  jiebang report close 2026-Q1"
	return c
}

func restate(a *cli.App) *cobra.Command {
	reason := ""
	c := cli.VerbCommand(a, closureKind(), cli.Verb[closures, *jiebangv1.RestatePeriodRequest, closure]{
		Use: "restate CLOSURE", Chinese: "更正:按现在所知再报一次,原来的保留(须两人)", English: "Restate a closed period", Call: closures.RestatePeriod, Needs: []string{"reason"},
		Fill: func(_ context.Context, r *jiebangv1.RestatePeriodRequest, _ cli.Target[closure]) error {
			r.Reason = reason
			return nil
		},
	})
	c.Flags().StringVar(&reason, "reason", "", "更正的理由,永久记入账本")
	return c
}

func compare(a *cli.App) *cobra.Command {
	k := closureKind()
	c := a.Action("compare CLOSURE", "已报的数字与现在所知的对比", "Compare what was reported with what is known", func(ctx context.Context, _ *cobra.Command, args []string) error {
		name, err := k.Name(ctx, a, args[0])
		if err != nil {
			return err
		}
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		r, err := k.Client(conn).CompareClosure(ctx, &jiebangv1.CompareClosureRequest{Name: name})
		if err != nil {
			return err
		}
		data, err := output.Encode(r)
		if err != nil {
			return err
		}
		grid := func(v output.View) output.Grid {
			g := output.Grid{Header: []string{"指标", "已报", "现知", "差", "单位", "口径"}, Right: []bool{false, true, true, true}}
			for _, row := range r.GetRows() {
				in := func(n value) string { return number(row.GetUnit(), n, v) }
				g.Rows = append(g.Rows, []string{row.GetDisplayName(), in(row.GetReported()), in(row.GetKnown()), in(row.GetDifference()), unitName(row.GetUnit(), v), version(row.GetDefinition())})
			}
			return g
		}
		csv := grid(output.View{CSV: true})
		return a.Printer.Document(ctx, output.Document{JSON: data, Name: name, Header: csv.Header, Rows: csv.Rows, Text: func(t *output.Text, v output.View) error {
			if err := t.Printf("%s,第 %d 次结账,已报账本前 %d 条", r.GetClosure().GetDisplayName(), r.GetClosure().GetRevision(), r.GetClosure().GetAsOfSequence()); err != nil {
				return err
			}
			if err := t.Grid(grid(v)); err != nil {
				return err
			}
			return stands(t, "", r.GetAsOfSequence(), r.GetCheckpoint())
		}})
	})
	c.ValidArgsFunction = k.Complete(a)
	return c
}

func differences(a *cli.App) *cobra.Command {
	k, page := closureKind(), cli.Listing{}
	c := a.Action("differences CLOSURE CODE", "一项指标的差别来自哪些记录", "List the records by which a figure differs", func(ctx context.Context, _ *cobra.Command, args []string) error {
		name, err := k.Name(ctx, a, args[0])
		if err != nil {
			return err
		}
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		client, all := k.Client(conn), &jiebangv1.ListDifferencesResponse{}
		shown, left, err := page.Pages(ctx, func(ctx context.Context, q cli.Query) (int, string, error) {
			r, err := client.ListDifferences(ctx, &jiebangv1.ListDifferencesRequest{Parent: name, Figure: args[1], PageSize: q.Size, PageToken: q.Token})
			all.Differences, all.AsOfSequence = append(all.Differences, r.GetDifferences()...), r.GetAsOfSequence()
			return len(r.GetDifferences()), r.GetNextPageToken(), err
		})
		if err != nil {
			return err
		}
		all.NextPageToken = left
		if err := printDifferences(ctx, a, all); err != nil {
			return err
		}
		a.Remains(shown, left)
		return nil
	})
	page.Flags(c, true)
	c.ValidArgsFunction = k.Complete(a)
	c.Example = "  jiebang report differences closures/… current_amount"
	return c
}

func printDifferences(ctx context.Context, a *cli.App, all *jiebangv1.ListDifferencesResponse) error {
	data, err := output.Encode(all)
	if err != nil {
		return err
	}
	grid := func(v output.View) output.Grid {
		of := jiebangv1.FigureDefinition_ITEMS
		if len(all.GetDifferences()) > 0 && all.GetDifferences()[0].GetKnown().GetAmount() != nil {
			of = jiebangv1.FigureDefinition_FEN
		}
		in := ""
		if of == jiebangv1.FigureDefinition_FEN {
			in = "(" + unitName(of, v) + ")"
		}
		g := output.Grid{Header: []string{"编号", "标题", "日期", "已报" + in, "现知" + in, "差" + in, "名称", "账目"},
			Right: []bool{false, false, false, true, true, true}, Flex: []bool{false, true}}
		for _, d := range all.GetDifferences() {
			g.Rows = append(g.Rows, []string{d.GetNumber(), d.GetTitle(), d.GetDate(), number(of, d.GetReported(), v), number(of, d.GetKnown(), v), number(of, d.GetDifference(), v),
				d.GetRecord(), d.GetEntry()})
		}
		return g
	}
	var names []string
	for _, d := range all.GetDifferences() {
		names = append(names, d.GetRecord())
	}
	csv := grid(output.View{CSV: true})
	return a.Printer.Document(ctx, output.Document{JSON: data, Name: strings.Join(names, "\n"), Header: csv.Header, Rows: csv.Rows, Text: func(t *output.Text, v output.View) error {
		if err := t.Grid(grid(v)); err != nil {
			return err
		}
		return t.Printf("\n现知已计入账本前 %d 条", all.GetAsOfSequence())
	}})
}
