package account

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type factor = *jiebangv1.Factor

var factorColumns = []output.Column[factor]{
	output.Plain("种类", func(f factor) string { return input.Chinese(f.GetKind()) }),
	output.Plain("称呼", factor.GetDisplayName).Flexible(),
	{Title: "剩余恢复码", Right: true, Text: func(f factor, _ output.View) string {
		if f.GetKind() != jiebangv1.Factor_RECOVERY {
			return ""
		}
		return strconv.Itoa(int(f.GetCodesLeft()))
	}},
	output.Instant("绑定时间", factor.GetCreateTime),
	output.Instant("最近使用", factor.GetLastUseTime),
	output.Plain("名称", factor.GetName),
}

// Factor has the commands of second factors.
func Factor(a *cli.App) *cobra.Command {
	return a.Group("factor", "本人的第二因素:动态口令、恢复码、通行密钥", "Your second factors", factorList(a), factorEnroll(a), factorConfirm(a), factorRenew(a), factorRemove(a))
}

func factorList(a *cli.App) *cobra.Command {
	return a.Action("list", "列出本人的第二因素", "List your second factors", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		service, err := connect(a)
		if err != nil {
			return err
		}
		r, err := service.ListFactors(ctx, &jiebangv1.ListFactorsRequest{})
		if err != nil {
			return err
		}
		return all(ctx, a, factorColumns, r.GetFactors())
	})
}

func factorEnroll(a *cli.App) *cobra.Command {
	c := a.Action("enroll", "绑定动态口令(验证器 App)", "Enroll a time-based code", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		service, err := connect(a)
		if err != nil {
			return err
		}
		password, err := proof(ctx, a, service)
		if err != nil {
			return err
		}
		made, err := service.EnrollTotp(ctx, &jiebangv1.EnrollTotpRequest{Password: password})
		if err != nil {
			return err
		}
		if a.CanAsk() {
			fmt.Fprintln(a.Err, qr(made.GetUri()))
		}
		if err := document(ctx, a, made, "uri", []string{made.GetUri(), "密钥: " + made.GetSecret()}); err != nil {
			return err
		}
		if !a.CanAsk() || a.FromStdin() {
			a.Note("在验证器 App 里添加它,再运行 jiebang factor confirm 输入显示的动态口令;在此之前不生效")
			return nil
		}
		a.Note("用验证器 App 扫描或输入以上内容,然后输入它显示的动态口令")
		return confirm(ctx, a, service)
	})
	a.SecretFlag(c, "password-stdin", "密码(绑定第一个第二因素时)")
	c.Example = "  jiebang factor enroll"
	return c
}

func factorConfirm(a *cli.App) *cobra.Command {
	c := a.Action("confirm", "输入动态口令,使绑定生效", "Confirm with a code from the app", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		service, err := connect(a)
		if err != nil {
			return err
		}
		return confirm(ctx, a, service)
	})
	a.SecretFlag(c, "code-stdin", "动态口令")
	a.ChangeFlags(c)
	c.Example = "  jiebang factor confirm"
	return c
}

func confirm(ctx context.Context, a *cli.App, service accounts) error {
	code, err := a.Secret(ctx, "动态口令")
	if err != nil {
		return err
	}
	answer, err := cli.Send(ctx, a, 0, &jiebangv1.ConfirmTotpRequest{Code: code}, service.ConfirmTotp)
	return changed(ctx, a, answer, err)
}

// changed prints what a change of the factors answers: the account, or the new recovery codes.
func changed(ctx context.Context, a *cli.App, answer *jiebangv1.FactorAnswer, err error) error {
	if err != nil {
		return err
	}
	a.Done(answer.GetAccount().GetReceipt())
	if len(answer.GetRecoveryCodes()) == 0 {
		a.Note("本人的其他登录已结束")
		return output.One(ctx, a.Printer, accountKind().Columns, answer.GetAccount())
	}
	a.Note("恢复码每个可用一次,只显示这一次;请抄在手机以外的地方。本人的其他登录已结束")
	return document(ctx, a, answer, "recovery_code", answer.GetRecoveryCodes())
}

