package meili_test

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/meilisearch/meilisearch-go"

	"github.com/jiebang/jiebang/services/matching/conformance"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/meili"
)

// next is the index that is being filled, as a kind of its own.
const next = engine.Demands + "_next"

func document(id, title string) engine.Doc {
	return engine.Doc{ID: id, Version: 1, Text: map[string]string{"title": title}, Attrs: map[string]engine.Value{"visible": engine.Str("public")}}
}

// put writes, to a kind or to a generation, and waits.
func put(t *testing.T, write putter, docs ...engine.Doc) {
	t.Helper()
	if err := must(write(docs...))(t).Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
}

type putter func(docs ...engine.Doc) (engine.Ticket, error)

func to(t *testing.T, e *meili.Engine, k engine.Kind) putter {
	return func(docs ...engine.Doc) (engine.Ticket, error) { return e.Put(t.Context(), k, docs...) }
}

func filling(t *testing.T, g engine.Generation) putter {
	return func(docs ...engine.Doc) (engine.Ticket, error) { return g.Put(t.Context(), docs...) }
}

func finds(t *testing.T, e *meili.Engine, typed string, want ...string) {
	t.Helper()
	got := must(e.Search(t.Context(), engine.Query{Kind: engine.Demands, Text: typed, Must: conformance.Public, Limit: 10}))(t)
	ids := []string{}
	for _, h := range got.Hits {
		ids = append(ids, h.ID)
	}
	if !slices.Equal(ids, append([]string{}, want...)) {
		t.Errorf("%s finds %v, want %v", typed, ids, want)
	}
}

// TestRebuildCounts refuses an index that lost a document before the swap, and takes the swap back for one that lost it in the swap.
func TestRebuildCounts(t *testing.T) {
	lose := false
	e := open(t, func(o *meili.Options) {
		real := o.Transport
		o.Transport = trip(func(req *http.Request) (*http.Response, error) {
			resp, err := real.RoundTrip(req)
			if lose && err == nil && strings.HasSuffix(req.URL.Path, "_demands/stats") {
				b, _ := io.ReadAll(resp.Body)
				resp.Body = io.NopCloser(strings.NewReader(strings.Replace(string(b), `"numberOfDocuments":2`, `"numberOfDocuments":1`, 1)))
			}
			return resp, err
		})
	})
	ctx := t.Context()
	for _, k := range []engine.Kind{engine.Demands, next} {
		if err := e.Ensure(ctx, k, conformance.Schema); err != nil {
			t.Fatal(err)
		}
	}
	put(t, to(t, e, engine.Demands), document("old", "碳酸钙"))
	g := must(e.Begin(ctx, engine.Demands, conformance.Schema))(t)
	if _, err := e.Begin(ctx, engine.Demands, conformance.Schema); err == nil {
		t.Error("two rebuilds at once")
	}
	put(t, filling(t, g), document("a", "碳酸钙"), document("b", "碳酸钙"))
	if err := must(e.Delete(ctx, next, "b"))(t).Wait(ctx); err != nil {
		t.Fatal(err)
	}
	if err := g.Commit(ctx); !errors.Is(err, meili.ErrCount) {
		t.Errorf("one of two is lost: %v", err)
	}
	finds(t, e, "碳酸钙", "old")
	put(t, filling(t, g), document("b", "碳酸钙"))
	lose = true
	if err := g.Commit(ctx); !errors.Is(err, meili.ErrCount) {
		t.Errorf("lost in the swap: %v", err)
	}
	finds(t, e, "碳酸钙", "old")
	lose = false
	if err := g.Commit(ctx); err != nil {
		t.Error(err)
	}
	finds(t, e, "碳酸钙", "a", "b")
}

// trip is a transport that is a function.
type trip func(*http.Request) (*http.Response, error)

