// Package searching has the commands that find: searches, and matches that say why.
package searching

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Search makes `search` and the commands below it.
func Search(a *cli.App) *cobra.Command {
	c := a.Group("search", "检索需求、成果、专家和实验室", "Search", demandsCommand(a), achievementsCommand(a), organizationsCommand(a), suggestCommand(a))
	c.Example = "  jiebang search achievements 纳米碳酸钙 --maturity 中试,产业化 --facets all"
	return c
}

// response is what the answers of all searches share.
type response interface {
	proto.Message
	GetNextPageToken() string
	GetSnippets() []*jiebangv1.Snippet
	GetFacets() []*jiebangv1.Facet
	GetInfo() *jiebangv1.SearchInfo
}

// query is what the requests of all searches share.
type query struct {
	cli.Query
	text   string
	fields []jiebangv1.TechnologyField
	facets []string
}

// search is a command that searches for things T and is answered with R.
type search[R response, T output.Resource] struct {
	use, zh, en string
	example     string
	facets      []facet
	orders      []string           // what can be sorted by beside relevance
	columns     []output.Column[T] // the first is the title
	filters     []string           // the flags that narrow it
	ask         func(context.Context, jiebangv1.SearchServiceClient, query) (R, error)
	items       func(R) []T
}

// command makes the command; its filters are added by whoever knows them.
func (s search[R, T]) command(a *cli.App) *cobra.Command {
	var l cli.Listing
	var q query
	c := a.Action(s.use+" [QUERY]...", s.zh, s.en, func(ctx context.Context, c *cobra.Command, args []string) (err error) {
		q.text = strings.Join(args, " ")
		if q.facets, err = s.counted(q.facets); err != nil {
			return err
		}
		return s.run(ctx, a, c, l, q)
	})
	l.Flags(c, true)
	codesFlag(c, &q.fields, "field", "技术领域")
	var names, orders []string
	for _, f := range s.facets {
		names = append(names, f.name)
	}
	for _, o := range s.orders {
		orders = append(orders, o, o+" desc")
	}
	c.Flags().StringSliceVar(&q.facets, "facets", nil, "按这些属性计数,逗号分隔: "+strings.Join(names, "、")+",或 all")
	cli.Fixed(c, "facets", append(names, "all")...)
	c.Flags().StringVar(&q.OrderBy, "order-by", "", "排序(默认按相关程度): "+strings.Join(orders, "、"))
	cli.Fixed(c, "order-by", orders...)
	c.Example = s.example
	return c
}

// counted checks the names of facets.
func (s search[R, T]) counted(asked []string) (names []string, err error) {
	for _, a := range asked {
		known, choices := false, []string{}
		for _, f := range s.facets {
			if a == "all" || a == f.name {
				names, known = append(names, f.name), true
			}
			choices = append(choices, f.name)
		}
		if !known {
			return nil, failure.Usagef("--facets: 没有 %q 这一项;可用 %s 或 all", a, strings.Join(choices, "、"))
		}
	}
	return names, nil
}

// run searches and prints what was found, how it was found, and what else could be searched for if nothing was.
func (s search[R, T]) run(ctx context.Context, a *cli.App, c *cobra.Command, l cli.Listing, q query) error {
	conn, err := a.Connection()
	if err != nil {
		return err
	}
	client := jiebangv1.NewSearchServiceClient(conn)
	var whole R
	first := true
	l.OrderBy = q.OrderBy
	shown, left, err := l.Pages(ctx, func(ctx context.Context, page cli.Query) (int, string, error) {
		q.Query = page
		r, err := s.ask(ctx, client, q)
		if err != nil {
			return 0, "", err
		}
		items := len(s.items(r))
		if first {
			whole, first = r, false
		} else {
			join(whole, r)
		}
		return items, r.GetNextPageToken(), nil
	})
	if err != nil {
		return err
	}
	if err := s.print(ctx, a, whole); err != nil {
		return err
	}
	a.Remains(shown, left)
	if shown > 0 {
		a.Note("%s", how(whole.GetInfo()))
		return nil
	}
	s.advise(ctx, a, client, c, q.text)
	return nil
}

// join adds a page to those before it. What each page tells of the whole search is kept once, as the last one tells it.
func join(whole, page proto.Message) {
	m := whole.ProtoReflect()
	for _, name := range []protoreflect.Name{"next_page_token", "facets", "info"} {
		m.Clear(m.Descriptor().Fields().ByName(name))
	}
	proto.Merge(whole, page)
}

