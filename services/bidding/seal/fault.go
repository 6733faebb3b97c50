package seal

import (
	"errors"

	"github.com/jiebang/jiebang/services/fault"
)

// Faults before anything is opened: of the terms, of what is to be sealed, and of an envelope as everybody sees it.
var (
	ErrTerms     = fault.New(fault.Invalid, "SEAL_TERMS", "the terms name no usable set of recipients")
	ErrRecipient = fault.New(fault.Invalid, "SEAL_RECIPIENT", "not the public key of a recipient (age1…)")
	ErrIdentity  = fault.New(fault.Invalid, "SEAL_IDENTITY", "not the secret key of a custodian (AGE-SECRET-KEY-1…)")
	ErrContent   = fault.New(fault.Invalid, "SEAL_CONTENT", "the content of the bid is wrong")
	ErrTooLarge  = fault.New(fault.Exhausted, "SEAL_TOO_LARGE", "the content does not fit into an envelope; put long texts into attachments")
	ErrForm      = fault.New(fault.Invalid, "ENVELOPE_FORM", "not an envelope in the canonical encoding")
	ErrSuite     = fault.New(fault.Invalid, "ENVELOPE_SUITE", "the envelope's cryptography is not known")
	ErrDemand    = fault.New(fault.Invalid, "ENVELOPE_DEMAND", "the envelope is for another demand")
	ErrPolicy    = fault.New(fault.Invalid, "ENVELOPE_POLICY", "the envelope is sealed under other terms")
	ErrStanzas   = fault.New(fault.Invalid, "ENVELOPE_STANZAS", "the envelope is not sealed to exactly the recipients of the terms")
)

// Faults of shares.
var (
	ErrNoStanza     = fault.New(fault.Invalid, "STANZA_MISSING", "the envelope has no stanza for this key")
	ErrStanzaOpen   = fault.New(fault.Precondition, "STANZA_UNREADABLE", "the stanza does not hold the share that the envelope commits to")
	ErrShareForeign = fault.New(fault.Invalid, "SHARE_FOREIGN", "the share is of nobody to whom the envelope is sealed")
	ErrShareWrong   = fault.New(fault.Invalid, "SHARE_WRONG", "the share is not the one that the envelope commits to")
	ErrChallenge    = fault.New(fault.Invalid, "CHALLENGE_FOREIGN", "the challenge is not for this key, or about something else")
	ErrSharesFew    = fault.New(fault.Precondition, "SHARES_FEW", "fewer shares than the threshold")
)

// Faults that an opening finds. All but the first make the envelope void.
var (
	ErrDigest            = fault.New(fault.Precondition, "ENVELOPE_DIGEST", "the envelope is not the one whose digest stands in the ledger")
	ErrSharesDisagree    = fault.New(fault.Precondition, "SHARES_DISAGREE", "different shares give different keys")
	ErrKeyCommit         = fault.New(fault.Precondition, "KEY_COMMIT", "the key is not the one that the envelope commits to")
	ErrStanzaForged      = fault.New(fault.Precondition, "STANZA_FORGED", "a stanza does not hold its recipient's share")
	ErrPayload           = fault.New(fault.Precondition, "PAYLOAD_INVALID", "the payload does not open to padded content")
	ErrInnerContent      = fault.New(fault.Precondition, "INNER_CONTENT", "the content that was sealed is wrong")
	ErrInnerOrganization = fault.New(fault.Precondition, "INNER_ORGANIZATION", "the content is of another organization: a copy")
	ErrInnerDemand       = fault.New(fault.Precondition, "INNER_DEMAND", "the content is for another demand: a copy")
	ErrInnerPolicy       = fault.New(fault.Precondition, "INNER_POLICY", "the content was made for other terms: a copy")
	ErrInnerNonce        = fault.New(fault.Precondition, "INNER_NONCE", "the content was made for another envelope: a copy")
	ErrInnerPart         = fault.New(fault.Precondition, "INNER_PART", "the content is of another part of the bid")
	ErrSuperseded        = fault.New(fault.Precondition, "INNER_SUBMISSION", "the content is of another submission than the last one")
)

// Faults are all faults of this package.
var Faults = []*fault.Fault{
	ErrTerms, ErrRecipient, ErrIdentity, ErrContent, ErrTooLarge, ErrForm, ErrSuite, ErrDemand, ErrPolicy, ErrStanzas,
	ErrNoStanza, ErrStanzaOpen, ErrShareForeign, ErrShareWrong, ErrSharesFew, ErrChallenge,
	ErrDigest, ErrSharesDisagree, ErrKeyCommit, ErrStanzaForged, ErrPayload, ErrInnerContent, ErrInnerOrganization, ErrInnerDemand, ErrInnerPolicy,
	ErrInnerNonce, ErrInnerPart, ErrSuperseded, ErrAttachment,
}

// Blame is whose fault it is that an envelope did not open.
type Blame string

// Whom a fault convicts. What a custodian says of a stanza (STANZA_UNREADABLE) convicts nobody until Threshold other shares open the
// envelope and Combine checks that stanza.
const (
	OfNobody    Blame = ""
	OfBidder    Blame = "bidder"
	OfCustodian Blame = "custodian"
	OfPlatform  Blame = "platform" // which kept another envelope than the one that it gave a receipt for
)

// BlameOf says whom an error of CheckShare or Combine convicts.
func BlameOf(err error) Blame {
	for _, f := range []*fault.Fault{ErrSharesDisagree, ErrKeyCommit, ErrStanzaForged, ErrPayload, ErrInnerContent, ErrInnerOrganization,
		ErrInnerDemand, ErrInnerPolicy, ErrInnerNonce, ErrInnerPart, ErrSuperseded} {
		if errors.Is(err, f) {
			return OfBidder
		}
	}
	if errors.Is(err, ErrShareWrong) || errors.Is(err, ErrShareForeign) {
		return OfCustodian
	}
	if errors.Is(err, ErrDigest) {
		return OfPlatform
	}
	return OfNobody
}
