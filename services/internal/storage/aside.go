package storage

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
)

// Side is a transaction for what is in no ledger: sessions, credentials, attempts to log in. It must not touch an audited row.
type Side struct{ *ent.Client }

// Aside changes what is in no ledger. No head is locked; it runs inside no other transaction.
func Aside(ctx context.Context, db *DB, change func(*Side) error) error {
	s, err := db.engine.aside(ctx)
	if err != nil {
		return err
	}
	defer s.abort()
	if err := change(&Side{s.client}); err != nil {
		return err
	}
	return s.commit(ctx, pending{})
}

func (e *sqliteEngine) aside(ctx context.Context) (*session, error) {
	if err := e.take(ctx); err != nil {
		return nil, err
	}
	s, ended := &session{client: e.client}, false
	s.abort = func() {
		if !ended {
			ended = true
			e.undo()
		}
	}
	s.commit = func(context.Context, pending) error {
		ended = true
		return <-e.join()
	}
	return s, nil
}

func (e *postgresEngine) aside(ctx context.Context) (*session, error) {
	s, line, err := e.open(ctx)
	if err != nil {
		return nil, err
	}
	line.batch.Queue("begin isolation level read committed")
	if err := line.flush(ctx); err != nil {
		s.abort()
		return nil, postgresError(err)
	}
	s.commit = func(ctx context.Context, _ pending) error {
		line.batch.Queue("commit")
		err := line.flush(ctx)
		s.abort()
		return postgresError(err)
	}
	return s, nil
}
