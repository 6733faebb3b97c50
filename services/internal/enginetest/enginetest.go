// Package enginetest has the search server of a test: an engine in memory that stands for Meilisearch and fails in every way that a server can.
//
//   - A generation is filled beside writes that it does not see, as it is when another process rebuilds: its Commit loses them.
//   - Whatever is asked and written is counted and recorded.
package enginetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/jiebang/jiebang/services/matching/embedded"
	"github.com/jiebang/jiebang/services/matching/engine"
)

// Name is who a Server says it is.
const Name = "enginetest"

// Fault is what is wrong with a server.
type Fault string

// The faults.
const (
	None    Fault = ""
	Down    Fault = "down"
	Slow    Fault = "slow"    // every call waits until its context ends or the fault does
	Errors  Fault = "errors"  // every call fails at once
	Garbage Fault = "garbage" // what it is asked it answers as Lie has it; what it is given it forgets
	Stale   Fault = "stale"   // it forgets what it is given, and says that it is there
	Emptied Fault = "emptied" // its documents are gone, once
	Lost    Fault = "lost"    // its indexes are gone, once
	Full    Fault = "full"    // it takes every write, and its tasks fail
	Other   Fault = "other"   // its indexes were made by another schema, once
	Held    Fault = "held"    // writes are taken, and not done until the fault ends
)

// Faults are those of the chaos matrix.
var Faults = []Fault{Down, Slow, Errors, Garbage, Stale, Emptied, Lost, Full}

// Errors of a broken server.
var (
	errDown  = fmt.Errorf("%w: connection refused", engine.ErrUnavailable)
	errBroke = errors.New("enginetest: broken")
	errFull  = fmt.Errorf("%w: no space left on device", engine.ErrUnavailable)
)

// Server is a search server.
type Server struct {
	Lie func(k engine.Kind, limit int) engine.Result // under Garbage

	mu      sync.Mutex
	fault   Fault
	answers bool          // the fault is of answers only
	mended  chan struct{} // closed when the fault ends
	indexes map[engine.Kind]*embedded.Engine
	schemas map[engine.Kind]engine.Schema
	counts  map[string]int
	counted chan struct{} // closed at the next count
	said    []any         // everything that was ever given to it
	waited  time.Duration // what the questions that got no answer were allowed
}

// New returns a server that is well and empty.
func New() *Server {
	return &Server{mended: make(chan struct{}), indexes: map[engine.Kind]*embedded.Engine{}, schemas: map[engine.Kind]engine.Schema{}, counts: map[string]int{},
		counted: make(chan struct{})}
}

var _ engine.Engine = (*Server)(nil)

// Open is how an index opens the server.
func (s *Server) Open(ctx context.Context, _ *embedded.Engine) (engine.Engine, error) {
	if _, err := s.call(ctx, "Open"); err != nil {
		return nil, fmt.Errorf("%w: %w", engine.ErrUnavailable, err)
	}
	return s, nil
}

// Break breaks the server.
func (s *Server) Break(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
	for k, schema := range s.schemas {
		switch f {
		case Emptied:
			s.indexes[k] = fresh(schema)
		case Lost:
			delete(s.indexes, k)
		case Other:
			s.schemas[k] = engine.Schema{}
		}
	}
}

// BreakAnswers breaks what searches and matches ask, and nothing else.
func (s *Server) BreakAnswers(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault, s.answers = f, true
}

// Mend ends the fault.
func (s *Server) Mend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault, s.answers = None, false
	close(s.mended)
	s.mended = make(chan struct{})
}

func fresh(schema engine.Schema) *embedded.Engine {
	e := embedded.New()
	for _, k := range engine.Kinds {
		if err := e.Ensure(context.Background(), k, schema); err != nil {
			panic(err)
		}
	}
	return e
}

// call counts a call and fails it as the fault has it.
func (s *Server) call(ctx context.Context, name string) (Fault, error) {
	s.mu.Lock()
	f, mended := s.fault, s.mended
	if s.answers && name != "Search" && name != "Match" {
		f = None
	}
	s.counts[name]++
	close(s.counted)
	s.counted = make(chan struct{})
	s.mu.Unlock()
	switch f {
	case Down:
		return f, errDown
	case Errors:
		return f, errBroke
	case Slow:
		select {
		case <-mended:
		case <-ctx.Done():
			return f, fmt.Errorf("%w: %w", engine.ErrUnavailable, ctx.Err())
		}
	}
	return f, ctx.Err()
}

// Count is how often a method was called.
func (s *Server) Count(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[method]
}

// Await returns when a method has been called so often.
func (s *Server) Await(ctx context.Context, method string, times int) error {
	for {
		s.mu.Lock()
		n, counted := s.counts[method], s.counted
		s.mu.Unlock()
		if n >= times {
			return nil
		}
		select {
		case <-counted:
		case <-ctx.Done():
			return fmt.Errorf("%s was called %d times: %w", method, n, ctx.Err())
		}
	}
}

// Said is everything that was given to the server so far, as text.
func (s *Server) Said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("%+v", s.said)
}

