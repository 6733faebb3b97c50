package matching

import (
	"context"
	"strings"

	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/text"
)

// holds reports whether a suggestion holds what was typed, in characters or in pinyin.
func holds(suggestion, typed string) bool {
	folded := text.Fold(typed)
	if strings.Contains(text.Fold(suggestion), folded) {
		return true
	}
	syllables := text.Syllables(folded)
	return len(syllables) > 0 && strings.Contains(" "+text.PinyinOf(suggestion), " "+strings.Join(syllables, " "))
}

// titles reads the titles of hits that are public now, in their order.
func (m *Matching) titles(ctx context.Context, k engine.Kind, hits []engine.Hit) ([]string, error) {
	named := make([]any, len(hits))
	for i, h := range hits {
		named[i] = h.ID
	}
	which := func(s *sql.Selector) { s.Where(sql.In(s.C("id"), named...)) }
	of := map[string]string{}
	var err error
	switch k {
	case engine.Demands:
		var public map[string]*ent.Demand
		public, _, err = m.demands(ctx, which)
		for id, d := range public {
			of[id] = d.Title
		}
	case engine.Achievements:
		var public map[string]*ent.Achievement
		public, _, err = m.achievements(ctx, which)
		for id, a := range public {
			of[id] = a.Title
		}
	default:
		var public map[string]*ent.Profile
		public, _, err = m.profiles(ctx, which)
		for id, p := range public {
			of[id] = p.DisplayName
		}
	}
	titles := make([]string, 0, len(hits))
	for _, h := range hits {
		titles = append(titles, of[h.ID])
	}
	return titles, err
}
