package settling

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type balance = *jiebangv1.ContractBalance

// Balance shows what a contract comes to.
func Balance(a *cli.App, of Contract) *cobra.Command {
	columns := []output.Column[balance]{
		output.Plain("名称", balance.GetName), amount("合同成交额", balance.GetSigned), amount("变更", balance.GetAmended), amount("现合同额", balance.GetCurrent),
		amount("实付额", balance.GetPaid), amount("已验收", balance.GetAccepted), amount("未付", balance.GetOutstanding), amount("技术交易额", balance.GetRegistered),
		output.Plain("兑现率", func(b balance) string { return fmt.Sprintf("%d.%02d%%", b.GetPaidShare()/100, b.GetPaidShare()%100) }),
		output.Plain("截至账目", func(b balance) string { return fmt.Sprint(b.GetAsOfSequence()) }),
	}
	c := a.Action("balance CONTRACT", "合同的金额台账:成交、变更、实付、验收", "Show what a contract comes to", func(ctx context.Context, _ *cobra.Command, args []string) error {
		name, err := of.Name(ctx, a, args[0])
		if err != nil {
			return err
		}
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		b, err := jiebangv1.NewPaymentServiceClient(conn).GetContractBalance(ctx, &jiebangv1.GetContractBalanceRequest{Name: name + "/balance"})
		if err != nil {
			return err
		}
		return output.One(ctx, a.Printer, columns, b)
	})
	c.ValidArgsFunction = of.Complete(a)
	return c
}
