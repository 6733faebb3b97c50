// Package filing has the commands of files: declared and uploaded, looked at, fetched, deleted. A file that is fetched appears at its path when it is whole and
// is the one that was declared, and not before.
package filing

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type (
	files = jiebangv1.FileServiceClient
	file  = *jiebangv1.File
	kind  = cli.Kind[files, file]
)

func theKind() kind {
	return kind{
		Chinese: "文件", English: "file", Collection: "files", Depth: 2, States: jiebangv1.File_RECEIVING,
		Client: func(c grpc.ClientConnInterface) files { return jiebangv1.NewFileServiceClient(c) },
		Get: func(ctx context.Context, c files, name string) (file, error) {
			return c.GetFile(ctx, &jiebangv1.GetFileRequest{Name: name})
		},
		List: func(ctx context.Context, c files, q cli.Query) ([]file, string, error) {
			r, err := c.ListFiles(ctx, &jiebangv1.ListFilesRequest{PageSize: q.Size, PageToken: q.Token, Filter: q.Filter, OrderBy: q.OrderBy})
			return r.GetFiles(), r.GetNextPageToken(), err
		},
		Title: file.GetDisplayName,
		Columns: []output.Column[file]{
			output.Plain("文件名", file.GetDisplayName).Flexible(), output.Plain("用途", func(f file) string { return input.Chinese(f.GetPurpose()) }), output.Plain("字节", func(f file) string { return fmt.Sprint(f.GetSize()) }),
			output.Plain("状态", func(f file) string { return input.Chinese(f.GetState()) }), output.Plain("查毒", func(f file) string { return input.Chinese(f.GetScan()) }), output.Instant("登记时间", file.GetCreateTime), output.Plain("名称", file.GetName),
			output.Plain("已收到", func(f file) string {
				if f.GetState() != jiebangv1.File_RECEIVING {
					return ""
				}
				return fmt.Sprint(f.GetReceivedSize())
			}).InDetail(),
			output.Plain("类型", file.GetMediaType).InDetail(), output.Plain("SHA-256", func(f file) string { return output.Hex(f.GetSha256()) }).InDetail(),
			output.Plain("被引用", func(f file) string { return fmt.Sprint(f.GetAttachmentCount()) }).InDetail(), output.Plain("单位", file.GetOrganization).InDetail(),
			output.Plain("版本", file.GetEtag).InDetail(),
		},
	}
}

// Command makes the commands.
func Command(a *cli.App) *cobra.Command {
	k := theKind()
	return a.Group("file", "附件:上传、查看、下载和删除", "Files", putCommand(a, k), fetchCommand(a, k), k.GetCommand(a), k.ListCommand(a, "list", nil),
		cli.VerbCommand(a, k, cli.Verb[files, *jiebangv1.DeleteFileRequest, file]{
			Use: "delete FILE", Chinese: "删除没有被引用的文件", English: "Delete a file that nothing refers to", Call: files.DeleteFile,
			Ask: func(f file) string {
				return fmt.Sprintf("删除 %s(%s)?内容将不能恢复", f.GetDisplayName(), f.GetName())
			},
		}))
}

func find(ctx context.Context, a *cli.App, k kind, typed string) (file, error) {
	name, err := k.Name(ctx, a, typed)
	if err != nil {
		return nil, err
	}
	return k.Read(ctx, a, name)
}

func putCommand(a *cli.App, k kind) *cobra.Command {
	purpose, display, resume, jurisdiction := jiebangv1.File_PURPOSE_UNSPECIFIED, "", "", ""
	c := a.Action("put PATH", "上传一个文件", "Upload a file", func(ctx context.Context, c *cobra.Command, args []string) error {
		f, err := os.Open(args[0])
		if err != nil {
			return failure.Usagef("不能读取 %s: %v", args[0], err)
		}
		defer f.Close()
		hash := sha256.New()
		size, err := io.Copy(hash, f)
		if err != nil {
			return failure.Usagef("不能读取 %s: %v", args[0], err)
		}
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		client := jiebangv1.NewFileServiceClient(conn)
		d := &jiebangv1.File{Name: resume}
		if resume == "" {
			if err := cli.Require(c, "purpose"); err != nil {
				return err
			}
			d = &jiebangv1.File{DisplayName: display, Purpose: purpose, Size: size, Sha256: hash.Sum(nil), Jurisdiction: jurisdiction}
			if display == "" {
				d.DisplayName = filepath.Base(args[0])
			}
			if d, err = cli.Send(ctx, a, 0, &jiebangv1.CreateFileRequest{File: d}, client.CreateFile); err != nil || a.DryRun() {
				return err
			}
		} else if d, err = find(ctx, a, k, resume); err != nil {
			return err
		}
		u := upload{App: a, client: client, content: f, path: args[0], resumed: resume != ""}
		if d, err = u.run(ctx, d); err != nil {
			return err
		}
		a.Done(d.GetReceipt())
		return output.One(ctx, a.Printer, k.Columns, d)
	})
	cli.CodeFlag(c, &purpose, "purpose", "用途")
	c.Flags().StringVar(&display, "display-name", "", "对外显示的文件名(默认为原文件名)")
	c.Flags().StringVar(&jurisdiction, "jurisdiction", "", "由哪个行政区的账本保管(默认为本单位所在地)")
	c.Flags().StringVar(&resume, "resume", "", "接着上传中断的文件,如 files/f330182-…")
	a.ChangeFlags(c)
	c.Example = "  jiebang file put 工艺图.pdf --purpose 需求"
	return c
}

func fetchCommand(a *cli.App, k kind) *cobra.Command {
	out, force := "", false
	c := a.Action("fetch FILE", "下载文件", "Fetch a file", func(ctx context.Context, _ *cobra.Command, args []string) error {
		f, err := find(ctx, a, k, args[0])
		if err != nil {
			return err
		}
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		path := out
		if path == "" {
			path = filepath.Base(f.GetDisplayName()) // a name from a server is a name, never a way elsewhere
		}
		d := download{App: a, client: jiebangv1.NewFileServiceClient(conn), file: f}
		if path == "-" {
			return d.receive(ctx, a.Out)
		}
		if _, err := os.Lstat(path); err == nil && !force {
			return failure.Usagef("%s 已存在;要覆盖请加 --force,或用 --out 换一个文件名", path)
		}
		if err := d.keep(ctx, path); err != nil {
			return err
		}
		_, err = fmt.Fprintln(a.Out, path)
		return err
	})
	c.Flags().StringVar(&out, "out", "", "写到哪个文件;- 为标准输出(默认用文件自己的名字)")
	c.Flags().BoolVar(&force, "force", false, "覆盖已有的文件")
	c.Example = "  jiebang file fetch files/f330182-0000000000000000"
	return c
}

// errDigest says that what came is not what was declared.
var errDigest = errors.New("收到的内容与登记的 SHA-256 不符,没有保存,请重试")
