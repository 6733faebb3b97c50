package witness

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	rules "github.com/jiebang/jiebang/services/ledger/witness"
)

// Command is for those who watch over a ledger from outside: an audit office, a university, a notary.
func Command(a *cli.App) *cobra.Command {
	return a.Group("witness", "见证:由外部机构给账本的检查点共同签名", "Cosign a ledger's checkpoints", initCommand(a), keyCommand(a), serveCommand(a))
}

func directoryFlag(c *cobra.Command, dir *string) {
	c.Flags().StringVar(dir, "dir", "witness", "见证人的目录:密钥和状态,都不能丢")
}

func initCommand(a *cli.App) *cobra.Command {
	dir, name := "", ""
	c := a.Action("init", "设立一个见证人,打印它的公钥", "Make a witness and print its verifier key", func(_ context.Context, c *cobra.Command, _ []string) error {
		if err := cli.Require(c, "name"); err != nil {
			return err
		}
		if !rules.ValidName(name) {
			return failure.Usagef("--name %q 有误: 不能有空格和加号,宜用单位的域名,如 audit.example.gov.cn/witness", name)
		}
		seed := make([]byte, ed25519.SeedSize)
		if _, err := rand.Read(seed); err != nil {
			return err
		}
		key, err := Init(dir, name, seed)
		if err != nil {
			return err
		}
		a.Note("密钥在 %s,请备份,不要给任何人;以下公钥请公布,并写入各方的见证策略文件", dir)
		_, err = fmt.Fprintln(a.Out, key)
		return err
	})
	directoryFlag(c, &dir)
	c.Flags().StringVar(&name, "name", "", "见证人的名称,宜用单位的域名,如 audit.example.gov.cn/witness")
	return c
}

func keyCommand(a *cli.App) *cobra.Command {
	dir := ""
	c := a.Action("key", "打印见证人的公钥", "Print the verifier key of a witness", func(context.Context, *cobra.Command, []string) error {
		key, err := Key(dir)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(a.Out, key)
		return err
	})
	directoryFlag(c, &dir)
	return c
}

func serveCommand(a *cli.App) *cobra.Command {
	dir, to, logs := "", Listening{}, []string(nil)
	c := a.Action("serve", "开始见证:只给延续上一次所签历史的检查点签名", "Serve a witness (C2SP tlog-witness)", func(ctx context.Context, c *cobra.Command, _ []string) error {
		if err := cli.Require(c, "log"); err != nil {
			return err
		}
		if (to.Cert == "") != (to.Key == "") {
			return failure.Usagef("--tls-cert 与 --tls-key 要一起写")
		}
		w, err := Open(dir, logs, a.Now)
		if err != nil {
			return err
		}
		defer w.Close()
		return w.Serve(ctx, to, func(url string) { a.Note("见证人已就绪: %s", url) })
	})
	directoryFlag(c, &dir)
	c.Flags().StringVar(&to.Address, "listen", "localhost:8090", "监听地址")
	c.Flags().StringVar(&to.Cert, "tls-cert", "", "TLS 证书(PEM);不给则为明文,仅宜用于本机或前置代理之后")
	c.Flags().StringVar(&to.Key, "tls-key", "", "TLS 私钥(PEM)")
	c.Flags().StringArrayVar(&logs, "log", nil, "账本公钥(jiebang audit checkpoint 会打印),可给多个;请向科技局核实")
	return c
}
