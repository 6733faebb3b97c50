package index

import (
	"slices"
	"strings"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/offering/achievement"
	"github.com/jiebang/jiebang/services/offering/profile"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// version is of how documents are made: raise it with any change to this file, so that indexes are rebuilt.
const version = 3

// Schemas say what each index holds. Nothing that is not named here is ever in an index.
var Schemas = map[engine.Kind]engine.Schema{
	engine.Demands: {Version: version,
		Text:     []engine.Field{{Name: "title", Weight: 4}, {Name: "number", Weight: 2}, {Name: "description", Weight: 1}},
		Filter:   []string{"field", "state", "jurisdiction", "budget", "publish_time", "deadline", "organization"},
		Facet:    []string{"field", "state", "jurisdiction"},
		Sort:     []string{"publish_time", "deadline", "budget"},
		Synonyms: Synonyms},
	engine.Achievements: {Version: version,
		Text:     []engine.Field{{Name: "title", Weight: 4}, {Name: "keywords", Weight: 3}, {Name: "summary", Weight: 1}},
		Filter:   []string{"field", "maturity", "cooperation_mode", "region", "trl", "price", "keyword", "organization", "publish_time"},
		Facet:    []string{"field", "maturity", "cooperation_mode", "region", "keyword"},
		Sort:     []string{"publish_time", "price", "trl"},
		Synonyms: Synonyms},
	engine.Profiles: {Version: version,
		Text: []engine.Field{{Name: "display_name", Weight: 4}, {Name: "keywords", Weight: 3}, {Name: "position", Weight: 1},
			{Name: "introduction", Weight: 1}, {Name: "equipment", Weight: 1}},
		Filter:   []string{"field", "kind", "region", "keyword", "contracts", "organization", "publish_time"},
		Facet:    []string{"field", "kind", "region", "keyword"},
		Sort:     []string{"publish_time", "contracts"},
		Synonyms: Synonyms},
}

// Synonyms are words of the trade that mean the same.
var Synonyms = [][]string{
	{"碳酸钙", "重钙", "轻钙"}, {"无人机", "UAV", "无人驾驶航空器"}, {"轴承钢", "GCr15"}, {"有机硅", "硅酮", "聚硅氧烷"}, {"人工智能", "AI"}, {"锂电池", "锂离子电池"},
	{"消泡剂", "抑泡剂"}, {"二氧化硅", "白炭黑"}, {"数控机床", "CNC"}, {"物联网", "IoT"}, {"聚氯乙烯", "PVC"}, {"聚丙烯", "PP"}, {"污水处理", "废水处理"}, {"机器视觉", "视觉检测"},
	{"除尘", "收尘"}, {"节能", "降耗"}, {"太阳能", "光伏"}, {"新能源汽车", "电动汽车"}, {"中药", "中草药"}, {"冷链", "冷藏运输"},
}

// OpenDemand reports whether searches find a demand in a state.
func OpenDemand(s demand.State) bool { return s.Listed() }

// Demand is what of a demand is public, or nothing.
func Demand(d *ent.Demand) (engine.Doc, bool) {
	if !OpenDemand(d.State) {
		return engine.Doc{}, false
	}
	doc := document(d.ID, d.Version, map[string]string{"title": d.Title, "description": d.Description})
	doc.Attrs["field"], doc.Attrs["state"] = upper(d.Field), upper(d.State)
	doc.Attrs["jurisdiction"], doc.Attrs["organization"] = engine.Str(d.Jurisdiction), engine.Str(d.OrganizationID)
	if d.Number != nil {
		doc.Text["number"] = *d.Number
	}
	if d.BudgetFen != nil {
		doc.Attrs["budget"] = engine.Num(*d.BudgetFen)
	}
	stamp(doc, "publish_time", d.PublishedAt)
	stamp(doc, "deadline", d.Deadline)
	return doc, true
}

// Achievement is what of an achievement is public, or nothing.
func Achievement(a *ent.Achievement) (engine.Doc, bool) {
	if a.State != achievement.Listed {
		return engine.Doc{}, false
	}
	doc := document(a.ID, a.Version, map[string]string{"title": a.Title, "summary": a.Summary, "keywords": strings.Join(a.Keywords, "、")})
	doc.Attrs["field"], doc.Attrs["organization"], doc.Attrs["keyword"] = upper(a.Field), engine.Str(a.OrganizationID), short(a.Keywords)
	doc.Attrs["trl"] = engine.Num(a.Trl)
	if a.Maturity != "" {
		doc.Attrs["maturity"] = upper(a.Maturity)
	}
	if a.Region != "" {
		doc.Attrs["region"] = engine.Str(a.Region)
	}
	var modes engine.Strs
	for _, m := range a.Modes {
		modes = append(modes, string(upper(m)))
	}
	if len(modes) > 0 {
		doc.Attrs["cooperation_mode"] = modes
	}
	if a.PriceFen != nil {
		doc.Attrs["price"] = engine.Num(*a.PriceFen)
	}
	stamp(doc, "publish_time", a.PublishedAt)
	return doc, true
}

// Profile is what of a profile is public, or nothing; contracts are how many its organization has signed here.
func Profile(p *ent.Profile, contracts int) (engine.Doc, bool) {
	if p.State != profile.Listed {
		return engine.Doc{}, false
	}
	const most = 1 << 16 // the version tells documents apart that differ in contracts only
	doc := document(p.ID, p.Version*most+min(contracts, most-1), map[string]string{"display_name": p.DisplayName, "position": p.Position, "introduction": p.Introduction,
		"keywords": strings.Join(p.Keywords, "、"), "equipment": strings.Join(p.Equipment, "、")})
	doc.Attrs["kind"], doc.Attrs["organization"], doc.Attrs["keyword"] = upper(p.Kind), engine.Str(p.OrganizationID), short(p.Keywords)
	doc.Attrs["contracts"] = engine.Num(contracts)
	if p.Region != "" {
		doc.Attrs["region"] = engine.Str(p.Region)
	}
	var fields engine.Strs
	for _, f := range p.Fields {
		fields = append(fields, string(upper(f)))
	}
	if len(fields) > 0 {
		doc.Attrs["field"] = fields
	}
	stamp(doc, "publish_time", p.PublishedAt)
	return doc, true
}

func document(id string, version int, text map[string]string) engine.Doc {
	for name, t := range text {
		if t == "" {
			delete(text, name)
		}
	}
	return engine.Doc{ID: id, Version: int64(version), Text: text, Attrs: map[string]engine.Value{}}
}

// upper writes a stored value as the API does.
func upper[S ~string](s S) engine.Str { return engine.Str(strings.ToUpper(string(s))) }

// short leaves out what is too long to be a value, in the rarest of characters; it is found in the text.
func short(keywords []string) engine.Strs {
	return slices.DeleteFunc(engine.Strs(slices.Clone(keywords)), func(k string) bool { return len(k) > engine.MaxValue })
}

func stamp(doc engine.Doc, name string, t *time.Time) {
	if t != nil {
		doc.Attrs[name] = engine.Time(*t)
	}
}
