package witnessing

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/ledger/witness"
)

// lookTime is how long the witnesses have, all together, to say at a start what they signed last.
const lookTime = 5 * time.Second

// batch is how many entries are read at once.
const batch = 1000

// Rollback is a head that was published of a ledger and that the database does not continue.
type Rollback struct {
	Jurisdiction string
	Source       string           // who knows it
	Known        entry.Checkpoint // what was published
	Size         int64            // what is here
	Root         tlog.Hash
}

// ErrRolledBack says that a database does not continue what was published of its ledger.
var ErrRolledBack = errors.New("账本与已公布的历史不符")

// Error says what is wrong and what to do.
func (r Rollback) Error() string {
	why := fmt.Sprintf("本数据库只有 %d 条(树根 %s),多半是恢复了旧备份,其后的账目已经丢失", r.Size, base64.StdEncoding.EncodeToString(r.Root[:]))
	if r.Size >= r.Known.Size {
		why = fmt.Sprintf("本数据库的前 %d 条算出另一个树根,历史已被改写", r.Known.Size)
	}
	return fmt.Sprintf("%v,拒绝启动:账本 %s,%s 记有 %d 条(树根 %s),%s。请换上最新的备份再启动;"+
		"如确已无法找回,请科技局一名经办、一名审批在服务器上当面运行 jiebangd accept-rollback,账本会用一条 ledger.epoch 账目永久记下两人和这两个账本头",
		ErrRolledBack, r.Jurisdiction, r.Source, r.Known.Size, base64.StdEncoding.EncodeToString(r.Known.Root[:]), why)
}

// Unwrap is ErrRolledBack.
func (Rollback) Unwrap() error { return ErrRolledBack }

// known is a head and who knows it.
type known struct {
	source string
	head   entry.Checkpoint
}

// Guard compares each ledger with what the anchor file and the witnesses know of it, before anything is appended. It returns the heads that the
// database does not continue and that no ledger.epoch entry has accepted. A witness that cannot be asked is warned of, and keeps no server from starting.
func (w *Witnessing) Guard(ctx context.Context, jurisdictions []string, log *slog.Logger) ([]Rollback, error) {
	notes, err := w.anchor.read()
	if err != nil {
		return nil, err
	}
	var found []Rollback
	for _, j := range jurisdictions {
		var heads []known
		if note, ok := notes[j]; ok {
			head, err := entry.OpenCheckpoint(note, w.ledger.VerifierKey(j))
			if err != nil {
				return nil, fmt.Errorf("%w: %s: 账本 %s: %w", ErrAnchor, w.anchor.path, j, err)
			}
			heads = append(heads, known{"锚文件 " + w.anchor.path, head})
		}
		for _, k := range append(heads, w.witnessed(ctx, j, log)...) {
			r, err := w.against(ctx, j, k)
			if err != nil {
				return nil, err
			}
			if r != nil {
				found = append(found, *r)
			}
		}
	}
	return found, nil
}

// witnessed asks the witnesses, all at once, which head of a ledger they signed last. Only what this ledger's own key has signed counts.
func (w *Witnessing) witnessed(ctx context.Context, jurisdiction string, log *slog.Logger) []known {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	origin := sha256.Sum256([]byte(entry.Origin(jurisdiction)))
	answers := make([]*known, len(w.members))
	var running sync.WaitGroup
	for i, m := range w.members {
		if m.URL == "" {
			continue
		}
		running.Go(func() {
			head, err := w.lastOf(ctx, m, jurisdiction, hex.EncodeToString(origin[:]))
			if err != nil {
				log.Warn("a witness could not be asked what it signed last", "witness", m.Name, "jurisdiction", jurisdiction, "error", err.Error())
			} else if head != nil {
				answers[i] = &known{"见证人 " + m.Name, *head}
			}
		})
	}
	running.Wait()
	var heads []known
	for _, a := range answers {
		if a != nil {
			heads = append(heads, *a)
		}
	}
	return heads
}

// lastOf is the head that a witness signed last; nil if it has signed none.
func (w *Witnessing) lastOf(ctx context.Context, m witness.Member, jurisdiction, origin string) (*entry.Checkpoint, error) {
	status, answer, err := call(ctx, http.MethodGet, m.URL+"/"+origin+"/checkpoint", nil)
	switch {
	case err != nil:
		return nil, err
	case status == http.StatusNotFound:
		return nil, nil
	case status != http.StatusOK:
		return nil, fmt.Errorf("answered %d", status)
	}
	head, err := entry.OpenCheckpoint(answer, w.ledger.VerifierKey(jurisdiction))
	return &head, err
}

