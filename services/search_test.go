package services_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/internal/enginetest"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/storagetest"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/meili"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// says is a Meilisearch that says the same to every request for a path; what is not said is that the key may not do that.
type says map[string]string

func (s says) RoundTrip(req *http.Request) (*http.Response, error) {
	if text, ok := s[req.URL.Path]; ok {
		return said(http.StatusOK, text), nil
	}
	return said(http.StatusForbidden, `{"code":"invalid_api_key","message":"The provided API key is invalid."}`), nil
}

func said(status int, text string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(text))}
}

// unreachable is a server that is down.
type unreachable struct{}

func (unreachable) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("connection refused")
}

// TestSearchServerAtStart refuses to start with a search server that will never do, and says why; one that may come is waited for.
func TestSearchServerAtStart(t *testing.T) {
	t.Parallel()
	good := says{"/version": `{"pkgVersion":"` + meili.Tested + `"}`}
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "file.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const url = "http://meilisearch.test"
	for name, c := range map[string]struct {
		search services.Meilisearch
		want   []string // in what is said; none if it starts
	}{
		"well":           {services.Meilisearch{URL: url, Transport: good}, nil},
		"down":           {services.Meilisearch{URL: url, Transport: unreachable{}}, nil},
		"not one":        {services.Meilisearch{URL: url, Transport: says{"/version": "<html>"}}, nil},
		"old":            {services.Meilisearch{URL: url, Transport: says{"/version": `{"pkgVersion":"1.49.0"}`}}, []string{`"1.49.0"`, "1.50", meili.Tested}},
		"too new":        {services.Meilisearch{URL: url, Transport: says{"/version": `{"pkgVersion":"2.0.0"}`}}, []string{`"2.0.0"`, meili.Tested}},
		"the master key": {services.Meilisearch{URL: url, Transport: says{"/version": good["/version"], "/keys": `{"results":[]}`}}, []string{"jiebangd search keys"}},
		"no address":     {services.Meilisearch{URL: "meilisearch", Transport: good}, []string{`"meilisearch"`, "http://127.0.0.1:7700"}},
		"keys":           {services.Meilisearch{URL: url, Transport: good, KeysFile: file("{")}, []string{"file.json"}},
		"embedder":       {services.Meilisearch{URL: url, Transport: good, EmbedderFile: file(`{"name":"x","ratio":2}`)}, []string{"file.json", "ratio"}},
		"no embedder":    {services.Meilisearch{URL: url, Transport: good, EmbedderFile: "/nowhere/file.json"}, []string{"file.json"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := services.Open(t.Context(), services.Config{DataDir: t.TempDir(), Search: c.search})
			if err == nil {
				err = s.Close()
			}
			if (err == nil) != (len(c.want) == 0) {
				t.Fatalf("got %v", err)
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q does not say %s", err, w)
				}
			}
		})
	}
}

