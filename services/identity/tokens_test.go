package identity_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestIssue issues a token: its secret works, and is in this answer only.
func TestIssue(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		req := &pb.CreateTokenRequest{RequestId: markettest.ID(), Parent: firm.Name, Token: &pb.Token{DisplayName: "窗口", Roles: []pb.Role{pb.Role_EDITOR}, Secret: "mine", Name: "mine"}}
		token := markettest.Must(m.Organizations.CreateToken(firm.Ctx(), req))(t)
		now := m.Clock.Now()
		want := &pb.Token{Name: token.GetName(), DisplayName: "窗口", Roles: []pb.Role{pb.Role_EDITOR}, ExpireTime: timestamppb.New(now.Add(90 * 24 * time.Hour)),
			CreateTime: timestamppb.New(now), Etag: "1", Receipt: token.GetReceipt(), Secret: token.GetSecret(), IssuedBy: strings.Split(firm.Secret, "_")[1]}
		if !proto.Equal(token, want) || len(token.GetSecret()) < 60 || !strings.HasPrefix(token.GetName(), firm.Name+"/tokens/") {
			t.Errorf("got %v, want %v", token, want)
		}
		want.Secret = ""
		before := markettest.Sizes(t, m)
		if again := markettest.Must(m.Organizations.CreateToken(firm.Ctx(), req))(t); !proto.Equal(again, want) {
			t.Errorf("replayed: got %v, want %v", again, want)
		}
		if got := markettest.Sizes(t, m); got != before {
			t.Errorf("replayed: got ledgers of %v entries, want %v", got, before)
		}
		caller := markettest.Must(m.Organizations.GetCaller(markettest.As(t.Context(), token.GetSecret()), &pb.GetCallerRequest{Name: "caller"}))(t)
		if !proto.Equal(caller.GetToken(), want) || caller.GetOrganization().GetName() != firm.Name || caller.GetName() != "caller" {
			t.Errorf("got caller %v, want %v of %s", caller, want, firm.Name)
		}
		listed := markettest.Must(m.Organizations.ListTokens(firm.Ctx(), &pb.ListTokensRequest{Parent: firm.Name}))(t)
		if len(listed.GetTokens()) != 2 || strings.Contains(listed.String(), token.GetSecret()) {
			t.Errorf("listed: got %v, want two tokens without secrets", listed)
		}
	})
}

