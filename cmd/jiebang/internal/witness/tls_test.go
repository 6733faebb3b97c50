package witness

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// certificate writes one of 127.0.0.1 and its key, and returns who trusts it.
func certificate(t *testing.T) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key, pool = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem"), x509.NewCertPool()
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	pool.AppendCertsFromPEM(text)
	if err := errors.Join(os.WriteFile(cert, text, 0o600), os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600)); err != nil {
		t.Fatal(err)
	}
	return cert, key, pool
}

// TestTLS serves with a certificate: who trusts it learns the verifier key and gets a signature, who does not gets nothing, and nobody gets anything in clear.
func TestTLS(t *testing.T) {
	dir, l := t.TempDir(), newLedger(t, origin, 3, 3)
	want, err := Init(dir, "audit.example.gov.cn/witness", bytes.Repeat([]byte{7}, ed25519.SeedSize))
	if err != nil {
		t.Fatal(err)
	}
	w, err := Open(dir, []string{l.key}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	cert, key, pool := certificate(t)
	ctx, stop := context.WithCancel(t.Context())
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() {
		done <- w.Serve(ctx, Listening{"127.0.0.1:0", cert, key}, func(url string) { ready <- url })
	}()
	var url string
	select {
	case url = <-ready:
	case err := <-done:
		t.Fatal(err)
	}
	trusting := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS13}}}
	defer trusting.CloseIdleConnections()
	if got, err := fetch(trusting.Get(url + "/")); err != nil || strings.TrimSpace(got) != want {
		t.Errorf("got %q %v, want the verifier key", got, err)
	}
	if got, err := fetch(trusting.Post(url+"/add-checkpoint", "text/plain", bytes.NewReader(l.request(0, 3)))); err != nil || !strings.Contains(got, "audit.example.gov.cn/witness") {
		t.Errorf("got %q %v, want a signature", got, err)
	}
	if got, err := fetch(http.Get(url + "/")); err == nil {
		t.Errorf("who does not trust the certificate got %q", got)
	}
	if got, err := fetch(http.Get("http" + strings.TrimPrefix(url, "https") + "/")); err == nil && strings.Contains(got, want) {
		t.Errorf("got %q in clear", got)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	for _, bad := range []Listening{{"127.0.0.1:0", cert, cert}, {"127.0.0.1:0", filepath.Join(dir, "none"), key}} {
		if err := w.Serve(t.Context(), bad, func(string) { t.Error("serves") }); err == nil || !strings.Contains(err.Error(), "TLS 证书") {
			t.Errorf("got %v, want a bad certificate said", err)
		}
	}
}

// fetch is the body of an answer.
func fetch(resp *http.Response, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return string(b), err
}
