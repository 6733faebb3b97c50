// Package ledger keeps one ledger for each jurisdiction: entries in the order of the changes, hashed into an RFC 6962 tree.
//
//   - Append is the only writer, and runs in the transaction of the change.
//   - Sequences have no gaps and follow the order of commits, so a reader with a cursor misses nothing.
//   - A checkpoint is signed from committed rows only. All servers of a database sign with the same key; one with another key does not start.
package ledger

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"

	"entgo.io/ent/dialect/sql"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entledgerentry "github.com/jiebang/jiebang/ent/gen/ent/ledgerentry"
	entledgerhead "github.com/jiebang/jiebang/ent/gen/ent/ledgerhead"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// Faults of the ledger.
var (
	ErrNotFound      = fault.New(fault.NotFound, "LEDGER_NOT_FOUND", "there is no such ledger")
	ErrForeign       = fault.New(fault.Forbidden, "LEDGER_FOREIGN", "only the ledger of the caller's own jurisdiction can be read whole")
	ErrEntryNotFound = fault.New(fault.NotFound, "ENTRY_NOT_FOUND", "there is no such entry")
	ErrTreeSize      = fault.New(fault.Invalid, "TREE_SIZE", "there is no tree of this size")
)

// Ledger gives the ledgers of a database.
type Ledger struct {
	db     *storage.DB
	key    ed25519.PrivateKey
	looked looked
	kept   func(jurisdiction, note string) error
}

// New returns the ledgers of db. The seed of the signing key has 32 bytes and is a secret.
func New(db *storage.DB, seed []byte) *Ledger {
	return &Ledger{db: db, key: ed25519.NewKeyFromSeed(seed), kept: func(string, string) error { return nil }}
}

// ErrKey says that the server's signing key is not the one that the ledger was founded with.
var ErrKey = errors.New("the signing key is not the one of this ledger; start with the data directory or the key file that founded it")

// Found makes sure that the jurisdiction has a ledger that is whole at its end and is signed with this server's key.
func (l *Ledger) Found(ctx context.Context, jurisdiction, displayName string) error {
	if err := l.db.Found(ctx, jurisdiction, displayName, l.VerifierKey(jurisdiction)); err != nil {
		return err
	}
	head, err := l.db.Read.LedgerHead.Get(ctx, jurisdiction)
	if err != nil {
		return err
	}
	if head.VerifierKey != l.VerifierKey(jurisdiction) {
		return fmt.Errorf("ledger %s: %w", jurisdiction, ErrKey)
	}
	if head.Size > 0 {
		return errors.Join(l.checkEnd(ctx, head), l.checkNewest(ctx, head))
	}
	call := storage.Call{Jurisdiction: jurisdiction, Principal: "system", Method: "ledger.found"}
	_, err = storage.Tx(ctx, l.db, call, func(tx *storage.Txn) (storage.Receipt, error) {
		if tx.Size() > 0 { // another server was faster
			return storage.Receipt{}, errFounded
		}
		return tx.Append(entry.Entry{Kind: "ledger.founded", Subject: "ledgers/" + jurisdiction, Row: Image(head).Row()})
	})
	if errors.Is(err, errFounded) {
		return nil
	}
	return err
}

var errFounded = errors.New("founded already")

// checkEnd compares the head with the last entry, so that a server does not build on a ledger that lost its end.
func (l *Ledger) checkEnd(ctx context.Context, head *ent.LedgerHead) error {
	n, err := l.db.Read.LedgerEntry.Query().Where(entledgerentry.IDGTE(entry.Key(head.ID, 0)), entledgerentry.IDLT(entry.Key(head.ID, entry.Max))).
		Order(entledgerentry.ByID(sql.OrderDesc())).First(ctx)
	if err != nil {
		return fmt.Errorf("ledger %s: read its last entry: %w", head.ID, err)
	}
	frontier, err := entry.Hashes(head.Frontier)
	if err != nil {
		return err
	}
	root, err := l.Root(ctx, head.ID, head.Size)
	if err != nil {
		return fmt.Errorf("ledger %s: %w", head.ID, err)
	}
	if n.Sequence != head.Size-1 || root != entry.Frontier(frontier).Root() {
		return fmt.Errorf("ledger %s is damaged at its end: head of %d entries, last entry %d; run verify", head.ID, head.Size, n.Sequence)
	}
	return nil
}

