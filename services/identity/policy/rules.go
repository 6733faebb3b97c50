package policy

import (
	"maps"
	"slices"

	"github.com/jiebang/jiebang/services/identity/party"
)

// rule says which roles have an action among their privileges, and in which relations to an object the action may be done. An action without roles is
// for every credential, or for everyone, as its method's access says. Where overseers are named, they alone oversee as far as the action goes.
type rule struct {
	roles     []party.Role
	on        Relation
	overseers []party.Role
}

type roles = []party.Role

// What roles often have together.
var (
	drafters    = roles{party.Editor, party.Signer}
	binders     = roles{party.Signer}
	landlords   = roles{party.Owner, party.Secadmin}
	issuers     = roles{party.Owner, party.Signer, party.Secadmin}
	secretaries = roles{party.Secadmin}
	keepers     = roles{party.Custodian}
	officers    = roles{party.Operator}
	preparers   = roles{party.Editor, party.Signer, party.Operator} // operators act for both sides of what the bureau has recorded
	closers     = roles{party.Signer, party.Operator}
	readers     = roles{party.Operator, party.Approver, party.Auditor}
	auditors    = roles{party.Auditor}
	approvers   = roles{party.Approver}
	experts     = roles{party.Expert}
	registrars  = roles{party.Registrar}
	recorders   = roles{party.Signer, party.Operator, party.Registrar}
	confirmers  = roles{party.Operator, party.Approver}
	importers   = roles{party.Operator, party.Registrar}
	inspectors  = roles{party.Auditor, party.Operator}
	deciders    = roles{party.Auditor, party.Approver}
	judges      = roles{party.Expert, party.Operator, party.Approver, party.Auditor}
)

// registryReaders compare the registry's list with what is registered here.
var registryReaders = roles{party.Operator, party.Approver, party.Auditor, party.Registrar}

