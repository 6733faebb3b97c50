package settling

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type (
	payments = jiebangv1.PaymentServiceClient
	payment  = *jiebangv1.Payment
)

func paymentKind() cli.Kind[payments, payment] {
	return cli.Kind[payments, payment]{
		Chinese: "付款", English: "payment", Collection: "contracts", Depth: 4, Parent: "contracts/-", States: jiebangv1.Payment_State(0),
		Client: func(c grpc.ClientConnInterface) payments { return jiebangv1.NewPaymentServiceClient(c) },
		Get: func(ctx context.Context, c payments, name string) (payment, error) {
			return c.GetPayment(ctx, &jiebangv1.GetPaymentRequest{Name: name})
		},
		List: func(ctx context.Context, c payments, q cli.Query) ([]payment, string, error) {
			r, err := c.ListPayments(ctx, &jiebangv1.ListPaymentsRequest{Parent: q.Parent, PageSize: q.Size, PageToken: q.Token, Filter: q.Filter, OrderBy: q.OrderBy})
			return r.GetPayments(), r.GetNextPageToken(), err
		},
		Title: func(p payment) string { return input.Chinese(p.GetKind()) },
		Columns: append([]output.Column[payment]{
			output.Plain("种类", func(p payment) string { return input.Chinese(p.GetKind()) }),
			output.Plain("状态", func(p payment) string { return input.Chinese(p.GetState()) }), amount("金额", payment.GetAmount),
			output.Instant("确认时间", payment.GetConfirmTime), output.Plain("名称", payment.GetName),
			output.Plain("里程碑", payment.GetMilestone).InDetail(), output.Plain("保管方", payment.GetHolder).InDetail(), output.Plain("回单号", payment.GetVoucher).InDetail(),
			output.Plain("理由", payment.GetReason).InDetail(),
		}, cli.History[payment]()...),
	}
}

// Payment has the commands of payments.
func Payment(a *cli.App, of Contract) *cobra.Command {
	k, reason := paymentKind(), ""
	list := k.ListCommand(a, "list [CONTRACT]", of.Name)
	list.ValidArgsFunction = of.Complete(a)
	return a.Group("payment", "付款:申请、批准、支付、确认", "Payments", createPayment(a, of), k.GetCommand(a), list,
		cli.VerbCommand(a, k, cli.Verb[payments, *jiebangv1.RequestPaymentRequest, payment]{
			Use: "request PAYMENT", Chinese: "收款方申请付款", English: "Ask for a payment", Call: payments.RequestPayment,
		}),
		cli.VerbCommand(a, k, cli.Verb[payments, *jiebangv1.ApprovePaymentRequest, payment]{
			Use: "approve PAYMENT", Chinese: "付款方批准", English: "Approve a payment", Call: payments.ApprovePayment,
		}),
		claimCommand(a),
		cli.VerbCommand(a, k, cli.Verb[payments, *jiebangv1.ConfirmPaymentRequest, payment]{
			Use: "confirm PAYMENT", Chinese: "收款方确认到账;确认后才计入实付额", English: "Confirm that the money has come in", Call: payments.ConfirmPayment,
			Ask: func(p payment) string {
				return fmt.Sprintf("%s %s 元已到账,确认后不能撤销。", input.Chinese(p.GetKind()), output.View{Detail: true}.Money(p.GetAmount()))
			},
		}),
		reasonFlag(cli.VerbCommand(a, k, cli.Verb[payments, *jiebangv1.DisputePaymentRequest, payment]{
			Use: "dispute PAYMENT", Chinese: "收款方提出未到账", English: "Say that the money has not come in", Call: payments.DisputePayment, Needs: []string{"reason"},
			Fill: func(_ context.Context, r *jiebangv1.DisputePaymentRequest, _ cli.Target[payment]) error {
				r.Reason = reason
				return nil
			},
		}), &reason),
		reasonFlag(cli.VerbCommand(a, k, cli.Verb[payments, *jiebangv1.VoidPaymentRequest, payment]{
			Use: "void PAYMENT", Chinese: "收款方作废未确认的付款", English: "Give up a payment that is not confirmed", Call: payments.VoidPayment, Needs: []string{"reason"},
			Fill: func(_ context.Context, r *jiebangv1.VoidPaymentRequest, _ cli.Target[payment]) error {
				r.Reason = reason
				return nil
			},
		}), &reason),
	)
}

func createPayment(a *cli.App, of Contract) *cobra.Command {
	var (
		total cli.Amount
		p     = &jiebangv1.Payment{}
	)
	c := a.Action("create CONTRACT", "登记一笔计划的付款;平台不经手资金", "Plan a payment", func(ctx context.Context, c *cobra.Command, args []string) error {
		err := cli.Require(c, "kind", "amount")
		if err != nil {
			return err
		}
		r := &jiebangv1.CreatePaymentRequest{Payment: p}
		if r.Parent, err = of.Name(ctx, a, args[0]); err != nil {
			return err
		}
		p.Amount = total.Value
		_, err = cli.Mutate(ctx, a, paymentKind(), r, payments.CreatePayment)
		return err
	})
	cli.CodeFlag(c, &p.Kind, "kind", "种类")
	c.Flags().Var(&total, "amount", "金额,如 10万元;退款也填正数")
	c.Flags().StringVar(&p.Milestone, "milestone", "", "分期款所属的里程碑")
	c.Flags().StringVar(&p.Holder, "holder", "", "保证金或托管资金由谁保管")
	c.ValidArgsFunction = of.Complete(a)
	a.ChangeFlags(c)
	return c
}

func claimCommand(a *cli.App) *cobra.Command {
	var number, file string
	c := cli.VerbCommand(a, paymentKind(), cli.Verb[payments, *jiebangv1.ClaimPaymentRequest, payment]{
		Use: "claim PAYMENT", Chinese: "付款方填报已支付,附银行回单", English: "Say that it was paid", Call: payments.ClaimPayment, Needs: []string{"voucher"},
		Fill: func(_ context.Context, r *jiebangv1.ClaimPaymentRequest, _ cli.Target[payment]) (err error) {
			if r.Voucher = number; file != "" {
				r.VoucherDigest, err = input.Digest(file)
			}
			return failure.AsUsage(err)
		},
	})
	c.Flags().StringVar(&number, "voucher", "", "银行回单号")
	c.Flags().StringVar(&file, "voucher-file", "", "银行回单文件;只上传它的 SHA-256")
	if err := c.MarkFlagFilename("voucher-file"); err != nil {
		panic(err) // the flag was added just now
	}
	return c
}
