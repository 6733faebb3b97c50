package failure

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
)

// Context is what the text names besides the error.
type Context struct {
	Server    string
	RequestID string // of the change that failed, if it was one
	Replay    string // the flags that repeat it
	Command   string // the command line that failed, without them
	Debug     bool   // dump the whole status
}

// Print writes an error, its cause and the next step.
func Print(w io.Writer, err error, c Context) {
	s, ok := status.FromError(err)
	if !ok {
		fmt.Fprintf(w, "错误: %s\n", output.Clean(err.Error()))
		var usage *UsageError
		if errors.As(err, &usage) && usage.Help != "" {
			fmt.Fprintf(w, "下一步: 运行 %s --help 查看用法\n", usage.Help)
		}
		return
	}
	said := message(s)
	fmt.Fprintf(w, "错误: %s\n", output.Clean(said))
	for _, d := range s.Details() {
		detail(w, d, said)
	}
	if c.RequestID != "" {
		fmt.Fprintf(w, "request_id: %s\n", c.RequestID)
	}
	for _, step := range steps(s, c) {
		fmt.Fprintf(w, "下一步: %s\n", step)
	}
	if c.Debug {
		if data, err := output.Encode(s.Proto()); err == nil {
			fmt.Fprintf(w, "%s\n", output.Clean(string(data)))
		}
	}
}

// Reason is the reason of a status, or empty.
func Reason(s *status.Status) string { return info(s).GetReason() }

// info is why a status is what it is; nil if it does not say.
func info(s *status.Status) *errdetails.ErrorInfo {
	for _, d := range s.Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			return info
		}
	}
	return nil
}

// message is the Chinese text of a status, or else the developers' one behind the Chinese name of its code.
func message(s *status.Status) string {
	for _, d := range s.Details() {
		if m, ok := d.(*errdetails.LocalizedMessage); ok && strings.HasPrefix(m.GetLocale(), "zh") && m.GetMessage() != "" {
			return m.GetMessage()
		}
	}
	return codeName(s.Code()) + ": " + s.Message()
}

// detail writes a detail of a status, without what was said already.
func detail(w io.Writer, d any, said string) {
	switch d := d.(type) {
	case *errdetails.BadRequest:
		for _, v := range d.GetFieldViolations() {
			text := v.GetDescription()
			if m := v.GetLocalizedMessage().GetMessage(); m != "" {
				text = m
			}
			if text == said {
				text = ""
			}
			if text != "" {
				text = "(" + text + ")"
			}
			fmt.Fprintf(w, "字段: %s\n", output.Clean(v.GetField()+text))
		}
	case *errdetails.ErrorInfo:
		var values []string
		for _, k := range slices.Sorted(maps.Keys(d.GetMetadata())) {
			values = append(values, k+"="+d.GetMetadata()[k])
		}
		if len(values) > 0 {
			values[0] = "(" + values[0]
			values[len(values)-1] += ")"
		}
		fmt.Fprintf(w, "原因: %s\n", output.Clean(d.GetReason()+strings.Join(values, " ")))
	}
}

func codeName(c codes.Code) string {
	switch c {
	case codes.Canceled:
		return "已取消"
	case codes.InvalidArgument, codes.OutOfRange:
		return "参数不合规"
	case codes.DeadlineExceeded:
		return "超时"
	case codes.NotFound:
		return "找不到"
	case codes.AlreadyExists:
		return "已存在"
	case codes.PermissionDenied:
		return "无权限"
	case codes.ResourceExhausted:
		return "超出限额"
	case codes.FailedPrecondition:
		return "当前状态不允许"
	case codes.Aborted:
		return "有冲突"
	case codes.Unimplemented:
		return "服务器不支持"
	case codes.Unavailable:
		return "服务器不可用"
	case codes.Unauthenticated:
		return "未通过身份验证"
	}
	return "服务器出错"
}
