package filing_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/jiebang/jiebang/services/internal/filetest"
	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestHTTP carries files over HTTP: a body that breaks off is gone on with, and what is given out is an attachment and nothing else.
func TestHTTP(t *testing.T) {
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, other := m.Firm(), m.University()
		f := markettest.Must(declare(m, firm.Ctx(), "技术 方案'1.pdf", long))(t)
		path := "/v1/" + f.GetName()
		if got := breakOff(t, m, firm, path+":upload?request_id="+markettest.ID(), long[:300_000]); !strings.Contains(got, `"receivedSize":"300000"`) {
			t.Errorf("a body that breaks off: got %s, want 300000 bytes", got)
		}
		for _, r := range []struct {
			who    *markettest.Member
			path   string
			body   []byte
			code   int
			reason string
		}{
			{firm, ":upload?offset=1&request_id=" + markettest.ID(), nil, http.StatusConflict, "FILE_OFFSET"},
			{firm, ":upload?offset=-1&request_id=" + markettest.ID(), nil, http.StatusBadRequest, "FIELD_INVALID"},
			{firm, ":upload?offset=300000", long[300_000:], http.StatusBadRequest, "REQUEST_ID_REQUIRED"},
			{other, ":upload?offset=300000&request_id=" + markettest.ID(), long[300_000:], http.StatusNotFound, "FILE_NOT_FOUND"},
			{nil, ":upload?offset=300000&request_id=" + markettest.ID(), long[300_000:], http.StatusUnauthorized, "TOKEN_MISSING"},
			{firm, ":upload?offset=300000&request_id=" + markettest.ID(), long[300_000:], http.StatusOK, `"state":"COMPLETE"`},
		} {
			if got := call(t, m, r.who, "PUT "+path+r.path, r.body); got.code != r.code || !strings.Contains(strings.ReplaceAll(got.body, " ", ""), r.reason) {
				t.Errorf("%s: got %d %s, want %d %s", r.path, got.code, got.body, r.code, r.reason)
			}
		}
		whole := call(t, m, firm, "GET "+path+":download", nil)
		if whole.code != http.StatusOK || whole.body != string(long) {
			t.Errorf("got %d and %d bytes, want all", whole.code, len(whole.body))
		}
		attachment(t, whole, `attachment; filename*=UTF-8''%E6%8A%80%E6%9C%AF%20%E6%96%B9%E6%A1%88%271.pdf`)
		ranges(t, m, firm, path+":download", whole.header.Get("ETag"))
		for who, o := range map[string]*markettest.Member{"another": other, "nobody": nil} {
			if got := call(t, m, o, "GET "+path+":download", nil); got.code != http.StatusNotFound {
				t.Errorf("%s: got %d", who, got.code)
			}
		}
		if got := call(t, m, nil, "GET "+path+":download", nil, "Cookie", "session="+firm.Secret); got.code != http.StatusNotFound {
			t.Errorf("a cookie: got %d, want that it counts for nothing", got.code)
		}
		if got := call(t, m, firm, "GET "+path, nil); got.code != http.StatusOK || !strings.Contains(got.body, "COMPLETE") {
			t.Errorf("the file itself: got %d %s", got.code, got.body)
		}
	})
}

// attachment makes sure that no browser shows an answer, or runs what is in it.
func attachment(t *testing.T, got answer, disposition string) {
	t.Helper()
	for name, want := range map[string]string{"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'", "Set-Cookie": ""} {
		if has := got.header.Get(name); has != want {
			t.Errorf("%s: got %q, want %q", name, has, want)
		}
	}
}

func ranges(t *testing.T, m *markettest.Market, firm *markettest.Member, path, etag string) {
	t.Helper()
	size := len(long)
	for asked, want := range map[string][2]int{"bytes=0-0": {0, 1}, "bytes=300000-": {300_000, size}, "bytes=-5": {size - 5, size}, "bytes=10-99999999": {10, size}} {
		got := call(t, m, firm, "GET "+path, nil, "Range", asked, "If-Range", etag)
		if got.code != http.StatusPartialContent || got.body != string(long[want[0]:want[1]]) || got.header.Get("Content-Range") != fmt.Sprintf("bytes %d-%d/%d", want[0], want[1]-1, size) {
			t.Errorf("%s: got %d, %d bytes, %s", asked, got.code, len(got.body), got.header.Get("Content-Range"))
		}
		attachment(t, got, got.header.Get("Content-Disposition"))
	}
	for asked, want := range map[string]int{"bytes=0-1,3-4": 200, "bytes=5-1": 200, "lines=1-2": 200, fmt.Sprintf("bytes=%d-", size): 416} {
		if got := call(t, m, firm, "GET "+path, nil, "Range", asked); got.code != want {
			t.Errorf("%s: got %d, want %d", asked, got.code, want)
		}
	}
	if got := call(t, m, firm, "GET "+path, nil, "Range", "bytes=0-0", "If-Range", `"another"`); got.code != http.StatusOK {
		t.Errorf("a range of another file: got %d, want the whole", got.code)
	}
}

// breakOff sends the beginning of a body and no more.
func breakOff(t *testing.T, m *markettest.Market, o *markettest.Member, path string, begin []byte) string {
	t.Helper()
	conn, err := net.Dial("tcp", m.HTTP)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s", path, m.HTTP, o.Secret, len(long), begin)
	if err == nil {
		err = conn.(*net.TCPConn).CloseWrite()
	}
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		f := markettest.Must(m.Files.ListFiles(o.Ctx(), &pb.ListFilesRequest{}))(t).GetFiles()[0]
		return fmt.Sprintf(`"receivedSize":"%d"`, get(t, m, o, f.GetName()).GetReceivedSize())
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), " ", "")
}

// TestNeverInline makes sure that nothing that is taken is shown by a browser, whatever its type.
func TestNeverInline(t *testing.T) {
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		for name, content := range filetest.Good() {
			f := markettest.Must(put(m, firm.Ctx(), name, content))(t)
			got := call(t, m, firm, "GET /v1/"+f.GetName()+":download", nil)
			if !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment; ") || got.header.Get("Content-Type") != f.GetMediaType() {
				t.Errorf("%s: got %v", name, got.header)
			}
			attachment(t, got, got.header.Get("Content-Disposition"))
		}
	})
}
