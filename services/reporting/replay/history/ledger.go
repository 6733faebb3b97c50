package history

import (
	"fmt"
	"slices"

	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// byTime are the events of a demand that the platform brings about because an instant has come.
var byTime = []demand.Event{demand.Close, demand.Lapse, demand.Settle, demand.Wilt, demand.Expire}

// inTime are the events of a bid that must happen before the deadline.
var inTime = []bid.Event{bid.Submit, bid.Replace, bid.Withdraw, bid.Confirm}

// sure makes sure that none of timed is decided by a clock that is in doubt.
func sure[E comparable](r *History, ev E, timed []E) error {
	if !slices.Contains(timed, ev) {
		return nil
	}
	return r.clock.Sure()
}

func (r *History) applyLedger(e *entry.Entry, s *subject, event string, known bool) error {
	names := fixedColumns(e, "display_name", "verifier_key")
	if known == (event == "founded") || known && names != s.fixed {
		return fmt.Errorf("账本建账后名称和密钥不得改变")
	}
	s.fixed = names
	return r.clock.Apply(e, event)
}
