package offering_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// many are n different texts.
func many(n int) (texts []string) {
	for i := range n {
		texts = append(texts, fmt.Sprint("词", i))
	}
	return texts
}

// shape is a wrong value of a field.
type shape[T offer] struct {
	name          string
	spoil         func(T)
	reason, field string
}

var achievementShapes = []shape[*pb.Achievement]{
	{"title short", func(a *pb.Achievement) { a.Title = "三个字" }, "FIELD_INVALID", "title"},
	{"title long", func(a *pb.Achievement) { a.Title = strings.Repeat("字", 101) }, "FIELD_INVALID", "title"},
	{"title with NUL", func(a *pb.Achievement) { a.Title = "超细\x00碳酸钙" }, "FIELD_INVALID", "title"},
	{"title with a telephone number", func(a *pb.Achievement) { a.Title = "超细碳酸钙 13812345678" }, "CONTACT_IN_TEXT", "title"},
	{"summary long", func(a *pb.Achievement) { a.Summary = strings.Repeat("字", 20_001) }, "FIELD_INVALID", "summary"},
	{"summary with a mail address", func(a *pb.Achievement) { a.Summary = "请写信给 a@b.edu.cn" }, "CONTACT_IN_TEXT", "summary"},
	{"no field", func(a *pb.Achievement) { a.Field = 0 }, "FIELD_INVALID", "field"},
	{"unknown field", func(a *pb.Achievement) { a.Field = 99 }, "FIELD_INVALID", "field"},
	{"six industries", func(a *pb.Achievement) { a.Industries = []string{"A", "B", "C", "D", "E", "F"} }, "FIELD_INVALID", "industries"},
	{"an industry twice", func(a *pb.Achievement) { a.Industries = []string{"A", "A"} }, "FIELD_INVALID", "industries"},
	{"unknown industry", func(a *pb.Achievement) { a.Industries = []string{"C2613", "C9999"} }, "INDUSTRY_UNKNOWN", "industries[1]"},
	{"unknown discipline", func(a *pb.Achievement) { a.Disciplines = []string{"Q1"} }, "DISCIPLINE_UNKNOWN", "disciplines[0]"},
	{"21 keywords", func(a *pb.Achievement) { a.Keywords = many(21) }, "FIELD_INVALID", "keywords"},
	{"an empty keyword", func(a *pb.Achievement) { a.Keywords = []string{"好", ""} }, "FIELD_INVALID", "keywords[1]"},
	{"a long keyword", func(a *pb.Achievement) { a.Keywords = []string{strings.Repeat("字", 41)} }, "FIELD_INVALID", "keywords[0]"},
	{"a keyword with NUL", func(a *pb.Achievement) { a.Keywords = []string{"\x00"} }, "FIELD_INVALID", "keywords"},
	{"a keyword that is a number to call", func(a *pb.Achievement) { a.Keywords = []string{"19912345678"} }, "CONTACT_IN_TEXT", "keywords"},
	{"a right of no kind", func(a *pb.Achievement) { a.IntellectualProperties[0].Kind = 0 }, "FIELD_INVALID", "intellectual_properties[0].kind"},
	{"a right of an unknown kind", func(a *pb.Achievement) { a.IntellectualProperties[0].Kind = 99 }, "FIELD_INVALID", "intellectual_properties[0].kind"},
	{"a right of an unknown stage", func(a *pb.Achievement) { a.IntellectualProperties[0].Stage = 99 }, "FIELD_INVALID", "intellectual_properties[0].stage"},
	{"a right with a long number", func(a *pb.Achievement) { a.IntellectualProperties[0].Number = strings.Repeat("1", 61) }, "FIELD_INVALID", "intellectual_properties[0].number"},
	{"a right with NUL", func(a *pb.Achievement) { a.IntellectualProperties[0].Number = "\x00" }, "FIELD_INVALID", "intellectual_properties[0].number"},
	{"51 rights", func(a *pb.Achievement) {
		for range 50 {
			a.IntellectualProperties = append(a.IntellectualProperties, a.IntellectualProperties[0])
		}
	}, "FIELD_INVALID", "intellectual_properties"},
	{"TRL 10", func(a *pb.Achievement) { a.Trl = 10 }, "FIELD_INVALID", "trl"},
	{"TRL below 0", func(a *pb.Achievement) { a.Trl = -1 }, "FIELD_INVALID", "trl"},
	{"unknown maturity", func(a *pb.Achievement) { a.Maturity = 99 }, "FIELD_INVALID", "maturity"},
	{"unknown mode", func(a *pb.Achievement) { a.CooperationModes = []pb.Achievement_CooperationMode{99} }, "FIELD_INVALID", "cooperation_modes[0]"},
	{"a mode twice", func(a *pb.Achievement) { a.CooperationModes = []pb.Achievement_CooperationMode{1, 1} }, "FIELD_INVALID", "cooperation_modes"},
	{"price 0", func(a *pb.Achievement) { a.AskingPrice = markettest.Fen(0) }, "AMOUNT_NOT_POSITIVE", "asking_price"},
	{"price too large", func(a *pb.Achievement) { a.AskingPrice = markettest.Fen(1_000_000_000_000_001) }, "AMOUNT_TOO_LARGE", "asking_price"},
	{"price of half a fen", func(a *pb.Achievement) { a.AskingPrice = &money.Money{CurrencyCode: "CNY", Nanos: 5_000_000} }, "AMOUNT_FRACTION", "asking_price"},
	{"price in dollars", func(a *pb.Achievement) { a.AskingPrice = &money.Money{CurrencyCode: "USD", Units: 1} }, "AMOUNT_CURRENCY", "asking_price"},
	{"region of five digits", func(a *pb.Achievement) { a.Region = "33018" }, "FIELD_INVALID", "region"},
	{"external id long", func(a *pb.Achievement) { a.ExternalId = strings.Repeat("1", 101) }, "FIELD_INVALID", "external_id"},
	{"external id that is a number to call", func(a *pb.Achievement) { a.ExternalId = "13812345678" }, "CONTACT_IN_TEXT", "external_id"},
	{"external id of another", func(a *pb.Achievement) { a.ExternalId = "已用" }, "EXTERNAL_ID_TAKEN", "external_id"},
}

