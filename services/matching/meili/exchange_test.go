package meili_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

var record = flag.Bool("record", false, "with MEILI_URL and MEILI_MASTER_KEY: write the exchanges with the server to testdata/exchanges")

// exchange is a request and what the real server answered. What differs from run to run is made the same: the numbers of tasks, times and durations, sizes.
type exchange struct {
	Method  string          `json:"method"`
	Path    string          `json:"path"`
	Request json.RawMessage `json:"request,omitempty"`
	Status  int             `json:"status"`
	Answer  json.RawMessage `json:"answer,omitempty"`
	Times   int             `json:"times,omitempty"` // in a row, if not once
}

func (x exchange) asks(y exchange) bool {
	return x.Method == y.Method && x.Path == y.Path && bytes.Equal(x.Request, y.Request)
}

// tape is what one test and the server say to each other.
type tape struct {
	Server    string     `json:"server"`
	Unordered bool       `json:"unordered,omitempty"` // some requests were under way at once
	Exchanges []exchange `json:"exchanges"`
}

func tapeOf(t *testing.T) string {
	return filepath.Join("testdata", "exchanges", regexp.MustCompile(`[^A-Za-z0-9]+`).ReplaceAllString(t.Name(), "-")+".json")
}

// recorder passes requests on and writes down what is said.
type recorder struct {
	next    http.RoundTripper
	secrets []string

	mu    sync.Mutex
	tape  tape
	tasks map[json.Number]int
	busy  int
}

// newRecorder returns a recorder that writes its tape when the test ends.
func newRecorder(t *testing.T, next http.RoundTripper, secrets ...string) *recorder {
	r := &recorder{next: next, secrets: secrets, tasks: map[json.Number]int{}, tape: tape{Server: server}}
	t.Cleanup(func() {
		var b bytes.Buffer
		fmt.Fprintf(&b, "{\"server\":%q,\"unordered\":%v,\"exchanges\":[\n", r.tape.Server, r.tape.Unordered)
		for i, x := range r.tape.Exchanges {
			line := must(marshal(x))(t)
			b.Write(line)
			b.WriteString(map[bool]string{true: ",\n", false: "\n"}[i+1 < len(r.tape.Exchanges)])
		}
		b.WriteString("]}\n")
		for _, s := range r.secrets {
			if strings.Contains(b.String(), s) {
				t.Fatalf("the exchanges hold %q", s)
			}
		}
		if err := os.MkdirAll(filepath.Dir(tapeOf(t)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(tapeOf(t), b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	})
	return r
}

// RoundTrip records a request.
func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	x, err := asked(req)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	if r.busy++; r.busy > 1 {
		r.tape.Unordered = true
	}
	r.mu.Unlock()
	resp, err := r.next.RoundTrip(req)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy--; err != nil {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	x.Path = regexp.MustCompile(`^/tasks/(\d+)$`).ReplaceAllStringFunc(x.Path, func(p string) string {
		return fmt.Sprintf("/tasks/%d", r.task(json.Number(strings.TrimPrefix(p, "/tasks/"))))
	})
	x.Status, x.Request = resp.StatusCode, r.marks(x.Request)
	if x.Answer, err = r.normal(body); err != nil {
		return nil, err
	}
	if n := len(r.tape.Exchanges); n > 0 && r.tape.Exchanges[n-1].asks(x) && bytes.Equal(r.tape.Exchanges[n-1].Answer, x.Answer) {
		r.tape.Exchanges[n-1].Times = max(r.tape.Exchanges[n-1].Times, 1) + 1
	} else {
		r.tape.Exchanges = append(r.tape.Exchanges, x)
	}
	return resp, nil
}

// task numbers the tasks of a tape from 1 on.
func (r *recorder) task(uid json.Number) int {
	if r.tasks[uid] == 0 {
		r.tasks[uid] = len(r.tasks) + 1
	}
	return r.tasks[uid]
}

// normal makes an answer the same in every run.
func (r *recorder) normal(body []byte) (json.RawMessage, error) {
	if len(body) == 0 {
		return nil, nil
	}
	v, err := decode(body)
	if err != nil {
		return nil, err
	}
	b, err := marshal(r.same(v))
	return r.marks(b), err
}

// marks writes the numbers of tasks that indexes are marked with.
func (r *recorder) marks(b []byte) []byte {
	return regexp.MustCompile(`"made\d+"`).ReplaceAllFunc(b, func(m []byte) []byte {
		return fmt.Appendf(nil, `"made%d"`, r.task(json.Number(m[5:len(m)-1])))
	})
}

func (r *recorder) same(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = r.same(v[i])
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			n, isNumber := v[k].(json.Number)
			switch {
			case v[k] == nil:
			case k == "requestUid":
				delete(v, k)
			case isNumber && (k == "taskUid" || k == "uid"):
				v[k] = r.task(n)
			case isNumber && (k == "batchUid" || strings.HasSuffix(k, "Size") || k == "processingTimeMs"):
				v[k] = 1
			case strings.HasSuffix(k, "At") || k == "commitDate":
				v[k] = "2026-01-01T00:00:00Z"
			case k == "duration":
				v[k] = "PT1S"
			case k == "key" && v["actions"] != nil:
				v[k] = fmt.Sprint("the key of ", v["name"])
			default:
				v[k] = r.same(v[k])
			}
		}
	}
	return v
}

// player answers as the tape has it, and reports a request that is not on it, not next, or missing in the end.
type player struct {
	report func(format string, args ...any)
	mu     sync.Mutex
	tape   tape
	lost   bool // at the first request that is not on the tape
}

func newPlayer(t *testing.T) *player {
	p := &player{report: t.Errorf}
	b, err := os.ReadFile(tapeOf(t))
	if err == nil {
		err = json.Unmarshal(b, &p.tape)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.end)
	return p
}

// end reports what was not asked for.
func (p *player) end() {
	for _, x := range p.tape.Exchanges {
		p.report("missing, %d times: %s %s %s", max(x.Times, 1), x.Method, x.Path, x.Request)
	}
}

// RoundTrip answers from the tape.
func (p *player) RoundTrip(req *http.Request) (*http.Response, error) {
	x, err := asked(req)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.tape.Exchanges
	i := slices.IndexFunc(all, x.asks)
	if i < 0 || i > 0 && !p.tape.Unordered {
		if !p.lost {
			p.report("not on the tape: %s %s %s", x.Method, x.Path, x.Request)
			if len(all) > 0 {
				p.report("next on the tape: %s %s %s", all[0].Method, all[0].Path, all[0].Request)
			}
		}
		p.lost, p.tape.Exchanges = true, nil
		return nil, fmt.Errorf("not on the tape")
	}
	x = all[i]
	if all[i].Times--; all[i].Times <= 0 {
		p.tape.Exchanges = slices.Delete(all, i, i+1)
	}
	return &http.Response{StatusCode: x.Status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(x.Answer)), Request: req}, nil
}

