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

// words reads the titles and keywords of hits that are public now, in their order.
func (m *Matching) words(ctx context.Context, k engine.Kind, hits []engine.Hit) (titles, keywords []string, err error) {
	named := make([]any, len(hits))
	for i, h := range hits {
		named[i] = h.ID
	}
	which := func(s *sql.Selector) { s.Where(sql.In(s.C("id"), named...)) }
	title, words := map[string]string{}, map[string][]string{}
	switch k {
	case engine.Demands:
		var public map[string]*ent.Demand
		public, _, err = m.demands(ctx, which)
		for id, d := range public {
			title[id] = d.Title
		}
	case engine.Achievements:
		var public map[string]*ent.Achievement
		public, _, err = m.achievements(ctx, which)
		for id, a := range public {
			title[id], words[id] = a.Title, a.Keywords
		}
	default:
		var public map[string]*ent.Profile
		public, _, err = m.profiles(ctx, which)
		for id, p := range public {
			title[id], words[id] = p.DisplayName, p.Keywords
		}
	}
	for _, h := range hits {
		titles, keywords = append(titles, title[h.ID]), append(keywords, words[h.ID]...)
	}
	return titles, keywords, err
}
