package vetting

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type disclosure = *jiebangv1.Disclosure

var disclosureColumns = []output.Column[disclosure]{
	output.Plain("单位", disclosure.GetOrganization), output.Plain("签署的协议", disclosure.GetAgreement),
	output.Plain("查看次数", func(d disclosure) string { return fmt.Sprint(d.GetTimes()) }),
	output.Plain("含中榜后可见", func(d disclosure) string {
		if d.GetWinner() {
			return "是"
		}
		return ""
	}),
	output.Instant("签署或首次查看", disclosure.GetCreateTime), output.Instant("最近一次", disclosure.GetUpdateTime), output.Plain("名称", disclosure.GetName).InDetail(),
}

// secrets has the connection and the name of the demand of a command.
func secrets(ctx context.Context, a *cli.App, k kind, typed string) (jiebangv1.DisclosureServiceClient, string, error) {
	name, err := k.Name(ctx, a, typed)
	if err != nil {
		return nil, "", err
	}
	conn, err := a.Connection()
	return jiebangv1.NewDisclosureServiceClient(conn), name, err
}

func agreementCommand(a *cli.App) *cobra.Command {
	return a.Action("agreement", "显示保密协议", "Show the agreement on secrecy", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		n, err := jiebangv1.NewDisclosureServiceClient(conn).GetAgreement(ctx, &jiebangv1.GetAgreementRequest{Name: "agreement"})
		if err != nil {
			return err
		}
		return output.One(ctx, a.Printer, []output.Column[*jiebangv1.Agreement]{
			output.Plain("版本", (*jiebangv1.Agreement).GetVersion), output.Plain("全文", (*jiebangv1.Agreement).GetText),
		}, n)
	})
}

func agreeCommand(a *cli.App, k kind) *cobra.Command {
	version := ""
	c := a.Action("agree DEMAND", "签署保密协议,之后可查看需求的保密内容(须签字权限)", "Accept the agreement on secrecy", func(ctx context.Context, c *cobra.Command, args []string) error {
		if err := cli.Require(c, "version"); err != nil {
			return err
		}
		client, name, err := secrets(ctx, a, k, args[0])
		if err != nil {
			return err
		}
		d, err := cli.Send(ctx, a, 0, &jiebangv1.AcceptAgreementRequest{Name: name, Version: version}, client.AcceptAgreement)
		if err != nil {
			return err
		}
		a.Done(d.GetReceipt())
		return output.One(ctx, a.Printer, disclosureColumns, d)
	})
	c.Flags().StringVar(&version, "version", "", "您读过的协议版本,见 jiebang demand agreement")
	a.ChangeFlags(c)
	c.Example = "  jiebang demand agree XQ-330182-2026-0001 --version nda/1"
	return c
}

func discloseCommand(a *cli.App, k kind) *cobra.Command {
	c := a.Action("disclose DEMAND", "查看需求的保密内容(每次查看都记入账本)", "Read what is confidential of a demand; the ledger keeps that", func(ctx context.Context, _ *cobra.Command, args []string) error {
		client, name, err := secrets(ctx, a, k, args[0])
		if err != nil {
			return err
		}
		r, err := cli.Send(ctx, a, 0, &jiebangv1.DiscloseDemandRequest{Name: name}, client.DiscloseDemand)
		if err != nil {
			return err
		}
		a.Done(r.GetDisclosure().GetReceipt())
		data, err := output.Encode(r)
		if err != nil {
			return err
		}
		return a.Printer.Document(ctx, output.Document{
			JSON: data, Name: r.GetDisclosure().GetName(), Header: []string{"签约保密后可见", "中榜后可见"}, Rows: [][]string{{r.GetNdaDetails(), r.GetWinnerDetails()}},
			Text: func(t *output.Text, _ output.View) error {
				pairs := [][]string{{"签约保密后可见", r.GetNdaDetails()}}
				if r.GetWinnerDetails() != "" {
					pairs = append(pairs, []string{"中榜后可见", r.GetWinnerDetails()})
				}
				return t.Pairs(pairs)
			},
		})
	})
	a.ChangeFlags(c)
	return c
}

func disclosuresCommand(a *cli.App, k kind) *cobra.Command {
	l := cli.Listing{}
	c := a.Action("disclosures DEMAND", "列出谁签署了保密协议、看过保密内容", "List who has accepted and read", func(ctx context.Context, _ *cobra.Command, args []string) error {
		client, name, err := secrets(ctx, a, k, strings.TrimSuffix(args[0], "/disclosures"))
		if err != nil {
			return err
		}
		return cli.List(ctx, a, l, disclosureColumns, func(ctx context.Context, q cli.Query) ([]disclosure, string, error) {
			r, err := client.ListDisclosures(ctx, &jiebangv1.ListDisclosuresRequest{Parent: name, PageSize: q.Size, PageToken: q.Token})
			return r.GetDisclosures(), r.GetNextPageToken(), err
		})
	})
	l.Flags(c, true)
	return c
}
