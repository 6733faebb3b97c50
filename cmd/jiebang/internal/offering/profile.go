package offering

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type (
	profiles = jiebangv1.ProfileServiceClient
	profile  = *jiebangv1.Profile
)

func profileKind() cli.Kind[profiles, profile] {
	return cli.Kind[profiles, profile]{
		Chinese: "专家、实验室或经纪人", English: "profile", Collection: "profiles", Depth: 2, States: jiebangv1.Profile_State(0),
		Client: func(c grpc.ClientConnInterface) profiles { return jiebangv1.NewProfileServiceClient(c) },
		Get: func(ctx context.Context, c profiles, name string) (profile, error) {
			return c.GetProfile(ctx, &jiebangv1.GetProfileRequest{Name: name})
		},
		List: func(ctx context.Context, c profiles, q cli.Query) ([]profile, string, error) {
			r, err := c.ListProfiles(ctx, &jiebangv1.ListProfilesRequest{PageSize: q.Size, PageToken: q.Token, Filter: q.Filter, OrderBy: q.OrderBy})
			return r.GetProfiles(), r.GetNextPageToken(), err
		},
		Title: profile.GetDisplayName,
		Columns: append([]output.Column[profile]{
			output.Plain("编号", profile.GetExternalId),
			output.Plain("姓名或名称", profile.GetDisplayName).Flexible(),
			output.Plain("类型", func(p profile) string { return input.Chinese(p.GetKind()) }),
			output.Plain("状态", func(p profile) string { return input.Chinese(p.GetState()) }),
			output.Plain("职称职务", profile.GetPosition).Flexible(),
			output.Plain("技术领域", func(p profile) string { return cli.Names(p.GetFields()) }).Flexible(),
			output.Plain("名称", profile.GetName),
			output.Plain("本人同意公开", func(p profile) string {
				if p.GetConsented() {
					return "是"
				}
				return ""
			}).InDetail(),
			output.Plain("仪器设备", func(p profile) string { return strings.Join(p.GetEquipment(), "\n") }).InDetail(),
			output.Plain("简介", profile.GetIntroduction).InDetail(),
		}, history[profile]()...),
	}
}

// Profile makes `profile` and the commands below it.
func Profile(a *cli.App) *cobra.Command {
	k := profileKind()
	return a.Group("profile", "专家、实验室与经纪人:上架、导入", "Experts, laboratories and brokers",
		profileCreate(a), k.GetCommand(a), k.ListCommand(a, "list", nil), profileUpdate(a),
		cli.VerbCommand(a, k, cli.Verb[profiles, *jiebangv1.PublishProfileRequest, profile]{
			Use: "publish PROFILE", Chinese: "上架,所有人可见;专家须本人同意", English: "List a profile", Call: profiles.PublishProfile,
		}),
		cli.VerbCommand(a, k, cli.Verb[profiles, *jiebangv1.WithdrawProfileRequest, profile]{
			Use: "withdraw PROFILE", Chinese: "撤回已上架的", English: "Withdraw a listed profile", Call: profiles.WithdrawProfile,
		}),
		importing[*jiebangv1.ImportProfilesRequest, *jiebangv1.ImportProfilesResponse]{
			group: "profile", zh: "从 Excel 或 JSON 行文件导入清单", en: "Import a list of profiles",
			request: func(f file) *jiebangv1.ImportProfilesRequest {
				return &jiebangv1.ImportProfilesRequest{Format: f.format, Content: f.content, Publish: f.publish}
			},
			method: func(c grpc.ClientConnInterface) call[*jiebangv1.ImportProfilesRequest, *jiebangv1.ImportProfilesResponse] {
				return jiebangv1.NewProfileServiceClient(c).ImportProfiles
			},
		}.command(a),
		templateCommand(a, "取清单的 Excel 模板", "Write the template of a list", "  jiebang profile template > 专家.xlsx", func(ctx context.Context) ([]byte, error) {
			conn, err := a.Connection()
			if err != nil {
				return nil, err
			}
			t, err := jiebangv1.NewProfileServiceClient(conn).GetProfileTemplate(ctx, &jiebangv1.GetProfileTemplateRequest{Name: "profileTemplate"})
			return t.GetContent(), err
		}),
	)
}

