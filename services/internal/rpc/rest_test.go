package rpc_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storagetest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// reply is what the HTTP port answers.
type reply struct {
	status int
	header http.Header
	body   string
}

// browser calls the HTTP port of a market as the bearer of a secret, if there is one.
type browser struct{ address, secret string }

func as(m *markettest.Market, secret string) browser { return browser{m.HTTP, secret} }

// call calls a method of a path with a body and headers "Name: value".
func (b browser) call(t testing.TB, method, path, body string, headers ...string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+b.address+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if b.secret != "" {
		req.Header.Set("Authorization", "Bearer "+b.secret)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Add(name, value)
	}
	resp, err := http.DefaultTransport.RoundTrip(req) // follows no redirect
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, string(answer)}
}

// read reads the message of an answer.
func read[T proto.Message](t testing.TB, r reply, into T) T {
	t.Helper()
	if err := protojson.Unmarshal([]byte(r.body), into); err != nil || r.status != http.StatusOK {
		t.Fatalf("got %d %s (%v), want 200 and a message", r.status, r.body, err)
	}
	return into
}

// TestREST drafts, changes, publishes, reads and lists a demand over HTTP.
func TestREST(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		deadline := m.Clock.Now().Add(time.Hour).Format(time.RFC3339)
		create := `{"title":"超细碳酸钙","field":"NEW_MATERIALS","budget":{"currencyCode":"CNY","units":"500000","nanos":10000000},"deadline":"` + deadline + `"}`
		path := "/v1/demands?requestId=" + markettest.ID()
		r := as(m, firm.Secret).call(t, "POST", path, create)
		d := read(t, r, &pb.Demand{})
		if got := markettest.Must(m.Demands.GetDemand(firm.Ctx(), &pb.GetDemandRequest{Name: d.GetName()}))(t); !proto.Equal(got, d) || d.GetBudget().GetNanos() != 10_000_000 {
			t.Errorf("got %v, over gRPC %v", d, got)
		}
		if again := as(m, firm.Secret).call(t, "POST", path, create); read(t, again, &pb.Demand{}).GetName() != d.GetName() {
			t.Errorf("repeated: got %s, want %s", again.body, r.body)
		}
		// The etag stands in the demand, as the API says; without update_mask what the body has is changed, and nothing else.
		d = read(t, as(m, firm.Secret).call(t, "PATCH", "/v1/"+d.GetName()+"?updateMask=title&requestId="+markettest.ID(), `{"title":"另一标题","etag":"1"}`), &pb.Demand{})
		if d.GetTitle() != "另一标题" || d.GetBudget() == nil {
			t.Errorf("changed by a mask: got %v, want another title and the budget kept", d)
		}
		if r := as(m, firm.Secret).call(t, "PATCH", "/v1/"+d.GetName()+"?requestId="+markettest.ID(), `{"title":"第三个标题","etag":"2"}`); r.status != http.StatusOK {
			t.Errorf("changed without a mask: got %d %s, want 200", r.status, r.body)
		}
		d = markettest.Must(m.Demands.GetDemand(firm.Ctx(), &pb.GetDemandRequest{Name: d.GetName()}))(t)
		d = read(t, as(m, firm.Secret).call(t, "POST", "/v1/"+d.GetName()+":publish", fmt.Sprintf(`{"etag":%q,"requestId":%q}`, d.GetEtag(), markettest.ID())), &pb.Demand{})
		if d.GetState() != pb.Demand_PUBLISHED {
			t.Errorf("got %v, want it published", d)
		}
		if got := read(t, as(m, "").call(t, "GET", "/v1/"+d.GetName(), ""), &pb.Demand{}); !proto.Equal(got, d) {
			t.Errorf("read by anyone: got %v, want %v", got, d)
		}
		list := read(t, as(m, "").call(t, "GET", "/v1/demands?pageSize=5&filter=state+%3D+%22PUBLISHED%22&orderBy=deadline", ""), &pb.ListDemandsResponse{})
		if len(list.GetDemands()) != 1 || !proto.Equal(list.GetDemands()[0], d) {
			t.Errorf("got %v, want %v", list, d)
		}
		for _, path := range []string{"/v1/demands:search?query=标题", "/v1/ledgers", "/v1/ledgers/330182", "/v1/ledgers/330182/checkpoint", "/v1/ledgers/330182/entries/0:proveInclusion",
			"/v1/ledgers/330182:proveConsistency?oldSize=1", "/v1/ledgers/330182/total?groupBy=MONTH", "/v1/ledgers/-/total"} {
			if r := as(m, "").call(t, "GET", path, ""); r.status != http.StatusOK || !strings.HasPrefix(r.header.Get("Content-Type"), "application/json") || !json.Valid([]byte(r.body)) {
				t.Errorf("%s: got %d %s, want JSON", path, r.status, r.body)
			}
		}
	})
}

