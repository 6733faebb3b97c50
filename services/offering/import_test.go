package offering_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// lines makes a file of JSON lines.
func lines(lines ...string) *pb.ImportAchievementsRequest {
	return &pb.ImportAchievementsRequest{RequestId: markettest.ID(), Format: pb.ImportFormat_JSONL, Content: []byte(strings.Join(lines, "\n"))}
}

// book makes a workbook of achievements of rows.
func book(t *testing.T, rows ...[]any) *pb.ImportAchievementsRequest {
	t.Helper()
	f := excelize.NewFile()
	for i, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return &pb.ImportAchievementsRequest{RequestId: markettest.ID(), Format: pb.ImportFormat_XLSX, Content: b.Bytes()}
}

// asProfiles is the same request for profiles.
func asProfiles(r *pb.ImportAchievementsRequest) *pb.ImportProfilesRequest {
	return &pb.ImportProfilesRequest{RequestId: r.GetRequestId(), Format: r.GetFormat(), Content: r.GetContent(), Publish: r.GetPublish(), ValidateOnly: r.GetValidateOnly()}
}

// told writes what became of rows: number, outcome, and for each problem its column and reason.
func told(rows []*pb.ImportedRow) string {
	var all []string
	for _, r := range rows {
		line := fmt.Sprint(r.GetNumber(), " ", strings.ToLower(r.GetOutcome().String()))
		for _, p := range r.GetProblems() {
			line += " [" + strings.TrimSpace(p.GetColumn()+" "+p.GetReason()) + "]"
		}
		all = append(all, line)
	}
	return strings.Join(all, "; ")
}

