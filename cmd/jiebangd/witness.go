package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/jiebang/jiebang/services"
)

// witnessFlags say what is known of the ledgers outside the database. Every command that opens one is held to it.
func witnessFlags(root *cobra.Command, c *services.Config) {
	f := root.PersistentFlags()
	f.StringVar(&c.WitnessesFile, "witnesses", fromEnv("WITNESSES", ""), "见证人文件(C2SP tlog-policy,每行 witness 名称 公钥 网址):每个检查点请他们共同签名;不给则没有见证人")
	f.StringVar(&c.AnchorFile, "anchor", fromEnv("ANCHOR", ""), "锚文件:记下每个账本最近的检查点,启动时据此发现数据库被回退;宜放在另一块盘上(默认为数据目录中的 checkpoints.anchor)")
}

// acceptCommand goes on from a database that is older than what was published of it, on the word of two officers who sit at the server.
func acceptCommand(c *services.Config) *cobra.Command {
	cmd := &cobra.Command{Use: "accept-rollback JURISDICTION", Short: "数据库落后于已公布的账本、且确已无法找回时:一名经办、一名审批当面认可,账本永久记下(服务停止时使用)", Args: cobra.ExactArgs(1)}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		two, asking := &services.Officers{Jurisdiction: args[0]}, newPrompt(cmd)
		for _, who := range []struct {
			title string
			*services.Officer
		}{{"经办", &two.Operator}, {"审批", &two.Approver}} {
			for _, q := range []struct {
				label  string
				hidden bool
				into   *string
			}{{"登录名", false, &who.Login}, {"密码", true, &who.Password}, {"动态码", false, &who.Code}} {
				if err := asking.ask(who.title+q.label+": ", q.hidden, q.into); err != nil {
					return err
				}
			}
		}
		c.AcceptRollback = two
		s, err := services.Open(cmd.Context(), *c)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(cmd.OutOrStdout(), "账本 %s 已从现有的数据库继续,并以一条 ledger.epoch 账目记下两人和两个账本头;请把情况告知各见证人\n", args[0])
		return s.Close()
	}
	return cmd
}

// prompt asks who sits at the terminal, or reads lines where there is none.
type prompt struct {
	cmd   *cobra.Command
	lines *bufio.Reader
}

func newPrompt(cmd *cobra.Command) prompt { return prompt{cmd, bufio.NewReader(cmd.InOrStdin())} }

// ask reads one answer; a hidden one is not shown while it is typed.
func (p prompt) ask(label string, hidden bool, into *string) error {
	_, _ = fmt.Fprint(p.cmd.ErrOrStderr(), label)
	if f, ok := p.cmd.InOrStdin().(*os.File); ok && hidden && term.IsTerminal(int(f.Fd())) {
		secret, err := term.ReadPassword(int(f.Fd()))
		_, _ = fmt.Fprintln(p.cmd.ErrOrStderr())
		*into = string(secret)
		return err
	}
	line, err := p.lines.ReadString('\n')
	if *into = strings.TrimRight(line, "\r\n"); *into == "" && err != nil {
		return fmt.Errorf("没有读到%s%w", label, err)
	}
	return nil
}
