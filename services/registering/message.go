package registering

import (
	"fmt"
	"strings"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/contracting"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/rpc/catalogue"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/offering/sheet"
	"github.com/jiebang/jiebang/services/registering/form"
	"github.com/jiebang/jiebang/services/registering/registration"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

func message(r *ent.Registration) *pb.Registration {
	m := &pb.Registration{
		Name: id.RegistrationName(r.ContractID, r.ID), Registry: r.Registry, ClaimedTechnology: rpc.Money(r.ClaimedTechnologyFen), ClaimedTotal: rpc.Money(r.ClaimedTotalFen),
		State: rpc.Enum[pb.Registration_State](pb.Registration_State_value, r.State), FileTime: rpc.OptionalStamp(r.FiledAt), AcceptTime: rpc.OptionalStamp(r.AcceptedAt),
		DueTime: rpc.OptionalStamp(r.DueAt), OverdueTime: rpc.OptionalStamp(r.OverdueAt), Disputed: r.Disputed, ReviewDigest: r.ReviewDigest,
		Duty: rpc.Enum[pb.Registration_Duty](pb.Registration_Duty_value, r.Duty), Reason: r.Reason, Benefits: r.Benefits, Etag: rpc.Etag(r.Version),
		CreateTime: rpc.Stamp(r.CreatedAt), UpdateTime: rpc.Stamp(r.UpdatedAt),
		Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: r.Jurisdiction, Sequence: r.EntrySeq, Hash: r.EntryHash}),
	}
	opinions, err := registration.DecodeOpinions(r.Review)
	for i := 0; err == nil && i < len(opinions); i++ {
		m.Opinions = append(m.Opinions, opinionMessage(opinions[i]))
	}
	if r.RecordedNumber != "" {
		m.Recorded = certificateMessage(recorded(r))
	}
	if r.Number != nil {
		m.Certificate = certificateMessage(registration.Certificate{Number: *r.Number, Total: *r.TotalFen, Technology: *r.TechnologyFen, Date: *r.RegisterDate,
			Digest: r.CertificateDigest})
	}
	return m
}

func opinionMessage(o registration.Opinion) *pb.ReviewOpinion {
	m := &pb.ReviewOpinion{Expert: o.Expert, Organization: o.Organization, Verdict: rpc.Enum[pb.ReviewOpinion_Verdict](pb.ReviewOpinion_Verdict_value, o.Verdict), Remark: o.Remark}
	if o.Verdict == registration.Agree {
		m.Technology = rpc.Money(o.Technology)
	}
	return m
}

func certificateMessage(c registration.Certificate) *pb.Certificate {
	return &pb.Certificate{Number: c.Number, ContractTotal: rpc.Money(c.Total), Technology: rpc.Money(c.Technology), RegisterDate: contracting.DateMessage(c.Date), Digest: c.Digest}
}

// certificate reads what a certificate says.
func certificate(m *pb.Certificate) (c registration.Certificate, err error) {
	c = registration.Certificate{Number: m.GetNumber(), Digest: m.GetDigest()}
	if c.Total, err = rpc.Amount("certificate.contract_total", m.GetContractTotal()); err != nil {
		return c, err
	}
	if c.Technology, err = rpc.Amount("certificate.technology", m.GetTechnology()); err != nil {
		return c, err
	}
	c.Date, err = contracting.DateText("certificate.register_date", m.GetRegisterDate())
	return c, err
}

// opinions reads what experts have said; the part of one who opposes is none.
func opinions(all []*pb.ReviewOpinion) (list []registration.Opinion, err error) {
	for i, m := range all {
		o := registration.Opinion{Expert: m.GetExpert(), Organization: m.GetOrganization(), Verdict: rpc.Stored[registration.Verdict](m.GetVerdict()), Remark: m.GetRemark()}
		if o.Verdict == registration.Agree {
			if o.Technology, err = rpc.Amount(fmt.Sprintf("opinions[%d].technology", i), m.GetTechnology()); err != nil {
				return nil, err
			}
		}
		list = append(list, o)
	}
	return list, nil
}

func unfiledMessage(k *ent.Contract) *pb.UnfiledContract {
	m := &pb.UnfiledContract{Contract: id.ContractName(k.ID), Title: k.Title, Seller: id.OrganizationName(k.SellerID), Total: rpc.Money(k.TotalFen)}
	if k.Number != nil {
		m.Number = *k.Number
	}
	if k.SignDate != nil {
		m.SignDate = contracting.DateMessage(*k.SignDate)
	}
	return m
}

func recordMessage(r *ent.RegistryRecord) *pb.RegistryRecord {
	return &pb.RegistryRecord{Name: id.RegistryRecordName(r.ID), Number: r.Number, Title: r.Title, Buyer: r.Buyer, Seller: r.Seller, ContractTotal: rpc.Money(r.TotalFen),
		Technology: rpc.Money(r.TechnologyFen), RegisterDate: contracting.DateMessage(r.RegisterDate), Etag: rpc.Etag(r.Version), CreateTime: rpc.Stamp(r.CreatedAt),
		UpdateTime: rpc.Stamp(r.UpdatedAt), Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: r.Jurisdiction, Sequence: r.EntrySeq, Hash: r.EntryHash})}
}

func pairMessage(p Pair) *pb.Reconciliation {
	m := &pb.Reconciliation{Number: p.number(), Outcome: rpc.Enum[pb.Reconciliation_Outcome](pb.Reconciliation_Outcome_value, p.Agrees())}
	if p.Here != nil {
		m.Registration = id.RegistrationName(p.Here.ContractID, p.Here.ID)
		m.ContractTotal, m.Technology = rpc.OptionalMoney(p.Here.TotalFen), rpc.OptionalMoney(p.Here.TechnologyFen)
	}
	if p.There != nil {
		m.RegistryRecord = id.RegistryRecordName(p.There.ID)
		m.ListedContractTotal, m.ListedTechnology = rpc.Money(p.There.TotalFen), rpc.Money(p.There.TechnologyFen)
	}
	return m
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

// imported writes what became of rows, and the workbook with what is wrong in it marked.
func imported(table *sheet.Table, results []Result) *pb.ImportRegistryRecordsResponse {
	resp := &pb.ImportRegistryRecordsResponse{}
	counts := map[Outcome]*int32{Created: &resp.CreatedCount, Updated: &resp.UpdatedCount, Unchanged: &resp.UnchangedCount, Refused: &resp.RefusedCount}
	var marks []sheet.Mark
	for _, r := range results {
		*counts[r.Outcome]++
		m := &pb.ImportedRow{Number: int32(r.Row), Outcome: rpc.Enum[pb.ImportedRow_Outcome](pb.ImportedRow_Outcome_value, r.Outcome)}
		if r.ID != "" {
			m.Resource = id.RegistryRecordName(r.ID)
		}
		for _, w := range r.Wrong {
			field, _, _ := strings.Cut(w.Field, "[")
			if w.Reason == rpc.ErrField.Reason {
				w = w.With("field", header(field))
			}
			text := catalogue.Chinese(w)
			m.Problems = append(m.Problems, &pb.ImportedRow_Problem{Column: header(field), Reason: w.Reason, Text: text})
			marks = append(marks, sheet.Mark{Row: r.Row, Field: field, Text: text})
		}
		resp.Rows = append(resp.Rows, m)
	}
	workbook, err := table.Mark(marks)
	if err != nil { // the rows are taken already, and their problems are all here
		table.Notes = append(table.Notes, "工作簿无法标注,请看逐行的结果")
	}
	resp.Notes, resp.Workbook = table.Notes, workbook
	return resp
}
