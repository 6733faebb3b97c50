package organization

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type token = *jiebangv1.Token

func tokenKind() cli.Kind[Client, token] {
	return cli.Kind[Client, token]{
		Chinese: "令牌", English: "token", Collection: "organizations", Depth: 4, Plain: true, Client: dial,
		List: func(ctx context.Context, c Client, q cli.Query) ([]token, string, error) {
			r, err := c.ListTokens(ctx, &jiebangv1.ListTokensRequest{Parent: q.Parent, PageSize: q.Size, PageToken: q.Token})
			return r.GetTokens(), r.GetNextPageToken(), err
		},
		Title: token.GetDisplayName,
		Columns: append([]output.Column[token]{
			output.Plain("用途", token.GetDisplayName).Flexible(),
			output.Plain("角色", func(t token) string { return cli.Names(t.GetRoles()) }),
			output.Plain("限于", func(t token) string { return strings.Join(t.GetScopes(), "、") }).InDetail(),
			output.Plain("网段", func(t token) string { return strings.Join(t.GetNetworks(), "、") }).InDetail(),
			output.Instant("到期时间", token.GetExpireTime),
			output.Instant("撤销时间", token.GetRevokeTime),
			output.Plain("密钥", token.GetSecret).InDetail(),
			output.Plain("名称", token.GetName),
			output.Plain("签发人", token.GetIssuedBy).InDetail(),
		}, cli.History[token]()...),
	}
}

// Token has the commands of tokens.
func Token(a *cli.App) *cobra.Command {
	k := tokenKind()
	list := k.ListCommand(a, "list [ORGANIZATION]", Own)
	list.ValidArgsFunction = Kind().Complete(a)
	revoke := cli.VerbCommand(a, k, cli.Verb[Client, *jiebangv1.RevokeTokenRequest, token]{
		Use: "revoke TOKEN", Chinese: "立即撤销令牌", English: "Revoke a token at once", Call: Client.RevokeToken, Free: true,
	})
	revoke.ValidArgsFunction = cobra.NoFileCompletions // tokens of all organizations are not listed anywhere
	return a.Group("token", "机构的访问令牌", "Tokens of an organization", tokenCreateCommand(a), list, revoke)
}

func tokenCreateCommand(a *cli.App) *cobra.Command {
	t, names, expires := &jiebangv1.Token{}, []string{}, ""
	c := a.Action("create [ORGANIZATION]", "签发令牌", "Issue a token", func(ctx context.Context, c *cobra.Command, args []string) error {
		if err := cli.Require(c, "display-name", "roles"); err != nil {
			return err
		}
		var err error
		if t.Roles, err = cli.ParseCodes[jiebangv1.Role]("roles", names); err != nil {
			return err
		}
		if expires != "" {
			at, err := input.Instant(expires, a.Now())
			if err != nil {
				return failure.AsUsage(err)
			}
			t.ExpireTime = timestamppb.New(at)
		}
		parent, err := Own(ctx, a, strings.Join(args, ""))
		if err != nil {
			return err
		}
		issued, err := cli.Mutate(ctx, a, tokenKind(), &jiebangv1.CreateTokenRequest{Parent: parent, Token: t}, Client.CreateToken)
		if err == nil {
			a.Once(issued.GetSecret(), "密钥")
		}
		return err
	})
	c.Aliases = []string{"issue"}
	f := c.Flags()
	f.StringVar(&t.DisplayName, "display-name", "", "用途")
	cli.CodesFlag[jiebangv1.Role](c, &names, "roles", "角色")
	f.StringSliceVar(&t.Scopes, "scope", nil, "只限于这些事,逗号分隔或多次给出,如 demand.draft;不给则为角色能办的一切")
	f.StringSliceVar(&t.Networks, "network", nil, "只能从这些网段使用,如 10.1.0.0/16;不给则不限")
	f.StringVar(&expires, "expires", "", "到期时间,如 +90d(默认 90 天后,最长 365 天)")
	a.ChangeFlags(c)
	c.ValidArgsFunction = Kind().Complete(a)
	c.Example = "  jiebang token create --display-name 科技部 --roles editor,signer\n" +
		"  jiebang token create --display-name 报表 --roles editor --scope demand.draft,demand.edit --network 10.1.0.0/16 --expires +30d"
	return c
}
