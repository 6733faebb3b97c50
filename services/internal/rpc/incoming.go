// Package rpc is everything between the wire and the activities: limits, authentication, policy, shapes, errors, pages, common values.
//
// Each call, whatever its transport, passes the same interceptors in the same order: log, errors, recover, limits, authenticate, policy,
// shape. So a panic becomes an error, an error a status with a reason, and the log sees the status that the caller gets.
package rpc

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
)

// Incoming is what the interceptors have learned of a call.
type Incoming struct {
	Method       string // such as /jiebang.v1.DemandService/PublishDemand
	CallID       string // names the call in the logs
	Policy       policy.Method
	Caller       party.Caller
	Address      string    // where the call comes from
	RequestID    string    // of a change
	BodyHash     []byte    // of a change
	ValidateOnly bool      // of a change
	Home         string    // the jurisdiction whose ledger the change goes to, once it is known
	Received     time.Time // when the whole request had come in, by this machine's clock
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

// describe notes what a change is known by. The hash covers the whole request: a request_id stands for exactly one. It is kept, so that of a request with a
// password or personal data in it is made with a key: whoever has the database must not be able to try what was in it.
func (in *Incoming) describe(req change, key []byte) error {
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(req)
	if err != nil {
		return err
	}
	h := sha256.New()
	if secret(req.ProtoReflect().Descriptor()) {
		h = hmac.New(sha256.New, key)
	}
	h.Write(body)
	in.RequestID, in.ValidateOnly, in.BodyHash = req.GetRequestId(), req.GetValidateOnly(), h.Sum(nil)
	return nil
}

// secret reports whether a message has fields that are marked with debug_redact, itself or in a message of its own.
func secret(m protoreflect.MessageDescriptor) bool {
	fields := m.Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if o, ok := f.Options().(*descriptorpb.FieldOptions); ok && o.GetDebugRedact() {
			return true
		}
		if inner := f.Message(); inner != nil && inner.ParentFile().Package() == m.ParentFile().Package() && inner != m && secret(inner) {
			return true
		}
	}
	return false
}
