package closing

import (
	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/counting"
	"github.com/jiebang/jiebang/services/counting/figure"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// message writes a closure, and for who may open figures those that are kept; checkpoint is the size of the one that has its entries, 0 if there is none yet.
func message(c *ent.Closure, checkpoint int64, open bool) *pb.Closure {
	m := &pb.Closure{Name: id.ClosureName(c.ID), Ledger: id.LedgerName(c.Jurisdiction), Period: c.Period, DisplayName: figure.Period(c.Period).Name(), Revision: int32(c.Revision),
		AsOfSequence: c.Size, RootHash: c.Root, Reason: c.Reason, CreateTime: rpc.Stamp(c.CreatedAt), Etag: rpc.Etag(c.Version),
		Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: c.Jurisdiction, Sequence: c.EntrySeq, Hash: c.EntryHash})}
	if c.ClosedBy != "" {
		m.Closer = id.PersonName(c.ClosedBy)
	}
	if checkpoint > 0 && checkpoint >= c.Size {
		m.Checkpoint = counting.CheckpointName(c.Jurisdiction, checkpoint)
	}
	values, _ := figure.Thaw(c.Figures)
	for _, v := range values {
		d, err := figure.ByRef(v.Ref)
		if err != nil {
			d = figure.Definition{Name: v.Ref, Kept: true} // of a newer program
		}
		if d.Kept && !open {
			continue
		}
		m.Figures = append(m.Figures, &pb.ReportedFigure{Definition: "figureDefinitions/" + v.Ref, DisplayName: d.Name, Unit: counting.UnitMessage(d), Value: counting.ValueMessage(d, v.Value)})
	}
	return m
}

func rowMessage(r Row) *pb.CompareClosureResponse_Row {
	value := func(n int64) *pb.FigureValue { return counting.ValueMessage(r.Definition, n) }
	return &pb.CompareClosureResponse_Row{Definition: counting.DefinitionName(r.Definition), DisplayName: r.Name, Unit: counting.UnitMessage(r.Definition),
		Reported: value(r.Reported), Known: value(r.Known), Difference: value(r.Known - r.Reported)}
}

func differenceMessage(q counting.Question, r counting.Record) *pb.Difference {
	value := func(n int64) *pb.FigureValue { return counting.ValueMessage(q.Definition, n) }
	return &pb.Difference{Record: r.Name, Number: r.Number, Title: r.Title, Date: r.Day, Reported: value(r.Before), Known: value(r.Value), Difference: value(r.Value - r.Before),
		Entry: counting.EntryName(q.Jurisdiction, r.Sequence)}
}
