package contracting

import (
	"fmt"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/bidding/consortium"
	"github.com/jiebang/jiebang/services/contracting/classify"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/contracting/signature"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
	fen "github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting/demand"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

func message(k *ent.Contract) *pb.Contract {
	m := &pb.Contract{
		Name: id.ContractName(k.ID), Title: k.Title, Buyer: id.OrganizationName(k.BuyerID), Seller: id.OrganizationName(k.SellerID),
		Channel: rpc.Enum[pb.Channel](pb.Channel_value, k.Channel), Class: rpc.Enum[pb.ContractClass](pb.ContractClass_value, k.Class),
		Field: rpc.Enum[pb.TechnologyField](pb.TechnologyField_value, k.Field), Total: rpc.Money(k.TotalFen), TextDigest: k.TextDigest,
		State: rpc.Enum[pb.Contract_State](pb.Contract_State_value, k.State), Recorded: k.Recorded, Etag: rpc.Etag(k.Version),
		CreateTime: rpc.Stamp(k.CreatedAt), UpdateTime: rpc.Stamp(k.UpdatedAt), BuyerSignTime: rpc.OptionalStamp(k.BuyerSignedAt),
		SellerSignTime: rpc.OptionalStamp(k.SellerSignedAt), Jurisdiction: k.Jurisdiction, SignDigest: Terms(k).Digest(),
		Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: k.Jurisdiction, Sequence: k.EntrySeq, Hash: k.EntryHash}),
	}
	m.TextVersion, m.AmountPaid = int32(k.TextVersion), rpc.OptionalMoney(k.AmountPaidFen)
	m.BuyerSignature, m.SellerSignature = SignatureMessage(k.BuyerSignature), SignatureMessage(k.SellerSignature)
	stages, err := contract.DecodePlan(k.Plan)
	for i := 0; err == nil && i < len(stages); i++ {
		m.Plan = append(m.Plan, &pb.Contract_Stage{Title: stages[i].Title, Share: int32(stages[i].Share), DueDate: DateMessage(stages[i].Due), Indicators: stages[i].Indicators})
	}
	clausesMessage(k.Clauses, m)
	m.Members = membersMessage(k)
	if k.ChangeRequest != nil {
		m.ChangeRequest = *k.ChangeRequest
	}
	if k.EndCode != nil {
		m.EndCode = rpc.Enum[pb.Contract_EndCode](pb.Contract_EndCode_value, *k.EndCode)
	}
	if k.Number != nil {
		m.Number = *k.Number
	}
	if k.DemandID != nil {
		m.Demand = id.DemandName(*k.DemandID)
	}
	if k.BrokerID != nil {
		m.Broker = id.OrganizationName(*k.BrokerID)
	}
	if k.EndReason != nil {
		m.EndReason = *k.EndReason
	}
	if k.SignDate != nil {
		m.SignDate = DateMessage(*k.SignDate)
	}
	return m
}

// membersMessage writes the consortium of a contract, with the signatures of its members.
func membersMessage(k *ent.Contract) (all []*pb.Contract_Member) {
	for _, c := range consortium.Read(k.Consortium) {
		m := &pb.Contract_Member{Organization: id.OrganizationName(c.Organization), Share: int32(c.Share), Task: c.Task}
		if c.Organization == k.SellerID {
			m.SignTime, m.Signature = rpc.OptionalStamp(k.SellerSignedAt), SignatureMessage(k.SellerSignature)
		}
		if signed, ok := side(k).Of(c.Organization); ok {
			if at, err := entry.ParseTime(signed.At); err == nil {
				m.SignTime = rpc.Stamp(at)
			}
			if signed.Signature != "" {
				m.Signature = SignatureMessage(&signed.Signature)
			}
		}
		all = append(all, m)
	}
	return all
}

// DateMessage writes a date as a row keeps it.
func DateMessage(text string) *date.Date {
	t, err := time.Parse(contract.DateLayout, text)
	if err != nil {
		return nil
	}
	return &date.Date{Year: int32(t.Year()), Month: int32(t.Month()), Day: int32(t.Day())}
}

// DateText reads a date; empty if it is absent.
func DateText(field string, d *date.Date) (string, error) {
	if d == nil {
		return "", nil
	}
	t := time.Date(int(d.GetYear()), time.Month(d.GetMonth()), int(d.GetDay()), 0, 0, 0, 0, time.UTC)
	if t.Year() != int(d.GetYear()) || int32(t.Month()) != d.GetMonth() || t.Day() != int(d.GetDay()) || t.Year() < 1 || t.Year() > 9999 {
		return "", rpc.ErrField.At(field).With("field", field).With("rule", "date.invalid")
	}
	return t.Format(contract.DateLayout), nil
}

// content reads what is written in a contract.
func content(m *pb.Contract) (c Content, err error) {
	c = Content{Title: m.GetTitle(), Class: rpc.Stored[contract.Class](m.GetClass()), Field: rpc.Stored[demand.Field](m.GetField())}
	if len(m.GetTextDigest()) > 0 {
		if err := contract.CheckText(m.GetTextDigest()); err != nil {
			return c, rpc.At("contract.text_digest", err)
		}
		c.TextDigest = m.GetTextDigest()
	}
	if c.Total, err = rpc.OptionalAmount("contract.total", m.GetTotal()); err != nil {
		return c, err
	}
	if m.GetBroker() != "" {
		ids, err := rpc.Resource("contract.broker", m.GetBroker(), "organizations/*")
		if err != nil {
			return c, err
		}
		c.Broker = ids[0]
	}
	if err := c.plan(m.GetPlan()); err != nil {
		return c, err
	}
	c.Clauses, err = clausesOf(m)
	return c, err
}

