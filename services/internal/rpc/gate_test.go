package rpc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"buf.build/go/protovalidate"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/chance"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// policies are policies and whether a server starts with a method that has it.
var policies = []struct {
	name   string
	policy *pb.Policy
	starts bool
}{
	{"none", nil, false},
	{"empty", &pb.Policy{}, false},
	{"no access", &pb.Policy{Action: "x"}, false},
	{"no action", &pb.Policy{Access: pb.Policy_PUBLIC}, false},
	{"privileged, but every credential may", &pb.Policy{Action: "bid.read", Access: pb.Policy_PRIVILEGED}, false},
	{"every credential, but a privilege", &pb.Policy{Action: "demand.edit", Access: pb.Policy_AUTHENTICATED}, false},
	{"public change", &pb.Policy{Action: "demand.read", Access: pb.Policy_PUBLIC, Mutates: true}, false},
	{"unknown access", &pb.Policy{Action: "demand.read", Access: 9}, false},
	{"unknown action", &pb.Policy{Action: "demand.eat", Access: pb.Policy_PRIVILEGED}, false},
	{"public", &pb.Policy{Action: "demand.read", Access: pb.Policy_PUBLIC}, true},
	{"authenticated", &pb.Policy{Action: "bid.read", Access: pb.Policy_AUTHENTICATED}, true},
	{"privileged", &pb.Policy{Action: "demand.edit", Access: pb.Policy_PRIVILEGED, Mutates: true}, true},
}

// registered counts the files of TestPolicies: the registry is the process's, and keeps what a run before has put there.
var registered atomic.Int64

// TestPolicies registers services whose method has each policy.
func TestPolicies(t *testing.T) {
	for _, p := range policies {
		i := registered.Add(1)
		file := &descriptorpb.FileDescriptorProto{Name: proto.String(fmt.Sprintf("test%d.proto", i)), Package: proto.String(fmt.Sprintf("test%d", i)), Syntax: proto.String("proto3"),
			Dependency: []string{"google/protobuf/empty.proto"}, Service: []*descriptorpb.ServiceDescriptorProto{{Name: proto.String("S"),
				Method: []*descriptorpb.MethodDescriptorProto{{Name: proto.String("M"), InputType: proto.String(".google.protobuf.Empty"), OutputType: proto.String(".google.protobuf.Empty"),
					Options: &descriptorpb.MethodOptions{}}}}}}
		if p.policy != nil {
			proto.SetExtension(file.Service[0].Method[0].Options, pb.E_Policy, p.policy)
		}
		d, err := protodesc.NewFile(file, protoregistry.GlobalFiles)
		if err != nil {
			t.Fatal(err)
		}
		if err := protoregistry.GlobalFiles.RegisterFile(d); err != nil {
			t.Fatal(err)
		}
		all := Policies{}
		name := fmt.Sprintf("test%d.S", i)
		err = all.Add(&grpc.ServiceDesc{ServiceName: name})
		if (err == nil) != p.starts || len(all) != 0 && !p.starts || p.starts && all["/"+name+"/M"].Action != p.policy.GetAction() {
			t.Errorf("%s: got %v and %v, want the server to start: %t", p.name, err, all, p.starts)
		}
	}
	if err := (Policies{}).Add(&grpc.ServiceDesc{ServiceName: "nothing.S"}); err == nil {
		t.Error("a service that nobody knows: got success, want an error")
	}
}

