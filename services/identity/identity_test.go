// Package identity_test tests organizations and tokens as their callers use them: over gRPC, on each database.
package identity_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// register registers an organization with a code.
func register(m *markettest.Market, kind pb.Organization_Kind, uscc string) (*pb.Organization, error) {
	return m.Organizations.CreateOrganization(m.Bureau.Ctx(), &pb.CreateOrganizationRequest{RequestId: markettest.ID(), Organization: &pb.Organization{
		DisplayName: "机构 " + strings.TrimSpace(uscc), Kind: kind, Uscc: uscc}})
}

// issue issues a token as a caller.
func issue(m *markettest.Market, ctx context.Context, parent string, expires *timestamppb.Timestamp, roles ...pb.Role) (*pb.Token, error) {
	return m.Organizations.CreateToken(ctx, &pb.CreateTokenRequest{RequestId: markettest.ID(), Parent: parent, Token: &pb.Token{DisplayName: "test", Roles: roles, ExpireTime: expires}})
}

// codesOf are codes and what registering them comes to: a reason, or the code as it is kept and what its check digit says.
var codesOf = []struct {
	name, uscc, reason, kept string
	check                    pb.Organization_CodeCheck
}{
	{"valid", "91350100M000100Y43", "", "91350100M000100Y43", pb.Organization_VALID},
	{"valid with a letter at the end", "9131000063159284XQ", "", "9131000063159284XQ", pb.Organization_VALID},
	{"lower case and spaces", " \u3000911101080000000000\n", "", "911101080000000000", pb.Organization_CHECK_FAILED},
	{"check digit wrong", "91350100M000100Y4X", "", "91350100M000100Y4X", pb.Organization_CHECK_FAILED},
	{"17 signs", "91350100M000100Y4", "USCC_LENGTH", "", 0},
	{"19 signs", "91350100M000100Y433", "USCC_LENGTH", "", 0},
	{"none", "", "USCC_LENGTH", "", 0},
	{"letter I", "9I350100M000100Y43", "USCC_SIGN", "", 0},
	{"letter O", "9O350100M000100Y43", "USCC_SIGN", "", 0},
	{"letter S", "9S350100M000100Y43", "USCC_SIGN", "", 0},
	{"letter V", "9V350100M000100Y43", "USCC_SIGN", "", 0},
	{"letter Z at the check digit", "91350100M000100Y4Z", "USCC_SIGN", "", 0},
	{"space within", "91350100M 00100Y43", "USCC_SIGN", "", 0},
	{"wide digits", "９1350100M000100Y43", "USCC_SIGN", "", 0},
	{"dotless i", "9ı350100M000100Y43", "USCC_SIGN", "", 0},
	{"taken", "91350100M000100Y43", "USCC_TAKEN", "", 0},
	{"taken in lower case", "91350100m000100y43", "USCC_TAKEN", "", 0},
}

// TestCodes registers organizations with codes of every sort.
func TestCodes(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		for _, c := range codesOf {
			if c.reason != "" {
				code := codes.InvalidArgument
				if c.reason == "USCC_TAKEN" {
					code = codes.AlreadyExists
				}
				refuse(t, m, []refusal{{c.name, func() error { return markettest.Failed(register(m, pb.Organization_ENTERPRISE, c.uscc)) }, code, c.reason, "organization.uscc"}})
				continue
			}
			o, err := register(m, pb.Organization_ENTERPRISE, c.uscc)
			if err != nil || o.GetUscc() != c.kept || o.GetCodeCheck() != c.check {
				t.Errorf("%s: got %v %v, want %s %s", c.name, o, err, c.kept, c.check)
			}
		}
		// The other jurisdiction may register the same firm.
		other := markettest.As(t.Context(), m.Server.FirstTokens[markettest.Other])
		o := markettest.Must(m.Organizations.CreateOrganization(other, &pb.CreateOrganizationRequest{RequestId: markettest.ID(), Organization: &pb.Organization{DisplayName: "机构",
			Kind: pb.Organization_ENTERPRISE, Uscc: "91350100M000100Y43"}}))(t)
		if o.GetJurisdiction() != markettest.Other {
			t.Errorf("got %v, want it in %s", o, markettest.Other)
		}
	})
}