// fault is the body of an error.
type fault struct {
	Error struct {
		Code    int    `json:"code"`
		Status  string `json:"status"`
		Message string `json:"message"`
		Details []struct {
			Type            string `json:"@type"`
			Reason          string `json:"reason"`
			Domain          string `json:"domain"`
			Locale          string `json:"locale"`
			Message         string `json:"message"`
			FieldViolations []struct {
				Field string `json:"field"`
			} `json:"fieldViolations"`
		} `json:"details"`
	} `json:"error"`
}

// told reads the reason, the Chinese text and the field of an error body.
func (f fault) told() (reason, text, field string) {
	for _, d := range f.Error.Details {
		switch {
		case strings.HasSuffix(d.Type, "ErrorInfo"):
			reason = d.Reason
		case strings.HasSuffix(d.Type, "LocalizedMessage"):
			text = d.Message
		case strings.HasSuffix(d.Type, "BadRequest"):
			field = d.FieldViolations[0].Field
		}
	}
	return reason, text, field
}

// restErrors are calls that are refused: what is sent, as who, and the answer. ID is a new request_id.
var restErrors = []struct {
	as, method, path, body string
	code                   int
	status, reason, field  string
}{
	{"firm", "POST", "/v1/demands?requestId=ID", `{"title":"超细碳酸钙","nonsense":1}`, 400, "INVALID_ARGUMENT", "JSON_INVALID", "nonsense"},
	{"firm", "POST", "/v1/demands?requestId=ID", `{"title":5}`, 400, "INVALID_ARGUMENT", "JSON_INVALID", "title"},
	{"firm", "POST", "/v1/demands?requestId=ID", `{"title":`, 400, "INVALID_ARGUMENT", "JSON_INVALID", "body"},
	{"firm", "POST", "/v1/demands?requestId=ID", `[]`, 400, "INVALID_ARGUMENT", "JSON_INVALID", "body"},
	{"firm", "POST", "/v1/demands?requestId=ID", "{\"title\":\"\xff\xfe\"}", 400, "INVALID_ARGUMENT", "JSON_INVALID", "body"},
	{"firm", "POST", "/v1/demands?requestId=ID", `{"title":"超细碳酸钙","budget":{"currencyCode":"CNY","units":"1.5"}}`, 400, "INVALID_ARGUMENT", "JSON_INVALID", "units"},
	{"firm", "POST", "/v1/demands?requestId=ID", ``, 400, "INVALID_ARGUMENT", "FIELD_INVALID", "demand.title"},
	{"firm", "POST", "/v1/demands?requestId=ID", `{}`, 400, "INVALID_ARGUMENT", "FIELD_INVALID", "demand.title"},
	{"firm", "POST", "/v1/demands?requestId=ID", `{"title":"超细碳酸钙","field":"NUCLEAR","budget":{"currencyCode":"CNY","nanos":1}}`, 400, "INVALID_ARGUMENT", "AMOUNT_FRACTION", "demand.budget"},
	{"firm", "POST", "/v1/demands", `{"title":"超细碳酸钙","field":"NUCLEAR"}`, 400, "INVALID_ARGUMENT", "REQUEST_ID_REQUIRED", "request_id"},
	{"", "POST", "/v1/demands?requestId=ID", `{"title":"超细碳酸钙","field":"NUCLEAR"}`, 401, "UNAUTHENTICATED", "TOKEN_MISSING", ""},
	{"bureau", "POST", "/v1/demands?requestId=ID", `{"title":"超细碳酸钙","field":"NUCLEAR"}`, 403, "PERMISSION_DENIED", "ROLE_NOT_ALLOWED", ""},
	{"firm", "POST", "/v1/demands?requestId=ID", `{"title":"超细碳酸钙","field":"NUCLEAR","description":"` + strings.Repeat("x", 1<<20) + `"}`, 413, "RESOURCE_EXHAUSTED", "MESSAGE_TOO_LARGE", ""},
	{"", "GET", "/v1/demands/d330182-0000000000000000", "", 404, "NOT_FOUND", "DEMAND_NOT_FOUND", ""},
	{"", "GET", "/v1/demands?pageSize=-1", "", 400, "INVALID_ARGUMENT", "FIELD_INVALID", "page_size"},
	{"", "GET", "/v1/demands?pageSize=x", "", 400, "INVALID_ARGUMENT", "JSON_INVALID", "page_size"},
	{"", "GET", "/v1/demands?filter=nonsense", "", 400, "INVALID_ARGUMENT", "FILTER_INVALID", "filter"},
	{"", "GET", "/v1/demands?filter=%00", "", 400, "INVALID_ARGUMENT", "FIELD_INVALID", "filter"},
	{"", "GET", "/v1/demands/%00", "", 400, "INVALID_ARGUMENT", "FIELD_INVALID", "name"},
	{"", "GET", "/v1/demands/%ff", "", 400, "INVALID_ARGUMENT", "FIELD_INVALID", "name"},
	{"", "GET", "/v1/demands:search?query=%ff", "", 400, "INVALID_ARGUMENT", "FIELD_INVALID", "query"},
	{"", "GET", "/v1/demands?orderBy=%ff", "", 400, "INVALID_ARGUMENT", "FIELD_INVALID", "order_by"},
	{"", "GET", "/v1/nothing", "", 404, "NOT_FOUND", "ROUTE_NOT_FOUND", ""},
	{"", "GET", "/nothing", "", 404, "NOT_FOUND", "ROUTE_NOT_FOUND", ""},
	{"firm", "DELETE", "/v1/demands/d330182-0000000000000000", "", 404, "NOT_FOUND", "ROUTE_NOT_FOUND", ""},
	{"firm", "PUT", "/v1/demands", "", 404, "NOT_FOUND", "ROUTE_NOT_FOUND", ""},
	{"firm", "POST", "/v1/demands/x:explode", "{}", 404, "NOT_FOUND", "ROUTE_NOT_FOUND", ""},
	{"nonsense", "GET", "/v1/demands", "", 401, "UNAUTHENTICATED", "TOKEN_INVALID", ""},
}

