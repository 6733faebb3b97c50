package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/bidding/seal"
)

const passphrase = "保险柜 里的 第七页 纸"

// keyFile writes the key file of a custodian under a passphrase that is quickly tried, and returns the public key.
func keyFile(t *testing.T, path string) string {
	t.Helper()
	key, err := seal.NewIdentity(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	recipient, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		t.Fatal(err)
	}
	recipient.SetWorkFactor(8)
	var text strings.Builder
	armored := armor.NewWriter(&text)
	w, err := age.Encrypt(armored, recipient)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = fmt.Fprintln(w, key.Secret())
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := armored.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return key.Recipient()
}

// ahead is the machine's clock, put forward: so much time has gone by, but for what somebody has set.
type ahead struct{ by, set atomic.Int64 }

// Now implements the server's clock.
func (a *ahead) Now() time.Time {
	return time.Now().UTC().Truncate(time.Microsecond).Add(time.Duration(a.by.Load() + a.set.Load()))
}

// Elapsed implements the server's clock.
func (a *ahead) Elapsed() time.Duration { return time.Since(began) + time.Duration(a.by.Load()) }

var began = time.Now()

// Wait implements the server's clock.
func (a *ahead) Wait(ctx context.Context, t time.Time) {
	timer := time.NewTimer(t.Sub(a.Now()))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// keeper is a custodian at its desk.
type keeper struct {
	*desk
	login, name, file string
	codes             []string // recovery codes
}

// open gives a custodian's shares, for which it shows a second factor anew.
func (k keeper) open(m *realMarket, demand string) {
	k.t.Helper()
	k.refused(failure.Permission, "jiebang step-up", passphrase+"\n", "custodian", "open", demand, k.name, k.file, "--passphrase-stdin")
	k.must(k.codes[0]+"\n", "step-up", "--code-stdin")
	k.must(passphrase+"\n", "custodian", "open", demand, k.name, k.file, "--passphrase-stdin")
	if err := m.server.Settle(k.t.Context()); err != nil {
		k.t.Fatal(err)
	}
}

// TestSealed goes the whole way by commands: custodians register, an officer confirms, they prove their keys, a bidder seals offline and submits, and two
// of them open.
func TestSealed(t *testing.T) {
	c := &ahead{}
	m := openMarket(t, func(config *services.Config) { config.Clock = c })
	officer, dir := m.found("officer", "secadmin"), t.TempDir()
	officer.factor()
	var keepers []keeper
	for i := range 3 {
		k := keeper{login: fmt.Sprintf("keeper%d", i), file: filepath.Join(dir, fmt.Sprintf("%d.key", i))}
		k.desk = m.found(k.login, "custodian")
		recipient := keyFile(t, k.file)
		k.codes = k.factor()
		k.refused(failure.Usage, "--office", "", "custodian", "register", recipient)
		k.name = k.must("", "custodian", "register", recipient, "--office", "机关纪委", "-o", "name")
		officer.refused(failure.Conflict, "FINGERPRINT_WRONG", "", "custodian", "confirm", k.name, "--fingerprint", "0000 0000 0000 0000 0000 0000")
		officer.must("", "custodian", "confirm", k.name, "--fingerprint", seal.Fingerprint(recipient))
		if got := k.must(passphrase+"\n", "custodian", "check", k.name, k.file, "--passphrase-stdin", "--jq", ".fresh"); got != "true" {
			t.Errorf("fresh: got %s", got)
		}
		keepers = append(keepers, k)
	}
	organization := func(kind, uscc string) *desk {
		org := m.bureau.must("", "org", "create", "--display-name", kind+"甲", "--kind", kind, "--uscc", uscc, "-o", "name")
		d := sit(t, m.grpc)
		d.must(m.bureau.must("", "org", "token", "create", org, "--display-name", "科研院", "--roles", "editor,signer", "--jq", ".secret")+"\n", "login", "--with-token")
		return d
	}
	firm, university := organization("企业", "91330182MA2T00001P"), organization("高校", "12330000MA2T000022")
	demand := firm.must("", "demand", "create", "--title", "超细碳酸钙表面改性", "--field", "新材料", "--amount", "50万元", "--deadline", "+10m", "--procedure", "direct_sealed", "-o", "name")
	firm.must("", "demand", "publish", demand)
	terms, bid, envelope := filepath.Join(dir, "terms.json"), filepath.Join(dir, "bid.json"), filepath.Join(dir, "bid.jbb")
	university.must("", "bid", "terms", demand, "-f", terms)
	text := fmt.Sprintf(`{"organization": %q, "submission": 1, "amount": "41.8万元", "proposal": "硬脂酸干法包覆"}`, university.must("", "whoami", "--jq", ".organization.name"))
	if err := os.WriteFile(bid, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	university.must("", "bid", "seal", terms, bid, "--out", envelope)
	name := university.must("", "bid", "finalize", demand, envelope, "-o", "name")
	receipt := filepath.Join(dir, "receipt.json")
	university.must("", "receipt", "get", name, "-f", receipt)
	university.must("", "receipt", "verify", receipt, "--envelope", envelope)
	keepers[0].refused(failure.Conflict, "NOT_CLOSED", passphrase+"\n", "custodian", "open", demand, keepers[0].name, keepers[0].file, "--passphrase-stdin")
	c.by.Store(int64(11 * time.Minute))
	if err := m.server.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, k := range keepers[:2] {
		firm.refused(failure.NotFound, "BID_NOT_FOUND", "", "bid", "get", name)
		k.open(m, demand)
	}
	if got := firm.must("", "bid", "get", name, "--jq", ".state"); got != "OPENED" {
		t.Errorf("got %s", got)
	}
}
