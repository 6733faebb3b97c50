package replay

import (
	"fmt"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/ledger/witness"
)

// Cosigned is that a witness signed the checkpoint of a bundle, and when.
type Cosigned struct {
	Name string    `json:"name"`
	Time time.Time `json:"time"`
}

// trustedKey is the key that a bundle's checkpoint is verified with: the auditor's own, or the one of its policy, or else the bundle's.
func (r *Replayer) trustedKey(h entry.Header, o Options) string {
	key := h.VerifierKey
	trusted := o.TrustedKey
	if trusted == "" && o.Policy != nil && len(o.Policy.Logs) > 0 {
		for _, log := range o.Policy.Logs {
			if strings.HasPrefix(log, entry.Origin(h.Jurisdiction)+"+") {
				trusted = log
			}
		}
		if trusted == "" {
			r.problem(Problem{Sequence: -1, Column: "verifier_key", Text: "见证策略文件中没有这个账本的公钥"})
		}
	}
	if trusted != "" && trusted != key {
		r.problem(Problem{Sequence: -1, Column: "verifier_key", Text: "文件中的验证公钥不是审计人掌握的公钥"})
		key = trusted
	}
	return key
}

// cosigned makes sure that enough witnesses have signed a checkpoint.
func (r *Replayer) cosigned(checkpoint string, p *witness.Policy) {
	if p == nil {
		return
	}
	found, met, err := p.Check(checkpoint)
	if err != nil {
		r.problem(Problem{Sequence: -1, Column: "checkpoint", Text: "见证人的签名无效:" + err.Error()})
		return
	}
	for _, c := range found {
		r.report.Witnesses = append(r.report.Witnesses, Cosigned{c.Key.Name(), c.Time})
	}
	if !met {
		r.problem(Problem{Sequence: -1, Column: "checkpoint", Text: fmt.Sprintf("见证人签名 %d 个,不足策略所需", len(found))})
	}
}

// since is a checkpoint that the auditor has kept: the ledger of a bundle must begin with its tree.
type since struct {
	head entry.Checkpoint
	met  bool
}

// openSince reads the auditor's own checkpoint; nil if there is none.
func (r *Replayer) openSince(note, key, jurisdiction string) *since {
	if note == "" {
		return nil
	}
	head, err := entry.OpenCheckpoint(note, key)
	if err != nil || head.Origin != entry.Origin(jurisdiction) {
		r.problem(Problem{Sequence: -1, Column: "since", Text: fmt.Sprintf("留存的检查点不是这个账本的公钥签名的(%v)", err)})
		return nil
	}
	return &since{head: head}
}

// at compares the tree of the entries taken so far with the auditor's checkpoint, once it has come to its size.
func (s *since) at(r *Replayer) {
	if s == nil || s.met || r.next != s.head.Size {
		return
	}
	s.met = true
	if r.frontier.Root() != s.head.Root {
		r.problem(Problem{Sequence: -1, Column: "since", Text: fmt.Sprintf("前 %d 条的树根与留存的检查点不符:账本在那之前的历史已被改写", s.head.Size)})
	}
	r.report.Since = s.head.Size
}

// end says that a bundle is shorter than the auditor's checkpoint.
func (s *since) end(r *Replayer) {
	if s != nil && !s.met {
		r.problem(Problem{Sequence: -1, Column: "since", Text: fmt.Sprintf("留存的检查点有 %d 条,文件中只有 %d 条:账本被截短,或文件更旧", s.head.Size, r.next)})
	}
}
