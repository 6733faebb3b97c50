package wire

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/meilisearch/meilisearch-go"

	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/text"
)

// shape is the version of how documents and settings are made here. A change of either, or of how text folds and cuts, raises it, and calls for a rebuild.
const shape = 1

// stopWords are words that say nothing about a demand. They are few, since a word that is left out is not found.
var stopWords = []string{"的", "了", "和", "与", "及", "或", "等", "在", "对", "为", "是", "于", "以", "之", "其", "该", "这", "那", "把", "被", "并", "而", "the", "of", "and", "a", "an", "for", "in", "on", "to"}

// Settings are what an index of a schema is like, with its embedders if it has any.
func Settings(s engine.Schema, embedders map[string]meilisearch.Embedder) *meilisearch.Settings {
	w := &meilisearch.Settings{
		// A given order first, then relevance; the id decides between equals.
		RankingRules:        []string{"sort", "words", "typo", "proximity", "attributeRank", "wordPosition", "exactness", "id:asc"},
		LocalizedAttributes: []*meilisearch.LocalizedAttributes{{Locales: []string{"zho"}, AttributePatterns: []string{"*"}}},
		StopWords:           stopWords,
		Synonyms:            synonyms(s.Synonyms),
		DisplayedAttributes: []string{"id", Version},
		Pagination:          &meilisearch.Pagination{MaxTotalHits: engine.MaxWindow},
		Faceting: &meilisearch.Faceting{MaxValuesPerFacet: engine.MaxFacetValues,
			SortFacetValuesBy: map[string]meilisearch.SortFacetType{"*": meilisearch.SortFacetTypeCount}},
		PrefixSearch:   new("disabled"), // AI is not air
		SearchCutoffMs: 1000,
		Embedders:      embedders,
	}
	exact := []string{}
	for i, f := range s.Text {
		w.SearchableAttributes = append(w.SearchableAttributes, ByWord+f.Name, ByTerm+f.Name)
		exact = append(exact, ByTerm+f.Name)
		if i == 0 {
			w.SearchableAttributes = append(w.SearchableAttributes, BySound+f.Name)
			exact = append(exact, BySound+f.Name)
		}
		w.DisplayedAttributes = append(w.DisplayedAttributes, AsGiven+f.Name)
	}
	w.FilterableAttributes, w.SortableAttributes = []string{"id"}, []string{"id"}
	for _, a := range s.Filter {
		w.FilterableAttributes = append(w.FilterableAttributes, Attr+a)
	}
	for _, a := range s.Facet {
		w.FilterableAttributes = append(w.FilterableAttributes, Label+a)
	}
	for _, a := range s.Sort {
		w.SortableAttributes = append(w.SortableAttributes, Attr+a)
	}
	w.TypoTolerance = &meilisearch.TypoTolerance{Enabled: true, MinWordSizeForTypos: meilisearch.MinWordSizeForTypos{OneTypo: 5, TwoTypos: 9},
		DisableOnNumbers: true, DisableOnAttributes: exact, DisableOnWords: []string{}}
	w.TypoTolerance.DisableOnWords = []string{fingerprint(s, w)}
	return w
}

// fingerprint is a word that stands for all that an index is like. It lies in the settings where it does nothing: among the words without typing errors.
func fingerprint(s engine.Schema, w *meilisearch.Settings) string {
	b, err := json.Marshal([]any{shape, s.Version, w})
	if err != nil {
		panic(err) // a struct of strings and numbers
	}
	h := sha256.Sum256(b)
	return "schema" + hex.EncodeToString(h[:12])
}

// synonyms says of each word which others mean the same.
func synonyms(groups [][]string) map[string][]string {
	all := map[string][]string{}
	for _, g := range groups {
		for _, word := range g {
			word = text.Fold(word)
			for _, other := range g {
				if other = text.Fold(other); other != word && !slices.Contains(all[word], other) {
					all[word] = append(all[word], other)
				}
			}
		}
	}
	return all
}

// Same reports whether an index was made with these settings, as its fingerprint tells.
func Same(have, want *meilisearch.Settings) bool {
	return have.TypoTolerance != nil && slices.Contains(have.TypoTolerance.DisableOnWords, want.TypoTolerance.DisableOnWords[0])
}

// Mark writes a word beside the fingerprint by which one index is told from another that was made alike.
func Mark(w *meilisearch.Settings, mark string) {
	w.TypoTolerance.DisableOnWords = append(w.TypoTolerance.DisableOnWords, mark)
}

// Marked reports whether an index has the mark.
func Marked(have *meilisearch.Settings, mark string) bool {
	return have.TypoTolerance != nil && slices.Contains(have.TypoTolerance.DisableOnWords, mark)
}
