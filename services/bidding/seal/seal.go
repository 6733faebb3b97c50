// Package seal is the envelope that a bid is submitted in, the keys that open it, and what can be proved about both. It is pure: chance
// comes in as a reader.
//
//   - Nobody but the bidder holds the file key of an envelope before the opening. The side that seals splits it among the recipients of the
//     demand's Terms, Threshold of whom open the envelope; fewer learn nothing. At level S0 there is one recipient, the platform.
//   - An envelope has one encoding, and its digest is the SHA-256 of its bytes. No envelope opens with two keys, or after any change of a byte.
//   - Who is at fault can be proved. Each share is committed to, so a wrong share convicts its custodian (CheckShare). Everything else in an
//     envelope follows from the file key or is checked against it, so what does not fit convicts the bidder, whichever shares opened it.
//   - An envelope says inside whose it is, for which demand and terms, and which submission it is: a copied or superseded one is refused.
//   - Lengths tell a bucket and nothing more.
//
// The side that seals:
//
//	key, err := seal.NewKey(rand)                                    // also seals attachments, see SealAttachment
//	envelope, err := seal.Seal(rand, key, terms, seal.Whole, plain)  // what is submitted; seal.Sum(envelope) is the bid's digest
//
// The server, which holds no key: e, err := seal.Parse(envelope) and then e.Check(terms).
// A custodian: share, err := seal.OpenStanza(identity, e). The server: e.CheckShare(share), and then with Threshold shares
//
//	opened, err := seal.Combine(e, shares, seal.Expected{Digest: ledgers, Terms: terms, Organization: bidder, Submission: last})
//
// Whether a custodian still has his key: challenge, answer, err := seal.NewChallenge(rand, recipient, about) on the server, and
// identity.Answer(about, challenge) on his side.
//
// Every error is a fault.Fault of fault.go; BlameOf says whose fault it is.
//
// Recipients are written as age writes them (age1…), and identities too (AGE-SECRET-KEY-1…), so that a custodian's key file is an ordinary
// age file. The stanzas are not age's: age takes its randomness from the machine, and a server's must come from its injected source. They
// are HPKE (RFC 9180, base mode, X25519, HKDF-SHA256, ChaCha20-Poly1305) with an ephemeral key that follows from the file key, so that
// whoever has opened an envelope can check each of its stanzas. The header of the envelope is HPKE's info: a stanza that was copied into
// another envelope does not open, so no custodian can be made to open another demand's.
package seal

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jiebang/jiebang/services/ledger/entry"
)

// Suite names the cryptography of an envelope. There is one so far.
const Suite = "x25519-chacha20poly1305-sha256"

// Level says who can open an envelope before its time.
type Level string

// The levels.
const (
	Platform   Level = "S0" // whoever has the platform's key
	Custodians Level = "S1" // Threshold custodians together, and nobody else
)

// Part is what an envelope holds of a bid: all of it, or one of two envelopes that are opened apart.
type Part string

// The parts.
const (
	Whole     Part = "whole"
	Technical Part = "technical"
	Price     Part = "price"
)

// MaxRecipients bounds the recipients of an envelope.
const MaxRecipients = 9

// Digest is a SHA-256 hash. As text it is hexadecimal.
type Digest [sha256.Size]byte

// Sum hashes b. Of an envelope it is the digest of the bid.
func Sum(b []byte) Digest { return sha256.Sum256(b) }

// String is the digest in hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText implements encoding.TextMarshaler.
func (d Digest) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, d[:]), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Digest) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	if err != nil || len(b) != len(d) {
		return fmt.Errorf("%q is no SHA-256 in hexadecimal", text)
	}
	copy(d[:], b)
	return nil
}

// Terms are what the bids of a demand are sealed under. They are frozen when the demand is published; other terms have another policy digest.
type Terms struct {
	Demand     string    `json:"demand"`     // demands/…
	Digest     Digest    `json:"digest"`     // of the demand's frozen terms, as whoever publishes them defines it
	Deadline   time.Time `json:"deadline"`   // exclusive; to the microsecond
	Level      Level     `json:"level"`      // S0 or S1
	Threshold  int       `json:"threshold"`  // how many recipients open an envelope
	Recipients []string  `json:"recipients"` // age1…, each once, in this order
}

// Check reports whether bids can be sealed under t.
func (t Terms) Check() error {
	n := len(t.Recipients)
	switch {
	case t.Demand == "" || len(t.Demand) > maxName || t.Deadline.IsZero():
		return ErrTerms.At("demand")
	case t.Level == Platform && (n != 1 || t.Threshold != 1):
		return ErrTerms.At("recipients").With("recipients", n).With("threshold", t.Threshold)
	case t.Level == Custodians && (n > MaxRecipients || t.Threshold < 2 || t.Threshold > n):
		return ErrTerms.At("threshold").With("recipients", n).With("threshold", t.Threshold)
	case t.Level != Platform && t.Level != Custodians:
		return ErrTerms.At("level").With("level", t.Level)
	}
	for i, r := range t.Recipients {
		if _, err := publicKey(r); err != nil {
			return err
		}
		if slices.Contains(t.Recipients[:i], r) {
			return ErrTerms.At("recipients").With("recipient", r)
		}
	}
	return nil
}

// Policy is the digest of everything that t says. It stands in each envelope, outside and inside.
func (t Terms) Policy() Digest {
	b := writer("jiebang policy 1\n")
	b.text("suite", Suite)
	b.text("level", string(t.Level))
	b.text("demand", t.Demand)
	b.bytes("terms", t.Digest[:])
	b.text("deadline", t.Deadline.UTC().Format(entry.TimeLayout))
	b.text("threshold", strconv.Itoa(t.Threshold))
	for _, r := range t.Recipients {
		b.text("recipient", r)
	}
	return Sum(b)
}
