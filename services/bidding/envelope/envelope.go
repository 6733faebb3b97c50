// Package envelope seals content for the platform, and opens envelopes with the shares that were given of them.
package envelope

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/keeping"
)

// Seal seals content as one submission. It draws as much chance as the hiding of a draft does, so that what is drawn next does not tell which of the two it was.
func Seal(source chance.Source, under *ent.Sealing, p seal.Plain) ([]byte, error) {
	stream, err := hkdf.Key(sha256.New, chance.Bytes(source, keeping.Drawn), nil, "jiebang sealing 1", 2*seal.KeySize)
	if err != nil {
		return nil, err
	}
	rand := bytes.NewReader(stream) // a key and a nonce
	key, err := seal.NewKey(rand)
	if err != nil {
		return nil, err
	}
	return seal.Seal(rand, key, keeping.Terms(under), seal.Whole, p)
}

// Outcome is what came of an envelope: its content, or why it has none.
type Outcome struct {
	Plain  seal.Plain
	Fault  *fault.Fault
	Shares []seal.Share
	Digest []byte // of the envelope
}

// Decide opens an envelope with the shares that were given of it. Whatever they are, as long as they are enough, the outcome is the same.
func Decide(b *ent.Bid, under *ent.Sealing, shares []seal.Share) Outcome {
	o := Outcome{Shares: shares, Digest: b.ContentDigest}
	if d := seal.Sum(b.Envelope); !bytes.Equal(d[:], b.ContentDigest) {
		o.Fault = seal.ErrDigest
		return o
	}
	e, err := seal.Parse(b.Envelope)
	if err == nil && len(shares) < e.Threshold {
		err = seal.ErrStanzaOpen
	}
	if err == nil {
		var opened *seal.Opened
		opened, err = seal.Combine(e, shares, seal.Expected{Digest: seal.Digest(b.ContentDigest), Terms: keeping.Terms(under), Organization: "organizations/" + b.OrganizationID,
			Submission: b.Submission})
		if err == nil {
			o.Plain = opened.Plain
		}
	}
	if o.Fault = fault.As(err); o.Fault == nil && err != nil {
		o.Fault = seal.ErrPayload
	}
	return o
}

// Of reports whether an outcome is of the envelope that a bid has.
func (o Outcome) Of(b *ent.Bid) bool { return bytes.Equal(o.Digest, b.ContentDigest) }

// DigestOf is the digest of what the columns of a bid hold; it differs from content_digest if somebody changed them.
func DigestOf(b *ent.Bid) []byte {
	var d seal.Digest
	switch {
	case b.Envelope != nil && b.Draft == nil:
		d = seal.Sum(b.Envelope)
	case b.Draft != nil && b.Envelope == nil:
		d = seal.Sum(b.Draft)
	case b.AmountFen != nil && b.Proposal != nil:
		return bid.Digest(b.ID, b.Submission, b.Nonce, *b.AmountFen, *b.Proposal)
	}
	return d[:]
}
