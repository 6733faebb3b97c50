package account

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/client"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/organization"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type session = *jiebangv1.Session

var sessionColumns = []output.Column[session]{
	output.Plain("本次", func(s session) string { return map[bool]string{true: "*"}[s.GetCurrent()] }),
	output.Plain("方式", session.GetMethod),
	output.Plain("来自", session.GetAddress),
	output.Plain("程序", session.GetAgent).Flexible(),
	output.Instant("登录时间", session.GetCreateTime),
	output.Instant("最近使用", session.GetLastUseTime),
	output.Instant("有效至", session.GetExpireTime),
	output.Instant("第二因素验证于", session.GetStepUpTime).InDetail(),
	output.Plain("机构", session.GetOrganization),
	output.Plain("名称", session.GetName),
}

// Session has the commands of the places where a person is logged in.
func Session(a *cli.App) *cobra.Command {
	return a.Group("session", "本人在各处的登录", "Where you are logged in", sessionList(a), sessionRevoke(a), sessionSwitch(a))
}

func sessionList(a *cli.App) *cobra.Command {
	return a.Action("list", "列出本人未结束的登录", "List your sessions", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		service, err := connect(a)
		if err != nil {
			return err
		}
		r, err := service.ListSessions(ctx, &jiebangv1.ListSessionsRequest{})
		if err != nil {
			return err
		}
		return all(ctx, a, sessionColumns, r.GetSessions())
	})
}

// all prints a list that has no pages.
func all[T output.Resource](ctx context.Context, a *cli.App, columns []output.Column[T], items []T) error {
	stream := output.NewStream(a.Printer, columns)
	if err := stream.Add(items); err != nil {
		return err
	}
	if err := stream.Close(ctx); err != nil {
		return err
	}
	if len(items) == 0 {
		a.Note("没有符合条件的记录")
	}
	return nil
}

func sessionRevoke(a *cli.App) *cobra.Command {
	c := a.Action("revoke SESSION", "立即结束一处登录", "End a session at once", func(ctx context.Context, _ *cobra.Command, args []string) error {
		service, err := connect(a)
		if err != nil {
			return err
		}
		s, err := service.RevokeSession(ctx, &jiebangv1.RevokeSessionRequest{Name: named("sessions/", args[0])})
		if err != nil {
			return err
		}
		return output.One(ctx, a.Printer, sessionColumns, s)
	})
	c.ValidArgsFunction = complete(a, func(ctx context.Context, service accounts) (found []cobra.Completion, err error) {
		r, err := service.ListSessions(ctx, &jiebangv1.ListSessionsRequest{})
		for _, s := range r.GetSessions() {
			found = append(found, cobra.CompletionWithDesc(s.GetName(), output.Clean(s.GetAgent()+" "+s.GetAddress())))
		}
		return found, err
	})
	c.Example = "  jiebang session revoke sessions/s330182-…"
	return c
}

func sessionSwitch(a *cli.App) *cobra.Command {
	c := a.Action("switch [ORGANIZATION]", "改为代表另一机构办事;不写机构则不代表任何机构", "Go on for another organization, or for none",
		func(ctx context.Context, _ *cobra.Command, args []string) (err error) {
			r := &jiebangv1.SwitchOrganizationRequest{}
			if len(args) > 0 {
				if r.Organization, err = organization.Kind().Name(ctx, a, args[0]); err != nil {
					return err
				}
			}
			service, err := connect(a)
			if err != nil {
				return err
			}
			answer, err := service.SwitchOrganization(ctx, r)
			if err != nil {
				return err
			}
			return enter(ctx, a, answer)
		})
	c.ValidArgsFunction = complete(a, func(ctx context.Context, service accounts) ([]cobra.Completion, error) {
		own, err := service.GetAccount(ctx, &jiebangv1.GetAccountRequest{Name: "account"})
		return own.GetOrganizations(), err
	})
	c.Example = "  jiebang session switch organizations/o330182-…"
	return c
}

// forget removes the saved session.
func forget(a *cli.App) error {
	return client.Save(a.Settings.Path, map[string]string{"token": ""})
}

// complete completes the only argument from the server, quickly or not at all.
func complete(a *cli.App, find func(context.Context, accounts) ([]cobra.Completion, error)) cobra.CompletionFunc {
	return a.Complete(func(ctx context.Context) ([]cobra.Completion, error) {
		service, err := connect(a)
		if err != nil {
			return nil, err
		}
		return find(ctx, service)
	})
}
