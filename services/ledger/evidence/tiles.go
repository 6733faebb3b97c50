package evidence

import (
	"encoding/binary"
	"fmt"
	"math"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/jiebang/jiebang/services/ledger/entry"
)

// tileWidth is how many hashes or entries a full tile has.
const tileWidth = 256

// Tiles writes a tree as C2SP tlog-tiles: tile/<level>/<index> with hashes, tile/entries/<index> with entries. It takes the entries in order and keeps no
// more than one open tile a level. A bundle of entries that has a withheld one, or one longer than the format's 65,535 bytes, is left out; its hashes are
// there all the same.
type Tiles struct {
	write   func(path string, data []byte) error
	levels  []tile
	entries []byte
	lacking bool // an entry of the open bundle cannot be written
	Missing int64
}

// tile is the open tile of a level.
type tile struct {
	index  int64
	hashes []byte
}

// NewTiles returns a writer; write is called once for each file, with a relative path.
func NewTiles(write func(path string, data []byte) error) *Tiles { return &Tiles{write: write} }

// Add takes the next entry.
func (t *Tiles) Add(s entry.Sealed) error {
	if len(s.Hash) != tlog.HashSize {
		return fmt.Errorf("a leaf hash of %d bytes", len(s.Hash))
	}
	data := entry.LeafData(s.Salt, []byte(s.Body))
	if s.Withheld() || len(data) > math.MaxUint16 {
		t.lacking = true
	} else {
		t.entries = binary.BigEndian.AppendUint16(t.entries, uint16(len(data)))
		t.entries = append(t.entries, data...)
	}
	if len(t.levels) == 0 {
		t.levels = []tile{{}}
	}
	if len(t.levels[0].hashes)/tlog.HashSize == tileWidth-1 {
		if err := t.bundle(t.levels[0].index, tileWidth); err != nil {
			return err
		}
	}
	return t.push(0, tlog.Hash(s.Hash))
}

// push adds a hash to a level, and the root of a full tile to the level above.
func (t *Tiles) push(level int, h tlog.Hash) error {
	if level == len(t.levels) {
		t.levels = append(t.levels, tile{})
	}
	open := &t.levels[level]
	open.hashes = append(open.hashes, h[:]...)
	if len(open.hashes) < tileWidth*tlog.HashSize {
		return nil
	}
	if err := t.write(tilePath(fmt.Sprint(level), open.index, tileWidth), open.hashes); err != nil {
		return err
	}
	all, err := entry.Hashes(open.hashes)
	if err != nil {
		return err
	}
	var root entry.Frontier
	for i, h := range all {
		root, _ = root.Append(int64(i), h)
	}
	*open = tile{index: open.index + 1}
	return t.push(level+1, root.Root())
}

func (t *Tiles) bundle(index int64, width int) error {
	data, lacking := t.entries, t.lacking
	t.entries, t.lacking = nil, false
	if lacking {
		t.Missing++
		return nil
	}
	return t.write(tilePath("entries", index, width), data)
}

// Close writes the partial tiles at the right edge.
func (t *Tiles) Close() error {
	for level, open := range t.levels {
		width := len(open.hashes) / tlog.HashSize
		if width == 0 {
			continue
		}
		if level == 0 {
			if err := t.bundle(open.index, width); err != nil {
				return err
			}
		}
		if err := t.write(tilePath(fmt.Sprint(level), open.index, width), open.hashes); err != nil {
			return err
		}
	}
	return nil
}

// tilePath is tile/<kind>/x001/x234/067, with .p/<width> for a partial tile.
func tilePath(kind string, index int64, width int) string {
	path := fmt.Sprintf("%03d", index%1000)
	for index /= 1000; index > 0; index /= 1000 {
		path = fmt.Sprintf("x%03d/%s", index%1000, path)
	}
	path = "tile/" + kind + "/" + path
	if width < tileWidth {
		path += fmt.Sprintf(".p/%d", width)
	}
	return path
}
