package witnessing

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/internal/storagetest"
	"github.com/jiebang/jiebang/services/ledger"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/ledger/witness"
)

// TestKeptOnce keeps what two servers got from the same witness at different moments: one signature of each witness, so that the note can be opened.
func TestKeptOnce(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, url string) {
		ctx := t.Context()
		db, err := storage.Open(ctx, storage.Options{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, _, err := db.Migrate(ctx); err != nil {
			t.Fatal(err)
		}
		l := ledger.New(db, bytes.Repeat([]byte{1}, 32))
		w := New(db, l, filepath.Join(t.TempDir(), "anchor"), nil)
		if err := l.Found(ctx, "330182", "建德市科学技术局"); err != nil {
			t.Fatal(err)
		}
		if err := l.SignDue(ctx); err != nil {
			t.Fatal(err)
		}
		newest := func() (id int64, note string) {
			c, err := l.Newest(ctx, "330182", entry.Max, 1)
			if err != nil || len(c) != 1 {
				t.Fatal(err, c)
			}
			return c[0].ID, c[0].Note + c[0].Cosignatures
		}
		id, note := newest()
		for i := range 3 {
			s, err := witness.NewSigner("w.example", bytes.Repeat([]byte{byte(i / 2)}, 32)) // the first two are one
			if err != nil {
				t.Fatal(err)
			}
			if err := w.keep(ctx, id, s.Cosign(witness.Text(note), time.Unix(int64(1_700_000_000+1_000_000*i), 0))); err != nil {
				t.Fatal(err)
			}
		}
		_, cosigned := newest()
		if strings.Count(cosigned, "— w.example ") != 2 {
			t.Errorf("got %q, want one signature of each of two witnesses", cosigned)
		}
		if _, err := entry.OpenCheckpoint(cosigned, l.VerifierKey("330182")); err != nil {
			t.Error(err)
		}
	})
}
