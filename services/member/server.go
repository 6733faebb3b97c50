package member

import (
	"context"
	"slices"
	"time"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entmembership "github.com/jiebang/jiebang/ent/gen/ent/membership"
	"github.com/jiebang/jiebang/services/account"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedMemberServiceServer
	members *Members
	pager   *listing.Pager
}

// Serve serves members.
func (s *Members) Serve(reg grpc.ServiceRegistrar, pager *listing.Pager) {
	pb.RegisterMemberServiceServer(reg, server{members: s, pager: pager})
}

var fields = listing.Fields{
	"state":       {Column: "state", Type: listing.Code},
	"create_time": {Column: "created_at", Type: listing.Instant},
}

func (s server) ListMembers(ctx context.Context, req *pb.ListMembersRequest) (*pb.ListMembersResponse, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "organizations/*")
	if err != nil {
		return nil, err
	}
	page, err := s.pager.Open(listing.Query{List: req.GetParent() + "/members", Size: req.GetPageSize(), Token: req.GetPageToken(), Filter: req.GetFilter(),
		Sorts: listing.Created, Default: "create_time desc"})
	if err != nil {
		return nil, err
	}
	filter, err := fields.ParseFilter(req.GetFilter())
	if err != nil {
		return nil, err
	}
	read := s.members.db.Read
	if _, err := governed(ctx, read, identity.Caller(ctx), ids[0], identity.ErrNotFound.With("organization", ids[0])); err != nil {
		return nil, err
	}
	query := read.Membership.Query().Where(entmembership.OrganizationID(ids[0]), page.Where)
	if filter != nil {
		query.Where(filter)
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListMembersResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(m *ent.Membership) (time.Time, string) { return m.CreatedAt, m.ID })
	if err != nil {
		return nil, err
	}
	resp.Members, err = s.messages(ctx, rows...)
	return resp, err
}

func (s server) InviteMember(ctx context.Context, req *pb.InviteMemberRequest) (*pb.InviteMemberResponse, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "organizations/*")
	if err != nil {
		return nil, err
	}
	expires, err := rpc.Time("expire_time", req.GetExpireTime())
	if err != nil {
		return nil, err
	}
	made, err := s.members.Invite(ctx, ids[0], roles(req.GetRoles()), expires)
	if err != nil {
		return nil, err
	}
	m, err := s.answer(ctx, made.Member, nil)
	return &pb.InviteMemberResponse{Member: m, Code: made.Code}, err
}

func (s server) PreviewInvitation(ctx context.Context, req *pb.PreviewInvitationRequest) (*pb.Invitation, error) {
	return invitation(s.members.Preview(ctx, req.GetCode()))
}

func (s server) AcceptInvitation(ctx context.Context, req *pb.AcceptInvitationRequest) (*pb.Member, error) {
	var n *Newcomer
	if a := req.GetAccount(); a != nil {
		n = &Newcomer{account.Details{Login: a.GetLogin(), DisplayName: a.GetDisplayName()}, a.GetPassword()}
	}
	m, err := s.members.Accept(ctx, req.GetCode(), n)
	return s.answer(ctx, m, err)
}

func (s server) RejectInvitation(ctx context.Context, req *pb.RejectInvitationRequest) (*pb.Invitation, error) {
	m, err := s.members.Reject(ctx, req.GetCode())
	if err != nil {
		return nil, err
	}
	o, err := identity.Organization(ctx, s.members.db.Read, m.OrganizationID)
	return invitation(m, o, err)
}

// named is a request about a member in a version.
type named interface {
	GetName() string
	GetEtag() string
}

// change changes the member that a request names.
func (s server) change(ctx context.Context, req named, do func(ctx context.Context, organizationID, memberID, etag string) (*ent.Membership, error)) (*pb.Member, error) {
	ids, err := rpc.Resource("name", req.GetName(), "organizations/*/members/*")
	if err != nil {
		return nil, err
	}
	m, err := do(ctx, ids[0], ids[1], req.GetEtag())
	return s.answer(ctx, m, err)
}

func (s server) RevokeInvitation(ctx context.Context, req *pb.RevokeInvitationRequest) (*pb.Member, error) {
	return s.change(ctx, req, s.members.Revoke)
}

func (s server) RemoveMember(ctx context.Context, req *pb.RemoveMemberRequest) (*pb.Member, error) {
	return s.change(ctx, req, s.members.Remove)
}

func (s server) GrantRole(ctx context.Context, req *pb.GrantRoleRequest) (*pb.Member, error) {
	return s.change(ctx, req, func(ctx context.Context, organizationID, memberID, etag string) (*ent.Membership, error) {
		return s.members.Grant(ctx, organizationID, memberID, etag, rpc.Stored[party.Role](req.GetRole()))
	})
}

func (s server) UpdateMember(ctx context.Context, req *pb.UpdateMemberRequest) (*pb.Member, error) {
	ids, err := rpc.Resource("member.name", req.GetMember().GetName(), "organizations/*/members/*")
	if err != nil {
		return nil, err
	}
	given, _, err := rpc.Update(req.GetMember(), "member", req.GetUpdateMask(), []string{"roles"})
	if err != nil {
		return nil, err
	}
	m, err := s.members.SetRoles(ctx, ids[0], ids[1], req.GetMember().GetEtag(), roles(given.GetRoles()))
	return s.answer(ctx, m, err)
}

