// Package mask says who may see what of that which is published: one table from the fields of the API's resources to classes, and one from the kinds
// of ledger entries. It is pure, and everything that leaves as a table, as OCDS or in the feed of changes passes it.
//
//   - What is not in the tables is Never: a new field is published by writing it down here, and by nothing else.
//   - A class says who sees a field at most. Which rows somebody gets is decided by the policy, before.
package mask

import "strings"

// Class is who may see a field.
type Class int

// The classes, the closest first. The zero Class is Never.
const (
	Never    Class = iota // secrets, personal data, contents before an opening, the bytes of entries: in no export
	Involved              // the organizations that have a part in the thing, and the authority
	Public                // anyone
)

// Audience is who will read what is made.
type Audience int

// The audiences. The zero Audience is anyone.
const (
	Anyone  Audience = iota // nobody in particular: what is published
	Parties                 // somebody who may read the very things that are in it
)

// Shows reports whether an audience sees what is of a class.
func (a Audience) Shows(c Class) bool { return c == Public || c == Involved && a == Parties }

// Of is the class of a field, such as Demand.budget.
func Of(field string) Class {
	if c, ok := fields[field]; ok {
		return c
	}
	return Never
}

// Listed reports whether a field is in the table, itself or with its whole message, which then is Never.
func Listed(field string) bool {
	message, _, _ := strings.Cut(field, ".")
	_, itself := fields[field]
	return itself || never[message]
}

// Kind reports whether anyone may know that an entry of a kind is there, and of what it is.
func Kind(kind string) bool { return kinds[kind] == Public }

// Entry reports whether anyone may know of an entry of a kind that left its subject in a state: what changes a thing that everybody can read is told too.
func Entry(kind, state string) bool { return Kind(kind) || whileListed[kind] && state == "listed" }

// ListedKind reports whether a kind is in the table.
func ListedKind(kind string) bool {
	_, ok := kinds[kind]
	return ok
}

// never are the messages of which nothing is published: what lets people in, what they are, what they have asked for, and what is served as it is.
var never = map[string]bool{
	"Account": true, "Session": true, "Factor": true, "Approval": true, "SignOnProvider": true, "SignOnLink": true, "DeviceLogin": true, "Member": true,
	"Token": true, "Caller": true, "AchievementTemplate": true, "ProfileTemplate": true, "MatchModel": true, "CodeList": true, "Code": true, "Checkpoint": true,
	// What bids are sealed with and opened by: who keeps keys, when, and for which demand is asked where it is needed.
	"Custodian": true, "Sealing": true,
	// What is said while something is decided: by experts, by those who object, by those who ask. Some of it is told to some, and none of it to all at once.
	"Opinion": true, "Evaluation": true, "Sheet": true, "Objection": true, "Question": true,
	// Who has read what is confidential, and under which terms.
	"Agreement": true, "Disclosure": true,
	// What the sides of a contract do with each other after they have signed it, and what that comes to.
	"Amendment": true, "Milestone": true, "Payment": true, "ContractBalance": true,
	// What the registry has certified, and its own list: the registry publishes it, and the sides read theirs.
	"Registration": true, "RegistryRecord": true, "RegistryRecordTemplate": true,
	// What somebody is told, where, and what it waits for.
	"Notice": true, "NoticeKind": true, "Webhook": true, "Delivery": true, "Watch": true, "Digest": true,
	// Whoever reads what a file is attached to is told of it there.
	"File": true,
}

var fields = join(
	message("Demand", Public, "name number title description field budget deadline state failure organization jurisdiction winning_bid publish_time update_time procedure receipt "+
		"details related_demand attempt amend_time"),
	message("Demand", Never, "etag create_time"),                            // when a draft was begun is its writer's
	message("Demand", Never, "nda_details winner_details comments pending"), // the confidential layers, and what passes between the firm and the bureau
	message("Demand", Never, "reason remark confirm_by_time"),               // words about a firm, and how alive it is
	message("Bid", Involved, "name organization amount state submit_time open_time jurisdiction consortium"),
	message("Bid", Never, "proposal version content_digest etag receipt create_time update_time"),
	message("Bid", Never, "seal_level sealed_by fault"), // how somebody sealed, and what was wrong with it, is evidence and no statistic
	message("Contract", Involved, "name number title demand buyer seller broker channel class field total state recorded sign_date jurisdiction receipt "+
		"buyer_sign_time seller_sign_time end_reason update_time members"),
	message("Contract", Never, "text_digest sign_digest etag create_time"),
	message("Contract", Never, "text_version change_request plan buyer_signature seller_signature end_code amount_paid price insurance trial"), // its text, keys, and what the sides say of its end
	message("Organization", Public, "name display_name kind uscc jurisdiction state region industry parent"),
	message("Organization", Never, "code_check create_time update_time verified_until etag receipt"),
	message("Achievement", Public, "name title summary field industries disciplines keywords intellectual_properties trl maturity cooperation_modes asking_price region "+
		"state organization jurisdiction publish_time"),
	message("Achievement", Never, "etag receipt create_time update_time external_id"),
	message("Profile", Public, "name kind fields industries disciplines keywords region state organization jurisdiction publish_time"),
	message("Profile", Never, "display_name position introduction equipment consented etag receipt create_time update_time external_id"), // a profile may be a person's
	message("Total", Public, "name demands_published contracts_signed amount groups as_of"),
	message("FigureDefinition", Public, "name code version display_name unit side description valid_from_date dimensions not_recorded kept"),
	message("Figure", Public, "name definition display_name unit period dimension key value last_value change_basis_points as_of_sequence checkpoint"),
	message("Closure", Public, "name ledger period display_name revision as_of_sequence root_hash checkpoint figures reason create_time receipt"),
	message("Closure", Never, "closer etag"), // who did it is the bureau's
	message("Ledger", Public, "name display_name size root_hash origin verifier_key update_time clock_doubt_time clock_jump"),
	message("Entry", Public, "name sequence kind subject create_time entry_hash"), // as far as its kind is public
	message("Entry", Never, "body salt"),
	message("Export", Public, "table format filename content_type ledger as_of_sequence definition export_time rows size sha256"),
	message("Export", Involved, "receipt"),
)

