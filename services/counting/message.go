package counting

import (
	"fmt"

	"github.com/jiebang/jiebang/services/codes"
	"github.com/jiebang/jiebang/services/counting/figure"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/reporting/metric"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

func definitionMessage(d figure.Definition) *pb.FigureDefinition {
	m := &pb.FigureDefinition{Name: DefinitionName(d), Code: d.Code, Version: int32(d.Version), DisplayName: d.Name, Unit: UnitMessage(d),
		Side: rpc.Enum[pb.FigureDefinition_Side](pb.FigureDefinition_Side_value, d.Side), Description: d.Text, ValidFromDate: d.From, NotRecorded: d.Missing, Kept: d.Kept}
	for _, by := range dimensions(d) {
		m.Dimensions = append(m.Dimensions, rpc.Enum[pb.FigureDimension](pb.FigureDimension_value, by))
	}
	return m
}

// DefinitionName is the resource name of a definition.
func DefinitionName(d figure.Definition) string { return "figureDefinitions/" + d.Ref() }

// UnitMessage is the unit of a definition.
func UnitMessage(d figure.Definition) pb.FigureDefinition_Unit {
	return rpc.Enum[pb.FigureDefinition_Unit](pb.FigureDefinition_Unit_value, d.Unit)
}

// ValueMessage writes a value of a definition.
func ValueMessage(d figure.Definition, value int64) *pb.FigureValue {
	if d.Unit == figure.Fen {
		return &pb.FigureValue{Amount: rpc.Money(money.Fen(value))}
	}
	return &pb.FigureValue{Number: value}
}

func optionalValue(d figure.Definition, value *int64) *pb.FigureValue {
	if value == nil {
		return nil
	}
	return ValueMessage(d, *value)
}

// CheckpointName is the resource name of a checkpoint; empty for none.
func CheckpointName(jurisdiction string, size int64) string {
	if size == 0 {
		return ""
	}
	return fmt.Sprintf("%s/checkpoints/%d", id.LedgerName(jurisdiction), size)
}

// EntryName is the resource name of an entry.
func EntryName(jurisdiction string, sequence int64) string {
	return fmt.Sprintf("%s/entries/%d", id.LedgerName(jurisdiction), sequence)
}

// keyName is the Chinese name of a key, as far as a code list has it.
func keyName(by figure.Dimension, key string) string {
	list := map[figure.Dimension]codes.List{figure.ByIndustry: codes.Industry, figure.ByChannel: codes.Channel, figure.ByClass: codes.ContractClass}[by]
	switch c, ok := codes.Lookup(list, key); {
	case key == "":
		return "未填"
	case list != "" && ok:
		return c.Name
	case by == figure.ByField:
		return metric.Name(key)
	}
	return ""
}

func groupMessage(q Question, g Group, name string) *pb.FigureGroup {
	return &pb.FigureGroup{Key: g.Key, DisplayName: name, Value: optionalValue(q.Definition, g.Value), LastValue: optionalValue(q.Definition, g.Last), ChangeBasisPoints: g.Change}
}

func recordMessage(q Question, r Record) *pb.FigureRecord {
	return &pb.FigureRecord{Record: r.Name, Number: r.Number, Title: r.Title, Date: r.Day, Value: ValueMessage(q.Definition, r.Value), Entry: EntryName(q.Jurisdiction, r.Sequence)}
}
