// Package reference has the commands that read code lists.
package reference

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
	"github.com/jiebang/jiebang/services/codes"
)

type (
	codeList = *jiebangv1.CodeList
	code     = *jiebangv1.Code
)

var listColumns = []output.Column[codeList]{
	output.Plain("代码表", codeList.GetDisplayName).Flexible(),
	output.Plain("种类", codeList.GetKind),
	output.Plain("版本", codeList.GetVersion),
	{Title: "代码数", Right: true, Text: func(l codeList, _ output.View) string { return strconv.Itoa(int(l.GetCodeCount())) }},
	output.Plain("名称", codeList.GetName),
	output.Plain("来源", codeList.GetSource).InDetail(),
	output.Plain("许可", codeList.GetLicence).InDetail(),
}

var codeColumns = []output.Column[code]{
	output.Plain("代码", code.GetCode),
	output.Plain("含义", code.GetDisplayName).Flexible(),
	output.Plain("上级", ancestors),
	{Title: "级", Right: true, Text: func(c code, _ output.View) string { return strconv.Itoa(int(c.GetLevel())) }},
	output.Plain("英文", code.GetEnglish).InDetail(),
	output.Plain("名称", code.GetName).InDetail(),
}

// ancestors are the codes above one, the top first.
func ancestors(c code) string {
	var above []string
	for _, a := range c.GetAncestors() {
		above = append(above, a.GetCode()+" "+a.GetDisplayName())
	}
	return strings.Join(above, " › ")
}

// listName makes the name of a code list from what the caller typed: the name, its id or its kind.
func listName(typed string) string { return "codeLists/" + strings.TrimPrefix(typed, "codeLists/") }

// Command makes `code` and the commands below it.
func Command(a *cli.App) *cobra.Command {
	return a.Group("code", "代码表:行业、学科、技术领域、技术就绪度等", "Code lists", listsCommand(a), listCommand(a), getCommand(a))
}

func listsCommand(a *cli.App) *cobra.Command {
	l := cli.Listing{}
	c := a.Action("lists", "列出全部代码表", "List the code lists", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		client := jiebangv1.NewCodeServiceClient(conn)
		return cli.List(ctx, a, l, listColumns, func(ctx context.Context, q cli.Query) ([]codeList, string, error) {
			r, err := client.ListCodeLists(ctx, &jiebangv1.ListCodeListsRequest{PageSize: q.Size, PageToken: q.Token})
			return r.GetCodeLists(), r.GetNextPageToken(), err
		})
	})
	l.Flags(c, true)
	return c
}

func listCommand(a *cli.App) *cobra.Command {
	l, r := cli.Listing{}, &jiebangv1.ListCodesRequest{}
	c := a.Action("list LIST", "列出一个代码表的代码", "List the codes of a list", func(ctx context.Context, _ *cobra.Command, args []string) error {
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		r.Parent = listName(args[0])
		client := jiebangv1.NewCodeServiceClient(conn)
		return cli.List(ctx, a, l, codeColumns, func(ctx context.Context, q cli.Query) ([]code, string, error) {
			r.PageSize, r.PageToken = q.Size, q.Token
			resp, err := client.ListCodes(ctx, r)
			return resp.GetCodes(), resp.GetNextPageToken(), err
		})
	})
	l.Flags(c, true)
	c.Flags().StringVar(&r.Under, "parent", "", "只看这个代码的下一级,如 C26")
	c.Flags().Int32Var(&r.Level, "level", 0, "只看某一级,1 为最高;0 为全部")
	c.Flags().StringVar(&r.Query, "query", "", "只看以此开头的代码,或名称中有此字样的")
	c.ValidArgsFunction = completeLists
	return c
}

func getCommand(a *cli.App) *cobra.Command {
	c := a.Action("get LIST [CODE]", "查看一个代码,或代码表的来源和版本", "Show a code, or a list", func(ctx context.Context, _ *cobra.Command, args []string) error {
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		client := jiebangv1.NewCodeServiceClient(conn)
		name := listName(strings.Join(args, "/codes/"))
		if !strings.Contains(name, "/codes/") {
			l, err := client.GetCodeList(ctx, &jiebangv1.GetCodeListRequest{Name: name})
			if err != nil {
				return err
			}
			return output.One(ctx, a.Printer, listColumns, l)
		}
		found, err := client.GetCode(ctx, &jiebangv1.GetCodeRequest{Name: name})
		if err != nil {
			return err
		}
		return output.One(ctx, a.Printer, codeColumns, found)
	})
	c.ValidArgsFunction = completeLists
	return c
}

// completeLists completes the kinds of the lists that this program knows.
func completeLists(_ *cobra.Command, args []string, typed string) (kinds []cobra.Completion, _ cobra.ShellCompDirective) {
	for _, l := range codes.Lists() {
		if len(args) == 0 && strings.HasPrefix(l.Kind, typed) {
			kinds = append(kinds, cobra.CompletionWithDesc(l.Kind, l.Title))
		}
	}
	return kinds, cobra.ShellCompDirectiveNoFileComp
}
