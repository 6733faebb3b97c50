package replay_test

import (
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/ledger/witness"
	"github.com/jiebang/jiebang/services/reporting/replay"
)

// resigned is a bundle whose head and key are a forger's own, as one would make it who keeps the server.
func (b bundle) resigned(t *testing.T) bundle {
	t.Helper()
	skey, key, err := note.GenerateKey(strings.NewReader(strings.Repeat("f", ed25519.SeedSize)), b.header.Origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	var frontier entry.Frontier
	for i, e := range b.entries {
		frontier, _ = frontier.Append(int64(i), entry.Leaf(e.Salt, []byte(e.Body)))
	}
	b.header.VerifierKey = key
	if b.header.Checkpoint, err = (entry.Checkpoint{Origin: b.header.Origin, Size: int64(len(b.entries)), Root: frontier.Root()}).Sign(signer); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestSince holds a later bundle against the checkpoint that an auditor took home before: rewritten history and a shortened one are told, and an honest
// one is not.
func TestSince(t *testing.T) {
	b, m := told(t)
	b = b.resigned(t)
	old := bundle{b.header, b.entries[:20]}.resigned(t).header.Checkpoint
	if r := b.verify(t, replay.Options{Since: old}); len(r.Problems) > 0 || r.Since != 20 {
		t.Errorf("the honest ledger: %v", r.Problems)
	}
	if r := b.verify(t, replay.Options{Since: b.header.Checkpoint}); len(r.Problems) > 0 {
		t.Errorf("its own head: %v", r.Problems)
	}
	rename := func(body string) string { return strings.Replace(body, "白度不低于 95", "白度不低于 59", 1) }
	i := b.find(t, "demand.drafted")
	forged := b
	for j := i; j < len(b.entries); j++ { // in every entry of the demand, so that the replay has nothing to say
		forged = forged.rewrite(j, rename)
	}
	forged = forged.resigned(t)
	if r := forged.verify(t, replay.Options{}); len(r.Problems) > 0 {
		t.Fatalf("the forgery is not perfect: %v", r.Problems)
	}
	if r := forged.verify(t, replay.Options{Since: old}); !names(r, -1, "历史已被改写") {
		t.Errorf("history rewritten and re-signed: %v", r.Problems)
	}
	short := bundle{b.header, b.entries[:10]}.resigned(t)
	if r := short.verify(t, replay.Options{Since: old}); !names(r, -1, "账本被截短") {
		t.Errorf("history cut: %v", r.Problems)
	}
	if r := export(t, m).verify(t, replay.Options{Since: old}); !names(r, -1, "留存的检查点不是") {
		t.Errorf("another ledger's checkpoint: %v", r.Problems)
	}
}

// TestQuorum wants the witnesses that a policy names, each counted once, and the ledger's key from the policy.
func TestQuorum(t *testing.T) {
	b, _ := told(t)
	var keys []any
	var signers []*witness.Signer
	for i := range 3 {
		s, err := witness.NewSigner(fmt.Sprintf("w%d.example", i), []byte(strings.Repeat(fmt.Sprint(i), 32)))
		if err != nil {
			t.Fatal(err)
		}
		signers, keys = append(signers, s), append(keys, s)
	}
	file := fmt.Sprintf("witness a %s\nwitness b %s\nwitness c %s\ngroup g 2 a b c\nquorum g\n", keys...)
	policy := func(head string) *witness.Policy {
		p, err := witness.ParsePolicy(head + file)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	by := func(s ...*witness.Signer) bundle {
		c := b
		for _, w := range s {
			c.header.Checkpoint += w.Cosign(witness.Text(b.header.Checkpoint), markettest.Noon)
		}
		return c
	}
	if r := by(signers[0], signers[2]).verify(t, replay.Options{Policy: policy("")}); len(r.Problems) > 0 || len(r.Witnesses) != 2 || !r.Witnesses[0].Time.Equal(markettest.Noon) {
		t.Errorf("two of three: %v %v", r.Problems, r.Witnesses)
	}
	if r := by(signers[1]).verify(t, replay.Options{Policy: policy("")}); !names(r, -1, "不足策略所需") {
		t.Errorf("one of three: %v", r.Problems)
	}
	twice := by(signers[1])
	twice.header.Checkpoint += signers[1].Cosign(witness.Text(b.header.Checkpoint), markettest.Noon.Add(time.Hour))
	if r := twice.verify(t, replay.Options{Policy: policy("")}); len(r.Problems) == 0 {
		t.Error("one witness counts as two")
	}
	if r := by(signers...).verify(t, replay.Options{Policy: policy("log " + b.header.VerifierKey + "\n")}); len(r.Problems) > 0 {
		t.Errorf("the ledger's key in the policy: %v", r.Problems)
	}
	if r := by(signers...).verify(t, replay.Options{Policy: policy("log " + b.resigned(t).header.VerifierKey + "\n")}); !names(r, -1, "不是审计人掌握的公钥") {
		t.Errorf("another key in the policy: %v", r.Problems)
	}
}
