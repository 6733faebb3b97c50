package audit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/tlog"

	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/ledger/evidence"
)

// Tiles writes the ledger up to a checkpoint into a new directory as C2SP tlog-tiles, and returns its number of entries and how many bundles of entries
// could not be written. The entries are hashed here; a server whose entries do not give the signed root gets no directory.
func (x *Exporter) Tiles(ctx context.Context, dir string) (size, missing int64, err error) {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return 0, 0, fmt.Errorf("目录 %s 已存在;请给一个新的目录", dir)
	}
	client := jiebangv1.NewLedgerServiceClient(x.Conn)
	ledger, err := client.GetLedger(ctx, &jiebangv1.GetLedgerRequest{Name: x.Ledger})
	if err != nil {
		return 0, 0, err
	}
	checkpoint, err := Choose(ctx, x.Conn, x.Ledger, x.Want)
	if err != nil {
		return 0, 0, err
	}
	head, err := Open(checkpoint, ledger.GetVerifierKey(), x.Ledger)
	if err != nil {
		return 0, 0, err
	}
	part, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+".*.part")
	if err != nil {
		return 0, 0, err
	}
	defer os.RemoveAll(part)
	w := &tileWriter{Tiles: evidence.NewTiles(func(path string, data []byte) error { return writeBelow(part, path, data) })}
	if err := x.entries(ctx, client, w, head.Size); err != nil {
		return 0, 0, err
	}
	if err := w.Close(); err != nil {
		return 0, 0, err
	}
	if w.frontier.Root() != head.Root {
		return 0, 0, fmt.Errorf("%w: 服务器给的账目推不出检查点的根", ErrProof)
	}
	if err := writeBelow(part, "checkpoint", []byte(checkpoint.GetNote())); err != nil {
		return 0, 0, err
	}
	if err := os.Chmod(part, 0o755); err != nil {
		return 0, 0, err
	}
	return head.Size, w.Missing, os.Rename(part, dir)
}

func writeBelow(dir, path string, data []byte) error {
	path = filepath.Join(dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

// tileWriter takes entries as a bundle does.
type tileWriter struct {
	*evidence.Tiles
	size     int64
	frontier entry.Frontier
}

// Write adds the next entry.
func (w *tileWriter) Write(salt, body, hash []byte) error {
	s := entry.Sealed{Salt: salt, Body: string(body), Hash: hash}
	if len(salt) == 0 {
		s.Salt = nil
	}
	if leaf := entry.Leaf(salt, body); !s.Withheld() && string(leaf[:]) != string(hash) || len(hash) != tlog.HashSize {
		return fmt.Errorf("%w: 第 %d 条的内容与哈希不符", ErrProof, w.size)
	}
	w.frontier, _ = w.frontier.Append(w.size, tlog.Hash(hash))
	w.size++
	return w.Add(s)
}
