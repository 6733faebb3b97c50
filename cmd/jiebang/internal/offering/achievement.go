package offering

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	gmoney "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type (
	achievements = jiebangv1.AchievementServiceClient
	achievement  = *jiebangv1.Achievement
)

func achievementKind() cli.Kind[achievements, achievement] {
	return cli.Kind[achievements, achievement]{
		Chinese: "成果", English: "achievement", Collection: "achievements", Depth: 2, States: jiebangv1.Achievement_State(0),
		Client: func(c grpc.ClientConnInterface) achievements { return jiebangv1.NewAchievementServiceClient(c) },
		Get: func(ctx context.Context, c achievements, name string) (achievement, error) {
			return c.GetAchievement(ctx, &jiebangv1.GetAchievementRequest{Name: name})
		},
		List: func(ctx context.Context, c achievements, q cli.Query) ([]achievement, string, error) {
			r, err := c.ListAchievements(ctx, &jiebangv1.ListAchievementsRequest{PageSize: q.Size, PageToken: q.Token, Filter: q.Filter, OrderBy: q.OrderBy})
			return r.GetAchievements(), r.GetNextPageToken(), err
		},
		Title: achievement.GetTitle,
		Columns: append([]output.Column[achievement]{
			output.Plain("编号", achievement.GetExternalId),
			output.Plain("成果名称", achievement.GetTitle).Flexible(),
			output.Plain("状态", func(x achievement) string { return input.Chinese(x.GetState()) }),
			output.Plain("成熟度", func(x achievement) string { return input.Chinese(x.GetMaturity()) }),
			{Title: "期望价格", Amount: func(x achievement) *gmoney.Money { return x.GetAskingPrice() }, Absent: "面议"},
			output.Plain("技术领域", func(x achievement) string { return input.Chinese(x.GetField()) }),
			output.Plain("名称", achievement.GetName),
			output.Plain("技术就绪度", func(x achievement) string {
				if x.GetTrl() == 0 {
					return ""
				}
				return strconv.Itoa(int(x.GetTrl()))
			}).InDetail(),
			output.Plain("合作方式", func(x achievement) string { return cli.Names(x.GetCooperationModes()) }).InDetail(),
			output.Plain("知识产权", properties).InDetail(),
			output.Plain("成果简介", achievement.GetSummary).InDetail(),
		}, history[achievement]()...),
	}
}

// properties writes rights, one a line.
func properties(x achievement) string {
	var lines []string
	for _, p := range x.GetIntellectualProperties() {
		lines = append(lines, strings.Join(strings.Fields(input.Chinese(p.GetKind())+" "+p.GetNumber()+" "+input.Chinese(p.GetStage())), " "))
	}
	return strings.Join(lines, "\n")
}

// Achievement makes `achievement` and the commands below it.
func Achievement(a *cli.App) *cobra.Command {
	k := achievementKind()
	return a.Group("achievement", "成果:上架、导入", "Achievements",
		achievementCreate(a), k.GetCommand(a), k.ListCommand(a, "list", nil), achievementUpdate(a),
		cli.VerbCommand(a, k, cli.Verb[achievements, *jiebangv1.PublishAchievementRequest, achievement]{
			Use: "publish ACHIEVEMENT", Chinese: "上架成果,所有人可见", English: "List an achievement", Call: achievements.PublishAchievement,
		}),
		cli.VerbCommand(a, k, cli.Verb[achievements, *jiebangv1.WithdrawAchievementRequest, achievement]{
			Use: "withdraw ACHIEVEMENT", Chinese: "撤回已上架的成果", English: "Withdraw a listed achievement", Call: achievements.WithdrawAchievement,
		}),
		importing[*jiebangv1.ImportAchievementsRequest, *jiebangv1.ImportAchievementsResponse]{
			group: "achievement", zh: "从 Excel 或 JSON 行文件导入成果清单", en: "Import a list of achievements",
			request: func(f file) *jiebangv1.ImportAchievementsRequest {
				return &jiebangv1.ImportAchievementsRequest{Format: f.format, Content: f.content, Publish: f.publish}
			},
			method: func(c grpc.ClientConnInterface) call[*jiebangv1.ImportAchievementsRequest, *jiebangv1.ImportAchievementsResponse] {
				return jiebangv1.NewAchievementServiceClient(c).ImportAchievements
			},
		}.command(a),
		templateCommand(a, "取成果清单的 Excel 模板", "Write the template of a list", "  jiebang achievement template > 成果.xlsx", func(ctx context.Context) ([]byte, error) {
			conn, err := a.Connection()
			if err != nil {
				return nil, err
			}
			t, err := jiebangv1.NewAchievementServiceClient(conn).GetAchievementTemplate(ctx, &jiebangv1.GetAchievementTemplateRequest{Name: "achievementTemplate"})
			return t.GetContent(), err
		}),
	)
}

// achievementFlags are the fields of an achievement that its owner writes.
type achievementFlags struct {
	common
	title    string
	summary  cli.Prose
	field    jiebangv1.TechnologyField
	rights   []string
	trl      int32
	maturity jiebangv1.Achievement_Maturity
	modes    []string
	price    cli.Amount
}

