package visitor_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/jiebang/jiebang/services/internal/visitor"
)

var proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}

// addresses are peers with what they were sent, and where the call comes from.
var addresses = []struct {
	name, peer string
	forwarded  []string
	want       string
}{
	{"nothing claimed", "192.0.2.1", nil, "192.0.2.1"},
	{"a visitor claims to be another", "192.0.2.1", []string{"198.51.100.7"}, "192.0.2.1"},
	{"a visitor claims to be the platform", "192.0.2.1", []string{"in-process"}, "192.0.2.1"},
	{"a proxy tells", "10.0.0.1", []string{"192.0.2.1"}, "192.0.2.1"},
	{"a visitor claims, a proxy tells", "10.0.0.1", []string{"198.51.100.7, 192.0.2.1"}, "192.0.2.1"},
	{"a visitor claims, a proxy tells, in two headers", "10.0.0.1", []string{"198.51.100.7", "192.0.2.1"}, "192.0.2.1"},
	{"two proxies", "10.0.0.1", []string{"198.51.100.7, 192.0.2.1, 10.9.9.9"}, "192.0.2.1"},
	{"a visitor claims to be a proxy", "10.0.0.1", []string{"10.1.1.1, 192.0.2.1"}, "192.0.2.1"},
	{"proxies alone", "10.0.0.1", []string{"10.1.1.1"}, "10.1.1.1"},
	{"a proxy that says nothing", "10.0.0.1", nil, "10.0.0.1"},
	{"a proxy that says no address", "10.0.0.1", []string{"192.0.2.1, unknown"}, "10.0.0.1"},
	{"IPv6", "fd00::1", []string{"2001:db8::1"}, "2001:db8::1"},
	{"IPv4 in IPv6", "10.0.0.1", []string{"::ffff:192.0.2.1"}, "192.0.2.1"},
}

// TestAddress finds where calls come from.
func TestAddress(t *testing.T) {
	for _, c := range addresses {
		if got := visitor.Address(c.peer, c.forwarded, proxies); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// TestBehind finds it for requests, whose header goes no further.
func TestBehind(t *testing.T) {
	for _, c := range addresses {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr(c.peer), 4711).String()
		for _, f := range c.forwarded {
			r.Header.Add("X-Forwarded-For", f)
		}
		visitor.Behind(proxies, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if got := visitor.Of(r); got != c.want || r.Header.Get("X-Forwarded-For") != "" {
				t.Errorf("%s: got %s and the header %q, want %s and none", c.name, got, r.Header.Get("X-Forwarded-For"), c.want)
			}
		})).ServeHTTP(httptest.NewRecorder(), r)
	}
}