// asked reads a request, and leaves its body to be read again.
func asked(req *http.Request) (exchange, error) {
	x := exchange{Method: req.Method, Path: req.URL.RequestURI()}
	if req.Body == nil {
		return x, nil
	}
	body, err := io.ReadAll(req.Body)
	if err != nil || len(body) == 0 {
		return x, fmt.Errorf("a %s without a body: %w", req.Method, err)
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	v, err := decode(body)
	if err == nil {
		x.Request, err = marshal(v)
	}
	return x, err
}

func decode(b []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return v, d.Decode(&v)
}

// marshal writes JSON with sorted names, and Chinese and < as they are.
func marshal(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// TestTapeIsStrict plays a tape to those who ask for something else, in another order, too often or not at all.
func TestTapeIsStrict(t *testing.T) {
	get := func(path, body string) exchange {
		return exchange{Method: "POST", Path: path, Request: json.RawMessage(body), Status: 200}
	}
	two := []exchange{get("/a", `{"q":"x","w":[1,2]}`), get("/b?x=1", `{}`)}
	for name, c := range map[string]struct {
		unordered bool
		asks      [][2]string
		reports   int
	}{
		"as recorded":    {false, [][2]string{{"/a", `{"w":[1,2],"q":"x"}`}, {"/b?x=1", `{}`}}, 0},
		"another order":  {false, [][2]string{{"/b?x=1", `{}`}, {"/a", `{"q":"x","w":[1,2]}`}}, 2},
		"in any order":   {true, [][2]string{{"/b?x=1", `{}`}, {"/a", `{"q":"x","w":[1,2]}`}}, 0},
		"another body":   {true, [][2]string{{"/a", `{"q":"y","w":[1,2]}`}}, 2},
		"another list":   {false, [][2]string{{"/a", `{"q":"x","w":[2,1]}`}}, 2},
		"another query":  {false, [][2]string{{"/a", `{"q":"x","w":[1,2]}`}, {"/b?x=2", `{}`}}, 2},
		"once too often": {false, [][2]string{{"/a", `{"q":"x","w":[1,2]}`}, {"/b?x=1", `{}`}, {"/b?x=1", `{}`}}, 1},
		"too few":        {true, [][2]string{{"/b?x=1", `{}`}}, 1},
		"nothing":        {false, nil, 2},
	} {
		reports := 0
		p := &player{report: func(string, ...any) { reports++ }, tape: tape{Unordered: c.unordered, Exchanges: slices.Clone(two)}}
		for _, a := range c.asks {
			req := must(http.NewRequestWithContext(t.Context(), "POST", "http://meilisearch.test"+a[0], strings.NewReader(a[1])))(t)
			_, _ = p.RoundTrip(req)
		}
		if p.end(); reports != c.reports {
			t.Errorf("%s: %d reports, want %d", name, reports, c.reports)
		}
	}
}
