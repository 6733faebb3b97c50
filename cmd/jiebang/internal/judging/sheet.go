package judging

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type (
	sheets = jiebangv1.SheetServiceClient
	sheet  = *jiebangv1.Sheet
)

func points(s []*jiebangv1.Sheet_Points) string {
	texts := make([]string, len(s))
	for i, p := range s {
		if texts[i] = strconv.Itoa(int(p.GetValue())); p.GetNotApplicable() {
			texts[i] = notApplicable
		}
	}
	return strings.Join(texts, ",")
}

// notApplicable is how people write that a criterion does not apply.
const notApplicable = "-"

func sheetKind() cli.Kind[sheets, sheet] {
	return cli.Kind[sheets, sheet]{
		Chinese: "评分表", English: "sheet", Collection: "demands", Depth: 4, Parent: "demands/-", States: jiebangv1.Sheet_State(0),
		Client: func(c grpc.ClientConnInterface) sheets { return jiebangv1.NewSheetServiceClient(c) },
		Get: func(ctx context.Context, c sheets, name string) (sheet, error) {
			return c.GetSheet(ctx, &jiebangv1.GetSheetRequest{Name: name})
		},
		List: func(ctx context.Context, c sheets, q cli.Query) ([]sheet, string, error) {
			r, err := c.ListSheets(ctx, &jiebangv1.ListSheetsRequest{Parent: q.Parent, PageSize: q.Size, PageToken: q.Token, Filter: q.Filter, OrderBy: q.OrderBy})
			return r.GetSheets(), r.GetNextPageToken(), err
		},
		Title: func(s sheet) string { return input.Chinese(s.GetState()) + " " + s.GetBidder() },
		Columns: append([]output.Column[sheet]{
			output.Plain("状态", func(s sheet) string { return input.Chinese(s.GetState()) }),
			output.Plain("揭榜单位", sheet.GetBidder),
			output.Plain("提示", func(s sheet) string { return cli.Names(s.GetHints()) }),
			output.Plain("评分", func(s sheet) string { return points(s.GetPoints()) }),
			output.Plain("名称", sheet.GetName),
			output.Plain("揭榜", sheet.GetBid).InDetail(),
			output.Plain("专家单位", sheet.GetOrganization).InDetail(),
			output.Plain("专家", sheet.GetPerson).InDetail(),
			output.Plain("回避原因", sheet.GetConflictReason).InDetail(),
			output.Plain("评语", sheet.GetRemark).InDetail(),
			output.Plain("偏差说明", sheet.GetDeviationReason).InDetail(),
			output.Plain("重开前", func(s sheet) string {
				return lines(s.GetFormerVersions(), func(v *jiebangv1.Sheet_Version) string { return points(v.GetPoints()) + " " + v.GetReopenReason() })
			}).InDetail(),
			output.Instant("锁定时间", sheet.GetLockTime).InDetail(),
		}, cli.History[sheet]()...),
	}
}

// Score makes `score` and the commands below it.
func Score(a *cli.App) *cobra.Command {
	k := sheetKind()
	conflict, remark, why := "", "", ""
	var given []string
	declare := cli.VerbCommand(a, k, cli.Verb[sheets, *jiebangv1.DeclareConflictRequest, sheet]{
		Use: "declare SHEET", Chinese: "声明无利益冲突,可以阅看揭榜;有冲突的写明并回避", English: "Declare a conflict or none", Call: sheets.DeclareConflict,
		Fill: func(_ context.Context, r *jiebangv1.DeclareConflictRequest, _ cli.Target[sheet]) error {
			r.Conflicted, r.Reason = conflict != "", conflict
			return nil
		},
	})
	declare.Flags().StringVar(&conflict, "conflict", "", "有何利益冲突;没有则不写")
	lock := cli.VerbCommand(a, k, cli.Verb[sheets, *jiebangv1.LockSheetRequest, sheet]{
		Use: "lock SHEET", Chinese: "评分并锁定,锁定后不能再改", English: "Score, and lock the sheet", Call: sheets.LockSheet, Needs: []string{"points"},
		Ask: func(s sheet) string {
			a.Note("  %s: %s", s.GetBidder(), strings.Join(given, ","))
			return "锁定后不能再改。"
		},
		Fill: func(_ context.Context, r *jiebangv1.LockSheetRequest, _ cli.Target[sheet]) error {
			r.Remark = remark
			for _, text := range given {
				n, err := strconv.ParseInt(text, 10, 32)
				if err != nil && text != notApplicable {
					return failure.Usagef("--points 中的 %q 不是分数;不适用写 -", text)
				}
				r.Points = append(r.Points, &jiebangv1.Sheet_Points{Value: int32(n), NotApplicable: text == notApplicable}) // #nosec G115 -- parsed as 32 bits
			}
			return nil
		},
	})
	lock.Flags().StringSliceVar(&given, "points", nil, "各项分数,按评审标准的次序,逗号分隔;不适用写 -")
	lock.Flags().StringVar(&remark, "remark", "", "评语")
	explain := cli.VerbCommand(a, k, cli.Verb[sheets, *jiebangv1.ExplainSheetRequest, sheet]{
		Use: "explain SHEET", Chinese: "说明与平均分相差较大的理由", English: "Say why a sheet deviates", Call: sheets.ExplainSheet, Needs: []string{"reason"},
		Fill: func(_ context.Context, r *jiebangv1.ExplainSheetRequest, _ cli.Target[sheet]) error {
			r.Reason = why
			return nil
		},
	})
	reopen := cli.VerbCommand(a, k, cli.Verb[sheets, *jiebangv1.ReopenSheetRequest, sheet]{
		Use: "reopen SHEET", Chinese: "重开已锁定的评分表,原评分保留", English: "Reopen a locked sheet", Call: sheets.ReopenSheet, Needs: []string{"reason"},
		Fill: func(_ context.Context, r *jiebangv1.ReopenSheetRequest, _ cli.Target[sheet]) error {
			r.Reason = why
			return nil
		},
	})
	for _, c := range []*cobra.Command{explain, reopen} {
		c.Flags().StringVar(&why, "reason", "", "理由")
	}
	return a.Group("score", "专家评分", "Score sheets", k.ListCommand(a, "list", nil), k.GetCommand(a), declare, lock, explain, reopen)
}
