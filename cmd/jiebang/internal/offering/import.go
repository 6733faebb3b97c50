package offering

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Bounds of what goes in one call, a little below the server's, and of a file.
const (
	maxRows  = 1000
	maxBytes = 900_000
	maxFile  = 512 << 20
)

// row is a row of a file that was imported.
type row = *jiebangv1.ImportedRow

// file is a file, or a piece of one, on its way to the server.
type file struct {
	format  jiebangv1.ImportFormat
	content []byte
	publish bool
	before  int // lines of the whole file before this piece
	rows    int // rows of the piece, if it has lines
}

// call is the method that imports.
type call[Req, Resp proto.Message] = func(context.Context, Req, ...grpc.CallOption) (Resp, error)

// Answer is what a method that imports says.
type Answer interface {
	proto.Message
	GetRows() []row
	GetCreatedCount() int32
	GetUpdatedCount() int32
	GetUnchangedCount() int32
	GetRefusedCount() int32
	GetNotes() []string
	GetWorkbook() []byte
}

// importing imports files of one kind.
type importing[Req proto.Message, Resp Answer] struct {
	group, zh, en string
	request       func(file) Req
	method        func(grpc.ClientConnInterface) call[Req, Resp]
}

// command makes the command that imports a file, in as many calls as it needs.
func (i importing[Req, Resp]) command(a *cli.App) *cobra.Command {
	publish, marked := false, ""
	c := a.Action("import FILE", i.zh, i.en, func(ctx context.Context, _ *cobra.Command, args []string) error {
		pieces, rows, err := load(args[0], a.In)
		if err != nil {
			return err
		}
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		all := &jiebangv1.ImportAchievementsResponse{}
		for n, f := range pieces {
			f.publish = publish
			resp, err := cli.Send(ctx, a, n, i.request(f), i.method(conn))
			if err != nil {
				if n > 0 {
					a.Note("前 %d 行已处理;改好后可把整个文件再导入一次,不会重复", f.before)
				}
				return err
			}
			add(all, resp, f.before)
			if rows > maxRows {
				a.Progress("已导入", int64(len(all.GetRows())), int64(rows))
			}
		}
		return Report(ctx, a, all, args[0], marked)
	})
	c.ValidArgsFunction = nil // files
	c.Flags().BoolVar(&publish, "publish", false, "新增的和草稿一并上架;已撤回的不动(须签署人的令牌)")
	c.Flags().StringVar(&marked, "marked", "", "批注过的工作簿写到哪个文件(默认 原名-批注.xlsx)")
	c.Example = fmt.Sprintf("  jiebang %[1]s template > 清单.xlsx\n  jiebang %[1]s import 清单.xlsx --dry-run\n  jiebang %[1]s import 清单.xlsx --publish", i.group)
	a.ChangeFlags(c)
	return c
}

// load reads a file, - is stdin, and cuts lines into pieces that the server takes.
func load(path string, stdin io.Reader) (pieces []file, rows int, err error) {
	in := stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, 0, failure.AsUsage(err)
		}
		defer f.Close()
		in = f
	}
	content, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err != nil {
		return nil, 0, err
	}
	if len(content) > maxFile {
		return nil, 0, failure.Usagef("%s 超过 512 MiB", path)
	}
	if bytes.HasPrefix(content, []byte("PK")) || bytes.HasPrefix(content, []byte("\xd0\xcf\x11\xe0")) || strings.EqualFold(filepath.Ext(path), ".xlsx") {
		return []file{{format: jiebangv1.ImportFormat_XLSX, content: content}}, 0, nil
	}
	pieces = cut(content)
	for _, p := range pieces {
		rows += p.rows
	}
	return pieces, rows, nil
}

// cut cuts lines into pieces of at most maxRows rows and, unless one line alone has more, maxBytes bytes. There is always one.
func cut(content []byte) []file {
	pieces := []file{{format: jiebangv1.ImportFormat_JSONL}}
	number := 0
	for line := range bytes.Lines(content) {
		p := &pieces[len(pieces)-1]
		filled := len(bytes.TrimSpace(line)) > 0
		if filled && p.rows > 0 && (p.rows == maxRows || len(p.content)+len(line) > maxBytes) {
			pieces = append(pieces, file{format: jiebangv1.ImportFormat_JSONL, before: number})
			p = &pieces[len(pieces)-1]
		}
		p.content = append(p.content, line...)
		if filled {
			p.rows++
		}
		number++
	}
	return pieces
}

