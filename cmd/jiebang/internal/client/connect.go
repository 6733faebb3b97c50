package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// attempts is how often a call is made while the server is unavailable. A change is safe to repeat, because its request_id stays the same.
const attempts = 3

// maxMessage is the largest answer taken: a page of 1,000 ledger entries.
const maxMessage = 64 << 20

// Connect prepares a connection; nothing is sent before the first call. Around is what surrounds each call with all its attempts.
func Connect(s Settings, agent string, around ...grpc.UnaryClientInterceptor) (*grpc.ClientConn, error) {
	host, port, err := net.SplitHostPort(s.Server)
	switch {
	case strings.Contains(s.Server, "://"):
		return nil, fmt.Errorf("服务器地址 %q 有误: 请写成 主机:端口,不带 http://", s.Server)
	case err != nil:
		if host, port, err = net.SplitHostPort(s.Server + ":9090"); err != nil || host == "" {
			return nil, fmt.Errorf("服务器地址 %q 有误: 请写成 主机:端口", s.Server)
		}
	case host == "" || port == "":
		return nil, fmt.Errorf("服务器地址 %q 有误: 请写成 主机:端口", s.Server)
	}
	transport := insecure.NewCredentials()
	if !s.Insecure && !loopback(host) || s.CA != "" {
		if transport, err = trust(s.CA); err != nil {
			return nil, err
		}
	}
	return grpc.NewClient(net.JoinHostPort(host, port),
		grpc.WithTransportCredentials(transport),
		grpc.WithUserAgent(agent),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)),
		grpc.WithChainUnaryInterceptor(append(around, bearer(s.Token), retry(s.Timeout, Wait))...),
		grpc.WithStreamInterceptor(streamBearer(s.Token)),
	)
}

// loopback reports whether a host is this machine, to which nothing is sent that others could read.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func trust(ca string) (credentials.TransportCredentials, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return nil, fmt.Errorf("--ca 文件读不了: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("--ca 文件 %s 里没有 PEM 证书", ca)
		}
	}
	return credentials.NewTLS(config), nil
}

func bearer(token string) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, o ...grpc.CallOption) error {
		if token != "" {
			ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
		}
		return invoke(ctx, method, req, reply, cc, o...)
	}
}

// streamBearer is bearer for a method that streams. How long that takes is the server's to bound, and it is not repeated.
func streamBearer(token string) grpc.StreamClientInterceptor {
	return func(ctx context.Context, d *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, o ...grpc.CallOption) (grpc.ClientStream, error) {
		if token != "" {
			ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
		}
		return open(ctx, d, cc, method, o...)
	}
}

// retry repeats a call while the server is unavailable, and on no other code: only then is a repeat of use. A server that says why it
// cannot answer yet is not unavailable.
func retry(timeout time.Duration, wait func(context.Context, time.Duration) error) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, o ...grpc.CallOption) error {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		pause := 200 * time.Millisecond
		for attempt := 1; ; attempt++ {
			err := invoke(ctx, method, req, reply, cc, o...)
			s := status.Convert(err)
			if s.Code() != codes.Unavailable || len(s.Details()) > 0 || attempt == attempts {
				return err
			}
			if wait(ctx, pause) != nil {
				return err
			}
			pause *= 3
		}
	}
}

// Wait lets time pass, or less if ctx ends before.
func Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
