// Package meili_test tests the engine against the real server, or against what the real server said: with MEILI_URL and MEILI_MASTER_KEY the tests run live, with
// -record they write down the exchanges, and without either they replay them strictly.
package meili_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"github.com/jiebang/jiebang/services/matching/conformance"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/meili"
)

// server is the version that the tapes come from.
const server = meili.Tested

const prefix = "conformance"

// options are how a test reaches the server: the real one, emptied, or the tape. The second result is the master key.
func options(t *testing.T) (meili.Options, string) {
	url, master := os.Getenv("MEILI_URL"), os.Getenv("MEILI_MASTER_KEY")
	if url == "" {
		return meili.Options{URL: "http://meilisearch.test", Keys: meili.Keys{Search: "searches", Index: "writes", Version: "tells"}, Prefix: prefix, Transport: newPlayer(t),
			Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}, "makes keys"
	}
	o := meili.Options{URL: url, Prefix: prefix, Timeout: time.Minute, Transport: &http.Transport{}}
	empty(t, url, master)
	o.Keys = must(meili.MakeKeys(t.Context(), o, master))(t)
	if *record {
		o.Transport = newRecorder(t, o.Transport, o.Keys.Search, o.Keys.Index, o.Keys.Version, master, strings.TrimPrefix(url, "http://"))
	}
	return o, master
}

// empty takes the indexes of earlier tests out of the real server.
func empty(t *testing.T, url, master string) {
	c := meilisearch.New(url, meilisearch.WithAPIKey(master), meilisearch.DisableRetries())
	all := must(c.ListIndexesWithContext(t.Context(), &meilisearch.IndexesQuery{Limit: 100}))(t)
	for _, x := range all.Results {
		if strings.HasPrefix(x.UID, prefix+"_") {
			task := must(c.DeleteIndexWithContext(t.Context(), x.UID))(t)
			must(c.WaitForTaskWithContext(t.Context(), task.TaskUID, 5*time.Millisecond))(t)
		}
	}
}

// open opens an engine, changed as a test wants it.
func open(t *testing.T, change ...func(*meili.Options)) *meili.Engine {
	t.Helper()
	o, _ := options(t)
	for _, c := range change {
		c(&o)
	}
	e, err := meili.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// taped says that what is asked is written down, or is what was written down. A live run asks for more.
func taped() bool { return *record || os.Getenv("MEILI_URL") == "" }

// TestConformance runs the suite that every engine passes.
func TestConformance(t *testing.T) {
	conformance.Run(t, func(t *testing.T) engine.Engine { return open(t) }, conformance.Options{Fixed: taped()})
}
