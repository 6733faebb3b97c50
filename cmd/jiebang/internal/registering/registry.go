package registering

import (
	"context"
	"os"
	"strconv"
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

type record = *jiebangv1.RegistryRecord

func recordKind() cli.Kind[jiebangv1.RegistryRecordServiceClient, record] {
	return cli.Kind[jiebangv1.RegistryRecordServiceClient, record]{
		Chinese: "登记清单", English: "registry record", Collection: "registryRecords", Depth: 2,
		Client: func(c grpc.ClientConnInterface) jiebangv1.RegistryRecordServiceClient {
			return jiebangv1.NewRegistryRecordServiceClient(c)
		},
		List: func(ctx context.Context, c jiebangv1.RegistryRecordServiceClient, q cli.Query) ([]record, string, error) {
			r, err := c.ListRegistryRecords(ctx, &jiebangv1.ListRegistryRecordsRequest{PageSize: q.Size, PageToken: q.Token, Filter: q.Filter, OrderBy: q.OrderBy})
			return r.GetRegistryRecords(), r.GetNextPageToken(), err
		},
		Columns: []output.Column[record]{
			output.Plain("登记编号", record.GetNumber), output.Plain("合同名称", record.GetTitle).Flexible(), output.Plain("买方", record.GetBuyer), output.Plain("卖方", record.GetSeller),
			amount("合同成交额", record.GetContractTotal), amount("技术交易额", record.GetTechnology),
			output.Plain("登记日期", func(r record) string { return output.Date(r.GetRegisterDate()) }), output.Plain("名称", record.GetName),
		},
	}
}

func recordsCommand(a *cli.App) *cobra.Command { return recordKind().ListCommand(a, "records", nil) }

func templateCommand(a *cli.App) *cobra.Command {
	file := ""
	c := a.Action("template", "取登记清单的 Excel 模板", "Write the template of the registry's list", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		t, err := jiebangv1.NewRegistryRecordServiceClient(conn).GetRegistryRecordTemplate(ctx, &jiebangv1.GetRegistryRecordTemplateRequest{Name: "registryRecordTemplate"})
		if err != nil {
			return err
		}
		return a.Binary(t.GetContent(), file)
	})
	c.Flags().StringVarP(&file, "file", "f", "", "写到哪个文件(默认标准输出)")
	return c
}

func importCommand(a *cli.App) *cobra.Command {
	marked := ""
	c := a.Action("import FILE", "导入登记机构的清单(Excel、CSV 或 JSON 行),供核对", "Import the registry's list", func(ctx context.Context, _ *cobra.Command, args []string) error {
		content, err := os.ReadFile(args[0])
		if err != nil {
			return failure.AsUsage(err)
		}
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		r := &jiebangv1.ImportRegistryRecordsRequest{Format: offering.FormatOf(args[0], content), Content: content}
		resp, err := cli.Send(ctx, a, 0, r, jiebangv1.NewRegistryRecordServiceClient(conn).ImportRegistryRecords)
		if err != nil {
			return err
		}
		return offering.Report(ctx, a, resp, args[0], marked)
	})
	c.ValidArgsFunction = nil // files
	c.Flags().StringVar(&marked, "marked", "", "批注过的工作簿写到哪个文件(默认 原名-批注.xlsx)")
	a.ChangeFlags(c)
	return c
}

type compared = *jiebangv1.Reconciliation

func reconcileCommand(a *cli.App) *cobra.Command {
	var (
		l       cli.Listing
		year    int32
		outcome jiebangv1.Reconciliation_Outcome
	)
	c := a.Action("reconcile", "按登记编号核对平台的登记与登记机构的清单", "Compare registrations with the registry's list", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		client, all := jiebangv1.NewRegistryRecordServiceClient(conn), &jiebangv1.ReconcileRegistryRecordsResponse{}
		shown, left, err := l.Pages(ctx, func(ctx context.Context, q cli.Query) (int, string, error) {
			r, err := client.ReconcileRegistryRecords(ctx, &jiebangv1.ReconcileRegistryRecordsRequest{Year: year, Outcome: outcome, PageSize: q.Size, PageToken: q.Token})
			if err != nil {
				return 0, "", err
			}
			r.Reconciliations = append(all.Reconciliations, r.Reconciliations...)
			n := len(r.Reconciliations) - len(all.Reconciliations)
			all = r
			return n, r.GetNextPageToken(), nil
		})
		if err != nil {
			return err
		}
		all.NextPageToken = ""
		defer a.Remains(shown, left)
		return printCompared(ctx, a, all)
	})
	l.Flags(c, true)
	c.Flags().Int32Var(&year, "year", 0, "只看某年登记的(默认全部)")
	cli.CodeFlag(c, &outcome, "outcome", "只看某种结果")
	return c
}

func printCompared(ctx context.Context, a *cli.App, all *jiebangv1.ReconcileRegistryRecordsResponse) error {
	data, err := output.Encode(all)
	if err != nil {
		return err
	}
	columns := []output.Column[compared]{
		output.Plain("登记编号", compared.GetNumber), output.Plain("结果", func(c compared) string { return input.Chinese(c.GetOutcome()) }),
		amount("合同成交额", compared.GetContractTotal), amount("清单合同成交额", compared.GetListedContractTotal),
		amount("技术交易额", compared.GetTechnology), amount("清单技术交易额", compared.GetListedTechnology), output.Plain("认定登记", compared.GetRegistration),
	}
	csv := output.Rows(columns, all.GetReconciliations(), output.View{CSV: true})
	return a.Printer.Document(ctx, output.Document{JSON: data, Header: csv.Header, Rows: csv.Rows, Text: func(t *output.Text, v output.View) error {
		if len(all.GetReconciliations()) > 0 {
			if err := t.Grid(output.Rows(columns, all.GetReconciliations(), v)); err != nil {
				return err
			}
		}
		yuan := output.View{Yuan: true}
		return t.Printf("一致 %d,金额不同 %d,仅平台有 %d,仅清单有 %d;技术交易额 平台 %s 元,清单 %s 元", all.GetMatchedCount(), all.GetDifferingCount(), all.GetOnlyHereCount(),
			all.GetOnlyThereCount(), yuan.Money(all.GetTechnology()), yuan.Money(all.GetListedTechnology()))
	}})
}