// TestRESTErrors makes the calls: each is refused with the body of AIP-193, and changes nothing.
func TestRESTErrors(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		secrets := map[string]string{"firm": m.Firm().Secret, "bureau": m.Bureau.Secret, "nonsense": "nonsense"}
		before := markettest.Sizes(t, m)
		for _, e := range restErrors {
			r := as(m, secrets[e.as]).call(t, e.method, strings.ReplaceAll(e.path, "ID", markettest.ID()), e.body)
			var f fault
			if err := json.Unmarshal([]byte(r.body), &f); err != nil {
				t.Errorf("%s %s %.60s: got %d %s, want JSON", e.method, e.path, e.body, r.status, r.body)
				continue
			}
			reason, text, field := f.told()
			if r.status != e.code || f.Error.Code != e.code || f.Error.Status != e.status || e.reason != "" && (reason != e.reason || field != e.field) || text == "" || text == f.Error.Message {
				t.Errorf("%s %s %.60s: got %d %.600s, want %d %s %s at %q and a Chinese text", e.method, e.path, e.body, r.status, r.body, e.code, e.status, e.reason, e.field)
			}
			if len(r.body) > 8<<10 || !strings.HasPrefix(r.header.Get("Content-Type"), "application/json") || r.header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s %s: got %d bytes of %v, want little JSON that is not sniffed", e.method, e.path, len(r.body), r.header)
			}
			if got := r.header.Get("WWW-Authenticate"); (got == "Bearer") != (e.code == 401) {
				t.Errorf("%s %s: got WWW-Authenticate %q with %d", e.method, e.path, got, e.code)
			}
		}
		if got := markettest.Sizes(t, m); got != before {
			t.Errorf("got ledgers of %v entries, want %v", got, before)
		}
	})
}