// RoundTrip calls it.
func (f trip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// TestFailedWrites makes a rebuild that misses a write fail, and not the write.
func TestFailedWrites(t *testing.T) {
	broken := false
	e := open(t, func(o *meili.Options) {
		real := o.Transport
		o.Transport = trip(func(req *http.Request) (*http.Response, error) {
			if broken && strings.HasSuffix(req.URL.Path, "_next/documents") {
				return said(500, `{"code":"internal"}`), nil
			}
			return real.RoundTrip(req)
		})
	})
	if err := e.Ensure(t.Context(), engine.Demands, conformance.Schema); err != nil {
		t.Fatal(err)
	}
	g := must(e.Begin(t.Context(), engine.Demands, conformance.Schema))(t)
	broken = true
	put(t, to(t, e, engine.Demands), document("a", "碳酸钙"))
	finds(t, e, "碳酸钙", "a")
	if err := g.Commit(t.Context()); !errors.Is(err, engine.ErrUnavailable) {
		t.Errorf("committed without a write: %v", err)
	}
	if err := g.Abort(t.Context()); err != nil {
		t.Error(err)
	}
	finds(t, e, "碳酸钙", "a")
}

// TestSwapOnce sends a swap once and no more, since a second one undoes the first; a rebuild that fails so can be given up, and nothing has changed.
func TestSwapOnce(t *testing.T) {
	swaps := 0
	e := open(t, func(o *meili.Options) {
		real := o.Transport
		o.Transport = trip(func(req *http.Request) (*http.Response, error) {
			if req.URL.Path == "/swap-indexes" {
				swaps++
				return said(503, ""), nil
			}
			return real.RoundTrip(req)
		})
	})
	if err := e.Ensure(t.Context(), engine.Demands, conformance.Schema); err != nil {
		t.Fatal(err)
	}
	put(t, to(t, e, engine.Demands), document("old", "碳酸钙"))
	g := must(e.Begin(t.Context(), engine.Demands, conformance.Schema))(t)
	put(t, filling(t, g), document("a", "碳酸钙"))
	if err := g.Commit(t.Context()); !errors.Is(err, engine.ErrUnavailable) || swaps != 1 {
		t.Errorf("%d swaps, %v", swaps, err)
	}
	if err := g.Abort(t.Context()); err != nil {
		t.Error(err)
	}
	finds(t, e, "碳酸钙", "old")
}

// TestUnswapped does not take a swap for done that the server accepted and did not do.
func TestUnswapped(t *testing.T) {
	e := open(t, func(o *meili.Options) {
		real := o.Transport
		o.Transport = trip(func(req *http.Request) (*http.Response, error) {
			if req.URL.Path == "/swap-indexes" {
				return said(202, `{"taskUid":1}`), nil
			}
			return real.RoundTrip(req)
		})
	})
	if err := e.Ensure(t.Context(), engine.Demands, conformance.Schema); err != nil {
		t.Fatal(err)
	}
	put(t, to(t, e, engine.Demands), document("old", "碳酸钙"))
	g := must(e.Begin(t.Context(), engine.Demands, conformance.Schema))(t)
	put(t, filling(t, g), document("a", "碳酸钙"))
	if err := g.Commit(t.Context()); !errors.Is(err, engine.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	if err := g.Abort(t.Context()); err != nil {
		t.Error(err)
	}
	finds(t, e, "碳酸钙", "old")
}

// TestLost deletes an index behind the engine's back. It says so; a write makes the server make an index without settings, of which nothing is shown; a rebuild heals it.
func TestLost(t *testing.T) {
	o, _ := options(t)
	e := must(meili.Open(t.Context(), o))(t)
	ctx := t.Context()
	if err := e.Ensure(ctx, engine.Demands, conformance.Schema); err != nil {
		t.Fatal(err)
	}
	put(t, to(t, e, engine.Demands), document("a", "碳酸钙"))
	if err := e.Health(ctx); err != nil {
		t.Error(err)
	}
	c := meilisearch.New(o.URL, meilisearch.WithAPIKey(o.Keys.Index), meilisearch.WithCustomClient(&http.Client{Transport: o.Transport}), meilisearch.DisableRetries())
	task := must(c.DeleteIndexWithContext(ctx, prefix+"_demands"))(t)
	must(c.WaitForTaskWithContext(ctx, task.TaskUID, 1))(t)
	if err := find(ctx, e); !errors.Is(err, engine.ErrNotReady) {
		t.Errorf("search: %v", err)
	}
	if err := e.Health(ctx); !errors.Is(err, engine.ErrNotReady) {
		t.Errorf("health: %v", err)
	}
	put(t, to(t, e, engine.Demands), document("a", "碳酸钙"))
	if _, err := e.Search(ctx, engine.Query{Kind: engine.Demands, Must: conformance.Public, Limit: 10}); !errors.Is(err, engine.ErrBadFilter) {
		t.Errorf("search without settings: %v", err)
	}
	if err := e.Health(ctx); !errors.Is(err, engine.ErrRebuildNeeded) {
		t.Errorf("health: %v", err)
	}
	g := must(e.Begin(ctx, engine.Demands, conformance.Schema))(t)
	put(t, filling(t, g), document("a", "碳酸钙"))
	if err := g.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	finds(t, e, "碳酸钙", "a")
	if err := e.Health(ctx); err != nil {
		t.Error(err)
	}
}

// TestLeftover begins a rebuild where another process left one behind.
func TestLeftover(t *testing.T) {
	o, _ := options(t)
	first, second := must(meili.Open(t.Context(), o))(t), must(meili.Open(t.Context(), o))(t)
	g := must(first.Begin(t.Context(), engine.Demands, conformance.Schema))(t)
	put(t, filling(t, g), document("left", "碳酸钙"))
	g = must(second.Begin(t.Context(), engine.Demands, conformance.Schema))(t)
	put(t, filling(t, g), document("a", "碳酸钙"))
	if err := g.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	finds(t, second, "碳酸钙", "a")
}
