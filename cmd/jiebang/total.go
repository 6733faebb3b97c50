package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

func (a *app) auditTotalCommand() *cobra.Command {
	ledger := ""
	r := &jiebangv1.GetTotalRequest{}
	c := a.Action("total", "总账:发布需求、签约和合作总金额", "Totals", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		if ledger == "" {
			ledger = "-"
		}
		name, err := a.ledger(ctx, ledger)
		if err != nil {
			return err
		}
		for _, month := range []*string{&r.FromMonth, &r.ToMonth} {
			if *month, err = input.Month(*month); err != nil {
				return failure.AsUsage(err)
			}
		}
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		r.Name = name + "/total"
		t, err := jiebangv1.NewAuditServiceClient(conn).GetTotal(ctx, r)
		if err != nil {
			return err
		}
		data, err := output.Encode(t)
		if err != nil {
			return err
		}
		header, rows := totalRows(t, output.View{CSV: true})
		return a.Printer.Document(ctx, output.Document{
			JSON: data, Name: t.GetName(), Header: header, Rows: rows,
			Text: func(w *output.Text, v output.View) error { return totalText(w, v, t) },
		})
	})
	f := c.Flags()
	a.ledgerFlag(c, &ledger, "行政区划代码,- 为全部(默认)")
	f.StringVar(&r.FromMonth, "from", "", "起始月份,如 2026-01")
	f.StringVar(&r.ToMonth, "to", "", "截止月份(含),如 2026-12")
	f.Int64Var(&r.AtLeastSequence, "at-least-sequence", 0, "等到这一条(回执上的序号)已计入再答,最多 5 秒")
	cli.CodeFlag(c, &r.GroupBy, "by", "分组")
	return c
}

// totalRows makes the rows of a total: one for each group, or the whole one if there are no groups.
func totalRows(t *jiebangv1.Total, v output.View) (header []string, rows [][]string) {
	unit := "万元"
	if v.CSV || v.Yuan {
		unit = "元"
	}
	header = []string{"分组", "名称", "发布需求(项)", "签约(项)", "合作总金额(" + unit + ")"}
	for _, g := range t.GetGroups() {
		rows = append(rows, []string{
			g.GetKey(), g.GetDisplayName(), count(g.GetDemandsPublished()), count(g.GetContractsSigned()), v.Money(g.GetAmount()),
		})
	}
	if len(rows) == 0 {
		rows = [][]string{{"", "合计", count(t.GetDemandsPublished()), count(t.GetContractsSigned()), v.Money(t.GetAmount())}}
	}
	return header, rows
}

// totalText prints the totals, their groups, and up to which entry each ledger is counted.
func totalText(w *output.Text, v output.View, t *jiebangv1.Total) error {
	err := w.Pairs([][]string{
		{"发布需求", count(t.GetDemandsPublished()) + " 项"},
		{"签约", count(t.GetContractsSigned()) + " 项"},
		{"合作总金额", output.View{Detail: true}.Money(t.GetAmount())},
	})
	if err != nil {
		return err
	}
	if len(t.GetGroups()) > 0 {
		header, rows := totalRows(t, v)
		grid := output.Grid{Header: header, Rows: rows, Right: []bool{false, false, true, true, true}}
		if err := w.Printf(""); err != nil {
			return err
		}
		if err := w.Grid(grid); err != nil {
			return err
		}
	}
	var ledgers []string
	for _, l := range t.GetAsOf() {
		ledgers = append(ledgers, fmt.Sprintf("%s 前 %d 条", l.GetJurisdiction(), l.GetSequence()))
	}
	if len(ledgers) == 0 {
		return nil
	}
	return w.Printf("\n已计入账本: %s", strings.Join(ledgers, "、"))
}

func count(n int64) string { return strconv.FormatInt(n, 10) }