// clausesOf reads what a contract says of its price and its risk.
func clausesOf(m *pb.Contract) (c contract.Clauses, err error) {
	if p := m.GetPrice(); p != nil {
		c.VAT = rpc.Stored[contract.VAT](p.GetVat())
		if c.Technical, err = rpc.Amount("contract.price.technical_amount", p.GetTechnicalAmount()); err != nil {
			return c, err
		}
	}
	if i := m.GetInsurance(); i != nil {
		c.Insurance = contract.Insurance{Insurer: i.GetInsurer(), Policy: i.GetPolicyNumber()}
		for _, a := range []struct {
			field string
			given *money.Money
			kept  *fen.Fen
		}{{"cover", i.GetCover(), &c.Insurance.Cover}, {"premium", i.GetPremium(), &c.Insurance.Premium}, {"subsidy", i.GetSubsidy(), &c.Insurance.Subsidy}} {
			amount, err := rpc.OptionalAmount("contract.insurance."+a.field, a.given)
			if err != nil {
				return c, err
			}
			if amount != nil {
				*a.kept = *amount
			}
		}
	}
	if t := m.GetTrial(); t != nil {
		c.Trial.Terms = t.GetTerms()
		if c.Trial.From, err = DateText("contract.trial.start_date", t.GetStartDate()); err != nil {
			return c, err
		}
		if c.Trial.Until, err = DateText("contract.trial.end_date", t.GetEndDate()); err != nil {
			return c, err
		}
	}
	return c, nil
}

// clausesMessage writes it.
func clausesMessage(text string, m *pb.Contract) {
	c, err := contract.DecodeClauses(text)
	if err != nil {
		return
	}
	if c.VAT != "" {
		m.Price = &pb.Contract_Price{TechnicalAmount: rpc.Money(c.Technical), Vat: rpc.Enum[pb.Contract_Vat](pb.Contract_Vat_value, c.VAT)}
	}
	if i := c.Insurance; i != (contract.Insurance{}) {
		m.Insurance = &pb.Contract_Insurance{Insurer: i.Insurer, PolicyNumber: i.Policy, Cover: rpc.Money(i.Cover)}
		if i.Premium > 0 {
			m.Insurance.Premium = rpc.Money(i.Premium)
		}
		if i.Subsidy > 0 {
			m.Insurance.Subsidy = rpc.Money(i.Subsidy)
		}
	}
	if t := c.Trial; t != (contract.Trial{}) {
		m.Trial = &pb.Contract_Trial{StartDate: DateMessage(t.From), EndDate: DateMessage(t.Until), Terms: t.Terms}
	}
}

// plan reads the plan of a contract.
func (c *Content) plan(stages []*pb.Contract_Stage) error {
	for i, s := range stages {
		due, err := DateText(fmt.Sprintf("contract.plan[%d].due_date", i), s.GetDueDate())
		if err != nil {
			return err
		}
		c.Plan = append(c.Plan, contract.Stage{Title: s.GetTitle(), Share: int(s.GetShare()), Due: due, Indicators: s.GetIndicators()})
	}
	return rpc.At("contract.plan", contract.CheckPlan(c.Plan))
}

// SigningOf reads what a signer hands in.
func SigningOf(digest []byte, m *pb.Signature) Signing {
	s := Signing{Digest: digest}
	if m != nil {
		s.Signature = &signature.Signature{Algorithm: rpc.Stored[signature.Algorithm](m.GetAlgorithm()), Key: m.GetPublicKey(), Value: m.GetValue()}
	}
	return s
}

// SignatureMessage writes a signature as a row keeps it; nil if there is none.
func SignatureMessage(text *string) *pb.Signature {
	if text == nil {
		return nil
	}
	s, err := signature.Parse(*text)
	if err != nil {
		return nil
	}
	return &pb.Signature{Algorithm: rpc.Enum[pb.Signature_Algorithm](pb.Signature_Algorithm_value, s.Algorithm), PublicKey: s.Key, Value: s.Value}
}

// amountPaid reads what was paid in all, which may be nothing, but not unsaid.
func amountPaid(m *money.Money) (fen.Fen, error) {
	if m == nil {
		return 0, contract.ErrPaidMissing.At("amount_paid")
	}
	f, err := fen.FromUnits(m.GetCurrencyCode(), m.GetUnits(), m.GetNanos())
	return f, rpc.At("amount_paid", err)
}

// proposalMessage writes how far answers lead to a class.
func proposalMessage(p classify.Proposal) *pb.ProposeContractClassResponse {
	m := &pb.ProposeContractClassResponse{TableDate: DateMessage(p.Table.From), Source: p.Table.Source}
	for _, c := range p.Table.Classes {
		m.Classes = append(m.Classes, rpc.Enum[pb.ContractClass](pb.ContractClass_value, c))
	}
	for _, q := range p.Asked {
		asked := &pb.ContractClassQuestion{QuestionId: q.ID, Text: q.Text}
		for _, o := range q.Options {
			asked.Options = append(asked.Options, &pb.ContractClassQuestion_Option{OptionId: o.ID, Text: o.Text})
		}
		m.AnsweredQuestions = append(m.AnsweredQuestions, asked)
	}
	if p.Rule == nil {
		last := len(m.AnsweredQuestions) - 1
		m.NextQuestion, m.AnsweredQuestions = m.AnsweredQuestions[last], m.AnsweredQuestions[:last]
		return m
	}
	m.ContractClass, m.Excluded = rpc.Enum[pb.ContractClass](pb.ContractClass_value, p.Rule.Class), p.Rule.Class == ""
	m.Reason, m.Basis, m.Rule = p.Rule.Reason, p.Rule.Basis, p.Rule.ID
	return m
}