// rules is every action there is. What is not here is denied.
var rules = map[string]rule{
	"code_list.read": {on: Anyone},
	"code_list.list": {on: Anyone},
	"code.read":      {on: Anyone},
	"code.list":      {on: Anyone},

	"caller.read": {on: Own},

	"organization.read":      {on: Anyone},
	"organization.list":      {on: Anyone},
	"organization.register":  {roles: secretaries, on: Secretariat},
	"organization.confirm":   {roles: roles{party.Operator, party.Secadmin}, on: Oversight | Secretariat},
	"organization.verify":    {roles: officers, on: Oversight},
	"organization.suspend":   {roles: officers, on: Oversight},
	"organization.reinstate": {roles: officers, on: Oversight},
	"organization.close":     {roles: secretaries, on: Secretariat},
	"organization.edit":      {roles: landlords, on: Own},
	"organization.divide":    {roles: landlords, on: Own},

	"token.issue":  {roles: issuers, on: Own | Secretariat},
	"token.list":   {roles: issuers, on: Own | Secretariat},
	"token.revoke": {roles: issuers, on: Own | Secretariat},

	"member.list":     {roles: roles{party.Owner, party.Editor, party.Signer, party.Expert, party.Secadmin, party.Operator, party.Approver, party.Auditor, party.Auditadmin}, on: Own | Secretariat},
	"member.invite":   {roles: landlords, on: Own | Secretariat},
	"member.revoke":   {roles: landlords, on: Own | Secretariat},
	"member.change":   {roles: landlords, on: Own | Secretariat},
	"member.grant":    {roles: landlords, on: Own | Secretariat},
	"member.remove":   {roles: landlords, on: Own | Secretariat},
	"member.transfer": {roles: landlords, on: Own | Secretariat},
	"member.preview":  {on: Anyone},
	"member.accept":   {on: Anyone},
	"member.reject":   {on: Anyone},
	"member.leave":    {on: Own},

	"member.reset":            {roles: landlords, on: Own | Secretariat},
	"member.reset_privileged": {roles: landlords, on: Own | Secretariat},
	"member.disable":          {roles: secretaries, on: Own | Secretariat},
	"member.enable":           {roles: secretaries, on: Own | Secretariat},

	"account.login":     {on: Anyone},
	"account.device":    {on: Anyone},
	"account.read":      {on: Own},
	"account.edit":      {on: Own},
	"account.password":  {on: Own},
	"account.factor":    {on: Own},
	"account.step_up":   {on: Own},
	"account.sessions":  {on: Own},
	"account.logout":    {on: Own},
	"account.approve":   {on: Own},
	"account.export":    {on: Own},
	"account.erase":     {on: Own},
	"account.link":      {on: Own},
	"account.reset":     {on: Anyone},
	"account.break":     {roles: roles{party.Sysadmin}, on: Own},
	"approval.list":     {on: Own | Secretariat},
	"approval.read":     {on: Own | Secretariat},
	"approval.approve":  {roles: roles{party.Approver, party.Secadmin, party.Owner}, on: Own | Secretariat},
	"approval.refuse":   {roles: roles{party.Approver, party.Secadmin, party.Owner}, on: Own | Secretariat},
	"approval.withdraw": {on: Own},

	"notice.read":       {on: Own},
	"notice.list":       {on: Own},
	"notice.mark":       {on: Own},
	"notice.kinds":      {on: Own},
	"notice.switch":     {roles: landlords, on: Own},
	"notice.switch_own": {on: Own},

	"webhook.create":    {roles: landlords, on: Own},
	"webhook.list":      {roles: landlords, on: Own},
	"webhook.read":      {roles: landlords, on: Own},
	"webhook.delete":    {roles: landlords, on: Own},
	"webhook.test":      {roles: landlords, on: Own},
	"webhook.redeliver": {roles: landlords, on: Own},

	"watch.create":      {on: Own},
	"watch.read":        {on: Own},
	"watch.list":        {on: Own},
	"watch.edit":        {on: Own},
	"watch.delete":      {on: Own},
	"watch.mute":        {on: Own},
	"watch.digest":      {on: Own},
	"watch.edit_digest": {on: Own},

	"demand.read":        {on: Anyone},
	"demand.list":        {on: Anyone},
	"demand.draft":       {roles: drafters, on: Own},
	"demand.edit":        {roles: drafters, on: Own},
	"demand.publish":     {roles: roles{party.Signer, party.Operator}, on: Own | Oversight},
	"demand.withdraw":    {roles: binders, on: Own},
	"demand.award":       {roles: binders, on: Own},
	"demand.reject_bids": {roles: binders, on: Own},
	"demand.submit":      {roles: binders, on: Own},
	"demand.vet":         {roles: officers, on: Oversight},
	"demand.return":      {roles: officers, on: Oversight},
	"demand.approve":     {roles: roles{party.Approver}, on: Oversight},
	"demand.turn_down":   {roles: roles{party.Approver}, on: Oversight},
	"demand.amend":       {roles: binders, on: Own},
	"demand.cancel":      {roles: binders, on: Own},
	"demand.decide":      {roles: roles{party.Approver}, on: Oversight},
	"demand.confirm":     {roles: drafters, on: Own},
	"demand.relist":      {roles: drafters, on: Own},
	"demand.advise":      {on: Own | Party | Oversight},
	"demand.disclose":    {roles: roles{party.Editor, party.Signer, party.Expert, party.Operator, party.Approver}, on: Anyone},

	"opinion.list": {on: Anyone},
	"opinion.give": {roles: roles{party.Expert}, on: Own},

	"question.list":   {on: Anyone},
	"question.ask":    {roles: drafters, on: Anyone},
	"question.answer": {roles: drafters, on: Own},

	"agreement.read":   {on: Anyone},
	"agreement.accept": {roles: binders, on: Anyone},
	"disclosure.list":  {on: Anyone},

	"file.read":     {on: Anyone}, // who reads what it is attached to reads it
	"file.download": {on: Anyone},
	"file.list":     {on: Own},
	"file.create":   {roles: drafters, on: Own},
	"file.upload":   {roles: drafters, on: Own},
	"file.delete":   {roles: drafters, on: Own},

	"achievement.read":     {on: Anyone},
	"achievement.list":     {on: Anyone},
	"achievement.template": {on: Anyone},
	"achievement.draft":    {roles: drafters, on: Own},
	"achievement.edit":     {roles: drafters, on: Own},
	"achievement.import":   {roles: drafters, on: Own},
	"achievement.publish":  {roles: binders, on: Own},
	"achievement.withdraw": {roles: binders, on: Own},

	"profile.read":     {on: Anyone},
	"profile.list":     {on: Anyone},
	"profile.template": {on: Anyone},
	"profile.draft":    {roles: drafters, on: Own},
	"profile.edit":     {roles: drafters, on: Own},
	"profile.import":   {roles: drafters, on: Own},
	"profile.publish":  {roles: binders, on: Own},
	"profile.withdraw": {roles: binders, on: Own},

	"custodian.read":      {on: Anyone},
	"custodian.list":      {on: Anyone},
	"custodian.register":  {roles: keepers, on: Own},
	"custodian.confirm":   {roles: secretaries, on: Secretariat},
	"custodian.retire":    {roles: roles{party.Custodian, party.Secadmin}, on: Own | Secretariat},
	"custodian.challenge": {roles: keepers, on: Own},
	"custodian.prove":     {roles: keepers, on: Own},

	"bid.sealing":   {on: Anyone},
	"bid.finalize":  {roles: binders, on: Own},
	"bid.envelopes": {roles: keepers, on: Own},
	"bid.share":     {roles: keepers, on: Own},

	"bid.read":     {on: Own | Party | Oversight},
	"bid.list":     {on: Own | Party | Oversight},
	"bid.draft":    {roles: drafters, on: Own},
	"bid.edit":     {roles: drafters, on: Own},
	"bid.submit":   {roles: binders, on: Own},
	"bid.replace":  {roles: binders, on: Own},
	"bid.withdraw": {roles: binders, on: Own},
	"bid.confirm":  {roles: binders, on: Own},

	"evaluation.read":      {on: Anyone},
	"evaluation.plan":      {roles: drafters, on: Own},
	"evaluation.panel":     {roles: officers, on: Oversight},
	"evaluation.seed":      {roles: readers, on: Oversight},
	"evaluation.run":       {roles: officers, on: Oversight},
	"evaluation.recommend": {roles: experts, on: Party},
	"evaluation.decide":    {roles: approvers, on: Oversight},
	"evaluation.announce":  {roles: approvers, on: Oversight},

	"sheet.read":    {roles: judges, on: Own | Party | Oversight},
	"sheet.list":    {roles: judges, on: Own | Party | Oversight},
	"sheet.declare": {roles: experts, on: Own},
	"sheet.score":   {roles: experts, on: Own},
	"sheet.reopen":  {roles: approvers, on: Oversight},

	"objection.read":     {on: Own | Oversight},
	"objection.list":     {on: Own | Oversight},
	"objection.file":     {roles: binders, on: Own | Party},
	"objection.withdraw": {roles: binders, on: Own},
	"objection.review":   {roles: roles{party.Operator, party.Approver}, on: Oversight},
	"objection.decide":   {roles: approvers, on: Oversight},

	"contract.read":      {on: Own | Party | Oversight},
	"contract.list":      {on: Own | Party | Oversight},
	"contract.draft":     {roles: drafters, on: Own | Party},
	"contract.edit":      {roles: drafters, on: Own | Party},
	"contract.propose":   {roles: binders, on: Own | Party},
	"contract.sign":      {roles: binders, on: Own | Party},
	"contract.refuse":    {roles: binders, on: Own | Party},
	"contract.revise":    {roles: binders, on: Own | Party},
	"contract.complete":  {roles: roles{party.Signer, party.Operator}, on: Own | Party | Oversight},
	"contract.terminate": {roles: roles{party.Signer, party.Operator}, on: Own | Party | Oversight},
	"contract.record":    {roles: officers, on: Oversight},

	"amendment.read":     {on: Own | Party | Oversight},
	"amendment.list":     {on: Own | Party | Oversight},
	"amendment.draft":    {roles: preparers, on: Own | Party | Oversight},
	"amendment.propose":  {roles: closers, on: Own | Party | Oversight},
	"amendment.sign":     {roles: closers, on: Own | Party | Oversight},
	"amendment.refuse":   {roles: closers, on: Own | Party | Oversight},
	"amendment.withdraw": {roles: closers, on: Own | Party | Oversight},

	"milestone.read":     {on: Own | Party | Oversight},
	"milestone.list":     {on: Own | Party | Oversight},
	"milestone.start":    {roles: preparers, on: Own | Party | Oversight},
	"milestone.submit":   {roles: closers, on: Own | Party | Oversight},
	"milestone.examine":  {roles: preparers, on: Own | Party | Oversight},
	"milestone.conclude": {roles: closers, on: Own | Party | Oversight},
	"milestone.fail":     {roles: closers, on: Own | Party | Oversight},
	"milestone.waive":    {roles: closers, on: Own | Party | Oversight},

	"payment.read":    {on: Own | Party | Oversight},
	"payment.list":    {on: Own | Party | Oversight},
	"payment.plan":    {roles: preparers, on: Own | Party | Oversight},
	"payment.request": {roles: closers, on: Own | Party | Oversight},
	"payment.approve": {roles: closers, on: Own | Party | Oversight},
	"payment.claim":   {roles: closers, on: Own | Party | Oversight},
	"payment.confirm": {roles: closers, on: Own | Party | Oversight},
	"payment.dispute": {roles: closers, on: Own | Party | Oversight},
	"payment.void":    {roles: closers, on: Own | Party | Oversight},
	"balance.read":    {on: Own | Party | Oversight},

	"registration.read":    {on: Own | Party | Oversight},
	"registration.list":    {on: Own | Party | Oversight},
	"registration.unfiled": {on: Own | Party | Oversight},
	"registration.draft":   {roles: preparers, on: Own | Party | Oversight},
	"registration.file":    {roles: closers, on: Own | Party | Oversight},
	"registration.handle":  {roles: registrars, on: Oversight},
	"registration.record":  {roles: recorders, on: Own | Party | Oversight},
	"registration.confirm": {roles: confirmers, on: Oversight},

	"registry_record.read":      {roles: registryReaders, on: Oversight},
	"registry_record.list":      {roles: registryReaders, on: Oversight},
	"registry_record.reconcile": {roles: registryReaders, on: Oversight},
	"registry_record.import":    {roles: importers, on: Oversight},
	"registry_record.template":  {on: Anyone},

	"backfill.import":   {roles: officers, on: Oversight},
	"backfill.read":     {roles: readers, on: Oversight},
	"backfill.list":     {roles: readers, on: Oversight},
	"backfill.rows":     {roles: readers, on: Oversight},
	"backfill.record":   {roles: officers, on: Oversight},
	"backfill.discard":  {roles: officers, on: Oversight},
	"backfill.template": {on: Anyone},
	"past_record.read":  {roles: readers, on: Oversight},
	"past_record.list":  {roles: readers, on: Oversight},

	"contract_class.propose": {on: Anyone},

	"ledger.read":              {on: Anyone},
	"ledger.list":              {on: Anyone},
	"ledger.checkpoint":        {on: Anyone},
	"ledger.checkpoints":       {on: Anyone},
	"ledger.confirm_clock":     {roles: officers, on: Oversight},
	"ledger.prove_inclusion":   {on: Anyone},
	"ledger.prove_consistency": {on: Anyone},
	"ledger.entry":             {on: Own | Party | Oversight, overseers: auditors},
	"ledger.entries":           {roles: auditors, on: Oversight, overseers: auditors},

	"audit.total": {on: Anyone},

	"monitoring.rules":    {on: Anyone},
	"monitoring.findings": {roles: readers, on: Oversight},
	"case.read":           {on: Own | Party | Oversight},
	"case.list":           {on: Own | Party | Oversight},
	"case.open":           {roles: inspectors, on: Oversight},
	"case.cancel":         {roles: inspectors, on: Oversight},
	"case.activate":       {roles: deciders, on: Oversight},
	"case.conclude":       {roles: deciders, on: Oversight},
	"case.resolve":        {roles: deciders, on: Oversight},
	"case.stop":           {roles: deciders, on: Oversight},
	"case.answer":         {roles: binders, on: Party},

	"figure.define":  {on: Anyone},
	"figure.read":    {on: Anyone},
	"figure.group":   {on: Anyone},
	"figure.records": {roles: readers, on: Oversight},

	"closure.close":       {roles: officers, on: Oversight},
	"closure.restate":     {roles: officers, on: Oversight},
	"closure.read":        {on: Anyone},
	"closure.list":        {on: Anyone},
	"closure.compare":     {on: Anyone},
	"closure.differences": {roles: readers, on: Oversight},

	"publishing.export":     {on: Anyone},
	"publishing.export_own": {on: Own | Party | Oversight},
	"publishing.changes":    {on: Anyone},

	"search.demands":       {on: Anyone},
	"search.achievements":  {on: Anyone},
	"search.organizations": {on: Anyone},
	"search.suggest":       {on: Anyone},

	"match.demand":       {on: Anyone},
	"match.organization": {on: Anyone}, // of what it has listed, which is public
	"match.model":        {on: Anyone},
	"match.record":       {on: Anyone},
	"match.summarize":    {roles: readers, on: Oversight},
	"match.similar":      {roles: readers, on: Oversight},
}

