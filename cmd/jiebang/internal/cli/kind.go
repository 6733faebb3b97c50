package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Resource is a resource whose changes leave receipts.
type Resource interface {
	output.Resource
	GetEtag() string
	GetReceipt() *jiebangv1.Receipt
}

// Kind is a kind of resource T that is read through a client C.
type Kind[C any, T Resource] struct {
	Chinese    string
	English    string
	Collection string            // the first segment of its names
	Depth      int               // the number of segments of its names
	Numbered   bool              // it also has a number, which its list filters by
	Parent     string            // the parent of all, if it has parents
	States     protoreflect.Enum // any value of its states' enumeration, if it has states
	Plain      bool              // its list takes no filter and no order
	Unordered  bool              // its list takes no order
	Client     func(grpc.ClientConnInterface) C
	Get        func(context.Context, C, string) (T, error)
	List       func(context.Context, C, Query) ([]T, string, error)
	Title      func(T) string // for people, in completions
	Columns    []output.Column[T]
}

// dial returns the client.
func (k Kind[C, T]) dial(a *App) (client C, err error) {
	conn, err := a.Connection()
	if err != nil {
		return client, err
	}
	return k.Client(conn), nil
}

// Name makes the name of a resource from what the caller typed: the name, its last part alone, or the number that people know it by.
func (k Kind[C, T]) Name(ctx context.Context, a *App, typed string) (string, error) {
	if strings.HasPrefix(typed, k.Collection+"/") {
		if strings.Count(typed, "/")+1 != k.Depth {
			return "", failure.Usagef("%s 不是%s的名称", typed, k.Chinese)
		}
		return typed, nil
	}
	if k.Depth != 2 || typed == "" || strings.Contains(typed, "/") {
		return "", failure.Usagef("%q 不是%s的名称;名称以 %s/ 开头", typed, k.Chinese, k.Collection)
	}
	if !k.Numbered || strings.ToUpper(typed) != typed || strings.Count(typed, "-") != 3 {
		return k.Collection + "/" + typed, nil
	}
	client, err := k.dial(a)
	if err != nil {
		return "", err
	}
	found, _, err := k.List(ctx, client, Query{Size: 2, Filter: fmt.Sprintf("number = %q", typed)})
	switch {
	case err != nil:
		return "", err
	case len(found) == 0:
		return "", status.Errorf(codes.NotFound, "没有编号为 %s 的%s", typed, k.Chinese)
	}
	return found[0].GetName(), nil
}

// Read reads a resource by its name.
func (k Kind[C, T]) Read(ctx context.Context, a *App, name string) (item T, err error) {
	client, err := k.dial(a)
	if err != nil {
		return item, err
	}
	return k.Get(ctx, client, name)
}

// GetCommand shows one.
func (k Kind[C, T]) GetCommand(a *App) *cobra.Command {
	use := "get " + strings.ReplaceAll(strings.ToUpper(k.English), " ", "-")
	c := a.Action(use, "查看一个"+k.Chinese, "Show a "+k.English, func(ctx context.Context, _ *cobra.Command, args []string) error {
		name, err := k.Name(ctx, a, args[0])
		if err != nil {
			return err
		}
		item, err := k.Read(ctx, a, name)
		if err != nil {
			return err
		}
		return output.One(ctx, a.Printer, k.Columns, item)
	})
	c.ValidArgsFunction = k.Complete(a)
	return c
}

// CompletionTime is how long a shell may wait.
const CompletionTime = 2 * time.Second

// Complete completes the first argument from the server.
func (k Kind[C, T]) Complete(a *App) cobra.CompletionFunc {
	return a.Complete(func(ctx context.Context) ([]cobra.Completion, error) { return k.completions(ctx, a) })
}

// Complete completes the first argument with what is found, quickly or not at all, and never with a word on stderr.
func (a *App) Complete(find func(context.Context) ([]cobra.Completion, error)) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, typed string) (found []cobra.Completion, _ cobra.ShellCompDirective) {
		a.Err = io.Discard
		if len(args) > 0 || a.Open(c) != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Root().Context()), CompletionTime)
		defer cancel()
		all, err := find(ctx)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		for _, one := range all {
			if strings.HasPrefix(one, typed) {
				found = append(found, one)
			}
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}

// CompleteFlag completes a flag that takes a name.
func (k Kind[C, T]) CompleteFlag(a *App, c *cobra.Command, flag string) {
	complete := k.Complete(a)
	err := c.RegisterFlagCompletionFunc(flag, func(c *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return complete(c, nil, typed)
	})
	if err != nil {
		panic(err) // the flag is not there: a mistake in this program that every test shows
	}
}

func (k Kind[C, T]) completions(ctx context.Context, a *App) (found []cobra.Completion, err error) {
	client, err := k.dial(a)
	if err != nil {
		return nil, err
	}
	items, _, err := k.List(ctx, client, Query{Parent: k.Parent, Size: MaxPage})
	for _, item := range items {
		found = append(found, cobra.CompletionWithDesc(item.GetName(), output.Clean(k.Title(item))))
	}
	return found, err
}

// History is what the detail view of every resource ends with.
func History[T interface {
	Resource
	GetCreateTime() *timestamppb.Timestamp
}]() []output.Column[T] {
	return []output.Column[T]{
		output.Instant("创建时间", T.GetCreateTime).InDetail(),
		output.Plain("etag", T.GetEtag).InDetail(),
		output.Plain("回执", func(item T) string {
			r := item.GetReceipt()
			if r == nil {
				return ""
			}
			return fmt.Sprintf("%s/%d %s", r.GetJurisdiction(), r.GetSequence(), output.Hex(r.GetEntryHash()))
		}).InDetail(),
	}
}