func (s server) TransferOwnership(ctx context.Context, req *pb.TransferOwnershipRequest) (*pb.Member, error) {
	former := ""
	if req.GetFormerOwner() != "" {
		ids, err := rpc.Resource("former_owner", req.GetFormerOwner(), "organizations/*/members/*")
		if err != nil {
			return nil, err
		}
		former = ids[1]
	}
	return s.change(ctx, req, func(ctx context.Context, organizationID, memberID, etag string) (*ent.Membership, error) {
		return s.members.Transfer(ctx, organizationID, memberID, etag, former)
	})
}

func (s server) LeaveOrganization(ctx context.Context, req *pb.LeaveOrganizationRequest) (*pb.Member, error) {
	ids, err := rpc.Resource("name", req.GetName(), "organizations/*")
	if err != nil {
		return nil, err
	}
	m, err := s.members.Leave(ctx, ids[0])
	return s.answer(ctx, m, err)
}

func (s server) BreakGlass(ctx context.Context, req *pb.BreakGlassRequest) (*pb.Member, error) {
	ids, err := rpc.Resource("name", req.GetName(), "organizations/*")
	if err != nil {
		return nil, err
	}
	m, err := s.members.BreakGlass(ctx, ids[0], time.Duration(req.GetMinutes())*time.Minute, req.GetReason())
	return s.answer(ctx, m, err)
}

func (s server) ResetMember(ctx context.Context, req *pb.ResetMemberRequest) (*pb.ResetMemberResponse, error) {
	return s.reset(ctx, req, ResetBy{Factors: req.GetSecondFactors()})
}

func (s server) ResetPrivilegedMember(ctx context.Context, req *pb.ResetPrivilegedMemberRequest) (*pb.ResetMemberResponse, error) {
	return s.reset(ctx, req, ResetBy{Together: true})
}

func (s server) reset(ctx context.Context, req named, by ResetBy) (*pb.ResetMemberResponse, error) {
	ids, err := rpc.Resource("name", req.GetName(), "organizations/*/members/*")
	if err != nil {
		return nil, err
	}
	r, err := s.members.Reset(ctx, ids[0], ids[1], req.GetEtag(), by)
	if err != nil {
		return nil, err
	}
	m, err := s.answer(ctx, r.Member, nil)
	return &pb.ResetMemberResponse{Member: m, Code: r.Code, ExpireTime: rpc.Stamp(r.Expires),
		Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: r.Person.Jurisdiction, Sequence: r.Person.EntrySeq, Hash: r.Person.EntryHash})}, err
}

func (s server) DisableMember(ctx context.Context, req *pb.DisableMemberRequest) (*pb.Member, error) {
	return s.change(ctx, req, s.members.Disable)
}

func (s server) EnableMember(ctx context.Context, req *pb.EnableMemberRequest) (*pb.Member, error) {
	return s.change(ctx, req, s.members.Enable)
}

func roles(all []pb.Role) []party.Role {
	out := make([]party.Role, len(all))
	for i, r := range all {
		out[i] = rpc.Stored[party.Role](r)
	}
	return out
}

func invitation(m *ent.Membership, o *ent.Organization, err error) (*pb.Invitation, error) {
	if err != nil {
		return nil, err
	}
	return &pb.Invitation{OrganizationDisplayName: o.DisplayName, Organization: id.OrganizationName(o.ID), Roles: identity.RoleMessages(m.Roles),
		State: rpc.Enum[pb.Member_State](pb.Member_State_value, m.State), ExpireTime: rpc.Stamp(m.ExpiresAt)}, nil
}

func (s server) answer(ctx context.Context, m *ent.Membership, err error) (*pb.Member, error) {
	if err != nil {
		return nil, err
	}
	all, err := s.messages(ctx, m)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// messages writes members with what they are called.
func (s server) messages(ctx context.Context, rows ...*ent.Membership) (all []*pb.Member, err error) {
	var persons []string
	for _, m := range rows {
		if m.PersonID != "" {
			persons = append(persons, m.PersonID)
		}
	}
	names, err := identity.Names(ctx, s.members.db.Read, slices.Compact(persons)...)
	if err != nil {
		return nil, err
	}
	off, err := disabled(ctx, s.members.db.Read, rows)
	for _, m := range rows {
		all = append(all, &pb.Member{
			Name: id.MemberName(m.OrganizationID, m.ID), Roles: identity.RoleMessages(m.Roles), Person: identity.PrincipalName(m.PersonID), DisplayName: names[m.PersonID],
			State: rpc.Enum[pb.Member_State](pb.Member_State_value, m.State), InvitedBy: identity.PrincipalName(m.InvitedBy), ExpireTime: rpc.Stamp(m.ExpiresAt),
			LendExpireTime: rpc.OptionalStamp(m.LentUntil), Disabled: slices.Contains(off, m.PersonID), CreateTime: rpc.Stamp(m.CreatedAt), UpdateTime: rpc.Stamp(m.UpdatedAt), Etag: rpc.Etag(m.Version),
			Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: m.Jurisdiction, Sequence: m.EntrySeq, Hash: m.EntryHash}),
		})
	}
	return all, err
}
