// Package account has the commands of logging in, of what a person proves itself with, and of what is held of it.
//
//   - A password or a code is never on a command line: it is asked for without being shown, or read from stdin.
//   - A session is kept where tokens are: in the configuration file, beside the server that it belongs to.
package account

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/client"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/organization"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type accounts = jiebangv1.AccountServiceClient

func dial(c grpc.ClientConnInterface) accounts { return jiebangv1.NewAccountServiceClient(c) }

// connect returns the service of accounts.
func connect(a *cli.App) (accounts, error) {
	conn, err := a.Connection()
	if err != nil {
		return nil, err
	}
	return dial(conn), nil
}

// way is how somebody logs in.
type way struct {
	stdin, device, nonInteractive, complete bool
	file, login, organization               string
}

// Login logs in, by whichever way, and keeps the session or the token.
func Login(a *cli.App) *cobra.Command {
	w := &way{}
	c := a.Action("login", "登录,并记住服务器", "Log in and remember the server", func(ctx context.Context, c *cobra.Command, _ []string) error {
		if err := w.check(a); err != nil {
			return err
		}
		switch {
		case w.complete:
			return w.finish(ctx, a, c)
		case w.nonInteractive:
			return w.announce(ctx, a)
		case w.login != "":
			return w.password(ctx, a)
		case w.stdin || w.file != "":
			return w.token(ctx, a)
		case !w.device && (c.Flags().Changed("token") || a.Getenv("JIEBANG_TOKEN") != ""):
			return adopt(ctx, a, a.Settings.Token)
		case w.device || a.CanAsk():
			return w.pair(ctx, a)
		}
		return failure.Usagef("不是终端,请给出令牌(--with-token < 文件,或 --token-file 文件)、登录名(--login),或用 --non-interactive 在浏览器登录")
	})
	c.Annotations = map[string]string{cli.MakesConfig: "true"}
	f := c.Flags()
	f.BoolVar(&w.device, "device", false, "在浏览器里登录并允许本机(终端里的默认方式)")
	f.BoolVar(&w.nonInteractive, "non-interactive", false, "打印 JSON(browser_url、verification_code、next_step)即退出,由 --complete 接着办")
	f.BoolVar(&w.complete, "complete", false, "等待 --non-interactive 开始的登录获得允许")
	f.StringVar(&w.login, "login", "", "登录名;随后询问密码和动态口令")
	f.BoolVar(&w.stdin, "with-token", false, "从标准输入读取令牌")
	f.StringVar(&w.file, "token-file", "", "从文件读取令牌")
	f.StringVar(&w.organization, "organization", "", "代表哪个机构(与 --login 同用;只属于一个机构的不必给)")
	a.SecretFlag(c, "password-stdin", "密码,第二行为动态口令或恢复码")
	c.Example = "  jiebang login --server jiebang.example.gov.cn:9090\n" +
		"  jiebang login --server jiebang.example.gov.cn:9090 --with-token < token.txt\n" +
		"  jiebang login --login zhang.san\n" +
		"  jiebang login --non-interactive && jiebang login --complete"
	return c
}

// check refuses ways that do not go together.
func (w *way) check(a *cli.App) error {
	ways := 0
	for _, given := range []bool{w.device, w.nonInteractive, w.complete, w.login != "", w.stdin, w.file != ""} {
		if given {
			ways++
		}
	}
	switch {
	case w.stdin && w.file != "":
		return failure.Usagef("--with-token 与 --token-file 只能用一个")
	case ways > 1:
		return failure.Usagef("--device、--non-interactive、--complete、--login、--with-token、--token-file 只能用一个")
	case w.login == "" && (w.organization != "" || a.FromStdin()):
		return failure.Usagef("--organization 和 --password-stdin 与 --login 同用")
	}
	return nil
}

// token takes a token from a file or from stdin.
func (w *way) token(ctx context.Context, a *cli.App) error {
	file := w.file
	if w.stdin {
		file = "-"
	}
	text, err := input.Text(file, a.In, 4096)
	if err != nil {
		return failure.Usagef("令牌读不了: %v", err)
	}
	return adopt(ctx, a, strings.TrimSpace(text))
}

// password logs in with a name and a password, and asks for a code if the account has a second factor.
func (w *way) password(ctx context.Context, a *cli.App) error {
	a.As("")
	service, err := connect(a)
	if err != nil {
		return err
	}
	r := &jiebangv1.LoginRequest{Login: w.login, Agent: cli.Agent()}
	if w.organization != "" {
		if r.Organization, err = organization.Kind().Name(ctx, a, w.organization); err != nil {
			return err
		}
	}
	if r.Password, err = a.Secret(ctx, "密码"); err != nil {
		return err
	}
	answer, err := service.Login(ctx, r)
	if failure.Reason(status.Convert(err)) == "FACTOR_REQUIRED" && (a.CanAsk() || a.FromStdin()) {
		if r.Code, err = a.Secret(ctx, "动态口令或恢复码"); err != nil {
			return err
		}
		answer, err = service.Login(ctx, r)
	}
	if err != nil {
		return err
	}
	return enter(ctx, a, answer)
}

