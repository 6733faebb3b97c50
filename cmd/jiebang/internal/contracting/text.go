package contracting

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

func proposeCommand(a *cli.App) *cobra.Command {
	generate := false
	c := cli.VerbCommand(a, kind(), cli.Verb[contracts, *jiebangv1.ProposeContractRequest, contract]{
		Use: "propose CONTRACT", Chinese: "固定文本,请双方签署", English: "Fix the text and ask both sides to sign", Call: contracts.ProposeContract,
		Fill: func(_ context.Context, r *jiebangv1.ProposeContractRequest, _ cli.Target[contract]) error {
			r.GenerateText = generate
			return nil
		},
	})
	c.Flags().BoolVar(&generate, "generate", false, "按合同类别的模板生成文本并签它;用 contract text 先看")
	return c
}

// errPage is of a page whose SHA-256 is not the one that is said.
var errPage = errors.New("收到的文本与服务器给的摘要不符,没有保存;请重试")

func textCommand(a *cli.App) *cobra.Command {
	var (
		docx, force bool
		out         string
	)
	c := a.Action("text CONTRACT", "取合同文本:起草中的为预览,待签和已签的为签署的文本", "Get the text of a contract", func(ctx context.Context, _ *cobra.Command, args []string) error {
		name, err := kind().Name(ctx, a, args[0])
		if err != nil {
			return err
		}
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		req := &jiebangv1.GenerateContractTextRequest{Name: name, Format: jiebangv1.GenerateContractTextRequest_HTML}
		if docx || strings.EqualFold(filepath.Ext(out), ".docx") {
			req.Format = jiebangv1.GenerateContractTextRequest_DOCX
		}
		text, err := jiebangv1.NewContractServiceClient(conn).GenerateContractText(ctx, req)
		if err != nil {
			return err
		}
		if sum := sha256.Sum256(text.GetContent()); req.Format == jiebangv1.GenerateContractTextRequest_HTML && string(sum[:]) != string(text.GetTextDigest()) {
			return errPage
		}
		path := out
		if path == "" {
			path = filepath.Base(text.GetFilename())
		}
		if err := create(path, text.GetContent(), force); err != nil {
			return err
		}
		kind := "预览,尚未固定"
		if text.GetProposed() {
			kind = "签署的文本"
		}
		a.Note("%s,模板 %s,网页的 SHA-256 为 %s", kind, text.GetTemplate(), output.Hex(text.GetTextDigest()))
		_, err = fmt.Fprintln(a.Out, path)
		return err
	})
	c.Args = cobra.ExactArgs(1)
	c.ValidArgsFunction = kind().Complete(a)
	c.Flags().BoolVar(&docx, "docx", false, "Word/WPS 文档(由网页转成,供修改;签署的是网页)")
	c.Flags().StringVar(&out, "out", "", "写到哪个文件(默认由服务器命名)")
	c.Flags().BoolVar(&force, "force", false, "覆盖已有的文件")
	return c
}

// create writes a file that is not there yet, unless it may be replaced.
func create(path string, content []byte, force bool) error {
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if force {
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	f, err := os.OpenFile(path, flags, 0o600)
	if errors.Is(err, os.ErrExist) {
		return failure.Usagef("文件 %s 已存在;用 --out 写到别处,或用 --force 覆盖", path)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}
