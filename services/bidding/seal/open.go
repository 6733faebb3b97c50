package seal

import (
	"bytes"
	"crypto/subtle"
	"slices"

	"github.com/jiebang/jiebang/services/bidding/seal/shamir"
)

// Share is what a custodian gives to an opening.
type Share struct {
	Recipient string // whose it is, age1…
	Value     Key
}

// place is where a recipient's stanza stands, or -1.
func (e *Envelope) place(recipient string) int {
	return slices.IndexFunc(e.Stanzas, func(s Stanza) bool { return s.Recipient == recipient })
}

// OpenStanza is a custodian's part: it opens the stanza of e that is sealed to i. An unreadable stanza is STANZA_UNREADABLE, which the
// custodian reports in place of a share.
func OpenStanza(i *Identity, e *Envelope) (Share, error) {
	share := Share{Recipient: i.Recipient()}
	place := e.place(share.Recipient)
	if place < 0 {
		return share, ErrNoStanza.With("recipient", share.Recipient)
	}
	value, err := i.open(e.stanzaInfo(share.Recipient, place), e.Stanzas[place].Sealed)
	if err != nil || copy(share.Value[:], value) != len(value) || e.CheckShare(share) != nil {
		return Share{Recipient: share.Recipient}, ErrStanzaOpen.With("recipient", share.Recipient)
	}
	return share, nil
}

// CheckShare reports whether s is the share that e commits to for its recipient. If not, it is its custodian's fault.
func (e *Envelope) CheckShare(s Share) error {
	place := e.place(s.Recipient)
	if place < 0 {
		return ErrShareForeign.With("recipient", s.Recipient)
	}
	if commit := e.commit(place, s.Value); subtle.ConstantTimeCompare(commit[:], e.Stanzas[place].Commit[:]) != 1 {
		return ErrShareWrong.With("recipient", s.Recipient)
	}
	return nil
}

// Expected is what the ledger says of the bid whose envelope is opened.
type Expected struct {
	Digest       Digest // of the envelope
	Terms        Terms  // under which it was submitted
	Organization string // the bidder
	Submission   int    // the last one
}

// Opened is what was in an envelope.
type Opened struct {
	Key   Key
	Plain Plain
}

// Combine opens e with shares of at least its threshold. What it finds does not depend on which shares are given: the commitments of all
// recipients, also of those who gave none, must lie on the one polynomial that the given shares make, and every stanza must hold the share
// that follows from it. So all sets of shares open the same content, or all find the same fault of the bidder.
func Combine(e *Envelope, shares []Share, want Expected) (*Opened, error) {
	if Sum(e.Encode()) != want.Digest {
		return nil, ErrDigest
	}
	if err := e.Check(want.Terms); err != nil {
		return nil, err
	}
	points := map[int]shamir.Point{}
	for _, s := range shares {
		if err := e.CheckShare(s); err != nil {
			return nil, err
		}
		place := e.place(s.Recipient)
		points[place] = shamir.Point{X: byte(place + 1), Value: s.Value}
	}
	if len(points) < e.Threshold {
		return nil, ErrSharesFew.With("shares", len(points)).With("threshold", e.Threshold)
	}
	var through []shamir.Point
	for i := range e.Stanzas {
		if p, ok := points[i]; ok && len(through) < e.Threshold {
			through = append(through, p)
		}
	}
	all := make([]Key, len(e.Stanzas))
	for i, s := range e.Stanzas {
		if all[i] = shamir.Join(through, byte(i+1)); e.commit(i, all[i]) != s.Commit {
			return nil, ErrSharesDisagree
		}
	}
	key := Key(shamir.Join(through, 0))
	if e.keyCommit(key) != e.KeyCommit {
		return nil, ErrKeyCommit
	}
	for i, s := range e.Stanzas {
		if sealed, err := e.stanza(key, s.Recipient, i, all[i]); err != nil || !bytes.Equal(sealed, s.Sealed) {
			return nil, ErrStanzaForged.With("recipient", s.Recipient)
		}
	}
	p, err := e.open(key, want)
	if err != nil {
		return nil, err
	}
	return &Opened{key, p}, nil
}

// open decrypts the payload and compares what it says of itself with what the ledger says.
func (e *Envelope) open(key Key, want Expected) (p Plain, err error) {
	aead, err := e.aead(key)
	if err != nil {
		return p, err
	}
	padded, err := aead.Open(nil, make([]byte, aead.NonceSize()), e.Payload, e.committed())
	if err != nil {
		return p, ErrPayload
	}
	content, ok := unpack(padded)
	if !ok {
		return p, ErrPayload
	}
	p, in, ok := decode(content)
	if !ok {
		return p, ErrInnerContent.With("field", "encoding")
	}
	switch {
	case in.Demand != e.Demand:
		return p, ErrInnerDemand
	case in.Policy != e.Policy:
		return p, ErrInnerPolicy
	case in.Nonce != e.Nonce:
		return p, ErrInnerNonce
	case in.Part != e.Part:
		return p, ErrInnerPart
	case p.Organization != want.Organization:
		return p, ErrInnerOrganization
	case p.Submission != want.Submission:
		return p, ErrSuperseded.With("submission", p.Submission).With("last", want.Submission)
	}
	if f := p.check(e.Part); f != nil {
		return p, ErrInnerContent.With("field", f.Field)
	}
	return p, nil
}
