// Package noticing has the commands of the inbox, of webhooks and of saved searches.
package noticing

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type (
	notices = jiebangv1.NoticeServiceClient
	notice  = *jiebangv1.Notice
	kind    = *jiebangv1.NoticeKind
)

var noticeColumns = []output.Column[notice]{
	output.Plain("未读", func(n notice) string { return map[bool]string{true: "*"}[n.GetReadTime() == nil] }),
	output.Instant("时间", notice.GetCreateTime),
	output.Plain("内容", notice.GetText).Flexible(),
	output.Plain("摘要", items).InDetail(),
	output.Plain("对象", notice.GetSubject),
	output.Plain("名称", notice.GetName),
	output.Plain("事项", notice.GetKind).InDetail(),
	output.Plain("收件方", notice.GetReceiver).InDetail(),
	output.Instant("已读时间", notice.GetReadTime).InDetail(),
	output.Instant("保留至", notice.GetExpireTime).InDetail(),
}

// items are what a digest has, with the reasons.
func items(n notice) string {
	var all []string
	for _, i := range n.GetItems() {
		word := map[bool]string{true: "新", false: "变"}[i.GetFresh()]
		all = append(all, "["+word+"] "+i.GetTitle()+"("+i.GetSubject()+"):"+strings.Join(i.GetReasons(), ";"))
	}
	return strings.Join(all, "\n")
}

var kindColumns = []output.Column[kind]{
	output.Plain("事项", func(k kind) string { return short(k.GetName()) }),
	output.Plain("说明", kind.GetTitle),
	output.Plain("收件方", func(k kind) string { return strings.Join(k.GetReceivers(), "、") }),
	output.Plain("机构", func(k kind) string { return onOff(k.GetOff()) }),
	output.Plain("本人", func(k kind) string { return onOff(k.GetOwnOff()) }),
}

func onOff(off bool) string { return map[bool]string{true: "关", false: "开"}[off] }

// short is the last part of a name.
func short(name string) string { return name[strings.LastIndex(name, "/")+1:] }

// named makes a name of what was typed, which may be its last part alone.
func named(collection, typed string) string {
	if strings.HasPrefix(typed, collection) {
		return typed
	}
	return collection + typed
}

// dialNotices returns the client of the inbox.
func dialNotices(a *cli.App) (notices, error) {
	conn, err := a.Connection()
	if err != nil {
		return nil, err
	}
	return jiebangv1.NewNoticeServiceClient(conn), nil
}

// Inbox has the commands of the inbox.
func Inbox(a *cli.App) *cobra.Command {
	return a.Group("inbox", "通知", "Notices", inboxList(a), inboxGet(a), inboxRead(a), inboxSettings(a))
}

func inboxList(a *cli.App) *cobra.Command {
	l, unread := cli.Listing{}, false
	c := a.Action("list", "列出本机构和本人的通知,新的在前", "List notices", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		client, err := dialNotices(a)
		if err != nil {
			return err
		}
		return cli.List(ctx, a, l, noticeColumns, func(ctx context.Context, q cli.Query) ([]notice, string, error) {
			r, err := client.ListNotices(ctx, &jiebangv1.ListNoticesRequest{PageSize: q.Size, PageToken: q.Token, Filter: q.Filter, Unread: unread})
			return r.GetNotices(), r.GetNextPageToken(), err
		})
	})
	l.Flags(c, true)
	c.Flags().StringVar(&l.Filter, "filter", "", "AIP-160 过滤式,如 'kind = \"demand.closed\"'")
	c.Flags().BoolVar(&unread, "unread", false, "只看未读的")
	c.Example = "  jiebang inbox list --unread"
	return c
}

func inboxGet(a *cli.App) *cobra.Command {
	return a.Action("get NOTICE", "查看一则通知", "Show a notice", func(ctx context.Context, _ *cobra.Command, args []string) error {
		client, err := dialNotices(a)
		if err != nil {
			return err
		}
		n, err := client.GetNotice(ctx, &jiebangv1.GetNoticeRequest{Name: named("notices/", args[0])})
		if err != nil {
			return err
		}
		return output.One(ctx, a.Printer, noticeColumns, n)
	})
}

func inboxRead(a *cli.App) *cobra.Command {
	upTo := false
	c := a.Action("read NOTICE", "标为已读", "Mark a notice as read", func(ctx context.Context, _ *cobra.Command, args []string) error {
		client, err := dialNotices(a)
		if err != nil {
			return err
		}
		name := named("notices/", args[0])
		if upTo {
			r, err := client.MarkNoticesRead(ctx, &jiebangv1.MarkNoticesReadRequest{Name: name})
			if err == nil {
				a.Note("标为已读 %d 则", r.GetMarked())
			}
			return err
		}
		n, err := client.MarkNoticeRead(ctx, &jiebangv1.MarkNoticeReadRequest{Name: name})
		if err != nil {
			return err
		}
		return output.One(ctx, a.Printer, noticeColumns, n)
	})
	c.Flags().BoolVar(&upTo, "up-to", false, "连同此前的全部标为已读")
	return c
}

func inboxSettings(a *cli.App) *cobra.Command {
	off, on, own := []string{}, []string{}, false
	c := a.Action("settings", "列出有哪些通知,或开关其中几种", "List what there are notices about, or switch them", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		client, err := dialNotices(a)
		if err != nil {
			return err
		}
		for i, name := range append(append([]string{}, off...), on...) {
			if err := turn(ctx, client, named("noticeKinds/", name), i < len(off), own); err != nil {
				return err
			}
		}
		if own && len(off)+len(on) == 0 {
			return failure.Usagef("--own 须与 --off 或 --on 一起使用")
		}
		r, err := client.ListNoticeKinds(ctx, &jiebangv1.ListNoticeKindsRequest{})
		if err != nil {
			return err
		}
		return all(ctx, a, kindColumns, r.GetNoticeKinds())
	})
	f := c.Flags()
	f.StringSliceVar(&off, "off", nil, "关闭这些事项,如 demand.published,逗号分隔")
	f.StringSliceVar(&on, "on", nil, "打开这些事项")
	f.BoolVar(&own, "own", false, "只为本人开关;不给则为本机构,须由机构负责人办理")
	c.Example = "  jiebang inbox settings --off contract.signed\n  jiebang inbox settings --own --off watch.digest"
	return c
}

// turn switches a kind for the organization, or for the person alone.
func turn(ctx context.Context, client notices, name string, off, own bool) (err error) {
	if own {
		_, err = client.SwitchOwnNotices(ctx, &jiebangv1.SwitchOwnNoticesRequest{Name: name, Off: off})
	} else {
		_, err = client.SwitchNotices(ctx, &jiebangv1.SwitchNoticesRequest{Name: name, Off: off})
	}
	return err
}

// all prints a list that has no pages.
func all[T output.Resource](ctx context.Context, a *cli.App, columns []output.Column[T], rows []T) error {
	stream := output.NewStream(a.Printer, columns)
	if err := stream.Add(rows); err != nil {
		return err
	}
	return stream.Close(ctx)
}
