// Package meili is the search engine that is a Meilisearch server. It keeps the promises of matching/engine and no more.
//
//   - Texts are folded and cut here, by matching/text, before the server sees them: beside each field that the server cuts into words of its dictionary lies
//     one of our terms, so that a part of a word, a code or a number with its unit is found; titles are there in pinyin too.
//   - A search asks once. Only when no document has all words it asks again, one query a term, and joins the lists: a word that is nowhere, or one wrong
//     character, does not hide the rest. A match, whose text is long, always does so: the server reads ten words of a query and no more.
//   - The server gives ids, and the text of the fields that are to be highlighted. Nothing else can be read from its indexes by a search.
//   - The settings are code. A fingerprint of them and of the schema lies in the settings themselves, so that it is swapped in with the documents.
//   - The program holds a key that searches and one that writes, both for its own indexes alone, and one that reads the version. A key that can make
//     keys is refused.
//   - Retries are ours: what may be repeated is sent again, whole, at most twice; a swap never. Each call has a deadline.
//
// Tested against Meilisearch 1.50.0; other versions from 1.50 on are taken, those from 2 on are refused.
package meili

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/meili/wire"
)

// Tested is the version of the server that the recorded exchanges come from.
const Tested = "1.50.0"

// minMinor is the oldest 1.x that is taken: the first whose ranking rules were tested.
const minMinor = 50

// What Open and the writing half refuse.
var (
	ErrVersion   = errors.New("search: this Meilisearch is of a version that is not supported")
	ErrMasterKey = errors.New("search: this Meilisearch key can make keys; jiebangd search keys makes those that are needed")
	ErrReadOnly  = errors.New("search: opened without a Meilisearch key that writes")
)

// Options say where the server is and how it is used.
type Options struct {
	URL      string
	Keys     Keys
	Prefix   string        // of the names of indexes: "jiebang" if empty
	Timeout  time.Duration // of a call that reads: 2 s if zero
	Patience time.Duration // of a call that hands over documents: 30 s if zero; until they are indexed is waited as long as the context lasts

	// DF tells in how many of n documents a term is: which terms of a long text are asked for. If nil, a guess by what kind of term it is.
	DF       func(k engine.Kind, term string) (df, n int)
	Embedder *Embedder // nil: no vectors

	Transport http.RoundTripper                          // http.DefaultTransport's like if nil
	Sleep     func(context.Context, time.Duration) error // between attempts and looks at a task: the machine's timer if nil
}

// Embedder makes vectors of texts: Embed here, or if it is nil the service that Settings names, which the server calls.
type Embedder struct {
	Name       string
	Dimensions int
	Embed      func(text string) []float32
	Settings   meilisearch.Embedder // read if Embed is nil
	Ratio      float64              // of vectors in Search, above 0 to 1; 0 leaves Search to the words
}

// Engine is a Meilisearch server.
type Engine struct {
	o          Options
	find, fill meilisearch.ServiceManager // with the key that reads, and the one that writes
	transport  http.RoundTripper
	version    string

	mu    sync.Mutex
	kinds map[engine.Kind]*kind
}

// kind is what is known of an index.
type kind struct {
	writing sync.RWMutex // held for reading while a write is handed over, for writing while a generation is swapped in
	next    *generation
	schema  atomic.Pointer[engine.Schema] // that was ensured
}

var (
	_ engine.Engine    = (*Engine)(nil)
	_ engine.Federated = (*Engine)(nil)
)

// Open returns the engine of a server, once it has seen that its version is one of those it knows and that no key can make keys.
func Open(ctx context.Context, o Options) (*Engine, error) {
	if u, err := url.Parse(o.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("search: %q is not the address of a Meilisearch server, such as http://127.0.0.1:7700", o.URL)
	}
	o.defaults()
	e := &Engine{o: o, kinds: map[engine.Kind]*kind{}, transport: o.Transport}
	e.find = e.client(o.Keys.Search)
	if o.Keys.Index != "" || o.Keys == (Keys{}) {
		e.fill = e.client(o.Keys.Index)
	}
	about := e.client(o.Keys.Version)
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	v, err := about.VersionWithContext(ctx)
	if err != nil {
		return nil, wire.Typed("version", err)
	}
	if e.version = v.PkgVersion; !supported(e.version) {
		return nil, fmt.Errorf("%w: it says %q; 1.%d or later of 1.x is needed, %s was tested", ErrVersion, e.version, minMinor, Tested)
	}
	for _, c := range []meilisearch.ServiceManager{about, e.find, e.fill} {
		if c == nil {
			continue
		}
		switch _, err := c.GetKeysWithContext(ctx, &meilisearch.KeysQuery{Limit: 1}); {
		case err == nil:
			return nil, ErrMasterKey
		case !refused(err):
			return nil, wire.Typed("keys", err)
		}
	}
	return e, nil
}

func (o *Options) defaults() {
	o.URL = strings.TrimSuffix(o.URL, "/")
	if o.Prefix == "" {
		o.Prefix = "jiebang"
	}
	if o.Timeout <= 0 {
		o.Timeout = 2 * time.Second
	}
	if o.Patience <= 0 {
		o.Patience = 30 * time.Second
	}
	if o.Sleep == nil {
		o.Sleep = wire.Sleep
	}
	if o.Transport == nil {
		o.Transport = &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true}
	}
}

// client returns the client library with a key: without its retries, and following no redirection, which would take the key elsewhere.
func (e *Engine) client(key string) meilisearch.ServiceManager {
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return meilisearch.New(e.o.URL, meilisearch.WithAPIKey(key), meilisearch.DisableRetries(),
		meilisearch.WithCustomClient(&http.Client{Transport: wire.Transport{Next: e.o.Transport, Sleep: e.o.Sleep}, CheckRedirect: stay}))
}

func supported(version string) bool {
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	n, err := strconv.Atoi(minor)
	return err == nil && major == "1" && n >= minMinor
}

// refused reports whether the server knows the caller and denies this.
func refused(err error) bool {
	e, ok := errors.AsType[*meilisearch.Error](err)
	return ok && (e.StatusCode == http.StatusForbidden || e.StatusCode == http.StatusUnauthorized)
}

// Caps says what Meilisearch can and cannot do here.
func (e *Engine) Caps() engine.Caps {
	return engine.Caps{Name: "meilisearch", Version: e.version, Typo: true, HanTypo: true, Substring: true, Vector: e.o.Embedder != nil, Async: true}
}

// Health returns nil if the server answers and the indexes that were ensured are there as they were: not lost, and not made anew without their settings.
func (e *Engine) Health(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, e.o.Timeout)
	defer cancel()
	if h, err := e.find.HealthWithContext(ctx); err != nil {
		return wire.Typed("health", err)
	} else if h.Status != "available" {
		return fmt.Errorf("%w: its health is %q", engine.ErrUnavailable, h.Status)
	}
	if e.fill == nil {
		return nil
	}
	for _, k := range engine.Kinds {
		if s := e.of(k).schema.Load(); s != nil {
			if err := e.same(ctx, e.uid(k), e.settings(*s)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Close lets the connections go.
func (e *Engine) Close() error {
	if c, ok := e.transport.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
	return nil
}

// uid is the name of the index of a kind.
func (e *Engine) uid(k engine.Kind) string { return e.o.Prefix + "_" + string(k) }

// of is what is known of a kind.
func (e *Engine) of(k engine.Kind) *kind {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.kinds[k] == nil {
		e.kinds[k] = &kind{}
	}
	return e.kinds[k]
}