var profileShapes = []shape[*pb.Profile]{
	{"no kind", func(p *pb.Profile) { p.Kind = 0 }, "FIELD_INVALID", "kind"},
	{"unknown kind", func(p *pb.Profile) { p.Kind = 9 }, "FIELD_INVALID", "kind"},
	{"name short", func(p *pb.Profile) { p.DisplayName = "一" }, "FIELD_INVALID", "display_name"},
	{"name long", func(p *pb.Profile) { p.DisplayName = strings.Repeat("字", 101) }, "FIELD_INVALID", "display_name"},
	{"name with a telephone number", func(p *pb.Profile) { p.DisplayName = "张三 13812345678" }, "CONTACT_IN_TEXT", "display_name"},
	{"position long", func(p *pb.Profile) { p.Position = strings.Repeat("字", 101) }, "FIELD_INVALID", "position"},
	{"position with a mail address", func(p *pb.Profile) { p.Position = "a@b.cn" }, "CONTACT_IN_TEXT", "position"},
	{"introduction long", func(p *pb.Profile) { p.Introduction = strings.Repeat("字", 20_001) }, "FIELD_INVALID", "introduction"},
	{"introduction with a telephone number", func(p *pb.Profile) { p.Introduction = "138 1234 5678" }, "CONTACT_IN_TEXT", "introduction"},
	{"six fields", func(p *pb.Profile) { p.Fields = []pb.TechnologyField{1, 2, 3, 4, 5, 6} }, "FIELD_INVALID", "fields"},
	{"a field twice", func(p *pb.Profile) { p.Fields = []pb.TechnologyField{1, 1} }, "FIELD_INVALID", "fields"},
	{"unknown field", func(p *pb.Profile) { p.Fields = []pb.TechnologyField{99} }, "FIELD_INVALID", "fields[0]"},
	{"unknown industry", func(p *pb.Profile) { p.Industries = []string{"C9999"} }, "INDUSTRY_UNKNOWN", "industries[0]"},
	{"unknown discipline", func(p *pb.Profile) { p.Disciplines = []string{"E0208", "E9999"} }, "DISCIPLINE_UNKNOWN", "disciplines[1]"},
	{"21 keywords", func(p *pb.Profile) { p.Keywords = many(21) }, "FIELD_INVALID", "keywords"},
	{"51 lines of equipment", func(p *pb.Profile) { p.Equipment = many(51) }, "FIELD_INVALID", "equipment"},
	{"a long line of equipment", func(p *pb.Profile) { p.Equipment = []string{strings.Repeat("字", 201)} }, "FIELD_INVALID", "equipment[0]"},
	{"equipment with a telephone number", func(p *pb.Profile) { p.Equipment = []string{"粒度仪 13812345678"} }, "CONTACT_IN_TEXT", "equipment"},
	{"equipment of an expert", func(p *pb.Profile) { p.Kind = pb.Profile_EXPERT }, "EQUIPMENT_KIND", "equipment"},
	{"region of letters", func(p *pb.Profile) { p.Region = "abcdef" }, "FIELD_INVALID", "region"},
	{"external id of another", func(p *pb.Profile) { p.ExternalId = "已用" }, "EXTERNAL_ID_TAKEN", "external_id"},
}

