// Package backfilling has the commands of 补录: lists of what happened before the marketplace or beside it, which two officers take into the ledger.
package backfilling

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/offering"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type (
	backfills = jiebangv1.BackfillServiceClient
	backfill  = *jiebangv1.Backfill
	row       = *jiebangv1.BackfillRow
	past      = *jiebangv1.PastRecord
)

func kind() cli.Kind[backfills, backfill] {
	return cli.Kind[backfills, backfill]{
		Chinese: "补录批次", English: "backfill", Collection: "backfills", Depth: 2, States: jiebangv1.Backfill_State(0),
		Client: func(c grpc.ClientConnInterface) backfills { return jiebangv1.NewBackfillServiceClient(c) },
		Get: func(ctx context.Context, c backfills, name string) (backfill, error) {
			return c.GetBackfill(ctx, &jiebangv1.GetBackfillRequest{Name: name})
		},
		List: func(ctx context.Context, c backfills, q cli.Query) ([]backfill, string, error) {
			r, err := c.ListBackfills(ctx, &jiebangv1.ListBackfillsRequest{PageSize: q.Size, PageToken: q.Token, Filter: q.Filter, OrderBy: q.OrderBy})
			return r.GetBackfills(), r.GetNextPageToken(), err
		},
		Title: backfill.GetSource,
		Columns: []output.Column[backfill]{
			output.Plain("来源", backfill.GetSource).Flexible(), output.Plain("状态", func(b backfill) string { return input.Chinese(b.GetState()) }),
			output.Plain("已登记", func(b backfill) string { return fmt.Sprintf("%d/%d", b.GetRecordedCount(), b.GetRowCount()) }),
			output.Plain("摘要", func(b backfill) string { return output.Hex(b.GetDigest()) }).InDetail(), output.Plain("名称", backfill.GetName),
			output.Plain("原因", backfill.GetReason).InDetail(), output.Instant("提交时间", backfill.GetCreateTime).InDetail(), output.Plain("版本", backfill.GetEtag).InDetail(),
		},
	}
}

// Command has the commands.
func Command(a *cli.App) *cobra.Command {
	k := kind()
	discarded := ""
	discard := cli.VerbCommand(a, k, cli.Verb[backfills, *jiebangv1.DiscardBackfillRequest, backfill]{
		Use: "discard BACKFILL", Chinese: "作废;已登记的保留", English: "Give a list up; what is recorded stays", Call: backfills.DiscardBackfill, Needs: []string{"reason"},
		Fill: func(_ context.Context, r *jiebangv1.DiscardBackfillRequest, _ cli.Target[backfill]) error {
			r.Reason = discarded
			return nil
		},
	})
	discard.Flags().StringVar(&discarded, "reason", "", "作废的理由,永久记入账本")
	record := cli.VerbCommand(a, k, cli.Verb[backfills, *jiebangv1.RecordBackfillRequest, backfill]{
		Use: "record BACKFILL", Chinese: "登记入账(须两人):第一人提出,第二人批准,第一人以同一 --request-id 再办一次", English: "Have a list recorded (two persons)", Call: backfills.RecordBackfill, Reads: true,
		Fill: func(_ context.Context, r *jiebangv1.RecordBackfillRequest, t cli.Target[backfill]) error {
			r.Digest = t.Current.GetDigest()
			return nil
		},
	})
	return a.Group("backfill", "补录:场外签订的合同,往年的需求和揭榜", "Lists of what happened before or elsewhere", template(a), importing(a), k.ListCommand(a, "list", nil), k.GetCommand(a), rows(a), record, discard,
		pasts().ListCommand(a, "past", nil))
}

func template(a *cli.App) *cobra.Command {
	file := ""
	c := a.Action("template", "取补录清单的 Excel 模板", "Write the template", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		t, err := jiebangv1.NewBackfillServiceClient(conn).GetBackfillTemplate(ctx, &jiebangv1.GetBackfillTemplateRequest{Name: "backfillTemplate"})
		if err != nil {
			return err
		}
		return a.Binary(t.GetContent(), file)
	})
	c.Flags().StringVarP(&file, "file", "f", "", "写到哪个文件(默认标准输出)")
	return c
}

func importing(a *cli.App) *cobra.Command {
	marked, source, scans := "", "", ""
	c := a.Action("import FILE", "核对一份台账(Excel、CSV 或 JSON 行),都对的留待第二人批准", "Check a list and keep it for the second officer", func(ctx context.Context, c *cobra.Command, args []string) error {
		if err := cli.Require(c, "source"); err != nil {
			return err
		}
		content, err := os.ReadFile(args[0])
		if err != nil {
			return failure.AsUsage(err)
		}
		r := &jiebangv1.ImportBackfillRequest{Source: source, Format: offering.FormatOf(args[0], content), Content: content}
		if scans != "" {
			if r.Scans, err = digests(scans); err != nil {
				return failure.AsUsage(err)
			}
		}
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		resp, err := cli.Send(ctx, a, 0, r, jiebangv1.NewBackfillServiceClient(conn).ImportBackfill)
		if err != nil {
			return err
		}
		told(a, resp)
		return offering.Report(ctx, a, resp, args[0], marked)
	})
	c.ValidArgsFunction = nil // files
	c.Flags().StringVar(&source, "source", "", "台账来源,每次导入同一台账都写同一个,如 2024年度揭榜挂帅台账")
	c.Flags().StringVar(&scans, "scans", "", "合同扫描件所在目录;表中写文件名,只上传摘要")
	c.Flags().StringVar(&marked, "marked", "", "批注过的工作簿写到哪个文件(默认 原名-批注.xlsx)")
	c.Example = "  jiebang backfill template > 台账.xlsx\n  jiebang backfill import 台账.xlsx --source 2024年度揭榜挂帅台账 --scans 扫描件 --dry-run"
	a.ChangeFlags(c)
	return c
}

