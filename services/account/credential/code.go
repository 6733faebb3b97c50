package credential

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"strings"
	"time"

	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"github.com/jiebang/jiebang/services/internal/chance"
)

const (
	period      = 30 // seconds of a step
	drift       = 1  // steps that a clock may be wrong
	secretBytes = 20
)

// NewTOTP makes the secret of a time-based code and the address that authenticator apps read.
func NewTOTP(rand chance.Source, issuer, account string) (secret, uri string, err error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: account, Secret: chance.Bytes(rand, secretBytes)})
	if err != nil {
		return "", "", err
	}
	return key.Secret(), key.URL(), nil
}

// Step is the step whose code was shown at now: one after the last that was taken, and no more than one from now. Each step is taken once.
func Step(secret, code string, now time.Time, last int64) (step int64, ok bool) {
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	present := now.Unix() / period
	for s := present - drift; s <= present+drift; s++ {
		want, err := hotp.GenerateCode(secret, uint64(s))
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && s > last {
			step, ok = s, true
		}
	}
	return step, ok
}

// RecoveryCodes is how many codes a person gets.
const RecoveryCodes = 10

// codeBytes are random enough that a fast hash keeps them.
const codeBytes = 10

var codeEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewRecoveryCode makes a code of four groups of four signs.
func NewRecoveryCode(rand chance.Source) string {
	s := codeEncoding.EncodeToString(chance.Bytes(rand, codeBytes))
	return strings.Join([]string{s[:4], s[4:8], s[8:12], s[12:]}, "-")
}

// CodeHash is how a recovery code is kept. It does not matter how the code's signs are grouped, nor what people take for one another.
func CodeHash(code string) string {
	signs := strings.NewReplacer("-", "", " ", "", "o", "0", "l", "1", "i", "1", "u", "v").Replace(strings.ToLower(strings.TrimSpace(code)))
	h := sha256.Sum256([]byte("jiebang recovery code\n" + signs))
	return fmt.Sprintf("%x", h[:20])
}

// IsRecoveryCode reports whether a text can be a recovery code rather than a time-based one.
func IsRecoveryCode(code string) bool { return len(strings.Trim(code, "0123456789 ")) > 0 }

// Box keeps what must be read again, such as the secret of a time-based code, so that the database alone does not tell it.
type Box struct {
	aead cipher.AEAD
	rand chance.Source
}

// NewBox derives a box from a seed that is not in the database.
func NewBox(seed []byte, rand chance.Source) (*Box, error) {
	key, err := hkdf.Key(sha256.New, seed, nil, "jiebang credentials 1", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &Box{aead, rand}, err
}

// Seal closes a secret of somebody.
func (b *Box) Seal(secret, owner string) []byte {
	nonce := chance.Bytes(b.rand, b.aead.NonceSize())
	return b.aead.Seal(nonce, nonce, []byte(secret), []byte(owner))
}

// Open opens a secret of somebody.
func (b *Box) Open(sealed []byte, owner string) (string, error) {
	if len(sealed) < b.aead.NonceSize() {
		return "", fmt.Errorf("a stored secret is too short")
	}
	secret, err := b.aead.Open(nil, sealed[:b.aead.NonceSize()], sealed[b.aead.NonceSize():], []byte(owner))
	return string(secret), err
}

// longest is how long anybody has to wait after however many failures: an account is never locked for good.
const longest = 5 * time.Minute

// Delay is how long the next attempt has to wait after a number of failures, of which some are free.
func Delay(failures, free int) time.Duration {
	over := failures - free
	if over <= 0 {
		return 0
	}
	return min(time.Second<<min(over-1, 20), longest)
}
