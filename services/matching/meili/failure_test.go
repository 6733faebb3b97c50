package meili_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jiebang/jiebang/services/matching/conformance"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/meili"
)

// fake is a server that behaves as a test wants. It answers the questions of Open by itself, and keeps what else it was sent.
type fake struct {
	version string
	answer  func(req *http.Request, nth int) (*http.Response, error)

	mu   sync.Mutex
	sent []sent
}

type sent struct {
	path, body, auth, encoding string
}

// RoundTrip answers.
func (f *fake) RoundTrip(req *http.Request) (*http.Response, error) {
	switch req.URL.Path {
	case "/version":
		return said(200, fmt.Sprintf(`{"pkgVersion":%q}`, f.version)), nil
	case "/keys":
		return said(403, `{"code":"invalid_api_key"}`), nil
	}
	s := sent{path: req.URL.Path, auth: req.Header.Get("Authorization"), encoding: req.Header.Get("Accept-Encoding")}
	if req.Body != nil {
		b, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		s.body = string(b)
	}
	f.mu.Lock()
	f.sent = append(f.sent, s)
	n := len(f.sent)
	f.mu.Unlock()
	return f.answer(req, n)
}

func said(status int, body string, header ...string) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

// always answers every request alike.
func always(status int, body string, header ...string) func(*http.Request, int) (*http.Response, error) {
	return func(*http.Request, int) (*http.Response, error) { return said(status, body, header...), nil }
}

// faked opens an engine on a fake server.
func faked(t *testing.T, f *fake) *meili.Engine {
	t.Helper()
	if f.version == "" {
		f.version = meili.Tested
	}
	return must(meili.Open(t.Context(), meili.Options{URL: "http://meilisearch.test", Keys: meili.Keys{Search: "searches", Index: "writes", Version: "tells"}, Transport: f}))(t)
}

const hit = `{"results":[{"hits":[{"id":"a","_rankingScore":0.5}],"estimatedTotalHits":1}]}`

func find(ctx context.Context, e *meili.Engine) error {
	_, err := e.Search(ctx, engine.Query{Kind: engine.Demands, Limit: 5})
	return err
}

var refused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}

// failures are what a server may answer to a search, what comes of it, after how many requests and how long, and what the error says.
var failures = []struct {
	name   string
	answer func(*http.Request, int) (*http.Response, error)
	want   error
	sends  int
	lasts  time.Duration
	says   string
}{

	{"busy, then well", func(_ *http.Request, n int) (*http.Response, error) {
		if n == 1 {
			return said(503, "", "Retry-After", "1"), nil
		}
		return said(200, hit), nil
	}, nil, 2, time.Second, ""},
	{"busy until a date", func(_ *http.Request, n int) (*http.Response, error) {
		if n == 1 {
			return said(429, "", "Date", "Mon, 05 Jan 2026 00:00:00 GMT", "Retry-After", "Mon, 05 Jan 2026 00:00:01 GMT"), nil
		}
		return said(200, hit), nil
	}, nil, 2, time.Second, ""},
	{"busy for long", always(503, `{"code":"too_many_search_requests"}`, "Retry-After", "10"), engine.ErrUnavailable, 1, 0, "too_many_search_requests"},
	{"busy", always(503, ""), engine.ErrUnavailable, 3, 150 * time.Millisecond, "503"},
	{"a proxy without a server", always(502, "<html>"), engine.ErrUnavailable, 3, 150 * time.Millisecond, "502"},
	{"refused", func(*http.Request, int) (*http.Response, error) { return nil, refused }, engine.ErrUnavailable, 3, 150 * time.Millisecond, "refused"},
	{"cut off, then well", func(_ *http.Request, n int) (*http.Response, error) {
		if n < 3 {
			return nil, io.ErrUnexpectedEOF
		}
		return said(200, hit), nil
	}, nil, 3, 150 * time.Millisecond, ""},
	{"slow", func(req *http.Request, _ int) (*http.Response, error) {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}, context.DeadlineExceeded, 1, 2 * time.Second, ""},
	{"slow to say all", func(req *http.Request, _ int) (*http.Response, error) {
		r := said(200, "")
		r.Body = io.NopCloser(slowly{req.Context()})
		return r, nil
	}, context.DeadlineExceeded, 1, 2 * time.Second, ""},
	{"broken", always(500, `{"code":"internal","message":"MDB_CORRUPTED"}`), engine.ErrUnavailable, 1, 0, "MDB_CORRUPTED"},
	{"full", always(422, `{"code":"no_space_left_on_device"}`), engine.ErrUnavailable, 1, 0, "no_space_left"},
	{"another key", always(403, `{"code":"invalid_api_key"}`), engine.ErrUnavailable, 1, 0, "jiebangd search keys"},
	{"no key", always(401, `{"code":"missing_authorization_header"}`), engine.ErrUnavailable, 1, 0, "jiebangd search keys"},
	{"a page", always(200, "<html>it works</html>"), engine.ErrUnavailable, 1, 0, ""},
	{"half an answer", always(200, hit[:len(hit)-9]), engine.ErrUnavailable, 1, 0, ""},
	{"nothing", always(200, ""), engine.ErrUnavailable, 1, 0, ""},
	{"null", always(200, "null"), engine.ErrUnavailable, 1, 0, ""},
	{"another question's answer", always(200, `{"results":[]}`), engine.ErrUnavailable, 1, 0, ""},
	{"a hit without an id", always(200, `{"results":[{"hits":[{"_rankingScore":1}]}]}`), engine.ErrUnavailable, 1, 0, ""},
	{"an id that is none", always(200, `{"results":[{"hits":[{"id":"../a"}]}]}`), engine.ErrUnavailable, 1, 0, ""},
	{"a number for an id", always(200, `{"results":[{"hits":[{"id":7}]}]}`), engine.ErrUnavailable, 1, 0, ""},
	{"elsewhere", func(_ *http.Request, n int) (*http.Response, error) {
		if n == 1 {
			return said(302, "", "Location", "http://elsewhere.test/"), nil
		}
		return said(200, hit), nil
	}, engine.ErrUnavailable, 1, 0, "302"},
	{"no index", always(404, `{"code":"index_not_found"}`), engine.ErrNotReady, 1, 0, ""},
	{"no such attribute", always(400, `{"code":"invalid_search_filter"}`), engine.ErrBadFilter, 1, 0, ""},
}

