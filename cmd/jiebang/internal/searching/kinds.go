package searching

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"
	gmoney "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type (
	demand      = *jiebangv1.Demand
	achievement = *jiebangv1.Achievement
	profile     = *jiebangv1.Profile
)

// The attributes that are counted are codes, or 行政区划代码.
var fieldFacet = facet{"field", "技术领域", jiebangv1.TechnologyField(0)}

// chinese names codes.
func chinese[E input.Enum](list []E) string {
	var names []string
	for _, e := range list {
		names = append(names, input.Chinese(e))
	}
	return strings.Join(names, "、")
}

// The columns of what is found. The first is the title.
var (
	demandColumns = []output.Column[demand]{
		output.Plain("标题", demand.GetTitle).Flexible(),
		output.Plain("状态", func(d demand) string { return input.Chinese(d.GetState()) }),
		{Title: "榜额", Amount: func(d demand) *gmoney.Money { return d.GetBudget() }, Absent: "面议"},
		output.Instant("截止时间", demand.GetDeadline),
		output.Plain("技术领域", func(d demand) string { return input.Chinese(d.GetField()) }),
		output.Plain("名称", demand.GetName),
		output.Plain("编号", demand.GetNumber).InDetail(),
		output.Plain("说明", demand.GetDescription).InDetail(),
		output.Plain("发榜单位", demand.GetOrganization).InDetail(),
		output.Plain("行政区划", demand.GetJurisdiction).InDetail(),
	}
	achievementColumns = []output.Column[achievement]{
		output.Plain("成果名称", achievement.GetTitle).Flexible(),
		output.Plain("成熟度", func(x achievement) string { return input.Chinese(x.GetMaturity()) }),
		{Title: "期望价格", Amount: func(x achievement) *gmoney.Money { return x.GetAskingPrice() }, Absent: "面议"},
		output.Plain("技术领域", func(x achievement) string { return input.Chinese(x.GetField()) }),
		output.Plain("名称", achievement.GetName),
		output.Plain("合作方式", func(x achievement) string { return chinese(x.GetCooperationModes()) }).InDetail(),
		output.Plain("成果简介", achievement.GetSummary).InDetail(),
		output.Plain("关键词", func(x achievement) string { return strings.Join(x.GetKeywords(), "、") }).InDetail(),
		output.Plain("所在地", achievement.GetRegion).InDetail(),
		output.Plain("所属单位", achievement.GetOrganization).InDetail(),
	}
	profileColumns = []output.Column[profile]{
		output.Plain("姓名或名称", profile.GetDisplayName).Flexible(),
		output.Plain("类型", func(p profile) string { return input.Chinese(p.GetKind()) }),
		output.Plain("职称职务", profile.GetPosition).Flexible(),
		output.Plain("技术领域", func(p profile) string { return chinese(p.GetFields()) }).Flexible(),
		output.Plain("名称", profile.GetName),
		output.Plain("仪器设备", func(p profile) string { return strings.Join(p.GetEquipment(), "\n") }).InDetail(),
		output.Plain("简介", profile.GetIntroduction).InDetail(),
		output.Plain("关键词", func(p profile) string { return strings.Join(p.GetKeywords(), "、") }).InDetail(),
		output.Plain("所在地", profile.GetRegion).InDetail(),
		output.Plain("所属单位", profile.GetOrganization).InDetail(),
	}
)

func demandsCommand(a *cli.App) *cobra.Command {
	r := &jiebangv1.SearchDemandsRequest{}
	var least, most cli.Amount
	openAt := ""
	c := search[*jiebangv1.SearchDemandsResponse, demand]{
		use: "demands", zh: "检索已发布的需求", en: "Search published demands",
		example: "  jiebang search demands 纳米碳酸钙 --field 新材料 --min-amount 20万元 --facets field,state\n" +
			"  jiebang search demands --open-at now --order-by deadline --all -o csv\n" +
			"  jiebang search demands 变压器 --jq '.snippets[].fragments[].parts | map(select(.found).text)'",
		facets:  []facet{fieldFacet, {"state", "状态", jiebangv1.Demand_State(0)}, {"jurisdiction", "行政区划", nil}},
		orders:  []string{"publish_time", "deadline", "budget"},
		columns: demandColumns,
		filters: []string{"state", "jurisdiction", "min-amount", "max-amount", "open-at"},
		items:   (*jiebangv1.SearchDemandsResponse).GetDemands,
		ask: func(ctx context.Context, client jiebangv1.SearchServiceClient, q query) (*jiebangv1.SearchDemandsResponse, error) {
			r.Query, r.Fields, r.Facets, r.OrderBy, r.PageSize, r.PageToken = q.text, q.fields, q.facets, q.OrderBy, q.Size, q.Token
			r.MinBudget, r.MaxBudget = least.Value, most.Value
			if openAt != "" && r.OpenAt == nil {
				at, err := instant(openAt, a.Now)
				if err != nil {
					return nil, err
				}
				r.OpenAt = at
			}
			return client.SearchDemands(ctx, r)
		},
	}.command(a)
	codesFlag(c, &r.States, "state", "状态")
	c.Flags().StringVar(&r.Jurisdiction, "jurisdiction", "", "行政区划代码,6 位")
	c.Flags().Var(&least, "min-amount", "榜额不低于,如 20万元;面议的不算")
	c.Flags().Var(&most, "max-amount", "榜额不高于,如 50万元;面议的不算")
	c.Flags().StringVar(&openAt, "open-at", "", "那一时刻还能揭榜的:now(现在)、+30d、2026-12-31")
	return c
}

