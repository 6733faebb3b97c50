package rpc

import (
	"context"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"

	"github.com/jiebang/jiebang/services/fault"
)

// ErrMessage says that bytes are not the message of the method.
var ErrMessage = fault.New(fault.Invalid, "MESSAGE_INVALID", "the bytes are not the message of this method")

// Reasoned returns the service with decoding that gives a reason when it fails, which it does before any interceptor.
func Reasoned(desc *grpc.ServiceDesc) *grpc.ServiceDesc {
	d := *desc
	d.Methods = slices.Clone(desc.Methods)
	for i, m := range d.Methods {
		d.Methods[i].Handler = func(srv any, ctx context.Context, decode func(any) error, intercept grpc.UnaryServerInterceptor) (any, error) {
			return m.Handler(srv, ctx, func(into any) error {
				if err := decode(into); err != nil {
					return Status(ErrMessage).Err()
				}
				return nil
			}, intercept)
		}
	}
	return &d
}

// ServerOptions are the wire limits of the gRPC port. grpc-go's own defaults are unsafe on a public port: no limit on streams, 16 MiB of
// headers, two minutes to connect.
func ServerOptions(g *Gate) []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.ChainUnaryInterceptor(g.Intercept),
		grpc.MaxRecvMsgSize(4 * MaxMessage), // up to here a large message still gets a reason
		grpc.MaxSendMsgSize(8 << 20),
		grpc.MaxConcurrentStreams(128),
		grpc.MaxHeaderListSize(16 << 10),
		grpc.ConnectionTimeout(10 * time.Second),
		grpc.NumStreamWorkers(16),
		grpc.KeepaliveParams(keepalive.ServerParameters{
			MaxConnectionIdle: 5 * time.Minute, MaxConnectionAge: 30 * time.Minute, MaxConnectionAgeGrace: time.Minute,
			Time: 2 * time.Minute, Timeout: 20 * time.Second,
		}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 30 * time.Second}),
	}
}
