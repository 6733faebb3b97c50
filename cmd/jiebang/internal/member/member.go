// Package member has the commands of who belongs to an organization, of invitations, and of what two persons do.
package member

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/organization"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type (
	members = jiebangv1.MemberServiceClient
	member  = *jiebangv1.Member
)

func kind() cli.Kind[members, member] {
	return cli.Kind[members, member]{
		Chinese: "成员", English: "member", Collection: "organizations", Depth: 4, States: jiebangv1.Member_State(0), Unordered: true,
		Client: func(c grpc.ClientConnInterface) members { return jiebangv1.NewMemberServiceClient(c) },
		Get:    get, List: list,
		Title: func(m member) string { return m.GetDisplayName() + " " + cli.Names(m.GetRoles()) },
		Columns: append([]output.Column[member]{
			output.Plain("姓名", member.GetDisplayName).Flexible(),
			output.Plain("角色", func(m member) string { return cli.Names(m.GetRoles()) }),
			output.Plain("状态", standing),
			output.Instant("邀请有效至", member.GetExpireTime),
			output.Plain("名称", member.GetName),
			output.Plain("人员", member.GetPerson).InDetail(),
			output.Plain("邀请人", member.GetInvitedBy).InDetail(),
			output.Instant("应急查看至", member.GetLendExpireTime).InDetail(),
		}, cli.History[member]()...),
	}
}

// standing is how far a membership is, and whether the person's account is disabled.
func standing(m member) string {
	if m.GetDisabled() {
		return input.Chinese(m.GetState()) + "(账户已停用)"
	}
	return input.Chinese(m.GetState())
}

func list(ctx context.Context, c members, q cli.Query) ([]member, string, error) {
	r, err := c.ListMembers(ctx, &jiebangv1.ListMembersRequest{Parent: q.Parent, PageSize: q.Size, PageToken: q.Token, Filter: q.Filter})
	return r.GetMembers(), r.GetNextPageToken(), err
}

// get finds a member in the list of its organization.
func get(ctx context.Context, c members, name string) (member, error) {
	q := cli.Query{Parent: strings.Join(strings.Split(name, "/")[:2], "/"), Size: cli.MaxPage}
	for {
		page, next, err := list(ctx, c, q)
		if err != nil {
			return nil, err
		}
		for _, m := range page {
			if m.GetName() == name {
				return m, nil
			}
		}
		if q.Token = next; next == "" {
			return nil, status.Errorf(codes.NotFound, "没有成员 %s", name)
		}
	}
}

// Command has the commands of members.
func Command(a *cli.App) *cobra.Command {
	show := kind().ListCommand(a, "list [ORGANIZATION]", organization.Own)
	show.ValidArgsFunction = organization.Kind().Complete(a)
	read := kind().GetCommand(a)
	read.ValidArgsFunction = complete(a)
	return a.Group("member", "机构的成员与角色", "Members of an organization and their roles", show, read, inviteCommand(a), revokeCommand(a), updateCommand(a),
		grantCommand(a), removeCommand(a), leaveCommand(a), transferCommand(a), breakGlassCommand(a),
		resetCommand(a), disableCommand(a), enableCommand(a))
}

// complete completes the members of the caller's own organization.
func complete(a *cli.App) cobra.CompletionFunc {
	return a.Complete(func(ctx context.Context) (found []cobra.Completion, err error) {
		parent, err := organization.Own(ctx, a, "")
		if err != nil {
			return nil, err
		}
		conn, err := a.Connection()
		if err != nil {
			return nil, err
		}
		page, _, err := list(ctx, kind().Client(conn), cli.Query{Parent: parent, Size: cli.MaxPage})
		for _, m := range page {
			found = append(found, cobra.CompletionWithDesc(m.GetName(), output.Clean(kind().Title(m))))
		}
		return found, err
	})
}

// shown shows a member on stderr before something is done to it.
func shown(a *cli.App, m member) {
	a.Note("成员: %s,角色 %s(%s)", m.GetDisplayName(), cli.Names(m.GetRoles()), m.GetName())
}

