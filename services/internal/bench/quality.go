package main

import (
	"context"
	"errors"
	"log"
	"os"

	"github.com/jiebang/jiebang/services/internal/bench/quality"
	"github.com/jiebang/jiebang/services/matching/embedded"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/index"
)

// data returns the directory of the judged data, which is not the project's to ship.
func data() (string, error) {
	if dir := os.Getenv("JIEBANG_TEST_DATA"); dir != "" {
		return dir, nil
	}
	return "", errNoData
}

// judged prints how well the judged achievements are ranked, by matching and by the engine alone.
func judged(ctx context.Context, b *bench) error {
	dir, err := data()
	if err != nil {
		return err
	}
	figures, err := quality.Judged(ctx, dir)
	for _, way := range quality.Ways {
		f := figures[way]
		log.Printf("  %s: %s", way, f)
		b.print(way+"_dev_ndcg10", f.NDCG10, "ratio")
		b.print(way+"_dev_auc", f.AUC, "ratio")
		b.print(way+"_dev_recall50", f.Recall50, "ratio")
		b.print(way+"_dev_recall200", f.Recall200, "ratio")
	}
	return err
}

// knownItems looks for papers in the engine in memory.
func knownItems(ctx context.Context, b *bench) error {
	dir, err := data()
	if err != nil {
		return err
	}
	return find(ctx, b, embedded.New(), dir, [2]string{"search_csl_mrr10", "search_keywords_mrr10"})
}

// find fills an engine with papers and prints how well it finds them by their titles and by their keywords.
func find(ctx context.Context, b *bench, e engine.Engine, dir string, names [2]string) error {
	known, docs, err := quality.Papers(dir)
	if err := errors.Join(err, e.Ensure(ctx, engine.Achievements, index.Schemas[engine.Achievements])); err != nil {
		return err
	}
	ticket, err := e.Put(ctx, engine.Achievements, docs...)
	if err != nil {
		return err
	}
	if err := ticket.Wait(ctx); err != nil {
		return err
	}
	for i, question := range []func(quality.Paper) string{quality.Paper.ByTitle, quality.Paper.ByKeywords} {
		mean, err := quality.ReciprocalRank(ctx, e, known, question)
		if err != nil {
			return err
		}
		b.print(names[i], mean, "ratio")
	}
	return nil
}
