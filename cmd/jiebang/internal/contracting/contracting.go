// Package contracting has the commands of contracts 合同: they are drafted, written out, signed, recorded and ended.
package contracting

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	gmoney "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/settling"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type (
	contracts = jiebangv1.ContractServiceClient
	contract  = *jiebangv1.Contract
)

func kind() cli.Kind[contracts, contract] {
	return cli.Kind[contracts, contract]{
		Chinese: "合同", English: "contract", Collection: "contracts", Depth: 2, Numbered: true, States: jiebangv1.Contract_State(0),
		Client: func(c grpc.ClientConnInterface) contracts { return jiebangv1.NewContractServiceClient(c) },
		Get: func(ctx context.Context, c contracts, name string) (contract, error) {
			return c.GetContract(ctx, &jiebangv1.GetContractRequest{Name: name})
		},
		List: func(ctx context.Context, c contracts, q cli.Query) ([]contract, string, error) {
			r, err := c.ListContracts(ctx, &jiebangv1.ListContractsRequest{
				PageSize: q.Size, PageToken: q.Token, Filter: q.Filter, OrderBy: q.OrderBy,
			})
			return r.GetContracts(), r.GetNextPageToken(), err
		},
		Title:   contract.GetTitle,
		Columns: columns(),
	}
}

func columns() []output.Column[contract] {
	return append([]output.Column[contract]{
		output.Plain("编号", contract.GetNumber),
		output.Plain("标题", contract.GetTitle).Flexible(),
		output.Plain("状态", func(c contract) string { return input.Chinese(c.GetState()) }),
		{Title: "成交额", Amount: func(c contract) *gmoney.Money { return c.GetTotal() }},
		output.Plain("渠道", func(c contract) string { return input.Chinese(c.GetChannel()) }),
		output.Plain("签订日期", func(c contract) string { return output.Date(c.GetSignDate()) }),
		output.Plain("名称", contract.GetName),
		output.Plain("合同类别", func(c contract) string { return input.Chinese(c.GetClass()) }).InDetail(),
		output.Plain("技术领域", func(c contract) string { return input.Chinese(c.GetField()) }).InDetail(),
		output.Plain("需求", contract.GetDemand).InDetail(),
		output.Plain("买方", contract.GetBuyer).InDetail(),
		output.Plain("卖方", contract.GetSeller).InDetail(),
		output.Plain("联合体", membersText).InDetail(),
		output.Plain("中介", contract.GetBroker).InDetail(),
		output.Plain("来源", func(c contract) string {
			if c.GetRecorded() {
				return "科技局登记的场外合同"
			}
			return ""
		}).InDetail(),
		output.Instant("买方签署", contract.GetBuyerSignTime).InDetail(),
		output.Instant("卖方签署", contract.GetSellerSignTime).InDetail(),
		output.Plain("终止原因", contract.GetEndReason).InDetail(),
		output.Plain("终止代码", func(c contract) string { return input.Chinese(c.GetEndCode()) }).InDetail(),
		output.Plain("文本版次", func(c contract) string { return fmt.Sprint(c.GetTextVersion()) }).InDetail(),
		output.Plain("修改要求", contract.GetChangeRequest).InDetail(),
		output.Plain("里程碑计划", planText).InDetail(),
		output.Plain("价款构成", priceText).InDetail(),
		output.Plain("揭榜险", insuranceText).InDetail(),
		output.Plain("先用后转", trialText).InDetail(),
		output.Plain("行政区划", contract.GetJurisdiction).InDetail(),
		output.Plain("文本 SHA-256", func(c contract) string { return output.Hex(c.GetTextDigest()) }).InDetail(),
		output.Plain("签署摘要", func(c contract) string { return output.Hex(c.GetSignDigest()) }).InDetail(),
	}, cli.History[contract]()...)
}

// Lookup finds contracts for the commands of what hangs on them.
func Lookup() settling.Contract {
	return settling.Contract{Name: kind().Name, Complete: kind().Complete}
}

// Demand finds demands, of which contracts come.
type Demand struct {
	Name         cli.Lookup
	CompleteFlag func(a *cli.App, c *cobra.Command, flag string)
}

// Command makes the commands.
func Command(a *cli.App, d Demand) *cobra.Command {
	k := kind()
	return a.Group("contract", "合同:签约与履行", "Contracts",
		createCommand(a, d), recordCommand(a), settling.Import(a), k.GetCommand(a), k.ListCommand(a, "list", nil), updateCommand(a),
		proposeCommand(a), textCommand(a),
		signCommand(a),
		refuseCommand(a),
		settling.Balance(a, Lookup()),
		reviseCommand(a),
		completeCommand(a),
		terminateCommand(a),
	)
}
