package offering

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/codes"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/rpc/catalogue"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/offering/achievement"
	"github.com/jiebang/jiebang/services/offering/form"
	"github.com/jiebang/jiebang/services/offering/profile"
	"github.com/jiebang/jiebang/services/offering/sheet"
	"github.com/jiebang/jiebang/services/posting/demand"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// AchievementMessage writes an achievement.
func AchievementMessage(a *ent.Achievement) *pb.Achievement {
	m := achievementContentMessage(readAchievement(a))
	m.Name, m.Organization, m.Jurisdiction = id.AchievementName(a.ID), id.OrganizationName(a.OrganizationID), a.Jurisdiction
	m.State, m.PublishTime = rpc.Enum[pb.Achievement_State](pb.Achievement_State_value, a.State), rpc.OptionalStamp(a.PublishedAt)
	m.Etag, m.CreateTime, m.UpdateTime = rpc.Etag(a.Version), rpc.Stamp(a.CreatedAt), rpc.Stamp(a.UpdatedAt)
	m.Receipt = rpc.Receipt(storage.Receipt{Jurisdiction: a.Jurisdiction, Sequence: a.EntrySeq, Hash: a.EntryHash})
	return m
}

func achievementContentMessage(c achievement.Content) *pb.Achievement {
	m := &pb.Achievement{
		Title: c.Title, Summary: c.Summary, Field: rpc.Enum[pb.TechnologyField](pb.TechnologyField_value, c.Field), Industries: c.Industries,
		Disciplines: c.Disciplines, Keywords: c.Keywords, Trl: int32(c.TRL), Maturity: rpc.Enum[pb.Achievement_Maturity](pb.Achievement_Maturity_value, c.Maturity),
		CooperationModes: enums[pb.Achievement_CooperationMode](pb.Achievement_CooperationMode_value, c.Modes), AskingPrice: rpc.OptionalMoney(c.Price),
		Region: c.Region, ExternalId: c.ExternalID,
	}
	for _, p := range c.Properties {
		m.IntellectualProperties = append(m.IntellectualProperties, &pb.IntellectualProperty{Number: p.Number,
			Kind:  rpc.Enum[pb.IntellectualProperty_Kind](pb.IntellectualProperty_Kind_value, p.Kind),
			Stage: rpc.Enum[pb.IntellectualProperty_Stage](pb.IntellectualProperty_Stage_value, p.Stage)})
	}
	return m
}

// achievementContent reads what an owner writes in an achievement.
func achievementContent(m *pb.Achievement) (c achievement.Content, err error) {
	c = achievement.Content{
		Title: m.GetTitle(), Summary: m.GetSummary(), Field: rpc.Stored[demand.Field](m.GetField()), Industries: achievement.Stored(codes.Industry, m.GetIndustries()),
		Disciplines: achievement.Stored(codes.Discipline, m.GetDisciplines()), Keywords: m.GetKeywords(), TRL: int(m.GetTrl()),
		Maturity: rpc.Stored[achievement.Maturity](m.GetMaturity()), Modes: storedAll[achievement.Mode](m.GetCooperationModes()),
		Region: m.GetRegion(), ExternalID: m.GetExternalId(),
	}
	for _, p := range m.GetIntellectualProperties() {
		c.Properties = append(c.Properties, achievement.Property{Kind: rpc.Stored[achievement.PropertyKind](p.GetKind()), Number: p.GetNumber(),
			Stage: rpc.Stored[achievement.PropertyStage](p.GetStage())})
	}
	c.Price, err = rpc.OptionalAmount("achievement.asking_price", m.GetAskingPrice())
	return c, err
}

// ProfileMessage writes a profile.
func ProfileMessage(p *ent.Profile) *pb.Profile {
	m := profileContentMessage(readProfile(p))
	m.Name, m.Organization, m.Jurisdiction = id.ProfileName(p.ID), id.OrganizationName(p.OrganizationID), p.Jurisdiction
	m.State, m.PublishTime = rpc.Enum[pb.Profile_State](pb.Profile_State_value, p.State), rpc.OptionalStamp(p.PublishedAt)
	m.Etag, m.CreateTime, m.UpdateTime = rpc.Etag(p.Version), rpc.Stamp(p.CreatedAt), rpc.Stamp(p.UpdatedAt)
	m.Receipt = rpc.Receipt(storage.Receipt{Jurisdiction: p.Jurisdiction, Sequence: p.EntrySeq, Hash: p.EntryHash})
	return m
}

func profileContentMessage(c profile.Content) *pb.Profile {
	return &pb.Profile{
		Kind: rpc.Enum[pb.Profile_Kind](pb.Profile_Kind_value, c.Kind), DisplayName: c.DisplayName, Position: c.Position, Introduction: c.Introduction,
		Fields: enums[pb.TechnologyField](pb.TechnologyField_value, c.Fields), Industries: c.Industries, Disciplines: c.Disciplines, Keywords: c.Keywords,
		Equipment: c.Equipment, Region: c.Region, Consented: c.Consented, ExternalId: c.ExternalID,
	}
}