// imports imports achievements, and makes sure that the ledger grows by an entry for each row that changed something.
func imports(t *testing.T, m *markettest.Market, ctx context.Context, req *pb.ImportAchievementsRequest, want string) *pb.ImportAchievementsResponse {
	t.Helper()
	before := markettest.Sizes(t, m)
	resp := markettest.Must(m.Achievements.ImportAchievements(ctx, req))(t)
	if got := told(resp.GetRows()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	grown := int64(resp.GetCreatedCount() + resp.GetUpdatedCount())
	if req.GetValidateOnly() {
		grown = 0
	}
	if got := markettest.Sizes(t, m); got != [2]int64{before[0] + grown, before[1]} {
		t.Errorf("got ledgers of %v entries, want %d more than %v", got, grown, before)
	}
	if n := resp.GetCreatedCount() + resp.GetUpdatedCount() + resp.GetUnchangedCount() + resp.GetRefusedCount(); int(n) != len(resp.GetRows()) {
		t.Errorf("got counts of %d rows, want %d", n, len(resp.GetRows()))
	}
	return resp
}

// mixed are lines that are right and wrong.
var mixed = []string{
	`{"编号":"A-1","成果名称":"超细碳酸钙","技术领域":"新材料","期望价格(万元)":"41.8"}`,
	`{"external_id":"A-2","title":"三个字","field":"NUCLEAR","keywords":["好",""],"trl":12}`,
	`{"编号":"A-3","成果名称":"有机硅副产物","技术领域":"农业","成果简介":"电话 13812345678","行业":"C9999"}`,
	``,
	`{"编号":"A-1","成果名称":"又是一号","技术领域":"农业"}`,
	`{"编号":"A-5","技术领域":"农业"}`,
	`{"编号":"A-6","成果名称":"没有领域的"}`,
	`{"成果名称":"没有编号的","技术领域":"核应用"}`,
	`{"成果名称":"没有编号的","技术领域":"核应用"}`,
	`{"颜色":"红"}`,
	`{"技术领域":"核应用"}`,
	`{"编号":"A-7","成果名称":"带有\u0000的","技术领域":"核应用"}`,
	`{"编号":"A-8","成果名称":"价格有误","技术领域":"核应用","期望价格(万元)":0}`,
}

const (
	mixedWrong = `2 refused [成果名称 FIELD_INVALID] [技术就绪度 FIELD_INVALID]; 3 refused [成果简介 CONTACT_IN_TEXT] [应用行业 INDUSTRY_UNKNOWN]; 5 refused [编号 ROW_TWICE]; ` +
		`6 refused [成果名称 FIELD_INVALID]; 7 refused [技术领域 FIELD_INVALID]`
	mixedRest  = `9 refused [成果名称 ROW_TWICE]; 10 refused [KEY_UNKNOWN]; 11 refused [成果名称 FIELD_INVALID]; 12 refused [成果名称 FIELD_INVALID]; 13 refused [期望价格(万元) AMOUNT_NOT_POSITIVE]`
	mixedFirst = "1 created; " + mixedWrong + "; 8 created; " + mixedRest
)

// TestImport imports a file with right and wrong rows: first only to check, then in earnest, then the same request again, then the file again.
func TestImport(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		owner := m.University()
		req := lines(mixed...)
		check := proto.CloneOf(req)
		check.RequestId, check.ValidateOnly = markettest.ID(), true
		dry := imports(t, m, owner.Ctx(), check, mixedFirst)
		first := imports(t, m, owner.Ctx(), req, mixedFirst)
		for i, r := range first.GetRows() {
			d := proto.CloneOf(dry.GetRows()[i])
			if d.GetResource() != "" {
				t.Errorf("a check names %s, which is not there", d.GetResource())
			}
			if d.Resource = r.GetResource(); !proto.Equal(d, r) {
				t.Errorf("a check says %v, the import %v", d, r)
			}
			for _, p := range r.GetProblems() {
				if p.GetText() == "" || strings.ContainsAny(p.GetText(), "{}") && p.GetReason() != "LINE_INVALID" {
					t.Errorf("row %d: %q says nothing", r.GetNumber(), p.GetText())
				}
			}
		}
		before := markettest.Sizes(t, m)
		if again := markettest.Must(m.Achievements.ImportAchievements(owner.Ctx(), req))(t); !proto.Equal(again, first) || markettest.Sizes(t, m) != before {
			t.Errorf("the same request again: got %v, want %v and no entry", again, first)
		}
		repeat := lines(mixed...)
		if second := imports(t, m, owner.Ctx(), repeat, strings.ReplaceAll(mixedFirst, "created", "unchanged")); second.GetRows()[0].GetResource() != first.GetRows()[0].GetResource() {
			t.Errorf("got %v, want the same resource as %v", second.GetRows()[0], first.GetRows()[0])
		}
		a := markettest.Must(m.Achievements.GetAchievement(owner.Ctx(), &pb.GetAchievementRequest{Name: first.GetRows()[0].GetResource()}))(t)
		if a.GetState() != pb.Achievement_DRAFT || a.GetTitle() != "超细碳酸钙" || a.GetAskingPrice().GetUnits() != 418_000 || a.GetEtag() != "1" {
			t.Errorf("got %v", a)
		}
		other := lines(mixed[0])
		other.RequestId = req.GetRequestId()
		refuse(t, m, []refusal{{"another file with the request_id", func() error { return markettest.Failed(m.Achievements.ImportAchievements(owner.Ctx(), other)) },
			codes.AlreadyExists, "REQUEST_ID_REUSED", "request_id"}})
	})
}

