package meili_test

import (
	"encoding/json"
	"errors"
	"hash/fnv"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/meilisearch/meilisearch-go"

	"github.com/jiebang/jiebang/services/matching/conformance"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/meili"
	"github.com/jiebang/jiebang/services/matching/text"
)

// TestKeys makes the keys twice, which gives the same, and finds that none can do what another is for.
func TestKeys(t *testing.T) {
	o, master := options(t)
	k := must(meili.MakeKeys(t.Context(), o, master))(t)
	if again := must(meili.MakeKeys(t.Context(), o, master))(t); again != k || k.Search == "" || k.Index == "" || k.Version == "" || k.Search == k.Index {
		t.Errorf("got %+v, then %+v", k, again)
	}
	ctx := t.Context()
	for _, name := range []string{"search", "index", "version"} {
		key := map[string]string{"search": k.Search, "index": k.Index, "version": k.Version}[name]
		c := meilisearch.New(o.URL, meilisearch.WithAPIKey(key), meilisearch.WithCustomClient(&http.Client{Transport: o.Transport}), meilisearch.DisableRetries())
		may := map[string]func() error{
			"version": func() error { _, err := c.VersionWithContext(ctx); return err },
			"search": func() error {
				_, err := c.Index(prefix+"_none").SearchWithContext(ctx, "", &meilisearch.SearchRequest{Limit: 1})
				return err
			},
			"index":         func() error { _, err := c.Index(prefix + "_none").GetSettingsWithContext(ctx); return err },
			"keys":          func() error { _, err := c.GetKeysWithContext(ctx, nil); return err },
			"another index": func() error { _, err := c.Index("secret").GetSettingsWithContext(ctx); return err },
			"another search": func() error {
				_, err := c.Index("secret").SearchWithContext(ctx, "", &meilisearch.SearchRequest{Limit: 1})
				return err
			},
			"dump": func() error { _, err := c.CreateDumpWithContext(ctx); return err },
		}
		for _, what := range []string{"version", "search", "index", "keys", "another index", "another search", "dump"} {
			e, ok := errors.AsType[*meilisearch.Error](may[what]())
			refused := ok && e.StatusCode == http.StatusForbidden
			if refused == (name == what) {
				t.Errorf("the key that may %s: %s is refused: %v", name, what, refused)
			}
		}
	}
}

// TestOpen refuses the master key in every place, a server of another version, and what is no address.
func TestOpen(t *testing.T) {
	o, master := options(t)
	for _, k := range []meili.Keys{{Search: master, Index: o.Keys.Index, Version: o.Keys.Version}, {Search: o.Keys.Search, Index: master, Version: o.Keys.Version}, {Search: o.Keys.Search, Version: master}} {
		with := o
		with.Keys = k
		if _, err := meili.Open(t.Context(), with); !errors.Is(err, meili.ErrMasterKey) {
			t.Errorf("got %v", err)
		}
	}
	for version, want := range map[string]error{"1.50.0": nil, "1.50.3": nil, "1.61.0-rc.1": nil, "1.49.9": meili.ErrVersion, "1.9.0": meili.ErrVersion, "0.60.0": meili.ErrVersion,
		"2.0.0": meili.ErrVersion, "10.50.0": meili.ErrVersion, "": meili.ErrVersion, "1": meili.ErrVersion, "1.x": meili.ErrVersion} {
		_, err := meili.Open(t.Context(), meili.Options{URL: "http://meilisearch.test/", Transport: &fake{version: version}})
		if !errors.Is(err, want) || err != nil && !strings.Contains(err.Error(), meili.Tested) {
			t.Errorf("%q: %v", version, err)
		}
	}
	for _, url := range []string{"", "127.0.0.1:7700", "ftp://x", "http://"} {
		if _, err := meili.Open(t.Context(), meili.Options{URL: url, Transport: &fake{version: meili.Tested}}); err == nil || !strings.Contains(err.Error(), "http://127.0.0.1:7700") {
			t.Errorf("%q: %v", url, err)
		}
	}
}

