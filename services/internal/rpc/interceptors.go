package rpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"buf.build/go/protovalidate"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/limit"
	"github.com/jiebang/jiebang/services/internal/rpc/rule"
)

// Limits of a call.
const (
	MaxMessage  = 1 << 20                // bytes of a request
	MaxLarge    = 3 << 20                // of one whose method says that it may be large
	maxDeadline = 10 * time.Second       // a call takes no longer, whatever its caller asks for
	minDeadline = 100 * time.Millisecond // with less left, the answer would not arrive
	shave       = 20 * time.Millisecond  // kept for the way back
)

// Faults of calls.
var (
	ErrTooLarge = fault.New(fault.Exhausted, "MESSAGE_TOO_LARGE", "the message is larger than 1 MiB")
	ErrDeadline = fault.New(fault.Deadline, "DEADLINE_TOO_SHORT", "the caller leaves less than 100 ms")
	ErrField    = fault.New(fault.Invalid, "FIELD_INVALID", "a field has a wrong value")
)

// Gate is what every call passes before its method.
type Gate struct {
	Policies     Policies
	Authenticate func(ctx context.Context, secret, address string) (party.Caller, error)
	Log          *slog.Logger
	Rand         chance.Source
	Validator    protovalidate.Validator
	Key          []byte // of the kept hashes of requests that have secrets in them; not in the database
	Limits       *limit.Limiter
	Proxies      []netip.Prefix                                                                         // whose word is taken for where a call comes from
	Ask          func(ctx context.Context, subject string, request []byte) (approval string, err error) // notes what a second person must approve
	Now          func() time.Time                                                                       // of the machine, for how long things take
	Clock        func() time.Time                                                                       // of the platform, for what is decided
	Observe      func(method, code string, took time.Duration)
}

// Intercept is the chain of interceptors.
func (g *Gate) Intercept(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	policy, ok := g.Policies[info.FullMethod]
	if !ok { // health and reflection, which have no policy because they tell nothing
		return next(ctx, req)
	}
	in := &Incoming{Method: info.FullMethod, Policy: policy, Address: g.addressOf(ctx),
		CallID: fmt.Sprintf("%x", chance.Bytes(g.Rand, 8)), Received: g.Clock()}
	start := g.Now()
	ctx, end := trace(ctx, in)
	resp, err := g.guarded(with(ctx, in), in, req, next)
	if err != nil {
		st := Status(err)
		if st.Code() == codes.Internal {
			g.Log.Error("call failed", "call_id", in.CallID, "method", in.Method, "error", err.Error())
		}
		err = st.Err()
	}
	took := g.Now().Sub(start)
	g.log(ctx, in, err, took)
	g.Observe(in.Method, status.Code(err).String(), took)
	end(err)
	return resp, err
}

func (g *Gate) log(ctx context.Context, in *Incoming, err error, took time.Duration) {
	attrs := []slog.Attr{
		slog.String("call_id", in.CallID), slog.String("method", in.Method), slog.String("code", status.Code(err).String()),
		slog.String("actor", in.Caller.Principal()), slog.String("organization", in.Caller.Organization), slog.Duration("took", took),
	}
	if in.RequestID != "" {
		attrs = append(attrs, slog.String("request_id", cut(in.RequestID)))
	}
	if reason := Reason(err); reason != "" {
		attrs = append(attrs, slog.String("reason", reason))
	}
	if in.Address != "" {
		attrs = append(attrs, slog.String("peer", in.Address))
	}
	g.Log.LogAttrs(ctx, slog.LevelInfo, "call", attrs...)
}

// guarded turns a panic into an error and runs the rest of the chain.
func (g *Gate) guarded(ctx context.Context, in *Incoming, req any, next grpc.UnaryHandler) (resp any, err error) {
	defer func() {
		if p := recover(); p != nil {
			resp, err = nil, fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	ctx, cancel, err := g.limit(ctx, in, req)
	if err != nil {
		return nil, err
	}
	defer cancel()
	if err := g.spend(in, limit.Address, in.Address); err != nil {
		return nil, err
	}
	if err := g.authenticate(ctx, in); err != nil {
		return nil, err
	}
	if err := g.spendKnown(in); err != nil {
		return nil, err
	}
	if err := g.admit(in); err != nil {
		return nil, err
	}
	if err := g.shape(in, req); err != nil {
		return nil, err
	}
	resp, err = next(ctx, req)
	if errors.Is(err, policy.ErrAlone) {
		err = g.ask(ctx, in, req, err)
	}
	return resp, err
}

// admit decides on the method alone; what it is done to is decided on where it is read. A request that two persons make is decided on there too, when
// it is known whether the second has approved it.
func (g *Gate) admit(in *Incoming) error {
	alone := in.Policy
	alone.TwoPersons = false
	return policy.Decide(in.Caller, alone, policy.Object{}, policy.Env{Now: g.Clock()}).Err(in.Caller, in.Policy, nil, nil)
}

func (g *Gate) limit(ctx context.Context, in *Incoming, req any) (context.Context, context.CancelFunc, error) {
	most := MaxMessage
	if in.Policy.Large {
		most = MaxLarge
	}
	if m, ok := req.(proto.Message); ok {
		if n := proto.Size(m); n > most {
			return nil, nil, ErrTooLarge.With("bytes", n).With("limit", most)
		}
	}
	return within(ctx, maxDeadline)
}

// within bounds how long a call takes: no longer than most, and a little less than its caller waits.
func within(ctx context.Context, most time.Duration) (context.Context, context.CancelFunc, error) {
	left := most
	if deadline, ok := ctx.Deadline(); ok {
		until := time.Until(deadline)
		if until < minDeadline {
			return nil, nil, ErrDeadline.With("left", until.String())
		}
		left = min(left, until-shave)
	}
	ctx, cancel := context.WithTimeout(ctx, left)
	return ctx, cancel, nil
}

func (g *Gate) authenticate(ctx context.Context, in *Incoming) error {
	md, _ := metadata.FromIncomingContext(ctx)
	values := md.Get("authorization")
	if len(values) == 0 {
		return nil // anyone; the policy decides
	}
	scheme, secret, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") || len(values) > 1 {
		return party.ErrTokenInvalid
	}
	caller, err := g.Authenticate(ctx, strings.TrimSpace(secret), in.Address)
	if err != nil {
		return err
	}
	in.Caller = caller
	return nil
}

func (g *Gate) shape(in *Incoming, req any) error {
	m, ok := req.(proto.Message)
	if !ok {
		return fmt.Errorf("%s: a request of type %T", in.Method, req)
	}
	if err := errors.Join(checkMark(m), checkTexts(m.ProtoReflect(), "")); err != nil {
		return err
	}
	if err := g.Validator.Validate(m); err != nil {
		var v *protovalidate.ValidationError
		if errors.As(err, &v) {
			return violation(v.Violations[0])
		}
		return err
	}
	if !in.Policy.Mutates {
		return nil
	}
	c, ok := req.(change)
	if !ok {
		return fmt.Errorf("%s: a change without request_id and validate_only", in.Method)
	}
	return in.describe(c, g.Key)
}

// violation names a wrong field and what would be right.
func violation(v *protovalidate.Violation) *fault.Fault {
	name, limit := rule.Limit(v.Proto.GetRuleId(), v.RuleValue)
	f := ErrField.At(protovalidate.FieldPathString(v.Proto.GetField())).With("rule", name)
	if limit != "" {
		f = f.With("limit", limit)
	}
	return f.With("field", f.Field)
}
