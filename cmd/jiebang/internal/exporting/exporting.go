// Package exporting has the commands that export: what is public, and what is the organization's own. A file appears at its path when it is whole and its
// SHA-256 is the one that the server announced, and not before.
package exporting

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/organization"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// exporter is one run of a command.
type exporter struct {
	*cli.App
	table               jiebangv1.Export_Table
	format, out, ledger string
	own, records        bool
}

// Command makes the commands.
func Command(a *cli.App) *cobra.Command {
	return a.Group("export", "导出公开数据和本单位可见的数据", "Export open data and what is one's own",
		command(a, jiebangv1.Export_DEMANDS, "demands", "技术需求清单", "Demands"),
		command(a, jiebangv1.Export_CONTRACTS, "contracts", "本单位可见的技术合同清单(导出记入账本)", "Contracts that one may read; the ledger keeps who took them"),
		command(a, jiebangv1.Export_TOTALS, "totals", "按月份、渠道、技术领域的统计", "Totals"),
		command(a, jiebangv1.Export_RELEASES, "ocds", "OCDS 1.1 开放招采数据", "Open Contracting Data Standard 1.1"),
		command(a, jiebangv1.Export_CHANGES, "changes", "账本中的公开变更", "Public changes of the ledger"))
}

func command(a *cli.App, table jiebangv1.Export_Table, use, zh, en string) *cobra.Command {
	x := &exporter{App: a, table: table, own: table == jiebangv1.Export_CONTRACTS}
	c := a.Action(use, zh, en, func(ctx context.Context, _ *cobra.Command, _ []string) error { return x.run(ctx) })
	f, formats := c.Flags(), []string{"csv", "xlsx", "ndjson"}
	if table == jiebangv1.Export_RELEASES {
		formats = []string{"ndjson", "json"}
		f.BoolVar(&x.records, "records", false, "每项需求一条汇总记录,而不是每次变更一条")
	}
	f.StringVarP(&x.format, "output", "o", formats[0], "文件格式:"+strings.Join(formats, "、"))
	cli.Fixed(c, "output", formats...)
	f.StringVar(&x.out, "out", "", "写到哪个文件(默认由服务器命名)")
	f.StringVar(&x.ledger, "ledger", "", "行政区划代码(默认为本单位所在地)")
	if table == jiebangv1.Export_RELEASES {
		f.BoolVar(&x.own, "own", false, "包括本单位可见的非公开内容(导出记入账本)")
	}
	return c
}

func (x *exporter) run(ctx context.Context) error {
	format := jiebangv1.Export_Format(jiebangv1.Export_Format_value[strings.ToUpper(x.format)])
	if format == 0 {
		return failure.Usagef("-o %q 有误", x.format)
	}
	if x.records {
		x.table = jiebangv1.Export_RECORDS
	}
	code := strings.TrimPrefix(x.ledger, "ledgers/")
	if code == "" {
		who, err := organization.Caller(ctx, x.App)
		if err != nil {
			return err
		}
		code = who.GetOrganization().GetJurisdiction()
	}
	conn, err := x.Connection()
	if err != nil {
		return err
	}
	client, parent := jiebangv1.NewPublishingServiceClient(conn), "ledgers/"+code
	var e *jiebangv1.Export
	if x.own {
		e, err = cli.Send(ctx, x.App, 0, &jiebangv1.ExportOwnTableRequest{Parent: parent, Table: x.table, Format: format},
			func(ctx context.Context, r *jiebangv1.ExportOwnTableRequest, _ ...grpc.CallOption) (*jiebangv1.Export, error) {
				stream, err := client.ExportOwnTable(ctx, r)
				return x.keep(stream, err)
			})
	} else {
		stream, failed := client.ExportTable(ctx, &jiebangv1.ExportTableRequest{Parent: parent, Table: x.table, Format: format})
		e, err = x.keep(stream, failed)
	}
	if err != nil {
		return err
	}
	x.Note("已导出 %d 项,截至账本第 %d 条,口径 %s", e.GetRows(), e.GetAsOfSequence(), e.GetDefinition())
	_, err = fmt.Fprintln(x.Out, x.path(e))
	return err
}

// path is where the file is kept. A name from a server is a name, never a way elsewhere.
func (x *exporter) path(e *jiebangv1.Export) string {
	if x.out != "" {
		return x.out
	}
	return filepath.Base(e.GetFilename())
}

// keep receives an export into a file.
func (x *exporter) keep(stream grpc.ServerStreamingClient[jiebangv1.ExportTableResponse], err error) (*jiebangv1.Export, error) {
	if err != nil {
		return nil, err
	}
	first, err := stream.Recv()
	if err != nil {
		return nil, err
	}
	e := first.GetExport()
	path := x.path(e)
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.part")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(x.receive(f, stream, e), f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	if err := os.Chmod(f.Name(), 0o644); err != nil {
		return nil, err
	}
	return e, os.Rename(f.Name(), path)
}

// receive writes the bytes, and makes sure that they are those that were announced.
func (x *exporter) receive(w io.Writer, stream grpc.ServerStreamingClient[jiebangv1.ExportTableResponse], e *jiebangv1.Export) error {
	hash, done, told := sha256.New(), int64(0), int64(0)
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if _, err := io.MultiWriter(w, hash).Write(part.GetChunk()); err != nil {
			return err
		}
		done += int64(len(part.GetChunk()))
		if tenth := done * 10 / max(e.GetSize(), 1); tenth > told {
			told = tenth
			x.Note("已接收 %d%%(共 %d 字节)", tenth*10, e.GetSize())
		}
	}
	if !bytes.Equal(hash.Sum(nil), e.GetSha256()) {
		return fmt.Errorf("收到的内容与服务器给出的摘要不符,请重试")
	}
	return nil
}
