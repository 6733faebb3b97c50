// Package audit exports a ledger, verifies an export without any server, and proves that an entry is in a ledger. What it verifies it
// computes itself; a server's word is never enough.
package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"google.golang.org/grpc"

	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// pageSize is the largest page of entries that the API gives.
const pageSize = 1000

// Exporter exports a ledger.
type Exporter struct {
	Conn     grpc.ClientConnInterface
	Ledger   string                  // ledgers/330182
	Want     Want                    // up to which checkpoint
	Progress func(done, total int64) // called after each page
}

// Export writes the bundle of the ledger up to its present checkpoint and returns its path and its number of entries. The bundle appears
// at its path when it is whole, and not before. An empty path names it after the ledger and its size.
func (x *Exporter) Export(ctx context.Context, path string) (string, int64, error) {
	client := jiebangv1.NewLedgerServiceClient(x.Conn)
	ledger, err := client.GetLedger(ctx, &jiebangv1.GetLedgerRequest{Name: x.Ledger})
	if err != nil {
		return "", 0, err
	}
	checkpoint, err := Choose(ctx, x.Conn, x.Ledger, x.Want)
	if err != nil {
		return "", 0, err
	}
	size, err := entry.CheckpointSize(checkpoint.GetNote())
	if err != nil {
		return "", 0, fmt.Errorf("服务器给的检查点读不懂: %w", err)
	}
	jurisdiction := filepath.Base(x.Ledger)
	if path == "" {
		path = fmt.Sprintf("ledger-%s-%d.jsonl", jurisdiction, size)
	}
	header := entry.Header{
		Jurisdiction: jurisdiction, Origin: ledger.GetOrigin(), VerifierKey: ledger.GetVerifierKey(), Checkpoint: checkpoint.GetNote(),
	}
	return path, size, replace(path, func(f *os.File) error {
		w, err := entry.NewBundleWriter(f, header)
		if err != nil {
			return err
		}
		if err := x.entries(ctx, client, w, size); err != nil {
			return err
		}
		return w.Close()
	})
}

// taker takes entries in order.
type taker interface {
	Write(salt, body, hash []byte) error
}

// entries copies the entries from 0 up to size. What is appended meanwhile is left for the next export.
func (x *Exporter) entries(ctx context.Context, client jiebangv1.LedgerServiceClient, w taker, size int64) error {
	request := &jiebangv1.ListEntriesRequest{Parent: x.Ledger, PageSize: pageSize}
	for next := int64(0); next < size; {
		page, err := client.ListEntries(ctx, request)
		if err != nil {
			return err
		}
		for _, e := range page.GetEntries() {
			if next == size {
				break
			}
			if e.GetSequence() != next {
				return fmt.Errorf("账本不连续: 应为第 %d 条,服务器给了第 %d 条", next, e.GetSequence())
			}
			if err := w.Write(e.GetSalt(), e.GetBody(), e.GetEntryHash()); err != nil {
				return err
			}
			next++
		}
		x.Progress(next, size)
		if request.PageToken = page.GetNextPageToken(); request.PageToken == "" && next < size {
			return fmt.Errorf("账本不全: 检查点有 %d 条,服务器只给了 %d 条", size, next)
		}
	}
	return nil
}

// replace writes a file beside path and renames it once it is whole and on the disk.
func replace(path string, write func(*os.File) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.part")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Chmod(f.Name(), 0o644); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Reader reads r until ctx is done, so that a long verification can be interrupted.
func Reader(ctx context.Context, r io.Reader) io.Reader { return reader{ctx, r} }

type reader struct {
	ctx context.Context
	io.Reader
}

// Read implements io.Reader.
func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}
