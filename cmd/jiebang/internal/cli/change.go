package cli

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	gmoney "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// change is what this run changes on the server.
type change struct {
	requestID string // as given
	etag      string // as given, or as read
	dryRun    bool
	yes       bool
	id        string // the request_id, once it is sent
	first     string // the request_id of the first of several changes
}

// ChangeFlags adds the flags of every command that changes something.
func (a *App) ChangeFlags(c *cobra.Command) {
	x := &a.change
	f := c.Flags()
	f.StringVar(&x.requestID, "request-id", "", "请求编号 UUID4;重放上次结果未知的请求时给出(默认新编一个)")
	f.BoolVar(&x.dryRun, "dry-run", false, "只检查能否成功,不做改动")
}

// DryRun reports whether this run only checks.
func (a *App) DryRun() bool { return a.change.dryRun }

// Seen notes the version of what is changed, which a replay has to give again, and returns it.
func (a *App) Seen(etag string) string {
	a.change.etag = etag
	return etag
}

// replay gives the flags that repeat the change.
func (x *change) replay() string {
	flags := "--request-id " + x.id
	if x.etag != "" {
		flags += " --etag '" + x.etag + "'"
	}
	return flags
}

// uuid4 is what the server takes for a request_id.
var uuid4 = regexp.MustCompile(`^[[:xdigit:]]{8}-[[:xdigit:]]{4}-4[[:xdigit:]]{3}-[[:xdigit:]]{4}-[[:xdigit:]]{12}$`)

// newRequestID makes a UUID of version 4, RFC 9562.
func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// begin gives the request its id and says so before the call, so that the id is known whatever becomes of the answer.
func (a *App) begin(request proto.Message) error {
	id := a.change.requestID
	if id == "" {
		id = newRequestID()
	} else if !uuid4.MatchString(id) {
		return failure.Usagef("--request-id %q 不是 UUID4", id)
	}
	set(request, "request_id", protoreflect.ValueOfString(id))
	set(request, "validate_only", protoreflect.ValueOfBool(a.change.dryRun))
	a.Note("request_id: %s", id)
	if a.change.dryRun {
		a.Note("试运行(--dry-run): 只检查,不做改动")
	} else {
		a.change.id = id
	}
	return nil
}

// Mutate sends a change, prints its receipt and the resource.
func Mutate[C any, Req proto.Message, T Resource](ctx context.Context, a *App, k Kind[C, T], request Req,
	call func(C, context.Context, Req, ...grpc.CallOption) (T, error),
) (item T, err error) {
	client, err := k.dial(a)
	if err != nil {
		return item, err
	}
	if err := a.begin(request); err != nil {
		return item, err
	}
	if item, err = call(client, ctx, request); err != nil {
		return item, err
	}
	a.Done(item.GetReceipt())
	return item, output.One(ctx, a.Printer, k.Columns, item)
}

// Done says that a change was made, or could be.
func (a *App) Done(r *jiebangv1.Receipt) {
	if r != nil && !a.change.dryRun {
		a.Note("回执: %s/%d %s", r.GetJurisdiction(), r.GetSequence(), output.Hex(r.GetEntryHash()))
	}
	if a.change.dryRun {
		a.Note("检查通过")
	}
}

// Once tells about a secret that only the first answer has.
func (a *App) Once(secret, what string) {
	switch {
	case a.change.dryRun:
	case secret == "":
		a.Note("注意: 这是重放的答复,%s只在第一次答复里", what)
	default:
		a.Note("注意: %s只显示这一次,请妥善保存", what)
	}
}

// Target is the resource that a verb acts on.
type Target[T Resource] struct {
	Name    string
	Etag    string
	Current T // read only if the verb asks for it
}

// Verb is a command that changes one resource.
type Verb[C any, Req proto.Message, T Resource] struct {
	Use     string
	Chinese string
	English string
	Call    func(C, context.Context, Req, ...grpc.CallOption) (T, error)
	Fill    func(context.Context, Req, Target[T]) error // what the request has beyond name and etag
	Show    func(T) *gmoney.Money                       // shows what binds, and gives the amount to confirm it by
	Ask     func(T) (question string)                   // shows what is done that is not undone, and asks for a yes
	Needs   []string                                    // flags of which at least one must be given
	Reads   bool                                        // fill needs the resource as it is
	Free    bool                                        // it takes no etag
}

