package evidence

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/ledger/entry"
)

// log is a tree of n entries.
func log(n int64) (sealed []entry.Sealed, root tlog.Hash, stored tlog.HashReader) {
	var frontier entry.Frontier
	var hashes []tlog.Hash
	for i := range n {
		e := entry.Entry{Jurisdiction: "330182", Sequence: i, Time: time.Unix(1_700_000_000+i, 0).UTC(), Kind: "contract.activated", Subject: fmt.Sprint("contracts/c", i),
			Row: entry.Row{{Name: "total_fen", Value: fmt.Sprint(100 + i)}}}
		salt, body := []byte(fmt.Sprintf("%016d", i)), e.Encode()
		leaf := entry.Leaf(salt, body)
		var done []tlog.Hash
		frontier, done = frontier.Append(i, leaf)
		hashes = append(hashes, done...)
		sealed = append(sealed, entry.Sealed{Salt: salt, Body: string(body), Hash: leaf[:]})
	}
	return sealed, frontier.Root(), tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var out []tlog.Hash
		for _, i := range indexes {
			out = append(out, hashes[i])
		}
		return out, nil
	})
}

// tiled reads tiles by their C2SP names for package tlog, which names them otherwise.
type tiled map[string][]byte

func (tiled) Height() int                     { return 8 }
func (tiled) SaveTiles([]tlog.Tile, [][]byte) {}
func (t tiled) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, want := range tiles {
		path := strings.Replace(want.Path(), "tile/8/", "tile/", 1)
		data, ok := t[path]
		if !ok {
			return nil, fmt.Errorf("no %s", path)
		}
		out = append(out, data)
	}
	return out, nil
}

// TestTiles computes the root from the tiles alone, with package tlog, and every leaf from the entries.
func TestTiles(t *testing.T) {
	for _, n := range []int64{1, 2, 255, 256, 257, 511, 512, 1000, 65_536, 65_537, 66_000} {
		sealed, root, _ := log(n)
		files := tiled{}
		w := NewTiles(func(path string, data []byte) error {
			if _, twice := files[path]; twice {
				t.Errorf("%d entries: %s twice", n, path)
			}
			files[path] = data
			return nil
		})
		for _, s := range sealed {
			if err := w.Add(s); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil || w.Missing != 0 {
			t.Fatal(err, w.Missing)
		}
		got, err := tlog.TreeHash(n, tlog.TileHashReader(tlog.Tree{N: n, Hash: root}, files))
		if err != nil || got != root {
			t.Errorf("%d entries: got root %v %v, want %v", n, got, err, root)
		}
		var i int64
		for index := int64(0); index*tileWidth < n; index++ {
			data, ok := files[tilePath("entries", index, int(min(tileWidth, n-index*tileWidth)))]
			for len(data) > 2 {
				size := int(binary.BigEndian.Uint16(data))
				if h := tlog.RecordHash(data[2 : 2+size]); string(h[:]) != string(sealed[i].Hash) {
					t.Fatalf("%d entries: entry %d has another hash", n, i)
				}
				data, i = data[2+size:], i+1
			}
			if !ok {
				t.Fatalf("%d entries: no bundle %d", n, index)
			}
		}
		if i != n {
			t.Errorf("%d entries: got %d in the bundles", n, i)
		}
	}
}

// TestTilePath pins the names.
func TestTilePath(t *testing.T) {
	for want, got := range map[string]string{"tile/0/x001/x234/067": tilePath("0", 1_234_067, 256), "tile/entries/005.p/7": tilePath("entries", 5, 7), "tile/2/000": tilePath("2", 0, 256)} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestTilesWithhold leaves out a bundle that lacks an entry, and no hash.
func TestTilesWithhold(t *testing.T) {
	sealed, root, _ := log(600)
	sealed[300].Salt, sealed[300].Body = nil, ""
	files := tiled{}
	w := NewTiles(func(path string, data []byte) error { files[path] = data; return nil })
	for _, s := range sealed {
		if err := w.Add(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil || w.Missing != 1 || files["tile/entries/001"] != nil || files["tile/entries/000"] == nil {
		t.Errorf("got %d bundles missing %v", w.Missing, err)
	}
	if got, err := tlog.TreeHash(600, tlog.TileHashReader(tlog.Tree{N: 600, Hash: root}, files)); err != nil || got != root {
		t.Errorf("got root %v %v, want %v", got, err, root)
	}
}

// signed signs a head.
func signed(t testing.TB, c entry.Checkpoint) (checkpoint, key string) {
	t.Helper()
	skey, key, err := note.GenerateKey(strings.NewReader(strings.Repeat("k", 64)), c.Origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	checkpoint, err = c.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	return checkpoint, key
}

// TestProof proves each entry of a tree by its file alone, and nothing by a file with another byte.
func TestProof(t *testing.T) {
	sealed, root, stored := log(21)
	checkpoint, key := signed(t, entry.Checkpoint{Origin: "jiebang/330182", Size: 21, Root: root})
	var files [][]byte
	for i, s := range sealed {
		path, err := tlog.ProveRecord(21, int64(i), stored)
		if err != nil {
			t.Fatal(err)
		}
		file := Proof{Index: int64(i), Salt: s.Salt, Body: s.Body, Path: path, Checkpoint: checkpoint}.Encode()
		p, err := ParseProof(file)
		if err != nil {
			t.Fatal(err)
		}
		if e, c, err := p.Verify(key); err != nil || e.Sequence != int64(i) || c.Size != 21 {
			t.Errorf("entry %d: got %v %v %v", i, e, c, err)
		}
		files = append(files, file)
	}
	rapid.Check(t, func(t *rapid.T) {
		file := append([]byte{}, rapid.SampledFrom(files).Draw(t, "file")...)
		at := rapid.IntRange(0, len(file)-1).Draw(t, "at")
		file[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		if p, err := ParseProof(file); err == nil {
			if _, _, err := p.Verify(key); err == nil {
				t.Fatalf("a file with another byte %d proves an entry", at)
			}
		}
	})
}

// TestProofOfAnother refuses what is proved of another place, another ledger, or by another key.
func TestProofOfAnother(t *testing.T) {
	sealed, root, stored := log(4)
	path, err := tlog.ProveRecord(4, 2, stored)
	if err != nil {
		t.Fatal(err)
	}
	home, key := signed(t, entry.Checkpoint{Origin: "jiebang/330182", Size: 4, Root: root})
	away, awayKey := signed(t, entry.Checkpoint{Origin: "jiebang/330127", Size: 4, Root: root})
	good := Proof{Index: 2, Salt: sealed[2].Salt, Body: sealed[2].Body, Path: path, Checkpoint: home}
	if _, _, err := good.Verify(key); err != nil {
		t.Fatal(err)
	}
	place, ledger, other := good, good, good
	place.Index, ledger.Checkpoint, other.Body = 1, away, sealed[1].Body
	for name, c := range map[string]struct {
		p   Proof
		key string
	}{"place": {place, key}, "ledger": {ledger, awayKey}, "key": {good, awayKey}, "body": {other, key}} {
		if _, _, err := c.p.Verify(c.key); err == nil {
			t.Errorf("another %s is proved", name)
		}
	}
	if _, err := ParseProof([]byte(proofLine + "\nextra " + base64.StdEncoding.EncodeToString([]byte("short")) + "\nindex 0\n\n" + home)); err == nil {
		t.Error("extra data without a salt are read")
	}
}
