package custody

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	"github.com/jiebang/jiebang/services/bidding/seal"
)

// Command makes jiebang custodian, with the commands that need the server.
func Command(a *cli.App, online ...*cobra.Command) *cobra.Command {
	return a.Group("custodian", "密钥保管人的密钥", "Keys of custodians", append([]*cobra.Command{initCommand(a), showCommand(a)}, online...)...)
}

// leastPassphrase is the least number of characters of a passphrase.
const leastPassphrase = 12

func initCommand(a *cli.App) *cobra.Command {
	out := ""
	c := a.Action("init", "生成密钥保管人的密钥,存为有口令的文件", "Make a custodian's key", func(ctx context.Context, c *cobra.Command, _ []string) error {
		if err := cli.Require(c, "out"); err != nil {
			return err
		}
		passphrase, err := a.NewPassword(ctx, "密钥口令")
		if err != nil {
			return err
		}
		if n := utf8.RuneCountInString(passphrase); n < leastPassphrase {
			return failure.Usagef("密钥口令至少 %d 个字符,现为 %d 个;可用几个互不相关的词", leastPassphrase, n)
		}
		identity, err := makeKey(out, passphrase)
		if err != nil {
			return err
		}
		a.Note("密钥已存入 %s。请现在办三件事:", out)
		a.Note("  一、把公钥交给科技局登记,由另一人按指纹核对")
		a.Note("  二、把密钥文件打印一份(几行文字),口令另纸手写,分装两个信封,签封后存入保险柜")
		a.Note("  三、密钥文件留在本人的 U 盘,不要放进服务器、网盘和邮件;丢了文件或忘了口令,谁也恢复不了")
		return printKey(ctx, a, identity, out)
	})
	c.Flags().StringVar(&out, "out", "", "存到哪个文件;已有的文件不会被覆盖")
	a.SecretFlag(c, "passphrase-stdin", "密钥口令")
	c.Example = "  jiebang custodian init --out /media/usb/保管人.key"
	return c
}

// makeKey makes a key and its file, and reads the file back: a key counts once it can be opened again.
func makeKey(path, passphrase string) (*seal.Identity, error) {
	identity, err := seal.NewIdentity(rand.Reader)
	if err != nil {
		return nil, err
	}
	file, err := lockKey(identity, passphrase, work)
	if err != nil {
		return nil, err
	}
	if back, err := unlockKey(file, passphrase); err != nil || back.Secret() != identity.Secret() {
		return nil, fmt.Errorf("刚生成的密钥文件打不开,没有保存: %w", err)
	}
	return identity, create(path, func(w io.Writer) error {
		_, err := w.Write(file)
		return err
	})
}

func showCommand(a *cli.App) *cobra.Command {
	c := a.Action("show FILE", "打开密钥文件,显示公钥和指纹", "Show the public key of a key file", func(ctx context.Context, _ *cobra.Command, args []string) error {
		identity, err := Identity(ctx, a, args[0])
		if err != nil {
			return err
		}
		return printKey(ctx, a, identity, args[0])
	})
	c.ValidArgsFunction = nil // files
	a.SecretFlag(c, "passphrase-stdin", "密钥口令")
	return c
}

// Identity opens a key file with the passphrase that it asks for.
func Identity(ctx context.Context, a *cli.App, path string) (*seal.Identity, error) {
	file, err := read(path, maxKeyFile)
	if err != nil {
		return nil, err
	}
	passphrase, err := a.Secret(ctx, "密钥口令")
	if err != nil {
		return nil, err
	}
	return unlockKey(file, passphrase)
}

// printKey prints what everybody may know of a key.
func printKey(ctx context.Context, a *cli.App, i *seal.Identity, path string) error {
	recipient := i.Recipient()
	fingerprint := seal.Fingerprint(recipient)
	data, err := json.Marshal(struct {
		Recipient   string `json:"recipient"`
		Fingerprint string `json:"fingerprint"`
		File        string `json:"file"`
	}{recipient, fingerprint, path})
	if err != nil {
		return err
	}
	return a.Printer.Document(ctx, output.Document{
		JSON: data, Name: recipient, Header: []string{"公钥", "指纹", "文件"}, Rows: [][]string{{recipient, fingerprint, path}},
		Text: func(w *output.Text, _ output.View) error {
			return w.Pairs([][]string{{"公钥", recipient}, {"指纹", fingerprint}, {"文件", output.Clean(path)}})
		},
	})
}