// profileContent reads what an owner writes in a profile.
func profileContent(m *pb.Profile) profile.Content {
	return profile.Content{
		Kind: rpc.Stored[profile.Kind](m.GetKind()), DisplayName: m.GetDisplayName(), Position: m.GetPosition(), Introduction: m.GetIntroduction(),
		Fields: storedAll[demand.Field](m.GetFields()), Industries: achievement.Stored(codes.Industry, m.GetIndustries()),
		Disciplines: achievement.Stored(codes.Discipline, m.GetDisciplines()), Keywords: m.GetKeywords(), Equipment: m.GetEquipment(), Region: m.GetRegion(),
		Consented: m.GetConsented(), ExternalID: m.GetExternalId(),
	}
}

// enums returns the numbers of a proto enum for stored values.
func enums[E ~int32, S ~string](numbers map[string]int32, values []S) (list []E) {
	for _, v := range values {
		list = append(list, rpc.Enum[E](numbers, v))
	}
	return list
}

// storedAll returns the stored values of numbers of a proto enum.
func storedAll[S ~string, E interface {
	~int32
	String() string
}](numbers []E) (values []S) {
	for _, e := range numbers {
		values = append(values, rpc.Stored[S](e))
	}
	return values
}

// file is a file on its way in: its table, and its rows as content C.
type file[C any] struct {
	table   *sheet.Table
	columns []sheet.Column
	rows    []form.Row[C]
	close   func()
}

// importRequest is a request that brings a file.
type importRequest interface {
	GetFormat() pb.ImportFormat
	GetContent() []byte
}

// openFile reads the file of a request. Workbooks wait for their turn, and keep it until they are closed.
func openFile[C any](ctx context.Context, o *Offering, req importRequest, columns []sheet.Column, read func(sheet.Row) form.Row[C]) (f file[C], err error) {
	f.columns, f.close = columns, func() {}
	switch req.GetFormat() {
	case pb.ImportFormat_JSONL:
		f.table, err = sheet.ReadLines(req.GetContent(), columns)
	case pb.ImportFormat_CSV:
		f.table, err = sheet.ReadValues(req.GetContent(), columns)
	default:
		select {
		case o.books <- struct{}{}:
		case <-ctx.Done():
			return f, ctx.Err()
		}
		done := false
		defer func() { // also if a workbook is broken in a way that makes its reader panic
			if !done {
				<-o.books
			}
		}()
		f.table, err = sheet.ReadWorkbook(req.GetContent(), columns)
		if done = err == nil; done {
			f.close = func() { f.table.Close(); <-o.books }
		}
	}
	if err != nil {
		return f, rpc.At("content", err)
	}
	for _, row := range f.table.Rows {
		f.rows = append(f.rows, read(row))
	}
	return f, nil
}

// header is what people call a field: the header of its column.
func (f file[C]) header(field string) string {
	field, _, _ = strings.Cut(field, "[")
	field, _, _ = strings.Cut(field, ".")
	if i := slices.IndexFunc(f.columns, func(c sheet.Column) bool { return c.Field == field }); i >= 0 {
		return f.columns[i].Header
	}
	return field
}

// shape adds what is wrong with the shapes of the rows' fields, as their message has it.
func (f file[C]) shape(message func(C) proto.Message) error {
	for i, row := range f.rows {
		wrong, err := rpc.Shapes(message(row.Content), row.Given)
		if err != nil {
			return err
		}
		for _, w := range wrong {
			if !slices.ContainsFunc(row.Wrong, func(f *fault.Fault) bool { return f.Field == w.Field }) {
				f.rows[i].Wrong = append(f.rows[i].Wrong, w)
			}
		}
	}
	return nil
}

// imported writes what became of rows, and the workbook with what is wrong in it marked.
func (f file[C]) imported(results []Result, name func(id string) string) (rows []*pb.ImportedRow, counts map[Outcome]int32, workbook []byte) {
	counts = map[Outcome]int32{}
	var marks []sheet.Mark
	for _, r := range results {
		counts[r.Outcome]++
		m := &pb.ImportedRow{Number: int32(r.Number), Outcome: rpc.Enum[pb.ImportedRow_Outcome](pb.ImportedRow_Outcome_value, r.Outcome)}
		if r.ID != "" {
			m.Resource = name(r.ID)
		}
		for _, w := range r.Wrong {
			field, _, _ := strings.Cut(w.Field, "[")
			header := f.header(field)
			if w.Reason == rpc.ErrField.Reason {
				w = w.With("field", header)
			}
			text := catalogue.Chinese(w)
			m.Problems = append(m.Problems, &pb.ImportedRow_Problem{Column: header, Reason: w.Reason, Text: text})
			marks = append(marks, sheet.Mark{Row: r.Number, Field: field, Text: text})
		}
		rows = append(rows, m)
	}
	workbook, err := f.table.Mark(marks)
	if err != nil { // the rows are taken already, and their problems are all here
		f.table.Notes = append(f.table.Notes, "工作簿无法标注,请看逐行的结果")
	}
	return rows, counts, workbook
}
