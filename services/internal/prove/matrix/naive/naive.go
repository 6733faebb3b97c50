// Package naive decides the authorization matrix a second time. It shares nothing with policy.Decide but the words.
package naive

import (
	"bytes"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/identity/policy"
)

// byRole says what each role may do. The product keeps the same the other way round, by action.
var byRole = map[party.Role]string{
	party.Owner:  "organization.edit organization.divide token.issue token.list token.revoke " + household + " member.list approval.approve approval.refuse",
	party.Editor: drafting + " " + preparing + " member.list demand.disclose",
	party.Signer: drafting + " " + binding + " " + preparing + " " + closing + " demand.disclose token.issue token.list token.revoke member.list",
	party.Expert: "member.list opinion.give demand.disclose evaluation.recommend sheet.read sheet.list sheet.declare sheet.score",
	party.Operator: "organization.confirm organization.verify organization.suspend organization.reinstate contract.complete contract.terminate contract.record " +
		preparing + " " + closing + " registration.confirm registry_record.import " + comparing + " match.summarize match.similar monitoring.findings case.open case.cancel member.list demand.publish demand.vet demand.return demand.disclose evaluation.panel evaluation.seed evaluation.run sheet.read sheet.list objection.review figure.records closure.close closure.restate closure.differences ledger.confirm_clock",
	party.Registrar:  "registration.handle registration.record registry_record.import " + comparing,
	party.Approver:   comparing + " registration.confirm demand.approve demand.turn_down demand.decide demand.disclose approval.approve approval.refuse match.summarize match.similar " + casework + " member.list evaluation.seed evaluation.decide evaluation.announce sheet.read sheet.list sheet.reopen objection.review objection.decide figure.records closure.differences",
	party.Auditor:    comparing + " figure.records closure.differences ledger.entries match.summarize match.similar case.open case.cancel " + casework + " member.list evaluation.seed sheet.read sheet.list",
	party.Auditadmin: "member.list",
	party.Sysadmin:   "account.break",
	party.Custodian:  "custodian.register custodian.challenge custodian.prove custodian.retire bid.envelopes bid.share",
	party.Secadmin: "organization.register organization.confirm organization.close organization.edit organization.divide token.issue token.list token.revoke " +
		household + " member.list member.disable member.enable approval.approve approval.refuse custodian.confirm custodian.retire",
}

const (
	hooking   = "notice.switch webhook.create webhook.list webhook.read webhook.delete webhook.test webhook.redeliver"
	household = hooking + " member.invite member.revoke member.change member.grant member.remove member.transfer member.reset member.reset_privileged"
	drafting  = "file.create file.upload file.delete demand.draft demand.edit achievement.draft achievement.edit achievement.import profile.draft profile.edit profile.import bid.draft bid.edit " +
		"contract.draft contract.edit demand.confirm demand.relist question.ask question.answer evaluation.plan"
	binding = "demand.submit demand.amend demand.cancel bid.confirm agreement.accept demand.publish demand.withdraw demand.award demand.reject_bids achievement.publish achievement.withdraw profile.publish profile.withdraw " +
		"bid.finalize bid.submit bid.replace bid.withdraw contract.propose contract.sign contract.refuse contract.revise contract.complete contract.terminate objection.file objection.withdraw case.answer"
	casework = "monitoring.findings case.activate case.conclude case.resolve case.stop"
)

const (
	preparing = "registration.draft amendment.draft milestone.start milestone.examine payment.plan"
	comparing = "registry_record.read registry_record.list registry_record.reconcile"
	closing   = "registration.file registration.record amendment.propose amendment.sign amendment.refuse amendment.withdraw milestone.submit milestone.conclude milestone.fail milestone.waive " +
		"payment.request payment.approve payment.claim payment.confirm payment.dispute payment.void"
)

// ownPerson are the actions about the caller's own person, which no state of the organization stops.
const ownPerson = "account.login account.device account.read account.edit account.password account.factor account.step_up account.sessions account.logout " +
	"account.approve account.export account.erase account.link account.reset"

