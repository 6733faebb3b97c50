package judging

import (
	"context"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type (
	objections = jiebangv1.ObjectionServiceClient
	objection  = *jiebangv1.Objection
)

func objectionKind() cli.Kind[objections, objection] {
	return cli.Kind[objections, objection]{
		Chinese: "异议", English: "objection", Collection: "demands", Depth: 4, Parent: "demands/-", States: jiebangv1.Objection_State(0),
		Client: func(c grpc.ClientConnInterface) objections { return jiebangv1.NewObjectionServiceClient(c) },
		Get: func(ctx context.Context, c objections, name string) (objection, error) {
			return c.GetObjection(ctx, &jiebangv1.GetObjectionRequest{Name: name})
		},
		List: func(ctx context.Context, c objections, q cli.Query) ([]objection, string, error) {
			r, err := c.ListObjections(ctx, &jiebangv1.ListObjectionsRequest{Parent: q.Parent, PageSize: q.Size, PageToken: q.Token, Filter: q.Filter, OrderBy: q.OrderBy})
			return r.GetObjections(), r.GetNextPageToken(), err
		},
		Title: func(o objection) string { return input.Chinese(o.GetState()) + " " + o.GetOrganization() },
		Columns: append([]output.Column[objection]{
			output.Plain("状态", func(o objection) string { return input.Chinese(o.GetState()) }),
			output.Plain("事由", func(o objection) string { return input.Chinese(o.GetGround()) }),
			output.Plain("提出单位", objection.GetOrganization),
			output.Instant("答复期限", objection.GetDueTime),
			output.Plain("名称", objection.GetName),
			output.Plain("内容", objection.GetText).InDetail(),
			output.Plain("审查意见", objection.GetOpinion).InDetail(),
			output.Plain("裁决理由", objection.GetDecisionReason).InDetail(),
			output.Plain("审查人", objection.GetReviewer).InDetail(),
			output.Plain("裁决人", objection.GetDecider).InDetail(),
			output.Instant("逾期上报", objection.GetEscalateTime).InDetail(),
		}, cli.History[objection]()...),
	}
}

// Objection makes `objection` and the commands below it.
func Objection(a *cli.App) *cobra.Command {
	k := objectionKind()
	opinion, reason := "", ""
	rejected, upheld := false, false
	review := cli.VerbCommand(a, k, cli.Verb[objections, *jiebangv1.ReviewObjectionRequest, objection]{
		Use: "review OBJECTION", Chinese: "审查异议,写明意见", English: "Review an objection", Call: objections.ReviewObjection, Needs: []string{"opinion"},
		Fill: func(_ context.Context, r *jiebangv1.ReviewObjectionRequest, _ cli.Target[objection]) error {
			r.Admissible, r.Opinion = !rejected, opinion
			return nil
		},
	})
	review.Flags().BoolVar(&rejected, "inadmissible", false, "不予受理")
	review.Flags().StringVar(&opinion, "opinion", "", "意见")
	decide := cli.VerbCommand(a, k, cli.Verb[objections, *jiebangv1.DecideObjectionRequest, objection]{
		Use: "decide OBJECTION", Chinese: "裁决异议;成立的重新评榜", English: "Decide on an objection", Call: objections.DecideObjection, Needs: []string{"reason"},
		Fill: func(_ context.Context, r *jiebangv1.DecideObjectionRequest, _ cli.Target[objection]) error {
			r.Upheld, r.Reason = upheld, reason
			return nil
		},
	})
	decide.Flags().BoolVar(&upheld, "upheld", false, "异议成立(默认不成立)")
	decide.Flags().StringVar(&reason, "reason", "", "理由")
	return a.Group("objection", "异议", "Objections to a decision", create(a), k.GetCommand(a), k.ListCommand(a, "list", nil), review, decide,
		cli.VerbCommand(a, k, cli.Verb[objections, *jiebangv1.WithdrawObjectionRequest, objection]{
			Use: "withdraw OBJECTION", Chinese: "撤回异议", English: "Take an objection back", Call: objections.WithdrawObjection,
		}))
}

func create(a *cli.App) *cobra.Command {
	o := &jiebangv1.Objection{}
	var text cli.Prose
	c := a.Action("create DEMAND", "在公示期内提出异议", "Object to an announced decision", func(ctx context.Context, c *cobra.Command, args []string) (err error) {
		var given bool
		if o.Text, given, err = text.Read(c, a.In, "text"); err != nil {
			return err
		}
		if !given || !c.Flags().Changed("ground") {
			return failure.Usagef("缺少 --ground 或 --text(--text-file)")
		}
		_, err = cli.Mutate(ctx, a, objectionKind(), &jiebangv1.CreateObjectionRequest{Parent: args[0], Objection: o}, objections.CreateObjection)
		return err
	})
	cli.CodeFlag(c, &o.Ground, "ground", "事由")
	text.Flags(c, "text", "内容")
	a.ChangeFlags(c)
	return c
}
