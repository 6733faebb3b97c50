package contracting

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	gmoney "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
	"github.com/jiebang/jiebang/services/bidding/consortium"
	terms "github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/money"
)

func signCommand(a *cli.App) *cobra.Command {
	text := ""
	c := cli.VerbCommand(a, kind(), cli.Verb[contracts, *jiebangv1.SignContractRequest, contract]{
		Use: "sign CONTRACT", Chinese: "代表本机构签署合同", English: "Sign a contract for your organization", Call: contracts.SignContract,
		Show: show(a),
		Fill: func(_ context.Context, r *jiebangv1.SignContractRequest, t cli.Target[contract]) error {
			r.SignDigest = t.Current.GetSignDigest()
			return checkTerms(t.Current, text)
		},
	})
	c.Flags().StringVar(&text, "text", "", "您手里的合同文本文件;与待签的不一致就不签")
	if err := c.MarkFlagFilename("text"); err != nil {
		panic(err) // the flag was added just now
	}
	return c
}

// Faults of what is to be signed.
var (
	errTerms = errors.New("服务器给的签署摘要与所示条款不符,没有签署;请与平台管理员联系")
	errText  = errors.New("手里的文本与待签的合同文本不是同一份,没有签署")
)

// checkTerms computes the digest of the terms that are shown: what is signed is what the signer sees, whatever the server says.
func checkTerms(c contract, text string) error {
	if text != "" {
		digest, err := input.Digest(text)
		if err != nil {
			return err
		}
		if !bytes.Equal(digest, c.GetTextDigest()) {
			return fmt.Errorf("%w: 手里 %x,待签 %x", errText, digest, c.GetTextDigest())
		}
	}
	shown, err := Terms(c)
	if err != nil || len(c.GetSignDigest()) > 0 && !bytes.Equal(shown.Digest(), c.GetSignDigest()) {
		return errTerms
	}
	return nil
}

// Terms are the terms of a contract as its digest covers them.
func Terms(c *jiebangv1.Contract) (terms.Terms, error) {
	total, err := money.FromUnits(c.GetTotal().GetCurrencyCode(), c.GetTotal().GetUnits(), c.GetTotal().GetNanos())
	var stages []terms.Stage
	for _, s := range c.GetPlan() {
		stages = append(stages, terms.Stage{Title: s.GetTitle(), Share: int(s.GetShare()), Due: output.Date(s.GetDueDate()), Indicators: s.GetIndicators()})
	}
	return terms.Terms{
		ID: id(c.GetName()), Buyer: id(c.GetBuyer()), Seller: id(c.GetSeller()), Broker: id(c.GetBroker()), Title: c.GetTitle(),
		Class: terms.Class(word(c.GetClass())), Field: word(c.GetField()), Channel: terms.Channel(word(c.GetChannel())),
		Total: total, TextDigest: c.GetTextDigest(), Version: int(c.GetTextVersion()), Plan: terms.EncodePlan(stages),
		Clauses: terms.EncodeClauses(clausesOf(c)), Consortium: consortium.Encode(membersOf(c)),
	}, err
}

// membersOf are the consortium that is the seller's side.
func membersOf(c contract) (members []consortium.Member) {
	for _, m := range c.GetMembers() {
		members = append(members, consortium.Member{Organization: id(m.GetOrganization()), Share: int64(m.GetShare()), Task: m.GetTask()})
	}
	return members
}

