// Package consortium has the rules of consortia 联合体: who bids together, and what excludes such a bid once all bids are opened.
//
//   - Shares are in hundredths of a percent and add up to the whole; the bidder is a member, its lead 牵头单位, and every organization is one once.
//   - An organization has one bid for a demand, its consortia included. What excludes a bid is decided between all bids at once, so that neither the order in which
//     they come nor that in which they are opened matters, and an exclusion excludes nothing else.
package consortium

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/fault"
)

// Member is an organization that bids with others.
type Member struct {
	Organization string `json:"member"` // its id
	Share        int64  `json:"share"`  // in hundredths of a percent
	Task         string `json:"task,omitempty"`
}

// Whole is what shares add up to.
const Whole = 10_000

// most is how many members there are at most, as an envelope has it.
const most = 200

const prefix = "organizations/"

// Faults of consortia as they are written.
var (
	ErrShares   = fault.New(fault.Invalid, "CONSORTIUM_SHARES", "the shares of a consortium are above 0 and add up to 100 %")
	ErrLead     = fault.New(fault.Invalid, "CONSORTIUM_LEAD", "the bidder is the lead of its consortium, and a member of it")
	ErrRepeated = fault.New(fault.Invalid, "CONSORTIUM_MEMBER_REPEATED", "an organization is a member once")
)

// What excludes a bid, in the order in which it is looked for: one is said.
var (
	ErrUnknown  = fault.New(fault.Precondition, "CONSORTIUM_MEMBER_UNKNOWN", "a member of the consortium is not registered")
	ErrStanding = fault.New(fault.Precondition, "CONSORTIUM_MEMBER_STANDING", "a member of the consortium is suspended or closed, or of a kind that does not bid")
	ErrDemander = fault.New(fault.Precondition, "CONSORTIUM_DEMANDER", "a member of the consortium is the firm whose demand it is, or one body with it")
	ErrBids     = fault.New(fault.Precondition, "CONSORTIUM_MEMBER_BIDS", "a member of the consortium has a bid of its own for the demand")
	ErrShared   = fault.New(fault.Precondition, "CONSORTIUM_MEMBER_SHARED", "a member of the consortium is one of another that bids for the demand")
)

// Exclusions are what excludes a bid, the first to be said first.
var Exclusions = []*fault.Fault{ErrUnknown, ErrStanding, ErrDemander, ErrBids, ErrShared}

// errForm is of a text that Encode has not written.
var errForm = errors.New("a consortium is not in the form in which it is kept")

// Encode writes members as the row, the entry and the signatures have them; empty for none.
func Encode(members []Member) string {
	if len(members) == 0 {
		return ""
	}
	text, err := json.Marshal(members)
	if err != nil {
		panic(err) // there is nothing in it that could not be written
	}
	return string(text)
}

// Decode reads what Encode writes.
func Decode(text string) (members []Member, err error) {
	if text == "" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		return nil, err
	}
	if Encode(members) != text {
		return nil, errForm
	}
	return members, nil
}

// Read is Decode of what has been checked; what does not read has no members.
func Read(text string) []Member {
	members, err := Decode(text)
	if err != nil {
		return nil
	}
	return members
}

// Sealed are the members as an envelope names them.
func Sealed(members []Member) (sealed []seal.Member) {
	for _, m := range members {
		sealed = append(sealed, seal.Member{Organization: prefix + m.Organization, Share: m.Share, Task: m.Task})
	}
	return sealed
}

// Opened is the inverse of Sealed.
func Opened(sealed []seal.Member) (members []Member) {
	for _, m := range sealed {
		members = append(members, Member{strings.TrimPrefix(m.Organization, prefix), m.Share, m.Task})
	}
	return members
}

// Check reports whether members can bid together, led by an organization. No members are none.
func Check(members []Member, lead string) error {
	sum, seen := int64(0), map[string]bool{}
	for _, m := range members {
		if m.Share < 1 || m.Share > Whole {
			return ErrShares.With("sum", m.Share)
		}
		if seen[m.Organization] {
			return ErrRepeated.With("organization", prefix+m.Organization)
		}
		seen[m.Organization], sum = true, sum+m.Share
	}
	switch {
	case len(members) == 0:
		return nil
	case len(members) > most || sum != Whole:
		return ErrShares.With("sum", sum)
	case !seen[lead]:
		return ErrLead.With("organization", prefix+lead)
	}
	return nil
}

// Beside are the organizations of a consortium beside its lead.
func Beside(members []Member, lead string) (others []string) {
	for _, m := range members {
		if m.Organization != lead {
			others = append(others, m.Organization)
		}
	}
	return others
}

// Bid is a bid that was in time: one that could not be opened has no members that anybody knows of.
type Bid struct {
	ID, Lead string
	Members  []Member
}

// Exclude says which of all the bids of a demand are excluded, and why, by their ids. stands is what is wrong with a member by itself: ErrUnknown, ErrStanding,
// ErrDemander or nil.
func Exclude(bids []Bid, stands func(organization string) *fault.Fault) map[string]*fault.Fault {
	leads, named := map[string]bool{}, map[string]int{}
	for _, b := range bids {
		leads[b.Lead] = true
		for _, m := range Beside(b.Members, b.Lead) {
			named[m]++
		}
	}
	out := map[string]*fault.Fault{}
	for _, b := range bids {
		found := len(Exclusions)
		for _, m := range Beside(b.Members, b.Lead) {
			why := stands(m)
			switch {
			case why != nil:
			case leads[m]:
				why = ErrBids
			case named[m] > 1:
				why = ErrShared
			}
			if why != nil {
				found = min(found, Rank(why.Reason))
			}
		}
		if found < len(Exclusions) {
			out[b.ID] = Exclusions[found]
		}
	}
	return out
}

// Rank is the place of a reason among Exclusions; after them all if it is none.
func Rank(reason string) int {
	if i := slices.IndexFunc(Exclusions, func(f *fault.Fault) bool { return f.Reason == reason }); i >= 0 {
		return i
	}
	return len(Exclusions)
}