// TestOurPolicies reads the policies of the API: each method has one, and an action is one method's, or that of methods that are entered alike.
func TestOurPolicies(t *testing.T) {
	actions := map[string]protoreflect.FullName{}
	accesses := map[string]policy.Access{}
	protoregistry.GlobalFiles.RangeFilesByPackage("jiebang.v1", func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			methods := f.Services().Get(i).Methods()
			for j := range methods.Len() {
				m := methods.Get(j)
				p, err := policyOf(m)
				if err != nil {
					t.Error(err)
				}
				if had, ok := actions[p.Action]; ok && accesses[p.Action] != p.Access {
					t.Errorf("%s and %s are both %s, want an action each, or one access", had, m.FullName(), p.Action)
				}
				actions[p.Action], accesses[p.Action] = m.FullName(), p.Access
				changes := m.Input().Fields().ByName("request_id") != nil && m.Input().Fields().ByName("validate_only") != nil
				if changes != p.Mutates {
					t.Errorf("%s: got mutates %t, want %t as its request has a request_id", m.FullName(), p.Mutates, changes)
				}
			}
		}
		return true
	})
}

// gate is a gate that lets the bearer of "good" in, with its log.
func gate(t testing.TB, p policy.Method) (*Gate, *bytes.Buffer) {
	t.Helper()
	validator, err := protovalidate.New()
	if err != nil {
		t.Fatal(err)
	}
	log := &bytes.Buffer{}
	return &Gate{Policies: Policies{"/s/m": p}, Validator: validator, Log: slog.New(slog.NewTextHandler(log, nil)), Rand: chance.Seeded("gate"), Now: time.Now, Clock: time.Now,
		Observe: func(string, string, time.Duration) {},
		Authenticate: func(_ context.Context, secret, _ string) (party.Caller, error) {
			if secret != "good" {
				return party.Caller{}, party.ErrTokenInvalid
			}
			return party.Caller{Token: "t", Organization: "o", Roles: []party.Role{party.Editor}}, nil
		}}, log
}

func call(g *Gate, ctx context.Context, req any, next grpc.UnaryHandler) error {
	_, err := g.Intercept(ctx, req, &grpc.UnaryServerInfo{FullMethod: "/s/m"}, next)
	return err
}

// TestUnknownErrors lets a method panic and fail with what is no fault: the caller learns nothing, and the log all.
func TestUnknownErrors(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]grpc.UnaryHandler{
		"panic":  func(context.Context, any) (any, error) { panic("SECRET words") },
		"error":  func(context.Context, any) (any, error) { return nil, errors.New("SECRET words") },
		"status": func(context.Context, any) (any, error) { return nil, status.Error(codes.NotFound, "SECRET words") },
		"wrapped": func(context.Context, any) (any, error) {
			return nil, fmt.Errorf("SECRET words: %w", errors.ErrUnsupported)
		},
		"nil pointer": func(context.Context, any) (any, error) { var p *Incoming; return p.CallID, errors.New("SECRET words") },
	} {
		g, log := gate(t, policy.Method{Action: "demand.read", Access: policy.Public})
		err := call(g, t.Context(), &pb.GetDemandRequest{}, next)
		st := status.Convert(err)
		if st.Code() != codes.Internal || Reason(err) != "INTERNAL" || strings.Contains(st.Proto().String(), "SECRET") {
			t.Errorf("%s: got %v, want INTERNAL without a word", name, st.Proto())
		}
		if name != "nil pointer" && !strings.Contains(log.String(), "SECRET") || strings.Count(log.String(), "call failed") != 1 {
			t.Errorf("%s: got log %s, want the cause once", name, log)
		}
	}
}