// TestFailures answers as servers do that are down, slow, wrong or full. Each failure has its type, no request is sent without its body, none more often than is
// right, and nothing is left running: synctest fails a test that leaves a goroutine.
func TestFailures(t *testing.T) {
	for _, c := range failures {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fake{answer: c.answer}
				e, began := faked(t, f), time.Now()
				err := find(t.Context(), e)
				if c.want == nil && err != nil || !errors.Is(err, c.want) || c.want != nil && !strings.Contains(err.Error(), c.says) {
					t.Errorf("got %v, want %v", err, c.want)
				}
				if errors.Is(c.want, context.DeadlineExceeded) && !errors.Is(err, engine.ErrUnavailable) {
					t.Errorf("%v does not say that the engine does not answer", err)
				}
				if d := time.Since(began); d != c.lasts || len(f.sent) != c.sends {
					t.Errorf("%d requests in %v, want %d in %v", len(f.sent), d, c.sends, c.lasts)
				}
				for _, s := range f.sent {
					if s.body != f.sent[0].body || !strings.Contains(s.body, `"indexUid":"jiebang_demands"`) || s.auth != "Bearer searches" || s.encoding != "identity" {
						t.Errorf("sent %+v", s)
					}
				}
			})
		})
	}
}

// slowly is a body that never ends.
type slowly struct{ ctx context.Context }

func (s slowly) Read([]byte) (int, error) {
	<-s.ctx.Done()
	return 0, s.ctx.Err()
}

// TestCaller gives up with the caller, who is told so.
func TestCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{answer: func(req *http.Request, _ int) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		}}
		e := faked(t, f)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		began := time.Now()
		if err := find(ctx, e); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 300*time.Millisecond {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
		f.answer = always(503, "")
		ctx, stop := context.WithCancel(t.Context())
		go func() { time.Sleep(70 * time.Millisecond); stop() }() // between the second attempt and the third
		if err := find(ctx, e); !errors.Is(err, context.Canceled) || len(f.sent) != 3 {
			t.Errorf("got %v after %d requests", err, len(f.sent))
		}
	})
}

