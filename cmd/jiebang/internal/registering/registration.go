// Package registering has the commands of 技术合同认定登记: registrations of contracts, the registry's own list, and the class of a contract.
package registering

import (
	"context"

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
	registrations = jiebangv1.RegistrationServiceClient
	registration  = *jiebangv1.Registration
)

func kind() cli.Kind[registrations, registration] {
	return cli.Kind[registrations, registration]{
		Chinese: "认定登记", English: "registration", Collection: "contracts", Depth: 4, Parent: "contracts/-", States: jiebangv1.Registration_State(0),
		Client: func(c grpc.ClientConnInterface) registrations { return jiebangv1.NewRegistrationServiceClient(c) },
		Get: func(ctx context.Context, c registrations, name string) (registration, error) {
			return c.GetRegistration(ctx, &jiebangv1.GetRegistrationRequest{Name: name})
		},
		List: func(ctx context.Context, c registrations, q cli.Query) ([]registration, string, error) {
			r, err := c.ListRegistrations(ctx, &jiebangv1.ListRegistrationsRequest{Parent: q.Parent, PageSize: q.Size, PageToken: q.Token, Filter: q.Filter, OrderBy: q.OrderBy})
			return r.GetRegistrations(), r.GetNextPageToken(), err
		},
		Title:   registration.GetRegistry,
		Columns: columns(),
	}
}

func columns() []output.Column[registration] {
	of := func(r registration) *jiebangv1.Certificate { return r.GetCertificate() }
	return append([]output.Column[registration]{
		output.Plain("登记编号", func(r registration) string { return of(r).GetNumber() }),
		output.Plain("状态", func(r registration) string { return input.Chinese(r.GetState()) }),
		amount("申报技术交易额", registration.GetClaimedTechnology),
		amount("合同成交额", func(r registration) *gmoney.Money { return of(r).GetContractTotal() }),
		amount("技术交易额", func(r registration) *gmoney.Money { return of(r).GetTechnology() }),
		output.Instant("期限", registration.GetDueTime),
		output.Plain("待办", func(r registration) string { return input.Chinese(r.GetDuty()) }),
		output.Plain("名称", registration.GetName),
		output.Plain("登记机构", registration.GetRegistry).InDetail(),
		amount("申报时合同总额", registration.GetClaimedTotal).InDetail(),
		output.Plain("登记日期", func(r registration) string { return output.Date(of(r).GetRegisterDate()) }).InDetail(),
		output.Plain("证书 SHA-256", func(r registration) string { return output.Hex(of(r).GetDigest()) }).InDetail(),
		output.Plain("待复核的编号", func(r registration) string { return r.GetRecorded().GetNumber() }).InDetail(),
		amount("待复核的合同成交额", func(r registration) *gmoney.Money { return r.GetRecorded().GetContractTotal() }).InDetail(),
		amount("待复核的技术交易额", func(r registration) *gmoney.Money { return r.GetRecorded().GetTechnology() }).InDetail(),
		output.Instant("提交时间", registration.GetFileTime).InDetail(), output.Instant("受理时间", registration.GetAcceptTime).InDetail(),
		output.Instant("提醒时间", registration.GetOverdueTime).InDetail(),
		output.Plain("专家意见", opinionText).InDetail(),
		output.Plain("原因", registration.GetReason).InDetail(), output.Plain("已享受的优惠", registration.GetBenefits).InDetail(),
	}, cli.History[registration]()...)
}

// amount is a column of an amount.
func amount[T any](title string, of func(T) *gmoney.Money) output.Column[T] {
	return output.Column[T]{Title: title, Amount: of}
}

// Command has the commands.
func Command(a *cli.App, of settling.Contract) *cobra.Command {
	k := kind()
	list := k.ListCommand(a, "list [CONTRACT]", of.Name)
	list.ValidArgsFunction = of.Complete(a)
	return a.Group("registration", "技术合同认定登记", "Registrations of technology contracts", createCommand(a, of), k.GetCommand(a), list, fileCommand(a),
		cli.VerbCommand(a, k, cli.Verb[registrations, *jiebangv1.AcceptRegistrationRequest, registration]{
			Use: "accept REGISTRATION", Chinese: "登记机构受理", English: "Take a registration up", Call: registrations.AcceptRegistration,
		}),
		returnCommand(a), reviewCommand(a), concludeCommand(a), recordCommand(a),
		cli.VerbCommand(a, k, cli.Verb[registrations, *jiebangv1.ConfirmCertificateRequest, registration]{
			Use: "confirm REGISTRATION", Chinese: "第二人复核证书;复核后才计入技术交易额", English: "Confirm the recorded certificate", Call: registrations.ConfirmCertificate,
			Show: func(r registration) *gmoney.Money { return show(a, r.GetRecorded()) },
		}),
		refuseCommand(a), cancelCommand(a), unfiledCommand(a), importCommand(a), templateCommand(a), recordsCommand(a), reconcileCommand(a), classifyCommand(a),
	)
}

// show shows what a certificate says before it counts, and gives the amount to confirm it by.
func show(a *cli.App, c *jiebangv1.Certificate) *gmoney.Money {
	a.Note("即将复核的证书:")
	for _, line := range [][2]string{
		{"登记编号", c.GetNumber()}, {"合同成交额", output.View{Detail: true}.Money(c.GetContractTotal())}, {"技术交易额", output.View{Detail: true}.Money(c.GetTechnology())},
		{"登记日期", output.Date(c.GetRegisterDate())}, {"证书 SHA-256", output.Hex(c.GetDigest())},
	} {
		a.Note("  %s: %s", line[0], line[1])
	}
	return c.GetTechnology()
}

func createCommand(a *cli.App, of settling.Contract) *cobra.Command {
	var (
		technology cli.Amount
		r          = &jiebangv1.Registration{}
	)
	c := a.Action("create CONTRACT", "卖方起草认定登记", "Begin a registration", func(ctx context.Context, c *cobra.Command, args []string) error {
		err := cli.Require(c, "registry", "technology")
		if err != nil {
			return err
		}
		request := &jiebangv1.CreateRegistrationRequest{Registration: r}
		if request.Parent, err = of.Name(ctx, a, args[0]); err != nil {
			return err
		}
		r.ClaimedTechnology = technology.Value
		_, err = cli.Mutate(ctx, a, kind(), request, registrations.CreateRegistration)
		return err
	})
	c.Flags().StringVar(&r.Registry, "registry", "", "技术合同登记机构,如 建德市技术合同登记点")
	c.Flags().Var(&technology, "technology", "申报的技术交易额,不多于合同总额,如 30万元")
	c.ValidArgsFunction = of.Complete(a)
	a.ChangeFlags(c)
	return c
}

func fileCommand(a *cli.App) *cobra.Command {
	var (
		technology cli.Amount
		declared   bool
	)
	c := cli.VerbCommand(a, kind(), cli.Verb[registrations, *jiebangv1.FileRegistrationRequest, registration]{
		Use: "file REGISTRATION", Chinese: "卖方提交登记机构;补正后再次提交也用它", English: "Hand a registration to the registry", Call: registrations.FileRegistration, Needs: []string{"declare"},
		Fill: func(_ context.Context, r *jiebangv1.FileRegistrationRequest, _ cli.Target[registration]) error {
			r.Declaration, r.ClaimedTechnology = declared, technology.Value
			return nil
		},
	})
	c.Flags().BoolVar(&declared, "declare", false, "声明合同文本完整、内容真实")
	c.Flags().Var(&technology, "technology", "改报的技术交易额(默认不变)")
	return c
}
