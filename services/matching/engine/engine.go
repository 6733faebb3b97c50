// Package engine is what a search engine is to matching: documents in, ids out. Two engines keep it, one in memory and Meilisearch, and one suite
// (matching/conformance) holds both to it. An engine ranks and decides nothing: whatever it answers is read again from the database, under the
// caller's rights, before anyone sees it.
package engine

import (
	"context"
	"errors"
	"time"
)

// Kind names an index.
type Kind string

// The indexes.
const (
	Demands      Kind = "demands"
	Achievements Kind = "achievements"
	Profiles     Kind = "profiles"
)

// Kinds are all indexes.
var Kinds = []Kind{Demands, Achievements, Profiles}

// Doc is a document as it is public: text by field, raw (each engine folds), and flat attributes for filters, facets and order.
type Doc struct {
	ID      string // [A-Za-z0-9_-]{1,128}, which both engines take
	Version int64  // the row's; a replay of an older one does no harm because the indexer reads the current row
	Text    map[string]string
	Attrs   map[string]Value
}

// Value is Str, Strs, Num, Bool or Time, and nothing else.
type Value interface{ isValue() }

// The values of attributes.
type (
	Str  string
	Strs []string
	Num  float64
	Bool bool
	Time time.Time
)

func (Str) isValue()  {}
func (Strs) isValue() {}
func (Num) isValue()  {}
func (Bool) isValue() {}
func (Time) isValue() {}

// Schema says which fields and attributes an index has. A change of it, or of Version, calls for a rebuild.
type Schema struct {
	Version  int     // of how documents are made
	Text     []Field // in order of importance; the first is the title
	Filter   []string
	Facet    []string // those of Filter that can be counted
	Sort     []string
	Synonyms [][]string // groups of words that mean the same
}

// Field is a text field and its weight.
type Field struct {
	Name   string
	Weight float64
}

// Query is what a person typed. Quotes and a leading minus mean nothing in any engine. An empty text finds all that the filters admit.
type Query struct {
	Kind      Kind
	Text      string
	Filter    Filter // what the user picked
	Must      Filter // what may be shown at all: set by the server only, and admitted beside Filter in every engine
	Facets    []string
	Sort      []Sort // by relevance if empty; the id decides between equals
	Offset    int
	Limit     int // 0..100
	Highlight []string
}

// Sort orders by an attribute; documents without it come last.
type Sort struct {
	Attr string
	Desc bool
}

// MatchQuery is a long text, such as a demand, that looks for counterparts: no limit on its words, which are weighed and none required.
type MatchQuery struct {
	Kind   Kind
	Text   string
	Filter Filter
	Must   Filter
	Vector []float32 // where Caps.Vector
	Limit  int       // 0..MaxWindow
}

// MaxWindow is the deepest that offset+limit may reach.
const MaxWindow = 1000

// MaxFacetValues is how many values of a facet are counted in an answer, the most frequent first.
const MaxFacetValues = 100

// Hit is a document found.
type Hit struct {
	ID         string
	Score      float64 // greater is better; comparable within one result only
	Highlights map[string][]Fragment
}

// Fragment is a part of a field's text, as it was given, with what the query found in it.
type Fragment struct {
	Text  string
	Marks []Span
}

// Span is a range of bytes of a fragment, on the borders of characters. Escaping and marking belong to whoever shows it.
type Span struct{ Start, End int }

// Result is what a query found.
type Result struct {
	Hits   []Hit
	Total  int  // at most MaxWindow when not Exact
	Exact  bool // false: Total is an estimate or a bound
	Facets map[string][]Bucket
}

// Bucket is a value of a facet and how many of the found documents have it.
type Bucket struct {
	Value string
	Count int
}

// Searcher is the reading half.
type Searcher interface {
	Search(context.Context, Query) (Result, error)
	// Multi answers several queries in one round trip where the engine can.
	Multi(context.Context, []Query) ([]Result, error)
	Match(context.Context, MatchQuery) (Result, error)
	// Similar finds documents like the one with the id, never itself. Text and Kind of q are not read.
	Similar(ctx context.Context, k Kind, id string, q MatchQuery) (Result, error)
}

// Writer is the writing half. Each call may be repeated; a Put replaces the whole document.
type Writer interface {
	Put(context.Context, Kind, ...Doc) (Ticket, error)
	// Delete takes documents out; ids that are not there are no error.
	Delete(context.Context, Kind, ...string) (Ticket, error)
}

// Ticket is a write on its way.
type Ticket interface {
	// Wait returns nil once searches see the write, or why the engine refused it.
	Wait(context.Context) error
}

// Generation is an index that is being filled beside the one that is served.
type Generation interface {
	Put(context.Context, ...Doc) (Ticket, error)
	// Commit makes it the served one, for all readers at once, if it has as many documents as were put; writes to the kind made since Begin are in it.
	Commit(context.Context) error
	Abort(context.Context) error
}

// Engine is a search engine.
type Engine interface {
	Searcher
	Writer
	// Ensure makes the index of a kind if it is missing. It returns ErrRebuildNeeded rather than change what is served.
	Ensure(context.Context, Kind, Schema) error
	Begin(context.Context, Kind, Schema) (Generation, error)
	Health(context.Context) error
	Stats(context.Context, Kind) (Stats, error)
	// List returns the id and version of every document of a kind, for comparing with the database.
	List(context.Context, Kind) (map[string]int64, error)
	Caps() Caps
	Close() error
}

// Stats are the figures of an index.
type Stats struct {
	Docs    int
	Pending int // writes accepted that searches do not see yet
	Bytes   int64
}

// Caps are the honest differences. The suite asks for each by name, and fails an engine that claims one and does not keep it.
type Caps struct {
	Name      string
	Version   string
	Typo      bool // one wrong letter in a Latin word is forgiven
	HanTypo   bool // one wrong character in a Chinese phrase is forgiven
	Substring bool // any two neighbouring Chinese characters can be found
	Vector    bool
	Async     bool // a write is seen only after Wait
	Exact     bool // totals are exact
}

// What an engine may answer instead.
var (
	ErrNotReady      = errors.New("search: the index is not ready")
	ErrNotFound      = errors.New("search: no such document")
	ErrRebuildNeeded = errors.New("search: the schema has changed; rebuild")
	ErrWindow        = errors.New("search: past the window")
	ErrUnavailable   = errors.New("search: the engine does not answer")
	ErrBadFilter     = errors.New("search: not an attribute to filter, count or sort by")
)
