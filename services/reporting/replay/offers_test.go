package replay_test

import (
	"strings"
	"testing"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/storagetest"
	"github.com/jiebang/jiebang/services/reporting/replay"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// offered opens a market, offers something in every way, and exports it.
func offered(t *testing.T) bundle {
	t.Helper()
	m := markettest.Open(t, storagetest.SQLite(t))
	one := m.University()
	a, p := m.Offer(one)
	a.Title = "另一个名称"
	a = markettest.Must(m.Achievements.UpdateAchievement(one.Ctx(), &pb.UpdateAchievementRequest{RequestId: markettest.ID(), Achievement: a}))(t)
	markettest.Must(m.Achievements.WithdrawAchievement(one.Ctx(), &pb.WithdrawAchievementRequest{RequestId: markettest.ID(), Name: a.GetName(), Etag: a.GetEtag()}))(t)
	p.Position = "国家重点实验室"
	p = markettest.Must(m.Profiles.UpdateProfile(one.Ctx(), &pb.UpdateProfileRequest{RequestId: markettest.ID(), Profile: p}))(t)
	markettest.Must(m.Profiles.WithdrawProfile(one.Ctx(), &pb.WithdrawProfileRequest{RequestId: markettest.ID(), Name: p.GetName(), Etag: p.GetEtag()}))(t)
	for _, publish := range []bool{false, true} {
		markettest.Must(m.Achievements.ImportAchievements(one.Ctx(), &pb.ImportAchievementsRequest{RequestId: markettest.ID(), Format: pb.ImportFormat_JSONL, Publish: publish,
			Content: []byte(`{"编号":"A-1","成果名称":"超细碳酸钙","技术领域":"新材料"}`)}))(t)
		markettest.Must(m.Profiles.ImportProfiles(one.Ctx(), &pb.ImportProfilesRequest{RequestId: markettest.ID(), Format: pb.ImportFormat_JSONL, Publish: publish,
			Content: []byte(`{"编号":"P-1","姓名":"周明远","类型":"专家","同意公开":"是"}`)}))(t)
	}
	return export(t, m)
}

// TestForgedOffers rewrites entries about what is offered so that hashes fit: what cannot have happened is named all the same.
func TestForgedOffers(t *testing.T) {
	b := offered(t)
	if r := b.verify(t, replay.Options{}); len(r.Problems) > 0 {
		t.Fatalf("the honest bundle: %v", r.Problems)
	}
	replace := func(old, new string) func(string) string {
		return func(body string) string {
			if !strings.Contains(body, old) {
				t.Fatalf("no %q in %s", old, body)
			}
			return strings.Replace(body, old, new, 1)
		}
	}
	for _, kind := range []string{"achievement", "profile"} {
		for _, test := range []struct {
			name, event string
			change      func(string) string
			want        string
		}{
			{"drafted as listed", "drafted", replace("row.state 5 draft", "row.state 6 listed"), "状态不能由"},
			{"edited into another state", "edited", replace("row.state 6 listed", "row.state 9 withdrawn"), "状态不能由"},
			{"withdrawn and yet listed", "withdrawn", replace("row.state 9 withdrawn", "row.state 6 listed"), "状态不能由"},
			{"listed and yet a draft", "listed", replace("row.state 6 listed", "row.state 5 draft"), "状态不能由"},
			{"changed while listed", "listed", replace("row.region 6 330182", "row.region 6 330183"), "内容被改动"},
			{"changed while withdrawn", "withdrawn", replace("row.region 6 330182", "row.region 6 330183"), "内容被改动"},
			{"given to another", "edited", replace("row.organization_id 24 o330182-", "row.organization_id 24 o330183-"), "换了所属单位"},
			{"older than it is", "listed", replace("row.created_at 27 2026", "row.created_at 27 2025"), "换了所属单位或创建时间"},
			{"imported as withdrawn", "imported", replace("row.state 5 draft", "row.state 9 withdrawn"), "状态不能由"},
			{"an unknown event", "withdrawn", replace(kind+".withdrawn\n", kind+".retracted\n"), "状态不能由"},
		} {
			i := b.find(t, kind+"."+test.event)
			if r := b.rewrite(i, test.change).verify(t, replay.Options{}); !names(r, int64(i), test.want) {
				t.Errorf("%s %s: got %v, want entry %d: %s", kind, test.name, r.Problems, i, test.want)
			}
		}
	}
	last := len(b.entries) - 1
	if r := b.rewrite(last, replace("row.consented 4 true", "row.consented 5 false")).verify(t, replay.Options{}); !names(r, int64(last), "未同意公开") {
		t.Errorf("an expert listed without consent: got %v", r.Problems)
	}
}
