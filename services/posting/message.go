package posting

import (
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/posting/detail"
	"github.com/jiebang/jiebang/services/posting/procedure"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Message writes what of a demand everyone may read who may read it at all.
func Message(d *ent.Demand) *pb.Demand {
	m := &pb.Demand{
		Name: id.DemandName(d.ID), Title: d.Title, Description: d.Description, Organization: id.OrganizationName(d.OrganizationID),
		Field:  rpc.Enum[pb.TechnologyField](pb.TechnologyField_value, d.Field),
		Budget: rpc.OptionalMoney(d.BudgetFen), Deadline: rpc.OptionalStamp(d.Deadline),
		State:        rpc.Enum[pb.Demand_State](pb.Demand_State_value, d.State),
		Jurisdiction: d.Jurisdiction, PublishTime: rpc.OptionalStamp(d.PublishedAt), Etag: rpc.Etag(d.Version),
		CreateTime: rpc.Stamp(d.CreatedAt), UpdateTime: rpc.Stamp(d.UpdatedAt),
		Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: d.Jurisdiction, Sequence: d.EntrySeq, Hash: d.EntryHash}),
	}
	if p, err := procedure.Of(d.Procedure); err == nil {
		m.Procedure = p.ID()
	}
	m.Details, m.Reason, m.Remark, m.Attempt = details(d.Details), d.Reason, d.Remark, int32(d.Attempt)
	m.AmendTime, m.ConfirmByTime = rpc.OptionalStamp(d.AmendedAt), rpc.OptionalStamp(d.HeartbeatAt)
	if d.RelatedID != nil {
		m.RelatedDemand = id.DemandName(*d.RelatedID)
	}
	if d.Number != nil {
		m.Number = *d.Number
	}
	if d.Failure != nil {
		m.Failure = rpc.Enum[pb.Demand_Failure](pb.Demand_Failure_value, *d.Failure)
	}
	if d.WinningBidID != nil {
		m.WinningBid = id.BidName(d.ID, *d.WinningBidID)
	}
	return m
}

// MessageTo writes a demand for a caller who may read it: its firm also reads what is not for everyone, and what it has asked; those who vet it the comments.
func MessageTo(d *ent.Demand, c party.Caller) *pb.Demand {
	m, owner := Message(d), c.Organization != "" && c.Organization == d.OrganizationID
	if owner {
		g, err := detail.DecodeGated(d.Gated)
		if err == nil {
			m.NdaDetails, m.WinnerDetails = g.NDA, g.Winner
		}
	}
	if owner || !d.State.Public() {
		comments, _ := detail.DecodeComments(d.Comments)
		for _, each := range comments {
			m.Comments = append(m.Comments, &pb.FieldComment{Field: each.Field, Text: each.Text})
		}
	}
	if owner || c.Oversees(d.Jurisdiction) {
		m.Pending = pending(d.Pending)
	}
	return m
}

// pending writes what a firm has asked.
func pending(text string) *pb.PendingRequest {
	p, err := detail.DecodePending(text)
	if err != nil || text == "" {
		return nil
	}
	m := &pb.PendingRequest{CancelReason: p.Cancel, Remark: p.Text}
	if a := p.Amendment; a != nil {
		m.AmendedFields, m.Description, m.Details = a.Fields, a.Description, details(a.Details)
		if a.BudgetFen != nil {
			m.Budget = rpc.Money(money.Fen(*a.BudgetFen))
		}
		if at, err := time.Parse(time.RFC3339Nano, a.Deadline); err == nil {
			m.Deadline = rpc.Stamp(at)
		}
	}
	return m
}

// details writes structured content; nothing of none.
func details(text string) *pb.DemandDetails {
	d, err := detail.Decode(text)
	if err != nil || text == "" {
		return nil
	}
	m := &pb.DemandDetails{Waiver: d.Waiver, Restatement: d.Restatement, Industries: d.Industries, Disciplines: d.Disciplines, PropertyTerms: d.Property,
		TrlNow: int32(d.TRLNow), TrlWanted: int32(d.TRLWanted), Delivery: d.Delivery}
	for _, i := range d.Indicators {
		m.Indicators = append(m.Indicators, &pb.Indicator{Name: i.Name, Operator: rpc.Enum[pb.Indicator_Operator](pb.Indicator_Operator_value, i.Operator), Value: i.Value,
			High: i.High, Unit: i.Unit, TestMethod: i.Test, Tester: i.Tester, Mandatory: i.Mandatory})
	}
	for _, c := range d.Modes {
		m.CooperationModes = append(m.CooperationModes, rpc.Enum[pb.DemandDetails_CooperationMode](pb.DemandDetails_CooperationMode_value, c))
	}
	for _, c := range d.Criteria {
		m.Criteria = append(m.Criteria, &pb.Criterion{Name: c.Name, Weight: int32(c.Weight)})
	}
	return m
}

// stored reads structured content into the form in which it is kept, if it is in order.
func stored(m *pb.DemandDetails) (string, error) {
	d := detail.Detail{Waiver: m.GetWaiver(), Restatement: m.GetRestatement(), Industries: m.GetIndustries(), Disciplines: m.GetDisciplines(), Property: m.GetPropertyTerms(),
		TRLNow: int(m.GetTrlNow()), TRLWanted: int(m.GetTrlWanted()), Delivery: m.GetDelivery()}
	for _, i := range m.GetIndicators() {
		d.Indicators = append(d.Indicators, detail.Indicator{Name: i.GetName(), Operator: rpc.Stored[detail.Operator](i.GetOperator()), Value: i.GetValue(), High: i.GetHigh(),
			Unit: i.GetUnit(), Test: i.GetTestMethod(), Tester: i.GetTester(), Mandatory: i.GetMandatory()})
	}
	for _, c := range m.GetCooperationModes() {
		d.Modes = append(d.Modes, rpc.Stored[string](c))
	}
	for _, c := range m.GetCriteria() {
		d.Criteria = append(d.Criteria, detail.Criterion{Name: c.GetName(), Weight: int(c.GetWeight())})
	}
	if err := d.Check(); err != nil {
		return "", err
	}
	return d.Encode(), nil
}

// content reads what a firm writes.
func content(m *pb.Demand) (c Content, err error) {
	c = Content{Procedure: m.GetProcedure(), Title: m.GetTitle(), Description: m.GetDescription(), Field: rpc.Stored[demand.Field](m.GetField()),
		NDA: m.GetNdaDetails(), Winner: m.GetWinnerDetails()}
	if c.Details, err = stored(m.GetDetails()); err != nil {
		return c, err
	}
	if c.Budget, err = rpc.OptionalAmount("demand.budget", m.GetBudget()); err != nil {
		return c, err
	}
	c.Deadline, err = rpc.Time("demand.deadline", m.GetDeadline())
	return c, err
}
