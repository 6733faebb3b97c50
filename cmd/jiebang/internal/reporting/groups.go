package reporting

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

func groups(a *cli.App, l Ledger) *cobra.Command {
	q, part := question{}, jiebangv1.ListFigureGroupsRequest_PART_UNSPECIFIED
	c := a.Action("groups CODE", "一项指标按渠道、领域、地区等,或按季、月、周分列", "Show a figure by groups or by parts of a period", func(ctx context.Context, _ *cobra.Command, args []string) error {
		if q.by == 0 && part == 0 {
			return failure.Usagef("请用 --by 指明分组,或用 --part 指明按季、月、周")
		}
		name, err := q.name(ctx, l, args[0])
		if err != nil {
			return err
		}
		client, err := dial(a)
		if err != nil {
			return err
		}
		whole, err := client.GetFigure(ctx, &jiebangv1.GetFigureRequest{Name: name, Period: q.period, Version: q.version, AtLeastSequence: q.least})
		if err != nil {
			return err
		}
		req := &jiebangv1.ListFigureGroupsRequest{Parent: name, Period: q.period, Dimension: q.by, Version: q.version, Part: part, Key: q.key, PageSize: cli.MaxPage}
		all := &jiebangv1.ListFigureGroupsResponse{}
		for {
			r, err := client.ListFigureGroups(ctx, req)
			if err != nil {
				return err
			}
			all.Groups = append(all.Groups, r.GetGroups()...)
			all.AsOfSequence, all.Checkpoint, all.Definition = r.GetAsOfSequence(), r.GetCheckpoint(), r.GetDefinition()
			if req.PageToken = r.GetNextPageToken(); req.PageToken == "" {
				break
			}
		}
		return printGroups(ctx, a, whole.GetUnit(), all)
	})
	q.flags(c, l)
	cli.CodeFlag(c, &part, "part", "按期间的部分")
	c.Example = "  jiebang report groups signed_amount --period 2026 --by channel\n  jiebang report groups signed_amount --period 2026 --part month"
	return c
}

func printGroups(ctx context.Context, a *cli.App, of unit, all *jiebangv1.ListFigureGroupsResponse) error {
	data, err := output.Encode(all)
	if err != nil {
		return err
	}
	grid := func(v output.View) output.Grid {
		in := "(" + unitName(of, v) + ")"
		g := output.Grid{Header: []string{"组", "名称", "本期" + in, "上年同期" + in, "同比"}, Right: []bool{false, false, true, true, true}}
		for _, one := range all.GetGroups() {
			g.Rows = append(g.Rows, []string{one.GetKey(), one.GetDisplayName(), number(of, one.GetValue(), v), number(of, one.GetLastValue(), v), changed(one.ChangeBasisPoints)})
		}
		return g
	}
	csv := grid(output.View{CSV: true})
	return a.Printer.Document(ctx, output.Document{JSON: data, Header: csv.Header, Rows: csv.Rows, Text: func(t *output.Text, v output.View) error {
		if err := t.Grid(grid(v)); err != nil {
			return err
		}
		return stands(t, all.GetDefinition(), all.GetAsOfSequence(), all.GetCheckpoint())
	}})
}

func records(a *cli.App, l Ledger) *cobra.Command {
	q, page := question{}, cli.Listing{}
	c := a.Action("records CODE", "一项指标由哪些需求、合同、付款构成", "List the records that a figure is made of", func(ctx context.Context, _ *cobra.Command, args []string) error {
		name, err := q.name(ctx, l, args[0])
		if err != nil {
			return err
		}
		client, err := dial(a)
		if err != nil {
			return err
		}
		whole, err := client.GetFigure(ctx, &jiebangv1.GetFigureRequest{Name: name, Period: q.period, Dimension: q.by, Version: q.version, Key: q.key, AtLeastSequence: q.least})
		if err != nil {
			return err
		}
		all := &jiebangv1.ListFigureRecordsResponse{}
		shown, left, err := page.Pages(ctx, func(ctx context.Context, p cli.Query) (int, string, error) {
			r, err := client.ListFigureRecords(ctx, &jiebangv1.ListFigureRecordsRequest{Parent: name, Period: q.period, Dimension: q.by, Version: q.version, Key: q.key,
				PageSize: p.Size, PageToken: p.Token})
			all.Records = append(all.Records, r.GetRecords()...)
			all.AsOfSequence, all.Checkpoint, all.Definition = r.GetAsOfSequence(), r.GetCheckpoint(), r.GetDefinition()
			return len(r.GetRecords()), r.GetNextPageToken(), err
		})
		if err != nil {
			return err
		}
		all.NextPageToken = left
		if err := printRecords(ctx, a, whole.GetUnit(), all); err != nil {
			return err
		}
		a.Remains(shown, left)
		return nil
	})
	q.flags(c, l)
	page.Flags(c, true)
	c.Example = "  jiebang report records signed_amount --period 2026 --all -o csv"
	return c
}

func printRecords(ctx context.Context, a *cli.App, of unit, all *jiebangv1.ListFigureRecordsResponse) error {
	data, err := output.Encode(all)
	if err != nil {
		return err
	}
	grid := func(v output.View) output.Grid {
		g := output.Grid{Header: []string{"编号", "标题", "日期", "计入(" + unitName(of, v) + ")", "名称", "账目"}, Right: []bool{false, false, false, true}, Flex: []bool{false, true}}
		for _, r := range all.GetRecords() {
			g.Rows = append(g.Rows, []string{r.GetNumber(), r.GetTitle(), r.GetDate(), number(of, r.GetValue(), v), r.GetRecord(), r.GetEntry()})
		}
		return g
	}
	var names []string
	for _, r := range all.GetRecords() {
		names = append(names, r.GetRecord())
	}
	csv := grid(output.View{CSV: true})
	return a.Printer.Document(ctx, output.Document{JSON: data, Name: strings.Join(names, "\n"), Header: csv.Header, Rows: csv.Rows, Text: func(t *output.Text, v output.View) error {
		if err := t.Grid(grid(v)); err != nil {
			return err
		}
		return stands(t, all.GetDefinition(), all.GetAsOfSequence(), all.GetCheckpoint())
	}})
}
