package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
	"google.golang.org/grpc"

	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// Question asks whether an entry is in a ledger.
type Question struct {
	Ledger     string // ledgers/330182
	Sequence   int64
	Hash       []byte // the leaf hash on the receipt, or nil if there is none to compare with
	TrustedKey string // the verifier key that the asker knows, or empty to take the server's
}

// Proof is what was found to be true.
type Proof struct {
	Origin    string
	Sequence  int64
	EntryHash tlog.Hash
	Size      int64 // of the signed tree
	Root      tlog.Hash
	Key       string // the key that the checkpoint was verified with
}

// ErrProof says that a ledger does not hold what it should.
var ErrProof = errors.New("核验未通过")

// Prove fetches the proof and verifies it here.
func Prove(ctx context.Context, conn grpc.ClientConnInterface, q Question) (*Proof, error) {
	client := jiebangv1.NewLedgerServiceClient(conn)
	head, key, err := Checkpoint(ctx, conn, q.Ledger, q.TrustedKey)
	if err != nil {
		return nil, err
	}
	c, err := Open(head, key, q.Ledger)
	if err != nil {
		return nil, err
	}
	if q.Sequence >= c.Size {
		return nil, fmt.Errorf("%w: 检查点只有 %d 条,没有第 %d 条", ErrProof, c.Size, q.Sequence)
	}
	answer, err := client.ProveInclusion(ctx, &jiebangv1.ProveInclusionRequest{
		Name: fmt.Sprintf("%s/entries/%d", q.Ledger, q.Sequence), TreeSize: c.Size,
	})
	if err != nil {
		return nil, err
	}
	if q.Hash != nil && !bytes.Equal(q.Hash, answer.GetEntryHash()) {
		return nil, fmt.Errorf("%w: 第 %d 条的哈希是 %x,回执上是 %x", ErrProof, q.Sequence, answer.GetEntryHash(), q.Hash)
	}
	leaf, ok := hash(answer.GetEntryHash())
	if !ok {
		return nil, fmt.Errorf("%w: 服务器给的哈希不是 32 字节", ErrProof)
	}
	path := make(tlog.RecordProof, len(answer.GetHashes()))
	for i, h := range answer.GetHashes() {
		if path[i], ok = hash(h); !ok {
			return nil, fmt.Errorf("%w: 服务器给的证明不是 32 字节的哈希", ErrProof)
		}
	}
	if err := tlog.CheckRecord(path, c.Size, c.Root, q.Sequence, leaf); err != nil {
		return nil, fmt.Errorf("%w: 证明推不出检查点的根: %w", ErrProof, err)
	}
	return &Proof{Origin: c.Origin, Sequence: q.Sequence, EntryHash: leaf, Size: c.Size, Root: c.Root, Key: key}, nil
}

// Checkpoint fetches the signed head of a ledger and the key to verify it with: the trusted one, or the server's own if that is empty.
func Checkpoint(ctx context.Context, conn grpc.ClientConnInterface, ledger, trusted string) (*jiebangv1.Checkpoint, string, error) {
	client := jiebangv1.NewLedgerServiceClient(conn)
	if trusted == "" {
		l, err := client.GetLedger(ctx, &jiebangv1.GetLedgerRequest{Name: ledger})
		if err != nil {
			return nil, "", err
		}
		trusted = l.GetVerifierKey()
	}
	head, err := client.GetCheckpoint(ctx, &jiebangv1.GetCheckpointRequest{Name: ledger + "/checkpoint"})
	return head, trusted, err
}

// Open verifies the signature of a checkpoint, and that it is of that ledger.
func Open(head *jiebangv1.Checkpoint, key, ledger string) (entry.Checkpoint, error) {
	c, err := entry.OpenCheckpoint(head.GetNote(), key)
	if err != nil {
		return c, fmt.Errorf("%w: 检查点的签名不对: %w", ErrProof, err)
	}
	if want := entry.Origin(strings.TrimPrefix(ledger, "ledgers/")); c.Origin != want {
		return c, fmt.Errorf("%w: 检查点属于 %s,不是 %s", ErrProof, c.Origin, want)
	}
	return c, nil
}

func hash(b []byte) (h tlog.Hash, ok bool) {
	if len(b) != tlog.HashSize {
		return h, false
	}
	return tlog.Hash(b), true
}