// print prints the answer: as data it is the API's own, in a table what was found is marked.
func (s search[R, T]) print(ctx context.Context, a *cli.App, r R) error {
	data, err := output.Encode(r)
	if err != nil {
		return err
	}
	plain := output.Rows(s.columns, s.items(r), output.View{CSV: true})
	d := output.Document{JSON: data, Header: plain.Header, Rows: plain.Rows, Name: names(s.items(r))}
	d.Text = func(w *output.Text, v output.View) error {
		if err := w.Grid(highlight(output.Rows(s.columns, s.items(r), v), r.GetSnippets())); err != nil {
			return err
		}
		return counts(w, s.facets, r.GetFacets())
	}
	return a.Printer.Document(ctx, d)
}

// names are the names of resources, one a line.
func names[T output.Resource](items []T) string {
	all := make([]string, len(items))
	for i, item := range items {
		all[i] = item.GetName()
	}
	return strings.Join(all, "\n")
}

// how says how many were found, and by whom.
func how(i *jiebangv1.SearchInfo) string {
	about := "约"
	if i.GetExact() {
		about = "共"
	}
	return fmt.Sprintf("%s %d 条,%s", about, i.GetTotalSize(), engine(i.GetEngine()))
}

// engine says who answered.
func engine(name string) string {
	switch name {
	case "embedded":
		return "由内置引擎检索"
	case "database":
		return "索引正在建立,只查了标题"
	}
	return "由 " + name + " 检索"
}

// advise says what else could be searched for when nothing was found: what the server suggests for the query, or else for one of its words.
// It is an extra: the search has been answered, whatever becomes of it.
func (s search[R, T]) advise(ctx context.Context, a *cli.App, client jiebangv1.SearchServiceClient, c *cobra.Command, text string) {
	const most = 5
	for _, f := range append(s.filters, "field") {
		if c.Flags().Changed(f) {
			a.Note("可去掉 --%s 等筛选条件再试", f)
			break
		}
	}
	for _, typed := range append([]string{text}, strings.Fields(text)...) {
		if typed == "" {
			continue
		}
		r, err := client.SuggestQueries(ctx, &jiebangv1.SuggestQueriesRequest{Query: typed})
		if err != nil {
			return
		}
		if found := r.GetSuggestions(); len(found) > 0 {
			a.Note("您要找的是不是: %s", strings.Join(found[:min(most, len(found))], "、"))
			return
		}
	}
}

func suggestCommand(a *cli.App) *cobra.Command {
	c := a.Action("suggest TEXT", "输入了一部分时,提示可以检索什么;拼音也可以", "Suggest what to search for", func(ctx context.Context, _ *cobra.Command, args []string) error {
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		r, err := jiebangv1.NewSearchServiceClient(conn).SuggestQueries(ctx, &jiebangv1.SuggestQueriesRequest{Query: args[0]})
		if err != nil {
			return err
		}
		data, err := output.Encode(r)
		if err != nil {
			return err
		}
		all := r.GetSuggestions()
		d := output.Document{JSON: data, Header: []string{"提示"}, Name: strings.Join(all, "\n")}
		for _, s := range all {
			d.Rows = append(d.Rows, []string{s})
		}
		d.Text = func(w *output.Text, _ output.View) error {
			for _, s := range all {
				if err := w.Printf("%s", output.Clean(s)); err != nil {
					return err
				}
			}
			return nil
		}
		if len(all) == 0 {
			a.Note("没有提示")
		}
		return a.Printer.Document(ctx, d)
	})
	c.Example = "  jiebang search suggest 碳酸\n  jiebang search suggest tansuangai"
	return c
}

// codes is a flag that takes codes of an enumeration, separated by commas, once or several times.
type codes[E input.Enum] struct{ list *[]E }

// codesFlag adds a flag that adds codes to a list.
func codesFlag[E input.Enum](c *cobra.Command, list *[]E, flag, usage string) {
	var zero E
	c.Flags().Var(codes[E]{list}, flag, usage+",逗号分隔: "+cli.Choices(zero))
	cli.CompleteCodes(c, flag, zero)
}

// Set implements pflag.Value.
func (v codes[E]) Set(text string) error {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",\uff0c、", r) }) {
		e, err := input.ParseEnum[E](word)
		if err != nil {
			return err
		}
		*v.list = append(*v.list, e)
	}
	return nil
}

// String implements pflag.Value.
func (v codes[E]) String() string { return "" }

// Type implements pflag.Value.
func (v codes[E]) Type() string { return "codes" }