// TestImportUpdates changes what was imported: what a row gives is taken, an empty value clears, and what it lacks stays.
func TestImportUpdates(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		owner := m.University()
		name := imports(t, m, owner.Ctx(), lines(`{"编号":"A-1","成果名称":"超细碳酸钙","技术领域":"新材料","期望价格(万元)":"41.8","关键词":["白","细"],"学科":"E0208"}`), "1 created").GetRows()[0].GetResource()
		for _, step := range []struct{ line, outcome, want string }{
			{`{"编号":"A-1","成果简介":"新的"}`, "updated", "超细碳酸钙 新的 [白 细] [E0208] 418000"},
			{`{"编号":"A-1","关键词":null,"期望价格(万元)":"面议"}`, "updated", "超细碳酸钙 新的 [] [E0208] 0"},
			{`{"编号":"A-1","成果名称":"另一个名称","学科":""}`, "updated", "另一个名称 新的 [] [] 0"},
			{`{"编号":"","成果名称":"另一个名称","关键词":"细"}`, "updated", "另一个名称 新的 [细] [] 0"},
			{`{"编号":"A-1"}`, "unchanged", "另一个名称 新的 [细] [] 0"},
			{`{"编号":"A-1","成果名称":""}`, "refused [成果名称 FIELD_INVALID]", "另一个名称 新的 [细] [] 0"},
			{`{"成果名称":"超细碳酸钙","技术领域":"新材料"}`, "created", "另一个名称 新的 [细] [] 0"},
			{`{"编号":"A-2","成果名称":"另一个名称","技术领域":"新材料"}`, "created", "另一个名称 新的 [细] [] 0"},
			{`{"成果名称":"另一个名称","技术领域":"新材料"}`, "refused [成果名称 ROW_AMBIGUOUS]", "另一个名称 新的 [细] [] 0"},
		} {
			imports(t, m, owner.Ctx(), lines(step.line), "1 "+step.outcome)
			a := markettest.Must(m.Achievements.GetAchievement(owner.Ctx(), &pb.GetAchievementRequest{Name: name}))(t)
			if got := fmt.Sprint(a.GetTitle(), " ", a.GetSummary(), " ", a.GetKeywords(), " ", a.GetDisciplines(), " ", a.GetAskingPrice().GetUnits()); got != step.want || a.GetExternalId() != "A-1" {
				t.Errorf("%s: got %s of %s, want %s", step.line, got, a.GetExternalId(), step.want)
			}
		}
		imports(t, m, owner.Ctx(), lines(`{"编号":"A-1","成果简介":"甲"}`, `{"成果名称":"超细碳酸钙","成果简介":"乙"}`, `{"编号":"A-2","成果名称":"独一无二的"}`), "1 updated; 2 updated; 3 updated")
		imports(t, m, owner.Ctx(), lines(`{"编号":"A-2","成果简介":"甲"}`, `{"成果名称":"独一无二的","成果简介":"乙"}`), "1 updated; 2 refused [成果名称 ROW_TWICE]")
		imports(t, m, m.Firm().Ctx(), lines(`{"编号":"A-1","成果名称":"别家的一号","技术领域":"农业"}`), "1 created")
		if a := markettest.Must(m.Achievements.GetAchievement(owner.Ctx(), &pb.GetAchievementRequest{Name: name}))(t); a.GetSummary() != "甲" {
			t.Errorf("another organization's row has changed %v", a)
		}
	})
}

// TestImportPublishes imports with publishing: what is new and what is a draft is listed, what was withdrawn is not, and an editor may not.
func TestImportPublishes(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		owner := m.University()
		editor := m.Token(owner.Name, pb.Role_EDITOR)
		three := []string{`{"编号":"1","成果名称":"第一项成果","技术领域":"农业"}`, `{"编号":"2","成果名称":"第二项成果","技术领域":"农业"}`, `{"编号":"3","成果名称":"第三项成果","技术领域":"农业"}`}
		imports(t, m, editor.Ctx(), lines(three[:2]...), "1 created; 2 created")
		publish := lines(three...)
		publish.Publish = true
		refuse(t, m, []refusal{
			{"by an editor", func() error { return markettest.Failed(m.Achievements.ImportAchievements(editor.Ctx(), publish)) }, codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"by the bureau", func() error { return markettest.Failed(m.Achievements.ImportAchievements(m.Bureau.Ctx(), publish)) }, codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"by anyone", func() error { return markettest.Failed(m.Achievements.ImportAchievements(t.Context(), publish)) }, codes.Unauthenticated, "TOKEN_MISSING", ""},
		})
		first := imports(t, m, owner.Ctx(), publish, "1 updated; 2 updated; 3 created")
		states := func(want ...pb.Achievement_State) {
			t.Helper()
			for i, r := range first.GetRows() {
				a := markettest.Must(m.Achievements.GetAchievement(owner.Ctx(), &pb.GetAchievementRequest{Name: r.GetResource()}))(t)
				if a.GetState() != want[i] || (a.GetPublishTime() == nil) != (want[i] == pb.Achievement_DRAFT) {
					t.Errorf("row %d: got %v, want it %s", i+1, a, want[i])
				}
			}
		}
		states(pb.Achievement_LISTED, pb.Achievement_LISTED, pb.Achievement_LISTED)
		markettest.Must(m.Achievements.WithdrawAchievement(owner.Ctx(), &pb.WithdrawAchievementRequest{RequestId: markettest.ID(), Name: first.GetRows()[1].GetResource(), Etag: "2"}))(t)
		publish = lines(three...)
		publish.Publish = true
		imports(t, m, owner.Ctx(), publish, "1 unchanged; 2 unchanged; 3 unchanged")
		states(pb.Achievement_LISTED, pb.Achievement_WITHDRAWN, pb.Achievement_LISTED)
		if r := markettest.Must(m.Server.Verify(t.Context(), markettest.Jurisdiction))(t); len(r.Problems) > 0 {
			t.Errorf("verify says %v", r.Problems)
		}
	})
}

