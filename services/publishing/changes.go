package publishing

import (
	"context"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/ledger"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/publishing/mask"
	"github.com/jiebang/jiebang/services/publishing/table"
)

// ErrAhead says that a cursor is of another ledger, or of a database that was put back.
var ErrAhead = fault.New(fault.Invalid, "CHANGES_AHEAD", "the ledger does not reach the cursor; begin anew, and ask why it is shorter than it was")

// Change is what anyone may know of an entry.
type Change struct {
	Sequence      int64
	Kind, Subject string
	Time          time.Time
}

// Page is what was found in a part of a ledger.
type Page struct {
	Changes    []Change
	Next, Size int64 // go on here; the ledger is this long
}

var changeColumns = []column[Change]{
	{table.Column{Header: "序号", Key: "sequence", Kind: table.Number}, "Entry.sequence", cell(func(c Change) table.Cell { return table.Int(c.Sequence) })},
	{table.Column{Header: "变更", Key: "kind"}, "Entry.kind", text(func(c Change) string { return c.Kind })},
	{table.Column{Header: "对象", Key: "subject", Broad: true}, "Entry.subject", text(func(c Change) string { return c.Subject })},
	{table.Column{Header: "时间", Key: "create_time", Kind: table.Instant}, "Entry.create_time", cell(func(c Change) table.Cell { return table.At(c.Time) })},
}

// look looks at most at limit entries from a sequence on. What is not public is passed over, and counts as looked at.
func look(ctx context.Context, read *ent.Client, jurisdiction string, from int64, limit int) (*Page, error) {
	rows, err := ledger.Entries(scope.Open(ctx, "kinds that are public tell what anyone may read of their subjects; of the others nothing is told"), read, jurisdiction, from, limit)
	if err != nil {
		return nil, err
	}
	p := &Page{Next: from + int64(len(rows))}
	for _, r := range rows {
		e, err := entry.Decode(r.Body)
		if err != nil {
			return nil, err
		}
		if state, _ := e.Row.Get("state"); mask.Entry(e.Kind, state) {
			p.Changes = append(p.Changes, Change{r.Sequence, e.Kind, e.Subject, e.Time})
		}
	}
	return p, nil
}

// look looks at a part of a ledger, and at how long it is.
func (p *Publishing) look(ctx context.Context, jurisdiction string, from int64, limit int) (*Page, error) {
	head, err := ledger.Head(ctx, p.db.Read, jurisdiction)
	if err != nil {
		return nil, err
	}
	if from > head.Size {
		return nil, ErrAhead.With("from_sequence", from).With("size", head.Size).At("from_sequence")
	}
	page, err := look(ctx, p.db.Read, jurisdiction, from, limit)
	if err != nil {
		return nil, err
	}
	page.Size = max(head.Size, page.Next)
	return page, nil
}

// lookAgain is after how long another server's commit is seen.
const lookAgain = time.Second

// Changes returns the public changes from a sequence on. Without any it waits for one, and returns after a while what it has looked at.
func (p *Publishing) Changes(ctx context.Context, jurisdiction string, from int64, limit int, wait time.Duration) (*Page, error) {
	end := time.NewTimer(wait)
	defer end.Stop()
	for {
		changed := p.db.Changed() // before reading, so that a commit after the reading wakes us
		page, err := p.look(ctx, jurisdiction, from, limit)
		if err != nil || len(page.Changes) > 0 || wait == 0 {
			return page, err
		}
		from = page.Next
		pause := lookAgain
		if page.Next < page.Size {
			pause = 0
		}
		again := time.NewTimer(pause)
		select {
		case <-changed:
		case <-again.C:
		case <-end.C:
			again.Stop()
			return page, nil
		case <-ctx.Done():
			again.Stop()
			return nil, ctx.Err()
		}
		again.Stop()
	}
}

const (
	watch     = 50 * time.Second // the longest that a stream lasts
	heartbeat = 8 * time.Second  // a stream says at least so often where it is
)

// Watch tells of the changes from a sequence on as they come, for a while.
func (p *Publishing) Watch(ctx context.Context, jurisdiction string, from int64, tell func(*Page) error) error {
	end := time.NewTimer(watch)
	defer end.Stop()
	for {
		page, err := p.Changes(ctx, jurisdiction, from, batch, heartbeat)
		if err != nil {
			return err
		}
		if err := tell(page); err != nil {
			return err
		}
		from = page.Next
		select {
		case <-end.C:
			return nil
		default:
		}
	}
}
