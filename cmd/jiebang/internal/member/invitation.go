package member

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Invitation has the commands of who was invited.
func Invitation(a *cli.App) *cobra.Command {
	return a.Group("invitation", "收到的邀请", "An invitation that you have", previewCommand(a), acceptCommand(a), rejectCommand(a))
}

// show prints an invitation, which has no name of its own.
func show(ctx context.Context, a *cli.App, i *jiebangv1.Invitation) error {
	data, err := output.Encode(i)
	if err != nil {
		return err
	}
	cells := func(v output.View) []string {
		return []string{i.GetOrganizationDisplayName(), cli.Names(i.GetRoles()), input.Chinese(i.GetState()), v.Time(i.GetExpireTime()), i.GetOrganization()}
	}
	titles := []string{"单位名称", "角色", "状态", "有效至", "机构"}
	return a.Printer.Document(ctx, output.Document{
		JSON: data, Name: i.GetOrganization(), Header: titles, Rows: [][]string{cells(output.View{CSV: true})},
		Text: func(t *output.Text, v output.View) error {
			var pairs [][]string
			for n, cell := range cells(v) {
				pairs = append(pairs, []string{titles[n], cell})
			}
			return t.Pairs(pairs)
		},
	})
}

// preview asks for the code and what it is good for.
func preview(ctx context.Context, a *cli.App) (members, string, *jiebangv1.Invitation, error) {
	conn, err := a.Connection()
	if err != nil {
		return nil, "", nil, err
	}
	code, err := a.Secret(ctx, "邀请码")
	if err != nil {
		return nil, "", nil, err
	}
	service := kind().Client(conn)
	i, err := service.PreviewInvitation(ctx, &jiebangv1.PreviewInvitationRequest{Code: code})
	return service, code, i, err
}

func previewCommand(a *cli.App) *cobra.Command {
	c := a.Action("preview", "查看邀请码对应的邀请", "Show what you are invited to", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		_, _, i, err := preview(ctx, a)
		if err != nil {
			return err
		}
		return show(ctx, a, i)
	})
	a.SecretFlag(c, "code-stdin", "邀请码")
	return c
}

func acceptCommand(a *cli.App) *cobra.Command {
	n := &jiebangv1.NewAccount{}
	c := a.Action("accept", "接受邀请:以本人的登录加入,或新建账户", "Join with your account, or make one", func(ctx context.Context, c *cobra.Command, _ []string) error {
		if c.Flags().Changed("login") != c.Flags().Changed("display-name") {
			return failure.Usagef("新建账户须同时给出 --login 和 --display-name;已有账户的请先登录,都不要给")
		}
		if n.GetLogin() != "" {
			a.As("") // somebody new bears nothing
		} else if a.Settings.Token == "" {
			return failure.Usagef("没有登录;已有账户的请先运行 jiebang login,没有的请给出 --login 和 --display-name")
		}
		_, code, i, err := preview(ctx, a)
		if err != nil {
			return err
		}
		a.Note("加入 %s(%s),角色 %s", i.GetOrganizationDisplayName(), i.GetOrganization(), cli.Names(i.GetRoles()))
		r := &jiebangv1.AcceptInvitationRequest{Code: code}
		if n.GetLogin() != "" {
			if n.Password, err = a.NewPassword(ctx, "新密码"); err != nil {
				return err
			}
			r.Account = n
		}
		if _, err = cli.Mutate(ctx, a, kind(), r, members.AcceptInvitation); err == nil && !a.DryRun() {
			a.Note("下一步: jiebang login --login %s", or(n.GetLogin(), "登录名"))
		}
		return err
	})
	c.Flags().StringVar(&n.Login, "login", "", "新账户的登录名")
	c.Flags().StringVar(&n.DisplayName, "display-name", "", "新账户的姓名")
	a.SecretFlag(c, "code-stdin", "邀请码,新建账户的第二行为新密码")
	a.ChangeFlags(c)
	c.Example = "  jiebang invitation accept --login zhang.san --display-name 张三"
	return c
}

// or is a text, or another where there is none.
func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func rejectCommand(a *cli.App) *cobra.Command {
	c := a.Action("reject", "谢绝邀请", "Decline an invitation", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		service, code, i, err := preview(ctx, a)
		if err != nil {
			return err
		}
		a.Note("谢绝 %s 的邀请", i.GetOrganizationDisplayName())
		if i, err = cli.Send(ctx, a, 0, &jiebangv1.RejectInvitationRequest{Code: code}, service.RejectInvitation); err != nil {
			return err
		}
		return show(ctx, a, i)
	})
	a.SecretFlag(c, "code-stdin", "邀请码")
	a.ChangeFlags(c)
	return c
}
