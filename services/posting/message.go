package posting

import (
	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/posting/procedure"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Message writes a demand.
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

// content reads what a firm writes.
func content(m *pb.Demand) (c Content, err error) {
	c = Content{Procedure: m.GetProcedure(), Title: m.GetTitle(), Description: m.GetDescription(), Field: rpc.Stored[demand.Field](m.GetField())}
	if c.Budget, err = rpc.OptionalAmount("demand.budget", m.GetBudget()); err != nil {
		return c, err
	}
	c.Deadline, err = rpc.Time("demand.deadline", m.GetDeadline())
	return c, err
}
