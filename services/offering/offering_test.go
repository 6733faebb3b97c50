package offering_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/offering"
	"github.com/jiebang/jiebang/services/offering/achievement"
	"github.com/jiebang/jiebang/services/offering/profile"
	"github.com/jiebang/jiebang/services/posting/demand"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestDraft drafts with every field, and with those alone that are needed.
func TestDraft(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		owner := m.University()
		a := m.Achieve(owner)
		want := &pb.Achievement{Name: a.GetName(), Title: "超细碳酸钙连续碳化技术", Summary: "平均粒径 80 nm", Field: pb.TechnologyField_NEW_MATERIALS, Industries: []string{"C2613"},
			Disciplines: []string{"E0208"}, Keywords: []string{"碳酸钙", "表面改性"}, Trl: 7, Maturity: pb.Achievement_PILOT, AskingPrice: markettest.Yuan(1_200_000), Region: "330182",
			IntellectualProperties: []*pb.IntellectualProperty{{Kind: pb.IntellectualProperty_INVENTION_PATENT, Number: "ZL201910123456.7", Stage: pb.IntellectualProperty_GRANTED}},
			CooperationModes:       []pb.Achievement_CooperationMode{pb.Achievement_LICENSE, pb.Achievement_USE_FIRST}, State: pb.Achievement_DRAFT, Organization: owner.Name,
			Jurisdiction: markettest.Jurisdiction, Etag: "1", CreateTime: timestamppb.New(m.Clock.Now()), UpdateTime: timestamppb.New(m.Clock.Now()), Receipt: a.GetReceipt(), ExternalId: a.GetExternalId()}
		if !proto.Equal(a, want) || !strings.HasPrefix(a.GetName(), "achievements/a330182-") {
			t.Errorf("got  %v\nwant %v", a, want)
		}
		least := markettest.Must(m.Achievements.CreateAchievement(owner.Ctx(), &pb.CreateAchievementRequest{RequestId: markettest.ID(), Achievement: &pb.Achievement{
			Title: "只有名称和领域", Field: pb.TechnologyField_NUCLEAR}}))(t)
		if least.GetAskingPrice() != nil || least.GetTrl() != 0 || len(least.GetIndustries()) > 0 {
			t.Errorf("got %v, want nothing that was not said", least)
		}
		codes := markettest.Must(m.Achievements.CreateAchievement(owner.Ctx(), &pb.CreateAchievementRequest{RequestId: markettest.ID(), Achievement: &pb.Achievement{
			Title: "代码的写法", Field: pb.TechnologyField_NUCLEAR, Industries: []string{"c2613"}, Disciplines: []string{"e0208"}}}))(t)
		if codes.GetIndustries()[0] != "C2613" || codes.GetDisciplines()[0] != "E0208" {
			t.Errorf("got %v, want codes as they are stored", codes)
		}
		p := m.Describe(owner)
		wantP := &pb.Profile{Name: p.GetName(), Kind: pb.Profile_LAB, DisplayName: "粉体工程重点实验室", Position: "省级重点实验室", Introduction: "粒径与白度测试",
			Fields: []pb.TechnologyField{pb.TechnologyField_NEW_MATERIALS}, Industries: []string{"C2613"}, Disciplines: []string{"E0208"}, Keywords: []string{"粒径分析"},
			Equipment: []string{"激光粒度仪", "捏合机"}, Region: "330182", Consented: true, State: pb.Profile_DRAFT, Organization: owner.Name, Jurisdiction: markettest.Jurisdiction, Etag: "1",
			CreateTime: timestamppb.New(m.Clock.Now()), UpdateTime: timestamppb.New(m.Clock.Now()), Receipt: p.GetReceipt(), ExternalId: p.GetExternalId()}
		if !proto.Equal(p, wantP) || !strings.HasPrefix(p.GetName(), "profiles/p330182-") {
			t.Errorf("got  %v\nwant %v", p, wantP)
		}
	})
}

