// Package device is what a person of a test market carries: an authenticator with a passkey.
package device

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"

	"github.com/jiebang/jiebang/services/internal/chance"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Authenticator is a device with one passkey, and the browser before it. Its fields can be spoilt.
type Authenticator struct {
	Key    *ecdsa.PrivateKey
	ID     []byte
	Owner  []byte // whose passkey it is
	Signs  uint32 // how often it has signed
	Silent bool   // it does not count
	Origin string
	Party  string
	Flags  byte // user present, user verified

	t testing.TB
}

// New returns a device with a new key.
func New(t testing.TB) *Authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), chance.System())
	if err != nil {
		t.Fatal(err)
	}
	return &Authenticator{t: t, Key: key, ID: chance.Bytes(chance.System(), 16), Origin: "http://localhost:8080", Party: "localhost", Flags: 0x05}
}

var base64url = base64.RawURLEncoding

// asked is what both kinds of options have in common.
type asked struct {
	PublicKey struct {
		Challenge string `json:"challenge"`
		User      struct {
			ID string `json:"id"`
		} `json:"user"`
	} `json:"publicKey"`
}

func (a *Authenticator) read(c *pb.PasskeyChallenge) asked {
	a.t.Helper()
	var o asked
	if err := json.Unmarshal([]byte(c.GetOptionsJson()), &o); err != nil {
		a.t.Fatal(err)
	}
	return o
}

// data is what an authenticator says of itself.
func (a *Authenticator) data(flags byte) []byte {
	party := sha256.Sum256([]byte(a.Party))
	return binary.BigEndian.AppendUint32(append(party[:], flags), a.Signs)
}

func (a *Authenticator) client(kind, challenge string) []byte {
	text, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.Origin, "crossOrigin": false})
	if err != nil {
		a.t.Fatal(err)
	}
	return text
}

func (a *Authenticator) answer(ceremony string, response map[string]any) *pb.PasskeyResponse {
	text, err := json.Marshal(map[string]any{"id": base64url.EncodeToString(a.ID), "rawId": base64url.EncodeToString(a.ID), "type": "public-key",
		"clientExtensionResults": map[string]any{}, "response": response})
	if err != nil {
		a.t.Fatal(err)
	}
	return &pb.PasskeyResponse{Ceremony: ceremony, CredentialJson: string(text)}
}

// Create answers the challenge of a registration.
func (a *Authenticator) Create(c *pb.PasskeyChallenge) *pb.PasskeyResponse {
	a.t.Helper()
	o := a.read(c)
	a.Owner, _ = base64url.DecodeString(o.PublicKey.User.ID)
	public, err := a.Key.PublicKey.Bytes()
	if err != nil {
		a.t.Fatal(err)
	}
	cose, err := webauthncbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: public[1:33], -3: public[33:]})
	if err != nil {
		a.t.Fatal(err)
	}
	data := append(a.data(a.Flags|0x40), make([]byte, 16)...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.ID)))
	data = append(append(data, a.ID...), cose...)
	object, err := webauthncbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data})
	if err != nil {
		a.t.Fatal(err)
	}
	return a.answer(c.GetCeremony(), map[string]any{"clientDataJSON": base64url.EncodeToString(a.client("webauthn.create", o.PublicKey.Challenge)),
		"attestationObject": base64url.EncodeToString(object)})
}

// Get answers the challenge of a login.
func (a *Authenticator) Get(c *pb.PasskeyChallenge) *pb.PasskeyResponse {
	a.t.Helper()
	if !a.Silent {
		a.Signs++
	}
	data, client := a.data(a.Flags), a.client("webauthn.get", a.read(c).PublicKey.Challenge)
	hash := sha256.Sum256(client)
	signed := sha256.Sum256(append(data[:len(data):len(data)], hash[:]...))
	signature, err := ecdsa.SignASN1(chance.System(), a.Key, signed[:])
	if err != nil {
		a.t.Fatal(err)
	}
	return a.answer(c.GetCeremony(), map[string]any{"clientDataJSON": base64url.EncodeToString(client), "authenticatorData": base64url.EncodeToString(data),
		"signature": base64url.EncodeToString(signature), "userHandle": base64url.EncodeToString(a.Owner)})
}
