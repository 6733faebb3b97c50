package entry_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/jiebang/jiebang/services/ledger/entry"
)

func TestCheckpoint(t *testing.T) {
	secret, public, err := note.GenerateKey(rand.Reader, entry.Origin("330182"))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	c := entry.Checkpoint{Origin: "jiebang/330182", Size: 865}
	c.Root[0] = 1
	text, err := c.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := entry.OpenCheckpoint(text, public); err != nil || got != c {
		t.Errorf("got %v %v, want %v", got, err, c)
	}
	if size, err := entry.CheckpointSize(text); err != nil || size != 865 {
		t.Errorf("got size %d %v", size, err)
	}
	for _, bad := range []string{
		strings.Replace(text, "865", "866", 1), strings.Replace(text, "865", "0865", 1), strings.Replace(text, "jiebang/", "jiebang/x", 1), text[:20], "",
	} {
		if _, err := entry.OpenCheckpoint(bad, public); err == nil {
			t.Errorf("accepted %q", bad)
		}
	}
	// Whoever else has signed is not looked at, but nothing can stand there twice or in another way.
	witness, mine := "— w.example "+base64.StdEncoding.EncodeToString([]byte("12345"))+"\n", text[strings.LastIndex(text, "\n\n")+2:]
	if got, err := entry.OpenCheckpoint(text+witness, public); err != nil || got != c {
		t.Errorf("with another's signature: got %v %v", got, err)
	}
	for name, bad := range map[string]string{"another's twice": text + witness + witness, "another's, and another time": text + witness + strings.Replace(witness, "NDU=", "NDY=", 1),
		"its own twice": text + mine, "spare bits": text + strings.Replace(witness, "NDU=", "NDV=", 1)} {
		if _, err := entry.OpenCheckpoint(bad, public); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	parts := strings.SplitN(public, "+", 3)
	upper := parts[0] + "+" + strings.ToUpper(parts[1]) + "+" + parts[2]
	if _, err := entry.OpenCheckpoint(text, upper); upper != public && err == nil {
		t.Errorf("accepted under the key %s", upper)
	}
	_, other, err := note.GenerateKey(rand.Reader, entry.Origin("330182"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := entry.OpenCheckpoint(text, other); err == nil {
		t.Error("accepted under another key")
	}
}

// TestBundleIsStrict flips every byte of a bundle: each flip is refused or gives another entry, none goes unseen.
func TestBundleIsStrict(t *testing.T) {
	var b bytes.Buffer
	w, err := entry.NewBundleWriter(&b, entry.Header{Jurisdiction: "330182", Origin: "jiebang/330182", VerifierKey: "k", Checkpoint: "c\n"})
	if err != nil {
		t.Fatal(err)
	}
	want := entry.Sealed{Salt: make([]byte, 16), Body: string(signed.Encode()), Hash: make([]byte, 32)}
	if err := errors.Join(w.Write(want.Salt, []byte(want.Body), want.Hash), w.Close()); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	for i := range whole {
		for _, bit := range []byte{0x01, 0x20} {
			changed := bytes.Clone(whole)
			changed[i] ^= bit
			if same(t, changed, want) {
				t.Errorf("byte %d (%q) changed by %#x goes unseen", i, whole[i], bit)
			}
		}
	}
}

// same reports whether a bundle reads exactly as the one that was written.
func same(t *testing.T, b []byte, want entry.Sealed) bool {
	t.Helper()
	r, err := entry.NewBundleReader(bytes.NewReader(b))
	if err != nil || r.Header != (entry.Header{Format: entry.BundleFormat, Jurisdiction: "330182", Origin: "jiebang/330182", VerifierKey: "k", Checkpoint: "c\n"}) {
		return false
	}
	s, err := r.Next()
	if err != nil || s.Body != want.Body || !bytes.Equal(s.Salt, want.Salt) || !bytes.Equal(s.Hash, want.Hash) {
		return false
	}
	_, err = r.Next()
	return errors.Is(err, io.EOF)
}
