package main

import (
	"context"
	"strconv"
	"unicode/utf8"

	"github.com/spf13/cobra"
	gmoney "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/custody"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/keeping"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type (
	bids = jiebangv1.BidServiceClient
	bid  = *jiebangv1.Bid
)

func bidKind() cli.Kind[bids, bid] {
	return cli.Kind[bids, bid]{
		Chinese: "揭榜", English: "bid", Collection: "demands", Depth: 4, Parent: "demands/-", States: jiebangv1.Bid_State(0),
		Client: func(c grpc.ClientConnInterface) bids { return jiebangv1.NewBidServiceClient(c) },
		Get: func(ctx context.Context, c bids, name string) (bid, error) {
			return c.GetBid(ctx, &jiebangv1.GetBidRequest{Name: name})
		},
		List: func(ctx context.Context, c bids, q cli.Query) ([]bid, string, error) {
			r, err := c.ListBids(ctx, &jiebangv1.ListBidsRequest{
				Parent: q.Parent, PageSize: q.Size, PageToken: q.Token, Filter: q.Filter, OrderBy: q.OrderBy,
			})
			return r.GetBids(), r.GetNextPageToken(), err
		},
		Title: func(b bid) string { return input.Chinese(b.GetState()) + " " + b.GetOrganization() },
		Columns: append([]output.Column[bid]{
			output.Plain("状态", func(b bid) string { return input.Chinese(b.GetState()) }),
			{Title: "报价", Amount: func(b bid) *gmoney.Money { return b.GetAmount() }},
			{Title: "版本", Right: true, Text: func(b bid, _ output.View) string { return strconv.Itoa(int(b.GetVersion())) }},
			output.Instant("提交时间", bid.GetSubmitTime),
			output.Plain("揭榜单位", bid.GetOrganization),
			output.Plain("名称", bid.GetName),
			output.Instant("开榜时间", bid.GetOpenTime).InDetail(),
			output.Plain("行政区划", bid.GetJurisdiction).InDetail(),
			output.Plain("内容摘要", func(b bid) string { return output.Hex(b.GetContentDigest()) }).InDetail(),
			output.Plain("联合体", func(b bid) string { return input.Consortium(b.GetConsortium()) }).InDetail(),
			output.Plain("无效原因", bid.GetFault).InDetail(),
			output.Plain("方案", bid.GetProposal).InDetail(),
		}, cli.History[bid]()...),
	}
}

func (a *app) bidCommand() *cobra.Command {
	k := bidKind()
	list := k.ListCommand(a.App, "list [DEMAND]", demandKind().Name)
	list.ValidArgsFunction = demandKind().Complete(a.App)
	commands := []*cobra.Command{
		a.bidCreateCommand(), k.GetCommand(a.App), list, a.bidUpdateCommand(),
		cli.VerbCommand(a.App, k, cli.Verb[bids, *jiebangv1.SubmitBidRequest, bid]{
			Use: "submit BID", Chinese: "提交揭榜,截止前密封", English: "Submit a bid", Call: bids.SubmitBid, Show: a.showBid,
		}),
		a.bidReplaceCommand(), custody.SealCommand(a.App),
		cli.VerbCommand(a.App, k, cli.Verb[bids, *jiebangv1.WithdrawBidRequest, bid]{
			Use: "withdraw BID", Chinese: "截止前撤回揭榜", English: "Withdraw a bid", Call: bids.WithdrawBid,
		}),
		cli.VerbCommand(a.App, k, cli.Verb[bids, *jiebangv1.ConfirmBidRequest, bid]{
			Use: "confirm BID", Chinese: "需求变更后确认揭榜仍按原样有效", English: "Confirm a bid after its demand was amended", Call: bids.ConfirmBid,
		}),
	}
	return a.Group("bid", "揭榜", "Bids", append(commands, keeping.BidCommands(a.App)...)...)
}

// showBid shows what submitting a bid binds the bidder to.
func (a *app) showBid(b bid) *gmoney.Money {
	a.Note("即将提交,提交后对本机构有约束力:")
	a.Note("  揭榜: %s", b.GetName())
	a.Note("  报价: %s", output.View{Detail: true}.Money(b.GetAmount()))
	a.Note("  方案: %d 字", utf8.RuneCountInString(b.GetProposal()))
	if len(b.GetConsortium()) > 0 {
		a.Note("  联合体: %s", input.Consortium(b.GetConsortium()))
	}
	return b.GetAmount()
}

