package settling

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"
	gmoney "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
	terms "github.com/jiebang/jiebang/services/amending/amendment"
	"github.com/jiebang/jiebang/services/money"
)

type (
	amendments = jiebangv1.AmendmentServiceClient
	amendment  = *jiebangv1.Amendment
)

func amendmentKind() cli.Kind[amendments, amendment] {
	return cli.Kind[amendments, amendment]{
		Chinese: "合同变更", English: "amendment", Collection: "contracts", Depth: 4, Parent: "contracts/-", States: jiebangv1.Amendment_State(0),
		Client: func(c grpc.ClientConnInterface) amendments { return jiebangv1.NewAmendmentServiceClient(c) },
		Get: func(ctx context.Context, c amendments, name string) (amendment, error) {
			return c.GetAmendment(ctx, &jiebangv1.GetAmendmentRequest{Name: name})
		},
		List: func(ctx context.Context, c amendments, q cli.Query) ([]amendment, string, error) {
			r, err := c.ListAmendments(ctx, &jiebangv1.ListAmendmentsRequest{Parent: q.Parent, PageSize: q.Size, PageToken: q.Token, Filter: q.Filter, OrderBy: q.OrderBy})
			return r.GetAmendments(), r.GetNextPageToken(), err
		},
		Title: amendment.GetExplanation,
		Columns: append([]output.Column[amendment]{
			output.Plain("状态", func(m amendment) string { return input.Chinese(m.GetState()) }),
			amount("变更后总额", amendment.GetNewTotal), amount("差额", amendment.GetDifference),
			output.Plain("原因", func(m amendment) string { return cli.Names(m.GetReasons()) }),
			output.Plain("签订日期", func(m amendment) string { return output.Date(m.GetSignDate()) }),
			output.Plain("名称", amendment.GetName),
			output.Plain("说明", amendment.GetExplanation).InDetail(),
			output.Instant("买方签署", amendment.GetBuyerSignTime).InDetail(), output.Instant("卖方签署", amendment.GetSellerSignTime).InDetail(),
			output.Plain("拒签原因", amendment.GetEndReason).InDetail(),
			output.Plain("文本 SHA-256", func(m amendment) string { return output.Hex(m.GetTextDigest()) }).InDetail(),
			output.Plain("签署摘要", func(m amendment) string { return output.Hex(m.GetSignDigest()) }).InDetail(),
		}, cli.History[amendment]()...),
	}
}

// Amendment has the commands of amendments.
func Amendment(a *cli.App, of Contract) *cobra.Command {
	k, reason := amendmentKind(), ""
	list := k.ListCommand(a, "list [CONTRACT]", of.Name)
	list.ValidArgsFunction = of.Complete(a)
	return a.Group("amendment", "合同变更", "Amendments", createAmendment(a, of), k.GetCommand(a), list,
		cli.VerbCommand(a, k, cli.Verb[amendments, *jiebangv1.ProposeAmendmentRequest, amendment]{
			Use: "propose AMENDMENT", Chinese: "固定变更的文本,请双方签署", English: "Fix an amendment and ask both sides to sign", Call: amendments.ProposeAmendment,
		}),
		cli.VerbCommand(a, k, cli.Verb[amendments, *jiebangv1.SignAmendmentRequest, amendment]{
			Use: "sign AMENDMENT", Chinese: "代表本机构签署变更", English: "Sign an amendment for your organization", Call: amendments.SignAmendment,
			Show: func(m amendment) *gmoney.Money { return show(a, m) },
			Fill: func(_ context.Context, r *jiebangv1.SignAmendmentRequest, t cli.Target[amendment]) error {
				r.SignDigest = t.Current.GetSignDigest()
				return check(t.Current)
			},
		}),
		reasonFlag(cli.VerbCommand(a, k, cli.Verb[amendments, *jiebangv1.RefuseAmendmentRequest, amendment]{
			Use: "refuse AMENDMENT", Chinese: "拒绝签署变更,合同照旧", English: "Refuse to sign an amendment", Call: amendments.RefuseAmendment, Needs: []string{"reason"},
			Fill: func(_ context.Context, r *jiebangv1.RefuseAmendmentRequest, _ cli.Target[amendment]) error {
				r.Reason = reason
				return nil
			},
		}), &reason),
		cli.VerbCommand(a, k, cli.Verb[amendments, *jiebangv1.WithdrawAmendmentRequest, amendment]{
			Use: "withdraw AMENDMENT", Chinese: "撤回本方起草的变更", English: "Withdraw an amendment that your side drafted", Call: amendments.WithdrawAmendment,
		}),
	)
}