// TestHealth believes a server that says it is well, and no other.
func TestHealth(t *testing.T) {
	for body, want := range map[string]error{`{"status":"available"}`: nil, `{"status":"restoring"}`: engine.ErrUnavailable, `{}`: engine.ErrUnavailable, "well": engine.ErrUnavailable} {
		if err := faked(t, &fake{answer: always(200, body)}).Health(t.Context()); !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// TestTasks reads how writes end, which the client library takes for success whatever it is.
func TestTasks(t *testing.T) {
	task := func(status, code string) func(*http.Request, int) (*http.Response, error) {
		return func(req *http.Request, n int) (*http.Response, error) {
			if req.Method == http.MethodPost {
				return said(202, `{"taskUid":7,"status":"enqueued"}`), nil
			}
			if n < 5 {
				return said(200, `{"uid":7,"status":"processing"}`), nil
			}
			return said(200, fmt.Sprintf(`{"uid":7,"status":%q,"error":{"code":%q}}`, status, code)), nil
		}
	}
	lost := func(req *http.Request, _ int) (*http.Response, error) {
		if req.Method == http.MethodPost {
			return said(202, `{"taskUid":7}`), nil
		}
		return said(404, `{"code":"task_not_found"}`), nil
	}
	for _, c := range []struct {
		name   string
		answer func(*http.Request, int) (*http.Response, error)
		want   error
	}{
		{"done", task("succeeded", ""), nil}, {"full disk", task("failed", "no_space_left_on_device"), engine.ErrUnavailable}, {"broken", task("failed", "internal"), engine.ErrUnavailable},
		{"no document", task("failed", "invalid_document_id"), engine.ErrBadDocument}, {"no index", task("failed", "index_not_found"), engine.ErrNotReady},
		{"canceled", task("canceled", ""), engine.ErrUnavailable}, {"nonsense", task("", ""), engine.ErrUnavailable}, {"lost", lost, engine.ErrUnavailable},
		{"never done", task("enqueued", ""), context.DeadlineExceeded},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := ensured(t, &fake{}, c.answer)
				ticket := must(e.Put(t.Context(), engine.Demands, engine.Doc{ID: "a"}))(t)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				err := ticket.Wait(ctx)
				if c.want == nil && err != nil || !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
				if late := ctx.Err() != nil; late != (c.want == context.DeadlineExceeded) {
					t.Errorf("it waited for ever: %v", late)
				}
			})
		})
	}
}

// ensured opens an engine on a fake server whose index is as it should be, and which from then on answers otherwise.
func ensured(t *testing.T, f *fake, then func(*http.Request, int) (*http.Response, error)) *meili.Engine {
	t.Helper()
	uid := ""
	f.answer = func(req *http.Request, _ int) (*http.Response, error) {
		switch {
		case req.Method == http.MethodGet && strings.HasSuffix(req.URL.Path, "/settings"):
			return said(404, `{"code":"index_not_found"}`), nil
		case req.Method == http.MethodGet:
			return said(200, `{"status":"succeeded"}`), nil
		}
		uid = req.URL.Path
		return said(202, `{"taskUid":1}`), nil
	}
	e := faked(t, f)
	if err := e.Ensure(t.Context(), engine.Demands, conformance.Schema); err != nil || uid == "" {
		t.Fatal(uid, err)
	}
	f.sent, f.answer = nil, then
	return e
}

// TestBatches hands documents over by the thousand and by ten megabytes.
func TestBatches(t *testing.T) {
	for name, c := range map[string]struct{ docs, size, batches int }{"many": {2500, 10, 3}, "large": {8, 1 << 19, 3}, "just enough": {1000, 1, 1}} {
		t.Run(name, func(t *testing.T) {
			f := &fake{}
			e := ensured(t, f, always(202, `{"taskUid":7}`))
			var docs []engine.Doc
			for i := range c.docs {
				docs = append(docs, engine.Doc{ID: fmt.Sprint("d", i), Text: map[string]string{"title": strings.Repeat("钢 ", c.size/4+1)}})
			}
			must(e.Put(t.Context(), engine.Demands, docs...))(t)
			var ids []string
			for _, d := range docs {
				ids = append(ids, d.ID)
			}
			must(e.Delete(t.Context(), engine.Demands, ids...))(t)
			puts, put := 0, 0
			for _, s := range f.sent {
				if strings.HasSuffix(s.path, "/documents") {
					puts, put = puts+1, put+strings.Count(s.body, `"id":`)
				}
				if n := strings.Count(s.body, `"d`); n > 1000 || len(s.body) > 10<<20+1<<20 {
					t.Errorf("a batch of %d documents and %d bytes", n, len(s.body))
				}
			}
			if put != c.docs || puts != c.batches {
				t.Errorf("%d documents in %d batches", put, puts)
			}
		})
	}
}