// Has reports whether a role has an action among its privileges.
func Has(r party.Role, action string) bool { return slices.Contains(rules[action].roles, r) }

// May reports whether a role of the caller's has an action, whatever the object.
func May(c party.Caller, action string) bool {
	return c.System || slices.ContainsFunc(c.Roles, func(r party.Role) bool { return Has(r, action) }) && (len(c.Scopes) == 0 || slices.Contains(c.Scopes, action))
}

// Privileges are the actions that a role has, in order of their names.
func Privileges(r party.Role) []string {
	var out []string
	for _, action := range Actions() {
		if Has(r, action) {
			out = append(out, action)
		}
	}
	return out
}

// Actions are all actions, in order of their names.
func Actions() []string { return slices.Sorted(maps.Keys(rules)) }

// Fits reports whether a method's access agrees with the rule of its action: one for roles has some, and no other has any.
func Fits(m Method) bool {
	r, ok := rules[m.Action]
	return ok && m.Access >= Public && m.Access <= Privileged && (m.Access == Privileged) == (len(r.roles) > 0) && !(m.Mutates && m.Access == Public && !open[m.Action])
}

// open are the changes that somebody makes who has no credential yet.
var open = map[string]bool{"member.accept": true, "member.reject": true, "account.login": true, "account.device": true, "account.reset": true}