// against compares a ledger with a head that is known of it; nil if it continues it, or has accepted that it does not.
func (w *Witnessing) against(ctx context.Context, jurisdiction string, k known) (*Rollback, error) {
	r := Rollback{Jurisdiction: jurisdiction, Source: k.source, Known: k.head, Root: entry.Frontier(nil).Root()}
	h, err := ledger.Head(ctx, w.db.Read, jurisdiction)
	if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		return nil, err
	}
	if err == nil {
		r.Size = h.Size
		frontier, err := entry.Hashes(h.Frontier)
		if err != nil {
			return nil, err
		}
		r.Root = entry.Frontier(frontier).Root()
	}
	if k.head.Size <= r.Size {
		root, err := w.ledger.Root(ctx, jurisdiction, k.head.Size)
		if err != nil || root == k.head.Root {
			return nil, err
		}
	}
	accepted, err := w.accepted(ctx, jurisdiction, k.head)
	if err != nil || accepted {
		return nil, err
	}
	return &r, nil
}

// The facts of a ledger.epoch entry: the head that was published, who knew it, and the head that the ledger goes on from.
const (
	factKnownSize = entry.Fact + "known_size"
	factKnownRoot = entry.Fact + "known_root"
	factSource    = entry.Fact + "source"
	factSize      = entry.Fact + "size"
	factRoot      = entry.Fact + "root"
	factOperator  = entry.Fact + "operator"
	factApprover  = entry.Fact + "approver"
)

// accepted looks for the ledger.epoch entry that names a head. It reads the whole ledger, which happens after a rollback alone.
func (w *Witnessing) accepted(ctx context.Context, jurisdiction string, head entry.Checkpoint) (bool, error) {
	for at := int64(0); ; {
		bodies, err := ledger.Bodies(ctx, w.db.Read, jurisdiction, at, batch)
		if err != nil || len(bodies) == 0 {
			return false, err
		}
		for _, b := range bodies {
			kind, err := entry.Kind(b)
			if err != nil {
				return false, err
			}
			if kind != "ledger.epoch" {
				continue
			}
			e, err := entry.Decode(b)
			if err != nil {
				return false, err
			}
			size, _ := e.Row.Get(factKnownSize)
			root, _ := e.Row.Get(factKnownRoot)
			if size == fmt.Sprint(head.Size) && root == base64.StdEncoding.EncodeToString(head.Root[:]) {
				return true, nil
			}
		}
		at += int64(len(bodies))
	}
}

// Accept appends a ledger.epoch entry for a head that the database does not continue, on the word of two persons, and goes on from what is here. The anchor file follows; the
// witnesses do not, and sign nothing more of this ledger until their keepers have decided for themselves.
func (w *Witnessing) Accept(ctx context.Context, r Rollback, by Pair) error {
	h, err := ledger.Head(ctx, w.db.Read, r.Jurisdiction)
	if err != nil {
		return err
	}
	call := storage.Call{Jurisdiction: r.Jurisdiction, Principal: "system", Method: "ledger.epoch"}
	_, err = storage.Tx(ctx, w.db, call, func(tx *storage.Txn) (storage.Receipt, error) {
		row := ledger.Image(h)
		row.Int(factKnownSize, r.Known.Size).Text(factKnownRoot, base64.StdEncoding.EncodeToString(r.Known.Root[:])).Text(factSource, r.Source)
		row.Int(factSize, r.Size).Text(factRoot, base64.StdEncoding.EncodeToString(r.Root[:]))
		row.Text(factOperator, by.Operator).Text(factApprover, by.Approver)
		return tx.Append(entry.Entry{Kind: "ledger.epoch", Subject: "ledgers/" + r.Jurisdiction, Row: row.Row()})
	})
	if err != nil {
		return err
	}
	if h, err = ledger.Head(ctx, w.db.Read, r.Jurisdiction); err != nil {
		return err
	}
	note, err := w.ledger.SignHead(h)
	if err != nil {
		return err
	}
	return w.anchor.replace(r.Jurisdiction, note)
}
