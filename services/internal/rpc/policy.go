package rpc

import (
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/jiebang/jiebang/services/identity/policy"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Policies are the policies of methods by their full names.
type Policies map[string]policy.Method

// Add reads the policies of a service's methods. A method without one, or one that lets in nobody, is an error: the server must not start.
func (p Policies) Add(desc *grpc.ServiceDesc) error {
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(desc.ServiceName))
	if err != nil {
		return fmt.Errorf("service %s: %w", desc.ServiceName, err)
	}
	methods := d.(protoreflect.ServiceDescriptor).Methods()
	for i := range methods.Len() {
		m := methods.Get(i)
		policy, err := policyOf(m)
		if err != nil {
			return err
		}
		p["/"+desc.ServiceName+"/"+string(m.Name())] = policy
	}
	return nil
}

// accesses are the ways into a method, as the option says them.
var accesses = map[pb.Policy_Access]policy.Access{pb.Policy_PUBLIC: policy.Public, pb.Policy_AUTHENTICATED: policy.Known, pb.Policy_PRIVILEGED: policy.Privileged}

func policyOf(m protoreflect.MethodDescriptor) (policy.Method, error) {
	option, _ := proto.GetExtension(m.Options(), pb.E_Policy).(*pb.Policy)
	method := policy.Method{Action: option.GetAction(), Access: accesses[option.GetAccess()], Mutates: option.GetMutates(), StepUp: option.GetStepUp(),
		TwoPersons: option.GetTwoPersons(), SessionStepUp: option.GetSessionStepUp(), Large: option.GetLarge()}
	if method.Action == "" || method.Access == policy.Closed {
		return method, fmt.Errorf("method %s has no policy option; the server does not start", m.FullName())
	}
	if !policy.Fits(method) {
		return method, fmt.Errorf("method %s: the rules of roles do not know its policy for %s; the server does not start", m.FullName(), method.Action)
	}
	return method, nil
}