// TestImportProfiles imports profiles: an expert is listed only with consent, and only a laboratory has equipment.
func TestImportProfiles(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		owner := m.University()
		send := func(publish bool, want string, file ...string) *pb.ImportProfilesResponse {
			t.Helper()
			req := asProfiles(lines(file...))
			req.Publish = publish
			resp := markettest.Must(m.Profiles.ImportProfiles(owner.Ctx(), req))(t)
			if got := told(resp.GetRows()); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			return resp
		}
		file := []string{`{"编号":"1","姓名":"周明远","类型":"专家","同意公开":"是"}`, `{"编号":"2","姓名":"吴思齐","类型":"专家"}`, `{"名称":"粉体实验室","类型":"实验室","设备":"粒度仪\n捏合机"}`,
			`{"名称":"经纪人","类型":"经纪人","设备":"电话"}`, `{"名称":"没有类型的"}`}
		send(true, "1 created; 2 refused [本人同意公开 CONSENT_MISSING]; 3 created; 4 refused [仪器设备 EQUIPMENT_KIND]; 5 refused [类型 FIELD_INVALID]", file...)
		draft := send(false, "1 unchanged; 2 created; 3 unchanged", file[:3]...)
		send(true, "1 refused [本人同意公开 CONSENT_MISSING]", `{"编号":"2","职称":"教授"}`)
		send(false, "1 refused [本人同意公开 CONSENT_MISSING]", `{"编号":"1","同意公开":"否"}`)
		send(true, "1 updated", `{"编号":"2","同意公开":"是"}`)
		p := markettest.Must(m.Profiles.GetProfile(t.Context(), &pb.GetProfileRequest{Name: draft.GetRows()[1].GetResource()}))(t)
		lab := markettest.Must(m.Profiles.GetProfile(t.Context(), &pb.GetProfileRequest{Name: draft.GetRows()[2].GetResource()}))(t)
		if p.GetState() != pb.Profile_LISTED || !p.GetConsented() || fmt.Sprint(lab.GetEquipment()) != "[粒度仪 捏合机]" {
			t.Errorf("got %v and %v", p, lab)
		}
		if r := markettest.Must(m.Server.Verify(t.Context(), markettest.Jurisdiction))(t); len(r.Problems) > 0 {
			t.Errorf("verify says %v", r.Problems)
		}
	})
}

