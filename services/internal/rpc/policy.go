package rpc

import (
	"fmt"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/jiebang/jiebang/services/identity/party"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Policies are the policies of methods by their full names.
type Policies map[string]party.Policy

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

func policyOf(m protoreflect.MethodDescriptor) (party.Policy, error) {
	option, _ := proto.GetExtension(m.Options(), pb.E_Policy).(*pb.Policy)
	_, known := pb.Policy_Access_name[int32(option.GetAccess())]
	if option.GetAction() == "" || !known || option.GetAccess() == pb.Policy_ACCESS_UNSPECIFIED {
		return party.Policy{}, fmt.Errorf("method %s has no policy option; the server does not start", m.FullName())
	}
	policy := party.Policy{Action: option.GetAction(), Public: option.GetAccess() == pb.Policy_PUBLIC, Mutates: option.GetMutates()}
	for _, r := range option.GetRoles() {
		if _, known := pb.Role_name[int32(r)]; !known || r == pb.Role_ROLE_UNSPECIFIED {
			return policy, fmt.Errorf("method %s: its policy has the role %v; the server does not start", m.FullName(), r)
		}
		policy.Roles = append(policy.Roles, party.Role(strings.ToLower(r.String())))
	}
	if (option.GetAccess() == pb.Policy_ROLES) != (len(policy.Roles) > 0) || policy.Mutates && policy.Public {
		return policy, fmt.Errorf("method %s: its policy contradicts itself", m.FullName())
	}
	return policy, nil
}
