package conformance

import (
	"slices"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/demo/corpus"
	"github.com/jiebang/jiebang/services/matching/engine"
)

// Corpus returns the documents of the suite. What a demand of the set has not, a place and a deadline, is made from its number.
func Corpus() []engine.Doc {
	first := time.Date(2026, 4, 30, 16, 0, 0, 0, time.UTC)
	var docs []engine.Doc
	for i, d := range corpus.Demands() {
		attrs := map[string]engine.Value{"field": engine.Str(d.Field), "tags": divisions(d.Industries), "visible": engine.Str("public"),
			"region": engine.Str([]string{"330182", "330109", "330127"}[i%3]), "org": engine.Str("示范企业" + d.Key[:len(d.Key)-1]),
			"deadline": engine.Time(first.AddDate(0, 0, i*37%200)), "open": engine.Bool(i%8 != 7)}
		if d.Budget.Fen != nil {
			attrs["budget"] = engine.Num(*d.Budget.Fen / 100)
		}
		docs = append(docs, engine.Doc{ID: d.Key, Text: map[string]string{"title": d.Title, "text": d.Description + "\n" + strings.Join(d.Keywords, "、")}, Attrs: attrs})
	}
	hidden := func(id, title, text, field string, budget float64, deadline time.Time) engine.Doc {
		return engine.Doc{ID: id, Text: map[string]string{"title": title, "text": text}, Attrs: map[string]engine.Value{"field": engine.Str(field), "tags": engine.Strs{"C2613"},
			"visible": engine.Str("bureau"), "region": engine.Str("330182"), "org": engine.Str("示范企业D00"), "budget": engine.Num(budget), "deadline": engine.Time(deadline), "open": engine.Bool(true)}}
	}
	docs = append(docs,
		hidden("hidden-caco3", "纳米碳酸钙晶型控制(内部)", "尚在受理的碳酸钙需求,只供科技局审阅,不得公开检索。", "NEW_MATERIALS", 100_000, first),
		hidden("hidden-drone", "低空巡检无人机载荷(内部)", "尚在受理的通航需求,只供科技局审阅。", "AEROSPACE", 200_000, first.AddDate(1, 0, 0)),
		engine.Doc{ID: "sparse", Text: map[string]string{"title": "薄膜电容器金属化分切毛刺", "text": ""},
			Attrs: map[string]engine.Value{"field": engine.Str("NEW_ENERGY"), "tags": engine.Strs{}, "visible": engine.Str("public")}})
	for i := range docs {
		docs[i].Version = int64(i + 1)
	}
	return docs
}

// divisions are the divisions of industries, such as C26; the industries themselves are more than a facet counts.
func divisions(industries []string) (all engine.Strs) {
	for _, code := range industries {
		if code = code[:3]; !slices.Contains(all, code) {
			all = append(all, code)
		}
	}
	return all
}
