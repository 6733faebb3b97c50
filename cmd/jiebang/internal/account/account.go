package account

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/organization"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type (
	account = *jiebangv1.Account
	caller  = *jiebangv1.Caller
)

// named is a name, of which its last part is enough.
func named(prefix, typed string) string {
	if strings.HasPrefix(typed, prefix) {
		return typed
	}
	return prefix + typed
}

// Whoami shows who calls, for whom, and what it may do.
func Whoami(a *cli.App) *cobra.Command {
	return a.Action("whoami", "查看当前是谁在办事、能办什么", "Show who you are and what you may do", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		who, err := organization.Caller(ctx, a)
		if err != nil {
			return err
		}
		name, shown := "", ""
		if who.GetPerson() != "" {
			if name, shown, err = person(ctx, a); err != nil {
				return err
			}
		}
		return output.One(ctx, a.Printer, []output.Column[caller]{
			output.Plain("单位名称", func(w caller) string { return w.GetOrganization().GetDisplayName() }),
			output.Plain("姓名", func(caller) string { return name }),
			output.Plain("角色", func(w caller) string { return cli.Names(w.GetRoles()) }),
			output.Instant("有效至", caller.GetExpireTime),
			output.Plain("第二因素", func(caller) string { return shown }),
			output.Instant("免再验证至", caller.GetStepUpExpireTime),
			output.Plain("行政区划", func(w caller) string { return w.GetOrganization().GetJurisdiction() }),
			output.Plain("机构", func(w caller) string { return w.GetOrganization().GetName() }),
			output.Plain("人员", caller.GetPerson),
			output.Plain("令牌", func(w caller) string { return w.GetToken().GetName() }),
			output.Plain("能办的事", func(w caller) string { return strings.Join(w.GetPrivileges(), " ") }).InDetail(),
		}, who)
	})
}

// person is what the caller is called, and how long ago it showed a second factor.
func person(ctx context.Context, a *cli.App) (name, shown string, err error) {
	service, err := connect(a)
	if err != nil {
		return "", "", err
	}
	own, err := service.GetAccount(ctx, &jiebangv1.GetAccountRequest{Name: "account"})
	if err != nil {
		return "", "", err
	}
	sessions, err := service.ListSessions(ctx, &jiebangv1.ListSessionsRequest{})
	if err != nil {
		return "", "", err
	}
	shown = "本次登录未验证"
	if !own.GetSecondFactor() {
		shown = "没有绑定"
	}
	for _, s := range sessions.GetSessions() {
		if at := s.GetStepUpTime(); s.GetCurrent() && at != nil {
			shown = fmt.Sprintf("%d 分钟前验证", max(0, int(a.Now().Sub(at.AsTime()).Minutes())))
		}
	}
	return own.GetDisplayName(), shown, nil
}

func accountKind() cli.Kind[accounts, account] {
	return cli.Kind[accounts, account]{
		Chinese: "账户", English: "account", Client: dial,
		Columns: append([]output.Column[account]{
			output.Plain("登录名", account.GetLogin),
			output.Plain("姓名", account.GetDisplayName),
			output.Plain("邮箱", account.GetEmail),
			output.Plain("电话", account.GetPhone),
			output.Plain("机构", func(o account) string { return strings.Join(o.GetOrganizations(), "、") }),
			output.Plain("第二因素", func(o account) string { return map[bool]string{true: "有", false: "无"}[o.GetSecondFactor()] }),
			output.Instant("凭据变更时间", account.GetSecureTime),
			output.Plain("人员", account.GetPerson),
		}, cli.History[account]()...),
	}
}

// Account has the commands of a person's own data.
func Account(a *cli.App) *cobra.Command {
	return a.Group("account", "本人的账户与个人数据", "Your account and personal data", getCommand(a), updateCommand(a), exportCommand(a), eraseCommand(a), resetCommand(a))
}

func getCommand(a *cli.App) *cobra.Command {
	return a.Action("get", "查看本人的账户", "Show your account", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		service, err := connect(a)
		if err != nil {
			return err
		}
		own, err := service.GetAccount(ctx, &jiebangv1.GetAccountRequest{Name: "account"})
		if err != nil {
			return err
		}
		return output.One(ctx, a.Printer, accountKind().Columns, own)
	})
}

