package account

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/grpc/status"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/client"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type logins = jiebangv1.LoginServiceClient

func dialLogins(a *cli.App) (logins, error) {
	conn, err := a.Connection()
	if err != nil {
		return nil, err
	}
	return jiebangv1.NewLoginServiceClient(conn), nil
}

// pendingFile is where a device login is kept until it is answered: its device code is as good as the session to come, so only its owner may read it.
func pendingFile(a *cli.App) string {
	return filepath.Join(filepath.Dir(a.Settings.Path), "login.yaml")
}

// start begins a device login (RFC 8628) and keeps it.
func (w *way) start(ctx context.Context, a *cli.App) (*jiebangv1.StartDeviceLoginResponse, error) {
	a.As("")
	service, err := dialLogins(a)
	if err != nil {
		return nil, err
	}
	started, err := service.StartDeviceLogin(ctx, &jiebangv1.StartDeviceLoginRequest{Agent: cli.Agent()})
	if err != nil {
		return nil, err
	}
	values, err := place(a)
	if err != nil {
		return nil, err
	}
	values["device_code"], values["interval"] = started.GetDeviceCode(), started.GetInterval().AsDuration().String()
	return started, client.Save(pendingFile(a), values)
}

// announce prints what a program passes on to its person.
func (w *way) announce(ctx context.Context, a *cli.App) error {
	started, err := w.start(ctx, a)
	if err != nil {
		return err
	}
	next := "jiebang login --complete"
	if a.Settings.Named {
		next += " --config " + cli.Quote(a.Settings.Path)
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // an address is read by people too
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(struct {
		BrowserURL       string `json:"browser_url"`
		VerificationCode string `json:"verification_code"`
		NextStep         string `json:"next_step"`
	}{started.GetCompleteVerificationUri(), started.GetUserCode(), next}); err != nil {
		return err
	}
	return a.Printer.Document(ctx, output.Document{
		JSON: b.Bytes(), Name: started.GetUserCode(), Header: []string{"browser_url", "verification_code", "next_step"},
		Rows: [][]string{{started.GetCompleteVerificationUri(), started.GetUserCode(), next}},
		Text: func(t *output.Text, _ output.View) error { return t.Raw(b.String()) },
	})
}

// pair shows where to say yes, and waits for it.
func (w *way) pair(ctx context.Context, a *cli.App) error {
	started, err := w.start(ctx, a)
	if err != nil {
		return err
	}
	a.Note("请在浏览器打开 %s", started.GetCompleteVerificationUri())
	a.Note("核对代码 %s 后允许;等待中(Ctrl-C 停止,之后可用 jiebang login --complete 接着等)", started.GetUserCode())
	if err := a.Pause(ctx, started.GetInterval().AsDuration()); err != nil {
		return err
	}
	return w.poll(ctx, a, started.GetDeviceCode(), started.GetInterval().AsDuration())
}

// finish goes on with the device login that was kept, at the server where it was begun.
func (w *way) finish(ctx context.Context, a *cli.App, c *cobra.Command) error {
	values, err := client.Values(pendingFile(a))
	if errors.Is(err, fs.ErrNotExist) {
		return failure.Usagef("没有开始了的登录;请先运行 jiebang login --non-interactive")
	}
	if err != nil {
		return err
	}
	if c.Flags().Changed("server") && a.Settings.Server != values["server"] {
		return failure.Usagef("这次登录是在 %s 开始的,不是 %s", values["server"], a.Settings.Server)
	}
	a.Settings.Server, a.Settings.CA, a.Settings.Insecure = values["server"], values["ca"], values["insecure"] == "true"
	interval, err := time.ParseDuration(values["interval"])
	if err != nil {
		return err
	}
	return w.poll(ctx, a, values["device_code"], interval)
}

// slower is how much more time a device leaves between two questions when it has asked too often.
const slower = 5 * time.Second

// poll asks until the person has answered or the time is over.
func (w *way) poll(ctx context.Context, a *cli.App, code string, interval time.Duration) error {
	a.As("")
	service, err := dialLogins(a)
	if err != nil {
		return err
	}
	for {
		answer, err := service.PollDeviceLogin(ctx, &jiebangv1.PollDeviceLoginRequest{DeviceCode: code})
		switch failure.Reason(status.Convert(err)) {
		case "DEVICE_SLOW_DOWN":
			interval += slower
		case "DEVICE_PENDING":
		case "DEVICE_DENIED", "DEVICE_EXPIRED", "DEVICE_CODE":
			return errors.Join(os.Remove(pendingFile(a)), err)
		default:
			if err != nil {
				return err
			}
			return errors.Join(enter(ctx, a, answer), os.Remove(pendingFile(a)))
		}
		if err := a.Pause(ctx, interval); err != nil {
			return err
		}
	}
}

// Device has the commands by which a person lets another device in, as the page of the platform does.
func Device(a *cli.App) *cobra.Command {
	return a.Group("device", "允许另一台设备登录", "Let another device log in", deviceShow(a), deviceApprove(a), deviceDeny(a))
}

var deviceColumns = []output.Column[*jiebangv1.DeviceLogin]{
	output.Plain("程序", (*jiebangv1.DeviceLogin).GetAgent),
	output.Plain("来自", (*jiebangv1.DeviceLogin).GetAddress),
	output.Instant("开始时间", (*jiebangv1.DeviceLogin).GetCreateTime),
	output.Instant("有效至", (*jiebangv1.DeviceLogin).GetExpireTime),
	output.Plain("名称", (*jiebangv1.DeviceLogin).GetName),
}

// waiting reads the device that shows a code.
func waiting(ctx context.Context, a *cli.App, typed string) (logins, *jiebangv1.DeviceLogin, error) {
	service, err := dialLogins(a)
	if err != nil {
		return nil, nil, err
	}
	d, err := service.GetDeviceLogin(ctx, &jiebangv1.GetDeviceLoginRequest{Name: named("deviceLogins/", typed)})
	return service, d, err
}

func deviceShow(a *cli.App) *cobra.Command {
	c := a.Action("show CODE", "查看哪台设备在等待登录", "Show which device waits", func(ctx context.Context, _ *cobra.Command, args []string) error {
		_, d, err := waiting(ctx, a, args[0])
		if err != nil {
			return err
		}
		return output.One(ctx, a.Printer, deviceColumns, d)
	})
	c.Example = "  jiebang device show BCDF-GHJK"
	return c
}

func deviceApprove(a *cli.App) *cobra.Command {
	c := a.Action("approve CODE", "以本人身份允许一台设备登录", "Let a device log in as you", func(ctx context.Context, _ *cobra.Command, args []string) error {
		service, d, err := waiting(ctx, a, args[0])
		if err != nil {
			return err
		}
		a.Note("设备: %s,来自 %s,代码 %s", d.GetAgent(), d.GetAddress(), args[0])
		if err := a.Agree(ctx, "它将以您的身份办事。"); err != nil {
			return err
		}
		d, err = service.ApproveDeviceLogin(ctx, &jiebangv1.ApproveDeviceLoginRequest{Name: d.GetName()})
		if err != nil {
			return err
		}
		return output.One(ctx, a.Printer, deviceColumns, d)
	})
	a.YesFlag(c)
	c.Example = "  jiebang device approve BCDF-GHJK"
	return c
}

func deviceDeny(a *cli.App) *cobra.Command {
	return a.Action("deny CODE", "拒绝一台设备登录", "Refuse a device", func(ctx context.Context, _ *cobra.Command, args []string) error {
		service, err := dialLogins(a)
		if err != nil {
			return err
		}
		d, err := service.DenyDeviceLogin(ctx, &jiebangv1.DenyDeviceLoginRequest{Name: named("deviceLogins/", args[0])})
		if err != nil {
			return err
		}
		return output.One(ctx, a.Printer, deviceColumns, d)
	})
}
