package matrix

import (
	"context"
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/rpc"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// refusals are the reasons with which the policy alone refuses.
var refusals = map[string]bool{"NOT_ALLOWED": true, "TOKEN_MISSING": true, "SCOPE_NOT_ALLOWED": true, "ROLE_NOT_ALLOWED": true, "ORGANIZATION_SUSPENDED": true,
	"ORGANIZATION_UNCONFIRMED": true, "APPROVAL_CONFLICT": true, "STEP_UP_REQUIRED": true, "APPROVAL_REQUIRED": true}

// Serve asks a real server on an empty database, which empty makes a SQLite file, for every thing of its market by every caller of it, and compares what
// it says with Decide. A change is asked for with validate_only, so that each cell finds the market as it was.
func Serve(ctx context.Context, database string) (cells int, wrong []string, err error) {
	m, remove, err := openMarket(ctx, database)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = remove() }()
	policies, err := policiesOf()
	if err != nil {
		return 0, nil, err
	}
	for _, t := range m.things {
		for _, req := range t.requests {
			name := strings.TrimSuffix(string(req.ProtoReflect().Descriptor().Name()), "Request")
			method, ok := policies[name]
			if !ok {
				return cells, wrong, fmt.Errorf("no method %s", name)
			}
			for _, c := range m.callers {
				cells++
				want := expect(c, method.policy, t, m.clock.Now())
				got := rpc.Reason(call(c.ctx(ctx), m.server.Conn(), method, req))
				own := t.hidden != "" && (got == t.hidden || got == t.foreign && !t.rule)
				second := method.policy.TwoPersons && got == "APPROVAL_REQUIRED" // asked for last, when all else allows it
				if want != "" && got != want || want == "" && (refusals[got] && !second || own) || method.policy.TwoPersons && got == "" {
					wrong = append(wrong, fmt.Sprintf("%s of %v by %s: got %q, want %q", name, t.object, c.name, got, want))
				}
			}
		}
	}
	return cells, wrong, nil
}

// expect is the reason with which the policy refuses a cell, empty if it allows it: first the method, then the thing.
func expect(c served, m policy.Method, t thingOf, now time.Time) string {
	m.TwoPersons = false
	hidden, foreign := &fault.Fault{Reason: t.hidden}, &fault.Fault{Reason: t.foreign}
	for _, step := range []func() error{
		func() error {
			return policy.Decide(c.Caller, m, policy.Object{}, policy.Env{Now: now}).Err(c.Caller, m, hidden, foreign)
		},
		func() error {
			way := m
			way.StepUp, way.SessionStepUp = false, false
			if t.read != "" {
				way = policy.Method{Action: t.read, Access: policy.Public}
			}
			return policy.Decide(c.Caller, way, t.object, policy.Env{}).Err(c.Caller, way, hidden, foreign)
		},
	} {
		if f := fault.As(step()); f != nil {
			return f.Reason
		}
	}
	return ""
}

// method is a method of the API.
type method struct {
	path   string
	answer protoreflect.MessageType
	policy policy.Method
}

// policiesOf reads the methods of all services of the API, by their names.
func policiesOf() (map[string]method, error) {
	all := map[string]method{}
	var failed error
	protoregistry.GlobalFiles.RangeFilesByPackage("jiebang.v1", func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			s := f.Services().Get(i)
			policies := rpc.Policies{}
			if err := policies.Add(&grpc.ServiceDesc{ServiceName: string(s.FullName())}); err != nil {
				failed = err
			}
			for j := range s.Methods().Len() {
				d := s.Methods().Get(j)
				if d.IsStreamingServer() || d.IsStreamingClient() {
					continue // their areas test whom they answer
				}
				answer, err := protoregistry.GlobalTypes.FindMessageByName(d.Output().FullName())
				if err != nil {
					failed = err
				}
				path := "/" + string(s.FullName()) + "/" + string(d.Name())
				all[string(d.Name())] = method{path, answer, policies[path]}
			}
		}
		return true
	})
	return all, failed
}

// call makes a call; a change only asks.
func call(ctx context.Context, conn grpc.ClientConnInterface, m method, req proto.Message) error {
	if m.policy.Mutates {
		req = proto.Clone(req)
		fields := req.ProtoReflect().Descriptor().Fields()
		req.ProtoReflect().Set(fields.ByName("request_id"), protoreflect.ValueOfString(uuid()))
		req.ProtoReflect().Set(fields.ByName("validate_only"), protoreflect.ValueOfBool(true))
	}
	return conn.Invoke(ctx, m.path, req, m.answer.New().Interface())
}

var _ = pb.File_jiebang_v1_policy_proto // registers the API
