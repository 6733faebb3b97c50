package rpc

import (
	"context"
	"fmt"
	"io"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

type streamMethod struct {
	server any
	desc   grpc.StreamDesc
}

// NewStream calls a method that streams. As with any connection, the context must end, or everything be received.
func (c *InProcess) NewStream(ctx context.Context, _ *grpc.StreamDesc, name string, _ ...grpc.CallOption) (grpc.ClientStream, error) {
	m, ok := c.streams[name]
	if !ok {
		return nil, status.Errorf(codes.Unimplemented, "no method %s", name)
	}
	s := &inProcessStream{ctx: ctx, up: make(chan proto.Message), down: make(chan proto.Message), sent: make(chan struct{}), done: make(chan struct{})}
	info := &grpc.StreamServerInfo{FullMethod: name, IsClientStream: m.desc.ClientStreams, IsServerStream: m.desc.ServerStreams}
	go func() {
		s.err = c.gate.InterceptStream(m.server, &serverSide{s, incoming(ctx, &headers{method: name})}, info, m.desc.Handler)
		close(s.done)
	}()
	return s, nil
}

// inProcessStream is a stream between two goroutines, on the side of the caller. Messages are copied when they are sent, so that a sender may use its own
// again at once.
type inProcessStream struct {
	ctx      context.Context
	up, down chan proto.Message
	sent     chan struct{} // closed when the caller sends no more
	once     sync.Once
	done     chan struct{} // closed when the method has returned
	err      error         // of the method, once done
}

// Header implements grpc.ClientStream; there is none.
func (s *inProcessStream) Header() (metadata.MD, error) { return metadata.MD{}, nil }

// Trailer implements grpc.ClientStream; there is none.
func (s *inProcessStream) Trailer() metadata.MD { return metadata.MD{} }

// Context implements grpc.ClientStream.
func (s *inProcessStream) Context() context.Context { return s.ctx }

// CloseSend implements grpc.ClientStream.
func (s *inProcessStream) CloseSend() error {
	s.once.Do(func() { close(s.sent) })
	return nil
}

// SendMsg implements grpc.ClientStream: io.EOF says that the method has returned, and RecvMsg says what.
func (s *inProcessStream) SendMsg(m any) error {
	return pass(s.ctx, s.up, m, s.done)
}

// RecvMsg implements grpc.ClientStream.
func (s *inProcessStream) RecvMsg(into any) error {
	select {
	case m := <-s.down:
		return copyMessage(into, m)
	case <-s.done:
		if s.err != nil {
			return s.err
		}
		return io.EOF
	}
}

// pass gives a copy of a message to the other side, unless that has gone.
func pass(ctx context.Context, to chan<- proto.Message, m any, gone <-chan struct{}) error {
	message, ok := m.(proto.Message)
	if !ok {
		return fmt.Errorf("not a message: %T", m)
	}
	select {
	case to <- proto.Clone(message):
		return nil
	case <-gone:
		return io.EOF
	case <-ctx.Done():
		return status.FromContextError(ctx.Err()).Err()
	}
}

// serverSide is the side of the method.
type serverSide struct {
	s   *inProcessStream
	ctx context.Context
}

// SetHeader implements grpc.ServerStream.
func (s *serverSide) SetHeader(metadata.MD) error { return nil }

// SendHeader implements grpc.ServerStream.
func (s *serverSide) SendHeader(metadata.MD) error { return nil }

// SetTrailer implements grpc.ServerStream.
func (s *serverSide) SetTrailer(metadata.MD) {}

// Context implements grpc.ServerStream.
func (s *serverSide) Context() context.Context { return s.ctx }

// SendMsg implements grpc.ServerStream.
func (s *serverSide) SendMsg(m any) error { return pass(s.ctx, s.s.down, m, nil) }

// RecvMsg implements grpc.ServerStream.
func (s *serverSide) RecvMsg(into any) error {
	select {
	case m := <-s.s.up:
		return copyMessage(into, m)
	default:
	}
	select {
	case m := <-s.s.up:
		return copyMessage(into, m)
	case <-s.s.sent:
		return io.EOF
	case <-s.ctx.Done():
		return status.FromContextError(s.ctx.Err()).Err()
	}
}
