// Package rpc is everything between the wire and the activities: limits, authentication, policy, shapes, errors, pages, common values.
//
// Each call, whatever its transport, passes the same interceptors in the same order: log, errors, recover, limits, authenticate, policy,
// shape. So a panic becomes an error, an error a status with a reason, and the log sees the status that the caller gets.
package rpc

import (
	"context"
	"crypto/sha256"

	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
)

// Incoming is what the interceptors have learned of a call.
type Incoming struct {
	Method       string // such as /jiebang.v1.DemandService/PublishDemand
	CallID       string // names the call in the logs
	Policy       policy.Method
	Caller       party.Caller
	Address      string // where the call comes from
	RequestID    string // of a change
	BodyHash     []byte // of a change
	ValidateOnly bool   // of a change
}

type incomingKey struct{}

// From returns what is known of the call of ctx. Outside a call, the platform itself acts.
func From(ctx context.Context) *Incoming {
	if in, ok := ctx.Value(incomingKey{}).(*Incoming); ok {
		return in
	}
	return &Incoming{Caller: party.System}
}

func with(ctx context.Context, in *Incoming) context.Context {
	return context.WithValue(ctx, incomingKey{}, in)
}

// change is a request that changes something.
type change interface {
	proto.Message
	GetRequestId() string
	GetValidateOnly() bool
}

// describe notes what a change is known by. The hash covers the whole request: a request_id stands for exactly one.
func (in *Incoming) describe(req change) error {
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(req)
	if err != nil {
		return err
	}
	hash := sha256.Sum256(body)
	in.RequestID, in.ValidateOnly, in.BodyHash = req.GetRequestId(), req.GetValidateOnly(), hash[:]
	return nil
}
