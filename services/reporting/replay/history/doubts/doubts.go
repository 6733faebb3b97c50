// Package doubts follows what a ledger says of its clock: that it was set, and that two persons have confirmed it.
package doubts

import (
	"fmt"
	"strings"

	"github.com/jiebang/jiebang/services/ledger/entry"
)

// Clock is what is known of a ledger's clock.
type Clock struct {
	doubt [2]string // when it was found set and by how much, until that is confirmed
}

// Apply follows an entry of the ledger about itself.
func (c *Clock) Apply(e *entry.Entry, event string) error {
	var now [2]string
	for i, name := range []string{"doubted_at", "jump_us"} {
		now[i], _ = e.Row.Get(name)
	}
	sure, fits := [2]string{}, false
	switch event {
	case "founded":
		fits = now == sure
	case "epoch":
		if !together(e) {
			return fmt.Errorf("接受数据库回退须由两人具名")
		}
		fits = now == c.doubt
	case "clock_doubted":
		by, err := entry.ParseInt(now[1])
		fits = c.doubt == sure && now[0] == e.Time.UTC().Format(entry.TimeLayout) && err == nil && by != 0
	case "clock_confirmed":
		fits = c.doubt != sure && now == sure
	}
	if !fits {
		return fmt.Errorf("时钟的记录前后不符(%s)", e.Kind)
	}
	c.doubt = now
	return nil
}

// together reports whether two persons answer for an entry.
func together(e *entry.Entry) bool {
	operator, _ := e.Row.Get(entry.Fact + "operator")
	approver, _ := e.Row.Get(entry.Fact + "approver")
	return operator != approver && strings.HasPrefix(operator, "persons/") && strings.HasPrefix(approver, "persons/")
}

// Sure makes sure that the clock is in no doubt.
func (c *Clock) Sure() error {
	if c.doubt != [2]string{} {
		return fmt.Errorf("时钟存疑期间不得按时间办理")
	}
	return nil
}
