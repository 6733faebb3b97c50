package main

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/services"
)

// demoDir is where a demonstration lives that was not told: a temporary directory if it exits at once, else ./demo-data.
func demoDir(once bool) (dir string, remove func(), err error) {
	if !once {
		return "demo-data", func() {}, nil
	}
	dir, err = os.MkdirTemp("", "jiebang-demo-")
	return dir, func() { _ = os.RemoveAll(dir) }, err
}

func migrateCommand(c *services.Config) *cobra.Command {
	cmd := &cobra.Command{Use: "migrate", Short: "把数据库迁移到本程序的版本", Args: cobra.NoArgs}
	dryRun := cmd.Flags().Bool("dry-run", false, "只显示版本,不迁移")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		from, to, err := services.Migrate(cmd.Context(), *c, *dryRun)
		if err != nil {
			return err
		}
		text := "数据库第 %d 版,程序第 %d 版\n"
		if !*dryRun && from != to {
			text = "数据库已由第 %d 版迁移到第 %d 版\n"
		}
		_, _ = fmt.Fprintf(cmd.OutOrStdout(), text, from, to)
		return nil
	}
	return cmd
}

// errWrong says that verify found something; what it is has been printed.
var errWrong = errors.New("核验未通过")

func verifyCommand(c *services.Config) *cobra.Command {
	cmd := &cobra.Command{Use: "verify", Short: "重放每个账本,并逐列核对数据库与账目", Args: cobra.NoArgs}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		reports, err := services.Verify(cmd.Context(), *c, func(jurisdiction string, done int64) {
			if done%10_000 == 0 && done > 0 {
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "%s:已核验 %d 条\n", jurisdiction, done)
			}
		})
		if err != nil {
			return err
		}
		wrong := false
		for _, r := range reports {
			for _, p := range r.Problems {
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%s 有误:%s\n", r.Jurisdiction, p)
			}
			if r.More > 0 {
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%s 另有 %d 处有误\n", r.Jurisdiction, r.More)
			}
			verdict := "通过"
			if len(r.Problems) > 0 {
				verdict, wrong = "未通过", true
			}
			_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%s %s:%d 条账目,发布需求 %d 项,签约 %d 项,合作总金额 %s 万元,树根 %s\n", r.Jurisdiction, verdict, r.Size,
				r.DemandsPublished, r.ContractsSigned, r.Amount.Wan(), r.Root)
		}
		if wrong {
			return errWrong
		}
		return nil
	}
	return cmd
}

func adminCommand(c *services.Config) *cobra.Command {
	cmd := &cobra.Command{Use: "admin", Short: "在服务器上管理科技局的令牌和安全管理员"}
	token := &cobra.Command{Use: "token JURISDICTION", Short: "为科技局另发一个管理令牌(服务停止时使用)", Args: cobra.ExactArgs(1)}
	token.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := services.Open(cmd.Context(), *c)
		if err != nil {
			return err
		}
		secret, err := s.AdminToken(cmd.Context(), args[0])
		if err == nil {
			_, _ = fmt.Fprintln(cmd.OutOrStdout(), secret)
		}
		return errors.Join(err, s.Close())
	}
	create := &cobra.Command{Use: "create JURISDICTION", Short: "邀请科技局的安全管理员:打印一次性的邀请码,由本人设置登录名和密码(服务停止时使用)", Args: cobra.ExactArgs(1)}
	create.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := services.Open(cmd.Context(), *c)
		if err != nil {
			return err
		}
		code, err := s.InviteAdmin(cmd.Context(), args[0])
		if err == nil {
			_, _ = fmt.Fprintln(cmd.OutOrStdout(), code)
		}
		return errors.Join(err, s.Close())
	}
	cmd.AddCommand(token, create)
	return cmd
}

func versionCommand() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "显示版本", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		_, err := fmt.Fprintln(cmd.OutOrStdout(), "jiebangd", version())
		return err
	}}
}

// release is set by the linker when a release is built.
var release = ""

// version is the release, or the revision that the program was built from.
func version() string {
	if release != "" {
		return release
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value[:min(12, len(s.Value))]
			}
		}
	}
	return "dev"
}