// Waited is how long the questions that got no answer were allowed to wait, together; without bound if one had none.
func (s *Server) Waited() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waited
}

func (s *Server) record(what ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said = append(s.said, what...)
}

// index is what is served of a kind.
func (s *Server) index(k engine.Kind) (*embedded.Engine, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.indexes[k]; e != nil {
		return e, nil
	}
	return nil, engine.ErrNotReady
}

// Documents are the versions of what the server really holds.
func (s *Server) Documents(k engine.Kind) map[string]int64 {
	e, err := s.index(k)
	if err != nil {
		return nil
	}
	all, err := e.List(context.Background(), k)
	if err != nil {
		panic(err)
	}
	return all
}

// Spoil changes what the server holds of a kind behind everybody's back.
func (s *Server) Spoil(k engine.Kind, put []engine.Doc, deleted ...string) {
	e, err := s.index(k)
	if err != nil {
		panic(err)
	}
	_, putErr := e.Put(context.Background(), k, put...)
	_, err = e.Delete(context.Background(), k, deleted...)
	if err := errors.Join(putErr, err); err != nil {
		panic(err)
	}
}

// ask answers a question.
func (s *Server) ask(ctx context.Context, method string, k engine.Kind, limit int, question func(*embedded.Engine) (engine.Result, error)) (engine.Result, error) {
	deadline, limited := ctx.Deadline()
	left := time.Until(deadline)
	f, err := s.call(ctx, method)
	if err != nil {
		if !limited {
			left = time.Hour
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if f == Slow {
			s.waited += left
		}
		return engine.Result{}, err
	}
	if f == Garbage {
		return s.Lie(k, limit), nil
	}
	e, err := s.index(k)
	if err != nil {
		return engine.Result{}, err
	}
	return question(e)
}

// Search implements engine.Searcher.
func (s *Server) Search(ctx context.Context, q engine.Query) (engine.Result, error) {
	s.record(q)
	return s.ask(ctx, "Search", q.Kind, q.Limit, func(e *embedded.Engine) (engine.Result, error) { return e.Search(ctx, q) })
}

// Match implements engine.Searcher.
func (s *Server) Match(ctx context.Context, q engine.MatchQuery) (engine.Result, error) {
	s.record(q)
	return s.ask(ctx, "Match", q.Kind, q.Limit, func(e *embedded.Engine) (engine.Result, error) { return e.Match(ctx, q) })
}

// Multi implements engine.Searcher.
func (s *Server) Multi(ctx context.Context, qs []engine.Query) (all []engine.Result, err error) {
	for _, q := range qs {
		r, err := s.Search(ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// Similar implements engine.Searcher.
func (s *Server) Similar(ctx context.Context, k engine.Kind, id string, q engine.MatchQuery) (engine.Result, error) {
	return s.ask(ctx, "Similar", k, q.Limit, func(e *embedded.Engine) (engine.Result, error) { return e.Similar(ctx, k, id, q) })
}

// Ensure implements engine.Engine.
func (s *Server) Ensure(ctx context.Context, k engine.Kind, schema engine.Schema) error {
	if _, err := s.call(ctx, "Ensure"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.indexes[k] == nil {
		s.indexes[k], s.schemas[k] = fresh(schema), schema
	}
	return s.same(k, schema)
}

func (s *Server) same(k engine.Kind, schema engine.Schema) error {
	if fmt.Sprint(s.schemas[k]) != fmt.Sprint(schema) {
		return engine.ErrRebuildNeeded
	}
	return nil
}

// Health implements engine.Engine: what was ensured must be there.
func (s *Server) Health(ctx context.Context) error {
	if _, err := s.call(ctx, "Health"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, schema := range s.schemas {
		if s.indexes[k] == nil || len(schema.Text) == 0 {
			return engine.ErrNotReady
		}
	}
	return nil
}

// Stats implements engine.Engine.
func (s *Server) Stats(ctx context.Context, k engine.Kind) (engine.Stats, error) {
	f, err := s.call(ctx, "Stats")
	if err != nil {
		return engine.Stats{}, err
	}
	if f == Garbage {
		return engine.Stats{Docs: 1 << 40, Pending: -1}, nil
	}
	e, err := s.index(k)
	if err != nil {
		return engine.Stats{}, err
	}
	return e.Stats(ctx, k)
}

// List implements engine.Engine.
func (s *Server) List(ctx context.Context, k engine.Kind) (map[string]int64, error) {
	f, err := s.call(ctx, "List")
	if err != nil {
		return nil, err
	}
	if f == Garbage {
		return map[string]int64{"": -1, "nothing": 1 << 60}, nil
	}
	e, err := s.index(k)
	if err != nil {
		return nil, err
	}
	all, err := e.List(ctx, k)
	return maps.Clone(all), err
}

// Caps implements engine.Engine.
func (s *Server) Caps() engine.Caps { return engine.Caps{Name: Name, Version: "1", Async: true} }

// Close implements engine.Engine.
func (s *Server) Close() error { return nil }
