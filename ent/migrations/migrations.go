// Package migrations brings a database to the schema of this program: numbered SQL files for each dialect, reviewed by people, applied by
// goose. A database of a newer program is refused.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"entgo.io/ent/dialect"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed sqlite/*.sql postgres/*.sql
var files embed.FS

// ErrNewer says that the database belongs to a newer program.
var ErrNewer = errors.New("the database has a newer schema than this program; start the newer program")

// Up applies what is missing and returns the versions before and after.
func Up(ctx context.Context, db *sql.DB, name string) (from, to int64, err error) {
	p, err := provider(db, name)
	if err != nil {
		return 0, 0, err
	}
	from, to, err = versions(ctx, p)
	if err != nil || from == to {
		return from, to, err
	}
	if from > to {
		return from, to, fmt.Errorf("%w (database %d, program %d)", ErrNewer, from, to)
	}
	_, err = p.Up(ctx)
	return from, to, err
}

// Status returns the version of the database and that of this program.
func Status(ctx context.Context, db *sql.DB, name string) (have, want int64, err error) {
	p, err := provider(db, name)
	if err != nil {
		return 0, 0, err
	}
	return versions(ctx, p)
}

func versions(ctx context.Context, p *goose.Provider) (have, want int64, err error) {
	have, err = p.GetDBVersion(ctx)
	if err != nil {
		return 0, 0, fmt.Errorf("read the schema's version: %w", err)
	}
	sources := p.ListSources()
	return have, sources[len(sources)-1].Version, nil
}

func provider(db *sql.DB, name string) (*goose.Provider, error) {
	options := []goose.ProviderOption{goose.WithVerbose(false)}
	gooseDialect, dir := goose.DialectSQLite3, "sqlite"
	if name == dialect.Postgres {
		gooseDialect, dir = goose.DialectPostgres, "postgres"
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300)) // two servers that start together migrate once
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	sub, err := fs.Sub(files, dir)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(gooseDialect, db, sub, options...)
}
