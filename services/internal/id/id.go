// Package id makes and reads the ids of resources. An id is one or two letters for the kind, the jurisdiction that keeps the resource, and 80
// random bits, such as d330182-k3m9q2x7w5n8t4zb: it says which ledger to lock before anything is read, and tells nothing by its order.
package id

import (
	"encoding/base32"
	"strings"

	"github.com/jiebang/jiebang/services/internal/chance"
)

// Kind is the first letters of an id.
type Kind string

// The kinds.
const (
	Organization Kind = "o"
	Token        Kind = "t"
	Demand       Kind = "d"
	Bid          Kind = "b"
	Contract     Kind = "c"
	Achievement  Kind = "a"
	Profile      Kind = "p"
	Person       Kind = "u"
	Membership   Kind = "m"
	Session      Kind = "s"
	Approval     Kind = "v"
	Opinion      Kind = "x"
	Question     Kind = "q"
	Disclosure   Kind = "n"
	Amendment    Kind = "ca"
	Milestone    Kind = "cm"
	Payment      Kind = "cp"
	Sheet        Kind = "h"
	Objection    Kind = "j"
	Notice       Kind = "nt"
	Webhook      Kind = "w"
	Delivery     Kind = "wd"
	Watch        Kind = "z"
	Custodian    Kind = "k"
	Sealing      Kind = "e"
	Opening      Kind = "g"
	Refusal      Kind = "r"

	Registration   Kind = "cr"
	RegistryRecord Kind = "rr"
	Backfill       Kind = "bf"
	PastRecord     Kind = "pr"
	Closure        Kind = "cl"
	File           Kind = "f"
	Export         Kind = "y"
	MonitoringCase Kind = "mc"
)

const (
	jurisdictionLength = 6
	randomBytes        = 10
	length             = jurisdictionLength + 1 + randomBytes*8/5 // without the kind
)

var encoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// New makes an id.
func New(s chance.Source, k Kind, jurisdiction string) string {
	return string(k) + jurisdiction + "-" + encoding.EncodeToString(chance.Bytes(s, randomBytes))
}

// Jurisdiction returns the jurisdiction that an id of kind k names; false if it is no such id.
func Jurisdiction(k Kind, id string) (string, bool) {
	rest, ok := strings.CutPrefix(id, string(k))
	if !ok || len(rest) != length || rest[jurisdictionLength] != '-' {
		return "", false
	}
	j := rest[:jurisdictionLength]
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

// CustodianName is `custodians/{id}`.
func CustodianName(id string) string { return "custodians/" + id }

// SealingName is `demands/{demand}/sealings/{id}`.
func SealingName(demand, id string) string { return DemandName(demand) + "/sealings/" + id }

// OpeningName is `demands/{demand}/openings/{id}`.
func OpeningName(demand, id string) string { return DemandName(demand) + "/openings/" + id }

// RefusalName is `demands/{demand}/refusals/{id}`.
func RefusalName(demand, id string) string { return DemandName(demand) + "/refusals/" + id }

// OpinionName is `demands/{demand}/opinions/{id}`.
func OpinionName(demand, id string) string { return DemandName(demand) + "/opinions/" + id }

// QuestionName is `demands/{demand}/questions/{id}`.
func QuestionName(demand, id string) string { return DemandName(demand) + "/questions/" + id }

// DisclosureName is `demands/{demand}/disclosures/{id}`.
func DisclosureName(demand, id string) string { return DemandName(demand) + "/disclosures/" + id }

// EvaluationName is `demands/{demand}/evaluation`.
func EvaluationName(demand string) string { return DemandName(demand) + "/evaluation" }

// SheetName is `demands/{demand}/sheets/{id}`.
func SheetName(demand, id string) string { return DemandName(demand) + "/sheets/" + id }

// ObjectionName is `demands/{demand}/objections/{id}`.
func ObjectionName(demand, id string) string { return DemandName(demand) + "/objections/" + id }

// ContractName is `contracts/{id}`.
func ContractName(id string) string { return "contracts/" + id }

// AmendmentName is `contracts/{contract}/amendments/{id}`.
func AmendmentName(contract, id string) string { return ContractName(contract) + "/amendments/" + id }

// MilestoneName is `contracts/{contract}/milestones/{id}`.
func MilestoneName(contract, id string) string { return ContractName(contract) + "/milestones/" + id }

// PaymentName is `contracts/{contract}/payments/{id}`.
func PaymentName(contract, id string) string { return ContractName(contract) + "/payments/" + id }

// RegistrationName is `contracts/{contract}/registrations/{id}`.
func RegistrationName(contract, id string) string {
	return ContractName(contract) + "/registrations/" + id
}

// RegistryRecordName is `registryRecords/{id}`.
func RegistryRecordName(id string) string { return "registryRecords/" + id }

// AchievementName is `achievements/{id}`.
func AchievementName(id string) string { return "achievements/" + id }

// ProfileName is `profiles/{id}`.
func ProfileName(id string) string { return "profiles/" + id }

// ExportName is `exports/{id}`: what an entry of an export is about.
func ExportName(id string) string { return "exports/" + id }

// FileName is `files/{id}`.
func FileName(id string) string { return "files/" + id }

// NoticeName is `notices/{id}`.
func NoticeName(id string) string { return "notices/" + id }

// WebhookName is `organizations/{organization}/webhooks/{id}`.
func WebhookName(organization, id string) string {
	return OrganizationName(organization) + "/webhooks/" + id
}

// WatchName is `watches/{id}`.
func WatchName(id string) string { return "watches/" + id }

// LedgerName is `ledgers/{jurisdiction}`.
func LedgerName(jurisdiction string) string { return "ledgers/" + jurisdiction }

// ClosureName is `closures/{id}`.
func ClosureName(id string) string { return "closures/" + id }

// MonitoringCaseName is `monitoringCases/{id}`.
func MonitoringCaseName(id string) string { return "monitoringCases/" + id }

// BackfillName is `backfills/{id}`.
func BackfillName(id string) string { return "backfills/" + id }

// PastRecordName is `pastRecords/{id}`.
func PastRecordName(id string) string { return "pastRecords/" + id }
