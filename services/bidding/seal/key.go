package seal

import (
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/jiebang/jiebang/services/bidding/seal/bech32"
	"github.com/jiebang/jiebang/services/bidding/seal/shamir"
)

// KeySize is the length of a file key and of a share of it.
const KeySize = shamir.Size

// Key is the file key of an envelope. Whoever has it reads the envelope and the attachments.
type Key [KeySize]byte

// String keeps a key out of whatever prints it.
func (Key) String() string { return "(key)" }

// NewKey makes a file key. Each submission has its own.
func NewKey(rand io.Reader) (k Key, err error) {
	_, err = io.ReadFull(rand, k[:])
	return k, err
}

// What stands before the data of keys in Bech32, as in age.
const (
	recipientPrefix = "age"
	identityPrefix  = "age-secret-key-"
)

// Identity is the secret key of a custodian or of the platform.
type Identity struct{ key *ecdh.PrivateKey }

// NewIdentity makes a secret key.
func NewIdentity(rand io.Reader) (*Identity, error) {
	b := make([]byte, KeySize)
	if _, err := io.ReadFull(rand, b); err != nil {
		return nil, err
	}
	key, err := ecdh.X25519().NewPrivateKey(b) // GenerateKey would not read rand
	return &Identity{key}, err
}

// ParseIdentity reads AGE-SECRET-KEY-1….
func ParseIdentity(text string) (*Identity, error) {
	b, ok := bech32.Data(identityPrefix, strings.ToLower(text))
	if !ok || text != strings.ToUpper(text) {
		return nil, ErrIdentity
	}
	key, err := ecdh.X25519().NewPrivateKey(b)
	if err != nil {
		return nil, ErrIdentity
	}
	return &Identity{key}, nil
}

// Secret is the secret key as age writes it, AGE-SECRET-KEY-1….
func (i *Identity) Secret() string {
	return strings.ToUpper(bech32.Text(identityPrefix, i.key.Bytes()))
}

// Recipient is the public key as age writes it, age1….
func (i *Identity) Recipient() string { return bech32.Text(recipientPrefix, i.key.PublicKey().Bytes()) }

// Fingerprint is a recipient in six groups of four digits, to compare on the telephone and on paper.
func Fingerprint(recipient string) string {
	sum := Sum([]byte("jiebang fingerprint 1\n" + recipient))
	groups := make([]string, 6)
	for i := range groups {
		groups[i] = fmt.Sprintf("%04d", binary.BigEndian.Uint32(sum[4*i:])%10_000)
	}
	return strings.Join(groups, " ")
}

// CheckRecipient reports whether text is a public key, age1…, to which a share can be sealed. It takes the time of a multiplication, to refuse
// the few keys with which everybody knows the secret; sealing to one would fail.
func CheckRecipient(text string) error {
	key, err := publicKey(text)
	if err != nil {
		return err
	}
	any, err := ecdh.X25519().NewPrivateKey(make([]byte, KeySize))
	if err == nil {
		_, err = any.ECDH(key)
	}
	if err != nil {
		return ErrRecipient.With("recipient", text)
	}
	return nil
}

func publicKey(recipient string) (*ecdh.PublicKey, error) {
	b, ok := bech32.Data(recipientPrefix, recipient)
	if !ok {
		return nil, ErrRecipient.With("recipient", recipient)
	}
	return ecdh.X25519().NewPublicKey(b)
}

// derive is HKDF-SHA256: 32 bytes that follow from a key and say nothing about it.
func derive(key, salt []byte, use string) []byte {
	b, err := hkdf.Key(sha256.New, key, salt, use, KeySize)
	if err != nil {
		panic(err) // the length is one that HKDF gives
	}
	return b
}

// The ids of the HPKE suite: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305.
const (
	hpkeKEM   = "KEM\x00\x20"
	hpkeSuite = "HPKE\x00\x20\x00\x01\x00\x03"
)

// sealTo is SealBase of RFC 9180 with the ephemeral secret key given. crypto/hpke would take it from the machine's chance.
func sealTo(recipient *ecdh.PublicKey, ephemeral, info, plain []byte) ([]byte, error) {
	secret, err := ecdh.X25519().NewPrivateKey(ephemeral)
	if err != nil {
		return nil, err
	}
	shared, err := secret.ECDH(recipient)
	if err != nil {
		return nil, err
	}
	enc := secret.PublicKey().Bytes()
	prk := labeledExtract(hpkeKEM, nil, "eae_prk", shared)
	shared = labeledExpand(hpkeKEM, prk, "shared_secret", slices.Concat(enc, recipient.Bytes()), sha256.Size)
	context := slices.Concat([]byte{0}, labeledExtract(hpkeSuite, nil, "psk_id_hash", nil), labeledExtract(hpkeSuite, nil, "info_hash", info))
	prk = labeledExtract(hpkeSuite, shared, "secret", nil)
	aead, err := chacha20poly1305.New(labeledExpand(hpkeSuite, prk, "key", context, chacha20poly1305.KeySize))
	if err != nil {
		return nil, err
	}
	return aead.Seal(enc, labeledExpand(hpkeSuite, prk, "base_nonce", context, chacha20poly1305.NonceSize), plain, nil), nil
}

func labeledExtract(suite string, salt []byte, label string, ikm []byte) []byte {
	prk, err := hkdf.Extract(sha256.New, slices.Concat([]byte("HPKE-v1"), []byte(suite), []byte(label), ikm), salt)
	if err != nil {
		panic(err) // SHA-256 is allowed
	}
	return prk
}

func labeledExpand(suite string, prk []byte, label string, info []byte, length int) []byte {
	labeled := binary.BigEndian.AppendUint16(nil, uint16(length))
	labeled = slices.Concat(labeled, []byte("HPKE-v1"), []byte(suite), []byte(label), info)
	b, err := hkdf.Expand(sha256.New, prk, string(labeled), length)
	if err != nil {
		panic(err) // the length is one that HKDF gives
	}
	return b
}

// open is the inverse of sealTo.
func (i *Identity) open(info, sealed []byte) ([]byte, error) {
	key, err := hpke.NewDHKEMPrivateKey(i.key)
	if err != nil {
		return nil, err
	}
	return hpke.Open(key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), info, sealed)
}
