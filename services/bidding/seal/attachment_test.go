package seal

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/internal/chance"
)

func sealedFile(t testing.TB, file []byte, key Key) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := SealAttachment(&b, bytes.NewReader(file), int64(len(file)), key); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestAttachments seals and opens files of all sizes, and lets no changed one pass.
func TestAttachments(t *testing.T) {
	key := AttachmentKey(Key{1}, "a1")
	for _, size := range []int{0, 1, 2, 15, 100, chunkSize - 1, chunkSize, chunkSize + 1, 3 * chunkSize, 3*chunkSize + 5000} {
		file := chance.Bytes(chance.Seeded("file"), size)
		sealed := sealedFile(t, file, key)
		var got bytes.Buffer
		if err := OpenAttachment(&got, bytes.NewReader(sealed), int64(size), key); err != nil || !bytes.Equal(got.Bytes(), file) {
			t.Fatalf("%d bytes: got %d, %v", size, got.Len(), err)
		}
		if want := Padded(int64(size)) + 16*chunks(Padded(int64(size))); int64(len(sealed)) != want {
			t.Errorf("%d bytes are sealed to %d, want %d", size, len(sealed), want)
		}
	}
}

// TestAttachmentsRefuse changes, cuts, extends and reorders a sealed file.
func TestAttachmentsRefuse(t *testing.T) {
	key := AttachmentKey(Key{1}, "a1")
	file := chance.Bytes(chance.Seeded("file"), 3*chunkSize)
	good := sealedFile(t, file, key)
	const sealedChunk = chunkSize + 16
	swapped := append(append(bytes.Clone(good[sealedChunk:2*sealedChunk]), good[:sealedChunk]...), good[2*sealedChunk:]...)
	for name, c := range map[string]struct {
		sealed []byte
		size   int64
		key    Key
	}{
		"cut in a chunk":      {good[:len(good)-1], int64(len(file)), key},
		"cut after a chunk":   {good[:2*sealedChunk], 2 * chunkSize, key},
		"something after":     {append(bytes.Clone(good), 0), int64(len(file)), key},
		"chunks exchanged":    {swapped, int64(len(file)), key},
		"another file's key":  {good, int64(len(file)), AttachmentKey(Key{1}, "a2")},
		"another bid's key":   {good, int64(len(file)), AttachmentKey(Key{2}, "a1")},
		"shorter than stated": {good, int64(len(file)) + 1, key},
		"longer than stated":  {good, int64(len(file)) - 1, key},
		"nothing":             {nil, int64(len(file)), key},
	} {
		if err := OpenAttachment(&bytes.Buffer{}, bytes.NewReader(c.sealed), c.size, c.key); !errors.Is(err, ErrAttachment) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		bad := bytes.Clone(good)
		bad[rapid.IntRange(0, len(bad)-1).Draw(r, "at")] ^= byte(rapid.IntRange(1, 255).Draw(r, "flip"))
		if err := OpenAttachment(&bytes.Buffer{}, bytes.NewReader(bad), int64(len(file)), key); !errors.Is(err, ErrAttachment) {
			r.Fatalf("got %v", err)
		}
	})
	for _, size := range []int64{int64(len(file)) - 1, int64(len(file)) + 1} {
		if err := SealAttachment(&bytes.Buffer{}, bytes.NewReader(file), size, key); err == nil {
			t.Errorf("a file of %d bytes is sealed as one of %d", len(file), size)
		}
	}
}

// TestPadded fills up by at most 12 %, to few lengths, and never less.
func TestPadded(t *testing.T) {
	for n, want := range map[int64]int64{0: 0, 1: 1, 2: 2, 9: 10, 1000: 1024, 1 << 20: 1 << 20, 1<<20 + 1: 1<<20 + 1<<15} {
		if got := Padded(n); got != want {
			t.Errorf("%d is filled up to %d, want %d", n, got, want)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.Int64Range(0, maxAttachment).Draw(r, "n")
		got := Padded(n)
		if got < n || (got-n)*100 > n*12 || Padded(got) != got || Padded(n+1) < got {
			r.Fatalf("%d is filled up to %d", n, got)
		}
	})
}
