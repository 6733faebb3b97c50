package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type (
	organizations = jiebangv1.OrganizationServiceClient
	organization  = *jiebangv1.Organization
	token         = *jiebangv1.Token
)

func dialOrganizations(c grpc.ClientConnInterface) organizations {
	return jiebangv1.NewOrganizationServiceClient(c)
}

func organizationKind() cli.Kind[organizations, organization] {
	return cli.Kind[organizations, organization]{
		Chinese: "机构", English: "organization", Collection: "organizations", Depth: 2, Client: dialOrganizations,
		Get: func(ctx context.Context, c organizations, name string) (organization, error) {
			return c.GetOrganization(ctx, &jiebangv1.GetOrganizationRequest{Name: name})
		},
		List: func(ctx context.Context, c organizations, q cli.Query) ([]organization, string, error) {
			r, err := c.ListOrganizations(ctx, &jiebangv1.ListOrganizationsRequest{
				PageSize: q.Size, PageToken: q.Token, Filter: q.Filter, OrderBy: q.OrderBy,
			})
			return r.GetOrganizations(), r.GetNextPageToken(), err
		},
		Title: organization.GetDisplayName,
		Columns: append([]output.Column[organization]{
			output.Plain("单位名称", organization.GetDisplayName).Flexible(),
			output.Plain("类型", func(o organization) string { return input.Chinese(o.GetKind()) }),
			output.Plain("统一社会信用代码", organization.GetUscc),
			output.Plain("代码校验", func(o organization) string { return input.Chinese(o.GetCodeCheck()) }),
			output.Plain("行政区划", organization.GetJurisdiction),
			output.Plain("名称", organization.GetName),
		}, history[organization]()...),
	}
}

func tokenKind() cli.Kind[organizations, token] {
	return cli.Kind[organizations, token]{
		Chinese: "令牌", English: "token", Collection: "organizations", Depth: 4, Plain: true, Client: dialOrganizations,
		List: func(ctx context.Context, c organizations, q cli.Query) ([]token, string, error) {
			r, err := c.ListTokens(ctx, &jiebangv1.ListTokensRequest{Parent: q.Parent, PageSize: q.Size, PageToken: q.Token})
			return r.GetTokens(), r.GetNextPageToken(), err
		},
		Title: token.GetDisplayName,
		Columns: append([]output.Column[token]{
			output.Plain("用途", token.GetDisplayName).Flexible(),
			output.Plain("角色", roles),
			output.Instant("到期时间", token.GetExpireTime),
			output.Instant("撤销时间", token.GetRevokeTime),
			output.Plain("密钥", token.GetSecret).InDetail(),
			output.Plain("名称", token.GetName),
		}, history[token]()...),
	}
}

// history is what the detail view of every resource ends with.
func history[T interface {
	cli.Resource
	GetCreateTime() *timestamppb.Timestamp
}]() []output.Column[T] {
	return []output.Column[T]{
		output.Instant("创建时间", T.GetCreateTime).InDetail(),
		output.Plain("etag", T.GetEtag).InDetail(),
		output.Plain("回执", func(item T) string {
			r := item.GetReceipt()
			if r == nil {
				return ""
			}
			return fmt.Sprintf("%s/%d %s", r.GetJurisdiction(), r.GetSequence(), output.Hex(r.GetEntryHash()))
		}).InDetail(),
	}
}

func roles(t token) string {
	var names []string
	for _, r := range t.GetRoles() {
		names = append(names, input.Chinese(r))
	}
	return strings.Join(names, "、")
}

func (a *app) orgCommand() *cobra.Command {
	k := organizationKind()
	return a.Group("org", "机构与令牌", "Organizations and tokens",
		a.orgCreateCommand(), k.GetCommand(a.App), k.ListCommand(a.App, "list", nil),
		cli.VerbCommand(a.App, k, cli.Verb[organizations, *jiebangv1.ConfirmOrganizationRequest, organization]{
			Use: "confirm ORGANIZATION", Chinese: "科技局核对证照后确认校验位不符的机构", English: "Confirm an organization from its licence",
			Call: organizations.ConfirmOrganization,
		}),
		a.tokenCommand(),
	)
}

func (a *app) orgCreateCommand() *cobra.Command {
	o := &jiebangv1.Organization{}
	c := a.Action("create", "登记机构", "Register an organization", func(ctx context.Context, c *cobra.Command, _ []string) error {
		if err := cli.Require(c, "display-name", "kind", "uscc"); err != nil {
			return err
		}
		_, err := cli.Mutate(ctx, a.App, organizationKind(), &jiebangv1.CreateOrganizationRequest{Organization: o}, organizations.CreateOrganization)
		return err
	})
	c.Flags().StringVar(&o.DisplayName, "display-name", "", "单位名称")
	c.Flags().StringVar(&o.Uscc, "uscc", "", "统一社会信用代码,18 位")
	cli.CodeFlag(c, &o.Kind, "kind", "类型")
	a.ChangeFlags(c)
	return c
}

func (a *app) tokenCommand() *cobra.Command {
	k := tokenKind()
	list := k.ListCommand(a.App, "list ORGANIZATION", organizationKind().Name)
	list.ValidArgsFunction = organizationKind().Complete(a.App)
	revoke := cli.VerbCommand(a.App, k, cli.Verb[organizations, *jiebangv1.RevokeTokenRequest, token]{
		Use: "revoke TOKEN", Chinese: "立即撤销令牌", English: "Revoke a token at once", Call: organizations.RevokeToken, Free: true,
	})
	revoke.ValidArgsFunction = cobra.NoFileCompletions // tokens of all organizations are not listed anywhere
	return a.Group("token", "机构的访问令牌", "Tokens of an organization", a.tokenCreateCommand(), list, revoke)
}

func (a *app) tokenCreateCommand() *cobra.Command {
	t, names, expires := &jiebangv1.Token{}, []string{}, ""
	c := a.Action("create ORGANIZATION", "签发令牌", "Issue a token", func(ctx context.Context, c *cobra.Command, args []string) error {
		if err := cli.Require(c, "display-name", "roles"); err != nil {
			return err
		}
		parent, err := organizationKind().Name(ctx, a.App, args[0])
		if err != nil {
			return err
		}
		for _, name := range names {
			role, err := input.ParseEnum[jiebangv1.Role](name)
			if err != nil {
				return failure.Usagef("--roles: %v", err)
			}
			t.Roles = append(t.Roles, role)
		}
		if expires != "" {
			at, err := input.Instant(expires, a.Now())
			if err != nil {
				return failure.AsUsage(err)
			}
			t.ExpireTime = timestamppb.New(at)
		}
		issued, err := cli.Mutate(ctx, a.App, tokenKind(), &jiebangv1.CreateTokenRequest{Parent: parent, Token: t}, organizations.CreateToken)
		switch {
		case err != nil || a.DryRun():
		case issued.GetSecret() == "":
			a.Note("注意: 这是重放的答复,密钥只在第一次答复里")
		default:
			a.Note("注意: 密钥只显示这一次,请妥善保存")
		}
		return err
	})
	f := c.Flags()
	f.StringVar(&t.DisplayName, "display-name", "", "用途")
	f.StringSliceVar(&names, "roles", nil, "角色,逗号分隔: "+cli.Choices(jiebangv1.Role(0)))
	f.StringVar(&expires, "expires", "", "到期时间,如 +90d(默认 90 天后,最长 365 天)")
	cli.CompleteCodes(c, "roles", jiebangv1.Role(0))
	a.ChangeFlags(c)
	c.ValidArgsFunction = organizationKind().Complete(a.App)
	return c
}
