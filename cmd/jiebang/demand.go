package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	gmoney "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/vetting"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type (
	demands = jiebangv1.DemandServiceClient
	demand  = *jiebangv1.Demand
)

func demandKind() cli.Kind[demands, demand] {
	return cli.Kind[demands, demand]{
		Chinese: "需求", English: "demand", Collection: "demands", Depth: 2, Numbered: true, States: jiebangv1.Demand_State(0),
		Client: func(c grpc.ClientConnInterface) demands { return jiebangv1.NewDemandServiceClient(c) },
		Get: func(ctx context.Context, c demands, name string) (demand, error) {
			return c.GetDemand(ctx, &jiebangv1.GetDemandRequest{Name: name})
		},
		List: func(ctx context.Context, c demands, q cli.Query) ([]demand, string, error) {
			r, err := c.ListDemands(ctx, &jiebangv1.ListDemandsRequest{
				PageSize: q.Size, PageToken: q.Token, Filter: q.Filter, OrderBy: q.OrderBy,
			})
			return r.GetDemands(), r.GetNextPageToken(), err
		},
		Title: demand.GetTitle,
		Columns: append([]output.Column[demand]{
			output.Plain("编号", demand.GetNumber),
			output.Plain("标题", demand.GetTitle).Flexible(),
			output.Plain("状态", func(d demand) string { return input.Chinese(d.GetState()) }),
			{Title: "榜额", Amount: func(d demand) *gmoney.Money { return d.GetBudget() }, Absent: "面议"},
			output.Instant("截止时间", demand.GetDeadline),
			output.Plain("技术领域", func(d demand) string { return input.Chinese(d.GetField()) }),
			output.Plain("名称", demand.GetName),
			output.Plain("发榜单位", demand.GetOrganization).InDetail(),
			output.Plain("行政区划", demand.GetJurisdiction).InDetail(),
			output.Plain("中榜", demand.GetWinningBid).InDetail(),
			output.Plain("办理程序", demand.GetProcedure).InDetail(),
			output.Plain("理由", demand.GetReason).InDetail(),
			output.Plain("备注", demand.GetRemark).InDetail(),
			output.Plain("重新发榜自", demand.GetRelatedDemand).InDetail(),
			output.Instant("须确认有效于", demand.GetConfirmByTime).InDetail(),
			output.Plain("流榜原因", func(d demand) string { return input.Chinese(d.GetFailure()) }).InDetail(),
			output.Plain("说明", demand.GetDescription).InDetail(),
			output.Instant("发布时间", demand.GetPublishTime).InDetail(),
		}, cli.History[demand]()...),
	}
}

func (a *app) demandCommand() *cobra.Command {
	k := demandKind()
	c := a.Group("demand", "需求:发榜", "Demands",
		a.demandCreateCommand(), k.GetCommand(a.App), k.ListCommand(a.App, "list", nil), a.demandSearchCommand(), a.demandUpdateCommand(),
		cli.VerbCommand(a.App, k, cli.Verb[demands, *jiebangv1.PublishDemandRequest, demand]{
			Use: "publish DEMAND", Chinese: "发布需求草稿,内容就此固定", English: "Publish a draft", Call: demands.PublishDemand,
		}),
		cli.VerbCommand(a.App, k, cli.Verb[demands, *jiebangv1.WithdrawDemandRequest, demand]{
			Use: "withdraw DEMAND", Chinese: "截止前撤回需求,揭榜不开启即失效", English: "Withdraw a demand before its deadline", Call: demands.WithdrawDemand,
		}),
		a.demandAwardCommand(),
		cli.VerbCommand(a.App, k, cli.Verb[demands, *jiebangv1.RejectBidsRequest, demand]{
			Use: "reject-bids DEMAND", Chinese: "评榜结束,无人中榜", English: "End an evaluation without a winner", Call: demands.RejectBids,
		}),
	)
	c.AddCommand(vetting.Commands(a.App, k)...)
	return c
}

// demandFlags are the fields of a demand that its owner writes.
type demandFlags struct {
	title       string
	description cli.Prose
	field       jiebangv1.TechnologyField
	budget      cli.Amount
	deadline    string
}

func (f *demandFlags) flags(c *cobra.Command) {
	f.budget.Open = true
	c.Flags().StringVar(&f.title, "title", "", "标题,4 至 100 字")
	f.description.Flags(c, "description", "说明:难题、指标和条件")
	cli.CodeFlag(c, &f.field, "field", "技术领域")
	c.Flags().Var(&f.budget, "amount", "榜额,如 41.8万元 或 418000;面议(默认)")
	c.Flags().StringVar(&f.deadline, "deadline", "", "截止时间(不含该时刻):\"2026-12-31 18:00\"(北京时间)、2026-12-31(当天零点)、+30d")
}