// TestIssueRefusals has the refusals of CreateToken.
func TestIssueRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, stranger, now := m.Firm(), m.Firm(), m.Clock.Now()
		other := markettest.As(t.Context(), m.Server.FirstTokens[markettest.Other])
		to := func(ctx context.Context, parent string, roles ...pb.Role) func() error {
			return func() error { return markettest.Failed(issue(m, ctx, parent, nil, roles...)) }
		}
		until := func(at *timestamppb.Timestamp) func() error {
			return func() error { return markettest.Failed(issue(m, firm.Ctx(), firm.Name, at, pb.Role_EDITOR)) }
		}
		admin := m.Bureau.Ctx()
		refuse(t, m, []refusal{
			{"no roles", to(admin, firm.Name), codes.InvalidArgument, "FIELD_INVALID", "token.roles"},
			{"no role", to(admin, firm.Name, 0), codes.InvalidArgument, "FIELD_INVALID", "token.roles[0]"},
			{"unknown role", to(admin, firm.Name, pb.Role_EDITOR, 99), codes.InvalidArgument, "FIELD_INVALID", "token.roles[1]"},
			{"role twice", to(admin, firm.Name, pb.Role_EDITOR, pb.Role_EDITOR), codes.InvalidArgument, "FIELD_INVALID", "token.roles"},
			{"no token", func() error {
				return markettest.Failed(m.Organizations.CreateToken(admin, &pb.CreateTokenRequest{RequestId: markettest.ID(), Parent: firm.Name}))
			}, codes.InvalidArgument, "FIELD_INVALID", "token"},
			{"no display name", func() error {
				return markettest.Failed(m.Organizations.CreateToken(admin, &pb.CreateTokenRequest{RequestId: markettest.ID(), Parent: firm.Name, Token: &pb.Token{Roles: []pb.Role{pb.Role_EDITOR}}}))
			}, codes.InvalidArgument, "FIELD_INVALID", "token.display_name"},
			{"bureau's role for a firm", to(admin, firm.Name, pb.Role_EDITOR, pb.Role_AUDITOR), codes.InvalidArgument, "ROLE_FOREIGN", "token.roles"},
			{"admin for itself by a firm", to(firm.Ctx(), firm.Name, pb.Role_SECADMIN), codes.InvalidArgument, "ROLE_FOREIGN", "token.roles"},
			{"firm's role for a bureau", to(admin, m.Bureau.Name, pb.Role_SIGNER), codes.InvalidArgument, "ROLE_FOREIGN", "token.roles"},
			{"by an editor", to(m.Token(firm.Name, pb.Role_EDITOR).Ctx(), firm.Name, pb.Role_EDITOR), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"by an operator", to(m.Token(m.Bureau.Name, pb.Role_OPERATOR).Ctx(), firm.Name, pb.Role_EDITOR), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"for another", to(stranger.Ctx(), firm.Name, pb.Role_EDITOR), codes.NotFound, "ORGANIZATION_NOT_FOUND", ""},
			{"by another bureau", to(other, firm.Name, pb.Role_EDITOR), codes.NotFound, "ORGANIZATION_NOT_FOUND", ""},
			{"for another bureau", to(other, m.Bureau.Name, pb.Role_SECADMIN), codes.NotFound, "ORGANIZATION_NOT_FOUND", ""},
			{"for nobody", to(admin, "organizations/o330182-0000000000000000", pb.Role_EDITOR), codes.NotFound, "ORGANIZATION_NOT_FOUND", ""},
			{"nowhere", to(admin, "organizations/o999999-0000000000000000", pb.Role_EDITOR), codes.NotFound, "JURISDICTION_NOT_FOUND", ""},
			{"no name", to(admin, "o", pb.Role_EDITOR), codes.InvalidArgument, "FIELD_INVALID", "parent"},
			{"until now", until(timestamppb.New(now)), codes.InvalidArgument, "TOKEN_EXPIRY", "token.expire_time"},
			{"too long", until(timestamppb.New(now.Add(365*24*time.Hour + time.Microsecond))), codes.InvalidArgument, "TOKEN_EXPIRY", "token.expire_time"},
			{"for ever", until(timestamppb.New(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC))), codes.InvalidArgument, "TOKEN_EXPIRY", "token.expire_time"},
			{"until no time", until(&timestamppb.Timestamp{Seconds: math.MinInt64}), codes.InvalidArgument, "FIELD_INVALID", "token.expire_time"},
		})
	})
}

// TestListTokens lists the tokens of an organization in pages, and refuses who may not.
func TestListTokens(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, stranger, operator, admin := m.Firm(), m.Firm(), m.Token(m.Bureau.Name, pb.Role_OPERATOR), m.Bureau.Ctx()
		other := markettest.As(t.Context(), m.Server.FirstTokens[markettest.Other])
		for range 4 {
			m.Token(firm.Name, pb.Role_EDITOR)
		}
		for size := int32(1); size < 7; size++ {
			names := map[string]bool{}
			req := &pb.ListTokensRequest{Parent: firm.Name, PageSize: size}
			for {
				resp := markettest.Must(m.Organizations.ListTokens(admin, req))(t)
				for _, token := range resp.GetTokens() {
					names[token.GetName()] = true
				}
				if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
					break
				}
			}
			if len(names) != 5 {
				t.Errorf("in pages of %d: got %v, want 5", size, names)
			}
		}
		refuse(t, m, []refusal{
			{"list by another", func() error {
				return markettest.Failed(m.Organizations.ListTokens(stranger.Ctx(), &pb.ListTokensRequest{Parent: firm.Name}))
			}, codes.NotFound, "ORGANIZATION_NOT_FOUND", ""},
			{"list by another bureau", func() error {
				return markettest.Failed(m.Organizations.ListTokens(other, &pb.ListTokensRequest{Parent: firm.Name}))
			}, codes.NotFound, "ORGANIZATION_NOT_FOUND", ""},
			{"list by an operator", func() error {
				return markettest.Failed(m.Organizations.ListTokens(operator.Ctx(), &pb.ListTokensRequest{Parent: firm.Name}))
			}, codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"list with a bad token", func() error {
				return markettest.Failed(m.Organizations.ListTokens(admin, &pb.ListTokensRequest{Parent: firm.Name, PageToken: "x"}))
			}, codes.InvalidArgument, "PAGE_TOKEN_INVALID", "page_token"},
		})
	})
}

