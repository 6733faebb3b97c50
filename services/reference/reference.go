// Package reference lets everyone read the code lists that the marketplace speaks in. It has no database: the lists are part of the program.
package reference

import (
	"iter"
	"strings"

	"github.com/jiebang/jiebang/services/codes"
)

// query restricts the codes of a list. What it leaves empty restricts nothing.
type query struct {
	under string // right below this code
	level int
	text  string // begins the code, or is a part of a name
}

// choose goes through the codes that a query admits, in the order of the list.
func choose(l codes.List, q query) (iter.Seq[codes.Code], error) {
	if q.under != "" {
		above, ok := codes.Lookup(l, q.under)
		if !ok {
			return nil, codes.ErrCodeNotFound.With("code", q.under).With("list", l).At("under")
		}
		q.under = above.Code
	}
	q.text = strings.ToLower(strings.TrimSpace(q.text))
	return func(yield func(codes.Code) bool) {
		for c := range codes.All(l) {
			if q.admits(c) && !yield(c) {
				return
			}
		}
	}, nil
}

func (q query) admits(c codes.Code) bool {
	return (q.under == "" || c.Parent == q.under) && (q.level == 0 || c.Level == q.level) &&
		(strings.HasPrefix(strings.ToLower(c.Code), q.text) || strings.Contains(strings.ToLower(c.Name), q.text) || strings.Contains(strings.ToLower(c.NameEN), q.text))
}