// kinds are the kinds of entries: Public for what anyone may read of its subject at that moment anyway.
var kinds = join(
	message("ledger", Public, "founded epoch"),
	message("organization", Public, "registered confirmed verified divided edited suspended reinstated closed"),
	message("demand", Public, "published withdrawn closed awarded contracted fulfilled failed amended cancelled announced reopened"),
	message("demand", Never, "drafted edited submitted vetted returned approved rejected amendment_asked cancellation_asked request_refused confirmed wilted revived"),
	message("achievement", Public, "listed withdrawn"),
	message("achievement", Never, "drafted edited imported"),
	message("profile", Public, "listed withdrawn"),
	message("profile", Never, "drafted edited imported"),
	message("bid", Never, "drafted edited submitted replaced withdrawn opened won not_selected unsettled confirmed lapsed invalid refused shortlisted selected reserved "+
		"excluded demoted disqualified declined"),
	message("cover", Never, "made"), // whoever could tell them from the entries of bids would count bids
	message("custodian", Never, "registered confirmed proved retired"),
	message("sealing", Never, "fixed"),
	message("opening", Never, "given"),
	message("evaluation", Never, "planned draw_opened seed_committed seed_revealed panel_named panel_drawn panel_changed scoring_started scoring_resumed scored recommended "+
		"feedback_given closed announced settled promoted reopened"),
	message("sheet", Never, "assigned cleared recused locked explained reopened"),
	message("objection", Never, "filed admitted rejected upheld dismissed withdrawn escalated overdue"),
	message("opinion", Never, "asked given"),
	message("question", Never, "asked answered"),
	message("disclosure", Never, "made accepted"),
	message("contract", Involved, "drafted edited proposed signed activated cancelled completion_confirmed completed terminated recorded amended revised"),
	message("amendment", Involved, "drafted proposed signed activated refused withdrawn"),
	message("milestone", Involved, "scheduled started evidence_submitted acceptance_started met partially_met rejected not_delivered cancelled waived waiver_agreed reassessed"),
	message("payment", Involved, "planned requested approved claimed confirmed disputed voided"),
	message("registration", Involved, "drafted filed returned accepted review_started review_concluded recorded registered changed refused owed overdue cancelled"),
	message("registry_record", Never, "imported"),
	message("closure", Public, "closed restated"),
	message("file", Never, "created completed broken quarantined scanned attached detached deleted expired"),
	message("member", Never, "invited accepted rejected revoked expired changed granted removed left admitted glass_broken"),
	message("token", Never, "issued revoked"),
	message("person", Never, "created changed secured disabled enabled erased"),
	message("session", Never, "opened refused"),
	message("approval", Never, "asked approved refused withdrawn used expired"),
	message("export", Never, "made"),
)

// whileListed are kinds that are Never of a draft, and tell of what anyone may read once it is listed.
var whileListed = map[string]bool{"achievement.edited": true, "achievement.imported": true, "profile.edited": true, "profile.imported": true}

// message gives members of a message, or events of a thing, a class.
func message(name string, c Class, members string) map[string]Class {
	all := map[string]Class{}
	for m := range strings.FieldsSeq(members) {
		all[name+"."+m] = c
	}
	return all
}

// join joins tables; what stands twice keeps the closer class.
func join(tables ...map[string]Class) map[string]Class {
	all := map[string]Class{}
	for _, t := range tables {
		for name, c := range t {
			if have, ok := all[name]; !ok || c < have {
				all[name] = c
			}
		}
	}
	return all
}
