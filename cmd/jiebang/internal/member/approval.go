package member

import (
	"context"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type (
	approvals = jiebangv1.ApprovalServiceClient
	approval  = *jiebangv1.Approval
)

func approvalKind() cli.Kind[approvals, approval] {
	return cli.Kind[approvals, approval]{
		Chinese: "申请", English: "approval", Collection: "approvals", Depth: 2, States: jiebangv1.Approval_State(0), Unordered: true,
		Client: func(c grpc.ClientConnInterface) approvals { return jiebangv1.NewApprovalServiceClient(c) },
		Get: func(ctx context.Context, c approvals, name string) (approval, error) {
			return c.GetApproval(ctx, &jiebangv1.GetApprovalRequest{Name: name})
		},
		List: func(ctx context.Context, c approvals, q cli.Query) ([]approval, string, error) {
			r, err := c.ListApprovals(ctx, &jiebangv1.ListApprovalsRequest{PageSize: q.Size, PageToken: q.Token, Filter: q.Filter})
			return r.GetApprovals(), r.GetNextPageToken(), err
		},
		Title: func(o approval) string { return o.GetAction() + " " + o.GetSubject() },
		Columns: append([]output.Column[approval]{
			output.Plain("事项", approval.GetAction),
			output.Plain("对象", approval.GetSubject),
			output.Plain("申请人", func(o approval) string { return or(o.GetRequesterDisplayName(), o.GetRequester()) }),
			output.Plain("状态", func(o approval) string { return input.Chinese(o.GetState()) }),
			output.Instant("有效至", approval.GetExpireTime),
			output.Plain("名称", approval.GetName),
			output.Plain("方法", approval.GetMethod).InDetail(),
			output.Plain("请求全文", approval.GetRequest).InDetail(),
			output.Plain("摘要", func(o approval) string { return output.Hex(o.GetDigest()) }).InDetail(),
			output.Plain("机构", approval.GetOrganization).InDetail(),
			output.Plain("批准或拒绝人", approval.GetDecider).InDetail(),
		}, cli.History[approval]()...),
	}
}

// Approval has the commands of what two persons do.
func Approval(a *cli.App) *cobra.Command {
	k := approvalKind()
	return a.Group("approval", "须两人办的事:申请与批准", "What two persons do", k.GetCommand(a), k.ListCommand(a, "list", nil), approveCommand(a), refuseCommand(a),
		cli.VerbCommand(a, k, cli.Verb[approvals, *jiebangv1.WithdrawApprovalRequest, approval]{
			Use: "withdraw APPROVAL", Chinese: "撤回自己的申请", English: "Take your own request back", Call: approvals.WithdrawApproval,
		}))
}

// Approve is approval approve at hand: what the second person types.
func Approve(a *cli.App) *cobra.Command { return approveCommand(a) }

// read shows what was asked, whole: a person approves what it has read, and nothing else.
func read(a *cli.App, o approval) {
	a.Note("申请人: %s(%s)", o.GetRequesterDisplayName(), o.GetRequester())
	a.Note("事项: %s(%s)", o.GetAction(), o.GetMethod())
	a.Note("对象: %s", o.GetSubject())
	a.Note("请求全文: %s", o.GetRequest())
	a.Note("摘要: %s", output.Hex(o.GetDigest()))
	a.Note("状态: %s,有效至 %s", input.Chinese(o.GetState()), output.View{}.Time(o.GetExpireTime()))
}

func approveCommand(a *cli.App) *cobra.Command {
	c := cli.VerbCommand(a, approvalKind(), cli.Verb[approvals, *jiebangv1.ApproveRequestRequest, approval]{
		Use: "approve APPROVAL", Chinese: "作为第二人审阅并批准一项申请", English: "Read and approve what another person asked", Call: approvals.ApproveRequest,
		Ask: func(o approval) string {
			read(a, o)
			return "批准的就是以上请求,一字不差。"
		},
		Fill: func(_ context.Context, r *jiebangv1.ApproveRequestRequest, t cli.Target[approval]) error {
			r.Digest = t.Current.GetDigest()
			return nil
		},
	})
	c.Example = "  jiebang approve approvals/a330182-…"
	return c
}

func refuseCommand(a *cli.App) *cobra.Command {
	return cli.VerbCommand(a, approvalKind(), cli.Verb[approvals, *jiebangv1.RefuseRequestRequest, approval]{
		Use: "refuse APPROVAL", Chinese: "拒绝一项申请", English: "Refuse what another person asked", Call: approvals.RefuseRequest,
	})
}
