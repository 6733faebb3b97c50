// Package send sends webhooks: one POST, to the public internet only.
//
//   - The address of each connection is looked at when it is made, after its name was resolved: a name that resolves to something else the next time gains
//     nothing.
//   - No redirect is followed, no proxy is used, no connection is kept, and of the answer the status alone counts.
package send

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"github.com/jiebang/jiebang/services/noticing/hook"
)

// Timeout is how long a POST may take in all.
const Timeout = 10 * time.Second

// answerSize is how much of an answer is read, so that a sender sees it arrive.
const answerSize = 4 << 10

// ErrAddress says that a name resolved to an address that nothing is sent to.
var ErrAddress = errors.New("the address is not on the public internet")

// Options are what New needs to know. The zero value is right for a server.
type Options struct {
	Loopback bool           // this machine may be sent to: for development
	Resolver *net.Resolver  // the system's if nil
	Roots    *x509.CertPool // the system's if nil
}

// Sender sends.
type Sender struct{ client *http.Client }

// New returns a sender.
func New(o Options) *Sender {
	dialer := &net.Dialer{Timeout: Timeout, Resolver: o.Resolver, ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		return allowed(address, o.Loopback)
	}}
	transport := &http.Transport{Proxy: nil, DialContext: dialer.DialContext, DisableKeepAlives: true, TLSHandshakeTimeout: Timeout, MaxResponseHeaderBytes: 16 << 10,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.Roots}}
	return &Sender{&http.Client{Transport: transport, Timeout: Timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// allowed looks at the address that a connection is about to be made to.
func allowed(address string, loopback bool) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !hook.May(to.Addr(), loopback) {
		return fmt.Errorf("%w: %s", ErrAddress, address)
	}
	return nil
}

// Message is what is sent.
type Message struct {
	URL       string
	ID        string
	At        time.Time
	Signature string
	Body      []byte
}

// Post sends a message and returns the status of the answer.
func (s *Sender) Post(ctx context.Context, m Message) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.URL, bytes.NewReader(m.Body))
	if err != nil {
		return 0, err
	}
	for name, value := range map[string]string{"Content-Type": "application/json", "User-Agent": "jiebang-webhook/1", "webhook-id": m.ID,
		"webhook-timestamp": hook.Timestamp(m.At), "webhook-signature": m.Signature} {
		req.Header.Set(name, value)
	}
	answer, err := s.client.Do(req)
	if err != nil {
		return 0, err
	}
	_, _ = io.CopyN(io.Discard, answer.Body, answerSize)
	return answer.StatusCode, answer.Body.Close()
}

// Why is what the owner of a webhook is told of a failure, in Chinese; empty if there was none. It says no more of the other side than its status.
func Why(status int, err error) string {
	var timeout net.Error
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case err == nil && status >= 200 && status < 300:
		return ""
	case err == nil && status >= 300 && status < 400:
		return fmt.Sprintf("应答为重定向(%d),不予跟随", status)
	case err == nil:
		return fmt.Sprintf("应答状态为 %d", status)
	case errors.Is(err, ErrAddress):
		return "主机名解析到非公网地址,不予连接"
	case errors.As(err, &certificate):
		return "对方的 TLS 证书无效"
	case errors.As(err, &name):
		return "主机名无法解析"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "未在规定时间内应答"
	}
	return "连接失败"
}