// told says what the rows would add, and what waits for the second officer.
func told(a *cli.App, resp *jiebangv1.ImportBackfillResponse) {
	view := output.View{}
	for _, s := range resp.GetSums() {
		words := []string{fmt.Sprintf("%d 年 %s %d 项", s.GetYear(), input.Chinese(s.GetKind()), s.GetRows())}
		if n := s.GetPublishedCount(); n > 0 {
			words = append(words, fmt.Sprintf("其中发布 %d 项", n))
		}
		if s.GetKind() == jiebangv1.PastKind_CONTRACT {
			words = append(words, input.Chinese(s.GetChannel()), "证据等级 "+input.Chinese(s.GetEvidenceGrade()))
		}
		if s.GetAmount() != nil {
			words = append(words, view.Money(s.GetAmount())+" 万元")
		}
		a.Note("%s", strings.Join(words, ","))
	}
	if b := resp.GetBackfill(); b != nil {
		a.Note("待第二人批准: %s(jiebang backfill record %s)", b.GetName(), b.GetName())
	}
}

// digests are the SHA-256 of the files of a directory, by their names.
func digests(dir string) (scans []*jiebangv1.ImportBackfillRequest_Scan, err error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if !f.Type().IsRegular() {
			continue
		}
		sum, err := digest(filepath.Join(dir, f.Name()))
		if err != nil {
			return nil, err
		}
		scans = append(scans, &jiebangv1.ImportBackfillRequest_Scan{Filename: f.Name(), Sha256: sum})
	}
	return scans, nil
}

func digest(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}

// rows lists what a backfill records: it is what the second officer approves.
func rows(a *cli.App) *cobra.Command {
	l, k := cli.Listing{}, kind()
	columns := []output.Column[row]{
		output.Plain("行", func(r row) string { return fmt.Sprint(r.GetLine()) }), output.Plain("类型", func(r row) string { return input.Chinese(r.GetKind()) }),
		output.Plain("编号", row.GetSourceNumber), output.Plain("名称", row.GetTitle).Flexible(), output.Plain("日期", func(r row) string { return output.Date(r.GetDate()) }),
		{Title: "金额", Amount: row.GetAmount}, output.Plain("证据等级", func(r row) string { return input.Chinese(r.GetEvidenceGrade()) }), output.Plain("需求方", row.GetBuyer), output.Plain("揭榜方", row.GetSeller),
	}
	c := a.Action("rows BACKFILL", "列出一批补录的各行", "List the rows of a backfill", func(ctx context.Context, _ *cobra.Command, args []string) error {
		name, err := k.Name(ctx, a, args[0])
		if err != nil {
			return err
		}
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		client, all := k.Client(conn), &jiebangv1.ListBackfillRowsResponse{}
		shown, left, err := l.Pages(ctx, func(ctx context.Context, q cli.Query) (int, string, error) {
			r, err := client.ListBackfillRows(ctx, &jiebangv1.ListBackfillRowsRequest{Parent: name, PageSize: q.Size, PageToken: q.Token})
			all.BackfillRows = append(all.BackfillRows, r.GetBackfillRows()...)
			return len(r.GetBackfillRows()), r.GetNextPageToken(), err
		})
		if err != nil {
			return err
		}
		data, err := output.Encode(all)
		if err != nil {
			return err
		}
		defer a.Remains(shown, left)
		csv := output.Rows(columns, all.GetBackfillRows(), output.View{CSV: true})
		return a.Printer.Document(ctx, output.Document{JSON: data, Header: csv.Header, Rows: csv.Rows, Text: func(t *output.Text, v output.View) error {
			return t.Grid(output.Rows(columns, all.GetBackfillRows(), v))
		}})
	})
	c.ValidArgsFunction = k.Complete(a)
	l.Flags(c, true)
	return c
}

// pasts are demands and bids of the past.
func pasts() cli.Kind[backfills, past] {
	return cli.Kind[backfills, past]{
		Chinese: "往年的需求和揭榜", English: "records of the past", Collection: "pastRecords", Depth: 2,
		Client: func(c grpc.ClientConnInterface) backfills { return jiebangv1.NewBackfillServiceClient(c) },
		List: func(ctx context.Context, c backfills, q cli.Query) ([]past, string, error) {
			r, err := c.ListPastRecords(ctx, &jiebangv1.ListPastRecordsRequest{PageSize: q.Size, PageToken: q.Token, Filter: q.Filter, OrderBy: q.OrderBy})
			return r.GetPastRecords(), r.GetNextPageToken(), err
		},
		Columns: []output.Column[past]{
			output.Plain("类型", func(p past) string { return input.Chinese(p.GetKind()) }), output.Plain("编号", past.GetSourceNumber), output.Plain("名称", past.GetTitle).Flexible(),
			output.Plain("征集日期", func(p past) string { return output.Date(p.GetCollectDate()) }), output.Plain("日期", func(p past) string { return output.Date(p.GetDate()) }),
			{Title: "金额", Amount: past.GetAmount}, output.Plain("来源", past.GetSource), output.Plain("资源", past.GetName),
		},
	}
}
