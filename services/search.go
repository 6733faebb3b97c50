package services

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/meilisearch/meilisearch-go"

	"github.com/jiebang/jiebang/services/internal/secretfile"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/matching/embedded"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/index"
	"github.com/jiebang/jiebang/services/matching/meili"
)

// Meilisearch is a search server. It is always optional: what it does not answer, the engine in memory does.
type Meilisearch struct {
	URL          string            // such as http://127.0.0.1:7700; none if empty
	KeysFile     string            // written by MakeSearchKeys; search-keys.json in the data directory if empty. Without the file no key is sent
	Prefix       string            // of the names of its indexes: "jiebang" if empty
	EmbedderFile string            // an embedder that the server asks for vectors; none if empty
	Transport    http.RoundTripper // of a test
	Remote       index.Remote      // of a test, in place of all of this
}

// embedderFile is how an embedder is described: the server's own settings of it, and how much vectors count beside words.
type embedderFile struct {
	Name     string               `json:"name"`
	Ratio    float64              `json:"ratio"`
	Settings meilisearch.Embedder `json:"settings"`
}

// remote opens the server when it is needed; nil without one.
func (m Meilisearch) remote() index.Remote {
	if m.URL == "" || m.Remote != nil {
		return m.Remote
	}
	return func(ctx context.Context, memory *embedded.Engine) (engine.Engine, error) {
		o, err := m.options()
		if err != nil {
			return nil, err
		}
		o.DF = memory.DF
		e, err := meili.Open(ctx, o)
		if err != nil {
			return nil, err // not e, which would be an engine that is nil
		}
		return e, nil
	}
}

func (m Meilisearch) options() (meili.Options, error) {
	o := meili.Options{URL: m.URL, Prefix: m.Prefix, Transport: m.Transport}
	if err := readJSON(m.KeysFile, &o.Keys); err != nil && !errors.Is(err, os.ErrNotExist) {
		return o, err
	}
	if m.EmbedderFile == "" {
		return o, nil
	}
	var f embedderFile
	if err := readJSON(m.EmbedderFile, &f); err != nil {
		return o, err
	}
	if f.Name == "" || f.Ratio < 0 || f.Ratio > 1 {
		return o, fmt.Errorf("%s: an embedder needs a name, and a ratio from 0 to 1", m.EmbedderFile)
	}
	o.Embedder = &meili.Embedder{Name: f.Name, Ratio: f.Ratio, Settings: f.Settings}
	return o, nil
}

func readJSON(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// openSearch opens the search server. One that is down is no reason not to start; one that is of the wrong version or has the wrong key is.
func (s *Server) openSearch(ctx context.Context) error {
	err := s.index.Open(ctx)
	if errors.Is(err, engine.ErrUnavailable) {
		s.config.Log.Warn("the search server does not answer; the index in memory does until it comes", "error", err.Error())
		return nil
	}
	return err
}

// AwaitSearchServer returns when the search server shows all that is committed now, and is asked; Work must run.
func (s *Server) AwaitSearchServer(ctx context.Context) error { return s.index.AwaitServer(ctx) }

// errNoSearch says that nothing was said of a search server.
var errNoSearch = errors.New("没有配置 Meilisearch:请用 --search-url(或 JIEBANGD_SEARCH_URL)给出地址;内置引擎在内存中,随服务器启动自动建立,无需重建")

// withIndex opens the database and the search server beside a running server, or instead of one.
func withIndex(ctx context.Context, c Config, use func(*index.Index) error) error {
	if err := c.fill(); err != nil {
		return err
	}
	if c.Search.remote() == nil {
		return errNoSearch
	}
	db, err := storage.Open(ctx, storage.Options{URL: c.Database, Log: c.Log})
	if err != nil {
		return errors.Join(err, db.Close())
	}
	if err := db.Current(ctx); err != nil {
		return errors.Join(err, db.Close())
	}
	return errors.Join(use(index.New(db, c.Log, c.Search.remote())), db.Close())
}

// SearchState is the state of the search server.
type SearchState = index.Status

// RebuildSearch fills the search server's indexes anew beside those that are served, swaps them in, and compares them with the database.
func RebuildSearch(ctx context.Context, c Config, told func(docs int)) (s index.Status, err error) {
	err = withIndex(ctx, c, func(x *index.Index) error {
		if err := x.Rebuild(ctx, func(p index.Progress) { told(p.Docs) }); err != nil {
			return err
		}
		s, err = x.Status(ctx)
		return err
	})
	return s, err
}

// SearchStatus asks the search server and the database for their figures.
func SearchStatus(ctx context.Context, c Config) (s index.Status, err error) {
	err = withIndex(ctx, c, func(x *index.Index) error {
		s, err = x.Status(ctx)
		return err
	})
	return s, err
}

// MakeSearchKeys makes the keys that a server needs on its search server and writes them to the file of keys. The master key is kept nowhere.
func MakeSearchKeys(ctx context.Context, c Config, master string) (path string, err error) {
	if err := c.fill(); err != nil {
		return "", err
	}
	if c.Search.URL == "" {
		return "", errNoSearch
	}
	o := meili.Options{URL: c.Search.URL, Prefix: c.Search.Prefix, Transport: c.Search.Transport}
	keys, err := meili.MakeKeys(ctx, o, master)
	if err != nil {
		return "", err
	}
	data, err := json.MarshalIndent(keys, "", "  ")
	if err != nil {
		return "", err
	}
	if err := os.Remove(c.Search.KeysFile); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	return c.Search.KeysFile, secretfile.Write(c.Search.KeysFile, append(data, '\n'))
}
