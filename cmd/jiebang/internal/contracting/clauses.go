package contracting

import (
	"strings"

	"github.com/spf13/cobra"
	gmoney "google.golang.org/genproto/googleapis/type/money"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
	terms "github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/money"
)

// clauseFlags are what a contract says of its price and its risk.
type clauseFlags struct {
	technical        cli.Amount
	vat              jiebangv1.Contract_Vat
	insurance, trial string
}

func (f *clauseFlags) add(c *cobra.Command) {
	c.Flags().Var(&f.technical, "technical", "总价款中的技术价款,如 40万元;与 --vat 一起写")
	cli.CodeFlag(c, &f.vat, "vat", "总价款是否含增值税")
	c.Flags().StringVar(&f.insurance, "insurance", "", "揭榜险: 保险人:保险金额[:保险费[:财政补贴[:保险单号]]];空为取消")
	c.Flags().StringVar(&f.trial, "trial", "", "先用后转: 试用首日:末日:转让条件;空为取消")
}

// read writes the clauses that were given into k.
func (f *clauseFlags) read(c *cobra.Command, k contract) (err error) {
	if c.Flags().Changed("technical") != c.Flags().Changed("vat") {
		return failure.Usagef("--technical 与 --vat 要一起写")
	}
	if f.technical.Value != nil {
		k.Price = &jiebangv1.Contract_Price{TechnicalAmount: f.technical.Value, Vat: f.vat}
	}
	if f.insurance != "" {
		if k.Insurance, err = readInsurance(strings.Split(f.insurance, ":")); err != nil {
			return err
		}
	}
	if f.trial == "" {
		return nil
	}
	parts := strings.SplitN(f.trial, ":", 3)
	if len(parts) < 3 {
		return failure.Usagef("--trial %q 应写成 首日:末日:转让条件,如 2026-01-01:2026-06-30:白度连续三批达到95", f.trial)
	}
	k.Trial = &jiebangv1.Contract_Trial{Terms: parts[2]}
	if k.Trial.StartDate, err = input.Date(parts[0]); err == nil {
		k.Trial.EndDate, err = input.Date(parts[1])
	}
	return failure.AsUsage(err)
}

func readInsurance(parts []string) (*jiebangv1.Contract_Insurance, error) {
	if len(parts) < 2 {
		return nil, failure.Usagef("--insurance 应写成 保险人:保险金额[:保险费[:财政补贴[:保险单号]]],如 某某财险:20万元:3000:1500:P-1")
	}
	i := &jiebangv1.Contract_Insurance{Insurer: parts[0]}
	for n, amount := range []**gmoney.Money{&i.Cover, &i.Premium, &i.Subsidy} {
		if n+1 >= len(parts) || parts[n+1] == "" {
			continue
		}
		var v cli.Amount
		if err := v.Set(parts[n+1]); err != nil {
			return nil, failure.AsUsage(err)
		}
		*amount = v.Value
	}
	if len(parts) > 4 {
		i.PolicyNumber = strings.Join(parts[4:], ":")
	}
	return i, nil
}

// clausesOf are the clauses of a contract as its digest covers them.
func clausesOf(c contract) (all terms.Clauses) {
	if p := c.GetPrice(); p != nil {
		all.VAT, all.Technical = terms.VAT(word(p.GetVat())), fen(p.GetTechnicalAmount())
	}
	if i := c.GetInsurance(); i != nil {
		all.Insurance = terms.Insurance{Insurer: i.GetInsurer(), Policy: i.GetPolicyNumber(), Cover: fen(i.GetCover()), Premium: fen(i.GetPremium()), Subsidy: fen(i.GetSubsidy())}
	}
	if t := c.GetTrial(); t != nil {
		all.Trial = terms.Trial{From: output.Date(t.GetStartDate()), Until: output.Date(t.GetEndDate()), Terms: t.GetTerms()}
	}
	return all
}

// fen reads an amount of the server's; one that does not read makes another digest, which is not signed.
func fen(m *gmoney.Money) money.Fen {
	if m == nil {
		return 0
	}
	f, err := money.FromUnits(m.GetCurrencyCode(), m.GetUnits(), m.GetNanos())
	if err != nil {
		return -1
	}
	return f
}

// yuan shows an amount exactly.
func yuan(m *gmoney.Money) string { return output.View{Detail: true}.Money(m) }

// priceText, insuranceText and trialText are clauses of a contract in one line.
func priceText(c contract) string {
	if c.GetPrice() == nil {
		return ""
	}
	return "技术价款 " + yuan(c.GetPrice().GetTechnicalAmount()) + ";" + input.Chinese(c.GetPrice().GetVat())
}

func insuranceText(c contract) string {
	i := c.GetInsurance()
	if i == nil {
		return ""
	}
	text := i.GetInsurer() + ",保险金额 " + yuan(i.GetCover())
	if i.GetPremium() != nil {
		text += ",保险费 " + yuan(i.GetPremium())
	}
	if i.GetSubsidy() != nil {
		text += ",财政补贴 " + yuan(i.GetSubsidy())
	}
	if i.GetPolicyNumber() != "" {
		text += ",保险单号 " + i.GetPolicyNumber()
	}
	return text
}

func trialText(c contract) string {
	t := c.GetTrial()
	if t == nil {
		return ""
	}
	return output.Date(t.GetStartDate()) + " 至 " + output.Date(t.GetEndDate()) + ":" + t.GetTerms()
}
