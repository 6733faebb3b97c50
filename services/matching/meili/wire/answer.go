package wire

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/meilisearch/meilisearch-go"

	"github.com/jiebang/jiebang/services/matching/engine"
)

// Hit is a hit as the server gives it.
type Hit struct {
	ID         string  `json:"id"`
	Score      float64 `json:"_rankingScore"`
	Federation struct {
		Index string  `json:"indexUid"`
		Score float64 `json:"weightedRankingScore"`
	} `json:"_federation"`
	Texts map[string]string `json:"-"` // by field, as they were given
}

// Hits reads hits; what is no hit is ErrUnavailable.
func Hits(hs meilisearch.Hits) ([]Hit, error) {
	out := make([]Hit, len(hs))
	for i, h := range hs {
		if err := h.DecodeInto(&out[i]); err != nil || !engine.ValidID(out[i].ID) {
			return nil, fmt.Errorf("%w: a hit that is none", engine.ErrUnavailable)
		}
		out[i].Texts = map[string]string{}
		for key, v := range h {
			if field, ok := strings.CutPrefix(key, AsGiven); ok {
				var s string
				if err := json.Unmarshal(v, &s); err != nil {
					return nil, fmt.Errorf("%w: a text that is none", engine.ErrUnavailable)
				}
				out[i].Texts[field] = s
			}
		}
	}
	return out, nil
}

// Facets reads the counts of the facets that were asked for.
func Facets(raw json.RawMessage, names []string) (map[string][]engine.Bucket, error) {
	if len(names) == 0 {
		return nil, nil
	}
	var counts map[string]map[string]int
	if err := json.Unmarshal(raw, &counts); err != nil {
		return nil, fmt.Errorf("%w: counts that are none", engine.ErrUnavailable)
	}
	out := map[string][]engine.Bucket{}
	for _, name := range names {
		all := []engine.Bucket{}
		for value, n := range counts[Label+name] {
			all = append(all, engine.Bucket{Value: Given(value), Count: n})
		}
		slices.SortFunc(all, func(a, b engine.Bucket) int { return cmp.Or(b.Count-a.Count, strings.Compare(a.Value, b.Value)) })
		out[name] = all[:min(len(all), engine.MaxFacetValues)]
	}
	return out, nil
}
