package statement

import (
	"strconv"

	"entgo.io/ent/dialect"
)

// Rebind turns the ? of a query into $1, $2 … where the dialect wants it.
func Rebind(dialectName, query string) string {
	if dialectName != dialect.Postgres {
		return query
	}
	b := make([]byte, 0, len(query)+16)
	n := 0
	for _, c := range []byte(query) {
		if c != '?' {
			b = append(b, c)
			continue
		}
		n++
		b = strconv.AppendInt(append(b, '$'), int64(n), 10)
	}
	return string(b)
}
