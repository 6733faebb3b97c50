package listing_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/services/internal/listing"
)

// FuzzFilter reads filters of every sort: none panics, each is refused with little text or makes the same query twice on each database.
func FuzzFilter(f *testing.F) {
	for _, s := range []string{``, `title = "x"`, `title:"%_\\"`, `NOT (state = "DRAFT" OR number != "x") AND create_time > "2026-01-01T00:00:00Z"`, `organization = "organizations/x"`,
		`create_time > timestamp("2026-01-01T00:00:00Z")`, `((((`, `title:(a b)`, `-state="x"`, "\x00", `create_time = "9999-12-31T23:59:59-23:59"`} {
		f.Add(s)
	}
	fields := listing.Fields{"title": {Column: "title"}, "number": {Column: "number"}, "state": {Column: "state", Type: listing.Code}, "organization": {Column: "organization_id", Prefix: "organizations/"},
		"create_time": {Column: "created_at", Type: listing.Instant}}
	f.Fuzz(func(t *testing.T, text string) {
		where, err := fields.ParseFilter(text)
		if !utf8.ValidString(text) {
			return // the shape of a request is checked before, so this only must not panic
		}
		if err != nil {
			if !errors.Is(err, listing.ErrFilter) {
				t.Errorf("%q: got %v, want FILTER_INVALID", text, err)
			}
			return
		}
		if where == nil {
			return
		}
		for _, d := range []string{dialect.SQLite, dialect.Postgres} {
			s := sql.Dialect(d).Select("id").From(sql.Table("demands"))
			where(s)
			query, args := s.Query()
			if want := strings.Count(query, "?") + strings.Count(query, "$"); !strings.Contains(query, " WHERE ") || len(args) > want {
				t.Errorf("%q: got %s with %d arguments", text, query, len(args))
			}
		}
	})
}
