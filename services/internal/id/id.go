// Package id makes and reads the ids of resources. An id is a letter for the kind, the jurisdiction that keeps the resource, and 80
// random bits, such as d330182-k3m9q2x7w5n8t4zb: it says which ledger to lock before anything is read, and tells nothing by its order.
package id

import (
	"encoding/base32"
	"strings"

	"github.com/jiebang/jiebang/services/internal/chance"
)

// Kind is the first letter of an id.
type Kind byte

// The kinds.
const (
	Organization Kind = 'o'
	Token        Kind = 't'
	Demand       Kind = 'd'
	Bid          Kind = 'b'
	Contract     Kind = 'c'
	Achievement  Kind = 'a'
	Profile      Kind = 'p'
	Person       Kind = 'u'
	Membership   Kind = 'm'
	Session      Kind = 's'
	Approval     Kind = 'v'
	File         Kind = 'f'
)

const (
	jurisdictionLength = 6
	randomBytes        = 10
	length             = 1 + jurisdictionLength + 1 + randomBytes*8/5
)

var encoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// New makes an id.
func New(s chance.Source, k Kind, jurisdiction string) string {
	return string(k) + jurisdiction + "-" + encoding.EncodeToString(chance.Bytes(s, randomBytes))
}

// Jurisdiction returns the jurisdiction that an id of kind k names; false if it is no such id.
func Jurisdiction(k Kind, id string) (string, bool) {
	if len(id) != length || id[0] != byte(k) || id[1+jurisdictionLength] != '-' {
		return "", false
	}
	j := id[1 : 1+jurisdictionLength]
	return j, IsJurisdiction(j)
}

// IsJurisdiction reports whether text has the form of a 行政区划代码 (GB/T 2260): six digits.
func IsJurisdiction(text string) bool {
	return len(text) == jurisdictionLength && strings.Trim(text, "0123456789") == ""
}

// The resource names of ids.

// OrganizationName is `organizations/{id}`.
func OrganizationName(id string) string { return "organizations/" + id }

// TokenName is `organizations/{organization}/tokens/{id}`.
func TokenName(organization, id string) string {
	return OrganizationName(organization) + "/tokens/" + id
}

// PersonName is `persons/{id}`.
func PersonName(id string) string { return "persons/" + id }

// MemberName is `organizations/{organization}/members/{id}`.
func MemberName(organization, id string) string {
	return OrganizationName(organization) + "/members/" + id
}

// ApprovalName is `approvals/{id}`.
func ApprovalName(id string) string { return "approvals/" + id }

// DemandName is `demands/{id}`.
func DemandName(id string) string { return "demands/" + id }

// BidName is `demands/{demand}/bids/{id}`.
func BidName(demand, id string) string { return DemandName(demand) + "/bids/" + id }

// ContractName is `contracts/{id}`.
func ContractName(id string) string { return "contracts/" + id }

// AchievementName is `achievements/{id}`.
func AchievementName(id string) string { return "achievements/" + id }

// ProfileName is `profiles/{id}`.
func ProfileName(id string) string { return "profiles/" + id }

// FileName is `files/{id}`.
func FileName(id string) string { return "files/" + id }

// LedgerName is `ledgers/{jurisdiction}`.
func LedgerName(jurisdiction string) string { return "ledgers/" + jurisdiction }
