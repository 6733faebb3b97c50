// Package witness is what witnesses say and when. A witness is somebody outside, such as an audit office, a university or a notary, who signs each
// head of a ledger that continues the last one it signed, and nothing else. So whoever rewrites a ledger needs the witnesses too.
//
//   - Cosignatures are C2SP tlog-cosignature, Ed25519; requests are C2SP tlog-witness; files that say how many witnesses are enough are C2SP tlog-policy.
//   - A witness never signs two heads that are inconsistent: Judge decides, and what it decides on must be durable before its signature is given.
//   - The package is pure: who keeps state, listens and asks is elsewhere.
package witness

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/mod/sumdb/note"
)

// algCosignature is note's number for timestamped Ed25519 cosignatures.
const algCosignature = 4

// signatureSize is the length of a cosignature: eight bytes of time, and the signature.
const signatureSize = 8 + ed25519.SignatureSize

// ErrKey says that a text is no verifier key of a witness.
var ErrKey = errors.New("not a verifier key of a witness (name+hash+base64 of type 4)")

// Verifier verifies the cosignatures of one witness. It is a note.Verifier.
type Verifier struct {
	name string
	key  ed25519.PublicKey
}

// NewVerifier reads a verifier key as Verifier.String prints it.
func NewVerifier(text string) (*Verifier, error) {
	parts := strings.SplitN(text, "+", 3)
	if len(parts) != 3 {
		return nil, ErrKey
	}
	b, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(b) != 1+ed25519.PublicKeySize || b[0] != algCosignature {
		return nil, ErrKey
	}
	v := &Verifier{parts[0], b[1:]}
	if v.String() != text || !ValidName(v.name) {
		return nil, ErrKey
	}
	return v, nil
}

// ValidName reports whether a name can stand in a signature line.
func ValidName(name string) bool {
	return name != "" && strings.ToValidUTF8(name, "") == name && !strings.Contains(name, "+") && strings.IndexFunc(name, func(r rune) bool { return unicode.IsSpace(r) || r < ' ' }) < 0
}

// Name is the name in signature lines.
func (v *Verifier) Name() string { return v.name }

// KeyHash is the number beside the name.
func (v *Verifier) KeyHash() uint32 {
	h := sha256.Sum256(append([]byte(v.name+"\n"), v.encoded()...))
	return binary.BigEndian.Uint32(h[:])
}

func (v *Verifier) encoded() []byte { return append([]byte{algCosignature}, v.key...) }

// String is the verifier key.
func (v *Verifier) String() string {
	return fmt.Sprintf("%s+%08x+%s", v.name, v.KeyHash(), base64.StdEncoding.EncodeToString(v.encoded()))
}

// Same reports whether two verifiers have the same key, whatever their names.
func (v *Verifier) Same(o *Verifier) bool { return v.key.Equal(o.key) }

// Verify reports whether sig is a cosignature of the text of a note.
func (v *Verifier) Verify(text, sig []byte) bool {
	if len(sig) != signatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(sig)
	return at > 0 && at < 1<<63 && ed25519.Verify(v.key, message(int64(at), string(text)), sig[8:])
}

// message is what a witness signs.
func message(at int64, text string) []byte {
	return []byte("cosignature/v1\ntime " + strconv.FormatInt(at, 10) + "\n" + text)
}

// Signer signs as a witness.
type Signer struct {
	*Verifier
	key ed25519.PrivateKey
}

// NewSigner makes the signer of a name from a seed of 32 bytes, which is a secret.
func NewSigner(name string, seed []byte) (*Signer, error) {
	if len(seed) != ed25519.SeedSize || !ValidName(name) {
		return nil, ErrKey
	}
	key := ed25519.NewKeyFromSeed(seed)
	return &Signer{&Verifier{name, key.Public().(ed25519.PublicKey)}, key}, nil
}

// Cosign returns the signature line for the text of a note.
func (s *Signer) Cosign(text string, at time.Time) string {
	sig := binary.BigEndian.AppendUint32(nil, s.KeyHash())
	sig = binary.BigEndian.AppendUint64(sig, uint64(at.Unix()))
	sig = append(sig, ed25519.Sign(s.key, message(at.Unix(), text))...)
	return "— " + s.name + " " + base64.StdEncoding.EncodeToString(sig) + "\n"
}

// Cosignature is that a witness has signed, and when.
type Cosignature struct {
	Key  *Verifier
	Time time.Time
	Line string // as it stands in a note
}

// Cosignatures are those of the witnesses on a note, each once, in the order of the witnesses. A note with a wrong signature of one of them is refused.
func Cosignatures(msg string, known []*Verifier) ([]Cosignature, error) {
	verifiers := make([]note.Verifier, len(known))
	for i, v := range known {
		verifiers[i] = v
	}
	n, err := note.Open([]byte(msg), note.VerifierList(verifiers...))
	var unverified *note.UnverifiedNoteError
	if errors.As(err, &unverified) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var found []Cosignature
	for _, v := range known {
		for _, s := range n.Sigs {
			if s.Name != v.Name() || s.Hash != v.KeyHash() {
				continue
			}
			b, err := base64.StdEncoding.DecodeString(s.Base64)
			if err != nil {
				return nil, err
			}
			at := int64(binary.BigEndian.Uint64(b[4:]))
			found = append(found, Cosignature{v, time.Unix(at, 0).UTC(), "— " + s.Name + " " + s.Base64 + "\n"})
		}
	}
	return found, nil
}

// Text is the signed text of a note; empty if it is none.
func Text(msg string) string {
	i := strings.LastIndex(msg, "\n\n")
	if i < 0 {
		return ""
	}
	return msg[:i+1]
}
