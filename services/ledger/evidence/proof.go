// Package evidence is what outsiders take home of a ledger, beside a bundle: the proof of one entry, which a court can check alone, and the tree as
// tiles, which any reader of C2SP tlog-tiles verifies. It is pure.
package evidence

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/jiebang/jiebang/services/ledger/entry"
)

// proofLine is the first line of a proof.
const proofLine = "c2sp.org/tlog-proof@v1"

// Proof is one entry with everything that proves it: C2SP tlog-proof, whose extra data are the salt and the body of the entry.
type Proof struct {
	Index      int64
	Salt       []byte
	Body       string
	Path       []tlog.Hash // RFC 6962 inclusion proof
	Checkpoint string      // signed note, with whatever cosignatures there are
}

// ErrProof says that a file is no proof, or proves nothing.
var ErrProof = errors.New("不是有效的证明")

// Encode returns the file.
func (p Proof) Encode() []byte {
	var b strings.Builder
	extra := append(append([]byte{}, p.Salt...), p.Body...)
	fmt.Fprintf(&b, "%s\nextra %s\nindex %d\n", proofLine, base64.StdEncoding.EncodeToString(extra), p.Index)
	for _, h := range p.Path {
		b.WriteString(base64.StdEncoding.EncodeToString(h[:]) + "\n")
	}
	b.WriteString("\n" + p.Checkpoint)
	return []byte(b.String())
}

// ParseProof reads a file that is exactly what Encode writes.
func ParseProof(file []byte) (p Proof, err error) {
	head, checkpoint, _ := strings.Cut(string(file), "\n\n")
	lines := strings.Split(head, "\n")
	if len(lines) < 3 || lines[0] != proofLine {
		return p, fmt.Errorf("%w: 首行应为 %s", ErrProof, proofLine)
	}
	extra, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if err != nil || len(extra) < entry.SaltSize {
		return p, fmt.Errorf("%w: extra 行应为盐值和内容", ErrProof)
	}
	p = Proof{Salt: extra[:entry.SaltSize], Body: string(extra[entry.SaltSize:]), Checkpoint: checkpoint}
	if p.Index, err = entry.ParseInt(strings.TrimPrefix(lines[2], "index ")); err != nil || p.Index < 0 {
		return p, fmt.Errorf("%w: index 行", ErrProof)
	}
	for _, line := range lines[3:] {
		b, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(b) != tlog.HashSize {
			return p, fmt.Errorf("%w: 证明中的哈希 %q", ErrProof, line)
		}
		p.Path = append(p.Path, tlog.Hash(b))
	}
	if string(p.Encode()) != string(file) {
		return p, fmt.Errorf("%w: 写法不规范", ErrProof)
	}
	return p, nil
}

// Verify proves that the ledger with this verifier key has the entry in the checkpoint, and returns both.
func (p Proof) Verify(key string) (*entry.Entry, entry.Checkpoint, error) {
	c, err := entry.OpenCheckpoint(p.Checkpoint, key)
	if err != nil {
		return nil, c, fmt.Errorf("%w: 检查点签名: %w", ErrProof, err)
	}
	if p.Index >= c.Size {
		return nil, c, fmt.Errorf("%w: 检查点只有 %d 条,没有第 %d 条", ErrProof, c.Size, p.Index)
	}
	if err := tlog.CheckRecord(p.Path, c.Size, c.Root, p.Index, entry.Leaf(p.Salt, []byte(p.Body))); err != nil {
		return nil, c, fmt.Errorf("%w: 由内容推不出检查点的树根: %w", ErrProof, err)
	}
	e, err := entry.Decode([]byte(p.Body))
	if err != nil {
		return nil, c, fmt.Errorf("%w: %w", ErrProof, err)
	}
	if e.Sequence != p.Index || entry.Origin(e.Jurisdiction) != c.Origin {
		return nil, c, fmt.Errorf("%w: 内容自称是 %s 的第 %d 条", ErrProof, e.Jurisdiction, e.Sequence)
	}
	return e, c, nil
}
