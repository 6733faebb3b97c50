package history

import (
	"fmt"
	"github.com/jiebang/jiebang/services/reporting/replay/history/canon"
	"slices"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/accounting/account"
	"github.com/jiebang/jiebang/services/amending/amendment"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/reporting/replay/history/terms"
	"github.com/jiebang/jiebang/services/settling/milestone"
	"github.com/jiebang/jiebang/services/settling/payment"
)

// Posting is what an entry moves between the accounts of a contract.
type Posting struct {
	Sequence int64
	Contract string // id
	account.Amounts
}

// works is what hangs on a contract that came into force.
type works struct {
	sum       account.Amounts
	parts     []milestone.Part
	scheduled int
	effective time.Time // of the contract or of its last amendment in force
	open      string    // the amendment that is neither in force nor given up
	numbered  int       // amendments
}

// Postings are those of the entries taken, in their order.
func (r *History) Postings() []Posting { return r.postings }

// Balances are what the postings of each contract add up to, by its id.
func (r *History) Balances() map[string]account.Amounts {
	all := map[string]account.Amounts{}
	for _, p := range r.postings {
		all[p.Contract] = all[p.Contract].Add(p.Amounts)
	}
	return all
}

func (r *History) post(e *entry.Entry, contractID string, w *works, a account.Amounts) {
	w.sum = w.sum.Add(a)
	r.postings = append(r.postings, Posting{e.Sequence, contractID, a})
}

// begin begins what hangs on a contract that comes into force.
func (r *History) begin(e *entry.Entry, s *subject) error {
	stages, err := canon.Read[[]contract.Stage](value(e, "plan"))
	if err == nil {
		err = contract.CheckPlan(stages)
	}
	if err != nil || slices.ContainsFunc(stages, func(s contract.Stage) bool { return s.Share < 1 || s.Due < "0001" }) {
		return fmt.Errorf("里程碑计划无效")
	}
	total := terms.Fen(e, "total_fen")
	clauses, err := canon.Read[contract.Clauses](value(e, "clauses"))
	if err != nil || clauses.Check(total) != nil {
		return fmt.Errorf("合同的价款构成、揭榜险或先用后转条款无效")
	}
	s.works = &works{effective: e.Time}
	for i, amount := range total.Split(contract.Shares(stages)) {
		s.works.parts = append(s.works.parts, milestone.Part{Share: int64(stages[i].Share), Amount: amount, State: milestone.Scheduled})
	}
	r.post(e, strings.TrimPrefix(e.Subject, "contracts/"), s.works, account.Signed(total))
	return nil
}

// ended makes sure that what is stated as paid when a contract ends can be.
func ended(e *entry.Entry, s *subject) error {
	if _, ok := e.Row.Get("amount_paid_fen"); ok && s.works != nil && contract.CheckPaid(terms.Fen(e, "amount_paid_fen"), s.works.sum.Paid, s.works.sum.Current()) != nil {
		return fmt.Errorf("已付金额与已确认的付款或现合同额不符")
	}
	if e.Kind != "contract.completed" || s.works == nil {
		return nil
	}
	for i, p := range s.works.parts {
		if !p.State.Done() {
			return fmt.Errorf("第 %d 个里程碑未验收通过或豁免,合同即完成", i+1)
		}
	}
	if s.works.open != "" {
		return fmt.Errorf("有未办结的变更,合同即完成")
	}
	return nil
}

// What is fixed of what hangs on a contract, beside the contract's id and the time of its drafting.
var (
	amendmentColumns = []string{"number", "reasons", "explanation", "new_total_fen", "difference_fen", "text_digest", "drafter_id"}
	milestoneColumns = []string{"number", "title", "share", "due_date", "indicators"}
	paymentColumns   = []string{"kind", "amount_fen", "milestone_id", "holder"}
)

// hang checks an entry about what hangs on a contract: that the contract is there and in force, and its sides are the same.
func (r *History) hang(e *entry.Entry, s *subject, known, closing bool, fixed ...string) (string, *works, error) {
	contractID := value(e, "contract_id")
	k := r.subjects["contracts/"+contractID]
	if k == nil || k.works == nil || !strings.HasPrefix(e.Subject, "contracts/"+contractID+"/") {
		return "", nil, fmt.Errorf("所属合同 %s 未曾生效", contractID)
	}
	if k.state != string(contract.Active) && !(closing && k.state == string(contract.Terminated)) {
		return "", nil, fmt.Errorf("所属合同已终结(%s)", k.state)
	}
	if k.sides != fixedColumns(e, "buyer_id", "seller_id") {
		return "", nil, fmt.Errorf("双方与所属合同不同")
	}
	now := fixedColumns(e, append([]string{"contract_id", "created_at"}, fixed...)...)
	if known && now != s.fixed {
		return "", nil, fmt.Errorf("不可改动的内容被改动")
	}
	s.fixed = now
	return contractID, k.works, nil
}

var amendmentEvents = map[string]amendment.Event{"proposed": amendment.Propose, "signed": amendment.Sign, "activated": amendment.Activate,
	"withdrawn": amendment.Withdraw, "refused": amendment.Refuse}

