package searching

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Match makes `match` and the commands below it.
func Match(a *cli.App) *cobra.Command {
	c := a.Group("match", "匹配:需求找成果和人,单位找能揭的榜,各说明理由", "Matches and their reasons",
		matchDemandCommand(a), matchOrganizationCommand(a), modelCommand(a), openCommand(a), contactCommand(a), reportCommand(a))
	c.Example = "  jiebang match demand XQ-330182-2026-0001\n  jiebang match organization"
	return c
}

// demandKind is what commands need to find a demand by its name or its number, and to complete it.
func demandKind() cli.Kind[jiebangv1.DemandServiceClient, demand] {
	return cli.Kind[jiebangv1.DemandServiceClient, demand]{
		Chinese: "需求", English: "demand", Collection: "demands", Depth: 2, Numbered: true, Title: demand.GetTitle, Columns: demandColumns,
		Client: func(c grpc.ClientConnInterface) jiebangv1.DemandServiceClient {
			return jiebangv1.NewDemandServiceClient(c)
		},
		Get: func(ctx context.Context, c jiebangv1.DemandServiceClient, name string) (demand, error) {
			return c.GetDemand(ctx, &jiebangv1.GetDemandRequest{Name: name})
		},
		List: func(ctx context.Context, c jiebangv1.DemandServiceClient, q cli.Query) ([]demand, string, error) {
			r, err := c.ListDemands(ctx, &jiebangv1.ListDemandsRequest{PageSize: q.Size, PageToken: q.Token, Filter: q.Filter})
			return r.GetDemands(), r.GetNextPageToken(), err
		},
	}
}

type organization = *jiebangv1.Organization

// organizationKind is what commands need to complete an organization.
func organizationKind() cli.Kind[jiebangv1.OrganizationServiceClient, organization] {
	return cli.Kind[jiebangv1.OrganizationServiceClient, organization]{
		Chinese: "机构", English: "organization", Collection: "organizations", Depth: 2, Title: organization.GetDisplayName,
		Client: func(c grpc.ClientConnInterface) jiebangv1.OrganizationServiceClient {
			return jiebangv1.NewOrganizationServiceClient(c)
		},
		List: func(ctx context.Context, c jiebangv1.OrganizationServiceClient, q cli.Query) ([]organization, string, error) {
			r, err := c.ListOrganizations(ctx, &jiebangv1.ListOrganizationsRequest{PageSize: q.Size, PageToken: q.Token})
			return r.GetOrganizations(), r.GetNextPageToken(), err
		},
	}
}

// own is the name of the caller's own organization.
func own(ctx context.Context, conn grpc.ClientConnInterface) (string, error) {
	caller, err := jiebangv1.NewOrganizationServiceClient(conn).GetCaller(ctx, &jiebangv1.GetCallerRequest{Name: "caller"})
	return caller.GetOrganization().GetName(), err
}

// fit is something that fits, how well, and why.
type fit[T any] struct {
	item    T
	score   int32
	reasons []*jiebangv1.MatchReason
	because string // what of the organization's fits, if that is told
}

// explained is a table of what fits. The reasons stand under the title, the first column, and their weights under the score, which they add up to.
func explained[T any](columns []output.Column[T], fits []fit[T], v output.View) output.Grid {
	var items []T
	for _, f := range fits {
		items = append(items, f.item)
	}
	g := output.Rows(columns, items, v)
	whole := output.Grid{Header: append([]string{"得分"}, g.Header...), Right: append([]bool{true}, g.Right...)}
	line := func(score, title string) {
		whole.Rows = append(whole.Rows, append([]string{score, title}, make([]string, len(g.Header)-1)...))
	}
	for i, f := range fits {
		whole.Rows = append(whole.Rows, append([]string{strconv.Itoa(int(f.score))}, g.Rows[i]...))
		if f.because != "" {
			line("", "  凭 "+f.because)
		}
		for _, r := range f.reasons {
			line("+"+strconv.Itoa(int(r.GetWeight())), "  "+r.GetText())
		}
	}
	return whole
}

// only picks columns by their titles.
func only[T any](columns []output.Column[T], titles ...string) []output.Column[T] {
	return slices.DeleteFunc(slices.Clone(columns), func(c output.Column[T]) bool { return !slices.Contains(titles, c.Title) })
}

// why writes reasons with their weights on one line.
func why(reasons []*jiebangv1.MatchReason) string {
	var all []string
	for _, r := range reasons {
		all = append(all, fmt.Sprintf("%d %s", r.GetWeight(), r.GetText()))
	}
	return strings.Join(all, ";")
}

// answered is what the answers of all matches share.
type answered interface {
	proto.Message
	GetModelVersion() string
	GetEngine() string
}

// show prints matches and tells by which model they were made. A match is a suggestion, so nothing found is no error.
func show(ctx context.Context, a *cli.App, r answered, d output.Document) (err error) {
	if d.JSON, err = output.Encode(r); err != nil {
		return err
	}
	if err := a.Printer.Document(ctx, d); err != nil {
		return err
	}
	if d.Name == "" {
		a.Note("没有合适的")
	}
	a.Note("得分满分 1000,理由的分值相加就是得分;模型 %s(jiebang match model 查看),%s", r.GetModelVersion(), engine(r.GetEngine()))
	return nil
}

