package backfilling

import (
	"cmp"
	"encoding/hex"
	"slices"
	"strconv"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/backfilling/backfill"
	"github.com/jiebang/jiebang/services/backfilling/form"
	"github.com/jiebang/jiebang/services/contracting"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/rpc/catalogue"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/offering/sheet"
	"github.com/jiebang/jiebang/services/posting/demand"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

func message(b *ent.Backfill) *pb.Backfill {
	return &pb.Backfill{Name: id.BackfillName(b.ID), Source: b.Source, State: rpc.Enum[pb.Backfill_State](pb.Backfill_State_value, b.State), Digest: b.Digest,
		RowCount: int32(b.RowCount), RecordedCount: int32(b.RecordedCount), Reason: b.Reason, Etag: rpc.Etag(b.Version), CreateTime: rpc.Stamp(b.CreatedAt),
		UpdateTime: rpc.Stamp(b.UpdatedAt), Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: b.Jurisdiction, Sequence: b.EntrySeq, Hash: b.EntryHash})}
}

func kindMessage(k backfill.Kind) pb.PastKind { return rpc.Enum[pb.PastKind](pb.PastKind_value, k) }

func fieldMessage(f demand.Field) pb.TechnologyField {
	return rpc.Enum[pb.TechnologyField](pb.TechnologyField_value, f)
}

func channelMessage(c contract.Channel) pb.Channel { return rpc.Enum[pb.Channel](pb.Channel_value, c) }

func gradeMessage(g contract.Grade) pb.Contract_EvidenceGrade {
	return rpc.Enum[pb.Contract_EvidenceGrade](pb.Contract_EvidenceGrade_value, g)
}

// organizationName names an organization, if there is one.
func organizationName(organizationID string) string {
	if organizationID == "" {
		return ""
	}
	return id.OrganizationName(organizationID)
}

func rowMessage(r backfill.Row) *pb.BackfillRow {
	m := &pb.BackfillRow{Line: int32(r.Line), Kind: kindMessage(r.Kind), SourceNumber: r.Number, Title: r.Title, Buyer: organizationName(r.Buyer), Seller: organizationName(r.Seller),
		Field: fieldMessage(r.Field), CollectDate: contracting.DateMessage(r.Collected), Date: contracting.DateMessage(r.Date), Amount: rpc.OptionalMoney(r.Amount),
		DemandNumber: r.Demand, Channel: channelMessage(r.Channel), Class: rpc.Enum[pb.ContractClass](pb.ContractClass_value, r.Class), EvidenceGrade: gradeMessage(r.Grade),
		RegistryNumber: r.Registry}
	m.TextDigest, _ = hex.DecodeString(r.Scan) // form has written it
	return m
}

func pastMessage(p *ent.PastRecord) *pb.PastRecord {
	text := func(t *string) string {
		if t == nil {
			return ""
		}
		return *t
	}
	return &pb.PastRecord{Name: id.PastRecordName(p.ID), Kind: kindMessage(p.Kind), State: rpc.Enum[pb.PastRecord_State](pb.PastRecord_State_value, p.State), Source: p.Source,
		SourceNumber: p.NumberThere, Title: p.Title, Buyer: organizationName(p.BuyerID), Seller: organizationName(text(p.SellerID)), Field: fieldMessage(p.Field),
		CollectDate: contracting.DateMessage(text(p.CollectedDate)), Date: contracting.DateMessage(text(p.Date)), Amount: rpc.OptionalMoney(p.AmountFen),
		DemandNumber: text(p.DemandNumber), Backfill: id.BackfillName(p.BackfillID), Etag: rpc.Etag(p.Version), CreateTime: rpc.Stamp(p.CreatedAt),
		Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: p.Jurisdiction, Sequence: p.EntrySeq, Hash: p.EntryHash})}
}

// header is what people call a field: the header of its column.
func header(field string) string {
	for _, c := range form.Columns {
		if c.Field == field {
			return c.Header
		}
	}
	return field
}

// imported writes what becomes of a list, and the workbook with what is wrong in it marked.
func imported(table *sheet.Table, s *Staged) *pb.ImportBackfillResponse {
	resp := &pb.ImportBackfillResponse{Sums: sums(s.Kept)}
	if s.Backfill != nil {
		resp.Digest = s.Backfill.Digest
		if s.Backfill.Version > 0 {
			resp.Backfill = message(s.Backfill)
		}
	}
	counts := map[Outcome]*int32{Created: &resp.CreatedCount, Unchanged: &resp.UnchangedCount, Refused: &resp.RefusedCount}
	var marks []sheet.Mark
	for _, r := range s.Results {
		*counts[r.Outcome]++
		m := &pb.ImportedRow{Number: int32(r.Line), Outcome: rpc.Enum[pb.ImportedRow_Outcome](pb.ImportedRow_Outcome_value, r.Outcome), Resource: r.Name}
		for _, w := range r.Wrong {
			if w.Reason == rpc.ErrField.Reason {
				w = w.With("field", header(w.Field))
			}
			text := catalogue.Chinese(w)
			m.Problems = append(m.Problems, &pb.ImportedRow_Problem{Column: header(w.Field), Reason: w.Reason, Text: text})
			marks = append(marks, sheet.Mark{Row: r.Line, Field: w.Field, Text: text})
		}
		resp.Rows = append(resp.Rows, m)
	}
	workbook, err := table.MarkRows(marks)
	if err != nil { // the problems are all here
		table.Notes = append(table.Notes, "工作簿无法标注,请看逐行的结果")
	}
	resp.Notes, resp.Workbook = table.Notes, workbook
	return resp
}

// sums adds rows up.
func sums(rows []backfill.Row) []*pb.ImportBackfillResponse_Sum {
	type group struct {
		kind    backfill.Kind
		year    string
		channel contract.Channel
		grade   contract.Grade
	}
	found, amounts := map[group]*pb.ImportBackfillResponse_Sum{}, map[group]money.Fen{}
	var order []group
	for _, r := range rows {
		g := group{r.Kind, cmp.Or(r.Date, r.Collected)[:4], r.Channel, r.Grade}
		m := found[g]
		if m == nil {
			year, _ := strconv.Atoi(g.year) // form has read it
			m = &pb.ImportBackfillResponse_Sum{Kind: kindMessage(r.Kind), Year: int32(year), Channel: channelMessage(r.Channel), EvidenceGrade: gradeMessage(r.Grade)}
			found[g], order = m, append(order, g)
		}
		m.Rows++
		if r.Kind == backfill.Demand && r.Date != "" {
			m.PublishedCount++
		}
		if r.Amount != nil {
			amounts[g] += *r.Amount
		}
	}
	slices.SortFunc(order, func(a, b group) int {
		return cmp.Or(slices.Index([]backfill.Kind{backfill.Demand, backfill.Bid}, b.kind)-slices.Index([]backfill.Kind{backfill.Demand, backfill.Bid}, a.kind), cmp.Compare(a.year, b.year),
			cmp.Compare(a.channel, b.channel), cmp.Compare(a.grade, b.grade))
	})
	var list []*pb.ImportBackfillResponse_Sum
	for _, g := range order {
		if amounts[g] > 0 {
			found[g].Amount = rpc.Money(amounts[g])
		}
		list = append(list, found[g])
	}
	return list
}
