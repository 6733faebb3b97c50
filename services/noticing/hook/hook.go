// Package hook has the rules of webhooks: how a body is signed, when it is tried again, and where it may go. It is pure.
//
//   - A body is signed in the form of standard-webhooks: HMAC-SHA256 of the id, the time of the try and the exact bytes.
//   - A secret is kept nowhere: it is made from the server's key and what is kept of the webhook.
//   - Nothing is sent to an address that is not on the public internet, whatever a name resolves to.
package hook

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/fault"
)

// State is whether a webhook works.
type State string

// The states of a webhook.
const (
	Active   State = "active"
	Disabled State = "disabled" // too much was given up
)

// Values lists the states for ent.
func (State) Values() []string { return []string{string(Active), string(Disabled)} }

// Progress is how far a delivery is.
type Progress string

// The states of a delivery.
const (
	Waiting   Progress = "waiting"
	Delivered Progress = "delivered"
	GivenUp   Progress = "given_up"
)

// Values lists the states for ent.
func (Progress) Values() []string {
	return []string{string(Waiting), string(Delivered), string(GivenUp)}
}

// Faults of webhooks.
var (
	ErrNotFound = fault.New(fault.NotFound, "WEBHOOK_NOT_FOUND", "there is no such webhook")
	ErrDelivery = fault.New(fault.NotFound, "DELIVERY_NOT_FOUND", "there is no such delivery")
	ErrURL      = fault.New(fault.Invalid, "WEBHOOK_URL", "the address of a webhook is https, to a public host, without a user, a password or a fragment")
	ErrExists   = fault.New(fault.Exists, "WEBHOOK_EXISTS", "the organization has a webhook with this address")
	ErrTooMany  = fault.New(fault.Precondition, "WEBHOOK_TOO_MANY", "the organization has as many webhooks as it may have")
)

// Most is how many webhooks an organization may have.
const Most = 10

// waits are how long after each failed try the next one comes.
var waits = []time.Duration{5 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour}

// Wait is how long to wait after so many failed tries; false if there are no more.
func Wait(failed int) (time.Duration, bool) {
	if failed < 1 || failed > len(waits) {
		return 0, false
	}
	return waits[failed-1], true
}

// TooMany reports whether a webhook is disabled after so many notices in a row were given up.
func TooMany(givenUp int) bool { return givenUp >= 3 }

const (
	secretPrefix = "whsec_"
	keySize      = 32
	// NonceSize is the length of what is kept of a webhook's secret.
	NonceSize = 16
)

// Key makes the key of a webhook from the server's own.
func Key(server, nonce []byte, webhookID string) ([]byte, error) {
	return hkdf.Key(sha256.New, server, nonce, "jiebang webhook 1 "+webhookID, keySize)
}

// Secret is a key as its owner gets it.
func Secret(key []byte) string { return secretPrefix + base64.StdEncoding.EncodeToString(key) }

// Sign signs a body that is sent at an instant under an id.
func Sign(key []byte, id string, at time.Time, body []byte) string {
	h := hmac.New(sha256.New, key)
	fmt.Fprintf(h, "%s.%s.", id, Timestamp(at))
	h.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// Timestamp is an instant as it is signed.
func Timestamp(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }

// CheckURL reports whether an address may be a webhook's; loopback lets http to this machine pass too, for development.
func CheckURL(text string, loopback bool) error {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" || u.Opaque != "" || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ErrURL.At("webhook.url")
	}
	address, err := netip.ParseAddr(u.Hostname())
	literal := err == nil
	switch {
	case u.Scheme == "http" && loopback && literal && Loopback(address):
		return nil
	case u.Scheme != "https", literal && !May(address, loopback), !literal && strings.EqualFold(u.Hostname(), "localhost") && !loopback:
		return ErrURL.At("webhook.url")
	}
	return nil
}
