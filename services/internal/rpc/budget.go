package rpc

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/internal/limit"
	"github.com/jiebang/jiebang/services/internal/visitor"
)

// ErrRate says that a caller calls too often.
var ErrRate = fault.New(fault.Exhausted, "RATE_LIMITED", "too many calls; wait as RetryInfo says")

// retrySeconds is the value of a fault that says after how many seconds to come again.
const retrySeconds = "retry_after"

// RetryAfter returns a fault that says how long to wait, in whole seconds.
func RetryAfter(f *fault.Fault, wait time.Duration) *fault.Fault {
	return f.With(retrySeconds, int64((wait+time.Second-1)/time.Second))
}

// retryAfter is after how many seconds a fault says to come again; one unless it says.
func retryAfter(f *fault.Fault) int64 {
	n, err := strconv.ParseInt(f.Meta[retrySeconds], 10, 64)
	if err != nil || n < 1 {
		return 1
	}
	return n
}

// retryDelay is the RetryInfo of a status, in whole seconds; 0 if it has none.
func retryDelay(st *status.Status) int64 {
	for _, d := range st.Details() {
		if r, ok := d.(*errdetails.RetryInfo); ok {
			return r.GetRetryDelay().GetSeconds()
		}
	}
	return 0
}

// inProcess is the address of what the platform calls by itself, which is not counted.
const inProcess = "in-process"

// spend counts a call against a budget.
func (g *Gate) spend(in *Incoming, b limit.Budget, key string) error {
	if in.Address == inProcess {
		return nil
	}
	if wait := g.Limits.Take(b, key, g.Clock()); wait > 0 {
		return RetryAfter(ErrRate.With("budget", string(b)), wait)
	}
	return nil
}

// spendKnown counts a call against the budgets of who makes it.
func (g *Gate) spendKnown(in *Incoming) error {
	if err := g.spend(in, limit.Principal, in.Caller.Principal()); err != nil {
		return err
	}
	return g.spend(in, limit.Organization, in.Caller.Organization)
}

// FromVisitor gives calls in process the address of the visitor for whom they are made.
func FromVisitor(r *http.Request) context.Context {
	return metadata.AppendToOutgoingContext(r.Context(), visitor.ForwardedFor, visitor.Of(r))
}

// addressOf is where a call comes from. What a call in process names was made by this process.
func (g *Gate) addressOf(ctx context.Context) string {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return ""
	}
	if _, local := p.Addr.(inProcessAddr); local {
		return visitor.WithoutPort(p.Addr.String())
	}
	md, _ := metadata.FromIncomingContext(ctx)
	return visitor.Address(visitor.WithoutPort(p.Addr.String()), md.Get(visitor.ForwardedFor), g.Proxies)
}

// Seconds is how long a RetryInfo says to wait, as HTTP says it.
func Seconds(r *errdetails.RetryInfo) string {
	return strconv.FormatInt(r.GetRetryDelay().GetSeconds(), 10)
}
