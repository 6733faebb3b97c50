// Package failure turns an error into an exit code and into a text with its cause and the next step.
//
// The exit codes are a promise to scripts: a number never changes its meaning.
package failure

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// The exit codes.
const (
	OK          = 0
	Error       = 1
	Usage       = 2
	NotFound    = 3
	Auth        = 4
	Permission  = 5
	Conflict    = 6
	Validation  = 7
	Pending     = 8
	Unavailable = 69
)

// Meaning explains an exit code.
type Meaning struct {
	Code  int
	Text  string
	Codes []codes.Code // the gRPC codes that lead to it
}

// Meanings lists the exit codes in order. The help prints this table, and Code reads it.
func Meanings() []Meaning {
	return []Meaning{
		{OK, "成功", []codes.Code{codes.OK}},
		{Error, "出错,包括核验未通过和服务器内部错误", []codes.Code{codes.Unknown, codes.Internal, codes.DataLoss, codes.Unimplemented, codes.ResourceExhausted}},
		{Usage, "用法有误,或已取消", []codes.Code{codes.Canceled}},
		{NotFound, "找不到,或无权知道它是否存在", []codes.Code{codes.NotFound}},
		{Auth, "未登录,或登录、令牌已失效", []codes.Code{codes.Unauthenticated}},
		{Permission, "角色不允许", []codes.Code{codes.PermissionDenied}},
		{Conflict, "与现状冲突:版本过期、状态不符或已存在", []codes.Code{codes.Aborted, codes.FailedPrecondition, codes.AlreadyExists}},
		{Validation, "服务器认为参数不合规", []codes.Code{codes.InvalidArgument, codes.OutOfRange}},
		{Pending, "还没有结果,稍后再查", nil},
		{Unavailable, "服务器不可用或超时", []codes.Code{codes.Unavailable, codes.DeadlineExceeded}},
	}
}

// UsageError is a wrong command line.
type UsageError struct {
	Text string
	Help string // the command whose help tells more, if one does
}

// Error returns the text.
func (e *UsageError) Error() string { return e.Text }

// Usagef makes a UsageError.
func Usagef(format string, args ...any) error {
	return &UsageError{Text: fmt.Sprintf(format, args...)}
}

// AsUsage makes err a UsageError, and nil nil.
func AsUsage(err error) error {
	if err == nil {
		return nil
	}
	return &UsageError{Text: err.Error()}
}

// ErrCancelled says that the caller did not confirm.
var ErrCancelled = errors.New("已取消,没有做任何改动")

// Code returns the exit code of an error.
func Code(err error) int {
	if err == nil {
		return OK
	}
	var usage *UsageError
	s, ok := status.FromError(err)
	switch {
	case errors.As(err, &usage), errors.Is(err, ErrCancelled), errors.Is(err, context.Canceled):
		return Usage
	case !ok && errors.Is(err, context.DeadlineExceeded):
		return Unavailable
	case !ok:
		return Error
	case Reason(s) == "TOTAL_BEHIND", Reason(s) == "APPROVAL_REQUIRED":
		return Pending // the server is well, the figure or the word of the second person is not there yet
	}
	for _, m := range Meanings() {
		for _, c := range m.Codes {
			if c == s.Code() {
				return m.Code
			}
		}
	}
	return Error
}