func createAmendment(a *cli.App, of Contract) *cobra.Command {
	var (
		total   cli.Amount
		reasons []string
		m       = &jiebangv1.Amendment{}
		text    string
	)
	c := a.Action("create CONTRACT", "起草合同变更:填变更后的总额,差额由平台计算", "Draft an amendment by its new total", func(ctx context.Context, c *cobra.Command, args []string) error {
		err := cli.Require(c, "new-total", "why", "explanation", "text")
		if err != nil {
			return err
		}
		r := &jiebangv1.CreateAmendmentRequest{Amendment: m}
		if r.Parent, err = of.Name(ctx, a, args[0]); err != nil {
			return err
		}
		if m.Reasons, err = cli.ParseCodes[jiebangv1.Amendment_Reason]("why", reasons); err != nil {
			return err
		}
		if m.TextDigest, err = input.Digest(text); err != nil {
			return failure.AsUsage(err)
		}
		m.NewTotal = total.Value
		_, err = cli.Mutate(ctx, a, amendmentKind(), r, amendments.CreateAmendment)
		return err
	})
	c.Flags().Var(&total, "new-total", "变更后的总额(不是差额),如 50万元")
	cli.CodesFlag[jiebangv1.Amendment_Reason](c, &reasons, "why", "变更原因,可写几次")
	c.Flags().StringVar(&m.Explanation, "explanation", "", "说明,1 至 500 字")
	c.Flags().StringVar(&text, "text", "", "变更文本文件;只上传它的 SHA-256")
	if err := c.MarkFlagFilename("text"); err != nil {
		panic(err) // the flag was added just now
	}
	c.ValidArgsFunction = of.Complete(a)
	a.ChangeFlags(c)
	return c
}

var errTerms = errors.New("服务器给的签署摘要与所示变更不符,没有签署;请与平台管理员联系")

// check computes the digest of what is shown: what is signed is what the signer sees, whatever the server says.
func check(m amendment) error {
	total, err1 := fen(m.GetNewTotal())
	difference, err2 := fen(m.GetDifference())
	t := terms.Terms{ID: last(m.GetName()), Contract: strings.Split(m.GetName(), "/")[1], Number: int(m.GetNumber()), Before: total - difference, NewTotal: total,
		Explanation: m.GetExplanation(), TextDigest: m.GetTextDigest()}
	for _, r := range m.GetReasons() {
		t.Reasons = append(t.Reasons, strings.ToLower(r.String()))
	}
	if err1 != nil || err2 != nil || len(m.GetSignDigest()) > 0 && !bytes.Equal(t.Digest(), m.GetSignDigest()) {
		return errTerms
	}
	return nil
}

// fen reads an amount that may be negative.
func fen(m *gmoney.Money) (money.Fen, error) {
	if m.GetUnits() < 0 || m.GetNanos() < 0 {
		f, err := money.FromUnits(m.GetCurrencyCode(), -m.GetUnits(), -m.GetNanos())
		return -f, err
	}
	return money.FromUnits(m.GetCurrencyCode(), m.GetUnits(), m.GetNanos())
}

// show shows what a signature binds its side to.
func show(a *cli.App, m amendment) *gmoney.Money {
	a.Note("即将签署,签署后对本机构有约束力:")
	for _, line := range [][2]string{
		{"变更", m.GetName()}, {"变更后总额", output.View{Detail: true}.Money(m.GetNewTotal())}, {"差额", output.View{Detail: true}.Money(m.GetDifference())},
		{"原因", cli.Names(m.GetReasons())}, {"说明", m.GetExplanation()}, {"文本 SHA-256", output.Hex(m.GetTextDigest())}, {"签署摘要", output.Hex(m.GetSignDigest())},
	} {
		a.Note("  %s: %s", line[0], line[1])
	}
	return m.GetNewTotal()
}
