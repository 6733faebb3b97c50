package witness

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/jiebang/jiebang/services/ledger/entry"
)

// MaxRequest is the largest request, in bytes; no proof and no note needs as much.
const MaxRequest = 64 << 10

// maxProof is how many lines a proof may have.
const maxProof = 63

// Request asks a witness to sign a checkpoint that continues the one of size Old.
type Request struct {
	Old        int64
	Proof      []tlog.Hash // of consistency from Old to the checkpoint
	Checkpoint string      // the signed note
}

// Encode returns the body of the request.
func (r Request) Encode() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "old %d\n", r.Old)
	for _, h := range r.Proof {
		b.WriteString(base64.StdEncoding.EncodeToString(h[:]) + "\n")
	}
	b.WriteString("\n" + r.Checkpoint)
	return []byte(b.String())
}

// ErrRequest says that a body is no request.
var ErrRequest = errors.New("not an add-checkpoint request")

// ParseRequest reads the body of a request.
func ParseRequest(body []byte) (Request, error) {
	head, checkpoint, ok := strings.Cut(string(body), "\n\n")
	lines := strings.Split(head, "\n")
	size, isOld := strings.CutPrefix(lines[0], "old ")
	old, err := strconv.ParseInt(size, 10, 64)
	if !ok || !isOld || err != nil || old < 0 || strconv.FormatInt(old, 10) != size || len(lines) > 1+maxProof {
		return Request{}, ErrRequest
	}
	r := Request{Old: old, Checkpoint: checkpoint}
	for _, line := range lines[1:] {
		b, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(b) != tlog.HashSize {
			return Request{}, ErrRequest
		}
		r.Proof = append(r.Proof, tlog.Hash(b))
	}
	return r, nil
}

// Why a witness does not sign.
var (
	ErrUnknown   = errors.New("the ledger is not one that this witness knows")
	ErrSignature = errors.New("the checkpoint is not signed by the ledger's key")
	ErrOld       = errors.New("the old size is larger than the checkpoint")
	ErrConflict  = errors.New("the old size is not the one that this witness signed last")
	ErrProof     = errors.New("the checkpoint does not continue what this witness signed last")
)

// Logs are the verifier keys of the ledgers that a witness knows, by origin.
type Logs map[string]string

// Judge decides whether a witness that signed last before, the zero Checkpoint if none, may sign what is asked for. It returns the new last one.
// last is asked for once the ledger is known to have signed.
func (l Logs) Judge(r Request, last func(origin string) entry.Checkpoint) (entry.Checkpoint, error) {
	claimed, err := entry.Unverified(r.Checkpoint)
	if err != nil {
		return claimed, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	key, known := l[claimed.Origin]
	if !known {
		return claimed, ErrUnknown
	}
	next, err := entry.OpenCheckpoint(r.Checkpoint, key)
	if err != nil {
		return next, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if r.Old > next.Size {
		return next, ErrOld
	}
	before := last(next.Origin)
	if r.Old != before.Size {
		return next, ErrConflict
	}
	if !continues(r.Proof, before, next) {
		return next, ErrProof
	}
	return next, nil
}

// continues reports whether a proof shows that next begins with before.
func continues(proof []tlog.Hash, before, next entry.Checkpoint) bool {
	if before.Size > 0 {
		return tlog.CheckTree(proof, next.Size, next.Root, before.Size, before.Root) == nil
	}
	return len(proof) == 0 && (next.Size > 0 || next.Root == entry.Frontier(nil).Root())
}