// profileFlags are the fields of a profile that its owner writes.
type profileFlags struct {
	common
	kind         jiebangv1.Profile_Kind
	name         string
	position     string
	introduction cli.Prose
	fields       []string
	equipment    []string
	consented    bool
}

func (f *profileFlags) flags(c *cobra.Command) {
	cli.CodeFlag(c, &f.kind, "kind", "类型")
	c.Flags().StringVar(&f.name, "display-name", "", "姓名或名称,2 至 100 字")
	c.Flags().StringVar(&f.position, "position", "", "职称职务,或实验室的级别")
	f.introduction.Flags(c, "introduction", "简介")
	c.Flags().StringSliceVar(&f.fields, "fields", nil, "技术领域,逗号分隔: "+cli.Choices(jiebangv1.TechnologyField(0)))
	cli.CompleteCodes(c, "fields", jiebangv1.TechnologyField(0))
	c.Flags().StringArrayVar(&f.equipment, "equipment", nil, "仪器设备,可重复;只有实验室填")
	c.Flags().BoolVar(&f.consented, "consented", false, "本人同意公开")
	f.common.flags(c)
}

// profileFields are the flags and the fields of the API that they fill.
var profileFields = [][2]string{{"kind", "kind"}, {"display-name", "display_name"}, {"position", "position"}, {"introduction", "introduction"},
	{"introduction-file", "introduction"}, {"fields", "fields"}, {"industries", "industries"}, {"disciplines", "disciplines"}, {"keywords", "keywords"},
	{"equipment", "equipment"}, {"region", "region"}, {"consented", "consented"}, {"external-id", "external_id"}}

// fill copies what was given into p and returns the fields that it changed.
func (f *profileFlags) fill(a *cli.App, c *cobra.Command, p profile) ([]string, error) {
	introduction, _, err := f.introduction.Read(c, a.In, "introduction")
	if err != nil {
		return nil, err
	}
	p.Kind, p.DisplayName, p.Position, p.Introduction, p.Equipment, p.Consented = f.kind, f.name, f.position, introduction, f.equipment, f.consented
	p.Industries, p.Disciplines, p.Keywords, p.Region, p.ExternalId = f.industries, f.disciplines, f.keywords, f.region, f.externalID
	if p.Fields, err = cli.ParseCodes[jiebangv1.TechnologyField]("fields", f.fields); err != nil {
		return nil, err
	}
	return given(c, profileFields), nil
}

func profileCreate(a *cli.App) *cobra.Command {
	f := profileFlags{}
	c := a.Action("create", "起草专家、实验室或经纪人的介绍", "Draft a profile", func(ctx context.Context, c *cobra.Command, _ []string) error {
		if err := cli.Require(c, "kind", "display-name"); err != nil {
			return err
		}
		p := &jiebangv1.Profile{}
		if _, err := f.fill(a, c, p); err != nil {
			return err
		}
		_, err := cli.Mutate(ctx, a, profileKind(), &jiebangv1.CreateProfileRequest{Profile: p}, profiles.CreateProfile)
		return err
	})
	f.flags(c)
	a.ChangeFlags(c)
	return c
}

func profileUpdate(a *cli.App) *cobra.Command {
	f := profileFlags{}
	var c *cobra.Command
	c = cli.VerbCommand(a, profileKind(), cli.Verb[profiles, *jiebangv1.UpdateProfileRequest, profile]{
		Use: "update PROFILE", Chinese: "修改,已上架的也可以", English: "Change a profile", Call: profiles.UpdateProfile, Needs: needs(profileFields),
		Fill: func(_ context.Context, r *jiebangv1.UpdateProfileRequest, t cli.Target[profile]) error {
			r.Profile = &jiebangv1.Profile{Name: t.Name, Etag: t.Etag}
			paths, err := f.fill(a, c, r.Profile)
			r.UpdateMask = &fieldmaskpb.FieldMask{Paths: paths}
			return err
		},
	})
	f.flags(c)
	return c
}