// signer signs checkpoints of a jurisdiction. Its name is the origin, and its key hash is that of note's Ed25519 keys.
type signer struct {
	name string
	key  ed25519.PrivateKey
}

func (s signer) Name() string                    { return s.name }
func (s signer) KeyHash() uint32                 { return keyHash(s.name, s.key) }
func (s signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key, msg), nil }

// algEd25519 is note's number for Ed25519.
const algEd25519 = 1

func encodedKey(key ed25519.PrivateKey) []byte {
	return append([]byte{algEd25519}, key.Public().(ed25519.PublicKey)...)
}

func keyHash(name string, key ed25519.PrivateKey) uint32 {
	h := sha256.New()
	h.Write([]byte(name + "\n"))
	h.Write(encodedKey(key))
	return binary.BigEndian.Uint32(h.Sum(nil))
}

// VerifierKey is the key to verify the checkpoints of a jurisdiction with.
func (l *Ledger) VerifierKey(jurisdiction string) string {
	name := entry.Origin(jurisdiction)
	return fmt.Sprintf("%s+%08x+%s", name, keyHash(name, l.key), base64.StdEncoding.EncodeToString(encodedKey(l.key)))
}

var _ note.Signer = signer{}

// head reads the committed head of a jurisdiction.
func (l *Ledger) head(ctx context.Context, jurisdiction string) (*ent.LedgerHead, error) {
	return Head(ctx, l.db.Read, jurisdiction)
}

// Head reads the committed head of a jurisdiction, or ErrNotFound.
func Head(ctx context.Context, read *ent.Client, jurisdiction string) (*ent.LedgerHead, error) {
	h, err := read.LedgerHead.Query().Where(entledgerhead.ID(jurisdiction)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, ErrNotFound.With("jurisdiction", jurisdiction)
	}
	return h, err
}

// Sign signs a text with the ledger's key, as a note. Its first line says what it is, so that it is taken for no checkpoint.
func (l *Ledger) Sign(jurisdiction, text string) (string, error) {
	signed, err := note.Sign(&note.Note{Text: text}, signer{entry.Origin(jurisdiction), l.key})
	return string(signed), err
}

// Reader reads stored hashes of a jurisdiction's tree.
func (l *Ledger) Reader(ctx context.Context, jurisdiction string) tlog.HashReader {
	return entry.HashReader(func(leaves []int64) (map[int64][]tlog.Hash, error) {
		ids := make([]int64, len(leaves))
		for i, n := range leaves {
			ids[i] = entry.Key(jurisdiction, n)
		}
		rows, err := l.db.Read.LedgerEntry.Query().Where(entledgerentry.IDIn(ids...)).
			Select(entledgerentry.FieldSequence, entledgerentry.FieldHashes).All(scope.Open(ctx, "salted hashes tell nothing of their entries, and prove them to anyone"))
		if err != nil {
			return nil, err
		}
		stored := make(map[int64][]tlog.Hash, len(rows))
		for _, r := range rows {
			if stored[r.Sequence], err = entry.Hashes(r.Hashes); err != nil {
				return nil, err
			}
		}
		return stored, nil
	})
}

// Root is the root of the tree of a size, which must be there.
func (l *Ledger) Root(ctx context.Context, jurisdiction string, size int64) (tlog.Hash, error) {
	return tlog.TreeHash(size, l.Reader(ctx, jurisdiction))
}

// treeSize reads the size of a tree that a caller asks for; 0 means the present one.
func (l *Ledger) treeSize(ctx context.Context, jurisdiction, field string, size int64) (int64, error) {
	h, err := l.head(ctx, jurisdiction)
	if err != nil {
		return 0, err
	}
	if size == 0 {
		return h.Size, nil
	}
	if size > h.Size {
		return 0, ErrTreeSize.With("size", size).With("present", h.Size).At(field)
	}
	return size, nil
}

// Inclusion is a proof that an entry is in a tree.
type Inclusion struct {
	Sequence, Size int64
	Leaf, Root     tlog.Hash
	Path           []tlog.Hash
}