// without are the actions that need no role, with those of them that may change something without a credential.
const (
	without = "code_list.read code_list.list code.read code.list caller.read organization.read organization.list member.preview member.accept member.reject " +
		"member.leave account.login account.device account.read account.edit account.password account.factor account.step_up account.sessions account.logout " +
		"account.approve account.link account.export account.erase account.reset approval.list approval.read approval.withdraw file.read file.download file.list demand.read demand.list achievement.read achievement.list " +
		"achievement.template profile.read profile.list profile.template bid.read bid.list evaluation.read objection.read objection.list " +
		"contract.read contract.list amendment.read amendment.list milestone.read milestone.list payment.read payment.list balance.read ledger.read registration.read registration.list registration.unfiled registry_record.template contract_class.propose " +
		"ledger.list ledger.checkpoint ledger.checkpoints ledger.prove_inclusion ledger.prove_consistency ledger.entry audit.total search.demands " +
		"search.achievements search.organizations demand.advise opinion.list question.list agreement.read disclosure.list search.suggest match.demand " +
		"match.organization match.model match.record notice.read notice.list notice.mark notice.kinds notice.switch_own watch.create watch.read " +
		"watch.list watch.edit watch.delete watch.mute custodian.read custodian.list bid.sealing watch.digest watch.edit_digest figure.define figure.read figure.group " +
		"closure.read closure.list closure.compare publishing.export publishing.export_own publishing.changes monitoring.rules case.read case.list"
	unknown = "member.accept member.reject account.login account.device account.reset"
)

// touch says whose things each kind of action is done to, by the beginning of its name, the longest first: m for one's own, p for a part in it, o for the
// authority's watch, k for the bureau's keeping, * for anybody's.
var touch = []struct{ prefix, whose string }{
	{"figure.records", "o"}, {"figure.", "*"}, {"closure.close", "o"}, {"closure.restate", "o"}, {"closure.differences", "o"}, {"closure.", "*"},
	{"caller.read", "m"}, {"organization.register", "k"}, {"organization.confirm", "ok"}, {"organization.close", "k"}, {"organization.edit", "m"},
	{"organization.divide", "m"}, {"organization.read", "*"}, {"organization.list", "*"}, {"organization.", "o"}, {"token.", "mk"},
	{"member.preview", "*"}, {"member.accept", "*"}, {"member.reject", "*"}, {"member.leave", "m"}, {"member.", "mk"},
	{"account.login", "*"}, {"account.device", "*"}, {"account.reset", "*"}, {"account.", "m"}, {"approval.withdraw", "m"}, {"approval.", "mk"},
	{"file.read", "*"}, {"file.download", "*"}, {"file.", "m"},
	{"demand.read", "*"}, {"demand.list", "*"}, {"demand.publish", "mo"}, {"demand.vet", "o"}, {"demand.return", "o"}, {"demand.approve", "o"}, {"demand.turn_down", "o"},
	{"demand.decide", "o"}, {"demand.advise", "mpo"}, {"demand.disclose", "*"}, {"opinion.list", "*"}, {"opinion.", "m"}, {"question.answer", "m"}, {"question.", "*"},
	{"agreement.", "*"}, {"disclosure.", "*"}, {"demand.", "m"},
	{"achievement.read", "*"}, {"achievement.list", "*"}, {"achievement.template", "*"}, {"achievement.", "m"},
	{"profile.read", "*"}, {"profile.list", "*"}, {"profile.template", "*"}, {"profile.", "m"},
	{"custodian.read", "*"}, {"custodian.list", "*"}, {"custodian.confirm", "k"}, {"custodian.retire", "mk"}, {"custodian.", "m"}, {"bid.sealing", "*"},
	{"bid.read", "mpo"}, {"bid.list", "mpo"}, {"bid.", "m"},
	{"evaluation.read", "*"}, {"evaluation.plan", "m"}, {"evaluation.recommend", "p"}, {"evaluation.", "o"},
	{"sheet.read", "mpo"}, {"sheet.list", "mpo"}, {"sheet.reopen", "o"}, {"sheet.", "m"},
	{"objection.read", "mo"}, {"objection.list", "mo"}, {"objection.file", "mp"}, {"objection.withdraw", "m"}, {"objection.", "o"},
	{"contract.read", "mpo"}, {"contract.list", "mpo"}, {"contract.complete", "mpo"}, {"contract.terminate", "mpo"}, {"contract.record", "o"}, {"contract.", "mp"},
	{"contract_class.", "*"}, {"registration.handle", "o"}, {"registration.confirm", "o"}, {"registration.", "mpo"},
	{"registry_record.template", "*"}, {"registry_record.", "o"}, {"amendment.", "mpo"}, {"milestone.", "mpo"}, {"payment.", "mpo"}, {"balance.", "mpo"},
	{"ledger.entry", "mpo"}, {"ledger.entries", "o"}, {"ledger.confirm_clock", "o"}, {"ledger.", "*"}, {"audit.", "*"}, {"search.", "*"}, {"code", "*"},
	{"notice.", "m"}, {"webhook.", "m"}, {"watch.", "m"},
	{"match.summarize", "o"}, {"match.similar", "o"}, {"match.", "*"},
	{"monitoring.rules", "*"}, {"monitoring.", "o"}, {"case.read", "mpo"}, {"case.list", "mpo"}, {"case.answer", "p"}, {"case.", "o"},
	{"publishing.export_own", "mpo"}, {"publishing.", "*"},
}

