// Package matching brings demands and those who could solve them together. A search finds; it decides nothing, and it answers with what the
// caller may read and nothing else.
package matching

import (
	"strings"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	entdemand "github.com/jiebang/jiebang/ent/gen/ent/demand"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// Matching searches.
type Matching struct{ db *storage.DB }

// New returns the matching of db.
func New(db *storage.DB) *Matching { return &Matching{db} }

// titleHas finds a word in the title whatever the case of its ASCII letters, alike on both databases.
func titleHas(q *sql.Selector, word string) *sql.Predicate {
	find, fold := "instr(lower(", ")"
	if q.Dialect() == dialect.Postgres {
		find, fold = "strpos(lower(", ` COLLATE "C")`
	}
	word = strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, word)
	return sql.P(func(b *sql.Builder) {
		b.WriteString(find).Ident(q.C(entdemand.FieldTitle)).WriteString(fold + ", ").Arg(word).WriteString(") > 0")
	})
}
