package noticing

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/organization"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type (
	webhooks = jiebangv1.WebhookServiceClient
	webhook  = *jiebangv1.Webhook
	delivery = *jiebangv1.Delivery
)

var webhookColumns = []output.Column[webhook]{
	output.Plain("地址", webhook.GetUrl).Flexible(),
	output.Plain("状态", func(h webhook) string { return input.Chinese(h.GetState()) }),
	output.Plain("事项", func(h webhook) string { return strings.Join(h.GetKinds(), "、") }),
	output.Instant("创建时间", webhook.GetCreateTime),
	output.Plain("名称", webhook.GetName),
	output.Plain("创建人", webhook.GetCreator).InDetail(),
}

var deliveryColumns = []output.Column[delivery]{
	output.Instant("时间", delivery.GetCreateTime),
	output.Plain("事项", delivery.GetKind),
	output.Plain("状态", func(d delivery) string { return input.Chinese(d.GetState()) }),
	output.Plain("原因", delivery.GetError).Flexible(),
	output.Instant("下次", delivery.GetNextTime),
	output.Plain("名称", delivery.GetName),
	output.Plain("通知", delivery.GetNotice).InDetail(),
	output.Instant("送达时间", delivery.GetDeliverTime).InDetail(),
}

func dialWebhooks(a *cli.App) (webhooks, error) {
	conn, err := a.Connection()
	if err != nil {
		return nil, err
	}
	return jiebangv1.NewWebhookServiceClient(conn), nil
}

// Webhook has the commands of webhooks.
func Webhook(a *cli.App) *cobra.Command {
	return a.Group("webhook", "把通知推送到自己的系统", "Notices sent to a system of your own", webhookCreate(a), webhookList(a), webhookTest(a), webhookDeliveries(a),
		webhookRedeliver(a), webhookDelete(a))
}

func webhookCreate(a *cli.App) *cobra.Command {
	var kinds []string
	c := a.Action("create URL", "新增推送地址,得到只显示一次的密钥", "Make a webhook", func(ctx context.Context, _ *cobra.Command, args []string) error {
		client, err := dialWebhooks(a)
		if err != nil {
			return err
		}
		parent, err := organization.Own(ctx, a, "")
		if err != nil {
			return err
		}
		r, err := client.CreateWebhook(ctx, &jiebangv1.CreateWebhookRequest{Parent: parent, Webhook: &jiebangv1.Webhook{Url: args[0], Kinds: kinds}})
		if err != nil {
			return err
		}
		a.Once(r.GetSecret(), "密钥")
		return made(ctx, a, r)
	})
	c.Flags().StringSliceVar(&kinds, "kinds", nil, "只推送这些事项,逗号分隔;不给则为全部,见 inbox settings")
	c.Example = "  jiebang webhook create https://oa.example.com/jiebang --kinds demand.closed,bid.won"
	return c
}

// made prints a new webhook with its secret, which has no name of its own.
func made(ctx context.Context, a *cli.App, r *jiebangv1.CreateWebhookResponse) error {
	data, err := output.Encode(r)
	if err != nil {
		return err
	}
	titles, row := []string{"地址", "密钥", "名称"}, []string{r.GetWebhook().GetUrl(), r.GetSecret(), r.GetWebhook().GetName()}
	return a.Printer.Document(ctx, output.Document{JSON: data, Name: r.GetWebhook().GetName(), Header: titles, Rows: [][]string{row},
		Text: func(t *output.Text, _ output.View) error {
			var pairs [][]string
			for i, title := range titles {
				pairs = append(pairs, []string{title, row[i]})
			}
			return t.Pairs(pairs)
		}})
}

func webhookList(a *cli.App) *cobra.Command {
	l := cli.Listing{}
	c := a.Action("list", "列出推送地址", "List webhooks", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		client, err := dialWebhooks(a)
		if err != nil {
			return err
		}
		parent, err := organization.Own(ctx, a, "")
		if err != nil {
			return err
		}
		return cli.List(ctx, a, l, webhookColumns, func(ctx context.Context, q cli.Query) ([]webhook, string, error) {
			r, err := client.ListWebhooks(ctx, &jiebangv1.ListWebhooksRequest{Parent: parent, PageSize: q.Size, PageToken: q.Token})
			return r.GetWebhooks(), r.GetNextPageToken(), err
		})
	})
	l.Flags(c, true)
	return c
}

func webhookTest(a *cli.App) *cobra.Command {
	return a.Action("test WEBHOOK", "立即推送一则测试;成功则恢复已停用的地址", "Send a test at once", func(ctx context.Context, _ *cobra.Command, args []string) error {
		client, err := dialWebhooks(a)
		if err != nil {
			return err
		}
		d, err := client.TestWebhook(ctx, &jiebangv1.TestWebhookRequest{Name: args[0]})
		if err != nil {
			return err
		}
		return output.One(ctx, a.Printer, deliveryColumns, d)
	})
}

func webhookDeliveries(a *cli.App) *cobra.Command {
	l := cli.Listing{}
	c := a.Action("deliveries WEBHOOK", "列出推送过的和待推送的", "List what was sent and waits", func(ctx context.Context, _ *cobra.Command, args []string) error {
		client, err := dialWebhooks(a)
		if err != nil {
			return err
		}
		return cli.List(ctx, a, l, deliveryColumns, func(ctx context.Context, q cli.Query) ([]delivery, string, error) {
			r, err := client.ListDeliveries(ctx, &jiebangv1.ListDeliveriesRequest{Parent: args[0], PageSize: q.Size, PageToken: q.Token})
			return r.GetDeliveries(), r.GetNextPageToken(), err
		})
	})
	l.Flags(c, true)
	return c
}

func webhookRedeliver(a *cli.App) *cobra.Command {
	return a.Action("redeliver DELIVERY", "再推送一次", "Send once more", func(ctx context.Context, _ *cobra.Command, args []string) error {
		client, err := dialWebhooks(a)
		if err != nil {
			return err
		}
		d, err := client.Redeliver(ctx, &jiebangv1.RedeliverRequest{Name: args[0]})
		if err != nil {
			return err
		}
		return output.One(ctx, a.Printer, deliveryColumns, d)
	})
}

func webhookDelete(a *cli.App) *cobra.Command {
	return a.Action("delete WEBHOOK", "删除推送地址,连同待推送的", "Delete a webhook with what waits for it", func(ctx context.Context, _ *cobra.Command, args []string) error {
		client, err := dialWebhooks(a)
		if err != nil {
			return err
		}
		if _, err = client.DeleteWebhook(ctx, &jiebangv1.DeleteWebhookRequest{Name: args[0]}); err == nil {
			a.Note("已删除 %s", args[0])
		}
		return err
	})
}
