package witness

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/ledger/witness"
)

const origin = "jiebang/330182"

// ledger signs the heads of a tree whose leaves from fork on are others' than an honest one's.
type ledger struct {
	signer note.Signer
	key    string
	heads  []entry.Checkpoint
	hashes []tlog.Hash
}

func newLedger(t *testing.T, name string, size, fork int) *ledger {
	t.Helper()
	skey, key, err := note.GenerateKey(strings.NewReader(strings.Repeat("l", 64)), name)
	if err != nil {
		t.Fatal(err)
	}
	l := &ledger{key: key, heads: []entry.Checkpoint{{Origin: name, Root: entry.Frontier(nil).Root()}}}
	if l.signer, err = note.NewSigner(skey); err != nil {
		t.Fatal(err)
	}
	var frontier entry.Frontier
	for i := range size {
		leaf := fmt.Sprint(i)
		if i >= fork {
			leaf = "another " + leaf
		}
		var stored []tlog.Hash
		frontier, stored = frontier.Append(int64(i), tlog.RecordHash([]byte(leaf)))
		l.hashes = append(l.hashes, stored...)
		l.heads = append(l.heads, entry.Checkpoint{Origin: name, Size: int64(i + 1), Root: frontier.Root()})
	}
	return l
}

func (l *ledger) request(old, size int64) []byte {
	r := witness.Request{Old: old}
	r.Checkpoint, _ = l.heads[size].Sign(l.signer)
	if old > 0 && old < size {
		r.Proof, _ = tlog.ProveTree(size, old, tlog.HashReaderFunc(func(indexes []int64) (out []tlog.Hash, err error) {
			for _, i := range indexes {
				out = append(out, l.hashes[i])
			}
			return out, nil
		}))
	}
	return r.Encode()
}