// VerbCommand makes the command of a verb.
func VerbCommand[C any, Req proto.Message, T Resource](a *App, k Kind[C, T], v Verb[C, Req, T]) *cobra.Command {
	c := a.Action(v.Use, v.Chinese, v.English, func(ctx context.Context, c *cobra.Command, args []string) error {
		if len(v.Needs) > 0 && !slices.ContainsFunc(v.Needs, c.Flags().Changed) {
			return failure.Usagef("缺少 --%s", strings.Join(v.Needs, " 或 --"))
		}
		name, err := k.Name(ctx, a, args[0])
		if err != nil {
			return err
		}
		return v.run(ctx, a, k, name)
	})
	a.ChangeFlags(c)
	if !v.Free {
		c.Flags().StringVar(&a.change.etag, "etag", "", "您所见的版本(默认先读取最新的)")
	}
	if v.Show != nil || v.Ask != nil {
		a.YesFlag(c)
	}
	c.ValidArgsFunction = k.Complete(a)
	return c
}

// run reads what the request needs, shows what binds, has it confirmed and sends it.
func (v Verb[C, Req, T]) run(ctx context.Context, a *App, k Kind[C, T], name string) (err error) {
	t := Target[T]{Name: name, Etag: a.change.etag}
	if v.Reads || v.Show != nil || v.Ask != nil || t.Etag == "" && !v.Free {
		if t.Current, err = k.Read(ctx, a, name); err != nil {
			return err
		}
		if t.Etag == "" && !v.Free {
			t.Etag = t.Current.GetEtag()
			a.change.etag = t.Etag
		}
	}
	request := blank[Req]()
	set(request, "name", protoreflect.ValueOfString(t.Name))
	set(request, "etag", protoreflect.ValueOfString(t.Etag))
	var binding *gmoney.Money
	if v.Show != nil {
		binding = v.Show(t.Current)
	}
	if v.Fill != nil {
		if err := v.Fill(ctx, request, t); err != nil {
			return err
		}
	}
	if v.Show != nil {
		err = a.confirm(ctx, binding)
	} else if v.Ask != nil {
		err = a.Agree(ctx, v.Ask(t.Current))
	}
	if err != nil {
		return err
	}
	_, err = Mutate(ctx, a, k, request, v.Call)
	return err
}

// blank makes an empty request.
func blank[Req proto.Message]() Req {
	var request Req
	return request.ProtoReflect().New().Interface().(Req)
}

// set sets a field of a request, if requests of its kind have it.
func set(request proto.Message, field protoreflect.Name, value protoreflect.Value) {
	m := request.ProtoReflect()
	if fd := m.Descriptor().Fields().ByName(field); fd != nil {
		m.Set(fd, value)
	}
}

// confirm asks for the amount, typed again, before something binds the caller's organization.
func (a *App) confirm(ctx context.Context, amount *gmoney.Money) error {
	switch {
	case a.change.yes || a.change.dryRun:
		return nil
	case !isTerminal(a.In):
		return failure.Usagef("这一步有约束力;请核对以上内容,再加 --yes 运行")
	}
	fmt.Fprintf(a.Err, "请再输入一次金额(元或万元)以确认,直接回车取消: ")
	line, err := readLine(ctx, a.lines())
	if err != nil {
		return err
	}
	return agrees(line, amount)
}

// agrees compares what was typed with an amount.
func agrees(typed string, amount *gmoney.Money) error {
	if typed == "" {
		return failure.ErrCancelled
	}
	fen, err := input.Amount(typed)
	if err != nil {
		return failure.AsUsage(err)
	}
	if units, nanos := fen.Units(); units != amount.GetUnits() || nanos != amount.GetNanos() {
		return fmt.Errorf("金额不一致: %w", failure.ErrCancelled)
	}
	return nil
}

// readLine reads a line without the spaces around it, or gives up when the run is interrupted.
func readLine(ctx context.Context, in io.Reader) (string, error) {
	line, err := readWhole(ctx, in)
	return strings.TrimSpace(line), err
}

// readWhole reads a line as it is.
func readWhole(ctx context.Context, in io.Reader) (string, error) {
	lines, failed := make(chan string, 1), make(chan error, 1)
	go func() {
		line, err := bufio.NewReader(in).ReadString('\n')
		if err != nil && err != io.EOF {
			failed <- err
			return
		}
		lines <- strings.TrimRight(line, "\r\n")
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case err := <-failed:
		return "", err
	case line := <-lines:
		return line, nil
	}
}
