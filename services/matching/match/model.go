package match

import (
	_ "embed" // the weights
	"encoding/json"
	"fmt"
	"slices"
)

//go:embed data/model.json
var weightsData []byte

// Model is the weights. They are data: made by `jiebangd matching train`, read here, and shown by GetMatchModel.
type Model struct {
	Version    string              `json:"version"`
	About      string              `json:"about"`
	Weights    map[Feature]float64 `json:"weights"`
	PairShare  float64             `json:"pair_share"`  // of a pair of characters beside a character
	BodyShare  float64             `json:"body_share"`  // of a candidate's body beside its title
	MaxWords   int                 `json:"max_words"`   // of a description that are looked at
	CoverWords int                 `json:"cover_words"` // of those, the rarest, whose meaning is compared
	Bonuses    Bonuses             `json:"bonuses"`
	Trained    *Trained            `json:"trained,omitempty"` // none if the weights were set by hand
}

// Trained is what weights were found from, and how good weights found in the same way are on demands that they were not found from.
type Trained struct {
	Inputs       string  `json:"inputs"` // SHA-256 of the demands, the achievements and the judgements
	Demands      int     `json:"demands"`
	Achievements int     `json:"achievements"`
	Judgements   int     `json:"judgements"`
	Folds        int     `json:"folds"`
	NDCG10       float64 `json:"ndcg10"`
	Recall50     float64 `json:"recall50"`
}

// Bonuses are set, not learned: there are no judgements about them.
type Bonuses struct {
	Field     float64 `json:"field"`
	Stage     float64 `json:"stage"`
	Contracts float64 `json:"contracts"`
	Indicator float64 `json:"indicator"`
}

// Weights is the model of this program.
func Weights() (*Model, error) { return ReadModel(weightsData) }

// Document is the model of this program as it is kept.
func Document() string { return string(weightsData) }

// ReadModel reads a model.
func ReadModel(data []byte) (*Model, error) {
	m := &Model{}
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("match: the model: %w", err)
	}
	if m.Version == "" || len(m.Weights) == 0 {
		return nil, fmt.Errorf("match: a model has a version and weights")
	}
	return m, nil
}

// Score weighs features.
func (m *Model) Score(f Features) (sum float64) {
	for _, name := range learned {
		sum += m.Weights[name] * f[name]
	}
	return sum
}

// Learned are the features that have weights, in the order in which they are added.
func Learned() []Feature { return slices.Clone(learned) }

var learned = []Feature{Title, Body, Meaning, Cover}
