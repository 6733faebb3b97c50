package custody

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/audit"
	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/bidding/seal/bech32"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

const (
	passphrase = "芦苇 沼泽 铜钟 二十七"
	light      = 10 // work that tests can wait for
)

func newIdentity(t *testing.T) *seal.Identity {
	t.Helper()
	i, err := seal.NewIdentity(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// TestKeyFile opens a key file with its passphrase alone, and age opens it too.
func TestKeyFile(t *testing.T) {
	i := newIdentity(t)
	file, err := lockKey(i, passphrase, light)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(file, []byte("SECRET")) {
		t.Error("the secret key stands in the file")
	}
	if back, err := unlockKey(append(file, '\n'), passphrase); err != nil || back.Secret() != i.Secret() {
		t.Fatalf("got %v", err)
	}
	changed := bytes.Clone(file)
	changed[len(changed)/2] ^= 1
	for name, c := range map[string]struct {
		file       []byte
		passphrase string
		want       error
	}{
		"another passphrase": {file, passphrase + "!", errPassphrase}, "a changed file": {changed, passphrase, errPassphrase},
		"half a file": {file[:len(file)/2], passphrase, errPassphrase}, "no key file": {[]byte(i.Secret()), passphrase, errKeyFile},
	} {
		if _, err := unlockKey(c.file, c.passphrase); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	theirs, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		t.Fatal(err)
	}
	r, err := age.Decrypt(armor.NewReader(bytes.NewReader(file)), theirs)
	if err != nil {
		t.Fatal(err)
	}
	identities, err := age.ParseIdentities(r)
	if err != nil || len(identities) != 1 || identities[0].(*age.X25519Identity).Recipient().String() != i.Recipient() {
		t.Errorf("age reads %v, %v", identities, err)
	}
}

// TestCreate writes no file twice, none that others may read, and none that is not whole.
func TestCreate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "k")
	failing := errors.New("no room")
	if err := create(path, func(w io.Writer) error { _, _ = w.Write([]byte("half")); return failing }); !errors.Is(err, failing) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Error("half a file is there")
	}
	write := func(w io.Writer) error { _, err := w.Write([]byte("whole")); return err }
	if err := create(path, write); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("a file of %v, %v", info.Mode(), err)
	}
	if err := create(path, write); err == nil || !strings.Contains(err.Error(), "不会覆盖") {
		t.Errorf("got %v", err)
	}
}

// desk is a directory with terms, a bid and an attachment.
type desk struct {
	t          *testing.T
	dir        string
	identities []*seal.Identity
	terms      seal.Terms
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, dir: t.TempDir(), terms: seal.Terms{Demand: "demands/d1", Level: seal.Custodians, Threshold: 2, Deadline: time.Date(2027, 3, 1, 1, 0, 0, 0, time.UTC)}}
	for range 3 {
		i := newIdentity(t)
		d.identities, d.terms.Recipients = append(d.identities, i), append(d.terms.Recipients, i.Recipient())
	}
	d.write("terms.json", d.terms)
	d.write("bid.json", map[string]any{"organization": "organizations/o1", "submission": 1, "amount": "41.8万元", "proposal": "硬脂酸干法包覆"})
	if err := os.WriteFile(d.path("report.pdf"), bytes.Repeat([]byte("pdf"), 100_000), 0o644); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) path(name string) string { return filepath.Join(d.dir, name) }

