package rpc

import (
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/keepalive"
)

// ServerOptions are the wire limits of the gRPC port. grpc-go's own defaults are unsafe on a public port: no limit on streams, 16 MiB of
// headers, two minutes to connect.
func ServerOptions(g *Gate) []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.ChainUnaryInterceptor(g.Intercept),
		grpc.ChainStreamInterceptor(g.InterceptStream),
		grpc.ForceServerCodecV2(patientCodec{encoding.GetCodecV2("proto")}),
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
