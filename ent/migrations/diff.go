//go:build ignore

// Command diff writes the next migration of both databases from the difference between ent/schema and the migrations so far. Run it in
// the root of the repository, with PostgreSQL at JIEBANG_TEST_POSTGRES: go run ent/migrations/diff.go NAME
package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/sqltool"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	entmigrate "github.com/jiebang/jiebang/ent/gen/ent/migrate"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: diff NAME")
	}
	ctx := context.Background()
	pg := os.Getenv("JIEBANG_TEST_POSTGRES")
	if pg == "" {
		log.Fatal("JIEBANG_TEST_POSTGRES is not set")
	}
	if err := diff(ctx, "sqlite", "sqlite3", "file:dev?mode=memory&_pragma=foreign_keys(1)", os.Args[1]); err != nil {
		log.Fatal("sqlite: ", err)
	}
	if err := diff(ctx, "pgx", "postgres", pg, os.Args[1]); err != nil {
		log.Fatal("postgres: ", err)
	}
}

// diff replays the migrations of one dialect in an empty database and writes what ent/schema has beyond them.
func diff(ctx context.Context, driver, dialect, dsn, name string) error {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	path := "ent/migrations/" + map[string]string{"sqlite3": "sqlite", "postgres": "postgres"}[dialect]
	dir, err := sqltool.NewGooseDir(path)
	if err != nil {
		return err
	}
	// Atlas wants a checksum file beside the migrations; ours are kept by git, so it lives only while this runs.
	sum, err := dir.Checksum()
	if err != nil {
		return err
	}
	if err := migrate.WriteSumFile(dir, sum); err != nil {
		return err
	}
	defer os.Remove(filepath.Join(path, migrate.HashFileName))
	files, err := filepath.Glob(path + "/*.sql")
	if err != nil {
		return err
	}
	m, err := schema.NewMigrate(entsql.OpenDB(dialect, db), schema.WithDir(dir), schema.WithFormatter(numbered{name, len(files) + 1}),
		schema.WithMigrationMode(schema.ModeReplay), schema.WithDropColumn(true))
	if err != nil {
		return err
	}
	return m.NamedDiff(ctx, name, entmigrate.Tables...)
}

// numbered writes a plan as goose's file NNNN_name.sql.
type numbered struct {
	name string
	next int
}

func (n numbered) Format(p *migrate.Plan) ([]migrate.File, error) {
	var b bytes.Buffer
	b.WriteString("-- +goose Up\n")
	for _, c := range p.Changes {
		if c.Comment != "" {
			fmt.Fprintf(&b, "-- %s\n", c.Comment)
		}
		fmt.Fprintf(&b, "%s;\n", c.Cmd)
	}
	return []migrate.File{migrate.NewLocalFile(fmt.Sprintf("%04d_%s.sql", n.next, n.name), b.Bytes())}, nil
}
