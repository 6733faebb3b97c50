package seal

import (
	"bytes"
	"crypto/sha256"
	"io"
	"slices"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/jiebang/jiebang/services/bidding/seal/shamir"
)

const (
	format     = "JBB1\n"
	stanzaSize = KeySize + KeySize + chacha20poly1305.Overhead // ephemeral key, share, tag
)

// MaxEnvelope bounds an envelope, in bytes.
const MaxEnvelope = 56 << 10

// Envelope is a sealed bid, or a part of one, as everybody may see it.
type Envelope struct {
	Part      Part
	Level     Level
	Demand    string
	Policy    Digest // of the terms that it was sealed under
	Nonce     Digest // 32 bytes of chance, fresh for each envelope
	Threshold int
	Stanzas   []Stanza // one for each recipient, in the order of the terms
	Payload   []byte   // the padded content
	KeyCommit Digest   // binds the file key to everything above
}

// Stanza is the share of one recipient.
type Stanza struct {
	Recipient string
	Commit    Digest // of the share
	Sealed    []byte // the share, to the recipient
}

// header is what all stanzas are bound to.
func (e *Envelope) header() writer {
	w := writer(format)
	w.text("suite", Suite)
	w.text("part", string(e.Part))
	w.text("level", string(e.Level))
	w.text("demand", e.Demand)
	w.bytes("policy", e.Policy[:])
	w.bytes("nonce", e.Nonce[:])
	w.int("threshold", int64(e.Threshold))
	return w
}

// committed is what the payload and the key are bound to, up to where the payload stands.
func (e *Envelope) committed() writer {
	w := e.header()
	for _, s := range e.Stanzas {
		var stanza writer
		stanza.text("recipient", s.Recipient)
		stanza.bytes("commit", s.Commit[:])
		stanza.bytes("sealed", s.Sealed)
		w.bytes("stanza", stanza)
	}
	return w
}

// Encode returns the bytes of the envelope: a format line, then one line a field, in this order.
func (e *Envelope) Encode() []byte {
	w := e.committed()
	w.bytes("payload", e.Payload)
	w.bytes("key_commit", e.KeyCommit[:])
	return w
}

// Parse reads an envelope. Whatever Encode does not write is refused.
func Parse(b []byte) (*Envelope, error) {
	body, ok := bytes.CutPrefix(b, []byte(format))
	if !ok || len(b) > MaxEnvelope {
		return nil, ErrForm
	}
	r := &reader{rest: body}
	if suite := r.text("suite"); !r.broken && suite != Suite {
		return nil, ErrSuite.With("suite", suite)
	}
	e := &Envelope{Part: Part(r.text("part")), Level: Level(r.text("level")), Demand: r.text("demand"), Policy: r.digest("policy"),
		Nonce: r.digest("nonce"), Threshold: int(r.int("threshold"))}
	for r.is("stanza") {
		s := &reader{rest: r.bytes("stanza")}
		e.Stanzas = append(e.Stanzas, Stanza{Recipient: s.text("recipient"), Commit: s.digest("commit"), Sealed: s.bytes("sealed")})
		r.broken = r.broken || !s.ok()
	}
	e.Payload, e.KeyCommit = r.bytes("payload"), r.digest("key_commit")
	if !r.ok() || !e.formed() || !bytes.Equal(e.Encode(), b) {
		return nil, ErrForm
	}
	return e, nil
}

// formed reports whether the fields can be of an envelope at all.
func (e *Envelope) formed() bool {
	if !e.Part.known() || e.Level != Platform && e.Level != Custodians || e.Threshold < 1 || e.Threshold > len(e.Stanzas) ||
		len(e.Stanzas) > MaxRecipients || !slices.Contains(Buckets, len(e.Payload)-chacha20poly1305.Overhead) {
		return false
	}
	for _, s := range e.Stanzas {
		if len(s.Sealed) != stanzaSize {
			return false
		}
	}
	return true
}

func (p Part) known() bool { return p == Whole || p == Technical || p == Price }

