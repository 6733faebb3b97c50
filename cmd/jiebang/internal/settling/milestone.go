package settling

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type (
	milestones = jiebangv1.MilestoneServiceClient
	milestone  = *jiebangv1.Milestone
)

func milestoneKind() cli.Kind[milestones, milestone] {
	return cli.Kind[milestones, milestone]{
		Chinese: "里程碑", English: "milestone", Collection: "contracts", Depth: 4, Parent: "contracts/-", States: jiebangv1.Milestone_State(0),
		Client: func(c grpc.ClientConnInterface) milestones { return jiebangv1.NewMilestoneServiceClient(c) },
		Get: func(ctx context.Context, c milestones, name string) (milestone, error) {
			return c.GetMilestone(ctx, &jiebangv1.GetMilestoneRequest{Name: name})
		},
		List: func(ctx context.Context, c milestones, q cli.Query) ([]milestone, string, error) {
			r, err := c.ListMilestones(ctx, &jiebangv1.ListMilestonesRequest{Parent: q.Parent, PageSize: q.Size, PageToken: q.Token, Filter: q.Filter, OrderBy: q.OrderBy})
			return r.GetMilestones(), r.GetNextPageToken(), err
		},
		Title: milestone.GetTitle,
		Columns: append([]output.Column[milestone]{
			output.Plain("序号", func(m milestone) string { return strconv.Itoa(int(m.GetNumber())) }),
			output.Plain("标题", milestone.GetTitle).Flexible(),
			output.Plain("状态", state), amount("金额", milestone.GetAmount), amount("已验收", milestone.GetAccepted),
			output.Plain("到期日", func(m milestone) string { return output.Date(m.GetDueDate()) }),
			output.Plain("名称", milestone.GetName),
			output.Plain("占比", func(m milestone) string { return fmt.Sprintf("%d.%02d%%", m.GetShare()/100, m.GetShare()%100) }).InDetail(),
			output.Plain("指标", func(m milestone) string { return fmt.Sprint(m.GetIndicators()) }).InDetail(),
			output.Plain("返工次数", func(m milestone) string { return strconv.Itoa(int(m.GetReworks())) }).InDetail(),
			output.Plain("理由", milestone.GetReason).InDetail(),
		}, cli.History[milestone]()...),
	}
}

// state is the state of a milestone, and whether it is late.
func state(m milestone) string {
	if m.GetOverdue() {
		return input.Chinese(m.GetState()) + "(逾期)"
	}
	return input.Chinese(m.GetState())
}

// Milestone has the commands of milestones.
func Milestone(a *cli.App, of Contract) *cobra.Command {
	k, reason := milestoneKind(), ""
	list := k.ListCommand(a, "list [CONTRACT]", of.Name)
	list.ValidArgsFunction = of.Complete(a)
	return a.Group("milestone", "里程碑:履行与验收", "Milestones", k.GetCommand(a), list,
		cli.VerbCommand(a, k, cli.Verb[milestones, *jiebangv1.StartMilestoneRequest, milestone]{
			Use: "start MILESTONE", Chinese: "卖方开始履行", English: "Say that the seller works on it", Call: milestones.StartMilestone,
		}),
		submitCommand(a),
		cli.VerbCommand(a, k, cli.Verb[milestones, *jiebangv1.StartMilestoneAcceptanceRequest, milestone]{
			Use: "examine MILESTONE", Chinese: "买方开始验收", English: "Say that the buyer examines the evidence", Call: milestones.StartMilestoneAcceptance,
		}),
		concludeCommand(a),
		reasonFlag(cli.VerbCommand(a, k, cli.Verb[milestones, *jiebangv1.MarkMilestoneNotDeliveredRequest, milestone]{
			Use: "not-delivered MILESTONE", Chinese: "认定到期未交付", English: "Say that it was not delivered", Call: milestones.MarkMilestoneNotDelivered, Needs: []string{"reason"},
			Fill: func(_ context.Context, r *jiebangv1.MarkMilestoneNotDeliveredRequest, _ cli.Target[milestone]) error {
				r.Reason = reason
				return nil
			},
		}), &reason),
		reasonFlag(cli.VerbCommand(a, k, cli.Verb[milestones, *jiebangv1.WaiveMilestoneRequest, milestone]{
			Use: "waive MILESTONE", Chinese: "同意豁免;双方都同意才算", English: "Agree to do without it", Call: milestones.WaiveMilestone, Needs: []string{"reason"},
			Fill: func(_ context.Context, r *jiebangv1.WaiveMilestoneRequest, _ cli.Target[milestone]) error {
				r.Reason = reason
				return nil
			},
		}), &reason),
	)
}

func submitCommand(a *cli.App) *cobra.Command {
	var values []string
	c := cli.VerbCommand(a, milestoneKind(), cli.Verb[milestones, *jiebangv1.SubmitMilestoneEvidenceRequest, milestone]{
		Use: "submit MILESTONE", Chinese: "卖方逐项提交指标的证明", English: "Submit the evidence of each indicator", Call: milestones.SubmitMilestoneEvidence, Needs: []string{"evidence"},
		Fill: func(_ context.Context, r *jiebangv1.SubmitMilestoneEvidenceRequest, _ cli.Target[milestone]) error {
			for _, v := range values {
				r.Evidence = append(r.Evidence, &jiebangv1.Milestone_Evidence{Value: v})
			}
			return nil
		},
	})
	c.Flags().StringArrayVar(&values, "evidence", nil, "达到的值,按指标的次序,每项写一次")
	return c
}

func concludeCommand(a *cli.App) *cobra.Command {
	var (
		outcome  jiebangv1.Milestone_State
		accepted cli.Amount
		reason   string
	)
	c := reasonFlag(cli.VerbCommand(a, milestoneKind(), cli.Verb[milestones, *jiebangv1.ConcludeMilestoneAcceptanceRequest, milestone]{
		Use: "conclude MILESTONE", Chinese: "买方作出验收结论", English: "Conclude the buyer's examination", Call: milestones.ConcludeMilestoneAcceptance, Needs: []string{"outcome"},
		Fill: func(_ context.Context, r *jiebangv1.ConcludeMilestoneAcceptanceRequest, _ cli.Target[milestone]) error {
			r.Outcome, r.Accepted, r.Reason = outcome, accepted.Value, reason
			return nil
		},
	}), &reason)
	cli.CodeFlag(c, &outcome, "outcome", "结论: met 通过、partially-met 部分通过、rejected 不通过")
	c.Flags().Var(&accepted, "accepted", "部分通过时,累计验收的金额")
	return c
}