// ProveInclusion proves that an entry is in the tree of a size.
func (l *Ledger) ProveInclusion(ctx context.Context, jurisdiction string, sequence, size int64) (p Inclusion, err error) {
	present, err := l.treeSize(ctx, jurisdiction, "tree_size", 0)
	if err != nil {
		return p, err
	}
	if sequence < 0 || sequence >= present {
		return p, ErrEntryNotFound.With("sequence", sequence)
	}
	if size, err = l.treeSize(ctx, jurisdiction, "tree_size", size); err != nil {
		return p, err
	}
	if sequence >= size {
		return p, ErrTreeSize.With("size", size).With("present", present).At("tree_size")
	}
	r := l.Reader(ctx, jurisdiction)
	leaf, err := r.ReadHashes([]int64{tlog.StoredHashIndex(0, sequence)})
	if err != nil {
		return p, err
	}
	p = Inclusion{Sequence: sequence, Size: size, Leaf: leaf[0]}
	if p.Root, err = tlog.TreeHash(size, r); err != nil {
		return p, err
	}
	p.Path, err = tlog.ProveRecord(size, sequence, r)
	return p, err
}

// Consistency is a proof that a tree begins with a smaller one.
type Consistency struct {
	Old, New         int64
	OldRoot, NewRoot tlog.Hash
	Path             []tlog.Hash
}

// ProveConsistency proves that the tree of newSize begins with the tree of oldSize.
func (l *Ledger) ProveConsistency(ctx context.Context, jurisdiction string, oldSize, newSize int64) (p Consistency, err error) {
	newSize, err = l.treeSize(ctx, jurisdiction, "new_size", newSize)
	if err != nil {
		return p, err
	}
	if oldSize < 1 || oldSize > newSize {
		return p, ErrTreeSize.With("size", oldSize).With("present", newSize).At("old_size")
	}
	r := l.Reader(ctx, jurisdiction)
	p = Consistency{Old: oldSize, New: newSize}
	if p.OldRoot, err = tlog.TreeHash(oldSize, r); err != nil {
		return p, err
	}
	if p.NewRoot, err = tlog.TreeHash(newSize, r); err != nil {
		return p, err
	}
	p.Path, err = tlog.ProveTree(newSize, oldSize, r)
	return p, err
}

// Entries reads at most limit entries from a sequence on, in order.
func Entries(ctx context.Context, read *ent.Client, jurisdiction string, from int64, limit int) ([]*ent.LedgerEntry, error) {
	from = min(from, entry.Max)
	return read.LedgerEntry.Query().
		Where(entledgerentry.Jurisdiction(jurisdiction), entledgerentry.IDGTE(entry.Key(jurisdiction, from)), entledgerentry.IDLT(entry.Key(jurisdiction, entry.Max))).
		Order(entledgerentry.ByID()).Limit(limit).All(ctx)
}

// leaves reads what anyone may know of entries from a sequence on, in order: that they are there, and their hashes.
func (l *Ledger) leaves(ctx context.Context, jurisdiction string, from int64, limit int) ([]*ent.LedgerEntry, error) {
	from = min(from, entry.Max)
	return l.db.Read.LedgerEntry.Query().
		Where(entledgerentry.Jurisdiction(jurisdiction), entledgerentry.IDGTE(entry.Key(jurisdiction, from)), entledgerentry.IDLT(entry.Key(jurisdiction, entry.Max))).
		Order(entledgerentry.ByID()).Limit(limit).Select(entledgerentry.FieldJurisdiction, entledgerentry.FieldSequence, entledgerentry.FieldHashes).
		All(scope.Open(ctx, "salted hashes tell nothing of their entries, and prove them to anyone"))
}

// Bodies reads the bytes of entries from a sequence on, and nothing else of them.
func Bodies(ctx context.Context, read *ent.Client, jurisdiction string, from int64, limit int) ([][]byte, error) {
	var rows []struct{ Body []byte }
	err := read.LedgerEntry.Query().
		Where(entledgerentry.Jurisdiction(jurisdiction), entledgerentry.IDGTE(entry.Key(jurisdiction, min(from, entry.Max))),
			entledgerentry.IDLT(entry.Key(jurisdiction, entry.Max))).
		Order(entledgerentry.ByID()).Limit(limit).Select(entledgerentry.FieldBody).Scan(ctx, &rows)
	bodies := make([][]byte, len(rows))
	for i, r := range rows {
		bodies[i] = r.Body
	}
	return bodies, err
}

// Heads reads the heads of all ledgers, by jurisdiction.
func Heads(ctx context.Context, read *ent.Client) ([]*ent.LedgerHead, error) {
	return read.LedgerHead.Query().Order(entledgerhead.ByID()).All(ctx)
}