// TestLifeOfToken uses a token to its last microsecond, and another until it is revoked.
func TestLifeOfToken(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		expires := m.Clock.Now().Add(time.Hour)
		short := markettest.Must(issue(m, firm.Ctx(), firm.Name, timestamppb.New(expires), pb.Role_EDITOR))(t)
		gone := markettest.Must(issue(m, firm.Ctx(), firm.Name, nil, pb.Role_EDITOR, pb.Role_SIGNER))(t)
		longest := markettest.Must(issue(m, firm.Ctx(), firm.Name, timestamppb.New(m.Clock.Now().Add(365*24*time.Hour)), pb.Role_SIGNER))(t)
		use := func(token *pb.Token) error {
			ctx := markettest.As(t.Context(), token.GetSecret())
			if err := markettest.Failed(m.Organizations.GetCaller(ctx, &pb.GetCallerRequest{Name: "caller"})); err != nil {
				return err
			}
			return markettest.Failed(m.Demands.CreateDemand(ctx, &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: &pb.Demand{Title: "超细碳酸钙", Field: pb.TechnologyField_NUCLEAR}}))
		}
		revoke := func(ctx context.Context, name, etag string) (*pb.Token, error) {
			return m.Organizations.RevokeToken(ctx, &pb.RevokeTokenRequest{RequestId: markettest.ID(), Name: name, Etag: etag})
		}
		no := func(ctx context.Context, name, etag string) func() error {
			return func() error { return markettest.Failed(revoke(ctx, name, etag)) }
		}
		_, id, _ := strings.Cut(gone.GetName(), "/tokens/")
		stranger := m.Firm()
		other := markettest.As(t.Context(), m.Server.FirstTokens[markettest.Other])
		refuse(t, m, []refusal{
			{"by another", no(stranger.Ctx(), gone.GetName(), "1"), codes.NotFound, "TOKEN_NOT_FOUND", ""},
			{"as another's", no(stranger.Ctx(), stranger.Name+"/tokens/"+id, "1"), codes.NotFound, "TOKEN_NOT_FOUND", ""},
			{"by another bureau", no(other, gone.GetName(), "1"), codes.NotFound, "TOKEN_NOT_FOUND", ""},
			{"none", no(firm.Ctx(), firm.Name+"/tokens/t330182-0000000000000000", "1"), codes.NotFound, "TOKEN_NOT_FOUND", ""},
			{"no id", no(firm.Ctx(), firm.Name+"/tokens/x", "1"), codes.NotFound, "TOKEN_NOT_FOUND", ""},
			{"no name", no(firm.Ctx(), firm.Name, "1"), codes.InvalidArgument, "FIELD_INVALID", "name"},
			{"without etag", no(firm.Ctx(), gone.GetName(), ""), codes.InvalidArgument, "ETAG_REQUIRED", "etag"},
			{"with an old etag", no(firm.Ctx(), gone.GetName(), "0"), codes.Aborted, "ETAG_STALE", "etag"},
			{"by an editor", no(markettest.As(t.Context(), short.GetSecret()), gone.GetName(), "1"), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
		})
		for _, token := range []*pb.Token{short, gone} {
			if err := use(token); err != nil {
				t.Errorf("got %v, want the token to work", err)
			}
		}
		before := markettest.Sizes(t, m)
		count := markettest.Race(32, func(int) error { return no(firm.Ctx(), gone.GetName(), "1")() })
		if count[""] != 1 || count["ETAG_STALE"] != 31 || markettest.Sizes(t, m)[0] != before[0]+1 {
			t.Errorf("got %v and %v after %v, want one winner, one entry and ETAG_STALE for the others", count, markettest.Sizes(t, m), before)
		}
		refuse(t, m, []refusal{{"revoke again", no(firm.Ctx(), gone.GetName(), "2"), codes.FailedPrecondition, "TOKEN_REVOKED_BEFORE", ""},
			{"use revoked", func() error { return use(gone) }, codes.Unauthenticated, "TOKEN_REVOKED", ""}})
		m.Clock.Set(expires.Add(-time.Microsecond))
		if err := use(short); err != nil {
			t.Errorf("one microsecond before it expires: got %v, want the token to work", err)
		}
		m.Clock.Set(expires)
		refuse(t, m, []refusal{{"use expired", func() error { return use(short) }, codes.Unauthenticated, "TOKEN_EXPIRED", ""}})
		m.Clock.Set(longest.GetExpireTime().AsTime().Add(-time.Microsecond))
		if token := markettest.Must(revoke(markettest.As(t.Context(), longest.GetSecret()), longest.GetName(), "1"))(t); token.GetRevokeTime() == nil || token.GetSecret() != "" {
			t.Errorf("revoked by itself: got %v", token)
		}
	})
}

