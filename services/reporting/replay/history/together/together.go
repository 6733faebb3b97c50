// Package together decides again, from the entries of a ledger, which bids their consortia exclude.
//
//   - It is decided when the last bid of a demand is opened, by how the organizations of the ledger stand then.
//   - How a member of another jurisdiction stands is in another ledger. What of such a bid is stated there is taken on its word, and nothing else.
package together

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jiebang/jiebang/services/bidding/consortium"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

func value(e *entry.Entry, column string) string {
	v, _ := e.Row.Get(column)
	return v
}

// body is an organization as its last entry has it.
type body struct {
	kind  party.Kind
	code  string
	state party.State
}

// Bodies are the organizations of a ledger, by their ids.
type Bodies map[string]body

// Note notes an entry about an organization.
func (b Bodies) Note(e *entry.Entry) {
	b[strings.TrimPrefix(e.Subject, "organizations/")] = body{party.Kind(value(e, "kind")), value(e, "uscc"), party.State(value(e, "state"))}
}

// Bids are the bids of a demand that were in time.
type Bids struct {
	all     []consortium.Bid
	decided bool
	barred  map[string]*fault.Fault // by id: what the ledger says, and no entry yet
	foreign map[string]bool         // by id: it has a member of another jurisdiction
}

// Faults that only a forged ledger can have.
var (
	errEarly  = errors.New("尚有未开启的揭榜书")
	errBarred = errors.New("联合体不符合要求的揭榜书没有判为无效")
)

// Open takes a bid that was opened, or could not be; demander is whose demand it is. waiting is how many bids are sealed still: with the last it is decided.
func (b *Bids) Open(e *entry.Entry, id string, waiting int, demander string, bodies Bodies) error {
	if b == nil {
		return errEarly
	}
	members, err := consortium.Decode(value(e, "consortium"))
	if err == nil {
		err = consortium.Check(members, value(e, "organization_id"))
	}
	if err != nil {
		return err
	}
	b.all = append(b.all, consortium.Bid{ID: id, Lead: value(e, "organization_id"), Members: members})
	if waiting > 0 {
		return nil
	}
	b.decided, b.foreign = true, map[string]bool{}
	home := "o" + e.Jurisdiction + "-"
	for _, bid := range b.all {
		_, known := bodies[demander]
		b.foreign[bid.ID] = len(bid.Members) > 0 && !known || slices.ContainsFunc(consortium.Beside(bid.Members, bid.Lead), func(m string) bool { return !strings.HasPrefix(m, home) })
	}
	b.barred = consortium.Exclude(b.all, func(m string) *fault.Fault {
		is, known := bodies[m]
		switch firm, found := bodies[demander]; {
		case !strings.HasPrefix(m, home):
			return nil
		case !known:
			return consortium.ErrUnknown
		case is.state == party.Suspended || is.state == party.Closed || is.kind.MayBid() != nil:
			return consortium.ErrStanding
		case m == demander || found && firm.code == is.code:
			return consortium.ErrDemander
		}
		return nil
	})
	return nil
}

// Exclude takes an entry that says that a bid is excluded.
func (b *Bids) Exclude(e *entry.Entry, id string) error {
	if b == nil || !b.decided {
		return errEarly
	}
	stated, want := value(e, "fault"), len(consortium.Exclusions)
	if f := b.barred[id]; f != nil {
		want = consortium.Rank(f.Reason)
	}
	elsewhere := b.foreign[id] && consortium.Rank(stated) <= min(consortium.Rank(consortium.ErrDemander.Reason), want)
	if rank := consortium.Rank(stated); rank == len(consortium.Exclusions) || rank != want && !elsewhere {
		return fmt.Errorf("揭榜书因 %q 无效,与账本中的各份揭榜书不符", stated)
	}
	delete(b.barred, id)
	return nil
}

// Stays makes sure that a bid that goes on is not excluded, and that this is decided.
func (b *Bids) Stays(id string, waiting int) error {
	if waiting > 0 {
		return errEarly
	}
	if b != nil && b.barred[id] != nil {
		return errBarred
	}
	return nil
}
