package main

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/client"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type caller = *jiebangv1.Caller

// caller asks the server whose token this is.
func (a *app) caller(ctx context.Context) (caller, error) {
	conn, err := a.Connection()
	if err != nil {
		return nil, err
	}
	return jiebangv1.NewOrganizationServiceClient(conn).GetCaller(ctx, &jiebangv1.GetCallerRequest{Name: "caller"})
}

// loginCommand saves a token once the server has accepted it.
func (a *app) loginCommand() *cobra.Command {
	stdin, file := false, ""
	c := a.Action("login", "用令牌登录,并记住服务器", "Log in with a token", func(ctx context.Context, c *cobra.Command, _ []string) error {
		if stdin && file != "" {
			return failure.Usagef("--with-token 与 --token-file 只能用一个")
		}
		if stdin {
			file = "-"
		}
		token := ""
		switch {
		case file != "":
			text, err := input.Text(file, a.In, 4096)
			if err != nil {
				return failure.Usagef("令牌读不了: %v", err)
			}
			token = strings.TrimSpace(text)
		case c.Flags().Changed("token") || a.Getenv("JIEBANG_TOKEN") != "":
			token = a.Settings.Token
		default:
			return failure.Usagef("请给出令牌: jiebang login --with-token < 文件,或 --token-file 文件")
		}
		if token == "" || strings.ContainsAny(token, " \t\r\n") {
			return failure.Usagef("令牌是空的,或含有空白")
		}
		a.Settings.Token = token
		who, err := a.caller(ctx)
		if err != nil {
			return err
		}
		if err := a.remember(token); err != nil {
			return err
		}
		a.Note("已登录 %s: %s,角色 %s,有效至 %s", a.Settings.Server, who.GetOrganization().GetDisplayName(), roles(who.GetToken()),
			output.View{}.Time(who.GetToken().GetExpireTime()))
		a.Note("令牌存于 %s(仅本人可读)", a.Settings.Path)
		return nil
	})
	c.Annotations = map[string]string{cli.MakesConfig: "true"}
	c.Flags().BoolVar(&stdin, "with-token", false, "从标准输入读取令牌")
	c.Flags().StringVar(&file, "token-file", "", "从文件读取令牌")
	c.Example = "  jiebang login --server jiebang.example.gov.cn:9090 --with-token < token.txt"
	return c
}

// remember saves the token with the server that accepted it and the way to reach that.
func (a *app) remember(token string) error {
	values := map[string]string{"server": a.Settings.Server, "token": token, "ca": "", "insecure": ""}
	if a.Settings.CA != "" {
		path, err := filepath.Abs(a.Settings.CA)
		if err != nil {
			return err
		}
		values["ca"] = path
	}
	if a.Settings.Insecure {
		values["insecure"] = "true"
	}
	return client.Save(a.Settings.Path, values)
}

func (a *app) logoutCommand() *cobra.Command {
	return a.Action("logout", "删去本机保存的令牌", "Remove the saved token", func(context.Context, *cobra.Command, []string) error {
		if err := client.Save(a.Settings.Path, map[string]string{"token": ""}); err != nil {
			return err
		}
		a.Note("已删去 %s 中的令牌;令牌本身仍有效,停用请运行 jiebang org token revoke", a.Settings.Path)
		return nil
	})
}

func (a *app) whoamiCommand() *cobra.Command {
	return a.Action("whoami", "查看当前令牌属于谁", "Show whose token this is", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		who, err := a.caller(ctx)
		if err != nil {
			return err
		}
		return output.One(ctx, a.Printer, []output.Column[caller]{
			output.Plain("单位名称", func(w caller) string { return w.GetOrganization().GetDisplayName() }),
			output.Plain("角色", func(w caller) string { return roles(w.GetToken()) }),
			{Title: "有效至", Text: func(w caller, v output.View) string { return v.Time(w.GetToken().GetExpireTime()) }},
			output.Plain("行政区划", func(w caller) string { return w.GetOrganization().GetJurisdiction() }),
			output.Plain("机构", func(w caller) string { return w.GetOrganization().GetName() }),
			output.Plain("令牌", func(w caller) string { return w.GetToken().GetName() }),
		}, who)
	})
}
