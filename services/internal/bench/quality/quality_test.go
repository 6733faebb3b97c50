package quality_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/jiebang/jiebang/services/internal/bench/quality"
	"github.com/jiebang/jiebang/services/matching/embedded"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/index"
)

// TestPapers reads papers and other titles, fills an index, and finds a paper first, one second, and one not at all.
func TestPapers(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"csl2000.jsonl": `{"id":"a","title":"高性能轴承钢","abstract":"稀土","keywords":["稀土"]}` + "\n" +
			`{"id":"b","title":"碳酸钙的改性","abstract":"粉体","keywords":["粉体"]}` + "\n" + `{"id":"c","title":"变压器","abstract":"绝缘","keywords":["大豆"]}` + "\n",
		"csl8000_titles.tsv": "粉体\t工学\n棉花\t农学\n",
	} {
		if err := os.MkdirAll(filepath.Join(dir, "csl"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "csl", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	known, docs, err := quality.Papers(dir)
	if err != nil || len(known) != 3 || len(docs) != 5 {
		t.Fatalf("%d papers, %d documents: %v", len(known), len(docs), err)
	}
	e := embedded.New()
	if err := e.Ensure(t.Context(), engine.Achievements, index.Schemas[engine.Achievements]); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Put(t.Context(), engine.Achievements, docs...); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		question func(quality.Paper) string
		want     float64
	}{{quality.Paper.ByTitle, 1}, {quality.Paper.ByKeywords, (1 + 1/2.0 + 0) / 3}} {
		if got, err := quality.ReciprocalRank(t.Context(), e, known, c.question); err != nil || got != c.want {
			t.Errorf("got %v, %v, want %v", got, err, c.want)
		}
	}
}