func factorRenew(a *cli.App) *cobra.Command {
	c := a.Action("recovery", "换发十个恢复码,旧的作废", "Make ten new recovery codes", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		service, err := connect(a)
		if err != nil {
			return err
		}
		answer, err := cli.Send(ctx, a, 0, &jiebangv1.RenewRecoveryCodesRequest{}, service.RenewRecoveryCodes)
		return changed(ctx, a, answer, err)
	})
	a.ChangeFlags(c)
	return c
}

func factorRemove(a *cli.App) *cobra.Command {
	c := a.Action("remove FACTOR", "解除一个第二因素;最后一个解除时恢复码随之作废", "Remove a second factor", func(ctx context.Context, _ *cobra.Command, args []string) error {
		service, err := connect(a)
		if err != nil {
			return err
		}
		answer, err := cli.Send(ctx, a, 0, &jiebangv1.RemoveFactorRequest{Name: named("factors/", args[0])}, service.RemoveFactor)
		return changed(ctx, a, answer, err)
	})
	a.ChangeFlags(c)
	c.ValidArgsFunction = complete(a, func(ctx context.Context, service accounts) (found []cobra.Completion, err error) {
		r, err := service.ListFactors(ctx, &jiebangv1.ListFactorsRequest{})
		for _, f := range r.GetFactors() {
			found = append(found, cobra.CompletionWithDesc(f.GetName(), input.Chinese(f.GetKind())))
		}
		return found, err
	})
	c.Example = "  jiebang factor remove totp"
	return c
}

// StepUp shows a second factor again.
func StepUp(a *cli.App) *cobra.Command {
	c := a.Action("step-up", "再次验证第二因素,五分钟内可办要紧的事", "Show your second factor again", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		service, err := connect(a)
		if err != nil {
			return err
		}
		code, err := a.Secret(ctx, "动态口令或恢复码")
		if err != nil {
			return err
		}
		s, err := service.StepUp(ctx, &jiebangv1.StepUpRequest{Code: code})
		if err != nil {
			return err
		}
		a.Note("已验证")
		return output.One(ctx, a.Printer, sessionColumns, s)
	})
	a.SecretFlag(c, "code-stdin", "动态口令或恢复码")
	c.Example = "  jiebang step-up"
	return c
}

// Password changes the password.
func Password(a *cli.App) *cobra.Command {
	c := a.Action("password", "修改本人的密码,并结束其他登录", "Change your password", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		r := &jiebangv1.ChangePasswordRequest{Name: "account"}
		var err error
		if r.Password, err = a.Secret(ctx, "现在的密码"); err != nil {
			return err
		}
		if r.NewPassword, err = a.NewPassword(ctx, "新密码"); err != nil {
			return err
		}
		_, err = cli.Mutate(ctx, a, accountKind(), r, accounts.ChangePassword)
		return err
	})
	a.SecretFlag(c, "password-stdin", "现在的密码,第二行为新密码")
	a.ChangeFlags(c)
	c.Example = "  jiebang password"
	return c
}

// resetCommand sets a password by the code of a reset.
func resetCommand(a *cli.App) *cobra.Command {
	c := a.Action("reset-password", "凭管理员给的重置码设新密码", "Set a password by the code of a reset", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		r := &jiebangv1.ResetPasswordRequest{}
		var err error
		if r.Code, err = a.Secret(ctx, "重置码"); err != nil {
			return err
		}
		if r.NewPassword, err = a.NewPassword(ctx, "新密码"); err != nil {
			return err
		}
		service, err := connect(a)
		if err != nil {
			return err
		}
		answer, err := cli.Send(ctx, a, 0, r, service.ResetPassword)
		if err != nil {
			return err
		}
		a.Done(answer.GetReceipt())
		a.Note("请登录: jiebang login")
		return nil
	})
	a.SecretFlag(c, "code-stdin", "重置码,第二行为新密码")
	a.ChangeFlags(c)
	c.Example = "  jiebang account reset-password"
	return c
}