// TestEdit changes each field by its mask alone, and all of them without a mask; the rest stays.
func TestEdit(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		owner := m.University()
		a, p := m.Offer(owner)
		edited(t, m, kinds(m)[0], owner, a, &pb.Achievement{Title: "另一个名称", Summary: "另", Field: pb.TechnologyField_NUCLEAR, Industries: []string{"A"}, Disciplines: []string{"A01"},
			Keywords: []string{"另"}, IntellectualProperties: []*pb.IntellectualProperty{{Kind: pb.IntellectualProperty_KNOW_HOW}}, Trl: 9, Maturity: pb.Achievement_LAB,
			CooperationModes: []pb.Achievement_CooperationMode{pb.Achievement_EQUITY}, AskingPrice: markettest.Yuan(1), Region: "330127", ExternalId: "另"})
		edited(t, m, kinds(m)[1], owner, p, &pb.Profile{Kind: pb.Profile_LAB, DisplayName: "另一个", Position: "另", Introduction: "另", Fields: []pb.TechnologyField{pb.TechnologyField_NUCLEAR},
			Industries: []string{"A"}, Disciplines: []string{"A01"}, Keywords: []string{"另"}, Equipment: []string{"另"}, Region: "330127", ExternalId: "另"})
	})
}

// edited changes each field of was to that of other, and all of them back.
func edited(t *testing.T, m *markettest.Market, k kind, owner *markettest.Member, was, other offer) {
	t.Helper()
	first := was
	for _, field := range append(slices.Clone(k.fields), "") {
		m.Clock.Advance(time.Second)
		want, from, mask := proto.Clone(was).(offer), other, []string{field}
		if field == "" {
			from, mask = first, nil
		}
		copyField(want, from, k.fields, field)
		was = markettest.Must(k.update(owner.Ctx(), with(from, map[string]string{"name": was.GetName(), "etag": was.GetEtag()}), mask...))(t)
		got := proto.Clone(was)
		for _, output := range []string{"etag", "receipt", "update_time"} {
			without(want, output)
			without(got, output)
		}
		if !proto.Equal(got, want) || proto.Equal(want, first) {
			t.Errorf("%q:\ngot  %v\nwant %v", field, got, want)
		}
	}
}

// TestImageIsForever pins how rows stand in entries: what is in the ledger is compared with it for ever.
func TestImageIsForever(t *testing.T) {
	at := time.Date(2026, 3, 2, 4, 5, 6, 7000, time.UTC)
	key, price := "A-1", money.Fen(123)
	a := &ent.Achievement{ID: "a", Jurisdiction: "330182", Version: 2, CreatedAt: at, UpdatedAt: at, OrganizationID: "o", ExternalID: &key, Title: "名", Summary: "一\n二", Field: demand.Nuclear,
		Industries: []string{"C2613", "A"}, Disciplines: []string{}, Keywords: []string{"a\n1 b", "c"}, Properties: []achievement.Property{{Kind: achievement.KnowHow}, {Kind: achievement.DesignPatent, Number: "1 2", Stage: achievement.Granted}},
		Trl: 7, Maturity: achievement.Pilot, Modes: []achievement.Mode{achievement.UseFirst}, PriceFen: &price, State: achievement.Listed, PublishedAt: &at}
	p := &ent.Profile{ID: "p", Jurisdiction: "330182", Version: 1, CreatedAt: at, UpdatedAt: at, OrganizationID: "o", Kind: profile.Lab, DisplayName: "名", Position: "职", Introduction: "介",
		Fields: []demand.Field{demand.Nuclear, demand.Transport}, Industries: []string{"A"}, Disciplines: []string{"A01"}, Keywords: []string{"k"}, Equipment: []string{"e"}, Region: "330182", Consented: true, State: profile.Draft}
	for _, test := range []struct{ got, want string }{
		{written(offering.AchievementImage(a)), "created_at=2026-03-02T04:05:06.000007Z|disciplines=|external_id=A-1|field=nuclear|industries=5 C2613\n1 A\n|jurisdiction=330182|" +
			"keywords=5 a\n1 b\n1 c\n|maturity=pilot|modes=9 use_first\n|organization_id=o|price_fen=123|properties=10 know_how  \n25 design_patent granted 1 2\n|" +
			"published_at=2026-03-02T04:05:06.000007Z|region=|state=listed|summary=一\n二|title=名|trl=7|updated_at=2026-03-02T04:05:06.000007Z|version=2|"},
		{written(offering.ProfileImage(p)), "consented=true|created_at=2026-03-02T04:05:06.000007Z|disciplines=3 A01\n|display_name=名|equipment=1 e\n|fields=7 nuclear\n9 transport\n|industries=1 A\n|" +
			"introduction=介|jurisdiction=330182|keywords=1 k\n|kind=lab|organization_id=o|position=职|region=330182|state=draft|updated_at=2026-03-02T04:05:06.000007Z|version=1|"},
	} {
		if test.got != test.want {
			t.Errorf("got  %q\nwant %q", test.got, test.want)
		}
	}
}
