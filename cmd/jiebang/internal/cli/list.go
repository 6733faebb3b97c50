package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
)

// MaxPage is the largest page that the API gives.
const MaxPage = 200

// Query asks for a page of a list.
type Query struct {
	Parent  string
	Size    int32
	Token   string
	Filter  string
	OrderBy string
}

// Listing has the flags of a list.
type Listing struct {
	Query
	limit int
	all   bool
}

// Flags adds the flags; a plain list takes no filter and no order.
func (l *Listing) Flags(c *cobra.Command, plain bool) {
	f := c.Flags()
	f.IntVar(&l.limit, "limit", 30, "最多显示多少条")
	f.BoolVar(&l.all, "all", false, "显示全部")
	f.StringVar(&l.Token, "page-token", "", "从上次显示到的地方继续")
	if !plain {
		l.filterFlag(c)
		f.StringVar(&l.OrderBy, "order-by", "", "排序,如 \"create_time desc\"")
	}
}

// Pages asks for pages until the limit or the end. It returns how many items they had, and the token of what is left.
func (l *Listing) Pages(ctx context.Context, page func(context.Context, Query) (items int, next string, err error)) (shown int, left string, err error) {
	if l.limit < 1 {
		return 0, "", failure.Usagef("--limit 至少为 1;要全部请用 --all")
	}
	q := l.Query
	for more := true; more && (l.all || shown < l.limit); more = q.Token != "" {
		q.Size = MaxPage
		if !l.all {
			q.Size = int32(min(l.limit-shown, MaxPage))
		}
		items, next, err := page(ctx, q)
		if err != nil {
			return shown, "", err
		}
		shown += items
		q.Token = next
	}
	return shown, q.Token, nil
}

// Remains tells what a list left out.
func (a *App) Remains(shown int, left string) {
	switch {
	case left != "":
		a.Note("显示 %d 条,还有更多;--all 查看全部,--page-token %s 接着看", shown, left)
	case shown == 0:
		a.Note("没有符合条件的记录")
	}
}

func (l *Listing) filterFlag(c *cobra.Command) {
	c.Flags().StringVar(&l.Filter, "filter", "", "AIP-160 过滤式,见 help formatting")
}

// List prints pages until the limit or the end.
func List[T output.Resource](ctx context.Context, a *App, l Listing, columns []output.Column[T],
	page func(context.Context, Query) ([]T, string, error),
) error {
	stream := output.NewStream(a.Printer, columns)
	shown, left, err := l.Pages(ctx, func(ctx context.Context, q Query) (int, string, error) {
		items, next, err := page(ctx, q)
		if err != nil {
			return 0, "", err
		}
		return len(items), next, stream.Add(items)
	})
	if err != nil {
		return err
	}
	if err := stream.Close(ctx); err != nil {
		return err
	}
	a.Remains(shown, left)
	return nil
}

// Lookup finds a resource's name by what was typed, which is empty if it was left out.
type Lookup func(ctx context.Context, a *App, typed string) (string, error)

// ListCommand lists them; an argument, if the use line has one, names their parent.
func (k Kind[C, T]) ListCommand(a *App, use string, parent Lookup) *cobra.Command {
	l, state := Listing{}, ""
	c := a.Action(use, "列出"+k.Chinese, "List "+k.English+"s", func(ctx context.Context, _ *cobra.Command, args []string) (err error) {
		l.Parent = k.Parent
		if parent != nil && (len(args) > 0 || k.Parent == "") {
			if l.Parent, err = parent(ctx, a, strings.Join(args, "")); err != nil {
				return err
			}
		}
		if l.Filter, err = k.stateFilter(state, l.Filter); err != nil {
			return err
		}
		client, err := k.dial(a)
		if err != nil {
			return err
		}
		return List(ctx, a, l, k.Columns, func(ctx context.Context, q Query) ([]T, string, error) { return k.List(ctx, client, q) })
	})
	l.Flags(c, k.Plain || k.Unordered)
	if k.Unordered {
		l.filterFlag(c)
	}
	if k.States != nil {
		c.Flags().StringVar(&state, "state", "", "只看某一状态: "+Choices(k.States))
		CompleteCodes(c, "state", k.States)
	}
	return c
}

// stateFilter adds a state to a filter.
func (k Kind[C, T]) stateFilter(state, filter string) (string, error) {
	if state == "" {
		return filter, nil
	}
	number, err := input.FindCode(k.States, state)
	if err != nil {
		return "", failure.AsUsage(fmt.Errorf("--state: %w", err))
	}
	condition := fmt.Sprintf("state = %q", k.States.Descriptor().Values().ByNumber(number).Name())
	if filter == "" {
		return condition, nil
	}
	return condition + " AND (" + filter + ")", nil
}