// instant reads a time; now is this moment.
func instant(text string, now func() time.Time) (*timestamppb.Timestamp, error) {
	if strings.TrimSpace(text) == "now" {
		return timestamppb.New(now()), nil
	}
	at, err := input.Instant(text, now())
	if err != nil {
		return nil, failure.AsUsage(err)
	}
	return timestamppb.New(at), nil
}

func achievementsCommand(a *cli.App) *cobra.Command {
	r := &jiebangv1.SearchAchievementsRequest{}
	var most cli.Amount
	c := search[*jiebangv1.SearchAchievementsResponse, achievement]{
		use: "achievements", zh: "检索已上架的科技成果", en: "Search listed achievements",
		example: "  jiebang search achievements 有机硅 --maturity 中试,产业化 --max-amount 100万元\n" +
			"  jiebang search achievements --modes 先用后转 --min-trl 6 --order-by \"publish_time desc\" --facets all",
		facets: []facet{fieldFacet, {"maturity", "成熟度", jiebangv1.Achievement_Maturity(0)},
			{"cooperation_mode", "合作方式", jiebangv1.Achievement_CooperationMode(0)}, {"region", "所在地", nil}},
		orders:  []string{"publish_time", "price", "trl"},
		columns: achievementColumns,
		filters: []string{"maturity", "min-trl", "modes", "max-amount"},
		items:   (*jiebangv1.SearchAchievementsResponse).GetAchievements,
		ask: func(ctx context.Context, client jiebangv1.SearchServiceClient, q query) (*jiebangv1.SearchAchievementsResponse, error) {
			r.Query, r.Fields, r.Facets, r.OrderBy, r.PageSize, r.PageToken = q.text, q.fields, q.facets, q.OrderBy, q.Size, q.Token
			r.MaxPrice = most.Value
			return client.SearchAchievements(ctx, r)
		},
	}.command(a)
	codesFlag(c, &r.Maturities, "maturity", "成熟度")
	codesFlag(c, &r.CooperationModes, "modes", "合作方式")
	c.Flags().Int32Var(&r.MinTrl, "min-trl", 0, "技术就绪度不低于,1 至 9")
	c.Flags().Var(&most, "max-amount", "期望价格不高于,如 100万元;面议的不算")
	return c
}

func organizationsCommand(a *cli.App) *cobra.Command {
	r := &jiebangv1.SearchOrganizationsRequest{}
	c := search[*jiebangv1.SearchOrganizationsResponse, profile]{
		use: "organizations", zh: "检索已上架的专家、实验室和技术经纪人", en: "Search experts, laboratories and brokers",
		example: "  jiebang search organizations 粉体 --kind 实验室,专家\n" +
			"  jiebang search organizations --field 农业 --order-by \"contracts desc\"",
		facets:  []facet{fieldFacet, {"kind", "类型", jiebangv1.Profile_Kind(0)}, {"region", "所在地", nil}},
		orders:  []string{"publish_time", "contracts"},
		columns: profileColumns,
		filters: []string{"kind"},
		items:   (*jiebangv1.SearchOrganizationsResponse).GetProfiles,
		ask: func(ctx context.Context, client jiebangv1.SearchServiceClient, q query) (*jiebangv1.SearchOrganizationsResponse, error) {
			r.Query, r.Fields, r.Facets, r.OrderBy, r.PageSize, r.PageToken = q.text, q.fields, q.facets, q.OrderBy, q.Size, q.Token
			return client.SearchOrganizations(ctx, r)
		},
	}.command(a)
	codesFlag(c, &r.Kinds, "kind", "类型")
	return c
}
