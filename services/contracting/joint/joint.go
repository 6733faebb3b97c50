// Package joint is how a consortium 联合体 signs a contract as one side of it: its lead as the seller, and each other member for itself.
//
//   - All sign the same digest. The side has signed once every member has.
//   - A text that is sent back takes every signature with it.
package joint

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/jiebang/jiebang/services/bidding/consortium"
	"github.com/jiebang/jiebang/services/contracting/signature"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// Signed is the signature of a member beside the lead.
type Signed struct {
	Member    string `json:"member"`              // id of the organization
	At        string `json:"at"`                  // as entry.TimeLayout has it
	Signature string `json:"signature,omitempty"` // by a key of its own, as signature.Signature is written
}

// Faults that only a forged ledger can have, as an auditor is told of them.
var (
	errForm    = errors.New("联合体成员的签署写法不规范")
	errForeign = errors.New("联合体成员的签署被改动,或签署的不是成员")
	errInvalid = errors.New("联合体成员的签名与所签条款不符")
	errLead    = errors.New("联合体的份额、成员或牵头单位不对")
)

// Encode writes signatures, in the order in which they were given, as the row and the entry have them; empty for none.
func Encode(all []Signed) string {
	if len(all) == 0 {
		return ""
	}
	text, err := json.Marshal(all)
	if err != nil {
		panic(err) // there is nothing in it that could not be written
	}
	return string(text)
}

// Decode reads what Encode writes.
func Decode(text string) (all []Signed, err error) {
	if text == "" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, err
	}
	if Encode(all) != text {
		return nil, errForm
	}
	return all, nil
}

// Side is the side of the seller as the row of a contract, or an entry, has it.
type Side struct{ Seller, Consortium, Signatures string }

// Others are the members beside the lead, who sign for themselves.
func (s Side) Others() []string { return consortium.Beside(consortium.Read(s.Consortium), s.Seller) }

// Is reports whether an organization is one of them.
func (s Side) Is(organization string) bool {
	return organization != "" && slices.Contains(s.Others(), organization)
}

// Of is the signature of a member, and whether it has signed.
func (s Side) Of(member string) (Signed, bool) {
	all, err := Decode(s.Signatures)
	i := slices.IndexFunc(all, func(one Signed) bool { return one.Member == member })
	if err != nil || i < 0 {
		return Signed{}, false
	}
	return all[i], true
}

// Add is the signatures with that of a member at an instant.
func (s Side) Add(member string, at time.Time, by *string) (string, error) {
	all, err := Decode(s.Signatures)
	if err != nil {
		return "", err
	}
	one := Signed{Member: member, At: at.UTC().Format(entry.TimeLayout)}
	if by != nil {
		one.Signature = *by
	}
	return Encode(append(all, one)), nil
}

// Complete reports whether every member beside the lead has signed.
func (s Side) Complete() bool {
	for _, m := range s.Others() {
		if _, ok := s.Of(m); !ok {
			return false
		}
	}
	return true
}

// Check makes sure that the side is one: a consortium of which the seller is the lead, and signatures of members beside it, each once, over a digest.
func (s Side) Check(digest []byte) error {
	members, err := consortium.Decode(s.Consortium)
	if err != nil || consortium.Check(members, s.Seller) != nil {
		return errLead
	}
	all, err := Decode(s.Signatures)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, one := range all {
		if seen[one.Member] || !s.Is(one.Member) {
			return errForeign
		}
		seen[one.Member] = true
		if one.Signature == "" {
			continue
		}
		by, err := signature.Parse(one.Signature)
		if err != nil || by.Check(digest) != nil {
			return errInvalid
		}
	}
	return nil
}

// Follows makes sure that signatures come one after another, each at its own instant: now are those of an entry of a kind at an instant, and was are those before it.
func Follows(was, now string, at time.Time, event string) error {
	before, err1 := Decode(was)
	after, err2 := Decode(now)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	switch event {
	case "drafted", "edited", "proposed", "revised", "recorded":
		before = nil
	case "signed", "activated":
		if len(after) == len(before)+1 && after[len(before)].At == at.UTC().Format(entry.TimeLayout) {
			after = after[:len(before)]
		}
	}
	if !slices.Equal(before, after) {
		return errForeign
	}
	return nil
}