// TestReadOnly writes nothing without the key that writes.
func TestReadOnly(t *testing.T) {
	f := &fake{version: meili.Tested, answer: always(200, hit)}
	e := must(meili.Open(t.Context(), meili.Options{URL: "http://meilisearch.test", Keys: meili.Keys{Search: "searches", Version: "tells"}, Transport: f}))(t)
	if err := find(t.Context(), e); err != nil {
		t.Error(err)
	}
	_, put := e.Put(t.Context(), engine.Demands)
	_, remove := e.Delete(t.Context(), engine.Demands)
	_, begin := e.Begin(t.Context(), engine.Demands, conformance.Schema)
	_, stats := e.Stats(t.Context(), engine.Demands)
	_, list := e.List(t.Context(), engine.Demands)
	for i, err := range []error{put, remove, begin, stats, list, e.Ensure(t.Context(), engine.Demands, conformance.Schema)} {
		if !errors.Is(err, meili.ErrReadOnly) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

// TestOnlyIDs reads all tapes: a search takes ids out of the server, and the texts that are to be highlighted, nothing else. The one search that asks for all that can be
// shown is for the text of one document, to which others are similar; and what can be shown is that.
func TestOnlyIDs(t *testing.T) {
	tapes := must(filepath.Glob("testdata/exchanges/*.json"))(t)
	searches := 0
	for _, file := range tapes {
		var all tape
		if err := json.Unmarshal(must(os.ReadFile(file))(t), &all); err != nil {
			t.Fatal(file, err)
		}
		for _, x := range all.Exchanges {
			var req struct{ Queries []meilisearch.SearchRequest }
			var resp struct {
				Hits    []map[string]any
				Results []struct{ Hits []map[string]any }
			}
			if !strings.HasSuffix(x.Path, "/multi-search") {
				continue
			}
			if err := errors.Join(json.Unmarshal(x.Request, &req), json.Unmarshal(x.Answer, &resp)); err != nil {
				t.Fatal(file, err)
			}
			for _, q := range req.Queries {
				searches++
				for i, a := range q.AttributesToRetrieve {
					filter, _ := q.Filter.(string)
					single := a == "*" && q.Limit == 1 && strings.HasPrefix(filter, `id IN ["`) && !strings.Contains(filter, ",")
					if i == 0 && a != "id" && !single || i > 0 && !strings.HasPrefix(a, "raw_") {
						t.Errorf("%s asks for %v", file, q.AttributesToRetrieve)
					}
				}
				if len(q.AttributesToRetrieve) == 0 {
					t.Errorf("%s asks for all", file)
				}
			}
			for _, r := range append(resp.Results, struct{ Hits []map[string]any }{resp.Hits}) {
				for _, h := range r.Hits {
					for field := range h {
						if !slices.Contains([]string{"id", "v", "_rankingScore", "_federation"}, field) && !strings.HasPrefix(field, "raw_") {
							t.Errorf("%s: %s comes with a hit", file, field)
						}
					}
				}
			}
		}
	}
	if searches < 1000 {
		t.Errorf("%d searches", searches)
	}
}

// dims are the dimensions of the vectors below.
const dims = 32

// vector is a text's terms, hashed: near for texts that share many.
func vector(s string) []float32 {
	v, sum := make([]float32, dims), 0.0
	for _, t := range text.Terms(text.Fold(s)) {
		h := fnv.New32a()
		_, _ = h.Write([]byte(t))
		v[h.Sum32()%dims] += 1 - 2*float32(h.Sum32()>>31)
	}
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	for i := range v {
		v[i] = float32(math.Round(float64(v[i])/math.Sqrt(max(sum, 1))*1e4) / 1e4)
	}
	return v
}

func vectors(o *meili.Options) {
	o.Embedder = &meili.Embedder{Name: "terms", Dimensions: dims, Embed: vector}
}

// TestVectors runs what may be otherwise with vectors.
func TestVectors(t *testing.T) {
	conformance.RunVectors(t, func(t *testing.T) engine.Engine { return open(t, vectors) }, conformance.Options{Fixed: taped(), Vector: vector})
}

// TestHybrid searches by words and vectors at once: what shares no word with the query is found too, behind what does, and Must holds.
func TestHybrid(t *testing.T) {
	topics := [][]string{{"变压器", "配电"}, {"碳酸钙", "石灰"}, {"草莓", "保鲜"}}
	e := open(t, func(o *meili.Options) {
		o.Embedder = &meili.Embedder{Name: "topics", Dimensions: 2 * len(topics), Ratio: 0.5, Embed: func(s string) []float32 {
			v := make([]float32, 2*len(topics))
			for i, words := range topics {
				for j, w := range words {
					if strings.Contains(s, w) {
						v[i], v[len(topics)+i] = 1, float32(j)
					}
				}
			}
			return v
		}}
	})
	if err := e.Ensure(t.Context(), engine.Demands, conformance.Schema); err != nil {
		t.Fatal(err)
	}
	hidden := document("hidden", "变压器")
	hidden.Attrs["visible"] = engine.Str("bureau")
	put(t, to(t, e, engine.Demands), document("words", "变压器降噪"), document("meaning", "配电房隔音"), document("other", "草莓保鲜"), hidden)
	got := must(e.Search(t.Context(), engine.Query{Kind: engine.Demands, Text: "变压器降噪", Must: conformance.Public, Limit: 2}))(t)
	if len(got.Hits) != 2 || got.Hits[0].ID != "words" || got.Hits[1].ID != "meaning" {
		t.Errorf("got %+v", got.Hits)
	}
	finds(t, e, "", "meaning", "other", "words")
}

// TestMatchAsks sends the terms of a long text that say most, in one request of so many queries and no more, and for an embedder of the server's the text.
func TestMatchAsks(t *testing.T) {
	rare := map[string]bool{"碳酸": true, "酸钙": true, "q235b": true}
	f := &fake{version: meili.Tested, answer: func(req *http.Request, n int) (*http.Response, error) {
		return said(200, `{"results":[`+strings.TrimSuffix(strings.Repeat(`{"hits":[]},`, 22), ",")+`]}`), nil
	}}
	e := must(meili.Open(t.Context(), meili.Options{URL: "http://meilisearch.test", Transport: f, DF: func(k engine.Kind, term string) (int, int) {
		if rare[term] {
			return 1, 1000
		}
		return 900, 1000
	}, Embedder: &meili.Embedder{Name: "outside", Settings: meilisearch.Embedder{Source: meilisearch.OllamaEmbedderSource}}}))(t)
	long := strings.Repeat("本项目希望通过公开招标寻找合作单位共同开展研究并形成成果转化。", 50) + "碳酸钙 Q235B"
	must(e.Match(t.Context(), engine.MatchQuery{Kind: engine.Demands, Text: long, Limit: 10}))(t)
	var sent struct{ Queries []meilisearch.SearchRequest }
	if err := json.Unmarshal([]byte(f.sent[0].body), &sent); err != nil || len(f.sent) != 1 || len(sent.Queries) != 22 {
		t.Fatalf("%d requests, %d queries, %v", len(f.sent), len(sent.Queries), err)
	}
	for i, q := range sent.Queries[:3] {
		if !rare[strings.Trim(q.Query, `"`)] {
			t.Errorf("term %d is %s", i, q.Query)
		}
	}
	if last := sent.Queries[21]; last.Hybrid == nil || last.Hybrid.SemanticRatio != 1 || last.Hybrid.Embedder != "outside" || last.Query != long || last.Vector != nil {
		t.Errorf("the embedder is asked %+v", last)
	}
	for _, q := range sent.Queries[:21] {
		if q.Hybrid != nil {
			t.Errorf("%s is asked for with a vector", q.Query)
		}
	}
}