func (r *History) applyAmendment(e *entry.Entry, s *subject, event string, known bool) error {
	contractID, w, err := r.hang(e, s, known, event == "withdrawn", amendmentColumns...)
	if err != nil {
		return err
	}
	total, difference := terms.Fen(e, "new_total_fen"), terms.Fen(e, "difference_fen")
	if event == "drafted" {
		if known || value(e, "state") != string(amendment.Draft) || w.open != "" || terms.Number(e, "number") != w.numbered+1 {
			return fmt.Errorf("变更不能起草")
		}
		w.open, w.numbered = e.Subject, w.numbered+1
		if total.Check() != nil || w.sum.Current()+difference != total {
			return fmt.Errorf("变更后的总额与差额不符")
		}
		return nil
	}
	if !known {
		return fmt.Errorf("变更未经起草")
	}
	if err := follow(e, s, "合同变更", amendmentEvents, amendment.Machine); err != nil {
		return err
	}
	if terms.OfAmendment(e) != nil {
		return fmt.Errorf("签名与所签的变更不符")
	}
	switch amendmentEvents[event] {
	case amendment.Withdraw, amendment.Refuse:
		w.open = ""
	case amendment.Activate:
		w.open = ""
		return r.activate(e, contractID, w, total, difference)
	}
	return nil
}

// activate posts an amendment that comes into force and spreads it over the milestones.
func (r *History) activate(e *entry.Entry, contractID string, w *works, total, difference money.Fen) error {
	if value(e, "buyer_signed_at") == "" || value(e, "seller_signed_at") == "" {
		return fmt.Errorf("变更生效但缺少一方签署")
	}
	if w.sum.Current()+difference != total {
		return fmt.Errorf("变更后的总额与差额不符")
	}
	if value(e, "effective_at") != e.Time.UTC().Format(entry.TimeLayout) || amendment.CheckEffective(e.Time, w.effective) != nil {
		return fmt.Errorf("变更的生效时间不对")
	}
	amounts, err := milestone.Spread(total, w.parts)
	if err != nil || amendment.CheckTotal(total, w.sum.Paid, w.sum.Accepted) != nil {
		return fmt.Errorf("变更后的总额与已付、已验收或里程碑不符")
	}
	w.effective = e.Time
	for i := range amounts {
		w.parts[i].Amount = amounts[i]
	}
	if difference != 0 {
		r.post(e, contractID, w, account.Changed(difference))
	}
	return nil
}

var milestoneEvents = map[string]milestone.Event{
	"started": milestone.Start, "evidence_submitted": milestone.Submit, "acceptance_started": milestone.Examine, "met": milestone.Accept,
	"partially_met": milestone.Partly, "rejected": milestone.Reject, "not_delivered": milestone.Fail, "waiver_agreed": milestone.Agree, "waived": milestone.Waive,
	"cancelled": milestone.Cancel, "reassessed": milestone.Reassess,
}

func (r *History) applyMilestone(e *entry.Entry, s *subject, event string, known bool) error {
	contractID, w, err := r.hang(e, s, known, event == "cancelled", milestoneColumns...)
	if err != nil {
		return err
	}
	if err := follow(e, s, "里程碑", milestoneEvents, milestone.Machine); err != nil {
		return err
	}
	n := terms.Number(e, "number")
	if n < 1 || n > len(w.parts) || !known && (event != "scheduled" || n != w.scheduled+1 || value(e, "state") != string(milestone.Scheduled)) {
		return fmt.Errorf("里程碑不在合同的计划中")
	}
	w.scheduled = max(w.scheduled, n)
	part := &w.parts[n-1]
	if int64(terms.Number(e, "share")) != part.Share || terms.Fen(e, "amount_fen") != part.Amount {
		return fmt.Errorf("里程碑的占比或金额与计划不符,金额应为 %s 元", part.Amount)
	}
	part.State = milestone.State(value(e, "state"))
	return r.accept(e, s, contractID, w)
}

// accept posts what an acceptance accepts, and makes sure that nothing else does.
func (r *History) accept(e *entry.Entry, s *subject, contractID string, w *works) error {
	before, now := s.accepted, terms.Fen(e, "accepted_fen")
	event := milestoneEvents[strings.TrimPrefix(e.Kind, "milestone.")]
	want, err := milestone.Accepts(event, terms.Fen(e, "amount_fen"), before, &now)
	if err != nil || want != now {
		return fmt.Errorf("已验收金额不对")
	}
	if s.accepted = now; now != before {
		r.post(e, contractID, w, account.Approved(now-before))
	}
	if event == milestone.Waive && (value(e, "buyer_waived_at") == "" || value(e, "seller_waived_at") == "") {
		return fmt.Errorf("里程碑豁免但缺少一方同意")
	}
	if event == milestone.Fail && !milestone.Overdue(milestone.State(s.state), value(e, "due_date"), contract.SignDate(e.Time)) {
		return fmt.Errorf("到期日未过即认定未交付")
	}
	return nil
}

var paymentEvents = map[string]payment.Event{"requested": payment.Request, "approved": payment.Approve, "claimed": payment.Claim, "confirmed": payment.Confirm,
	"disputed": payment.Dispute, "voided": payment.GiveUp}

func (r *History) applyPayment(e *entry.Entry, s *subject, event string, known bool) error {
	contractID, w, err := r.hang(e, s, known, event == "voided", paymentColumns...)
	if err != nil {
		return err
	}
	if err := follow(e, s, "付款", paymentEvents, payment.Machine); err != nil {
		return err
	}
	kind, amount := payment.Kind(value(e, "kind")), terms.Fen(e, "amount_fen")
	if !slices.Contains(kind.Values(), string(kind)) || kind.Signed(amount).Check() != nil || payment.Check(kind, value(e, "milestone_id"), value(e, "holder")) != nil ||
		!known && (event != "planned" || value(e, "state") != string(payment.Planned)) {
		return fmt.Errorf("付款的种类、金额或对象不对")
	}
	if event != "confirmed" || !kind.Counts() {
		return nil
	}
	r.post(e, contractID, w, account.Settled(amount))
	if payment.CheckPaid(w.sum.Paid, w.sum.Current()) != nil {
		return fmt.Errorf("实付额超出现合同额,或退款超出实付额")
	}
	return nil
}
