// Package pipe is a gRPC stream between two goroutines of one process: nothing is encoded.
package pipe

import (
	"context"
	"fmt"
	"io"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// New runs a method on a stream and returns the caller's side of it; serving is the method's context. As with any stream, the context must end, or
// everything be received.
func New(ctx, serving context.Context, method func(grpc.ServerStream) error) grpc.ClientStream {
	s := &client{ctx: ctx, up: make(chan proto.Message), down: make(chan proto.Message), sent: make(chan struct{}), done: make(chan struct{})}
	go func() {
		s.err = method(&server{s, serving})
		close(s.done)
	}()
	return s
}

// client is the side of the caller. Messages are copied when they are sent, so that a sender may use its own
// again at once.
type client struct {
	ctx      context.Context
	begun    bool // something was sent
	up, down chan proto.Message
	sent     chan struct{} // closed when the caller sends no more
	once     sync.Once
	done     chan struct{} // closed when the method has returned
	err      error         // of the method, once done
}

// Header implements grpc.ClientStream; there is none.
func (s *client) Header() (metadata.MD, error) { return metadata.MD{}, nil }

// Trailer implements grpc.ClientStream; there is none.
func (s *client) Trailer() metadata.MD { return metadata.MD{} }

// Context implements grpc.ClientStream.
func (s *client) Context() context.Context { return s.ctx }

// CloseSend implements grpc.ClientStream.
func (s *client) CloseSend() error {
	s.once.Do(func() { close(s.sent) })
	return nil
}

// SendMsg implements grpc.ClientStream: io.EOF says that the method has returned, and RecvMsg says what. Of the first message RecvMsg alone says it: whoever
// sends one only, as a call whose answer streams, asks nothing else.
func (s *client) SendMsg(m any) error {
	err := pass(s.ctx, s.up, m, s.done)
	if err == io.EOF && !s.begun {
		err = nil
	}
	s.begun = true
	return err
}

// RecvMsg implements grpc.ClientStream.
func (s *client) RecvMsg(into any) error {
	select {
	case m := <-s.down:
		return take(into, m)
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

// server is the side of the method.
type server struct {
	s   *client
	ctx context.Context
}

// SetHeader implements grpc.ServerStream.
func (s *server) SetHeader(metadata.MD) error { return nil }

// SendHeader implements grpc.ServerStream.
func (s *server) SendHeader(metadata.MD) error { return nil }

// SetTrailer implements grpc.ServerStream.
func (s *server) SetTrailer(metadata.MD) {}

// Context implements grpc.ServerStream.
func (s *server) Context() context.Context { return s.ctx }

// SendMsg implements grpc.ServerStream.
func (s *server) SendMsg(m any) error { return pass(s.ctx, s.s.down, m, nil) }

// RecvMsg implements grpc.ServerStream.
func (s *server) RecvMsg(into any) error {
	select {
	case m := <-s.s.up:
		return take(into, m)
	default:
	}
	select {
	case m := <-s.s.up:
		return take(into, m)
	case <-s.s.sent:
		return io.EOF
	case <-s.ctx.Done():
		return status.FromContextError(s.ctx.Err()).Err()
	}
}

// take gives a message to who receives it.
func take(into any, from proto.Message) error {
	m, ok := into.(proto.Message)
	if !ok {
		return fmt.Errorf("not a message: %T", into)
	}
	proto.Merge(m, from)
	return nil
}
