package enginetest

import (
	"context"
	"fmt"

	"github.com/jiebang/jiebang/services/matching/embedded"
	"github.com/jiebang/jiebang/services/matching/engine"
)

// ticket is a write on its way.
type ticket struct {
	fault  Fault
	mended chan struct{}
	do     func(context.Context) error
}

// Wait implements engine.Ticket.
func (t ticket) Wait(ctx context.Context) error {
	switch t.fault {
	case Full:
		return errFull
	case Held:
		select {
		case <-t.mended:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", engine.ErrUnavailable, ctx.Err())
		}
		return t.do(ctx)
	}
	return nil
}

// write takes a write as the fault has it.
func (s *Server) write(ctx context.Context, method string, do func(context.Context) error) (engine.Ticket, error) {
	f, err := s.call(ctx, method)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	t := ticket{f, s.mended, do}
	s.mu.Unlock()
	switch f {
	case Full, Held, Stale, Garbage:
		return t, nil
	}
	return t, do(ctx)
}

// Put implements engine.Writer.
func (s *Server) Put(ctx context.Context, k engine.Kind, docs ...engine.Doc) (engine.Ticket, error) {
	s.record(docs)
	return s.write(ctx, "Put", func(ctx context.Context) error {
		return s.into(k, func(e *embedded.Engine) (engine.Ticket, error) { return e.Put(ctx, k, docs...) })
	})
}

// Delete implements engine.Writer.
func (s *Server) Delete(ctx context.Context, k engine.Kind, ids ...string) (engine.Ticket, error) {
	s.record(ids)
	return s.write(ctx, "Delete", func(ctx context.Context) error {
		return s.into(k, func(e *embedded.Engine) (engine.Ticket, error) { return e.Delete(ctx, k, ids...) })
	})
}

func (s *Server) into(k engine.Kind, write func(*embedded.Engine) (engine.Ticket, error)) error {
	e, err := s.index(k)
	if err != nil {
		return err
	}
	done, err := write(e)
	if err != nil {
		return err
	}
	return done.Wait(context.Background())
}

// generation is an index that is being filled.
type generation struct {
	s      *Server
	kind   engine.Kind
	schema engine.Schema
	filled *embedded.Engine
}

// Begin implements engine.Engine.
func (s *Server) Begin(ctx context.Context, k engine.Kind, schema engine.Schema) (engine.Generation, error) {
	if _, err := s.call(ctx, "Begin"); err != nil {
		return nil, err
	}
	return &generation{s, k, schema, fresh(schema)}, nil
}

// Put implements engine.Generation.
func (g *generation) Put(ctx context.Context, docs ...engine.Doc) (engine.Ticket, error) {
	g.s.record(docs)
	if _, err := g.s.call(ctx, "Fill"); err != nil {
		return nil, err
	}
	return g.filled.Put(ctx, g.kind, docs...)
}

// Commit implements engine.Generation.
func (g *generation) Commit(ctx context.Context) error {
	f, err := g.s.call(ctx, "Commit")
	if err != nil {
		return err
	}
	g.s.mu.Lock()
	t := ticket{fault: f, mended: g.s.mended, do: func(context.Context) error { return nil }}
	g.s.mu.Unlock()
	if err := t.Wait(ctx); err != nil {
		return err
	}
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	g.s.indexes[g.kind], g.s.schemas[g.kind] = g.filled, g.schema
	return nil
}

// Abort implements engine.Generation.
func (g *generation) Abort(context.Context) error { return nil }