// TestOrder makes calls that are wrong in several ways: the first gate that refuses decides, and the method does not run.
func TestOrder(t *testing.T) {
	t.Parallel()
	bearing := func(values ...string) context.Context {
		return metadata.NewIncomingContext(context.Background(), metadata.MD{"authorization": values})
	}
	signers := policy.Method{Action: "demand.award", Access: policy.Privileged, Mutates: true}
	editors := policy.Method{Action: "demand.edit", Access: policy.Privileged, Mutates: true}
	bad, large := &pb.CreateDemandRequest{}, &pb.CreateDemandRequest{Demand: &pb.Demand{Description: strings.Repeat("x", MaxMessage)}}
	late, cancel := context.WithTimeout(bearing("Bearer bad"), 50*time.Millisecond)
	defer cancel()
	for name, c := range map[string]struct {
		ctx    context.Context
		policy policy.Method
		req    any
		want   string
	}{
		"too large":     {bearing("Bearer bad"), signers, large, "MESSAGE_TOO_LARGE"},
		"too late":      {late, signers, bad, "DEADLINE_TOO_SHORT"},
		"unknown token": {bearing("Bearer bad"), signers, bad, "TOKEN_INVALID"},
		"no token":      {context.Background(), signers, bad, "TOKEN_MISSING"},
		"wrong role":    {bearing("Bearer good"), signers, bad, "ROLE_NOT_ALLOWED"},
		"wrong shape":   {bearing("Bearer good"), editors, bad, "FIELD_INVALID"},
		"no change":     {bearing("Bearer good"), editors, &pb.ListDemandsRequest{}, "INTERNAL"},
		"no message":    {bearing("Bearer good"), editors, "text", "INTERNAL"},
	} {
		g, _ := gate(t, c.policy)
		err := call(g, c.ctx, c.req, func(context.Context, any) (any, error) {
			t.Errorf("%s: the method ran", name)
			return nil, nil
		})
		if Reason(err) != c.want {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}

// TestIncoming runs a change and looks at what its method learns of the call.
func TestIncoming(t *testing.T) {
	t.Parallel()
	g, _ := gate(t, policy.Method{Action: "demand.edit", Access: policy.Privileged, Mutates: true})
	ctx := metadata.NewIncomingContext(t.Context(), metadata.MD{"authorization": {"Bearer good"}})
	hashes := map[string]bool{}
	for _, only := range []bool{false, true, false} {
		req := &pb.WithdrawDemandRequest{RequestId: "id", Name: "demands/x", Etag: "1", ValidateOnly: only}
		err := call(g, ctx, req, func(ctx context.Context, _ any) (any, error) {
			in := From(ctx)
			if in.Caller.Token != "t" || in.RequestID != "id" || in.ValidateOnly != only || in.Method != "/s/m" {
				t.Errorf("got %+v, want the call", in)
			}
			if left, ok := ctx.Deadline(); !ok || time.Until(left) > maxDeadline {
				t.Errorf("got deadline %v, want at most %v ahead", left, maxDeadline)
			}
			hashes[string(in.BodyHash)] = true
			return &pb.Demand{}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(hashes) != 2 {
		t.Errorf("got %d hashes, want one for each of two bodies", len(hashes))
	}
	if in := From(t.Context()); !in.Caller.System {
		t.Errorf("outside a call: got %+v, want the platform", in.Caller)
	}
}

// TestDetails looks at the parts of a status that a client relies on.
func TestDetails(t *testing.T) {
	t.Parallel()
	st := Status(ErrField.At("a.b").With("field", "a.b").With("rule", "string.max_len").With("limit", 5))
	var kinds []string
	for _, d := range st.Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			kinds = append(kinds, d.GetReason(), d.GetDomain(), d.GetMetadata()["limit"])
		case *errdetails.LocalizedMessage:
			kinds = append(kinds, d.GetLocale(), d.GetMessage())
		case *errdetails.BadRequest:
			v := d.GetFieldViolations()[0]
			kinds = append(kinds, v.GetField(), v.GetReason(), v.GetLocalizedMessage().GetMessage())
		}
	}
	if got, want := strings.Join(kinds, "|"), "FIELD_INVALID|jiebang|5|zh-CN|a.b 填写有误:至多 5 个字|a.b|FIELD_INVALID|a.b 填写有误:至多 5 个字"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := Status(fmt.Errorf("x: %w", context.Canceled)).Code(); got != codes.Canceled {
		t.Errorf("canceled: got %s, want Canceled", got)
	}
	if got := Reason(Status(fmt.Errorf("x: %w", context.DeadlineExceeded)).Err()); got != "DEADLINE_TOO_SHORT" {
		t.Errorf("out of time: got %s, want DEADLINE_TOO_SHORT", got)
	}
}
