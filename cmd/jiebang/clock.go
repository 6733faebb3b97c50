package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

var clockColumns = []output.Column[*jiebangv1.Ledger]{
	output.Plain("账本", (*jiebangv1.Ledger).GetName),
	output.Plain("时钟", func(l *jiebangv1.Ledger) string {
		if l.GetClockDoubtTime() == nil {
			return "没有待确认的调整"
		}
		return "被调整过,待两人确认;此前不收揭榜,到期事项不办理"
	}),
	output.Instant("发现时刻", (*jiebangv1.Ledger).GetClockDoubtTime),
	output.Plain("调整", func(l *jiebangv1.Ledger) string {
		if l.GetClockJump() == nil {
			return ""
		}
		return l.GetClockJump().AsDuration().Round(time.Second).String()
	}),
	output.Instant("最近一条账目", (*jiebangv1.Ledger).GetUpdateTime),
}

// auditClockCommand shows whether the server's clock was set, and with --confirm takes what it shows for right again.
func (a *app) auditClockCommand() *cobra.Command {
	ledger, found, confirm := "", "", false
	c := a.Action("clock", "查看服务器时钟是否被调整过;--confirm 确认现在的时钟(须两人)", "Show or confirm the server's clock", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		name, err := a.ledger(ctx, ledger)
		if err != nil {
			return err
		}
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		client := jiebangv1.NewLedgerServiceClient(conn)
		head, err := client.GetLedger(ctx, &jiebangv1.GetLedgerRequest{Name: name})
		if err != nil {
			return err
		}
		if !confirm {
			return output.One(ctx, a.Printer, clockColumns, head)
		}
		at := head.GetClockDoubtTime()
		if found != "" {
			t, err := time.Parse(time.RFC3339Nano, found)
			if err != nil {
				return failure.Usagef("--found-at %q 有误: 请写成 2026-11-27T08:00:00.000001Z", found)
			}
			at = timestamppb.New(t)
		}
		if at == nil {
			return failure.Usagef("服务器时钟没有待确认的调整;如是重放已办成的确认,请给出 --found-at")
		}
		a.Note("所确认的调整发现于 --found-at %s", at.AsTime().Format(time.RFC3339Nano))
		done, err := cli.Send(ctx, a.App, 0, &jiebangv1.ConfirmClockRequest{Name: name, ClockDoubtTime: at}, client.ConfirmClock)
		if err != nil {
			return err
		}
		a.Done(done.GetReceipt())
		return nil
	})
	a.ledgerFlag(c, &ledger, "行政区划代码(默认为本单位所在地)")
	c.Flags().BoolVar(&confirm, "confirm", false, "确认服务器现在的时钟是对的,恢复收揭榜和办理到期事项")
	c.Flags().StringVar(&found, "found-at", "", "所确认的调整被发现的时刻(重放时给出)")
	a.ChangeFlags(c)
	c.Example = "  jiebang audit clock\n  jiebang audit clock --confirm"
	return c
}