// TestRESTAsGRPC makes the same wrong call over both transports: the reason, the field and the texts are the same.
func TestRESTAsGRPC(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		d := m.Publish(firm, time.Hour)
		for _, etag := range []string{"", "1", "2"} {
			id := markettest.ID()
			r := as(m, firm.Secret).call(t, "POST", "/v1/"+d.GetName()+":publish", fmt.Sprintf(`{"etag":%q,"requestId":%q}`, etag, id))
			_, err := m.Demands.PublishDemand(firm.Ctx(), &pb.PublishDemandRequest{RequestId: id, Name: d.GetName(), Etag: etag})
			var f fault
			if err := json.Unmarshal([]byte(r.body), &f); err != nil {
				t.Fatal(err)
			}
			if reason, _, _ := f.told(); reason != rpc.Reason(err) || reason == "" {
				t.Errorf("etag %q: got %s over HTTP, %s over gRPC", etag, reason, rpc.Reason(err))
			}
		}
	})
}

// TestHeaders pretends by headers: only Authorization names the caller, and the method is the one of the request line.
func TestHeaders(t *testing.T) {
	t.Parallel()
	m := markettest.Open(t, storagetest.SQLite(t))
	firm := m.Firm()
	for _, h := range []string{"Grpc-Metadata-Authorization", "Grpcgateway-Authorization", "X-Authorization", "Cookie", "X-Forwarded-Authorization", "Proxy-Authorization"} {
		if r := as(m, "").call(t, "GET", "/v1/caller", "", h+": Bearer "+firm.Secret); r.status != http.StatusUnauthorized || !strings.Contains(r.body, "TOKEN_MISSING") {
			t.Errorf("%s: got %d %s, want 401 TOKEN_MISSING", h, r.status, r.body)
		}
	}
	if r := as(m, firm.Secret).call(t, "GET", "/v1/caller", "", "Grpc-Metadata-Authorization: Bearer "+m.Bureau.Secret); r.status != http.StatusOK || !strings.Contains(r.body, firm.Name) {
		t.Errorf("two callers: got %d %s, want the firm", r.status, r.body)
	}
	draft := m.Draft(firm, time.Hour)
	for _, h := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"} {
		if r := as(m, firm.Secret).call(t, "POST", "/v1/"+draft.GetName()+"?requestId="+markettest.ID(), `{"title":"另一标题","etag":"1"}`, h+": PATCH"); r.status != http.StatusNotFound {
			t.Errorf("%s: got %d %s, want 404", h, r.status, r.body)
		}
		if r := as(m, firm.Secret).call(t, "POST", "/v1/"+draft.GetName(), "", h+": GET", "Content-Type: application/x-www-form-urlencoded"); r.status != http.StatusNotFound {
			t.Errorf("%s of a form: got %d %s, want 404", h, r.status, r.body)
		}
	}
	if r := as(m, firm.Secret).call(t, "GET", "/v1/demands", "", "Grpc-Timeout: 50m"); r.status != http.StatusGatewayTimeout || !strings.Contains(r.body, "DEADLINE_TOO_SHORT") {
		t.Errorf("Grpc-Timeout of 50 ms: got %d %s, want 504 DEADLINE_TOO_SHORT", r.status, r.body)
	}
	before := markettest.Sizes(t, m)
	if r := as(m, firm.Secret).call(t, "POST", "/v1/demands?requestId="+markettest.ID(), `{"title":"超细碳酸钙","field":"NUCLEAR"}`, "Origin: https://evil.example", "Sec-Fetch-Site: cross-site"); r.status != http.StatusForbidden || markettest.Sizes(t, m) != before {
		t.Errorf("from another site: got %d %s, want 403", r.status, r.body)
	}
}

