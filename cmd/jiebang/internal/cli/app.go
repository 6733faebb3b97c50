// Package cli is what the commands of the client app share: how a command is made, reads its flags, lists, and changes something with a
// request_id that it can repeat.
package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/client"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
)

// App is one run of the program.
type App struct {
	Getenv  func(string) string
	In      io.Reader
	Out     io.Writer
	Err     io.Writer
	Now     func() time.Time
	English bool // the help is

	Settings client.Settings // after Open
	Printer  *output.Printer // after Open

	// Wait lets time pass before something is asked again; a timer unless a test sets it.
	Wait func(context.Context, time.Duration) error

	args             []string
	jq               string
	debug            bool
	conn             *grpc.ClientConn
	change           change
	stdin            *bufio.Reader // with what was read ahead of it
	secretFlag       string        // that has secrets read from stdin
	secretsFromStdin bool
}

// MakesConfig is an annotation of a command that makes the configuration file, so that it need not be there.
const MakesConfig = "makes-config"

// Execute runs the command below root that args name.
func (a *App) Execute(ctx context.Context, root *cobra.Command, args []string) error {
	a.args = args
	root.SetArgs(args)
	root.SetIn(a.In)
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	command, err := root.ExecuteContextC(ctx)
	if a.conn != nil {
		_ = a.conn.Close() // every call has had its answer
	}
	var usage *failure.UsageError
	if errors.As(err, &usage) && usage.Help == "" {
		usage.Help = command.CommandPath()
	}
	if err != nil && ctx.Err() != nil && !errors.As(err, &usage) {
		return errors.Join(ctx.Err(), err) // interrupted, whatever it led to
	}
	return err
}

// Root makes the command of the program itself, with the flags of every command.
func (a *App) Root(use, zh, en string, commands ...*cobra.Command) *cobra.Command {
	root := a.Group(use, zh, en, commands...)
	root.SilenceErrors, root.SilenceUsage = true, true
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetUsageTemplate(a.usageTemplate())
	root.SetHelpCommand(a.helpCommand())
	root.SetFlagErrorFunc(flagError)
	f := root.PersistentFlags()
	f.String("server", "", "服务器 主机:端口(默认 "+client.DefaultServer+")")
	f.String("token", "", "访问令牌;别人能从进程列表看到它,宁可用 login 或 JIEBANG_TOKEN")
	f.String("config", "", "配置文件(默认 ~/.config/jiebang/config.yaml)")
	f.String("ca", "", "信任的根证书 PEM 文件")
	f.Bool("insecure", false, "对非本机的服务器也不用 TLS")
	f.String("timeout", "", "每次调用的时限(默认 30s)")
	f.StringP("output", "o", "", "输出格式:table、json、yaml、csv、name(默认 table)")
	f.StringVar(&a.jq, "jq", "", "用 jq 表达式过滤 JSON 输出")
	f.String("unit", "", "表格中的金额单位:wan、yuan(默认 wan)")
	f.String("lang", "", "界面语言:zh、en")
	f.BoolVar(&a.debug, "debug", false, "出错时打印完整的 gRPC 状态")
	f.BoolP("help", "h", false, "显示帮助")
	Fixed(root, "output", output.Formats()...)
	Fixed(root, "unit", "wan", "yuan")
	Fixed(root, "lang", "zh", "en")
	return root
}

// Open reads the settings and checks how to print, before anything is asked of a server.
func (a *App) Open(c *cobra.Command) error {
	changed := map[string]string{}
	c.Flags().Visit(func(f *pflag.Flag) {
		for _, key := range append(client.Keys(), "config") {
			if f.Name == key && c.Root().PersistentFlags().Lookup(key) == f {
				changed[key] = f.Value.String()
			}
		}
	})
	a.secretFlag = c.Annotations[secretFlag]
	var err error
	if a.Settings, err = client.Load(changed, a.Getenv); err != nil {
		return failure.AsUsage(err)
	}
	if a.Settings.Missing && c.Annotations[MakesConfig] == "" {
		return failure.Usagef("没有配置文件 %s", a.Settings.Path)
	}
	for _, w := range a.Settings.Warnings {
		a.Note("注意: %s", w)
	}
	format := output.Format(a.Settings.Output)
	if a.jq != "" && changed["output"] == "" {
		format = "" // --jq is nearer than a default of the file
	}
	terminal := isTerminal(a.Out)
	a.Printer, err = output.New(a.Out, output.Options{
		Format: format, JQ: a.jq, Unit: a.Settings.Unit, Terminal: terminal, Width: a.width(),
		Color: a.Getenv("NO_COLOR") == "" && (terminal && a.Getenv("TERM") != "dumb" || a.Getenv("CLICOLOR_FORCE") != ""),
	})
	return failure.AsUsage(err)
}

// Connection is the connection to the server, made at its first use.
func (a *App) Connection() (*grpc.ClientConn, error) {
	if a.conn == nil {
		conn, err := client.Connect(a.Settings, Agent(), a.stepUp())
		if err != nil {
			return nil, failure.AsUsage(err)
		}
		a.conn = conn
	}
	return a.conn, nil
}

// Agent is what this program calls itself.
func Agent() string { return "jiebang/" + Version() }

// As goes on as the bearer of another secret, or as nobody.
func (a *App) As(secret string) {
	if a.conn != nil {
		_ = a.conn.Close() // every call has had its answer
	}
	a.conn, a.Settings.Token = nil, secret
}

// Pause lets time pass before something is asked again.
func (a *App) Pause(ctx context.Context, d time.Duration) error {
	if a.Wait != nil {
		return a.Wait(ctx, d)
	}
	return client.Wait(ctx, d)
}

// Failure is what the text of an error names besides it.
func (a *App) Failure() failure.Context {
	return failure.Context{Server: a.Settings.Server, RequestID: a.change.id, Replay: a.change.replay(), Command: again(a.args), Debug: a.debug}
}

// Note writes one line on stderr, whatever is in args: a title with line breaks in it cannot pass for other lines.
func (a *App) Note(format string, args ...any) {
	fmt.Fprintln(a.Err, strings.ReplaceAll(output.Clean(fmt.Sprintf(format, args...)), "\n", " "))
}

// say chooses the language of the help.
func (a *App) say(zh, en string) string {
	if a.English {
		return en
	}
	return zh
}

// English reports whether the help is in English: by --lang, JIEBANG_LANG, or the locale.
func English(args []string, getenv func(string) string) bool {
	lang := ""
	for _, name := range []string{"JIEBANG_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if lang = getenv(name); lang != "" {
			break
		}
	}
	for i, arg := range args {
		if v, ok := strings.CutPrefix(arg, "--lang="); ok {
			lang = v
		} else if arg == "--lang" && i+1 < len(args) {
			lang = args[i+1]
		}
	}
	return strings.HasPrefix(lang, "en")
}
