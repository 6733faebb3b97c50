package history

import (
	"fmt"
	"strings"

	"github.com/jiebang/jiebang/services/accounting/account"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// applyRegistration checks a registration against its contract, and posts by how much 技术交易额 has changed.
func (r *History) applyRegistration(e *entry.Entry, s *subject, event string, known bool) error {
	contractID := value(e, "contract_id")
	k := r.subjects["contracts/"+contractID]
	if k == nil || !contract.State(k.state).Counts() || !strings.HasPrefix(e.Subject, "contracts/"+contractID+"/registrations/") {
		return fmt.Errorf("所属合同 %s 未曾生效", contractID)
	}
	if k.sides != fixedColumns(e, "buyer_id", "seller_id") {
		return fmt.Errorf("双方与所属合同不同")
	}
	difference, number, err := s.register.Apply(e, event, known, contract.State(k.state))
	if difference != 0 && k.works != nil {
		r.post(e, contractID, k.works, account.Recognized(difference))
	}
	if err != nil || number == "" {
		return err
	}
	if other, ok := r.numbers["登记 "+number]; ok && other != e.Subject {
		return fmt.Errorf("登记编号 %s 已用于 %s", number, other)
	}
	r.numbers["登记 "+number] = e.Subject
	return nil
}