// TestImportRaces lets many import the same list at once: each row is made once.
func TestImportRaces(t *testing.T) {
	t.Parallel()
	const callers = 16
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		owner := m.University()
		before := markettest.Sizes(t, m)
		count := markettest.Race(callers, func(int) error {
			return markettest.Failed(m.Achievements.ImportAchievements(owner.Ctx(), lines(mixed...)))
		})
		if got := markettest.Sizes(t, m); count[""] != callers || got[0] != before[0]+2 {
			t.Errorf("got %v and %d entries, want %d", count, got[0], before[0]+2)
		}
		req := lines(`{"编号":"R-1","成果名称":"同一个请求","技术领域":"农业"}`)
		count = markettest.Race(callers, func(int) error {
			return markettest.Failed(m.Achievements.ImportAchievements(owner.Ctx(), proto.CloneOf(req)))
		})
		if got := markettest.Sizes(t, m); count[""] != callers || got[0] != before[0]+3 {
			t.Errorf("the same request: got %v and %d entries, want %d", count, got[0], before[0]+3)
		}
	})
}

// TestImportManyRows imports as many rows as go into a file, and again.
func TestImportManyRows(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		owner := m.University()
		rows := [][]any{{"编号", "成果名称", "技术领域", "应用行业", "期望价格(万元)"}}
		for i := range 1000 {
			rows = append(rows, []any{i, fmt.Sprint("第", i, "项成果"), "新材料", "C2613", float(i)})
		}
		req := book(t, rows...)
		before := markettest.Sizes(t, m)
		resp := markettest.Must(m.Achievements.ImportAchievements(owner.Ctx(), req))(t)
		if resp.GetCreatedCount() != 1000 || resp.GetWorkbook() != nil || markettest.Sizes(t, m)[0] != before[0]+1000 {
			t.Errorf("got %d created, %d refused: %v", resp.GetCreatedCount(), resp.GetRefusedCount(), resp.GetRows()[0])
		}
		req.RequestId = markettest.ID()
		resp = markettest.Must(m.Achievements.ImportAchievements(owner.Ctx(), req))(t)
		if resp.GetUnchangedCount() != 1000 || markettest.Sizes(t, m)[0] != before[0]+1000 {
			t.Errorf("again: got %d unchanged", resp.GetUnchangedCount())
		}
		if r := markettest.Must(m.Server.Verify(t.Context(), markettest.Jurisdiction))(t); len(r.Problems) > 0 {
			t.Errorf("verify says %v", r.Problems)
		}
	})
}

// float is an amount as a workbook has numbers.
func float(i int) any { return fmt.Sprintf("%d.%02d", i+1, i%100) }

// TestImportWorkbook imports a template that was filled in: wrong cells come back marked, and when they are mended the file is taken.
func TestImportWorkbook(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		owner := m.Firm()
		template := markettest.Must(m.Achievements.GetAchievementTemplate(t.Context(), &pb.GetAchievementTemplateRequest{Name: "achievementTemplate"}))(t)
		fill := func(content []byte, cells map[string]any) *pb.ImportAchievementsRequest {
			t.Helper()
			f, err := excelize.OpenReader(bytes.NewReader(content))
			if err != nil {
				t.Fatal(err)
			}
			for cell, v := range cells {
				if err := f.SetCellValue("填写", cell, v); err != nil {
					t.Fatal(err)
				}
			}
			b, err := f.WriteToBuffer()
			if err != nil {
				t.Fatal(err)
			}
			return &pb.ImportAchievementsRequest{RequestId: markettest.ID(), Format: pb.ImportFormat_XLSX, Content: b.Bytes()}
		}
		req := fill(template.GetContent(), map[string]any{"A4": "X-1", "B4": "超细碳酸钙", "C4": "新材料", "I4": 7, "A5": "X-2", "B5": "三个字", "C5": "新"})
		resp := imports(t, m, owner.Ctx(), req, "4 created; 5 refused [技术领域 CELL_WORD] [成果名称 FIELD_INVALID]")
		if fmt.Sprint(resp.GetNotes()) != "[跳过 2 行示例]" {
			t.Errorf("got notes %q", resp.GetNotes())
		}
		f, err := excelize.OpenReader(bytes.NewReader(resp.GetWorkbook()))
		if err != nil {
			t.Fatal(err)
		}
		comments, err := f.GetComments("填写")
		if err != nil || len(comments) != 2 || comments[0].Cell+comments[1].Cell != "C5B5" || !strings.Contains(comments[1].Text, "成果名称 填写有误:至少 4 个字") {
			t.Errorf("got comments %+v, %v", comments, err)
		}
		imports(t, m, owner.Ctx(), fill(resp.GetWorkbook(), map[string]any{"B5": "四个字了", "C5": "新能源"}), "4 unchanged; 5 created")
		profiles := markettest.Must(m.Profiles.GetProfileTemplate(t.Context(), &pb.GetProfileTemplateRequest{Name: "profileTemplate"}))(t)
		refuse(t, m, []refusal{
			{"profiles as they are", func() error {
				return markettest.Failed(m.Profiles.ImportProfiles(owner.Ctx(), &pb.ImportProfilesRequest{RequestId: markettest.ID(), Format: pb.ImportFormat_XLSX, Content: profiles.GetContent()}))
			}, codes.InvalidArgument, "IMPORT_EMPTY", "content"},
			{"no template", func() error {
				return markettest.Failed(m.Achievements.GetAchievementTemplate(t.Context(), &pb.GetAchievementTemplateRequest{Name: "profileTemplate"}))
			}, codes.InvalidArgument, "FIELD_INVALID", "name"},
			{"no template of profiles", func() error {
				return markettest.Failed(m.Profiles.GetProfileTemplate(t.Context(), &pb.GetProfileTemplateRequest{}))
			}, codes.InvalidArgument, "FIELD_INVALID", "name"},
		})
	})
}