func inviteCommand(a *cli.App) *cobra.Command {
	names, expires := []string{}, ""
	c := a.Action("invite [ORGANIZATION]", "邀请一个人,得到只显示一次的邀请码", "Invite somebody by a one-time code",
		func(ctx context.Context, c *cobra.Command, args []string) (err error) {
			if err := cli.Require(c, "roles"); err != nil {
				return err
			}
			r := &jiebangv1.InviteMemberRequest{}
			if r.Roles, err = cli.ParseCodes[jiebangv1.Role]("roles", names); err != nil {
				return err
			}
			if expires != "" {
				at, err := input.Instant(expires, a.Now())
				if err != nil {
					return failure.AsUsage(err)
				}
				r.ExpireTime = timestamppb.New(at)
			}
			if r.Parent, err = organization.Own(ctx, a, strings.Join(args, "")); err != nil {
				return err
			}
			return invite(ctx, a, r)
		})
	cli.CodesFlag[jiebangv1.Role](c, &names, "roles", "角色")
	c.Flags().StringVar(&expires, "expires", "", "邀请有效至,如 +3d(默认 7 天,最长 30 天)")
	a.ChangeFlags(c)
	c.ValidArgsFunction = organization.Kind().Complete(a)
	c.Example = "  jiebang member invite --roles editor,signer\n  jiebang member invite organizations/o330182-… --roles owner --jq .code"
	return c
}

// invite prints the invitation with its code.
func invite(ctx context.Context, a *cli.App, r *jiebangv1.InviteMemberRequest) error {
	conn, err := a.Connection()
	if err != nil {
		return err
	}
	answer, err := cli.Send(ctx, a, 0, r, kind().Client(conn).InviteMember)
	if err != nil {
		return err
	}
	m := answer.GetMember()
	a.Done(m.GetReceipt())
	a.Once(answer.GetCode(), "邀请码")
	data, err := output.Encode(answer)
	if err != nil {
		return err
	}
	return a.Printer.Document(ctx, output.Document{
		JSON: data, Name: m.GetName(), Header: []string{"邀请码", "角色", "有效至", "名称"},
		Rows: [][]string{{answer.GetCode(), cli.Names(m.GetRoles()), output.View{CSV: true}.Time(m.GetExpireTime()), m.GetName()}},
		Text: func(t *output.Text, v output.View) error {
			return t.Pairs([][]string{{"邀请码", answer.GetCode()}, {"角色", cli.Names(m.GetRoles())}, {"有效至", v.Time(m.GetExpireTime())}, {"名称", m.GetName()}})
		},
	})
}

func revokeCommand(a *cli.App) *cobra.Command {
	c := cli.VerbCommand(a, kind(), cli.Verb[members, *jiebangv1.RevokeInvitationRequest, member]{
		Use: "revoke MEMBER", Chinese: "撤回未接受的邀请", English: "Take an open invitation back", Call: members.RevokeInvitation,
	})
	c.ValidArgsFunction = complete(a)
	return c
}

func updateCommand(a *cli.App) *cobra.Command {
	names := []string{}
	c := cli.VerbCommand(a, kind(), cli.Verb[members, *jiebangv1.UpdateMemberRequest, member]{
		Use: "update MEMBER", Chinese: "改为这些角色(须两人授予的角色在此只能收回)", English: "Change a member's roles", Call: members.UpdateMember, Needs: []string{"roles"},
		Fill: func(_ context.Context, r *jiebangv1.UpdateMemberRequest, t cli.Target[member]) (err error) {
			r.Member, r.UpdateMask = &jiebangv1.Member{Name: t.Name, Etag: t.Etag}, &fieldmaskpb.FieldMask{Paths: []string{"roles"}}
			r.Member.Roles, err = cli.ParseCodes[jiebangv1.Role]("roles", names)
			return err
		},
	})
	cli.CodesFlag[jiebangv1.Role](c, &names, "roles", "角色")
	c.ValidArgsFunction = complete(a)
	c.Example = "  jiebang member update organizations/o330182-…/members/m330182-… --roles editor,signer"
	return c
}