func (f *achievementFlags) flags(c *cobra.Command) {
	f.price.Open = true
	c.Flags().StringVar(&f.title, "title", "", "成果名称,4 至 100 字")
	f.summary.Flags(c, "summary", "成果简介")
	cli.CodeFlag(c, &f.field, "field", "技术领域")
	c.Flags().StringArrayVar(&f.rights, "property", nil, "知识产权,可重复: \"发明专利 ZL201910123456.7 已授权\"")
	c.Flags().Int32Var(&f.trl, "trl", 0, "技术就绪度 1 至 9")
	cli.CodeFlag(c, &f.maturity, "maturity", "成熟度")
	c.Flags().StringSliceVar(&f.modes, "modes", nil, "合作方式,逗号分隔: "+cli.Choices(jiebangv1.Achievement_CooperationMode(0)))
	cli.CompleteCodes(c, "modes", jiebangv1.Achievement_CooperationMode(0))
	c.Flags().Var(&f.price, "amount", "期望价格,如 41.8万元 或 418000;面议(默认)")
	f.common.flags(c)
}

// achievementFields are the flags and the fields of the API that they fill.
var achievementFields = [][2]string{{"title", "title"}, {"summary", "summary"}, {"summary-file", "summary"}, {"field", "field"}, {"industries", "industries"},
	{"disciplines", "disciplines"}, {"keywords", "keywords"}, {"property", "intellectual_properties"}, {"trl", "trl"}, {"maturity", "maturity"},
	{"modes", "cooperation_modes"}, {"amount", "asking_price"}, {"region", "region"}, {"external-id", "external_id"}}

// fill copies what was given into x and returns the fields that it changed.
func (f *achievementFlags) fill(a *cli.App, c *cobra.Command, x achievement) ([]string, error) {
	summary, _, err := f.summary.Read(c, a.In, "summary")
	if err != nil {
		return nil, err
	}
	x.Title, x.Summary, x.Field, x.Trl, x.Maturity, x.AskingPrice = f.title, summary, f.field, f.trl, f.maturity, f.price.Value
	x.Industries, x.Disciplines, x.Keywords, x.Region, x.ExternalId = f.industries, f.disciplines, f.keywords, f.region, f.externalID
	if x.CooperationModes, err = cli.ParseCodes[jiebangv1.Achievement_CooperationMode]("modes", f.modes); err != nil {
		return nil, err
	}
	for _, text := range f.rights {
		p, err := property(text)
		if err != nil {
			return nil, err
		}
		x.IntellectualProperties = append(x.IntellectualProperties, p)
	}
	return given(c, achievementFields), nil
}

// given are the fields whose flags were given.
func given(c *cobra.Command, fields [][2]string) (paths []string) {
	for _, f := range fields {
		if c.Flags().Changed(f[0]) {
			paths = append(paths, f[1])
		}
	}
	return paths
}

// needs are the flags of fields.
func needs(fields [][2]string) (flags []string) {
	for _, f := range fields {
		flags = append(flags, f[0])
	}
	return flags
}

// property reads a right: its kind, its number, its stage.
func property(text string) (*jiebangv1.IntellectualProperty, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return nil, failure.Usagef("--property 是空的")
	}
	kind, err := input.ParseEnum[jiebangv1.IntellectualProperty_Kind](words[0])
	if err != nil {
		return nil, failure.Usagef("--property: %v", err)
	}
	p := &jiebangv1.IntellectualProperty{Kind: kind}
	words = words[1:]
	if n := len(words); n > 0 {
		if stage, err := input.ParseEnum[jiebangv1.IntellectualProperty_Stage](words[n-1]); err == nil {
			p.Stage, words = stage, words[:n-1]
		}
	}
	p.Number = strings.Join(words, " ")
	return p, nil
}

func achievementCreate(a *cli.App) *cobra.Command {
	f := achievementFlags{}
	c := a.Action("create", "起草成果", "Draft an achievement", func(ctx context.Context, c *cobra.Command, _ []string) error {
		if err := cli.Require(c, "title", "field"); err != nil {
			return err
		}
		x := &jiebangv1.Achievement{}
		if _, err := f.fill(a, c, x); err != nil {
			return err
		}
		_, err := cli.Mutate(ctx, a, achievementKind(), &jiebangv1.CreateAchievementRequest{Achievement: x}, achievements.CreateAchievement)
		return err
	})
	f.flags(c)
	a.ChangeFlags(c)
	return c
}

func achievementUpdate(a *cli.App) *cobra.Command {
	f := achievementFlags{}
	var c *cobra.Command
	c = cli.VerbCommand(a, achievementKind(), cli.Verb[achievements, *jiebangv1.UpdateAchievementRequest, achievement]{
		Use: "update ACHIEVEMENT", Chinese: "修改成果,已上架的也可以", English: "Change an achievement", Call: achievements.UpdateAchievement, Needs: needs(achievementFields),
		Fill: func(_ context.Context, r *jiebangv1.UpdateAchievementRequest, t cli.Target[achievement]) error {
			r.Achievement = &jiebangv1.Achievement{Name: t.Name, Etag: t.Etag}
			paths, err := f.fill(a, c, r.Achievement)
			r.UpdateMask = &fieldmaskpb.FieldMask{Paths: paths}
			return err
		},
	})
	f.flags(c)
	return c
}