// TestUnconfirmed lets an organization whose code fails its check digit read but change nothing until its bureau has confirmed it.
func TestUnconfirmed(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o := markettest.Must(register(m, pb.Organization_ENTERPRISE, "91350100M000100Y4X"))(t)
		if o.GetCodeCheck() != pb.Organization_CHECK_FAILED {
			t.Fatalf("got %v, want CHECK_FAILED", o)
		}
		firm := m.Token(o.GetName(), pb.Role_EDITOR, pb.Role_SIGNER)
		draft := func() error {
			return markettest.Failed(m.Demands.CreateDemand(firm.Ctx(), &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: &pb.Demand{Title: "超细碳酸钙", Field: pb.TechnologyField_NUCLEAR}}))
		}
		confirm := func(ctx context.Context, name, etag string) func() error {
			return func() error {
				return markettest.Failed(m.Organizations.ConfirmOrganization(ctx, &pb.ConfirmOrganizationRequest{RequestId: markettest.ID(), Name: name, Etag: etag}))
			}
		}
		bureau, other := m.Bureau.Ctx(), markettest.As(t.Context(), m.Server.FirstTokens[markettest.Other])
		refuse(t, m, []refusal{
			{"draft", draft, codes.FailedPrecondition, "ORGANIZATION_UNCONFIRMED", ""},
			{"issue", func() error { return markettest.Failed(issue(m, firm.Ctx(), o.GetName(), nil, pb.Role_EDITOR)) }, codes.FailedPrecondition, "ORGANIZATION_UNCONFIRMED", ""},
			{"confirm oneself", confirm(firm.Ctx(), o.GetName(), "1"), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"confirm by an auditor", confirm(m.Token(m.Bureau.Name, pb.Role_AUDITOR).Ctx(), o.GetName(), "1"), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"confirm elsewhere", confirm(other, o.GetName(), "1"), codes.NotFound, "ORGANIZATION_NOT_FOUND", ""},
			{"confirm without etag", confirm(bureau, o.GetName(), ""), codes.InvalidArgument, "ETAG_REQUIRED", "etag"},
			{"confirm with an old etag", confirm(bureau, o.GetName(), "0"), codes.Aborted, "ETAG_STALE", "etag"},
			{"confirm nobody", confirm(bureau, "organizations/o330182-0000000000000000", "1"), codes.NotFound, "ORGANIZATION_NOT_FOUND", ""},
			{"confirm no name", confirm(bureau, "o", "1"), codes.InvalidArgument, "FIELD_INVALID", "name"},
		})
		if got := markettest.Must(m.Organizations.GetCaller(firm.Ctx(), &pb.GetCallerRequest{Name: "caller"}))(t); !proto.Equal(got.GetOrganization(), o) {
			t.Errorf("read: got %v, want %v", got.GetOrganization(), o)
		}
		operator := m.Token(m.Bureau.Name, pb.Role_OPERATOR)
		count := markettest.Race(32, func(int) error { return confirm(operator.Ctx(), o.GetName(), "1")() })
		if count[""] != 1 || count["ETAG_STALE"] != 31 {
			t.Errorf("got %v, want one winner and ETAG_STALE for the others", count)
		}
		refuse(t, m, []refusal{{"confirm again", confirm(bureau, o.GetName(), "2"), codes.FailedPrecondition, "ORGANIZATION_CONFIRMED", ""},
			{"confirm what is valid", confirm(bureau, m.Firm().Name, "1"), codes.FailedPrecondition, "ORGANIZATION_CONFIRMED", ""}})
		if err := draft(); err != nil {
			t.Errorf("once confirmed: got %v, want success", err)
		}
	})
}

// TestRegisterRefusals has the refusals of CreateOrganization that are not of the code.
func TestRegisterRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		create := func(ctx context.Context, spoil func(*pb.Organization)) func() error {
			o := &pb.Organization{DisplayName: "机构", Kind: pb.Organization_INSTITUTE, Uscc: m.Code()}
			spoil(o)
			return func() error {
				return markettest.Failed(m.Organizations.CreateOrganization(ctx, &pb.CreateOrganizationRequest{RequestId: markettest.ID(), Organization: o}))
			}
		}
		admin, none := m.Bureau.Ctx(), func(*pb.Organization) {}
		refuse(t, m, []refusal{
			{"nothing", func() error {
				return markettest.Failed(m.Organizations.CreateOrganization(admin, &pb.CreateOrganizationRequest{RequestId: markettest.ID()}))
			}, codes.InvalidArgument, "FIELD_INVALID", "organization"},
			{"short name", create(admin, func(o *pb.Organization) { o.DisplayName = "一" }), codes.InvalidArgument, "FIELD_INVALID", "organization.display_name"},
			{"long name", create(admin, func(o *pb.Organization) { o.DisplayName = strings.Repeat("名", 101) }), codes.InvalidArgument, "FIELD_INVALID", "organization.display_name"},
			{"no kind", create(admin, func(o *pb.Organization) { o.Kind = 0 }), codes.InvalidArgument, "FIELD_INVALID", "organization.kind"},
			{"unknown kind", create(admin, func(o *pb.Organization) { o.Kind = 99 }), codes.InvalidArgument, "FIELD_INVALID", "organization.kind"},
			{"long code", create(admin, func(o *pb.Organization) { o.Uscc = strings.Repeat("9", 65) }), codes.InvalidArgument, "FIELD_INVALID", "organization.uscc"},
			{"by a firm", create(m.Firm().Ctx(), none), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"by an operator", create(m.Token(m.Bureau.Name, pb.Role_OPERATOR).Ctx(), none), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"by anyone", create(t.Context(), none), codes.Unauthenticated, "TOKEN_MISSING", ""},
			{"get nobody", func() error {
				return markettest.Failed(m.Organizations.GetOrganization(admin, &pb.GetOrganizationRequest{Name: "organizations/o330182-0000000000000000"}))
			}, codes.NotFound, "ORGANIZATION_NOT_FOUND", ""},
			{"get no name", func() error {
				return markettest.Failed(m.Organizations.GetOrganization(admin, &pb.GetOrganizationRequest{}))
			}, codes.InvalidArgument, "FIELD_INVALID", "name"},
			{"get by anyone", func() error {
				return markettest.Failed(m.Organizations.GetOrganization(t.Context(), &pb.GetOrganizationRequest{Name: m.Bureau.Name}))
			}, codes.Unauthenticated, "TOKEN_MISSING", ""},
		})
		uscc := m.Code()
		count := markettest.Race(32, func(int) error { return markettest.Failed(register(m, pb.Organization_BROKER, uscc)) })
		if count[""] != 1 || count["USCC_TAKEN"] != 31 {
			t.Errorf("got %v, want one winner and USCC_TAKEN for the others", count)
		}
	})
}