func grantCommand(a *cli.App) *cobra.Command {
	role := jiebangv1.Role_ROLE_UNSPECIFIED
	c := cli.VerbCommand(a, kind(), cli.Verb[members, *jiebangv1.GrantRoleRequest, member]{
		Use: "grant MEMBER", Chinese: "授予须两人授予的角色:审批人、审计员、三员", English: "Grant a role that two persons grant", Call: members.GrantRole, Needs: []string{"role"},
		Fill: func(_ context.Context, r *jiebangv1.GrantRoleRequest, _ cli.Target[member]) error {
			r.Role = role
			return nil
		},
	})
	cli.CodeFlag(c, &role, "role", "角色")
	c.ValidArgsFunction = complete(a)
	c.Example = "  jiebang member grant organizations/o330182-…/members/m330182-… --role approver"
	return c
}

func removeCommand(a *cli.App) *cobra.Command {
	c := cli.VerbCommand(a, kind(), cli.Verb[members, *jiebangv1.RemoveMemberRequest, member]{
		Use: "remove MEMBER", Chinese: "让成员立即离任,并结束其登录", English: "End a membership at once", Call: members.RemoveMember,
		Ask: func(m member) string {
			shown(a, m)
			return "该成员将立即离任。"
		},
	})
	c.ValidArgsFunction = complete(a)
	return c
}

func leaveCommand(a *cli.App) *cobra.Command {
	r := &jiebangv1.LeaveOrganizationRequest{}
	c := a.Action("leave ORGANIZATION", "自己离开机构", "Leave an organization", func(ctx context.Context, _ *cobra.Command, args []string) (err error) {
		if r.Name, err = organization.Kind().Name(ctx, a, args[0]); err != nil {
			return err
		}
		if err := a.Agree(ctx, "您将离开 "+r.GetName()+"。"); err != nil {
			return err
		}
		_, err = cli.Mutate(ctx, a, kind(), r, members.LeaveOrganization)
		return err
	})
	a.ChangeFlags(c)
	a.YesFlag(c)
	c.ValidArgsFunction = organization.Kind().Complete(a)
	return c
}

func transferCommand(a *cli.App) *cobra.Command {
	from := ""
	c := cli.VerbCommand(a, kind(), cli.Verb[members, *jiebangv1.TransferOwnershipRequest, member]{
		Use: "transfer MEMBER", Chinese: "把机构负责人移交给这名成员", English: "Make a member the owner in the place of another", Call: members.TransferOwnership,
		Ask: func(m member) string {
			shown(a, m)
			return "该成员将成为机构负责人,原负责人卸任。"
		},
		Fill: func(_ context.Context, r *jiebangv1.TransferOwnershipRequest, _ cli.Target[member]) error {
			r.FormerOwner = from
			return nil
		},
	})
	c.Flags().StringVar(&from, "from", "", "卸任的负责人(默认您自己;负责人已离职的,由科技局安全管理员写明)")
	c.ValidArgsFunction = complete(a)
	c.Example = "  jiebang member transfer organizations/o330182-…/members/m330182-…"
	return c
}

func breakGlassCommand(a *cli.App) *cobra.Command {
	r := &jiebangv1.BreakGlassRequest{}
	c := a.Action("break-glass [ORGANIZATION]", "应急:系统管理员限时查看审计员能看的(须两人)", "Read as an auditor for a while, in an emergency",
		func(ctx context.Context, c *cobra.Command, args []string) (err error) {
			if err := cli.Require(c, "minutes", "reason"); err != nil {
				return err
			}
			if r.Name, err = organization.Own(ctx, a, strings.Join(args, "")); err != nil {
				return err
			}
			if _, err = cli.Mutate(ctx, a, kind(), r, members.BreakGlass); err == nil && !a.DryRun() {
				a.Note("请重新登录(jiebang login)后查看")
			}
			return err
		})
	c.Flags().Int32Var(&r.Minutes, "minutes", 0, "多少分钟,1 至 60")
	c.Flags().StringVar(&r.Reason, "reason", "", "理由,1 至 500 字;永久留在账本里,不要写个人信息")
	a.ChangeFlags(c)
	c.Example = "  jiebang member break-glass --minutes 30 --reason 账本核验报错,须查看账目"
	return c
}
