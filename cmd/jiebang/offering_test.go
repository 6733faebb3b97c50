package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// someAchievements has one achievement, and takes rows that have a title.
type someAchievements struct {
	jiebangv1.UnimplementedAchievementServiceServer
}

// someProfiles has one profile.
type someProfiles struct {
	jiebangv1.UnimplementedProfileServiceServer
}

func fakeAchievement() *jiebangv1.Achievement {
	return &jiebangv1.Achievement{
		Name: "achievements/a1", ExternalId: "A-1", Title: "超细碳酸钙连续碳化", Summary: "白度 96\n粒径 80 nm", Field: jiebangv1.TechnologyField_NEW_MATERIALS, Industries: []string{"C2613", "C2612"},
		Disciplines: []string{"E0208"}, Keywords: []string{"碳酸钙"}, Trl: 7, Maturity: jiebangv1.Achievement_PILOT, State: jiebangv1.Achievement_LISTED, Etag: "2",
		CooperationModes: []jiebangv1.Achievement_CooperationMode{jiebangv1.Achievement_LICENSE, jiebangv1.Achievement_USE_FIRST}, AskingPrice: yuan(1_200_000, 0), Region: "330182",
		IntellectualProperties: []*jiebangv1.IntellectualProperty{{Kind: jiebangv1.IntellectualProperty_INVENTION_PATENT, Number: "ZL1", Stage: jiebangv1.IntellectualProperty_GRANTED},
			{Kind: jiebangv1.IntellectualProperty_KNOW_HOW}},
		Organization: "organizations/o1", Jurisdiction: "330182", Receipt: &jiebangv1.Receipt{Jurisdiction: "330182", Sequence: 9, EntryHash: []byte{0x0a}},
	}
}

func fakeProfile() *jiebangv1.Profile {
	return &jiebangv1.Profile{Name: "profiles/p1", Kind: jiebangv1.Profile_LAB, DisplayName: "粉体实验室", Position: "省级", State: jiebangv1.Profile_DRAFT, Etag: "1",
		Fields: []jiebangv1.TechnologyField{jiebangv1.TechnologyField_NEW_MATERIALS, jiebangv1.TechnologyField_AGRICULTURE}, Equipment: []string{"粒度仪", "捏合机"}}
}

func (someAchievements) GetAchievement(context.Context, *jiebangv1.GetAchievementRequest) (*jiebangv1.Achievement, error) {
	return fakeAchievement(), nil
}

func (someAchievements) ListAchievements(context.Context, *jiebangv1.ListAchievementsRequest) (*jiebangv1.ListAchievementsResponse, error) {
	return &jiebangv1.ListAchievementsResponse{Achievements: []*jiebangv1.Achievement{fakeAchievement(), {Name: "achievements/a2", Title: "没有更多", State: jiebangv1.Achievement_DRAFT}}}, nil
}

func (someAchievements) CreateAchievement(_ context.Context, r *jiebangv1.CreateAchievementRequest) (*jiebangv1.Achievement, error) {
	r.Achievement.Name = "achievements/new"
	return r.GetAchievement(), nil
}

// UpdateAchievement gives back the mask as the title.
func (someAchievements) UpdateAchievement(_ context.Context, r *jiebangv1.UpdateAchievementRequest) (*jiebangv1.Achievement, error) {
	r.Achievement.Title = fmt.Sprint(r.GetUpdateMask().GetPaths(), r.GetAchievement().GetEtag())
	return r.GetAchievement(), nil
}

func (someAchievements) PublishAchievement(_ context.Context, r *jiebangv1.PublishAchievementRequest) (*jiebangv1.Achievement, error) {
	if r.GetEtag() != "2" {
		return nil, fault(codes.Aborted, "ETAG_STALE", "版本已过期")
	}
	return fakeAchievement(), nil
}

// ImportAchievements refuses lines without a title, and calls that have one that says so; it gives workbooks back. The names of what it
// makes are the request_ids.
func (someAchievements) ImportAchievements(_ context.Context, r *jiebangv1.ImportAchievementsRequest) (*jiebangv1.ImportAchievementsResponse, error) {
	resp := &jiebangv1.ImportAchievementsResponse{}
	if r.GetFormat() == jiebangv1.ImportFormat_XLSX {
		resp.Workbook, resp.Notes = append([]byte("marked "), r.GetContent()...), []string{"未读的列: 负责人"}
	}
	if bytes.Contains(r.GetContent(), []byte("断")) {
		return nil, fault(codes.Unavailable, "STORAGE_UNAVAILABLE", "暂时无法确认")
	}
	for i, line := range bytes.Split(bytes.TrimRight(r.GetContent(), "\n"), []byte("\n")) {
		row := &jiebangv1.ImportedRow{Number: int32(i + 1)}
		switch {
		case len(bytes.TrimSpace(line)) == 0:
			continue
		case bytes.Contains(line, []byte("title")):
			row.Outcome = jiebangv1.ImportedRow_CREATED
			resp.CreatedCount++
			if !r.GetValidateOnly() {
				row.Resource = fmt.Sprint("achievements/", r.GetRequestId(), "-", i, "-", r.GetPublish())
			}
		default:
			row.Outcome, row.Problems = jiebangv1.ImportedRow_REFUSED, []*jiebangv1.ImportedRow_Problem{{Column: "成果名称", Reason: "FIELD_INVALID", Text: "成果名称 填写有误:必须填写"}}
			resp.RefusedCount++
		}
		resp.Rows = append(resp.Rows, row)
	}
	return resp, nil
}

