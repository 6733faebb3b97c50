package rpc

import (
	"context"
	"errors"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/internal/rpc/catalogue"
)

// Domain is the domain of every ErrorInfo.
const Domain = "jiebang"

// codeOf says which gRPC code stands for each kind of fault. It is the only such table.
var codeOf = map[fault.Kind]codes.Code{
	fault.Invalid:         codes.InvalidArgument,
	fault.Unauthenticated: codes.Unauthenticated,
	fault.Forbidden:       codes.PermissionDenied,
	fault.NotFound:        codes.NotFound,
	fault.Exists:          codes.AlreadyExists,
	fault.Precondition:    codes.FailedPrecondition,
	fault.Conflict:        codes.Aborted,
	fault.Exhausted:       codes.ResourceExhausted,
	fault.Unavailable:     codes.Unavailable,
	fault.Deadline:        codes.DeadlineExceeded,
}

// errInternal is all that a caller learns of an error that is not a fault.
var errInternal = fault.New(0, "INTERNAL", "internal error")

// Status turns an error into the status that a caller sees: one ErrorInfo always, a Chinese text always, the field if one is wrong.
func Status(err error) *status.Status {
	f := short(fault.As(err))
	code := codes.Internal
	switch {
	case f != nil:
		code = codeOf[f.Kind]
	case errors.Is(err, context.DeadlineExceeded):
		f, code = ErrDeadline, codes.DeadlineExceeded
	case errors.Is(err, context.Canceled):
		return status.New(codes.Canceled, "canceled by the caller")
	default:
		f = errInternal
	}
	st := status.New(code, f.Text)
	details := []protoadapt.MessageV1{
		&errdetails.ErrorInfo{Reason: f.Reason, Domain: Domain, Metadata: f.Meta},
		&errdetails.LocalizedMessage{Locale: "zh-CN", Message: catalogue.Chinese(f)},
	}
	if f.Field != "" {
		details = append(details, &errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{
			Field: f.Field, Description: f.Text, Reason: f.Reason,
			LocalizedMessage: &errdetails.LocalizedMessage{Locale: "zh-CN", Message: catalogue.Chinese(f)},
		}}})
	}
	if code == codes.Unavailable || code == codes.ResourceExhausted && f.Reason != ErrTooLarge.Reason {
		details = append(details, &errdetails.RetryInfo{RetryDelay: &durationpb.Duration{Seconds: retryAfter(f)}})
	}
	withDetails, err := st.WithDetails(details...)
	if err != nil {
		return st
	}
	return withDetails
}

// maxValue is how long a value in an answer may be: what a caller sends must not come back several times over.
const maxValue = 200

// short cuts the values of a fault.
func short(f *fault.Fault) *fault.Fault {
	if f == nil {
		return nil
	}
	for k, v := range f.Meta {
		if len(v) > maxValue {
			f = f.With(k, cut(v))
		}
	}
	return f
}

func cut(v string) string {
	if len(v) <= maxValue {
		return v
	}
	return strings.ToValidUTF8(v[:maxValue], "") + "…"
}

// Reason reads the reason of a status error; empty if it has none.
func Reason(err error) string {
	for _, d := range status.Convert(err).Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			return info.GetReason()
		}
	}
	return ""
}