type unfiled = *jiebangv1.UnfiledContract

func unfiledCommand(a *cli.App) *cobra.Command {
	l := cli.Listing{}
	columns := []output.Column[unfiled]{
		output.Plain("合同编号", unfiled.GetNumber), output.Plain("标题", unfiled.GetTitle).Flexible(), output.Plain("卖方", unfiled.GetSeller),
		output.Plain("签订日期", func(u unfiled) string { return output.Date(u.GetSignDate()) }), amount("合同额", unfiled.GetTotal), output.Plain("合同", unfiled.GetContract),
	}
	c := a.Action("unfiled LEDGER", "列出逾期未申请认定登记的合同", "List contracts that nobody has filed in time", func(ctx context.Context, _ *cobra.Command, args []string) error {
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		client, all := jiebangv1.NewRegistrationServiceClient(conn), &jiebangv1.ListUnfiledContractsResponse{}
		shown, left, err := l.Pages(ctx, func(ctx context.Context, q cli.Query) (int, string, error) {
			r, err := client.ListUnfiledContracts(ctx, &jiebangv1.ListUnfiledContractsRequest{Parent: "ledgers/" + strings.TrimPrefix(args[0], "ledgers/"), PageSize: q.Size, PageToken: q.Token})
			all.UnfiledContracts = append(all.UnfiledContracts, r.GetUnfiledContracts()...)
			return len(r.GetUnfiledContracts()), r.GetNextPageToken(), err
		})
		if err != nil {
			return err
		}
		data, err := output.Encode(all)
		if err != nil {
			return err
		}
		defer a.Remains(shown, left)
		csv, names := output.Rows(columns, all.GetUnfiledContracts(), output.View{CSV: true}), []string(nil)
		for _, u := range all.GetUnfiledContracts() {
			names = append(names, u.GetContract())
		}
		return a.Printer.Document(ctx, output.Document{JSON: data, Name: strings.Join(names, "\n"), Header: csv.Header, Rows: csv.Rows, Text: func(t *output.Text, v output.View) error {
			if shown == 0 {
				return nil
			}
			return t.Grid(output.Rows(columns, all.GetUnfiledContracts(), v))
		}})
	})
	l.Flags(c, true)
	return c
}

func classifyCommand(a *cli.App) *cobra.Command {
	var (
		answers []string
		day     string
	)
	c := a.Action("classify", "回答引导问题,得出建议的技术合同类别和理由", "Propose the class of a contract by questions", func(ctx context.Context, _ *cobra.Command, _ []string) (err error) {
		r := &jiebangv1.ProposeContractClassRequest{Answers: answers}
		if day != "" {
			if r.SignDate, err = input.Date(day); err != nil {
				return failure.AsUsage(err)
			}
		}
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		p, err := jiebangv1.NewContractClassServiceClient(conn).ProposeContractClass(ctx, r)
		if err != nil {
			return err
		}
		return printClass(ctx, a, p)
	})
	c.Flags().StringSliceVar(&answers, "answer", nil, "所选答案的编号,按问题的次序,如 content.right,right.licence")
	c.Flags().StringVar(&day, "sign-date", "", "合同签订日期,决定适用的类别表(默认今天)")
	c.Example = "  jiebang registration classify\n  jiebang registration classify --answer content.right,right.licence"
	return c
}

func printClass(ctx context.Context, a *cli.App, p *jiebangv1.ProposeContractClassResponse) error {
	data, err := output.Encode(p)
	if err != nil {
		return err
	}
	class := input.Chinese(p.GetContractClass())
	if p.GetExcluded() {
		class = "不属技术合同"
	}
	d := output.Document{JSON: data, Name: class, Header: []string{"类别", "理由", "依据", "规则"}, Rows: [][]string{{class, p.GetReason(), p.GetBasis(), p.GetRule()}}}
	if q := p.GetNextQuestion(); q != nil {
		d.Header, d.Rows = []string{"答案", "内容"}, nil
		for _, o := range q.GetOptions() {
			d.Rows = append(d.Rows, []string{o.GetOptionId(), o.GetText()})
		}
	}
	d.Text = func(t *output.Text, _ output.View) error {
		q := p.GetNextQuestion()
		if q == nil {
			return t.Pairs([][]string{{"建议类别", class}, {"理由", p.GetReason()}, {"依据", p.GetBasis()}, {"规则", p.GetRule()}, {"类别表", output.Date(p.GetTableDate()) + " 起 " + p.GetSource()}})
		}
		if err := t.Printf("第 %s 问: %s", strconv.Itoa(len(p.GetAnsweredQuestions())+1), q.GetText()); err != nil {
			return err
		}
		return t.Grid(output.Grid{Header: d.Header, Rows: d.Rows, Flex: []bool{false, true}})
	}
	return a.Printer.Document(ctx, d)
}