// made makes a witness in a new directory.
func made(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "witness")
	if _, err := Init(dir, "audit.example/w", bytes.Repeat([]byte{7}, 32)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func open(t *testing.T, dir string, logs ...string) *Witness {
	t.Helper()
	w, err := Open(dir, logs, func() time.Time { return time.Unix(1_700_000_000, 0) })
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func ask(w *Witness, body []byte) (int, string) {
	out := httptest.NewRecorder()
	w.ServeHTTP(out, httptest.NewRequest(http.MethodPost, "/add-checkpoint", bytes.NewReader(body)))
	return out.Code, out.Body.String()
}

// TestAnswers asks in every way and wants the answers of C2SP tlog-witness.
func TestAnswers(t *testing.T) {
	honest, forged, away := newLedger(t, origin, 9, 9), newLedger(t, origin, 9, 3), newLedger(t, "jiebang/330127", 9, 9)
	w := open(t, made(t), honest.key)
	defer w.Close()
	thief := newLedger(t, origin, 9, 9)
	skey, _, err := note.GenerateKey(strings.NewReader(strings.Repeat("t", 64)), origin)
	if err != nil {
		t.Fatal(err)
	}
	if thief.signer, err = note.NewSigner(skey); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		body   []byte
		status int
		answer string
	}{
		{"nonsense", []byte("hello"), 400, ""}, {"too much", bytes.Repeat([]byte("a"), witness.MaxRequest+1), 413, ""},
		{"unknown", away.request(0, 2), 404, ""}, {"another's signature", thief.request(0, 2), 403, ""}, {"backwards", honest.request(3, 2), 400, ""},
		{"from nowhere", honest.request(2, 4), 409, "0\n"}, {"the first", honest.request(0, 4), 200, "— audit.example/w "},
		{"the first again", honest.request(0, 4), 409, "4\n"}, {"the same", honest.request(4, 4), 200, "— audit.example/w "},
		{"rewritten", forged.request(4, 9), 422, ""}, {"the same size rewritten", forged.request(4, 4), 422, ""}, {"the next", honest.request(4, 9), 200, "— audit.example/w "},
	} {
		if status, answer := ask(w, c.body); status != c.status || !strings.HasPrefix(answer, c.answer) {
			t.Errorf("%s: got %d %q, want %d %q", c.name, status, answer, c.status, c.answer)
		}
	}
	hash := sha256.Sum256([]byte(origin))
	out := httptest.NewRecorder()
	w.ServeHTTP(out, httptest.NewRequest(http.MethodGet, "/"+hex.EncodeToString(hash[:])+"/checkpoint", nil))
	head, err := entry.OpenCheckpoint(out.Body.String(), honest.key)
	signed, err2 := witness.Cosignatures(out.Body.String(), []*witness.Verifier{w.signer.Verifier})
	if err != nil || err2 != nil || head.Size != 9 || len(signed) != 1 {
		t.Errorf("got %v %v %v of %q, want the last checkpoint with both signatures", head, err, err2, out.Body)
	}
	out = httptest.NewRecorder()
	if w.ServeHTTP(out, httptest.NewRequest(http.MethodGet, "/00/checkpoint", nil)); out.Code != 404 {
		t.Errorf("an unknown ledger: got %d", out.Code)
	}
}

// TestRestart lets the witness die at each moment and start again: it never signs two histories.
func TestRestart(t *testing.T) {
	honest, forged := newLedger(t, origin, 9, 9), newLedger(t, origin, 9, 3)
	dir := made(t)
	w := open(t, dir, honest.key)
	if status, _ := ask(w, honest.request(0, 4)); status != 200 {
		t.Fatalf("got %d", status)
	}
	// It dies after it has written down what it signs and before it answers.
	real := w.save
	w.save = func(s state) error { return errors.Join(real(s), errors.New("killed")) }
	if status, answer := ask(w, honest.request(4, 6)); status != 500 || strings.Contains(answer, "—") {
		t.Fatalf("got %d %q of a witness that died", status, answer)
	}
	_ = w.Close()
	w = open(t, dir, honest.key)
	for name, body := range map[string][]byte{"from the beginning": forged.request(0, 9), "from what it signed": forged.request(4, 9), "from what it wrote down": forged.request(6, 9)} {
		if status, answer := ask(w, body); status == 200 || strings.Contains(answer, "—") {
			t.Errorf("after a restart, %s: it signs another history", name)
		}
	}
	if status, _ := ask(w, honest.request(6, 9)); status != 200 {
		t.Errorf("after a restart the next head is refused: %d", status)
	}
	// It dies before it has written down anything: nothing was signed, so the honest ledger goes on.
	w.save = func(state) error { return errors.New("killed") }
	if status, _ := ask(w, honest.request(9, 9)); status != 500 {
		t.Errorf("got %d", status)
	}
	_ = w.Close()
	w = open(t, dir, honest.key)
	defer w.Close()
	if status, _ := ask(w, honest.request(9, 9)); status != 200 {
		t.Errorf("after a death before the writing: got %d", status)
	}
}

// TestState refuses to start without the state, with a damaged one, beside another process, or where a witness is.
func TestState(t *testing.T) {
	honest := newLedger(t, origin, 9, 9)
	dir := made(t)
	w := open(t, dir, honest.key)
	if _, err := Open(dir, []string{honest.key}, time.Now); !errors.Is(err, ErrBusy) {
		t.Errorf("beside another: got %v", err)
	}
	if status, _ := ask(w, honest.request(0, 4)); status != 200 {
		t.Fatalf("got %d", status)
	}
	_ = w.Close()
	file := filepath.Join(dir, stateFile)
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"cut": string(good[:20]), "another size": strings.Replace(string(good), `\n4\n`, `\n3\n`, 1), "moved": strings.Replace(string(good), `"jiebang/330182":`, `"jiebang/330183":`, 1), "empty": ""} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir, []string{honest.key}, time.Now); !errors.Is(err, ErrState) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, []string{honest.key}, time.Now); !errors.Is(err, ErrState) {
		t.Errorf("without its state: got %v", err)
	}
	if _, err := Init(dir, "audit.example/w", bytes.Repeat([]byte{7}, 32)); !errors.Is(err, ErrExists) {
		t.Errorf("a second init: got %v", err)
	}
	if _, err := Open(t.TempDir(), []string{honest.key}, time.Now); !errors.Is(err, ErrNone) {
		t.Errorf("where none is: got %v", err)
	}
	if info, err := os.Stat(filepath.Join(dir, keyFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key is a file of %v %v", info.Mode(), err)
	}
}

// TestAtOnce asks for two histories at the same moment, again and again: one is signed.
func TestAtOnce(t *testing.T) {
	for round := range 20 {
		honest, forged := newLedger(t, origin, 9, 9), newLedger(t, origin, 9, 0)
		w := open(t, made(t), honest.key)
		var running sync.WaitGroup
		codes := make([]int, 8)
		for i := range codes {
			running.Go(func() { codes[i], _ = ask(w, []*ledger{honest, forged}[i%2].request(0, 5)) })
		}
		running.Wait()
		_ = w.Close()
		signed := 0
		for _, c := range codes {
			if c == 200 {
				signed++
			}
		}
		if signed != 1 {
			t.Fatalf("round %d: %d of %d signed", round, signed, len(codes))
		}
	}
}