// TestSearchCommands rebuilds an index and tells its state without a server that runs.
func TestSearchCommands(t *testing.T) {
	t.Parallel()
	config := services.Config{DataDir: t.TempDir()}
	s := markettest.Must(services.Open(t.Context(), config))(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, status := services.SearchStatus(t.Context(), config)
	_, rebuild := services.RebuildSearch(t.Context(), config, func(int) {})
	_, keys := services.MakeSearchKeys(t.Context(), config, "master")
	for _, err := range []error{status, rebuild, keys} {
		if err == nil || !strings.Contains(err.Error(), "--search-url") {
			t.Errorf("without a search server: %v", err)
		}
	}
	server := enginetest.New()
	config.Search.Remote = server.Open
	if st, err := services.SearchStatus(t.Context(), config); err != nil || st.Health == nil || st.Behind["330182"] == 0 {
		t.Errorf("before the first rebuild: %+v %v", st, err)
	}
	if st, err := services.RebuildSearch(t.Context(), config, func(int) {}); err != nil || st.Health != nil || st.Behind["330182"] != 0 {
		t.Errorf("after a rebuild: %+v %v", st, err)
	}
	server.Break(enginetest.Down)
	if _, err := services.SearchStatus(t.Context(), config); !errors.Is(err, engine.ErrUnavailable) {
		t.Errorf("of a server that is down: %v", err)
	}
}

// canary stands in what is private.
const canary = "canary7f3a"

// secrets tells a whole story with a canary in everything that is not public, and lets it be matched.
func secrets(t *testing.T, m *markettest.Market) {
	firm, zju := m.Firm(), m.University()
	draft := markettest.Must(m.Demands.CreateDemand(firm.Ctx(), &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: &pb.Demand{Title: canary + "碳酸钙", Description: canary,
		Field: pb.TechnologyField_NEW_MATERIALS}}))(t)
	hidden := &pb.Achievement{Title: canary + "碳酸钙", Summary: canary, Keywords: []string{canary}, Field: pb.TechnologyField_NEW_MATERIALS, ExternalId: canary + "1"}
	markettest.Must(m.Achievements.CreateAchievement(zju.Ctx(), &pb.CreateAchievementRequest{RequestId: markettest.ID(), Achievement: hidden}))(t)
	markettest.Must(m.Profiles.CreateProfile(zju.Ctx(), &pb.CreateProfileRequest{RequestId: markettest.ID(), Profile: &pb.Profile{Kind: pb.Profile_LAB, DisplayName: canary + "实验室",
		Position: canary, Introduction: canary, Keywords: []string{canary}, Equipment: []string{canary}, ExternalId: canary + "2"}}))(t)
	listed := markettest.Must(m.Achievements.CreateAchievement(zju.Ctx(), &pb.CreateAchievementRequest{RequestId: markettest.ID(), Achievement: &pb.Achievement{Title: "超细碳酸钙",
		Summary: "白度", Field: pb.TechnologyField_NEW_MATERIALS, ExternalId: canary + "3"}}))(t)
	markettest.Must(m.Achievements.PublishAchievement(zju.Ctx(), &pb.PublishAchievementRequest{RequestId: markettest.ID(), Name: listed.GetName(), Etag: listed.GetEtag()}))(t)
	d := m.Publish(firm, time.Hour)
	b := markettest.Must(m.Bids.CreateBid(zju.Ctx(), &pb.CreateBidRequest{RequestId: markettest.ID(), Parent: d.GetName(), Bid: &pb.Bid{Amount: markettest.Yuan(100_000), Proposal: canary}}))(t)
	b = markettest.Must(m.Bids.SubmitBid(zju.Ctx(), &pb.SubmitBidRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: b.GetEtag()}))(t)
	if err := errors.Join(m.Server.AwaitSearch(t.Context()), m.Server.AwaitSearchServer(t.Context())); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{draft.GetName(), d.GetName()} {
		found := markettest.Must(m.Matches.MatchDemand(firm.Ctx(), &pb.MatchDemandRequest{Name: name}))(t)
		if len(found.GetAchievements()) != 1 {
			t.Errorf("%s: matched %v", name, found)
		}
	}
	markettest.Must(m.Matches.MatchOrganization(zju.Ctx(), &pb.MatchOrganizationRequest{Name: zju.Name}))(t)
	d = m.Award(firm, m.Close(firm, d), b)
	k := markettest.Must(m.Contracts.CreateContract(firm.Ctx(), &pb.CreateContractRequest{RequestId: markettest.ID(), Contract: &pb.Contract{Demand: d.GetName(), Title: canary,
		Class: pb.ContractClass_DEVELOPMENT, TextDigest: make([]byte, 32), Price: markettest.Price()}}))(t)
	k = markettest.Must(m.Contracts.ProposeContract(firm.Ctx(), &pb.ProposeContractRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag()}))(t)
	m.Sign(zju, m.Sign(firm, k))
	if err := m.Server.AwaitSearchServer(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestNothingPrivateIsSaid reads everything that the search server is given in a whole story.
func TestNothingPrivateIsSaid(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, url string) {
		s := enginetest.New()
		secrets(t, markettest.Open(t, url, func(c *services.Config) { c.Search.Remote = s.Open }))
		if said := s.Said(); strings.Contains(said, canary) || !strings.Contains(said, "碳酸钙") {
			t.Errorf("the search server is told %s", said)
		}
	})
}

// saboteur stands between a market and the real search server.
type saboteur struct {
	t              *testing.T
	search         services.Meilisearch
	master, secret string // the master key, and the canary that no request may hold

	mu     sync.Mutex
	fault  enginetest.Fault
	mended chan struct{}
	lie    func(engine.Kind, int) engine.Result
}

// Break breaks the way to the server, or what it holds.
func (s *saboteur) Break(f enginetest.Fault) {
	s.mu.Lock()
	s.fault = f
	s.mu.Unlock()
	for _, k := range engine.Kinds {
		path := s.search.URL + "/indexes/" + s.search.Prefix + "_" + string(k)
		switch f {
		case enginetest.Emptied:
			s.direct(http.MethodDelete, path+"/documents")
		case enginetest.Lost:
			s.direct(http.MethodDelete, path)
		}
	}
}

// Mend ends the fault.
func (s *saboteur) Mend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = enginetest.None
	close(s.mended)
	s.mended = make(chan struct{})
}

// direct asks the server beside the market, and waits until it is done.
func (s *saboteur) direct(method, url string) {
	s.t.Helper()
	var task struct {
		UID    int64  `json:"taskUid"`
		Status string `json:"status"`
	}
	ask := func(method, url string) {
		req := markettest.Must(http.NewRequestWithContext(s.t.Context(), method, url, nil))(s.t)
		req.Header.Set("Authorization", "Bearer "+s.master)
		resp := markettest.Must(http.DefaultClient.Do(req))(s.t)
		defer resp.Body.Close()
		if err := json.NewDecoder(resp.Body).Decode(&task); err != nil || resp.StatusCode >= 300 {
			s.t.Fatal(method, url, resp.Status, err)
		}
	}
	for ask(method, url); task.Status != "succeeded" && task.Status != "failed"; {
		ask(http.MethodGet, fmt.Sprintf("%s/tasks/%d", s.search.URL, task.UID))
	}
}

