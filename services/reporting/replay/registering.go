package replay

import (
	"fmt"
	"strings"

	"github.com/jiebang/jiebang/services/accounting/account"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/registering/registration"
	"github.com/jiebang/jiebang/services/reporting/replay/terms"
)

var registrationEvents = map[string]registration.Event{
	"filed": registration.File, "returned": registration.Return, "accepted": registration.Accept, "review_started": registration.Review,
	"review_concluded": registration.Conclude, "recorded": registration.Record, "registered": registration.Register, "changed": registration.Change,
	"refused": registration.Refuse, "owed": registration.Owe, "overdue": registration.Remind, "cancelled": registration.Deregister,
}

// reviewed is the technology part from which experts are asked, under every version of the terms so far.
const reviewed money.Fen = 500_000_000

// certificateColumns are what a certificate fixes.
var certificateColumns = []string{"number", "total_fen", "technology_fen", "register_date", "certificate_digest", "confirmed_by"}

// applyRegistration checks a registration against its contract. It says nothing of working days: the calendar is no part of a ledger.
func (r *Replayer) applyRegistration(e *entry.Entry, s *subject, event string, known bool) error {
	contractID := value(e, "contract_id")
	k := r.subjects["contracts/"+contractID]
	if k == nil || !contract.State(k.state).Counts() || !strings.HasPrefix(e.Subject, "contracts/"+contractID+"/registrations/") {
		return fmt.Errorf("所属合同 %s 未曾生效", contractID)
	}
	if k.sides != fixedColumns(e, "buyer_id", "seller_id") {
		return fmt.Errorf("双方与所属合同不同")
	}
	fixed := fixedColumns(e, "contract_id", "registry", "created_at")
	if known && fixed != s.fixed {
		return fmt.Errorf("不可改动的内容被改动")
	}
	s.fixed = fixed
	if registration.CheckAmounts(terms.Fen(e, "claimed_total_fen"), terms.Fen(e, "claimed_technology_fen")) != nil {
		return fmt.Errorf("申报的技术交易额无效")
	}
	certified, active := fixedColumns(e, certificateColumns...), contract.State(k.state) == contract.Active
	if event == "drafted" {
		s.certified = certified
		if known || value(e, "state") != string(registration.NotFiled) || !active {
			return fmt.Errorf("认定登记不能起草")
		}
		return nil
	}
	move := registrationEvents[event]
	next, err := registration.State(s.state).Next(move)
	if err != nil || string(next) != value(e, "state") {
		return fmt.Errorf("状态不能由 %s 变为 %s(%s)", s.state, value(e, "state"), e.Kind)
	}
	if move == registration.Register || move == registration.Change {
		if err := r.certify(e, s, contract.State(k.state)); err != nil {
			return err
		}
		s.certified = certified
	}
	if certified != s.certified {
		return fmt.Errorf("证书的内容被改动")
	}
	switch move {
	case registration.File:
		if !active {
			return fmt.Errorf("合同不在有效期内即申请认定登记")
		}
	case registration.Remind:
		if due, err := entry.ParseTime(value(e, "due_at")); err != nil || e.Time.Before(due) {
			return fmt.Errorf("期限未到即提醒")
		}
	}
	return r.recognize(e, s, contractID, k)
}

// certify makes sure that a certificate can count: its number and amounts, two persons, and the experts.
func (r *Replayer) certify(e *entry.Entry, s *subject, k contract.State) error {
	number, technology := value(e, "number"), terms.Fen(e, "technology_fen")
	if registration.CheckRegistrable(k) != nil {
		return fmt.Errorf("合同已解除仍予登记")
	}
	if registration.CheckNumber(number) != nil || registration.CheckAmounts(terms.Fen(e, "total_fen"), technology) != nil {
		return fmt.Errorf("登记编号或金额无效")
	}
	if other, ok := r.numbers["登记 "+number]; ok && other != e.Subject {
		return fmt.Errorf("登记编号 %s 已用于 %s", number, other)
	}
	r.numbers["登记 "+number] = e.Subject
	if by := value(e, "confirmed_by"); by == "" || value(e, "recorded_by") == "" || by == value(e, "recorded_by") {
		return fmt.Errorf("录入与复核不是两人")
	}
	if registration.State(s.state).Counts() {
		return nil
	}
	if opinions := value(e, "review"); s.state == string(registration.ExpertReview) && opinions == "" {
		return fmt.Errorf("专家未评审即登记")
	}
	if (technology >= reviewed || value(e, "disputed") == "true") && s.state != string(registration.ExpertReview) {
		return fmt.Errorf("技术交易额达到限额或有争议,未经专家评审即登记")
	}
	return nil
}

// recognize posts by how much 技术交易额 has changed.
func (r *Replayer) recognize(e *entry.Entry, s *subject, contractID string, k *subject) error {
	now := money.Fen(0)
	if registration.State(value(e, "state")).Counts() {
		now = terms.Fen(e, "technology_fen")
	}
	if now != s.part && k.works != nil {
		r.post(e, contractID, k.works, account.Recognized(now-s.part))
	}
	s.part = now
	return nil
}
