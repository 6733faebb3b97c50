package rpc

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/limit"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// maxStream is how long a call takes at most whose bytes come or go in a stream.
const maxStream = 10 * time.Minute

// InterceptStream is the chain of interceptors for a method that streams. It is the chain of Intercept: the first message is what a request is there,
// the shape of each is checked as it comes.
func (g *Gate) InterceptStream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	policy, ok := g.Policies[info.FullMethod]
	if !ok { // health and reflection, which have no policy because they tell nothing
		return next(srv, stream)
	}
	in := &Incoming{Method: info.FullMethod, Policy: policy, Address: g.addressOf(stream.Context()), CallID: fmt.Sprintf("%x", chance.Bytes(g.Rand, 8))}
	start := g.Now()
	ctx, end := trace(stream.Context(), in)
	err := g.guardedStream(with(ctx, in), in, srv, stream, next)
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
	return err
}

// guardedStream turns a panic into an error and runs the rest of the chain.
func (g *Gate) guardedStream(ctx context.Context, in *Incoming, srv any, stream grpc.ServerStream, next grpc.StreamHandler) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	ctx, cancel, err := within(ctx, maxStream)
	if err != nil {
		return err
	}
	defer cancel()
	if err := g.spend(in, limit.Address, in.Address); err != nil {
		return err
	}
	if err := g.authenticate(ctx, in); err != nil {
		return err
	}
	if err := g.spendKnown(in); err != nil {
		return err
	}
	if err := g.admit(in); err != nil {
		return err
	}
	return next(srv, &checkedStream{ServerStream: stream, ctx: ctx, gate: g, in: in})
}

// checkedStream checks each message that comes, and decides on the caller again for each one that comes or goes: a token may be revoked meanwhile.
type checkedStream struct {
	grpc.ServerStream
	ctx   context.Context
	gate  *Gate
	in    *Incoming
	begun bool
}

// Context implements grpc.ServerStream.
func (s *checkedStream) Context() context.Context { return s.ctx }

// RecvMsg implements grpc.ServerStream. What the end of the call cuts short is told by the call's end.
func (s *checkedStream) RecvMsg(into any) error {
	if err := s.ServerStream.RecvMsg(into); err != nil {
		if err != io.EOF && s.ctx.Err() != nil {
			return s.ctx.Err()
		}
		return err
	}
	if s.ctx.Err() != nil { // the stream itself does not know how long the call may take
		return s.ctx.Err()
	}
	m, ok := into.(proto.Message)
	if !ok {
		return fmt.Errorf("%s: a message of type %T", s.in.Method, into)
	}
	if n := proto.Size(m); n > MaxMessage {
		return ErrTooLarge.With("bytes", n).With("limit", MaxMessage)
	}
	if s.begun {
		known := *s.in // what the first message said holds for the call
		if err := s.again(&known); err != nil {
			return err
		}
		return s.gate.shape(&known, m)
	}
	s.begun = true
	if err := s.gate.shape(s.in, m); err != nil {
		return err
	}
	if s.in.Policy.Mutates && !chance.IsUUID(s.in.RequestID) { // said before the bytes come, not after
		return storage.ErrRequestID.With("request_id", s.in.RequestID).At("request_id")
	}
	return nil
}

// SendMsg implements grpc.ServerStream.
func (s *checkedStream) SendMsg(m any) error {
	if s.ctx.Err() != nil {
		return s.ctx.Err()
	}
	known := *s.in
	if err := s.again(&known); err != nil {
		return err
	}
	return s.ServerStream.SendMsg(m)
}

// again decides on the caller as it is now.
func (s *checkedStream) again(in *Incoming) error {
	if err := s.gate.authenticate(s.ctx, in); err != nil {
		return err
	}
	return s.gate.admit(in)
}