func (someAchievements) GetAchievementTemplate(context.Context, *jiebangv1.GetAchievementTemplateRequest) (*jiebangv1.AchievementTemplate, error) {
	return &jiebangv1.AchievementTemplate{Content: []byte("PK\x03\x04 a template")}, nil
}

func (someProfiles) GetProfile(context.Context, *jiebangv1.GetProfileRequest) (*jiebangv1.Profile, error) {
	return fakeProfile(), nil
}

func (someProfiles) ListProfiles(context.Context, *jiebangv1.ListProfilesRequest) (*jiebangv1.ListProfilesResponse, error) {
	return &jiebangv1.ListProfilesResponse{Profiles: []*jiebangv1.Profile{fakeProfile()}}, nil
}

func (someProfiles) CreateProfile(_ context.Context, r *jiebangv1.CreateProfileRequest) (*jiebangv1.Profile, error) {
	r.Profile.Name = "profiles/new"
	return r.GetProfile(), nil
}

// UpdateProfile gives back the mask as the name.
func (someProfiles) UpdateProfile(_ context.Context, r *jiebangv1.UpdateProfileRequest) (*jiebangv1.Profile, error) {
	r.Profile.DisplayName = fmt.Sprint(r.GetUpdateMask().GetPaths())
	return r.GetProfile(), nil
}

func (someProfiles) WithdrawProfile(context.Context, *jiebangv1.WithdrawProfileRequest) (*jiebangv1.Profile, error) {
	return nil, fault(codes.FailedPrecondition, "PROFILE_STATE", "当前状态(DRAFT)不能办理此事")
}

func (someProfiles) ImportProfiles(context.Context, *jiebangv1.ImportProfilesRequest) (*jiebangv1.ImportProfilesResponse, error) {
	return &jiebangv1.ImportProfilesResponse{Rows: []*jiebangv1.ImportedRow{{Number: 1, Outcome: jiebangv1.ImportedRow_UNCHANGED, Resource: "profiles/p1"}}, UnchangedCount: 1}, nil
}

func (someProfiles) GetProfileTemplate(context.Context, *jiebangv1.GetProfileTemplateRequest) (*jiebangv1.ProfileTemplate, error) {
	return &jiebangv1.ProfileTemplate{Content: []byte("PK\x03\x04 profiles")}, nil
}

// TestImportInPieces imports more rows than go in one call: each piece has a request_id of its own, which follows from the first, and the
// rows have the numbers of the file.
func TestImportInPieces(t *testing.T) {
	server := startMarket(t)
	path := t.TempDir() + "/list.jsonl"
	if err := os.WriteFile(path, []byte("\n"+strings.Repeat("{\"title\":\"x\"}\n", 2500)+"{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const id = "2c1d7c62-6a9b-4d0e-8f5b-0b8c1b2f9a11"
	run := func(id string) []string {
		t.Helper()
		code, out, errors := execute(t, "achievement", "import", path, "--server", server, "--request-id", id, "-o", "csv")
		rows := strings.Split(strings.TrimSpace(out), "\n")
		if code != failure.Validation || len(rows) != 2502 || rows[2501] != "2502,有误,,成果名称,FIELD_INVALID,成果名称 填写有误:必须填写" || strings.Count(errors, "request_id") != 2 {
			t.Fatalf("got exit code %d, %d rows, the last %q: %s", code, len(rows), rows[len(rows)-1], errors)
		}
		return rows
	}
	rows := run(id)
	ids := map[string]int{}
	for i, row := range rows[1:2501] {
		cells := strings.Split(row, ",")
		if cells[0] != fmt.Sprint(i+2) {
			t.Fatalf("row %d has the number %s", i+2, cells[0])
		}
		request := strings.TrimPrefix(cells[2], "achievements/")[:36]
		if request[14] != '4' || !strings.ContainsRune("89ab", rune(request[19])) {
			t.Fatalf("%s is no UUID of version 4", request)
		}
		ids[request]++
	}
	if len(ids) != 3 || ids[id] != 1000 {
		t.Errorf("got request_ids %v, want three, the first %s", ids, id)
	}
	if again := run(id); !slices.Equal(again, rows) {
		t.Error("the same request_id gives other ones to the pieces")
	}
	if other := run("3c1d7c62-6a9b-4d0e-8f5b-0b8c1b2f9a11"); other[2000] == rows[2000] {
		t.Error("another request_id gives the same ones to the pieces")
	}
}
