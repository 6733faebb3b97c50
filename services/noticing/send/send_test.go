package send_test

import (
	"context"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jiebang/jiebang/services/noticing/send"
)

// rebinding is a resolver that answers each question for an address with the next of a list.
func rebinding(t *testing.T, answers ...string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	var n atomic.Int64
	go func() {
		for {
			b := make([]byte, 512)
			size, from, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			question := 12
			for b[question] != 0 {
				question += int(b[question]) + 1
			}
			end := question + 5 // type and class
			if end > size {
				continue
			}
			reply := append([]byte{b[0], b[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, b[12:end]...)
			if binary.BigEndian.Uint16(b[question+1:]) == 1 {
				a := netip.MustParseAddr(answers[int(n.Add(1)-1)%len(answers)]).As4()
				reply[7] = 1
				reply = append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, a[0], a[1], a[2], a[3])
			}
			_, _ = conn.WriteTo(reply, from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func message(url string) send.Message {
	return send.Message{URL: url, ID: "notices/x", At: time.Unix(1772424000, 0), Signature: "v1,x", Body: []byte("{}")}
}

// TestRebinding sends to a name that leads to a good address first and to a private one then: each connection is looked at as it is made.
func TestRebinding(t *testing.T) {
	t.Parallel()
	var received atomic.Int64
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { received.Add(1) }))
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	url := "https://example.com:" + s.URL[strings.LastIndex(s.URL, ":")+1:]
	sender := send.New(send.Options{Loopback: true, Roots: roots, Resolver: rebinding(t, "127.0.0.1", "10.255.255.1", "127.0.0.1", "169.254.169.254")})
	for i, want := range []error{nil, send.ErrAddress, nil, send.ErrAddress} {
		if status, err := sender.Post(t.Context(), message(url)); !errors.Is(err, want) || want == nil && status != 200 {
			t.Errorf("%d: got %d %v, want %v", i, status, err, want)
		}
	}
	if got := received.Load(); got != 2 {
		t.Errorf("got %d requests, want 2", got)
	}
	// In production this machine is private too.
	sender = send.New(send.Options{Roots: roots, Resolver: rebinding(t, "127.0.0.1")})
	if _, err := sender.Post(t.Context(), message(url)); !errors.Is(err, send.ErrAddress) || send.Why(0, err) != "主机名解析到非公网地址,不予连接" {
		t.Errorf("got %v", err)
	}
}

// TestPrivate sends to addresses that are written out: nothing is connected to.
func TestPrivate(t *testing.T) {
	t.Parallel()
	sender := send.New(send.Options{})
	for _, host := range []string{"127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "192.168.0.1", "0.0.0.0", "224.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]",
		"[2002:7f00:1::]", "[fe80::1]", "[fd00::1]", "[ff02::1]", "2130706433", "0x7f.1"} {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		_, err := sender.Post(ctx, message("https://"+host+":9/"))
		var name *net.DNSError
		if !errors.Is(err, send.ErrAddress) && !errors.As(err, &name) {
			t.Errorf("%s: got %v, want it refused before a connection", host, err)
		}
		cancel()
	}
}

// TestRedirect answers with a redirect, which is not followed and is no success.
func TestRedirect(t *testing.T) {
	t.Parallel()
	var paths []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.URL.Path)
		http.Redirect(w, r, "/inside", http.StatusTemporaryRedirect)
	}))
	defer s.Close()
	status, err := send.New(send.Options{Loopback: true}).Post(t.Context(), message(s.URL+"/hook"))
	if err != nil || status != http.StatusTemporaryRedirect || send.Why(status, err) != "应答为重定向(307),不予跟随" || len(paths) != 1 {
		t.Errorf("got %d %v, asked for %v", status, err, paths)
	}
}

// TestAnswers has answers that are late, endless, or none.
func TestAnswers(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		switch r.URL.Path {
		case "/late":
			<-r.Context().Done()
		case "/endless":
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		case "/wrong":
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer s.Close()
	sender := send.New(send.Options{Loopback: true})
	for path, want := range map[string]string{"/late": "未在规定时间内应答", "/endless": "", "/wrong": "应答状态为 500", "/": ""} {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		if path != "/late" {
			ctx = t.Context()
		}
		if got := send.Why(sender.Post(ctx, message(s.URL+path))); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
		cancel()
	}
	s.Close()
	if got := send.Why(sender.Post(t.Context(), message(s.URL))); got != "连接失败" {
		t.Errorf("nobody there: got %q", got)
	}
}