// fill copies what was given into d and returns the fields that it changed.
func (f *demandFlags) fill(a *app, c *cobra.Command, d demand) (changed []string, err error) {
	add := func(field string) { changed = append(changed, field) }
	if c.Flags().Changed("title") {
		d.Title = f.title
		add("title")
	}
	description, given, err := f.description.Read(c, a.In, "description")
	if err != nil {
		return nil, err
	} else if given {
		d.Description = description
		add("description")
	}
	if c.Flags().Changed("field") {
		d.Field = f.field
		add("field")
	}
	if c.Flags().Changed("amount") {
		d.Budget = f.budget.Value
		add("budget")
	}
	if c.Flags().Changed("deadline") {
		at, err := input.Instant(f.deadline, a.Now())
		if err != nil {
			return nil, failure.AsUsage(err)
		}
		d.Deadline = timestamppb.New(at)
		add("deadline")
		a.Note("截止时间: %s(这一时刻起不再接受揭榜)", output.View{Detail: true}.Time(d.Deadline))
	}
	return changed, nil
}

func (a *app) demandCreateCommand() *cobra.Command {
	f, jurisdiction, procedure := demandFlags{}, "", ""
	c := a.Action("create", "起草需求", "Draft a demand", func(ctx context.Context, c *cobra.Command, _ []string) error {
		if err := cli.Require(c, "title", "field"); err != nil {
			return err
		}
		d := &jiebangv1.Demand{Jurisdiction: jurisdiction, Procedure: procedure}
		if _, err := f.fill(a, c, d); err != nil {
			return err
		}
		_, err := cli.Mutate(ctx, a.App, demandKind(), &jiebangv1.CreateDemandRequest{Demand: d}, demands.CreateDemand)
		return err
	})
	f.flags(c)
	c.Flags().StringVar(&procedure, "procedure", "", "办理程序:direct 直接发布(默认)、direct_sealed 直接发布并托管密封、open 公开揭榜、sealed 密封揭榜、two_envelopes 双信封、race 赛马制")
	c.Flags().StringVar(&jurisdiction, "jurisdiction", "", "行政区划代码(默认为本单位所在地)")
	a.ChangeFlags(c)
	return c
}

func (a *app) demandUpdateCommand() *cobra.Command {
	f := demandFlags{}
	var c *cobra.Command
	c = cli.VerbCommand(a.App, demandKind(), cli.Verb[demands, *jiebangv1.UpdateDemandRequest, demand]{
		Use: "update DEMAND", Chinese: "修改需求草稿", English: "Change a draft", Call: demands.UpdateDemand,
		Needs: []string{"title", "description", "description-file", "field", "amount", "deadline"},
		Fill: func(_ context.Context, r *jiebangv1.UpdateDemandRequest, t cli.Target[demand]) error {
			r.Demand = &jiebangv1.Demand{Name: t.Name, Etag: t.Etag}
			changed, err := f.fill(a, c, r.Demand)
			r.UpdateMask = &fieldmaskpb.FieldMask{Paths: changed}
			return err
		},
	})
	f.flags(c)
	return c
}

func (a *app) demandAwardCommand() *cobra.Command {
	winner := ""
	c := cli.VerbCommand(a.App, demandKind(), cli.Verb[demands, *jiebangv1.AwardDemandRequest, demand]{
		Use: "award DEMAND", Chinese: "评定一项揭榜中榜", English: "Award a demand to one bid", Call: demands.AwardDemand, Needs: []string{"bid"},
		Fill: func(_ context.Context, r *jiebangv1.AwardDemandRequest, t cli.Target[demand]) error {
			r.Bid = winner
			if !strings.Contains(winner, "/") {
				r.Bid = t.Name + "/bids/" + winner
			}
			return nil
		},
	})
	c.Flags().StringVar(&winner, "bid", "", "中榜的揭榜")
	bidKind().CompleteFlag(a.App, c, "bid")
	return c
}

func (a *app) demandSearchCommand() *cobra.Command {
	l := cli.Listing{}
	c := a.Action("search WORD...", "检索已发布的需求", "Search published demands", func(ctx context.Context, _ *cobra.Command, args []string) error {
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		client := jiebangv1.NewSearchServiceClient(conn)
		return cli.List(ctx, a.App, l, demandKind().Columns, func(ctx context.Context, q cli.Query) ([]demand, string, error) {
			r, err := client.SearchDemands(ctx, &jiebangv1.SearchDemandsRequest{
				Query: strings.Join(args, " "), PageSize: q.Size, PageToken: q.Token,
			})
			return r.GetDemands(), r.GetNextPageToken(), err
		})
	})
	l.Flags(c, true)
	return c
}
