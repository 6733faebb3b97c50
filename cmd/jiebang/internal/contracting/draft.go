package contracting

import (
	"context"
	"slices"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/organization"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/settling"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// flags are the fields of a contract that its parties, or the bureau that records it, write.
type flags struct {
	contract contract
	total    cli.Amount
	text     string
	stages   []string
	clauses  clauseFlags
}

// flags adds the flags to c and returns where they are kept.
func addFlags(a *cli.App, c *cobra.Command) *flags {
	f := &flags{contract: &jiebangv1.Contract{}}
	c.Flags().StringVar(&f.contract.Title, "title", "", "标题,4 至 100 字")
	cli.CodeFlag(c, &f.contract.Class, "class", "技术合同类别")
	cli.CodeFlag(c, &f.contract.Field, "field", "技术领域")
	c.Flags().Var(&f.total, "amount", "合同成交额,如 41.8万元 或 418000")
	c.Flags().StringVar(&f.contract.Broker, "broker", "", "促成交易的技术经纪机构")
	c.Flags().StringVar(&f.text, "text", "", "合同文本文件;只上传它的 SHA-256")
	c.Flags().StringArrayVar(&f.stages, "stage", nil, "里程碑,按次序每个写一次: 名称:占比%:到期日[:指标…],占比合计 100%")
	f.clauses.add(c)
	organization.Kind().CompleteFlag(a, c, "broker")
	if err := c.MarkFlagFilename("text"); err != nil {
		panic(err) // the flag was added just now
	}
	return f
}

// read completes the contract from the flags and returns the fields that were given.
func (f *flags) read(ctx context.Context, a *cli.App, c *cobra.Command) (given []string, err error) {
	for _, field := range [][2]string{
		{"title", "title"}, {"class", "class"}, {"field", "field"}, {"amount", "total"}, {"text", "text_digest"}, {"broker", "broker"}, {"stage", "plan"},
		{"technical", "price"}, {"insurance", "insurance"}, {"trial", "trial"},
	} {
		if c.Flags().Changed(field[0]) {
			given = append(given, field[1])
		}
	}
	f.contract.Total = f.total.Value
	if f.contract.Plan, err = settling.Stages(f.stages); err != nil {
		return nil, err
	}
	if err = f.clauses.read(c, f.contract); err != nil {
		return nil, err
	}
	if slices.Contains(given, "text_digest") {
		if f.contract.TextDigest, err = input.Digest(f.text); err != nil {
			return nil, failure.AsUsage(err)
		}
	}
	return given, fullName(ctx, a, &f.contract.Broker)
}

// fullName makes the name of an organization from what was typed, if anything was.
func fullName(ctx context.Context, a *cli.App, typed *string) (err error) {
	if *typed != "" {
		*typed, err = organization.Kind().Name(ctx, a, *typed)
	}
	return err
}

func createCommand(a *cli.App, d Demand) *cobra.Command {
	var f *flags
	c := a.Action("create", "为中榜的需求起草合同", "Draft the contract of an awarded demand", func(ctx context.Context, c *cobra.Command, _ []string) error {
		if err := cli.Require(c, "demand", "title", "class"); err != nil {
			return err
		}
		_, err := f.read(ctx, a, c)
		if err != nil {
			return err
		}
		if f.contract.Demand, err = d.Name(ctx, a, f.contract.Demand); err != nil {
			return err
		}
		f.contract.Channel = jiebangv1.Channel_JIEBANG
		_, err = cli.Mutate(ctx, a, kind(), &jiebangv1.CreateContractRequest{Contract: f.contract}, contracts.CreateContract)
		return err
	})
	f = addFlags(a, c)
	c.Flags().StringVar(&f.contract.Demand, "demand", "", "中榜的需求")
	d.CompleteFlag(a, c, "demand")
	a.ChangeFlags(c)
	return c
}

func recordCommand(a *cli.App) *cobra.Command {
	var (
		f    *flags
		date string
	)
	record := func(ctx context.Context, c *cobra.Command, _ []string) error {
		if err := cli.Require(c, "buyer", "seller", "channel", "class", "field", "title", "amount", "sign-date", "text"); err != nil {
			return err
		}
		_, err := f.read(ctx, a, c)
		if err != nil {
			return err
		}
		for _, side := range []*string{&f.contract.Buyer, &f.contract.Seller} {
			if err := fullName(ctx, a, side); err != nil {
				return err
			}
		}
		if f.contract.SignDate, err = input.Date(date); err != nil {
			return failure.AsUsage(err)
		}
		_, err = cli.Mutate(ctx, a, kind(), &jiebangv1.RecordContractRequest{Contract: f.contract}, contracts.RecordContract)
		return err
	}
	c := a.Action("record", "科技局登记场外签订的合同", "Record a contract that was signed elsewhere", record)
	f = addFlags(a, c)
	c.Flags().StringVar(&f.contract.Buyer, "buyer", "", "买方:付款的一方")
	c.Flags().StringVar(&f.contract.Seller, "seller", "", "卖方:收款的一方")
	c.Flags().StringVar(&date, "sign-date", "", "签订日期,如 2026-05-01")
	cli.CodeFlag(c, &f.contract.Channel, "channel", "渠道")
	organization.Kind().CompleteFlag(a, c, "buyer")
	organization.Kind().CompleteFlag(a, c, "seller")
	a.ChangeFlags(c)
	return c
}

func updateCommand(a *cli.App) *cobra.Command {
	var (
		f *flags
		c *cobra.Command
	)
	c = cli.VerbCommand(a, kind(), cli.Verb[contracts, *jiebangv1.UpdateContractRequest, contract]{
		Use: "update CONTRACT", Chinese: "修改起草中的合同", English: "Change a contract that is being drafted", Call: contracts.UpdateContract,
		Needs: []string{"title", "class", "field", "amount", "broker", "text", "stage", "technical", "insurance", "trial"},
		Fill: func(ctx context.Context, r *jiebangv1.UpdateContractRequest, t cli.Target[contract]) error {
			given, err := f.read(ctx, a, c)
			f.contract.Name, f.contract.Etag = t.Name, t.Etag
			r.Contract, r.UpdateMask = f.contract, &fieldmaskpb.FieldMask{Paths: given}
			return err
		},
	})
	f = addFlags(a, c)
	return c
}
