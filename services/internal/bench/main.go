// Command bench measures Jiebang against what the machine itself can do: `make bench`.
//
// It prints one line a figure, `name value unit`, and its progress to stderr. A ratio has both of its sides measured in the same run, in
// rounds that alternate, and is the median of the rounds' ratios: other work on the machine moves both sides, and a figure alone says
// little. The server under test writes its log as `jiebangd serve` does, in JSON at level info, but to io.Discard instead of stderr, so that
// making the lines is counted and keeping them is not.
//
// What is not there is left out, with a line that says so: PostgreSQL (withpostgres sets JIEBANG_TEST_POSTGRES); judged data, in the directory that
// JIEBANG_TEST_DATA names; a Meilisearch, at MEILI_URL with the master key MEILI_MASTER_KEY.
//
// Usage: bench [-only name,name] [-profile file]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"syscall"
	"time"
)

// part is a piece of the program and the figures that it prints.
type part struct {
	names []string
	run   func(ctx context.Context, b *bench) error
}

// parts in the order in which they run: those that commit first, before the disk has much to write back.
var parts = []part{
	{[]string{"write_sqlite_1_ratio", "write_sqlite_32_ratio"}, writeSQLite},
	{[]string{"write_pg_8_ratio", "write_pg_32_ratio"}, writePostgres},
	{[]string{"jurisdictions_8_ratio"}, jurisdictions},
	{[]string{"read_sqlite_ratio", "authorized_read_ratio"}, readSQLite},
	{[]string{"total_million_ms", "total_million_ratio"}, totalMillion},
	{[]string{"verify_million_s", "verify_million_mb"}, verifyMillion},
	{[]string{"start_ms", "idle_mb", "binary_mb"}, start},
	{[]string{"match_dev_ndcg10", "match_dev_auc", "match_dev_recall50", "match_dev_recall200", "served_dev_ndcg10", "served_dev_auc", "served_dev_recall50",
		"served_dev_recall200", "engine_dev_ndcg10", "engine_dev_auc", "engine_dev_recall50", "engine_dev_recall200"}, judged},
	{[]string{"search_csl_mrr10", "search_keywords_mrr10"}, knownItems},
	{[]string{"index_docs_per_s", "index_mb", "search_p50_ms", "search_p99_ms", "match_p50_ms", "match_p99_ms"}, engineLoad},
	{[]string{"search_ready_s", "search_server_mb", "search_grpc_p50_ms", "search_grpc_p99_ms", "match_grpc_p50_ms", "match_grpc_p99_ms"}, serverLoad},
	{[]string{"meili_overhead_ratio"}, meiliOverhead},
	{[]string{"meili_csl_mrr10", "meili_keywords_mrr10"}, meiliKnownItems},
}

// bench is one run.
type bench struct {
	out  io.Writer
	only []string // names of figures; empty for all
	dir  string   // for the files of this run
}

// wants reports whether a figure was asked for.
func (b *bench) wants(name string) bool { return len(b.only) == 0 || slices.Contains(b.only, name) }

// print prints a figure if it was asked for.
func (b *bench) print(name string, value float64, unit string) {
	if b.wants(name) {
		_, _ = fmt.Fprintf(b.out, "%s %.3g %s\n", name, value, unit)
	}
}

// sub makes a directory for a piece of the run.
func (b *bench) sub(name string) (string, error) { return os.MkdirTemp(b.dir, name+"-") }

// What leaves the figures of a part out, and says for want of what.
var (
	errLeftOut = errors.New("left out")
	errNoData  = fmt.Errorf("%w: JIEBANG_TEST_DATA is not set; it names a directory with matching/demands.jsonl, matching/achievements.jsonl, "+
		"matching/qrels.tsv, csl/csl2000.jsonl and csl/csl8000_titles.tsv", errLeftOut)
)

func main() {
	log.SetFlags(log.Ltime)
	log.SetPrefix("bench: ")
	if len(os.Args) == 3 && os.Args[1] == verifyArgument {
		if err := verifyHere(os.Args[2], os.Stdout); err != nil {
			log.Fatal(err)
		}
		return
	}
	only := flag.String("only", "", "figures to measure, by name with commas between; all if empty")
	profile := flag.String("profile", "", "file for a CPU profile of this process")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *only, *profile); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, only, profile string) (err error) {
	b := &bench{out: os.Stdout}
	if only != "" {
		b.only = strings.Split(only, ",")
	}
	for _, name := range b.only {
		if !slices.ContainsFunc(parts, func(p part) bool { return slices.Contains(p.names, name) }) {
			return fmt.Errorf("no figure is called %s", name)
		}
	}
	if profile != "" {
		f, err := os.Create(filepath.Clean(profile))
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer func() {
			pprof.StopCPUProfile()
			_ = f.Close()
		}()
	}
	if b.dir, err = os.MkdirTemp("", "jiebang-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	return b.parts(ctx)
}

func (b *bench) parts(ctx context.Context) error {
	for _, p := range parts {
		if !slices.ContainsFunc(p.names, b.wants) {
			continue
		}
		began := time.Now()
		log.Printf("%s", strings.Join(p.names, ", "))
		err := p.run(ctx, b)
		if errors.Is(err, errLeftOut) {
			log.Printf("  %v", err)
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", p.names[0], err)
		}
		log.Printf("  took %s", time.Since(began).Round(time.Second))
	}
	return nil
}