// Check reports whether e is sealed under t, to exactly the recipients of t. It needs no key.
func (e *Envelope) Check(t Terms) error {
	if err := t.Check(); err != nil {
		return err
	}
	if e.Demand != t.Demand {
		return ErrDemand.With("demand", t.Demand)
	}
	if e.Policy != t.Policy() || e.Level != t.Level {
		return ErrPolicy
	}
	recipients := make([]string, len(e.Stanzas))
	for i, s := range e.Stanzas {
		recipients[i] = s.Recipient
	}
	if e.Threshold != t.Threshold || !slices.Equal(recipients, t.Recipients) {
		return ErrStanzas
	}
	return nil
}

// Seal seals a part of a bid under t. The key is of this submission alone; rand gives what else must be chance.
func Seal(rand io.Reader, key Key, t Terms, part Part, p Plain) ([]byte, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	if f := p.check(part); f != nil {
		return nil, f
	}
	e := &Envelope{Part: part, Level: t.Level, Demand: t.Demand, Policy: t.Policy(), Threshold: t.Threshold}
	if _, err := io.ReadFull(rand, e.Nonce[:]); err != nil {
		return nil, err
	}
	padded, err := pack(p.encode(inner{Part: part, Demand: t.Demand, Policy: e.Policy, Nonce: e.Nonce}))
	if err != nil {
		return nil, err
	}
	shares, err := shamir.Split(rand, key, t.Threshold, len(t.Recipients))
	if err != nil {
		return nil, err
	}
	return e.seal(key, t.Recipients, shares, padded)
}

// seal fills in what follows from the key, the shares and the padded content.
func (e *Envelope) seal(key Key, recipients []string, shares [][KeySize]byte, padded []byte) ([]byte, error) {
	for i, r := range recipients {
		sealed, err := e.stanza(key, r, i, shares[i])
		if err != nil {
			return nil, err
		}
		e.Stanzas = append(e.Stanzas, Stanza{r, e.commit(i, shares[i]), sealed})
	}
	aead, err := e.aead(key)
	if err != nil {
		return nil, err
	}
	e.Payload = aead.Seal(nil, make([]byte, aead.NonceSize()), padded, e.committed())
	e.KeyCommit = e.keyCommit(key)
	return e.Encode(), nil
}

// stanza seals the share at place i to its recipient, with an ephemeral key that follows from the file key.
func (e *Envelope) stanza(key Key, recipient string, i int, share Key) ([]byte, error) {
	public, err := publicKey(recipient)
	if err != nil {
		return nil, err
	}
	info := e.stanzaInfo(recipient, i)
	return sealTo(public, derive(key[:], e.Nonce[:], "jiebang ephemeral 1\n"+string(info)), info, share[:])
}

// stanzaInfo is what the stanza at place i is bound to.
func (e *Envelope) stanzaInfo(recipient string, i int) []byte {
	w := e.header()
	w.int("place", int64(i))
	w.text("recipient", recipient)
	return w
}

// commit is what is published of the share at place i. A share is 32 bytes that nobody can guess, so it tells nothing about them.
func (e *Envelope) commit(i int, share Key) Digest {
	w := writer("jiebang share 1\n")
	w.bytes("nonce", e.Nonce[:])
	w.int("place", int64(i))
	w.bytes("share", share[:])
	return Sum(w)
}

// aead is the cipher of the payload. Its key is for this one message, so the nonce may be zero.
func (e *Envelope) aead(key Key) (interface {
	NonceSize() int
	Seal(dst, nonce, plaintext, additional []byte) []byte
	Open(dst, nonce, ciphertext, additional []byte) ([]byte, error)
}, error) {
	return chacha20poly1305.New(derive(key[:], e.Nonce[:], "jiebang payload 1"))
}

// keyCommit binds a key to the whole envelope. ChaCha20-Poly1305 alone does not: one text can be made to open with two keys.
func (e *Envelope) keyCommit(key Key) Digest {
	w := e.committed()
	w.bytes("payload", e.Payload)
	whole := sha256.Sum256(w)
	commit := writer("jiebang key commit 1\n")
	commit.bytes("key", derive(key[:], e.Nonce[:], "jiebang key commit 1"))
	commit.bytes("envelope", whole[:])
	return Sum(commit)
}