// Documents asks the real server what it holds.
func (s *saboteur) Documents(k engine.Kind) map[string]int64 {
	s.t.Helper()
	o := meili.Options{URL: s.search.URL, Prefix: s.search.Prefix}
	if err := json.Unmarshal(markettest.Must(os.ReadFile(s.search.KeysFile))(s.t), &o.Keys); err != nil {
		s.t.Fatal(err)
	}
	return markettest.Must(markettest.Must(meili.Open(s.t.Context(), o))(s.t).List(s.t.Context(), k))(s.t)
}

// The tasks of writes that do not reach the server.
const done, failed = "4000000001", "4000000002"

// RoundTrip lets a request through, or does not.
func (s *saboteur) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body = markettest.Must(io.ReadAll(req.Body))(s.t)
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	if s.secret != "" && (bytes.Contains(body, []byte(s.secret)) || strings.Contains(req.URL.String(), s.secret)) {
		s.t.Errorf("%s %s says %s", req.Method, req.URL, body)
	}
	s.mu.Lock()
	fault, mended := s.fault, s.mended
	s.mu.Unlock()
	writes := req.Method != http.MethodGet && strings.Contains(req.URL.Path, "/documents")
	switch {
	case fault == enginetest.Down:
		return nil, errors.New("connection refused")
	case fault == enginetest.Errors:
		return said(http.StatusInternalServerError, `{"code":"internal","message":"broken"}`), nil
	case fault == enginetest.Slow:
		select {
		case <-mended:
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
	case writes && (fault == enginetest.Stale || fault == enginetest.Garbage):
		return said(http.StatusAccepted, `{"taskUid":`+done+`,"status":"enqueued"}`), nil
	case writes && fault == enginetest.Full:
		return said(http.StatusAccepted, `{"taskUid":`+failed+`,"status":"enqueued"}`), nil
	case strings.HasSuffix(req.URL.Path, "/tasks/"+done):
		return said(http.StatusOK, `{"uid":`+done+`,"status":"succeeded"}`), nil
	case strings.HasSuffix(req.URL.Path, "/tasks/"+failed):
		return said(http.StatusOK, `{"uid":`+failed+`,"status":"failed","error":{"code":"no_space_left_on_device","message":"No space left on device"}}`), nil
	case fault == enginetest.Garbage:
		return said(http.StatusOK, s.lies(req, body)), nil
	}
	return http.DefaultTransport.RoundTrip(req)
}

// lies answers a search with what looks like an answer, and anything else with what does not.
func (s *saboteur) lies(req *http.Request, body []byte) string {
	var asked struct{ Queries []json.RawMessage }
	if req.URL.Path != "/multi-search" || json.Unmarshal(body, &asked) != nil {
		return `{"results":[{"id":`
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var results []any
	for range asked.Queries {
		var hits []any
		r := s.lie("", 0)
		for _, h := range r.Hits {
			hits = append(hits, map[string]any{"id": h.ID, "_rankingScore": 1, "raw_title": "谎言碳酸钙"})
		}
		results = append(results, map[string]any{"hits": hits, "estimatedTotalHits": r.Total})
	}
	return string(markettest.Must(json.Marshal(map[string]any{"results": results}))(s.t))
}

// TestChaosLive breaks the way to a real Meilisearch, or what it holds, where MEILI_URL and MEILI_MASTER_KEY name one.
func TestChaosLive(t *testing.T) {
	t.Parallel()
	if os.Getenv("MEILI_URL") == "" {
		t.Log("Meilisearch is not there")
		return
	}
	live := func(t *testing.T, name, secret string) (*saboteur, func(*services.Config)) {
		s := &saboteur{t: t, master: os.Getenv("MEILI_MASTER_KEY"), secret: secret, mended: make(chan struct{}), search: services.Meilisearch{URL: os.Getenv("MEILI_URL"),
			Prefix: name + strings.ReplaceAll(markettest.ID(), "-", ""), KeysFile: filepath.Join(t.TempDir(), "keys.json")}}
		markettest.Must(services.MakeSearchKeys(t.Context(), services.Config{DataDir: t.TempDir(), Search: s.search}, s.master))(t)
		s.search.Transport = s
		return s, func(c *services.Config) { c.Search = s.search }
	}
	for _, fault := range enginetest.Faults {
		t.Run(string(fault), func(t *testing.T) {
			storagetest.Each(t, func(t *testing.T, url string) {
				s, change := live(t, string(fault), "")
				c := newChaos(t, url, s, change)
				c.name, s.lie = "meilisearch", c.lies()
				c.story(t, fault)
			})
		})
	}
	t.Run("canary", func(t *testing.T) {
		storagetest.Each(t, func(t *testing.T, url string) {
			_, change := live(t, "canary", canary)
			secrets(t, markettest.Open(t, url, change))
		})
	})
}