// bidFlags are the fields of a bid that its bidder writes.
type bidFlags struct {
	amount   cli.Amount
	proposal cli.Prose
	members  []string
	alone    bool
}

// contentFlags are the flags of bidFlags.
func contentFlags() []string {
	return []string{"amount", "proposal", "proposal-file", "member", "alone"}
}

func (f *bidFlags) flags(c *cobra.Command) {
	c.Flags().Var(&f.amount, "amount", "报价,如 41.8万元 或 418000")
	f.proposal.Flags(c, "proposal", "方案")
	c.Flags().StringArrayVar(&f.members, "member", nil, "联合体成员,写作 机构=份额 或 机构=份额=分工,如 organizations/o330182-…=30%=中试;每个成员一次,本机构(牵头)也要写,份额合计 100%")
	c.Flags().BoolVar(&f.alone, "alone", false, "不组联合体,由本机构单独揭榜")
	c.MarkFlagsMutuallyExclusive("member", "alone")
}

// fill copies what was given into b and returns the fields that it changed.
func (f *bidFlags) fill(a *app, c *cobra.Command, b bid) (changed []string, err error) {
	if c.Flags().Changed("amount") {
		b.Amount = f.amount.Value
		changed = append(changed, "amount")
	}
	proposal, given, err := f.proposal.Read(c, a.In, "proposal")
	if given {
		b.Proposal = proposal
		changed = append(changed, "proposal")
	}
	if err == nil && (len(f.members) > 0 || f.alone) {
		b.Consortium, err = input.Members(f.members)
		changed = append(changed, "consortium")
	}
	return changed, err
}

func (a *app) bidCreateCommand() *cobra.Command {
	f := bidFlags{}
	c := a.Action("create DEMAND", "起草揭榜", "Draft a bid", func(ctx context.Context, c *cobra.Command, args []string) error {
		parent, err := demandKind().Name(ctx, a.App, args[0])
		if err != nil {
			return err
		}
		b := &jiebangv1.Bid{}
		if _, err := f.fill(a, c, b); err != nil {
			return err
		}
		if b.Amount == nil || b.Proposal == "" {
			return failure.Usagef("缺少 --amount 或 --proposal(--proposal-file)")
		}
		_, err = cli.Mutate(ctx, a.App, bidKind(), &jiebangv1.CreateBidRequest{Parent: parent, Bid: b}, bids.CreateBid)
		return err
	})
	f.flags(c)
	a.ChangeFlags(c)
	c.ValidArgsFunction = demandKind().Complete(a.App)
	return c
}

func (a *app) bidUpdateCommand() *cobra.Command {
	f := bidFlags{}
	var c *cobra.Command
	c = cli.VerbCommand(a.App, bidKind(), cli.Verb[bids, *jiebangv1.UpdateBidRequest, bid]{
		Use: "update BID", Chinese: "修改揭榜草稿", English: "Change a draft", Call: bids.UpdateBid, Needs: contentFlags(),
		Fill: func(_ context.Context, r *jiebangv1.UpdateBidRequest, t cli.Target[bid]) error {
			r.Bid = &jiebangv1.Bid{Name: t.Name, Etag: t.Etag}
			changed, err := f.fill(a, c, r.Bid)
			r.UpdateMask = &fieldmaskpb.FieldMask{Paths: changed}
			return err
		},
	})
	f.flags(c)
	return c
}

// bidReplaceCommand sends a whole new version; what is not given stays as it was.
func (a *app) bidReplaceCommand() *cobra.Command {
	f := bidFlags{}
	var c *cobra.Command
	c = cli.VerbCommand(a.App, bidKind(), cli.Verb[bids, *jiebangv1.ReplaceBidRequest, bid]{
		Use: "replace BID", Chinese: "截止前以新版本更换已提交的揭榜", English: "Replace a submitted bid", Call: bids.ReplaceBid, Reads: true,
		Needs: contentFlags(),
		Fill: func(_ context.Context, r *jiebangv1.ReplaceBidRequest, t cli.Target[bid]) error {
			next := &jiebangv1.Bid{Amount: t.Current.GetAmount(), Proposal: t.Current.GetProposal(), Consortium: t.Current.GetConsortium()}
			_, err := f.fill(a, c, next)
			r.Amount, r.Proposal, r.Consortium = next.Amount, next.Proposal, next.Consortium
			return err
		},
	})
	f.flags(c)
	return c
}
