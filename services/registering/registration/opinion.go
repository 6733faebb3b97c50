package registration

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jiebang/jiebang/services/money"
)

// Verdict is what an expert advises in a review.
type Verdict string

// The verdicts.
const (
	Agree  Verdict = "agree"  // register, with the expert's technology part or less
	Oppose Verdict = "oppose" // do not register
)

// Opinion is what one expert says in a review. The experts are the province's: no account of this platform.
type Opinion struct {
	Expert       string    `json:"expert"`
	Organization string    `json:"organization"`
	Verdict      Verdict   `json:"verdict"`
	Technology   money.Fen `json:"technology_fen,omitempty"` // of Agree
	Remark       string    `json:"remark"`
}

// CheckOpinions reports whether a review has enough experts, each once, who say what they mean.
func (t Terms) CheckOpinions(opinions []Opinion, total money.Fen) error {
	seen := map[string]bool{}
	for i, o := range opinions {
		who := strings.TrimSpace(o.Expert) + "\n" + strings.TrimSpace(o.Organization)
		if seen[who] || strings.TrimSpace(o.Expert) == "" {
			return ErrReviewers.With("experts", len(seen)).With("wanted", t.Experts).At(fmt.Sprintf("opinions[%d].expert", i))
		}
		seen[who] = true
		if o.Verdict == Agree {
			if err := CheckAmounts(total, o.Technology); err != nil {
				return at(fmt.Sprintf("opinions[%d].technology", i), err)
			}
		}
	}
	if len(seen) < t.Experts {
		return ErrReviewers.With("experts", len(seen)).With("wanted", t.Experts).At("opinions")
	}
	return nil
}

// Advice refuses a technology part for which fewer than half of the experts, or just half, are: one is for it who agrees with as much or more.
func Advice(opinions []Opinion, technology money.Fen) error {
	inFavour := 0
	for _, o := range opinions {
		if o.Verdict == Agree && technology <= o.Technology {
			inFavour++
		}
	}
	if 2*inFavour <= len(opinions) {
		return ErrReviewed.With("for", inFavour).With("experts", len(opinions))
	}
	return nil
}

// EncodeOpinions writes opinions as a row keeps them; none are empty.
func EncodeOpinions(opinions []Opinion) string {
	if len(opinions) == 0 {
		return ""
	}
	text, err := json.Marshal(opinions)
	if err != nil {
		panic(err) // texts and numbers
	}
	return string(text)
}

// DecodeOpinions reads what EncodeOpinions writes.
func DecodeOpinions(text string) (opinions []Opinion, err error) {
	if text == "" {
		return nil, nil
	}
	err = json.Unmarshal([]byte(text), &opinions)
	return opinions, err
}