// add adds the answer about a piece to that about the whole file.
func add(all *jiebangv1.ImportAchievementsResponse, piece Answer, before int) {
	for _, r := range piece.GetRows() {
		r.Number += int32(before)
		all.Rows = append(all.Rows, r)
	}
	all.CreatedCount += piece.GetCreatedCount()
	all.UpdatedCount += piece.GetUpdatedCount()
	all.UnchangedCount += piece.GetUnchangedCount()
	all.RefusedCount += piece.GetRefusedCount()
	all.Notes, all.Workbook = append(all.Notes, piece.GetNotes()...), piece.GetWorkbook()
}

// Report writes the workbook in which the wrong cells of a file are marked, if there is one, and prints what became of its rows.
func Report(ctx context.Context, a *cli.App, all Answer, path, marked string) error {
	if all.GetWorkbook() != nil {
		if marked == "" {
			name := filepath.Base(path)
			marked = strings.TrimSuffix(name, filepath.Ext(name)) + "-批注.xlsx"
		}
		if err := os.WriteFile(marked, all.GetWorkbook(), 0o644); err != nil {
			return err
		}
		a.Note("有误的单元格已标红并批注: %s", marked)
	}
	whole := &jiebangv1.ImportAchievementsResponse{}
	add(whole, all, 0)
	whole.Workbook = nil
	return report(ctx, a, whole)
}

// report prints what became of the rows: in a table those that are wrong, else all. Wrong rows are an error, so that a script notices.
func report(ctx context.Context, a *cli.App, all *jiebangv1.ImportAchievementsResponse) error {
	for _, n := range all.GetNotes() {
		a.Note("注意: %s", n)
	}
	data, err := output.Encode(all)
	if err != nil {
		return err
	}
	d := output.Document{JSON: data, Header: []string{"行", "结果", "名称", "列", "原因", "问题"}}
	var names []string
	for _, r := range all.GetRows() {
		if r.GetResource() != "" {
			names = append(names, r.GetResource())
		}
		d.Rows = append(d.Rows, lines(r)...)
	}
	d.Name = strings.Join(names, "\n")
	d.Text = func(t *output.Text, _ output.View) error {
		g := output.Grid{Header: []string{"行", "列", "问题"}, Flex: []bool{false, false, true}, Right: []bool{true}}
		for _, r := range all.GetRows() {
			for _, p := range r.GetProblems() {
				g.Rows = append(g.Rows, []string{strconv.Itoa(int(r.GetNumber())), p.GetColumn(), p.GetText()})
			}
		}
		if len(g.Rows) > 0 {
			if err := t.Grid(g); err != nil {
				return err
			}
		}
		return t.Printf("新增 %d,更新 %d,未变 %d,有误 %d", all.GetCreatedCount(), all.GetUpdatedCount(), all.GetUnchangedCount(), all.GetRefusedCount())
	}
	if err := a.Printer.Document(ctx, d); err != nil {
		return err
	}
	return refused(all.GetRefusedCount(), a.DryRun())
}

// lines are the lines of a row in CSV: one for each problem, and one for a row without any.
func lines(r row) (all [][]string) {
	head := []string{strconv.Itoa(int(r.GetNumber())), input.Chinese(r.GetOutcome()), r.GetResource()}
	for _, p := range r.GetProblems() {
		all = append(all, append(head[:3:3], p.GetColumn(), p.GetReason(), p.GetText()))
	}
	if len(all) == 0 {
		all = [][]string{append(head, "", "", "")}
	}
	return all
}

// refused is the error of rows that are wrong.
func refused(rows int32, dryRun bool) error {
	if rows == 0 {
		return nil
	}
	text := fmt.Sprintf("%d 行有误,没有导入;其余已导入。改好后可把整个文件再导入一次,不会重复", rows)
	if dryRun {
		text = fmt.Sprintf("%d 行有误", rows)
	}
	s, err := status.New(codes.InvalidArgument, "rows were refused").WithDetails(&errdetails.LocalizedMessage{Locale: "zh-CN", Message: text})
	if err != nil {
		return err
	}
	return s.Err()
}

// FormatOf is the format of a file: what it begins with says so, or its name.
func FormatOf(path string, content []byte) jiebangv1.ImportFormat {
	ext := strings.ToLower(filepath.Ext(path))
	switch {
	case bytes.HasPrefix(content, []byte("PK")), ext == ".xlsx":
		return jiebangv1.ImportFormat_XLSX
	case ext == ".jsonl", ext == ".ndjson", bytes.HasPrefix(bytes.TrimSpace(content), []byte("{")):
		return jiebangv1.ImportFormat_JSONL
	}
	return jiebangv1.ImportFormat_CSV
}