// TestList lists organizations by filters and in pages.
func TestList(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, uscc := m.Firm(), m.Code()
		m.Clock.Advance(time.Second)
		markettest.Must(register(m, pb.Organization_UNIVERSITY, uscc))(t)
		m.Clock.Advance(time.Second)
		m.Join(pb.Organization_BROKER)
		list := func(filter, order string, size int32) (names []string) {
			t.Helper()
			req := &pb.ListOrganizationsRequest{Filter: filter, OrderBy: order, PageSize: size}
			for {
				resp := markettest.Must(m.Organizations.ListOrganizations(firm.Ctx(), req))(t)
				for _, o := range resp.GetOrganizations() {
					names = append(names, o.GetName())
					if got := markettest.Must(m.Organizations.GetOrganization(firm.Ctx(), &pb.GetOrganizationRequest{Name: o.GetName()}))(t); !proto.Equal(got, o) {
						t.Errorf("got %v, listed %v", got, o)
					}
				}
				if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
					return names
				}
			}
		}
		for filter, want := range map[string]int{"": 5, `kind = "BUREAU"`: 2, `kind = "UNIVERSITY"`: 1, `kind != "BUREAU"`: 3, `jurisdiction = "330127"`: 1, `display_name:"科学技术局"`: 2,
			`display_name:"机构"`: 3, fmt.Sprintf("uscc = %q", uscc): 1, `create_time > "2026-03-02T04:00:00Z"`: 2, `kind = "BUREAU" AND jurisdiction = "330182"`: 1,
			`kind = "BUREAU" OR kind = "BROKER"`: 3, `NOT kind = "BUREAU"`: 3} {
			whole := list(filter, "", 200)
			if len(whole) != want {
				t.Errorf("%s: got %v, want %d", filter, whole, want)
			}
			for size := int32(1); size < 6; size++ {
				if got := list(filter, "create_time desc", size); !slices.Equal(got, whole) {
					t.Errorf("%s in pages of %d: got %v, want %v", filter, size, got, whole)
				}
			}
			slices.Reverse(whole)
			if got := list(filter, "create_time", 2); !slices.Equal(got, whole) {
				t.Errorf("%s rising: got %v, want %v", filter, got, whole)
			}
		}
		refuse(t, m, []refusal{
			{"filter", func() error {
				return markettest.Failed(m.Organizations.ListOrganizations(firm.Ctx(), &pb.ListOrganizationsRequest{Filter: `secret = "x"`}))
			}, codes.InvalidArgument, "FILTER_INVALID", "filter"},
			{"order", func() error {
				return markettest.Failed(m.Organizations.ListOrganizations(firm.Ctx(), &pb.ListOrganizationsRequest{OrderBy: "uscc"}))
			}, codes.InvalidArgument, "ORDER_BY_INVALID", "order_by"},
			{"page size", func() error {
				return markettest.Failed(m.Organizations.ListOrganizations(firm.Ctx(), &pb.ListOrganizationsRequest{PageSize: -1}))
			}, codes.InvalidArgument, "FIELD_INVALID", "page_size"},
			{"page token", func() error {
				return markettest.Failed(m.Organizations.ListOrganizations(firm.Ctx(), &pb.ListOrganizationsRequest{PageToken: "x"}))
			}, codes.InvalidArgument, "PAGE_TOKEN_INVALID", "page_token"},
			{"anyone", func() error {
				return markettest.Failed(m.Organizations.ListOrganizations(t.Context(), &pb.ListOrganizationsRequest{}))
			}, codes.Unauthenticated, "TOKEN_MISSING", ""},
		})
	})
}

// bearing gives a call the values of an authorization header.
func bearing(ctx context.Context, values ...string) context.Context {
	md := metadata.MD{}
	md.Append("authorization", values...)
	return metadata.NewOutgoingContext(ctx, md)
}