// TestShapes spoils each field of an offer, in its draft and in a change of it.
func TestShapes(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		both := kinds(m)
		spoilt(t, m, both[0], m.University(), achievementShapes)
		spoilt(t, m, both[1], m.University(), profileShapes)
	})
}

func spoilt[T offer](t *testing.T, m *markettest.Market, k kind, owner *markettest.Member, shapes []shape[T]) {
	t.Helper()
	there := k.draft(owner)
	content := with(k.draft(owner), map[string]string{"external_id": "自己的"})
	markettest.Must(k.create(owner.Ctx(), with(content, map[string]string{"external_id": "已用"})))(t)
	var refusals []refusal
	for _, s := range shapes {
		create := proto.Clone(content).(T)
		s.spoil(create)
		change := with(create, map[string]string{"name": there.GetName(), "etag": there.GetEtag()})
		code, field := codes.InvalidArgument, k.name+"."+s.field
		if s.reason == "EXTERNAL_ID_TAKEN" {
			code = codes.AlreadyExists
		}
		refusals = append(refusals,
			refusal{"create: " + s.name, func() error { return markettest.Failed(k.create(owner.Ctx(), create)) }, code, s.reason, field},
			refusal{"update: " + s.name, func() error { return markettest.Failed(k.update(owner.Ctx(), change)) }, code, s.reason, field})
	}
	refuse(t, m, refusals)
	if _, err := k.create(m.Firm().Ctx(), with(content, map[string]string{"external_id": "已用"})); err != nil {
		t.Errorf("the external id of another organization: got %v, want success", err)
	}
}

