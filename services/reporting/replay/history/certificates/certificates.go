// Package certificates follows the entries of a registration 认定登记: its states, what its certificate says and who says so.
// It says nothing of working days: the calendar is no part of a ledger.
package certificates

import (
	"fmt"
	"strings"

	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/registering/registration"
	"github.com/jiebang/jiebang/services/reporting/replay/history/terms"
)

// Events are the moves of registrations, by the entries that tell of them.
var Events = map[string]registration.Event{
	"filed": registration.File, "returned": registration.Return, "accepted": registration.Accept, "review_started": registration.Review,
	"review_concluded": registration.Conclude, "recorded": registration.Record, "registered": registration.Register, "changed": registration.Change,
	"refused": registration.Refuse, "owed": registration.Owe, "overdue": registration.Remind, "cancelled": registration.Deregister,
}

// Columns are what is on a certificate, and who confirmed it.
var Columns = []string{"number", "total_fen", "technology_fen", "register_date", "certificate_digest", "confirmed_by"}

// reviewed is the technology part from which experts are asked, under every version of the terms so far.
const reviewed money.Fen = 500_000_000

// Certificate is what the entries of one registration come to.
type Certificate struct {
	state     registration.State
	fixed     string    // the columns that never change
	certified string    // what is on the certificate
	part      money.Fen // its 技术交易额 as far as it counts
}

// Apply checks an entry of a registration whose contract is in this state. It answers by how much 技术交易额 has changed,
// and the number of a certificate that the entry gives.
func (c *Certificate) Apply(e *entry.Entry, event string, known bool, k contract.State) (money.Fen, string, error) {
	fixed := columns(e, "contract_id", "registry", "created_at")
	if known && fixed != c.fixed {
		return 0, "", fmt.Errorf("不可改动的内容被改动")
	}
	c.fixed = fixed
	if registration.CheckAmounts(terms.Fen(e, "claimed_total_fen"), terms.Fen(e, "claimed_technology_fen")) != nil {
		return 0, "", fmt.Errorf("申报的技术交易额无效")
	}
	was, certified := c.state, columns(e, Columns...)
	c.state = registration.State(value(e, "state"))
	if event == "drafted" {
		c.certified = certified
		if known || c.state != registration.NotFiled || k != contract.Active || value(e, "number") != "" {
			return 0, "", fmt.Errorf("认定登记不能起草")
		}
		return 0, "", nil
	}
	move := Events[event]
	if next, err := was.Next(move); err != nil || next != c.state {
		return 0, "", fmt.Errorf("状态不能由 %s 变为 %s(%s)", was, c.state, e.Kind)
	}
	number := ""
	if move == registration.Register || move == registration.Change {
		number, c.certified = value(e, "number"), certified
		if err := certify(e, was, k); err != nil {
			return 0, "", err
		}
	}
	if certified != c.certified {
		return 0, "", fmt.Errorf("证书的内容被改动")
	}
	return c.recognize(e), number, inTime(e, move, k)
}

// inTime makes sure that a registration is filed while its contract is in force, and called late only when it is.
func inTime(e *entry.Entry, move registration.Event, k contract.State) error {
	switch move {
	case registration.File:
		if k != contract.Active {
			return fmt.Errorf("合同不在有效期内即申请认定登记")
		}
	case registration.Remind:
		if due, err := entry.ParseTime(value(e, "due_at")); err != nil || e.Time.Before(due) {
			return fmt.Errorf("期限未到即提醒")
		}
	}
	return nil
}

// certify makes sure that a certificate can count: its contract, its number and amounts, two persons, and the experts.
func certify(e *entry.Entry, was registration.State, k contract.State) error {
	technology := terms.Fen(e, "technology_fen")
	if registration.CheckRegistrable(k) != nil {
		return fmt.Errorf("合同已解除仍予登记")
	}
	if registration.CheckNumber(value(e, "number")) != nil || registration.CheckAmounts(terms.Fen(e, "total_fen"), technology) != nil {
		return fmt.Errorf("登记编号或金额无效")
	}
	if by := value(e, "confirmed_by"); by == "" || value(e, "recorded_by") == "" || by == value(e, "recorded_by") {
		return fmt.Errorf("录入与复核不是两人")
	}
	if was.Counts() {
		return nil
	}
	if was == registration.ExpertReview && value(e, "review") == "" {
		return fmt.Errorf("专家未评审即登记")
	}
	if (technology >= reviewed || value(e, "disputed") == "true") && was != registration.ExpertReview {
		return fmt.Errorf("技术交易额达到限额或有争议,未经专家评审即登记")
	}
	return nil
}

// recognize is by how much 技术交易额 has changed.
func (c *Certificate) recognize(e *entry.Entry) money.Fen {
	now := money.Fen(0)
	if c.state.Counts() {
		now = terms.Fen(e, "technology_fen")
	}
	difference := now - c.part
	c.part = now
	return difference
}

func value(e *entry.Entry, column string) string {
	v, _ := e.Row.Get(column)
	return v
}

// columns joins columns so that a difference in any is a difference.
func columns(e *entry.Entry, names ...string) string {
	var b strings.Builder
	for _, c := range names {
		v, ok := e.Row.Get(c)
		fmt.Fprintf(&b, "%s %t %d %s\n", c, ok, len(v), v)
	}
	return b.String()
}
