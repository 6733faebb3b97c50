package rpc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"github.com/grpc-ecosystem/grpc-gateway/v2/utilities"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

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
	setQueryParser()
	return runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, &runtime.JSONPb{
			MarshalOptions:   protojson.MarshalOptions{EmitDefaultValues: true},
			UnmarshalOptions: protojson.UnmarshalOptions{DiscardUnknown: false},
		}),
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

// LimitBody reads the body before the gateway does, which would not say that it is too large.
func LimitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxMessage))
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			writeError(r.Context(), nil, nil, w, r, ErrTooLarge.With("limit", MaxMessage))
			return
		}
		if err != nil {
			writeError(r.Context(), nil, nil, w, r, ErrJSON.With("detail", err.Error()).At("body"))
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}

// strictQuery refuses parameters that the request does not have: a misspelt validateOnly must not do what it was to check.
type strictQuery struct{ runtime.DefaultQueryParser }

// Parse implements runtime.QueryParameterParser.
func (q *strictQuery) Parse(m proto.Message, values url.Values, filter *utilities.DoubleArray) error {
	for name := range values {
		fields := m.ProtoReflect().Descriptor().Fields()
		for _, part := range strings.Split(name, ".") {
			var f protoreflect.FieldDescriptor
			if fields != nil {
				if f = fields.ByJSONName(part); f == nil {
					f = fields.ByName(protoreflect.Name(part))
				}
			}
			if f == nil {
				return fmt.Errorf("unknown field %q", name)
			}
			fields = nil
			if f.Message() != nil {
				fields = f.Message().Fields()
			}
		}
	}
	return q.DefaultQueryParser.Parse(m, values, filter)
}

// setQueryParser runs once: the gateway keeps its parser in a variable of the package.
var setQueryParser = sync.OnceFunc(func() { runtime.SetQueryParameterParser(&strictQuery{})(nil) })

// wrongField finds the field that protojson or the gateway complains of.
var wrongField = regexp.MustCompile(`(?:unknown field |field |parsing field )"?([A-Za-z_.]+)"?`)

// bodyFault is the fault of a body or a query that is not the request.
func bodyFault(detail string) *fault.Fault {
	detail = strings.NewReplacer("\u00a0", " ", "proto: ", "").Replace(detail) // protojson's space varies on purpose
	field := "body"
	if m := wrongField.FindStringSubmatch(detail); m != nil {
		field = m[1]
	}
	return ErrJSON.With("detail", strings.ToValidUTF8(detail, "?")).At(field)
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
	if n := retryDelay(st); n > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(n, 10))
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
		return Status(bodyFault(st.Message()))
	case codes.Internal, codes.Unknown:
		return Status(errors.New(st.Message()))
	}
	return st
}

// codeNames are the names of AIP for the codes, as google.listing.Code spells them.
var codeNames = map[codes.Code]string{
	codes.Canceled: "CANCELLED", codes.InvalidArgument: "INVALID_ARGUMENT", codes.DeadlineExceeded: "DEADLINE_EXCEEDED",
	codes.NotFound: "NOT_FOUND", codes.AlreadyExists: "ALREADY_EXISTS", codes.PermissionDenied: "PERMISSION_DENIED",
	codes.ResourceExhausted: "RESOURCE_EXHAUSTED", codes.FailedPrecondition: "FAILED_PRECONDITION", codes.Aborted: "ABORTED",
	codes.Unimplemented: "UNIMPLEMENTED", codes.Internal: "INTERNAL", codes.Unavailable: "UNAVAILABLE", codes.Unauthenticated: "UNAUTHENTICATED",
}

// WriteError answers a request outside the gateway as the API answers an error.
func WriteError(w http.ResponseWriter, r *http.Request, err error) {
	writeError(r.Context(), nil, nil, w, r, err)
}

// NoRoute answers a path outside the API as the API answers.
func NoRoute(w http.ResponseWriter, r *http.Request) {
	writeError(r.Context(), nil, nil, w, r, ErrRoute.With("path", r.URL.Path).With("method", r.Method))
}