// TestNames calls every method that takes the name of an offer with names of none.
func TestNames(t *testing.T) {
	each(t, func(t *testing.T, m *markettest.Market, k kind) {
		owner := m.University()
		id := k.name[:1] + "330182-0000000000000000"
		content := k.draft(owner)
		var refusals []refusal
		for method, call := range map[string]func(name string) error{
			"get":      func(n string) error { return markettest.Failed(k.get(owner.Ctx(), n)) },
			"publish":  func(n string) error { return markettest.Failed(k.publish(owner.Ctx(), n, "1")) },
			"withdraw": func(n string) error { return markettest.Failed(k.withdraw(owner.Ctx(), n, "1")) },
			"update": func(n string) error {
				return markettest.Failed(k.update(owner.Ctx(), with(content, map[string]string{"name": n, "etag": "1"})))
			},
		} {
			field := "name"
			if method == "update" {
				field = k.name + ".name"
			}
			for _, n := range []string{"", k.plural + "/", k.plural + "/a/b", "demands/d330182-0000000000000000", k.plural + "/\x00"} {
				refusals = append(refusals, refusal{fmt.Sprintf("%s %q", method, n), func() error { return call(n) }, codes.InvalidArgument, "FIELD_INVALID", field})
			}
			for _, n := range []string{"x", "-", id, "d330182-0000000000000000", k.name[:1] + "330182-00000000000'--00"} {
				refusals = append(refusals, refusal{method + " " + n, func() error { return call(k.plural + "/" + n) }, codes.NotFound, k.reason("NOT_FOUND"), ""})
			}
			foreign := k.draft(m.Firm())
			refusals = append(refusals, refusal{method + " another's draft", func() error { return call(foreign.GetName()) }, codes.NotFound, k.reason("NOT_FOUND"), ""})
		}
		refuse(t, m, refusals)
	})
}

// TestMask names fields that a change may not name.
func TestMask(t *testing.T) {
	each(t, func(t *testing.T, m *markettest.Market, k kind) {
		owner := m.University()
		o := k.draft(owner)
		var refusals []refusal
		for _, path := range []string{"state", "organization", "jurisdiction", "publish_time", "receipt", "nothing", "*", "", "asking_price.units"} {
			refusals = append(refusals, refusal{path, func() error { return markettest.Failed(k.update(owner.Ctx(), o, k.title, path)) }, codes.InvalidArgument, "UPDATE_MASK_INVALID", "update_mask"})
		}
		refuse(t, m, refusals)
	})
}

// TestConsent lists experts with and without their consent, and takes the consent of a listed one back.
func TestConsent(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		k, owner := kinds(m)[1], m.University()
		draft := func(kind pb.Profile_Kind, consented bool) offer {
			return markettest.Must(k.create(owner.Ctx(), &pb.Profile{Kind: kind, DisplayName: "周明远", Consented: consented}))(t)
		}
		unasked, asked := draft(pb.Profile_EXPERT, false), draft(pb.Profile_EXPERT, true)
		for _, o := range []offer{asked, draft(pb.Profile_LAB, false), draft(pb.Profile_BROKER, false)} {
			if listed, err := k.publish(owner.Ctx(), o.GetName(), o.GetEtag()); err != nil || state(listed) != "LISTED" {
				t.Errorf("%v: got %v, %v", o, listed, err)
			}
		}
		silent := &pb.Profile{Name: asked.GetName(), Etag: "2", Kind: pb.Profile_LAB}
		refuse(t, m, []refusal{
			{"list", func() error { return markettest.Failed(k.publish(owner.Ctx(), unasked.GetName(), "1")) }, codes.FailedPrecondition, "CONSENT_MISSING", "consented"},
			{"take back", func() error { return markettest.Failed(k.update(owner.Ctx(), silent, "consented")) }, codes.FailedPrecondition, "CONSENT_MISSING", "profile.consented"},
		})
		withdrawn := markettest.Must(k.withdraw(owner.Ctx(), asked.GetName(), "2"))(t)
		silent.Etag = withdrawn.GetEtag()
		withdrawn = markettest.Must(k.update(owner.Ctx(), silent, "consented"))(t)
		refuse(t, m, []refusal{{"list again", func() error {
			return markettest.Failed(k.publish(owner.Ctx(), withdrawn.GetName(), withdrawn.GetEtag()))
		},
			codes.FailedPrecondition, "CONSENT_MISSING", "consented"}})
	})
}
