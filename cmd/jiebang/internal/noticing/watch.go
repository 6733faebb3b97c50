package noticing

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type (
	watches = jiebangv1.WatchServiceClient
	watch   = *jiebangv1.Watch
	digest  = *jiebangv1.Digest
)

var watchColumns = []output.Column[watch]{
	output.Plain("订阅", watch.GetDisplayName).Flexible(),
	output.Plain("找什么", func(w watch) string { return input.Chinese(w.GetTarget()) }),
	output.Plain("检索词", watch.GetQuery),
	output.Plain("领域", func(w watch) string { return cli.Names(w.GetFields()) }),
	output.Plain("通知", func(w watch) string { return onOff(!w.GetNotify()) }),
	output.Plain("名称", watch.GetName),
	output.Plain("机构", watch.GetOrganization).InDetail(),
	output.Instant("同意通知于", watch.GetConsentTime).InDetail(),
	output.Instant("创建时间", watch.GetCreateTime).InDetail(),
	output.Plain("版本", watch.GetEtag).InDetail(),
}

var digestColumns = []output.Column[digest]{
	output.Instant("下次", digest.GetNextTime),
	output.Instant("上次", digest.GetLastTime),
	output.Plain("推送到机构的地址", func(d digest) string { return onOff(!d.GetWebhook()) }),
}

func dialWatches(a *cli.App) (watches, error) {
	conn, err := a.Connection()
	if err != nil {
		return nil, err
	}
	return jiebangv1.NewWatchServiceClient(conn), nil
}

// Watch has the commands of saved searches.
func Watch(a *cli.App) *cobra.Command {
	return a.Group("watch", "订阅:存下检索,每天一份摘要", "Saved searches and the daily digest", watchCreate(a), watchList(a), watchNotify(a), watchMute(a), watchDigest(a), watchDelete(a))
}

func watchCreate(a *cli.App) *cobra.Command {
	w, fields, least := &jiebangv1.Watch{Target: jiebangv1.Watch_DEMANDS}, []string{}, &cli.Amount{}
	c := a.Action("create", "存下一个检索;给 --notify 才会通知", "Save a search", func(ctx context.Context, c *cobra.Command, _ []string) error {
		if err := cli.Require(c, "display-name"); err != nil {
			return err
		}
		client, err := dialWatches(a)
		if err != nil {
			return err
		}
		if w.Fields, err = cli.ParseCodes[jiebangv1.TechnologyField]("fields", fields); err != nil {
			return err
		}
		w.MinBudget = least.Value
		saved, err := client.CreateWatch(ctx, &jiebangv1.CreateWatchRequest{Watch: w})
		if err != nil {
			return err
		}
		if !saved.GetNotify() {
			a.Note("已存下,但不会通知;要通知请运行 jiebang watch notify %s", short(saved.GetName()))
		}
		return output.One(ctx, a.Printer, watchColumns, saved)
	})
	f := c.Flags()
	f.StringVar(&w.DisplayName, "display-name", "", "订阅的名称")
	cli.CodeFlag(c, &w.Target, "target", "找什么")
	f.StringVar(&w.Query, "query", "", "检索词")
	cli.CodesFlag[jiebangv1.TechnologyField](c, &fields, "fields", "技术领域")
	f.Var(least, "min-amount", "榜额不低于")
	f.BoolVar(&w.Notify, "notify", false, "同意每天以一份摘要通知我新的和有变化的")
	c.Example = "  jiebang watch create --display-name 粉体 --query 碳酸钙 --fields 新材料 --notify\n" +
		"  jiebang watch create --display-name 适合我们的需求 --target fitting-demands --notify"
	return c
}

func watchList(a *cli.App) *cobra.Command {
	l := cli.Listing{}
	c := a.Action("list", "列出本人的订阅", "List your saved searches", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		client, err := dialWatches(a)
		if err != nil {
			return err
		}
		return cli.List(ctx, a, l, watchColumns, func(ctx context.Context, q cli.Query) ([]watch, string, error) {
			r, err := client.ListWatches(ctx, &jiebangv1.ListWatchesRequest{PageSize: q.Size, PageToken: q.Token})
			return r.GetWatches(), r.GetNextPageToken(), err
		})
	})
	l.Flags(c, true)
	return c
}

func watchNotify(a *cli.App) *cobra.Command {
	off := false
	c := a.Action("notify WATCH", "打开或关闭一个订阅的通知", "Switch the notices of a saved search", func(ctx context.Context, _ *cobra.Command, args []string) error {
		client, err := dialWatches(a)
		if err != nil {
			return err
		}
		w, err := client.GetWatch(ctx, &jiebangv1.GetWatchRequest{Name: named("watches/", args[0])})
		if err != nil {
			return err
		}
		w.Notify = !off
		if w, err = client.UpdateWatch(ctx, &jiebangv1.UpdateWatchRequest{Watch: w, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"notify"}}}); err != nil {
			return err
		}
		return output.One(ctx, a.Printer, watchColumns, w)
	})
	c.Flags().BoolVar(&off, "off", false, "关闭")
	return c
}

func watchMute(a *cli.App) *cobra.Command {
	unmute := false
	c := a.Action("mute DEMAND", "摘要里不再提某项需求", "Keep a demand out of your digests", func(ctx context.Context, _ *cobra.Command, args []string) error {
		client, err := dialWatches(a)
		if err != nil {
			return err
		}
		name := named("demands/", args[0])
		if strings.Count(name, "/") != 1 {
			return failure.Usagef("%q 不是需求的名称", args[0])
		}
		if _, err = client.MuteDemand(ctx, &jiebangv1.MuteDemandRequest{Name: name, Unmute: unmute}); err == nil {
			a.Note(map[bool]string{true: "摘要里会再提 %s", false: "摘要里不再提 %s"}[unmute], name)
		}
		return err
	})
	c.Flags().BoolVar(&unmute, "undo", false, "恢复")
	return c
}

func watchDigest(a *cli.App) *cobra.Command {
	to := false
	c := a.Action("digest", "查看摘要何时来,或决定是否推送到机构的地址", "When your digest comes and where it goes", func(ctx context.Context, c *cobra.Command, _ []string) error {
		client, err := dialWatches(a)
		if err != nil {
			return err
		}
		d, err := client.GetDigest(ctx, &jiebangv1.GetDigestRequest{Name: "digest"})
		if err == nil && c.Flags().Changed("webhook") {
			d, err = client.UpdateDigest(ctx, &jiebangv1.UpdateDigestRequest{Digest: &jiebangv1.Digest{Name: "digest", Webhook: to}})
		}
		if err != nil {
			return err
		}
		return output.One(ctx, a.Printer, digestColumns, d)
	})
	c.Flags().BoolVar(&to, "webhook", false, "也推送到现在所代表机构的地址;--webhook=false 停止")
	return c
}

func watchDelete(a *cli.App) *cobra.Command {
	return a.Action("delete WATCH", "删除一个订阅", "Delete a saved search", func(ctx context.Context, _ *cobra.Command, args []string) error {
		client, err := dialWatches(a)
		if err != nil {
			return err
		}
		name := named("watches/", args[0])
		if _, err = client.DeleteWatch(ctx, &jiebangv1.DeleteWatchRequest{Name: name}); err == nil {
			a.Note("已删除 %s", name)
		}
		return err
	})
}