// enter keeps a new session and says for whom it acts.
func enter(ctx context.Context, a *cli.App, answer *jiebangv1.LoginResponse) error {
	if err := adopt(ctx, a, answer.GetSecret()); err != nil {
		return err
	}
	switch list := strings.Join(answer.GetOrganizations(), "、"); {
	case answer.GetFactorMissing():
		a.Note("您的机构要求第二因素: 先运行 jiebang factor enroll 绑定动态口令,再运行 jiebang session switch 机构(%s)", list)
	case answer.GetSession().GetOrganization() == "" && list != "":
		a.Note("现在不代表任何机构;选一个: jiebang session switch 机构(%s)", list)
	}
	return nil
}

// adopt saves a token or a session once the server has accepted it.
func adopt(ctx context.Context, a *cli.App, secret string) error {
	if secret == "" || strings.ContainsAny(secret, " \t\r\n") {
		return failure.Usagef("令牌是空的,或含有空白")
	}
	a.As(secret)
	who, err := organization.Caller(ctx, a)
	limited := failure.Reason(status.Convert(err)) == "SCOPE_NOT_ALLOWED" // the token is good, and not for this
	if err != nil && !limited {
		return err
	}
	if err := remember(a, secret); err != nil {
		return err
	}
	name := who.GetOrganization().GetDisplayName()
	switch {
	case limited:
		a.Note("已登录 %s: 令牌有效,它限定了用途,看不到属于谁", a.Settings.Server)
	case name == "":
		a.Note("已登录 %s: 不代表任何机构,有效至 %s", a.Settings.Server, output.View{}.Time(who.GetExpireTime()))
	default:
		a.Note("已登录 %s: %s,角色 %s,有效至 %s", a.Settings.Server, name, cli.Names(who.GetRoles()), output.View{}.Time(who.GetExpireTime()))
	}
	a.Note("令牌存于 %s(仅本人可读)", a.Settings.Path)
	if other := a.Getenv("JIEBANG_TOKEN"); other != "" && other != secret {
		a.Note("注意: 环境变量 JIEBANG_TOKEN 里是另一个令牌,它优先于刚存下的")
	}
	return nil
}

// remember saves the secret with the server that accepted it and the way to reach that.
func remember(a *cli.App, secret string) error {
	values, err := place(a)
	if err != nil {
		return err
	}
	values["token"] = secret
	return client.Save(a.Settings.Path, values)
}

// place is the server and the way to reach it.
func place(a *cli.App) (map[string]string, error) {
	values := map[string]string{"server": a.Settings.Server, "ca": "", "insecure": ""}
	if a.Settings.CA != "" {
		path, err := filepath.Abs(a.Settings.CA)
		if err != nil {
			return nil, err
		}
		values["ca"] = path
	}
	if a.Settings.Insecure {
		values["insecure"] = "true"
	}
	return values, nil
}

// Logout ends the saved session and removes it; a saved token is only removed.
func Logout(a *cli.App) *cobra.Command {
	return a.Action("logout", "结束登录,删去本机保存的会话或令牌", "End the session and remove what is saved", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		left := "配置中的令牌或会话属于别的服务器,没有停用"
		if a.Settings.Saved != "" {
			a.As(a.Settings.Saved)
			service, err := connect(a)
			if err != nil {
				return err
			}
			_, err = service.Logout(ctx, &jiebangv1.LogoutRequest{})
			left = ended(err)
		}
		if err := client.Save(a.Settings.Path, map[string]string{"token": ""}); err != nil {
			return err
		}
		a.Note("已删去 %s 中的令牌;%s", a.Settings.Path, left)
		return nil
	})
}

// ended says what became of what was saved.
func ended(err error) string {
	s := status.Convert(err)
	switch failure.Reason(s) {
	case "SESSION_REQUIRED", "SCOPE_NOT_ALLOWED":
		return "令牌本身仍有效,停用请运行 jiebang token revoke"
	case "SESSION_ENDED", "TOKEN_INVALID", "TOKEN_EXPIRED", "TOKEN_REVOKED":
		return "它此前已失效"
	}
	if err != nil {
		return "服务器没有回应,会话可能仍有效(" + s.Message() + "),结束它请再登录后运行 jiebang session list 和 revoke"
	}
	return "会话已结束"
}
