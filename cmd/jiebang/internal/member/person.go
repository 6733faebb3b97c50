package member

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// resetting is how a password is reset.
type resetting struct {
	together, factors bool
	etag              string
}

func resetCommand(a *cli.App) *cobra.Command {
	r := resetting{}
	c := a.Action("reset MEMBER", "重置成员的密码,得到只显示一次的重置码;其登录立即失效", "Reset a member's password by a one-time code",
		func(ctx context.Context, _ *cobra.Command, args []string) error {
			if r.together && r.factors {
				return failure.Usagef("--together 重置的密码保留第二因素,不能与 --second-factors 同用")
			}
			name, err := kind().Name(ctx, a, args[0])
			if err != nil {
				return err
			}
			m, err := kind().Read(ctx, a, name)
			if err != nil {
				return err
			}
			shown(a, m)
			if err := a.Agree(ctx, "该成员现在的密码和全部登录将立即失效。"); err != nil {
				return err
			}
			if r.etag == "" {
				r.etag = m.GetEtag()
			}
			return r.send(ctx, a, name)
		})
	c.Flags().BoolVar(&r.together, "together", false, "两人重置:管理部门的成员、有须两人授予的角色的、另有任职的、别的机构的")
	c.Flags().BoolVar(&r.factors, "second-factors", false, "第二因素也丢失了,一并取消")
	c.Flags().StringVar(&r.etag, "etag", "", "您所见的版本(默认先读取最新的)")
	a.ChangeFlags(c)
	a.YesFlag(c)
	c.ValidArgsFunction = complete(a)
	c.Example = "  jiebang member reset organizations/o330182-…/members/m330182-… --yes --jq .code\n  jiebang account reset-password   # 成员本人凭重置码设新密码"
	return c
}

// send resets the password and prints the code.
func (r resetting) send(ctx context.Context, a *cli.App, name string) error {
	conn, err := a.Connection()
	if err != nil {
		return err
	}
	etag := a.Seen(r.etag)
	var answer *jiebangv1.ResetMemberResponse
	if r.together {
		answer, err = cli.Send(ctx, a, 0, &jiebangv1.ResetPrivilegedMemberRequest{Name: name, Etag: etag}, kind().Client(conn).ResetPrivilegedMember)
	} else {
		answer, err = cli.Send(ctx, a, 0, &jiebangv1.ResetMemberRequest{Name: name, Etag: etag, SecondFactors: r.factors}, kind().Client(conn).ResetMember)
	}
	if err != nil {
		return err
	}
	a.Done(answer.GetReceipt())
	a.Once(answer.GetCode(), "重置码")
	data, err := output.Encode(answer)
	if err != nil {
		return err
	}
	return a.Printer.Document(ctx, output.Document{
		JSON: data, Name: name, Header: []string{"重置码", "有效至", "名称"},
		Rows: [][]string{{answer.GetCode(), output.View{CSV: true}.Time(answer.GetExpireTime()), name}},
		Text: func(t *output.Text, v output.View) error {
			return t.Pairs([][]string{{"重置码", answer.GetCode()}, {"有效至", v.Time(answer.GetExpireTime())}, {"名称", name}})
		},
	})
}

func disableCommand(a *cli.App) *cobra.Command {
	c := cli.VerbCommand(a, kind(), cli.Verb[members, *jiebangv1.DisableMemberRequest, member]{
		Use: "disable MEMBER", Chinese: "停用人员的账户:在各机构的登录和签发的令牌立即失效", English: "Disable a person's account", Call: members.DisableMember,
		Ask: func(m member) string {
			shown(a, m)
			return "该人员的账户将停用,所签发的令牌吊销后不再恢复。"
		},
	})
	c.ValidArgsFunction = complete(a)
	return c
}

func enableCommand(a *cli.App) *cobra.Command {
	c := cli.VerbCommand(a, kind(), cli.Verb[members, *jiebangv1.EnableMemberRequest, member]{
		Use: "enable MEMBER", Chinese: "恢复停用的账户", English: "Enable a person's account again", Call: members.EnableMember,
	})
	c.ValidArgsFunction = complete(a)
	return c
}
