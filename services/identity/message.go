package identity

import (
	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

func organization(o *ent.Organization, err error) (*pb.Organization, error) {
	if err != nil {
		return nil, err
	}
	return message(o), nil
}

// content reads what an organization says of itself.
func content(m *pb.Organization) Content {
	return Content{m.GetDisplayName(), m.GetRegion(), m.GetIndustry()}
}

func message(o *ent.Organization) *pb.Organization {
	m := &pb.Organization{
		Name: id.OrganizationName(o.ID), DisplayName: o.DisplayName, Kind: rpc.Enum[pb.Organization_Kind](pb.Organization_Kind_value, o.Kind),
		Uscc: o.Uscc, CodeCheck: rpc.Enum[pb.Organization_CodeCheck](pb.Organization_CodeCheck_value, o.CodeCheck), Jurisdiction: o.Jurisdiction,
		State: rpc.Enum[pb.Organization_State](pb.Organization_State_value, o.State), Region: o.Region, Industry: o.Industry,
		VerifiedUntil: rpc.OptionalStamp(o.VerifiedUntil),
		CreateTime:    rpc.Stamp(o.CreatedAt), UpdateTime: rpc.Stamp(o.UpdatedAt), Etag: rpc.Etag(o.Version),
		Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: o.Jurisdiction, Sequence: o.EntrySeq, Hash: o.EntryHash}),
	}
	if o.ParentID != nil {
		m.Parent = id.OrganizationName(*o.ParentID)
	}
	return m
}

func tokenMessage(t *ent.Token) *pb.Token {
	return &pb.Token{
		Name: id.TokenName(t.OrganizationID, t.ID), DisplayName: t.DisplayName, Roles: RoleMessages(t.Roles), Scopes: t.Scopes, Networks: t.Networks,
		IssuedBy: PrincipalName(t.IssuedBy), ExpireTime: rpc.Stamp(t.ExpiresAt),
		RevokeTime: rpc.OptionalStamp(t.RevokedAt), CreateTime: rpc.Stamp(t.CreatedAt), Etag: rpc.Etag(t.Version),
		Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: t.Jurisdiction, Sequence: t.EntrySeq, Hash: t.EntryHash}),
	}
}

// RoleMessages writes roles.
func RoleMessages(roles []party.Role) (all []pb.Role) {
	for _, r := range roles {
		all = append(all, rpc.Enum[pb.Role](pb.Role_value, r))
	}
	return all
}

// PrincipalName names who did something: a person by its name, a token and the platform by what they are.
func PrincipalName(principal string) string {
	if _, ok := id.Jurisdiction(id.Person, principal); ok {
		return id.PersonName(principal)
	}
	return principal
}

func callerMessage(c party.Caller) *pb.Caller {
	m := &pb.Caller{Name: "caller", Person: PrincipalName(c.Person), Roles: RoleMessages(c.Roles), ExpireTime: rpc.Stamp(c.Expires)}
	for _, action := range policy.Actions() {
		if policy.May(c, action) {
			m.Privileges = append(m.Privileges, action)
		}
	}
	if !c.Stepped.IsZero() {
		m.StepUpExpireTime = rpc.Stamp(c.Stepped.Add(policy.Fresh))
	}
	return m
}
