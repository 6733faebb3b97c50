package statement

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"

	entsql "entgo.io/ent/dialect/sql"
)

// Query is a query for one row, with ? for arguments.
type Query struct {
	SQL  string // empty for none
	Args []any
	Scan func(scan func(...any) error) error
}

// Rows keeps the rows that calls read again and again, such as their callers', until a statement writes to a table that their query
// names: a row from it is the row that a read would give. It is for SQLite, where this process is the only one that writes and all its
// writes go through one connection. On PostgreSQL another server may write, so nothing is kept.
type Rows struct {
	tables  sync.Map // *table by name
	sources sync.Map // []*table by the text of a query

	mu   sync.RWMutex
	rows map[rowKey]cachedRow

	open []*table // that the open transaction has written to; belongs to whoever may write
}

type rowKey struct{ query, args string }

// table counts the changes of a table, twice each: when a transaction first writes to it, and when that transaction has ended. So an odd
// number means that the connection which writes sees another table than everybody else.
type table struct{ changes atomic.Uint64 }

type cachedRow struct {
	stamp  uint64
	values []reflect.Value
}

// maxRows bounds the cache; a full one is emptied.
const maxRows = 10_000

// NewRows returns an empty cache.
func NewRows() *Rows { return &Rows{rows: map[rowKey]cachedRow{}} }

// Read runs a query for one row, or gives the row that is kept. What it gives is shared and must not be changed.
func (c *Rows) Read(ctx context.Context, on entsql.ExecQuerier, q Query) error {
	return q.Scan(func(into ...any) error {
		stamp, settled := c.stamp(q.SQL)
		key := rowKey{q.SQL, fmt.Sprintf("%q", q.Args)}
		if settled && c.get(key, stamp, into) {
			return nil
		}
		if err := Row(ctx, on, q.SQL, q.Args, into...); err != nil || !settled {
			return err
		}
		row := cachedRow{stamp, make([]reflect.Value, len(into))}
		for i, p := range into {
			row.values[i] = reflect.New(reflect.TypeOf(p).Elem()).Elem()
			row.values[i].Set(reflect.ValueOf(p).Elem())
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.rows) >= maxRows {
			clear(c.rows)
		}
		c.rows[key] = row
		return nil
	})
}

func (c *Rows) get(key rowKey, stamp uint64, into []any) bool {
	c.mu.RLock()
	row, ok := c.rows[key]
	c.mu.RUnlock()
	if !ok || row.stamp != stamp || len(row.values) != len(into) {
		return false
	}
	for i, p := range into {
		reflect.ValueOf(p).Elem().Set(row.values[i])
	}
	return true
}

// stamp is a number that grows with every change of the tables that a query names, and whether none of them is being changed. Every word
// of the query counts as a name: that the query has more words than tables costs nothing.
func (c *Rows) stamp(query string) (sum uint64, settled bool) {
	v, ok := c.sources.Load(query)
	if !ok {
		var sources []*table
		for _, word := range words(query) {
			sources = append(sources, c.table(word))
		}
		v, _ = c.sources.LoadOrStore(query, append(sources, c.table(anyTable)))
	}
	settled = true
	for _, t := range v.([]*table) {
		n := t.changes.Load()
		sum, settled = sum+n, settled && n%2 == 0
	}
	return sum, settled
}

func (c *Rows) table(name string) *table {
	t, _ := c.tables.LoadOrStore(name, &table{})
	return t.(*table)
}

// touch says that the open transaction is about to write to a table.
func (c *Rows) touch(t *table) {
	if t.changes.Load()%2 == 0 {
		t.changes.Add(1)
		c.open = append(c.open, t)
	}
}

// Settle says that the open transaction has ended: what it wrote is there for everybody, or for nobody.
func (c *Rows) Settle() {
	for _, t := range c.open {
		t.changes.Add(1)
	}
	c.open = c.open[:0]
}

// Forget empties the cache, after somebody else has written.
func (c *Rows) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.rows)
}

// anyTable stands for the tables that a statement of an unknown kind may write to.
const anyTable = ""

// target is the table that a statement writes to, nil if it writes to none. Triggers and foreign keys write nowhere: ours only refuse.
func (c *Rows) target(query string) *table {
	w := words(query)
	if len(w) == 0 {
		return c.table(anyTable)
	}
	switch w[0] {
	case "select", "begin", "commit", "rollback", "savepoint", "release":
		return nil
	case "insert", "delete": // INTO, FROM
		if len(w) > 2 && (w[1] == "into" || w[1] == "from") {
			return c.table(w[2])
		}
	case "update":
		if len(w) > 1 && w[1] != "or" {
			return c.table(w[1])
		}
	}
	return c.table(anyTable)
}

// words are the words of a statement, in small letters.
func words(query string) []string {
	return strings.FieldsFunc(strings.ToLower(query), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' })
}
