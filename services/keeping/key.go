package keeping

import (
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"time"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/keeping/custodian"
)

// derive makes a key of n bytes for one use of the platform's secret.
func (k *Keeping) derive(use string, n int) []byte {
	key, err := hkdf.Key(sha256.New, k.secret, nil, use, n)
	if err != nil {
		panic(err) // the length is one that HKDF gives
	}
	return key
}

// Platform is the key that opens the bids of a demand at level S0. It is kept nowhere: it follows from the platform's secret.
func (k *Keeping) Platform(demandID string) (*seal.Identity, error) {
	return seal.NewIdentity(bytes.NewReader(k.derive("jiebang platform key 1\n"+demandID, seal.KeySize)))
}

// draftBlock is what the length of a draft is a multiple of, so that its length tells little.
const draftBlock = 1 << 10

// Drawn is how much chance is drawn for a draft.
const Drawn = 32

var errDraft = errors.New("a draft that does not open: it was changed, or the data directory has another sealing.key")

// Hide encrypts the content of a draft. About names the draft and is bound to it.
func (k *Keeping) Hide(rand chance.Source, about string, content []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(k.derive("jiebang drafts 1", chacha20poly1305.KeySize))
	if err != nil {
		return nil, err
	}
	padded := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	padded = append(padded, content...)
	padded = append(padded, make([]byte, (draftBlock-len(padded)%draftBlock)%draftBlock)...)
	nonce := chance.Bytes(rand, Drawn)[:aead.NonceSize()]
	return aead.Seal(nonce, nonce, padded, []byte(about)), nil
}

// Reveal is the inverse of Hide.
func (k *Keeping) Reveal(about string, hidden []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(k.derive("jiebang drafts 1", chacha20poly1305.KeySize))
	if err != nil {
		return nil, err
	}
	if len(hidden) < aead.NonceSize() {
		return nil, errDraft
	}
	padded, err := aead.Open(nil, hidden[:aead.NonceSize()], hidden[aead.NonceSize():], []byte(about))
	if err != nil || len(padded) < 4 || int64(binary.BigEndian.Uint32(padded)) > int64(len(padded)-4) {
		return nil, errDraft
	}
	return padded[4:][:binary.BigEndian.Uint32(padded)], nil
}

// window is how long a challenge is asked; an answer counts in the next one too.
const window = 10 * time.Minute

// Challenge is a question to a custodian's key.
type Challenge struct {
	Question []byte
	About    string
	Expires  time.Time
	answer   seal.Digest
}

// challenge makes the question of the window in which at lies. Nothing of it is kept: question and answer follow from the platform's secret.
func (k *Keeping) challenge(c *ent.Custodian, at time.Time) (Challenge, error) {
	begin := at.UTC().Truncate(window)
	about := "custodians/" + c.ID + " " + begin.Format(time.RFC3339)
	question, answer, err := seal.NewChallenge(bytes.NewReader(k.derive("jiebang challenge 1\n"+about, 2*seal.KeySize)), c.Recipient, about)
	return Challenge{question, about, begin.Add(2 * window), answer}, err
}

// answers reports whether an answer is that to the question of now, or of the window before.
func (k *Keeping) answers(c *ent.Custodian, now time.Time, answer []byte) (bool, error) {
	for _, at := range []time.Time{now, now.Add(-window)} {
		asked, err := k.challenge(c, at)
		if err != nil {
			return false, err
		}
		if subtle.ConstantTimeCompare(asked.answer[:], answer) == 1 {
			return true, nil
		}
	}
	return false, nil
}

// Challenge asks the key of a custodian, who is the caller, to show that it is there.
func (k *Keeping) Challenge(ctx context.Context, custodianID string) (Challenge, error) {
	c, err := find(ctx, k.db.Read, identity.Caller(ctx), custodianID)
	if err != nil {
		return Challenge{}, err
	}
	if c.State == custodian.Retired {
		return Challenge{}, custodian.ErrState.With("state", string(c.State))
	}
	return k.challenge(c, k.db.Clock().Now())
}
