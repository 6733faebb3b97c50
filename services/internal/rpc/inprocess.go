package rpc

import (
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/rpc/pipe"
	"github.com/jiebang/jiebang/services/internal/visitor"
)

// InProcess is a connection to services in the same process: the same interceptors run, nothing is encoded. The REST gateway, the
// demonstration and the portal are its clients, so that no transport has a door of its own.
type InProcess struct {
	gate    *Gate
	methods map[string]method
	streams map[string]streamMethod
}

type method struct {
	server any
	desc   grpc.MethodDesc
}

type streamMethod struct {
	server any
	desc   grpc.StreamDesc
}

// NewInProcess returns a connection on which services can be registered.
func NewInProcess(g *Gate) *InProcess {
	return &InProcess{gate: g, methods: map[string]method{}, streams: map[string]streamMethod{}}
}

// RegisterService makes a service reachable.
func (c *InProcess) RegisterService(desc *grpc.ServiceDesc, server any) {
	for _, m := range desc.Methods {
		c.methods["/"+desc.ServiceName+"/"+m.MethodName] = method{server, m}
	}
	for _, m := range desc.Streams {
		c.streams["/"+desc.ServiceName+"/"+m.StreamName] = streamMethod{server, m}
	}
}

// Invoke calls a method.
func (c *InProcess) Invoke(ctx context.Context, name string, args, reply any, opts ...grpc.CallOption) error {
	m, ok := c.methods[name]
	if !ok {
		return status.Errorf(codes.Unimplemented, "no method %s", name)
	}
	header := &headers{method: name}
	ctx = incoming(ctx, header)
	decode := func(into any) error {
		return copyMessage(into, args)
	}
	resp, err := m.desc.Handler(m.server, ctx, decode, c.gate.Intercept)
	for _, o := range opts {
		switch o := o.(type) {
		case grpc.HeaderCallOption:
			*o.HeaderAddr = header.header
		case grpc.TrailerCallOption:
			*o.TrailerAddr = header.trailer
		}
	}
	if err != nil {
		return err
	}
	return copyMessage(reply, resp)
}

// NewStream calls a method that streams.
func (c *InProcess) NewStream(ctx context.Context, _ *grpc.StreamDesc, name string, _ ...grpc.CallOption) (grpc.ClientStream, error) {
	m, ok := c.streams[name]
	if !ok {
		return nil, status.Errorf(codes.Unimplemented, "no method %s", name)
	}
	info := &grpc.StreamServerInfo{FullMethod: name, IsClientStream: m.desc.ClientStreams, IsServerStream: m.desc.ServerStreams}
	return pipe.New(ctx, incoming(ctx, &headers{method: name}), func(s grpc.ServerStream) error {
		return c.gate.InterceptStream(m.server, s, info, m.desc.Handler)
	}), nil
}

// incoming is the context of a call on the side of the services.
func incoming(ctx context.Context, header *headers) context.Context {
	md, _ := metadata.FromOutgoingContext(ctx)
	ctx = metadata.NewIncomingContext(ctx, md)
	ctx = grpc.NewContextWithServerTransportStream(ctx, header)
	return peer.NewContext(ctx, &peer.Peer{Addr: inProcessAddr(firstOr(md.Get(visitor.ForwardedFor), inProcess))})
}

func copyMessage(into, from any) error {
	i, ok1 := into.(proto.Message)
	f, ok2 := from.(proto.Message)
	if !ok1 || !ok2 {
		return fmt.Errorf("not messages: %T, %T", into, from)
	}
	proto.Merge(i, f)
	return nil
}

func firstOr(values []string, otherwise string) string {
	if len(values) > 0 {
		return values[0]
	}
	return otherwise
}

// inProcessAddr is where a call came from.
type inProcessAddr string

func (a inProcessAddr) Network() string { return "in-process" }
func (a inProcessAddr) String() string  { return string(a) }

// headers collects what a method sends beside its answer.
type headers struct {
	method          string
	header, trailer metadata.MD
}

func (h *headers) Method() string { return h.method }
func (h *headers) SetHeader(md metadata.MD) error {
	h.header = metadata.Join(h.header, md)
	return nil
}
func (h *headers) SendHeader(md metadata.MD) error { return h.SetHeader(md) }
func (h *headers) SetTrailer(md metadata.MD) error {
	h.trailer = metadata.Join(h.trailer, md)
	return nil
}
