// Package organization has the commands of organizations and of the tokens that act for them.
package organization

import (
	"context"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Client calls the service of organizations.
type Client = jiebangv1.OrganizationServiceClient

// Organization is one.
type Organization = *jiebangv1.Organization

func dial(c grpc.ClientConnInterface) Client { return jiebangv1.NewOrganizationServiceClient(c) }

// Kind is how organizations are read.
func Kind() cli.Kind[Client, Organization] {
	return cli.Kind[Client, Organization]{
		Chinese: "机构", English: "organization", Collection: "organizations", Depth: 2, Client: dial, States: jiebangv1.Organization_State(0),
		Get: func(ctx context.Context, c Client, name string) (Organization, error) {
			return c.GetOrganization(ctx, &jiebangv1.GetOrganizationRequest{Name: name})
		},
		List: func(ctx context.Context, c Client, q cli.Query) ([]Organization, string, error) {
			r, err := c.ListOrganizations(ctx, &jiebangv1.ListOrganizationsRequest{
				PageSize: q.Size, PageToken: q.Token, Filter: q.Filter, OrderBy: q.OrderBy,
			})
			return r.GetOrganizations(), r.GetNextPageToken(), err
		},
		Title: Organization.GetDisplayName,
		Columns: append([]output.Column[Organization]{
			output.Plain("单位名称", Organization.GetDisplayName).Flexible(),
			output.Plain("类型", func(o Organization) string { return input.Chinese(o.GetKind()) }),
			output.Plain("状态", func(o Organization) string { return input.Chinese(o.GetState()) }),
			output.Plain("统一社会信用代码", Organization.GetUscc),
			output.Plain("代码校验", func(o Organization) string { return input.Chinese(o.GetCodeCheck()) }),
			output.Plain("行政区划", Organization.GetJurisdiction),
			output.Plain("名称", Organization.GetName),
			output.Plain("所在地", Organization.GetRegion).InDetail(),
			output.Plain("行业", Organization.GetIndustry).InDetail(),
			output.Plain("上级机构", Organization.GetParent).InDetail(),
			output.Instant("核验有效至", Organization.GetVerifiedUntil).InDetail(),
		}, cli.History[Organization]()...),
	}
}

// Caller asks the server who calls.
func Caller(ctx context.Context, a *cli.App) (*jiebangv1.Caller, error) {
	conn, err := a.Connection()
	if err != nil {
		return nil, err
	}
	return dial(conn).GetCaller(ctx, &jiebangv1.GetCallerRequest{Name: "caller"})
}

// Own is the organization that was typed, or else the one that the caller acts for.
func Own(ctx context.Context, a *cli.App, typed string) (string, error) {
	if typed != "" {
		return Kind().Name(ctx, a, typed)
	}
	who, err := Caller(ctx, a)
	if err != nil {
		return "", err
	}
	if who.GetOrganization().GetName() == "" {
		return "", failure.Usagef("您现在不代表任何机构;请写明机构,或运行 jiebang session switch 机构")
	}
	return who.GetOrganization().GetName(), nil
}

// Command has the commands of organizations.
func Command(a *cli.App) *cobra.Command {
	k := Kind()
	get := k.GetCommand(a)
	get.Aliases = []string{"show"}
	return a.Group("org", "机构与令牌", "Organizations and tokens",
		createCommand(a), get, k.ListCommand(a, "list", nil), updateCommand(a), divideCommand(a), verifyCommand(a), suspendCommand(a),
		reinstateCommand(a), closeCommand(a),
		cli.VerbCommand(a, k, cli.Verb[Client, *jiebangv1.ConfirmOrganizationRequest, Organization]{
			Use: "confirm ORGANIZATION", Chinese: "科技局核对证照后确认校验位不符的机构", English: "Confirm an organization from its licence",
			Call: Client.ConfirmOrganization,
		}),
		Token(a),
	)
}

func createCommand(a *cli.App) *cobra.Command {
	o := &jiebangv1.Organization{}
	c := a.Action("create", "登记机构", "Register an organization", func(ctx context.Context, c *cobra.Command, _ []string) error {
		if err := cli.Require(c, "display-name", "kind", "uscc"); err != nil {
			return err
		}
		_, err := cli.Mutate(ctx, a, Kind(), &jiebangv1.CreateOrganizationRequest{Organization: o}, Client.CreateOrganization)
		return err
	})
	c.Flags().StringVar(&o.DisplayName, "display-name", "", "单位名称")
	c.Flags().StringVar(&o.Uscc, "uscc", "", "统一社会信用代码,18 位")
	cli.CodeFlag(c, &o.Kind, "kind", "类型")
	placeFlags(c, &o.Region, &o.Industry)
	a.ChangeFlags(c)
	c.Example = "  jiebang org create --display-name 新安江硅材料有限公司 --kind 企业 --uscc 91330182MA2T00001P --region 330182 --industry C2613"
	return c
}

// placeFlags are where an organization is and what it does.
func placeFlags(c *cobra.Command, region, industry *string) {
	c.Flags().StringVar(region, "region", "", "所在地的行政区划代码,6 位")
	c.Flags().StringVar(industry, "industry", "", "国民经济行业代码,如 C2613;查代码用 jiebang code list industries")
}

func updateCommand(a *cli.App) *cobra.Command {
	o := &jiebangv1.Organization{}
	var c *cobra.Command
	c = cli.VerbCommand(a, Kind(), cli.Verb[Client, *jiebangv1.UpdateOrganizationRequest, Organization]{
		Use: "update ORGANIZATION", Chinese: "修改机构的名称、所在地或行业", English: "Change an organization's name, region or industry",
		Call: Client.UpdateOrganization, Needs: []string{"display-name", "region", "industry"},
		Fill: func(_ context.Context, r *jiebangv1.UpdateOrganizationRequest, t cli.Target[Organization]) error {
			o.Name, o.Etag = t.Name, t.Etag
			r.Organization, r.UpdateMask = o, &fieldmaskpb.FieldMask{}
			for flag, field := range map[string]string{"display-name": "display_name", "region": "region", "industry": "industry"} {
				if c.Flags().Changed(flag) {
					r.UpdateMask.Paths = append(r.UpdateMask.Paths, field)
				}
			}
			r.UpdateMask.Normalize() // a map has no order, and a repetition is the same request
			return nil
		},
	})
	c.Aliases = []string{"edit"}
	c.Flags().StringVar(&o.DisplayName, "display-name", "", "单位名称")
	placeFlags(c, &o.Region, &o.Industry)
	c.Example = "  jiebang org update organizations/o330182-… --region 330127 --industry C2613"
	return c
}

func divideCommand(a *cli.App) *cobra.Command {
	r := &jiebangv1.DivideOrganizationRequest{}
	c := a.Action("divide ORGANIZATION", "设立下属实验室,作为单独的机构", "Make a laboratory an organization of its own",
		func(ctx context.Context, c *cobra.Command, args []string) (err error) {
			if err := cli.Require(c, "display-name"); err != nil {
				return err
			}
			if r.Name, err = Kind().Name(ctx, a, args[0]); err != nil {
				return err
			}
			_, err = cli.Mutate(ctx, a, Kind(), r, Client.DivideOrganization)
			return err
		})
	c.Flags().StringVar(&r.DisplayName, "display-name", "", "下属实验室的名称")
	placeFlags(c, &r.Region, &r.Industry)
	a.ChangeFlags(c)
	c.ValidArgsFunction = Kind().Complete(a)
	c.Example = "  jiebang org divide organizations/o330182-… --display-name 粉体工程重点实验室"
	return c
}

func verifyCommand(a *cli.App) *cobra.Command {
	until := ""
	c := cli.VerbCommand(a, Kind(), cli.Verb[Client, *jiebangv1.VerifyOrganizationRequest, Organization]{
		Use: "verify ORGANIZATION", Chinese: "科技局审核资料后核验机构,到期再核", English: "Verify an organization from its documents",
		Call: Client.VerifyOrganization, Needs: []string{"until"},
		Fill: func(_ context.Context, r *jiebangv1.VerifyOrganizationRequest, _ cli.Target[Organization]) error {
			at, err := input.Instant(until, a.Now())
			r.VerifyUntil = timestamppb.New(at)
			return failure.AsUsage(err)
		},
	})
	c.Flags().StringVar(&until, "until", "", "核验有效至,如 2027-06-30 或 +365d(最长 400 天)")
	c.Example = "  jiebang org verify organizations/o330182-… --until 2027-06-30"
	return c
}

// reasonFlag is why, as it will stand in the ledger.
func reasonFlag(c *cobra.Command, reason *string) {
	c.Flags().StringVar(reason, "reason", "", "理由,1 至 500 字;永久留在账本里,不要写个人信息")
}

func suspendCommand(a *cli.App) *cobra.Command {
	reason := ""
	c := cli.VerbCommand(a, Kind(), cli.Verb[Client, *jiebangv1.SuspendOrganizationRequest, Organization]{
		Use: "suspend ORGANIZATION", Chinese: "暂停机构及其下属机构(须两人)", English: "Suspend an organization (two persons)",
		Call: Client.SuspendOrganization, Needs: []string{"reason"},
		Fill: func(_ context.Context, r *jiebangv1.SuspendOrganizationRequest, _ cli.Target[Organization]) error {
			r.Reason = reason
			return nil
		},
	})
	reasonFlag(c, &reason)
	c.Example = "  jiebang org suspend organizations/o330182-… --reason 营业执照被吊销"
	return c
}

func reinstateCommand(a *cli.App) *cobra.Command {
	reason := ""
	c := cli.VerbCommand(a, Kind(), cli.Verb[Client, *jiebangv1.ReinstateOrganizationRequest, Organization]{
		Use: "reinstate ORGANIZATION", Chinese: "恢复被暂停的机构", English: "End a suspension",
		Call: Client.ReinstateOrganization, Needs: []string{"reason"},
		Fill: func(_ context.Context, r *jiebangv1.ReinstateOrganizationRequest, _ cli.Target[Organization]) error {
			r.Reason = reason
			return nil
		},
	})
	reasonFlag(c, &reason)
	c.Example = "  jiebang org reinstate organizations/o330182-… --reason 执照已补办"
	return c
}

func closeCommand(a *cli.App) *cobra.Command {
	reason := ""
	c := cli.VerbCommand(a, Kind(), cli.Verb[Client, *jiebangv1.CloseOrganizationRequest, Organization]{
		Use: "close ORGANIZATION", Chinese: "注销机构及其下属机构,不可恢复(须两人)", English: "Close an organization for good (two persons)",
		Call: Client.CloseOrganization, Needs: []string{"reason"},
		Ask: func(o Organization) string {
			a.Note("注销: %s(%s),统一社会信用代码 %s", o.GetDisplayName(), o.GetName(), o.GetUscc())
			return "注销之后不能恢复。"
		},
		Fill: func(_ context.Context, r *jiebangv1.CloseOrganizationRequest, _ cli.Target[Organization]) error {
			r.Reason = reason
			return nil
		},
	})
	reasonFlag(c, &reason)
	c.Example = "  jiebang org close organizations/o330182-… --reason 企业已注销"
	return c
}
