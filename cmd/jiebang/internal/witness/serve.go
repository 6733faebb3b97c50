package witness

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/ledger/witness"
)

// Witness answers C2SP tlog-witness: POST /add-checkpoint, GET /<hash of the origin>/checkpoint. GET / tells its verifier key.
type Witness struct {
	signer *witness.Signer
	logs   witness.Logs
	now    func() time.Time
	save   func(state) error
	locked *os.File
	routes *http.ServeMux

	mu    sync.Mutex // held from the judgement until what was decided is on the disk
	state state
}

// Open opens the witness in a directory for ledgers that are named by their verifier keys.
func Open(dir string, logs []string, now func() time.Time) (*Witness, error) {
	signer, err := readKey(dir)
	if err != nil {
		return nil, err
	}
	w := &Witness{signer: signer, logs: witness.Logs{}, now: now, save: func(s state) error { return write(dir, s) }}
	w.routes = http.NewServeMux()
	w.routes.HandleFunc("POST /add-checkpoint", w.add)
	w.routes.HandleFunc("GET /{origin}/checkpoint", w.last)
	w.routes.HandleFunc("GET /{$}", func(out http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(out, signer) })
	for _, key := range logs {
		v, err := note.NewVerifier(key)
		if err != nil {
			return nil, fmt.Errorf("--log %q 不是账本公钥: %w", key, err)
		}
		w.logs[v.Name()] = key
	}
	if w.locked, err = lock(dir); err != nil {
		return nil, err
	}
	if w.state, err = read(dir, signer.Verifier, w.logs); err != nil {
		return nil, errors.Join(err, w.locked.Close())
	}
	return w, nil
}

// Close lets another process have the witness.
func (w *Witness) Close() error { return w.locked.Close() }

// ServeHTTP answers a call.
func (w *Witness) ServeHTTP(out http.ResponseWriter, in *http.Request) { w.routes.ServeHTTP(out, in) }

// last serves the checkpoint that was signed last of a ledger, with both signatures.
func (w *Witness) last(out http.ResponseWriter, in *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for origin, signed := range w.state {
		if hash := sha256.Sum256([]byte(origin)); hex.EncodeToString(hash[:]) == in.PathValue("origin") {
			out.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = io.WriteString(out, signed)
			return
		}
	}
	http.NotFound(out, in)
}

func (w *Witness) add(out http.ResponseWriter, in *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(out, in.Body, witness.MaxRequest))
	if err != nil {
		http.Error(out, "the request is too large", http.StatusRequestEntityTooLarge)
		return
	}
	r, err := witness.ParseRequest(body)
	if err != nil {
		http.Error(out, err.Error(), http.StatusBadRequest)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	next, err := w.logs.Judge(r, w.signed)
	if errors.Is(err, witness.ErrConflict) {
		out.Header().Set("Content-Type", "text/x.tlog.size")
		out.WriteHeader(http.StatusConflict)
		_, _ = fmt.Fprintf(out, "%d\n", w.signed(next.Origin).Size)
		return
	}
	if err != nil {
		http.Error(out, err.Error(), status(err))
		return
	}
	line, err := w.sign(r.Checkpoint, next)
	if err != nil {
		http.Error(out, "the state could not be written", http.StatusInternalServerError)
		return
	}
	_, _ = io.WriteString(out, line)
}

func status(err error) int {
	for is, code := range map[error]int{witness.ErrUnknown: http.StatusNotFound, witness.ErrSignature: http.StatusForbidden, witness.ErrProof: http.StatusUnprocessableEntity} {
		if errors.Is(err, is) {
			return code
		}
	}
	return http.StatusBadRequest
}

// signed is the head of a ledger that was signed last.
func (w *Witness) signed(origin string) entry.Checkpoint {
	head, err := entry.Unverified(w.state[origin])
	if err != nil {
		return entry.Checkpoint{Origin: origin} // none yet: what is in the state was read when it was opened, or written here
	}
	return head
}

// sign writes down that a checkpoint is signed, and then returns the signature line.
func (w *Witness) sign(msg string, head entry.Checkpoint) (string, error) {
	line := w.signer.Cosign(witness.Text(msg), w.now())
	verifier, err := note.NewVerifier(w.logs[head.Origin])
	if err != nil {
		return "", err
	}
	n, err := note.Open([]byte(msg), note.VerifierList(verifier))
	if err != nil {
		return "", err
	}
	bare, err := note.Sign(&note.Note{Text: n.Text, Sigs: n.Sigs}) // without what others may have signed
	if err != nil {
		return "", err
	}
	next := maps.Clone(w.state)
	next[head.Origin] = string(bare) + line
	if err := w.save(next); err != nil {
		return "", err
	}
	w.state = next
	return line, nil
}

// Listening is where a witness listens.
type Listening struct {
	Address   string
	Cert, Key string // PEM files; plain text if empty
}

// listen listens, and returns the beginning of the URL.
func (l Listening) listen() (net.Listener, string, error) {
	if l.Cert == "" {
		listener, err := net.Listen("tcp", l.Address)
		return listener, "http://", err
	}
	cert, err := tls.LoadX509KeyPair(l.Cert, l.Key)
	if err != nil {
		return nil, "", fmt.Errorf("TLS 证书或私钥不能用: %w", err)
	}
	listener, err := tls.Listen("tcp", l.Address, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}})
	return listener, "https://", err
}

// Serve listens until ctx ends. ready is called with the URL.
func (w *Witness) Serve(ctx context.Context, to Listening, ready func(url string)) error {
	listener, scheme, err := to.listen()
	if err != nil {
		return err
	}
	server := &http.Server{Handler: w, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 16 << 10}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	ready(scheme + listener.Addr().String())
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return server.Shutdown(stop)
}