func matchDemandCommand(a *cli.App) *cobra.Command {
	r := &jiebangv1.MatchDemandRequest{}
	c := a.Action("demand DEMAND", "给一项需求找值得一问的成果、专家、实验室和技术经纪人", "Who and what could answer a demand",
		func(ctx context.Context, _ *cobra.Command, args []string) (err error) {
			if r.Name, err = demandKind().Name(ctx, a, args[0]); err != nil {
				return err
			}
			conn, err := a.Connection()
			if err != nil {
				return err
			}
			found, err := jiebangv1.NewMatchServiceClient(conn).MatchDemand(ctx, r)
			if err != nil {
				return err
			}
			return show(ctx, a, found, counterparts(found))
		})
	c.Flags().Int32Var(&r.MaxCount, "limit", 10, "每类最多多少条,不超过 50")
	c.ValidArgsFunction = demandKind().Complete(a)
	c.Example = "  jiebang match demand XQ-330182-2026-0001 --limit 5\n" +
		"  jiebang match demand demands/d330182-… --jq '.achievements[] | [.score, .achievement.title, (.reasons | map(.text))]'"
	return c
}

// counterparts are the matches of a demand in each form.
func counterparts(r *jiebangv1.MatchDemandResponse) output.Document {
	var offers []fit[achievement]
	var people []fit[profile]
	var all []string
	d := output.Document{Header: []string{"类型", "得分", "成果、姓名或名称", "所属单位", "名称", "理由"}}
	add := func(kind, title, organization, name string, score int32, reasons []*jiebangv1.MatchReason) {
		all = append(all, name)
		d.Rows = append(d.Rows, []string{kind, strconv.Itoa(int(score)), title, organization, name, why(reasons)})
	}
	for _, m := range r.GetAchievements() {
		x := m.GetAchievement()
		offers = append(offers, fit[achievement]{x, m.GetScore(), m.GetReasons(), ""})
		add("成果", x.GetTitle(), x.GetOrganization(), x.GetName(), m.GetScore(), m.GetReasons())
	}
	for _, m := range r.GetProfiles() {
		p := m.GetProfile()
		people = append(people, fit[profile]{p, m.GetScore(), m.GetReasons(), ""})
		add(input.Chinese(p.GetKind()), p.GetDisplayName(), p.GetOrganization(), p.GetName(), m.GetScore(), m.GetReasons())
	}
	d.Name = strings.Join(all, "\n")
	d.Text = func(w *output.Text, v output.View) error {
		if len(offers) > 0 {
			if err := w.Grid(explained(only(achievementColumns, "成果名称", "成熟度", "期望价格", "名称"), offers, v)); err != nil {
				return err
			}
		}
		if len(people) == 0 {
			return nil
		}
		if len(offers) > 0 {
			if err := w.Printf(""); err != nil {
				return err
			}
		}
		return w.Grid(explained(only(profileColumns, "姓名或名称", "类型", "职称职务", "名称"), people, v))
	}
	return d
}

func matchOrganizationCommand(a *cli.App) *cobra.Command {
	r := &jiebangv1.MatchOrganizationRequest{}
	c := a.Action("organization [ORGANIZATION]", "给一家单位(默认本单位)找它能揭的榜", "The open demands that an organization could take",
		func(ctx context.Context, _ *cobra.Command, args []string) (err error) {
			conn, err := a.Connection()
			if err != nil {
				return err
			}
			if len(args) > 0 {
				r.Name, err = organizationKind().Name(ctx, a, args[0])
			} else {
				r.Name, err = own(ctx, conn)
			}
			if err != nil {
				return err
			}
			found, err := jiebangv1.NewMatchServiceClient(conn).MatchOrganization(ctx, r)
			if err != nil {
				return err
			}
			return show(ctx, a, found, opportunities(found))
		})
	c.Flags().Int32Var(&r.MaxCount, "limit", 10, "最多多少条,不超过 50")
	c.ValidArgsFunction = organizationKind().Complete(a)
	c.Example = "  jiebang match organization\n" +
		"  jiebang match organization organizations/o330182-… --limit 50 -o csv"
	return c
}

// opportunities are the matches of an organization in each form.
func opportunities(r *jiebangv1.MatchOrganizationResponse) output.Document {
	var fits []fit[demand]
	var all []demand
	for _, m := range r.GetDemands() {
		all = append(all, m.GetDemand())
		fits = append(fits, fit[demand]{m.GetDemand(), m.GetScore(), m.GetReasons(), m.GetBecause()})
	}
	columns := only(demandColumns, "标题", "榜额", "截止时间", "名称") // the state of all is the same: open
	csv := output.Rows(columns, all, output.View{CSV: true})
	d := output.Document{Header: append(append([]string{"得分"}, csv.Header...), "凭借", "理由"), Name: names(all)}
	for i, row := range csv.Rows {
		d.Rows = append(d.Rows, append(append([]string{strconv.Itoa(int(fits[i].score))}, row...), fits[i].because, why(fits[i].reasons)))
	}
	d.Text = func(w *output.Text, v output.View) error {
		if len(fits) == 0 {
			return nil
		}
		return w.Grid(explained(columns, fits, v))
	}
	return d
}
