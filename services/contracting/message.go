package contracting

import (
	"fmt"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/contracting/signature"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
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

// DateMessage writes a date as a row keeps it.
func DateMessage(text string) *date.Date {
	t, err := time.Parse(contract.DateLayout, text)
	if err != nil {
		return nil
	}
	return &date.Date{Year: int32(t.Year()), Month: int32(t.Month()), Day: int32(t.Day())}
}

// dateText reads a date; empty if it is absent.
func dateText(field string, d *date.Date) (string, error) {
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
	return c, c.plan(m.GetPlan())
}

// plan reads the plan of a contract.
func (c *Content) plan(stages []*pb.Contract_Stage) error {
	for i, s := range stages {
		due, err := dateText(fmt.Sprintf("contract.plan[%d].due_date", i), s.GetDueDate())
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