// TestSecrets bears what is no token.
func TestSecrets(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		good := markettest.Must(issue(m, m.Bureau.Ctx(), m.Firm().Name, nil, pb.Role_EDITOR))(t).GetSecret()
		another := markettest.Must(issue(m, m.Bureau.Ctx(), m.Firm().Name, nil, pb.Role_EDITOR))(t).GetSecret()
		head, tail, _ := strings.Cut(strings.TrimPrefix(another, "jb_"), "_")
		swapped := "jb_" + head + good[len(good)-len(tail)-1:]
		var refusals []refusal
		for name, values := range map[string][]string{
			"nothing": {""}, "no scheme": {good}, "another scheme": {"Basic " + good}, "no secret": {"Bearer"}, "empty secret": {"Bearer "}, "two": {"Bearer " + good, "Bearer " + good},
			"another's secret": {"Bearer " + swapped}, "last letter gone": {"Bearer " + good[:len(good)-1]}, "one letter more": {"Bearer " + good + "A"},
			"no prefix": {"Bearer " + good[3:]}, "upper case": {"Bearer " + strings.ToUpper(good)}, "no id": {"Bearer jb__" + tail}, "injection": {"Bearer jb_' OR 1=1 --_" + tail},
			"unknown id": {"Bearer jb_t330182-0000000000000000_" + tail}, "long": {"Bearer jb_" + strings.Repeat("a", 8000)},
		} {
			refusals = append(refusals, refusal{name, func() error {
				return markettest.Failed(m.Organizations.GetCaller(bearing(t.Context(), values...), &pb.GetCallerRequest{Name: "caller"}))
			}, codes.Unauthenticated, "TOKEN_INVALID", ""}, refusal{name + " for what is public", func() error {
				return markettest.Failed(m.Ledgers.ListLedgers(bearing(t.Context(), values...), &pb.ListLedgersRequest{}))
			}, codes.Unauthenticated, "TOKEN_INVALID", ""})
		}
		refusals = append(refusals, refusal{"none", func() error {
			return markettest.Failed(m.Organizations.GetCaller(t.Context(), &pb.GetCallerRequest{Name: "caller"}))
		},
			codes.Unauthenticated, "TOKEN_MISSING", ""})
		refuse(t, m, refusals)
		for _, scheme := range []string{"Bearer ", "bearer ", "BEARER  "} {
			if err := markettest.Failed(m.Organizations.GetCaller(bearing(t.Context(), scheme+good), &pb.GetCallerRequest{Name: "caller"})); err != nil {
				t.Errorf("%q: got %v, want success", scheme, err)
			}
		}
	})
}
