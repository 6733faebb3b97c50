package settling

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// maxLine is how long a line of a file of contracts can be.
const maxLine = 1 << 20

// Import records the contracts of a file, one a line as the API writes them. To give the same request_id again repeats all of them, so nothing is recorded twice.
func Import(a *cli.App) *cobra.Command {
	c := a.Action("import FILE", "登记一个文件中场外签订的合同(JSONL,每行一份,- 为标准输入)", "Record the contracts of a file", func(ctx context.Context, _ *cobra.Command, args []string) error {
		all, err := load(args[0], a.In)
		if err != nil {
			return err
		}
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		client, rows := jiebangv1.NewContractServiceClient(conn), [][]string{}
		var names []string
		var last *jiebangv1.Contract
		for n, row := range all {
			k, err := cli.Send(ctx, a, n, &jiebangv1.RecordContractRequest{Contract: row.contract}, client.RecordContract)
			if err != nil {
				a.Note("第 %d 行有误;之前的 %d 份已登记,改好后用同一个 --request-id 再导入一次,不会重复", row.number, n)
				return err
			}
			a.Progress("已登记", int64(n+1), int64(len(all)))
			rows, names, last = append(rows, []string{strconv.Itoa(row.number), k.GetNumber(), k.GetTitle(), k.GetName()}), append(names, k.GetName()), k
		}
		a.Done(last.GetReceipt())
		return a.Printer.Document(ctx, output.Document{JSON: array(names), Name: strings.Join(names, "\n"), Header: []string{"行", "编号", "标题", "名称"}, Rows: rows,
			Text: func(t *output.Text, _ output.View) error { return t.Printf("登记 %d 份", len(rows)) }})
	})
	c.ValidArgsFunction = nil // files
	c.Example = "  jiebang contract import 合同.jsonl --dry-run\n" +
		`  每行如 {"title":"…","buyer":"organizations/…","seller":"organizations/…","channel":"AUCTION","class":"TRANSFER","field":"AGRICULTURE",` + "\n" +
		`         "total":{"currencyCode":"CNY","units":"58490000"},"signDate":{"year":2024,"month":5,"day":1},"textDigest":"…"}`
	a.ChangeFlags(c)
	return c
}

// array writes names as JSON.
func array(names []string) []byte {
	var quoted []string
	for _, n := range names {
		quoted = append(quoted, strconv.Quote(n))
	}
	return []byte("[" + strings.Join(quoted, ",") + "]")
}

// line is a line of a file of contracts.
type line struct {
	number   int
	contract *jiebangv1.Contract
}

// load reads a whole file before anything is sent, so that what cannot be read records nothing.
func load(path string, stdin io.Reader) (all []line, err error) {
	in := stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, failure.AsUsage(err)
		}
		defer f.Close()
		in = f
	}
	s := bufio.NewScanner(in)
	s.Buffer(nil, maxLine)
	for n := 1; s.Scan(); n++ {
		text := bytes.TrimSpace(bytes.TrimPrefix(s.Bytes(), []byte("\ufeff")))
		if len(text) == 0 {
			continue
		}
		k := &jiebangv1.Contract{}
		if err := protojson.Unmarshal(text, k); err != nil {
			return nil, failure.Usagef("第 %d 行不是一份合同: %v", n, err)
		}
		all = append(all, line{n, k})
	}
	if err := s.Err(); err != nil {
		return nil, failure.AsUsage(fmt.Errorf("第 %d 份之后读不下去: %w", len(all), err))
	}
	if len(all) == 0 {
		return nil, failure.Usagef("文件里没有合同")
	}
	return all, nil
}