// membersText is the consortium of a contract in one line, with who has signed.
func membersText(c contract) string {
	var parts []string
	for _, m := range c.GetMembers() {
		text := fmt.Sprintf("%s %s", m.GetOrganization(), input.Percent(m.GetShare()))
		if m.GetTask() != "" {
			text += "(" + m.GetTask() + ")"
		}
		if m.GetSignTime() != nil {
			text += " 已签署"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ";")
}

// id is the id at the end of a name.
func id(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// word is the word of the rules for a value of the API.
func word(e protoreflect.Enum) string {
	return strings.ToLower(string(e.Descriptor().Values().ByNumber(e.Number()).Name()))
}

// showContract shows what a signature binds its side to.
func show(a *cli.App) func(contract) *gmoney.Money {
	return func(c contract) *gmoney.Money {
		a.Note("即将签署,签署后对本机构有约束力:")
		for _, line := range [][2]string{
			{"合同", c.GetName()}, {"标题", c.GetTitle()}, {"买方", c.GetBuyer()}, {"卖方", c.GetSeller()}, {"联合体", membersText(c)}, {"中介", c.GetBroker()},
			{"类别", input.Chinese(c.GetClass())}, {"领域", input.Chinese(c.GetField())}, {"渠道", input.Chinese(c.GetChannel())},
			{"成交额", output.View{Detail: true}.Money(c.GetTotal())}, {"里程碑", planText(c)},
			{"价款构成", priceText(c)}, {"揭榜险", insuranceText(c)}, {"先用后转", trialText(c)}, {"文本版次", fmt.Sprint(c.GetTextVersion())},
			{"文本 SHA-256", output.Hex(c.GetTextDigest())}, {"签署摘要", output.Hex(c.GetSignDigest())},
		} {
			if line[1] != "" {
				a.Note("  %s: %s", line[0], line[1])
			}
		}
		return c.GetTotal()
	}
}

// planText is the plan of a contract in one line.
func planText(c contract) string {
	var parts []string
	for _, s := range c.GetPlan() {
		parts = append(parts, fmt.Sprintf("%s %d.%02d%%(%s 到期)", s.GetTitle(), s.GetShare()/100, s.GetShare()%100, output.Date(s.GetDueDate())))
	}
	return strings.Join(parts, ";")
}

func reviseCommand(a *cli.App) *cobra.Command {
	reason := ""
	c := cli.VerbCommand(a, kind(), cli.Verb[contracts, *jiebangv1.RequireContractChangesRequest, contract]{
		Use: "require-changes CONTRACT", Chinese: "要求修改待签的文本,重新起草", English: "Ask for changes of the text before all have signed",
		Call: contracts.RequireContractChanges, Needs: []string{"reason"},
		Fill: func(_ context.Context, r *jiebangv1.RequireContractChangesRequest, _ cli.Target[contract]) error {
			r.Reason = reason
			return nil
		},
	})
	c.Flags().StringVar(&reason, "reason", "", "要修改什么,1 至 500 字")
	return c
}

func completeCommand(a *cli.App) *cobra.Command {
	var paid cli.Amount
	c := cli.VerbCommand(a, kind(), cli.Verb[contracts, *jiebangv1.CompleteContractRequest, contract]{
		Use: "complete CONTRACT", Chinese: "确认合同已履行完毕", English: "Confirm that a contract is fulfilled", Call: contracts.CompleteContract, Needs: []string{"paid"},
		Fill: func(_ context.Context, r *jiebangv1.CompleteContractRequest, _ cli.Target[contract]) error {
			r.AmountPaid = paid.Value
			return nil
		},
	})
	c.Flags().Var(&paid, "paid", "已付金额合计,如 41.8万元;未付款的填 0")
	return c
}

func refuseCommand(a *cli.App) *cobra.Command {
	reason := ""
	c := cli.VerbCommand(a, kind(), cli.Verb[contracts, *jiebangv1.RefuseContractRequest, contract]{
		Use: "refuse CONTRACT", Chinese: "拒绝签署,合同取消", English: "Refuse to sign", Call: contracts.RefuseContract, Needs: []string{"reason"},
		Fill: func(_ context.Context, r *jiebangv1.RefuseContractRequest, _ cli.Target[contract]) error {
			r.Reason = reason
			return nil
		},
	})
	c.Flags().StringVar(&reason, "reason", "", "原因,1 至 500 字")
	return c
}

func terminateCommand(a *cli.App) *cobra.Command {
	var (
		reason string
		paid   cli.Amount
		code   jiebangv1.Contract_EndCode
	)
	c := cli.VerbCommand(a, kind(), cli.Verb[contracts, *jiebangv1.TerminateContractRequest, contract]{
		Use: "terminate CONTRACT", Chinese: "终止履行中的合同", English: "End a contract in force", Call: contracts.TerminateContract,
		Needs: []string{"reason", "code", "paid"},
		Fill: func(_ context.Context, r *jiebangv1.TerminateContractRequest, _ cli.Target[contract]) error {
			r.Reason, r.EndCode, r.AmountPaid = reason, code, paid.Value
			return nil
		},
	})
	cli.CodeFlag(c, &code, "code", "终止原因的代码")
	c.Flags().Var(&paid, "paid", "已付金额合计;未付款的填 0")
	c.Flags().StringVar(&reason, "reason", "", "原因,1 至 500 字")
	return c
}