func updateCommand(a *cli.App) *cobra.Command {
	o, etag := &jiebangv1.Account{Name: "account"}, ""
	c := a.Action("update", "修改本人的姓名、邮箱、电话", "Change your name, mail or telephone", func(ctx context.Context, c *cobra.Command, _ []string) error {
		mask := &fieldmaskpb.FieldMask{}
		for flag, field := range map[string]string{"display-name": "display_name", "email": "email", "phone": "phone"} {
			if c.Flags().Changed(flag) {
				mask.Paths = append(mask.Paths, field)
			}
		}
		if mask.Normalize(); len(mask.GetPaths()) == 0 {
			return failure.Usagef("缺少 --display-name 或 --email 或 --phone")
		}
		service, err := connect(a)
		if err != nil {
			return err
		}
		if etag == "" {
			own, err := service.GetAccount(ctx, &jiebangv1.GetAccountRequest{Name: "account"})
			if err != nil {
				return err
			}
			etag = own.GetEtag()
		}
		o.Etag = a.Seen(etag)
		_, err = cli.Mutate(ctx, a, accountKind(), &jiebangv1.UpdateAccountRequest{Account: o, UpdateMask: mask}, accounts.UpdateAccount)
		return err
	})
	c.Flags().StringVar(&o.DisplayName, "display-name", "", "姓名")
	c.Flags().StringVar(&o.Email, "email", "", "邮箱;空为删去")
	c.Flags().StringVar(&o.Phone, "phone", "", "电话;空为删去")
	c.Flags().StringVar(&etag, "etag", "", "您所见的版本(默认先读取最新的)")
	a.ChangeFlags(c)
	c.Example = "  jiebang account update --phone 0571-64720000"
	return c
}

// proof asks for the password if the caller has no second factor; who has one is asked for that when the server wants it.
func proof(ctx context.Context, a *cli.App, service accounts) (string, error) {
	own, err := service.GetAccount(ctx, &jiebangv1.GetAccountRequest{Name: "account"})
	if err != nil || own.GetSecondFactor() {
		return "", err
	}
	return a.Secret(ctx, "密码")
}

func exportCommand(a *cli.App) *cobra.Command {
	file := ""
	c := a.Action("export", "导出平台存有的本人全部数据(JSON)", "Export all that is held of you", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		service, err := connect(a)
		if err != nil {
			return err
		}
		password, err := proof(ctx, a, service)
		if err != nil {
			return err
		}
		held, err := service.ExportPersonalData(ctx, &jiebangv1.ExportPersonalDataRequest{Name: "account", Password: password})
		if err != nil {
			return err
		}
		text := held.GetPersonalDataJson()
		if file != "" {
			return os.WriteFile(file, []byte(text+"\n"), 0o600)
		}
		return a.Printer.Document(ctx, output.Document{
			JSON: []byte(text), Name: "account", Header: []string{"personal_data_json"}, Rows: [][]string{{text}},
			Text: func(t *output.Text, _ output.View) error { return t.Raw(output.Clean(text) + "\n") },
		})
	})
	c.Flags().StringVarP(&file, "file", "f", "", "写到哪个文件(仅本人可读;默认标准输出)")
	a.SecretFlag(c, "password-stdin", "密码(没有第二因素的)")
	c.Example = "  jiebang account export -f 我的数据.json"
	return c
}

func eraseCommand(a *cli.App) *cobra.Command {
	c := a.Action("erase", "注销账户并抹去本人全部数据,不可恢复", "Erase your account and all that is held of you", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		service, err := connect(a)
		if err != nil {
			return err
		}
		own, err := service.GetAccount(ctx, &jiebangv1.GetAccountRequest{Name: "account"})
		if err != nil {
			return err
		}
		a.Note("将抹去 %s(%s)的姓名、登录名、联系方式、凭据和会话;您办过的事仍在账本里,只剩一个查不到人的编号", own.GetDisplayName(), own.GetLogin())
		if err := a.Agree(ctx, "抹去之后不能恢复。"); err != nil {
			return err
		}
		password, err := proof(ctx, a, service)
		if err != nil {
			return err
		}
		done, err := service.EraseAccount(ctx, &jiebangv1.EraseAccountRequest{Name: "account", Password: password})
		if err != nil {
			return err
		}
		a.Done(done.GetReceipt())
		return forget(a)
	})
	a.YesFlag(c)
	a.SecretFlag(c, "password-stdin", "密码(没有第二因素的)")
	return c
}

// document prints a message that is no resource: lines for people, and the whole of it for programs.
func document(ctx context.Context, a *cli.App, message proto.Message, name string, lines []string) error {
	data, err := output.Encode(message)
	if err != nil {
		return err
	}
	rows := make([][]string, len(lines))
	for i, line := range lines {
		rows[i] = []string{line}
	}
	return a.Printer.Document(ctx, output.Document{
		JSON: data, Name: name, Header: []string{name}, Rows: rows,
		Text: func(t *output.Text, _ output.View) error {
			return t.Raw(output.Clean(strings.Join(lines, "\n")) + "\n")
		},
	})
}
