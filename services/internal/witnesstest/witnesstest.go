// Package witnesstest is a witness in memory, as simple as the rules allow, that can be told to misbehave.
package witnesstest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/ledger/witness"
)

// Witness is a witness that listens.
type Witness struct {
	*witness.Signer
	URL string

	mu      sync.Mutex
	logs    witness.Logs
	last    map[string]entry.Checkpoint
	notes   map[string]string // by hash of the origin
	silent  bool
	garbled bool
	asked   int
}

// New runs a witness until the test ends. It signs for whichever ledger Know tells it of.
func New(t testing.TB, name string) *Witness {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	signer, err := witness.NewSigner(name, seed[:])
	if err != nil {
		t.Fatal(err)
	}
	w := &Witness{Signer: signer, logs: witness.Logs{}, last: map[string]entry.Checkpoint{}, notes: map[string]string{}}
	s := httptest.NewServer(w)
	t.Cleanup(s.Close)
	w.URL = s.URL
	return w
}

// Policy writes a policy file of witnesses of whom need must sign.
func Policy(t testing.TB, need int, witnesses ...*Witness) string {
	t.Helper()
	var b strings.Builder
	names := ""
	for i, w := range witnesses {
		fmt.Fprintf(&b, "witness w%d %s %s\n", i, w, w.URL)
		names += fmt.Sprintf(" w%d", i)
	}
	fmt.Fprintf(&b, "group all %d%s\nquorum all\n", need, names)
	path := filepath.Join(t.TempDir(), "witnesses.policy")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Know tells the witness of a ledger.
func (w *Witness) Know(origin, key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.logs[origin] = key
}

// Be makes the witness silent, so that it answers nothing in time, or garbled, so that it answers with a signature of another text.
func (w *Witness) Be(silent, garbled bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.silent, w.garbled = silent, garbled
}

// Asked is how often the witness was asked to sign.
func (w *Witness) Asked() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.asked
}

// ServeHTTP answers.
func (w *Witness) ServeHTTP(out http.ResponseWriter, in *http.Request) {
	body, err := io.ReadAll(in.Body)
	if err != nil {
		return
	}
	w.mu.Lock()
	silent := w.silent
	w.mu.Unlock()
	if silent {
		<-in.Context().Done()
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if in.Method == http.MethodGet {
		note, ok := w.notes[strings.TrimSuffix(strings.TrimPrefix(in.URL.Path, "/"), "/checkpoint")]
		if !ok {
			http.NotFound(out, in)
			return
		}
		_, _ = io.WriteString(out, note)
		return
	}
	w.asked++
	w.add(out, body)
}

func (w *Witness) add(out http.ResponseWriter, body []byte) {
	r, err := witness.ParseRequest(body)
	if err != nil {
		http.Error(out, err.Error(), http.StatusBadRequest)
		return
	}
	next, err := w.logs.Judge(r, func(origin string) entry.Checkpoint { return w.last[origin] })
	switch {
	case errors.Is(err, witness.ErrConflict):
		out.WriteHeader(http.StatusConflict)
		_, _ = fmt.Fprintf(out, "%d\n", w.last[next.Origin].Size)
		return
	case err != nil:
		http.Error(out, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	text := witness.Text(r.Checkpoint)
	if w.garbled {
		text += "another\n"
	}
	line := w.Cosign(text, time.Unix(1_700_000_000, 0))
	origin := sha256.Sum256([]byte(next.Origin))
	w.last[next.Origin], w.notes[hex.EncodeToString(origin[:])] = next, r.Checkpoint+line
	_, _ = io.WriteString(out, line)
}