func (d *desk) write(name string, v any) {
	d.t.Helper()
	b, err := json.Marshal(v)
	if err == nil {
		err = os.WriteFile(d.path(name), b, 0o644)
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) sealing() *sealing {
	return &sealing{terms: d.path("terms.json"), bid: d.path("bid.json"), out: d.path("bid.jbb"), part: "whole", attachments: []string{d.path("report.pdf")}}
}

// files are the names in the directory.
func (d *desk) files() (names []string) {
	d.t.Helper()
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestSeal seals a bid with an attachment, and two custodians open both.
func TestSeal(t *testing.T) {
	d := newDesk(t)
	s := d.sealing()
	_, r, err := s.run()
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := os.ReadFile(d.path("bid.jbb"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := seal.Parse(sealed)
	if err != nil {
		t.Fatal(err)
	}
	if seal.Sum(sealed) != r.Digest {
		t.Error("the draft of the receipt is of another envelope")
	}
	var shares []seal.Share
	for _, i := range d.identities[1:] {
		share, err := seal.OpenStanza(i, e)
		if err != nil {
			t.Fatal(err)
		}
		shares = append(shares, share)
	}
	opened, err := seal.Combine(e, shares, seal.Expected{Digest: r.Digest, Terms: d.terms, Organization: "organizations/o1", Submission: 1})
	if err != nil {
		t.Fatal(err)
	}
	p := opened.Plain
	if *p.Amount != 41_800_000 || len(p.Attachments) != 1 || p.Attachments[0].Name != "report.pdf" || p.Attachments[0].Size != 300_000 {
		t.Errorf("got %+v", p)
	}
	file, err := os.Open(d.path("bid.jbb.1"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var back bytes.Buffer
	if err := seal.OpenAttachment(&back, file, p.Attachments[0].Size, seal.AttachmentKey(opened.Key, p.Attachments[0].Label)); err != nil {
		t.Fatal(err)
	}
	if seal.Sum(back.Bytes()) != p.Attachments[0].SHA256 || !bytes.HasPrefix(back.Bytes(), []byte("pdfpdf")) {
		t.Error("the attachment opens to another file")
	}
}

// TestSealRefuses says what is wrong, and writes nothing.
func TestSealRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*desk, *sealing)
		want   string
	}{
		"a misspelt field": {func(d *desk, _ *sealing) { d.write("bid.json", map[string]any{"proposel": "x"}) }, "proposel"},
		"two texts":        {func(d *desk, _ *sealing) { d.append("bid.json", "{}") }, "还有内容"},
		"an amount in fen": {func(d *desk, _ *sealing) { d.write("bid.json", map[string]any{"amountFen": 1}) }, "amount"},
		"half a fen":       {func(d *desk, _ *sealing) { d.write("bid.json", map[string]any{"amount": "0.001"}) }, "最小单位是分"},
		"no proposal": {func(d *desk, _ *sealing) {
			d.write("bid.json", map[string]any{"organization": "organizations/o1", "submission": 1, "amount": "1"})
		}, "proposal"},
		"no such part":       {func(_ *desk, s *sealing) { s.part = "half" }, "part"},
		"no such file":       {func(_ *desk, s *sealing) { s.bid += "x" }, "no such file"},
		"no such attachment": {func(_ *desk, s *sealing) { s.attachments = append(s.attachments, "/nonexistent") }, "no such file"},
		"a directory":        {func(d *desk, s *sealing) { s.attachments = append(s.attachments, d.dir) }, "不是普通文件"},
		"one custodian":      {func(d *desk, _ *sealing) { d.terms.Threshold = 1; d.write("terms.json", d.terms) }, "SEAL_TERMS"},
		"a custodian of weak key": {func(d *desk, _ *sealing) {
			d.terms.Recipients[0] = bech32.Text("age", make([]byte, seal.KeySize))
			d.write("terms.json", d.terms)
		}, "SEAL_RECIPIENT"},
	} {
		d := newDesk(t)
		s := d.sealing()
		c.change(d, s)
		before := d.files()
		_, _, err := s.run()
		if err == nil || !strings.Contains(explain(err).Error(), c.want) {
			t.Errorf("%s: got %v", name, explain(err))
		}
		for _, path := range s.made {
			if err := os.Remove(path); err != nil {
				t.Error(err)
			}
		}
		if after := d.files(); len(after) != len(before) {
			t.Errorf("%s: it leaves %v", name, after)
		}
	}
}

func (d *desk) append(name, text string) {
	d.t.Helper()
	b, err := os.ReadFile(d.path(name))
	if err == nil {
		err = os.WriteFile(d.path(name), append(b, text...), 0o644)
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// proved is a receipt that a ledger of a few entries proves, and the ledger's key.
func proved(t *testing.T, change func(*entry.Entry)) (*Receipt, string) {
	t.Helper()
	private, public, err := note.GenerateKey(nil, entry.Origin("330182"))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	const size, at = 9, 5
	digest := seal.Sum([]byte("envelope"))
	r := &Receipt{Format: receiptFormat, Bid: "demands/d1/bids/b1", Demand: "demands/d1", Digest: digest, Proof: &Proof{Sequence: at, VerifierKey: public}}
	var stored []tlog.Hash
	hashes := tlog.HashReaderFunc(func(indexes []int64) (list []tlog.Hash, err error) {
		for _, i := range indexes {
			list = append(list, stored[i])
		}
		return list, nil
	})
	for n := range int64(size) {
		e := entry.Entry{Jurisdiction: "330182", Sequence: n, Time: time.Unix(1_800_000_000+n, 0).UTC(), Kind: "bid.submitted", Subject: "demands/d1/bids/b1"}
		e.Row = new(entry.Image).Bytes("content_digest", digest[:]).Row()
		salt := bytes.Repeat([]byte{byte(n)}, entry.SaltSize)
		if n == at {
			change(&e)
			r.Proof.Salt, r.Proof.Body = salt, e.Encode()
		}
		more, err := tlog.StoredHashesForRecordHash(n, entry.Leaf(salt, e.Encode()), hashes)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, more...)
	}
	root, err := tlog.TreeHash(size, hashes)
	if err != nil {
		t.Fatal(err)
	}
	if r.Proof.Checkpoint, err = (entry.Checkpoint{Origin: entry.Origin("330182"), Size: size, Root: root}).Sign(signer); err != nil {
		t.Fatal(err)
	}
	proof, err := tlog.ProveRecord(size, at, hashes)
	if err != nil {
		t.Fatal(err)
	}
	r.Proof.Hashes = proof
	return r, public
}

// TestReceipts verifies a receipt from its file, and refuses each that differs, whoever made it differ.
func TestReceipts(t *testing.T) {
	r, key := proved(t, func(*entry.Entry) {})
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "r.json")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	back := Receipt{}
	if err := decode(path, &back); err != nil {
		t.Fatal(err)
	}
	for _, trusted := range []string{"", key} {
		if f, err := back.verify(trusted); err != nil || f.entry.Sequence != 5 || f.head.Size != 9 {
			t.Fatalf("got %+v, %v", f, err)
		}
	}
	_, other := proved(t, func(*entry.Entry) {})
	for name, c := range map[string]struct {
		change  func(*Receipt)
		trusted string
		want    string
	}{
		"another key":      {func(*Receipt) {}, other, "签名不对"},
		"a draft":          {func(r *Receipt) { r.Proof = nil }, key, "草稿"},
		"another format":   {func(r *Receipt) { r.Format = "x" }, key, "不是揭榜回执"},
		"another digest":   {func(r *Receipt) { r.Digest[0] ^= 1 }, key, "没有回执上的摘要"},
		"another bid":      {func(r *Receipt) { r.Bid += "0" }, key, "是关于"},
		"another demand":   {func(r *Receipt) { r.Demand += "0" }, key, "是关于"},
		"no bid":           {func(r *Receipt) { r.Bid = "" }, key, "是关于"},
		"another entry":    {func(r *Receipt) { r.Proof.Body = append(r.Proof.Body, ' ') }, key, "推不出"},
		"another salt":     {func(r *Receipt) { r.Proof.Salt[0] ^= 1 }, key, "推不出"},
		"another place":    {func(r *Receipt) { r.Proof.Sequence++ }, key, "推不出"},
		"a place beyond":   {func(r *Receipt) { r.Proof.Sequence = 9 }, key, "没有第 9 条"},
		"a negative place": {func(r *Receipt) { r.Proof.Sequence = -1 }, key, "没有第 -1 条"},
		"a hash less":      {func(r *Receipt) { r.Proof.Hashes = r.Proof.Hashes[1:] }, key, "推不出"},
		"another head":     {func(r *Receipt) { r.Proof.Checkpoint = strings.Replace(r.Proof.Checkpoint, "\n9\n", "\n8\n", 1) }, key, "签名不对"},
	} {
		r, public := proved(t, func(*entry.Entry) {})
		trusted := c.trusted
		if trusted == key {
			trusted = public
		}
		c.change(r)
		if _, err := r.verify(trusted); !errors.Is(err, audit.ErrProof) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}

// TestLedgersOtherEntries refuses entries that are in the ledger and are about something else.
func TestLedgersOtherEntries(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*entry.Entry)
		want   string
	}{
		"another bid":          {func(e *entry.Entry) { e.Subject = "demands/d1/bids/b2" }, "是关于"},
		"another jurisdiction": {func(e *entry.Entry) { e.Jurisdiction = "330183" }, "330183"},
		"another sequence":     {func(e *entry.Entry) { e.Sequence++ }, "第 6 条"},
		"another digest":       {func(e *entry.Entry) { e.Row[0].Value = seal.Sum(nil).String() }, "没有回执上的摘要"},
		"a digest that is not": {func(e *entry.Entry) { e.Row[0].Name = "proposal" }, "没有回执上的摘要"},
	} {
		r, key := proved(t, c.change)
		if _, err := r.verify(key); !errors.Is(err, audit.ErrProof) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}
