package cli

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
)

// Send sends the n-th change of a run, from 0, whose answer is no resource. The request_ids of all follow from that of the first, so that to
// give that one again repeats all of them.
func Send[Req, Resp proto.Message](ctx context.Context, a *App, n int, request Req, call func(context.Context, Req, ...grpc.CallOption) (Resp, error)) (answer Resp, err error) {
	if n == 0 {
		if err := a.begin(request); err != nil {
			return answer, err
		}
		m := request.ProtoReflect()
		a.change.first = m.Get(m.Descriptor().Fields().ByName("request_id")).String()
	} else {
		set(request, "request_id", protoreflect.ValueOfString(following(a.change.first, n)))
		set(request, "validate_only", protoreflect.ValueOfBool(a.change.dryRun))
	}
	return call(ctx, request)
}

// following makes the n-th request_id of a run from its first.
func following(first string, n int) string {
	b := sha256.Sum256(fmt.Appendf(nil, "%s %d", first, n))
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// Binary writes bytes that are no text to a file, or to stdout unless that is a terminal.
func (a *App) Binary(data []byte, file string) error {
	if file != "" {
		return os.WriteFile(file, data, 0o644)
	}
	if isTerminal(a.Out) {
		return failure.Usagef("内容不是文字,请写到文件: 用 -f 文件,或 > 文件")
	}
	_, err := a.Out.Write(data)
	return err
}

// again is a command line to type once more, without the flags that a replay gives itself and without secrets.
func again(args []string) string {
	var b strings.Builder
	b.WriteString("jiebang")
	for i := 0; i < len(args); i++ {
		name, _, whole := strings.Cut(args[i], "=")
		if slices.Contains([]string{"--token", "--request-id", "--etag"}, name) {
			if !whole {
				i++
			}
			continue
		}
		b.WriteByte(' ')
		b.WriteString(Quote(args[i]))
	}
	return b.String()
}

// plain is what a shell takes as it is.
var plain = regexp.MustCompile(`^[-\p{L}\p{N}_./:=@,+]+$`)

// Quote is an argument as a shell takes it.
func Quote(arg string) string {
	if plain.MatchString(arg) {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}
