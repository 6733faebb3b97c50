package rpc

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/jiebang/jiebang/services/fault"
)

// Faults of REST calls.
var (
	ErrJSON  = fault.New(fault.Invalid, "JSON_INVALID", "the body is not the JSON of this request")
	ErrRoute = fault.New(fault.NotFound, "ROUTE_NOT_FOUND", "there is no such path or method")
)

// NewGateway returns the REST side: JSON with the names of AIP, unknown fields refused, errors as {"error":{…}}, and no header but the
// credential and the trace passed on, since any other could pretend to be somebody.
func NewGateway() *runtime.ServeMux {
	return runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, strictJSON{&runtime.JSONPb{
			MarshalOptions:   protojson.MarshalOptions{EmitDefaultValues: true},
			UnmarshalOptions: protojson.UnmarshalOptions{DiscardUnknown: false},
		}}),
		runtime.WithIncomingHeaderMatcher(func(key string) (string, bool) {
			return strings.ToLower(key), strings.EqualFold(key, "traceparent")
		}),
		runtime.WithOutgoingHeaderMatcher(func(string) (string, bool) { return "", false }),
		runtime.WithErrorHandler(writeError),
		runtime.WithRoutingErrorHandler(func(ctx context.Context, mux *runtime.ServeMux, m runtime.Marshaler, w http.ResponseWriter, r *http.Request, _ int) {
			writeError(ctx, mux, m, w, r, ErrRoute.With("path", r.URL.Path).With("method", r.Method))
		}),
		runtime.WithDisablePathLengthFallback(),
		runtime.WithDisableHTTPMethodOverride(),
	)
}

// strictJSON gives a body that is not the request's JSON a reason.
type strictJSON struct{ *runtime.JSONPb }

// NewDecoder wraps errors of the body into a fault.
func (j strictJSON) NewDecoder(r io.Reader) runtime.Decoder {
	d := j.JSONPb.NewDecoder(r)
	return runtime.DecoderFunc(func(v any) error { return bodyError(d.Decode(v)) })
}

// Unmarshal wraps errors of the body into a fault.
func (j strictJSON) Unmarshal(b []byte, v any) error { return bodyError(j.JSONPb.Unmarshal(b, v)) }

func bodyError(err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return err
	case errors.As(err, &tooLarge):
		return ErrTooLarge.With("limit", MaxMessage)
	}
	detail := strings.NewReplacer("\u00a0", " ", "proto:", "").Replace(err.Error()) // protojson's space varies on purpose
	return ErrJSON.With("detail", strings.TrimSpace(detail)).At(fieldOf(detail))
}

// fieldOf finds the field that protojson complains of: it names it in quotes.
func fieldOf(detail string) string {
	if parts := strings.SplitN(detail, `"`, 3); len(parts) == 3 {
		return parts[1]
	}
	return "body"
}

// writeError writes the body of AIP-193 for REST.
func writeError(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, _ *http.Request, err error) {
	st := restStatus(err)
	code := runtime.HTTPStatusFromCode(st.Code())
	if Reason(st.Err()) == ErrTooLarge.Reason {
		code = http.StatusRequestEntityTooLarge
	}
	details, marshalErr := protojson.Marshal(st.Proto())
	if marshalErr != nil {
		details = []byte(`{}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if st.Code() == codes.Unauthenticated {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	w.WriteHeader(code)
	_, _ = io.WriteString(w, restBody(code, st.Code(), details))
}

// restStatus finds the status: that of a method, or the fault that the gateway wrapped in a text of its own.
func restStatus(err error) *status.Status {
	if f := fault.As(err); f != nil {
		return Status(f)
	}
	st := status.Convert(err)
	if Reason(err) != "" || st.Code() == codes.Canceled {
		return st
	}
	switch st.Code() {
	case codes.InvalidArgument:
		return Status(ErrJSON.With("detail", strings.ReplaceAll(st.Message(), "\u00a0", " ")).At(fieldOf(st.Message())))
	case codes.Internal, codes.Unknown:
		return Status(errors.New(st.Message()))
	}
	return st
}

// codeNames are the names of AIP for the codes, as google.rpc.Code spells them.
var codeNames = map[codes.Code]string{
	codes.Canceled: "CANCELLED", codes.InvalidArgument: "INVALID_ARGUMENT", codes.DeadlineExceeded: "DEADLINE_EXCEEDED",
	codes.NotFound: "NOT_FOUND", codes.AlreadyExists: "ALREADY_EXISTS", codes.PermissionDenied: "PERMISSION_DENIED",
	codes.ResourceExhausted: "RESOURCE_EXHAUSTED", codes.FailedPrecondition: "FAILED_PRECONDITION", codes.Aborted: "ABORTED",
	codes.Unimplemented: "UNIMPLEMENTED", codes.Internal: "INTERNAL", codes.Unavailable: "UNAVAILABLE", codes.Unauthenticated: "UNAUTHENTICATED",
}

// NoRoute answers a path outside the API as the API answers.
func NoRoute(w http.ResponseWriter, r *http.Request) {
	writeError(r.Context(), nil, nil, w, r, ErrRoute.With("path", r.URL.Path).With("method", r.Method))
}