// TestImportRefusals imports what is no file.
func TestImportRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		owner := m.University()
		var refusals []refusal
		for _, c := range []struct {
			name          string
			req           *pb.ImportAchievementsRequest
			reason, field string
		}{
			{"no format", &pb.ImportAchievementsRequest{Content: []byte("x")}, "FIELD_INVALID", "format"},
			{"unknown format", &pb.ImportAchievementsRequest{Format: 9, Content: []byte("x")}, "FIELD_INVALID", "format"},
			{"no content", &pb.ImportAchievementsRequest{Format: pb.ImportFormat_JSONL}, "FIELD_INVALID", "content"},
			{"a byte too many", &pb.ImportAchievementsRequest{Format: pb.ImportFormat_JSONL, Content: make([]byte, 1_000_001)}, "FIELD_INVALID", "content"},
			{"no workbook", &pb.ImportAchievementsRequest{Format: pb.ImportFormat_XLSX, Content: []byte("成果名称")}, "IMPORT_UNREADABLE", "content"},
			{"not UTF-8", &pb.ImportAchievementsRequest{Format: pb.ImportFormat_JSONL, Content: []byte("\xff")}, "IMPORT_UNREADABLE", "content"},
			{"no rows", &pb.ImportAchievementsRequest{Format: pb.ImportFormat_JSONL, Content: []byte("\n\n")}, "IMPORT_EMPTY", "content"},
			{"1,001 rows", lines(strings.Split(strings.Repeat("{}\n", 1001), "\n")...), "IMPORT_TOO_LARGE", "content"},
			{"no header", book(t, []any{"甲", "乙"}, []any{"1", "2"}), "IMPORT_HEADER", "content"},
			{"an empty sheet", book(t), "IMPORT_HEADER", "content"},
		} {
			c.req.RequestId = markettest.ID()
			refusals = append(refusals,
				refusal{"achievements: " + c.name, func() error { return markettest.Failed(m.Achievements.ImportAchievements(owner.Ctx(), c.req)) }, codes.InvalidArgument, c.reason, c.field},
				refusal{"profiles: " + c.name, func() error { return markettest.Failed(m.Profiles.ImportProfiles(owner.Ctx(), asProfiles(c.req))) }, codes.InvalidArgument, c.reason, c.field})
		}
		refuse(t, m, refusals)
		imports(t, m, owner.Ctx(), lines("[]", `{"titel":"x"}`), "1 refused [LINE_INVALID]; 2 refused [KEY_UNKNOWN]")
	})
}