func has(words, word string) bool {
	for w := range strings.FieldsSeq(words) {
		if w == word {
			return true
		}
	}
	return false
}

// Decide decides a cell as somebody would who reads the rules aloud: it gathers every objection and names the gravest.
func Decide(c party.Caller, m policy.Method, o policy.Object, e policy.Env) policy.Decision {
	if c.System {
		return policy.Allowed
	}
	needsRole, exists := false, has(without, m.Action)
	for _, actions := range byRole {
		needsRole = needsRole || has(actions, m.Action)
	}
	if m.Access < policy.Public || m.Access > policy.Privileged || needsRole != (m.Access == policy.Privileged) || !needsRole && !exists ||
		m.Access == policy.Public && m.Mutates && !has(unknown, m.Action) {
		return policy.Denied
	}
	if m.Access == policy.Public && !o.Is {
		return policy.Allowed
	}
	objections := map[policy.Decision]bool{}
	if m.Access != policy.Public {
		credential(c, m, objections)
	}
	if o.Is {
		thing(c, m, o, objections)
	}
	second(c, m, e, objections)
	for _, grave := range []policy.Decision{policy.Anonymous, policy.OutOfScope, policy.NoPrivilege, policy.Suspended, policy.Unconfirmed, policy.Hidden,
		policy.Foreign, policy.Conflict, policy.Unstepped, policy.Alone} {
		if objections[grave] {
			return grave
		}
	}
	return policy.Allowed
}

// credential objects to what a caller is.
func credential(c party.Caller, m policy.Method, objections map[policy.Decision]bool) {
	objections[policy.Anonymous] = c.Token+c.Session == ""
	limited := false
	for i, s := range c.Scopes {
		limited = (limited || i == 0) && s != m.Action
	}
	objections[policy.OutOfScope] = limited
	if m.Access == policy.Privileged {
		may := false
		for _, r := range c.Roles {
			borrowed := c.Lent && r == "auditor"
			may = may || has(byRole[r], m.Action) && !(borrowed && m.Mutates)
		}
		objections[policy.NoPrivilege] = !may
	}
	own := has(ownPerson, m.Action)
	objections[policy.Suspended] = m.Mutates && !own && (c.State == "suspended" || c.State == "closed")
	objections[policy.Unconfirmed] = m.Mutates && !own && c.Check == "check_failed"
}

// thing objects to how a caller stands to a thing.
func thing(c party.Caller, m policy.Method, o policy.Object, objections map[policy.Decision]bool) {
	stands := ""
	if c.Token+c.Session != "" {
		stands = standing(c, m.Action, o)
	}
	knows := map[policy.Openness]string{policy.Private: "m", policy.Kept: "mk", policy.Shared: "mpo"}[o.Openness]
	objections[policy.Hidden] = o.Openness != policy.Published && !strings.ContainsAny(stands, knows)
	for _, t := range touch {
		if strings.HasPrefix(m.Action, t.prefix) {
			objections[policy.Foreign] = t.whose != "*" && !strings.ContainsAny(stands, t.whose)
			break
		}
	}
	for _, a := range o.Authors {
		objections[policy.Conflict] = objections[policy.Conflict] || a == c.Person && a != ""
	}
}

func standing(c party.Caller, action string, o policy.Object) (stands string) {
	if c.Person != "" && c.Person == o.Person || c.Organization != "" && c.Organization == o.Owner {
		stands += "m"
	}
	for _, p := range o.Parties {
		if p == c.Organization && p != "" {
			stands += "p"
		}
	}
	if c.Jurisdiction != o.Jurisdiction {
		return stands
	}
	for _, r := range c.Roles {
		watches := r == "auditor" || !strings.HasPrefix(action, "ledger.entr") && (r == "operator" || r == "approver" || r == "registrar")
		if watches && (c.Kind == "bureau" || c.Kind == "audit_office") {
			stands += "o"
		}
		if r == "secadmin" && c.Kind == "bureau" {
			stands += "k"
		}
	}
	return stands
}

// second objects to the want of a second factor or a second person.
func second(c party.Caller, m policy.Method, e policy.Env, objections map[policy.Decision]bool) {
	age := e.Now.Sub(c.Stepped)
	shown := !c.Stepped.Equal(time.Time{}) && age >= 0 && age <= 5*time.Minute
	objections[policy.Unstepped] = m.StepUp && !shown || m.StepUp && c.Session == "" || m.SessionStepUp && c.Session != "" && !shown
	if !m.TwoPersons {
		return
	}
	objections[policy.Alone] = true
	if a := e.Approval; a != nil && c.Person != "" && a.Person != "" && len(e.Request) != 0 {
		objections[policy.Alone] = c.Person == a.Person || c.Session == a.Session || !bytes.Equal(e.Request, a.Request)
	}
}