// TestOperations asks what an operator and a reader of the API's documents ask.
func TestOperations(t *testing.T) {
	t.Parallel()
	m := markettest.Open(t, storagetest.SQLite(t))
	m.Bid(m.University(), m.Publish(m.Firm(), time.Hour), 5)
	for path, want := range map[string]string{"/healthz": "ok", "/readyz": "ready", "/metrics": "jiebang_ledger_entries", "/openapi.json": `"/v1/demands`, "/docs/": "<html"} {
		if r := as(m, "").call(t, "GET", path, ""); r.status != http.StatusOK || !strings.Contains(r.body, want) {
			t.Errorf("%s: got %d %.300s, want 200 and %s", path, r.status, r.body, want)
		}
	}
	if r := as(m, "").call(t, "GET", "/", ""); r.status != http.StatusFound || r.header.Get("Location") != "/docs/" {
		t.Errorf("/: got %d to %q, want 302 to /docs/", r.status, r.header.Get("Location"))
	}
	if r := as(m, "").call(t, "GET", "/openapi.json", ""); !json.Valid([]byte(r.body)) {
		t.Errorf("/openapi.json is not JSON: %.100s", r.body)
	}
	docs := as(m, "").call(t, "GET", "/docs/", "")
	for _, url := range regexp.MustCompile(`(?:https?:)?//[a-zA-Z0-9.-]+\.[a-z]{2,}[^"' ]*`).FindAllString(docs.body, -1) {
		t.Errorf("/docs/ names another host: %s", url)
	}
	links := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(docs.body, -1)
	for _, l := range links {
		if r := as(m, "").call(t, "GET", "/docs/"+strings.TrimPrefix(strings.TrimPrefix(l[1], "/docs/"), "./"), ""); r.status != http.StatusOK {
			t.Errorf("/docs/ loads %s: got %d, want 200", l[1], r.status)
		}
	}
	if csp := docs.header.Get("Content-Security-Policy"); len(links) == 0 || !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("/docs/: got %d links and policy %q", len(links), csp)
	}
}

// TestMetricsSecret looks for bids in what anybody may read of the metrics: how often something is bid for is a secret.
func TestMetricsSecret(t *testing.T) {
	t.Parallel()
	m := markettest.Open(t, storagetest.SQLite(t))
	m.Bid(m.University(), m.Publish(m.Firm(), time.Hour), 5)
	r := as(m, "").call(t, "GET", "/metrics", "")
	for _, method := range []string{"CreateBid", "SubmitBid"} {
		for line := range strings.Lines(r.body) {
			if strings.Contains(line, method) && strings.Contains(line, "_count{") {
				t.Errorf("anybody may read %s", strings.TrimSpace(line))
			}
		}
	}
}

// TestUnknownQuery misspells a parameter: a call that was only to check something must not do it.
func TestUnknownQuery(t *testing.T) {
	t.Parallel()
	m := markettest.Open(t, storagetest.SQLite(t))
	firm := m.Firm()
	before := markettest.Sizes(t, m)
	r := as(m, firm.Secret).call(t, "POST", "/v1/demands?validateOnyl=true&requestId="+markettest.ID(), `{"title":"超细碳酸钙","field":"NUCLEAR"}`)
	if got := markettest.Sizes(t, m); r.status != http.StatusBadRequest || !strings.Contains(r.body, "JSON_INVALID") || got != before {
		t.Errorf("got %d %.300s and ledgers of %v entries, want 400 JSON_INVALID and %v", r.status, r.body, got, before)
	}
}
