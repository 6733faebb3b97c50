package bundles

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"

	"github.com/jiebang/jiebang/services/ledger/entry"
)

// Count is what a comparison counted.
type Count struct {
	Mutations int      // files that were given to both
	Accepted  int      // of them, by either verifier, though nobody signed them again, or though what they tell cannot have happened
	Disagree  int      // of them, that one accepts and the other refuses, or that they count otherwise
	Plausible int      // of them, that were signed again and that both accept: ledgers that could have been
	First     []string // what the first that fail were
	Files     [][]byte
}

// forgery is a history that cannot have happened, however well it is signed: texts exchanged in the first entry of a kind that has the first of them.
type forgery struct {
	kind  string
	texts []string // each old one, then the new one
	all   bool     // in all entries about the same subject and what is below it
	end   bool     // and nothing comes after it
}

var forgeries = []forgery{
	{kind: "contract.activated", texts: []string{"row.total_fen 8 40800000", "row.total_fen 8 50800000"}},
	{kind: "contract.drafted", texts: []string{"row.total_fen 8 40800000", "row.total_fen 1 0"}},
	{kind: "contract.activated", texts: []string{"row.state 6 active", "row.state 9 completed"}, end: true},
	{kind: "contract.proposed", texts: []string{"row.state 17 pending_signature", "row.state 6 active"}, end: true},
	{kind: "contract.activated", texts: []string{"row.buyer_signed_at 27 ", "row.buyer_signed_au 27 "}, end: true},
	{kind: "contract.recorded", texts: []string{"row.recorded 4 true", "row.recorded 5 false"}},
	{kind: "contract.recorded", texts: []string{"row.total_fen 3 100", "row.total_fen 4 -100"}},
	{kind: "contract.recorded", texts: []string{"HT-330182-2026-0002", "HT-330182-2026-0001"}},
	{kind: "contract.recorded", texts: []string{"row.sign_date 10 2025-01-01", "row.sign_date 10 2025-02-30"}},
	{kind: "demand.closed", texts: []string{"row.state 10 evaluating", "row.state 7 awarded"}, end: true},
	{kind: "demand.published", texts: []string{"row.version 1 2", "row.version 1 3"}, end: true},
	{kind: "demand.closed", texts: []string{"row.title 15 超细碳酸钙", "row.title 15 超粗碳酸钙"}},
	{kind: "demand.awarded", texts: []string{"row.winning_bid_id 24 b330182-", "row.winning_bid_id 24 b330183-"}, end: true},
	{kind: "demand.failed", texts: []string{"row.failure 7 no_bids", "row.failure 12 no_qualified"}},
	{kind: "demand.failed", texts: []string{"row.failure 7 no_bids\n", "", "kind 13 demand.failed", "kind 13 demand.closed", "row.state 6 failed", "row.state 10 evaluating"}, end: true},
	{kind: "demand.closed", texts: []string{"row.state 10 evaluating", "row.state 6 failed", "kind 13 demand.closed", "kind 13 demand.failed", "row.field", "row.failure 7 no_bids\nrow.field"}, end: true},
	{kind: "bid.submitted", texts: []string{"row.deadline 27 2026-03-02T05:00:00", "row.deadline 27 2026-03-02T04:01:00"}, all: true},
	{kind: "demand.closed", texts: []string{"row.deadline 27 2026-03-02T05:00:00", "row.deadline 27 2026-03-02T05:00:01"}, all: true, end: true},
	{kind: "demand.published", texts: []string{"row.deadline 27 2026-03-02T05:00:00", "row.deadline 27 2026-03-02T04:00:00"}, all: true},
	{kind: "bid.opened", texts: []string{"row.amount_fen 8 4", "row.amount_fen 8 1"}},
	{kind: "bid.opened", texts: []string{"row.proposal 6 改进", "row.proposal 6 改退"}},
	{kind: "bid.won", texts: []string{"row.state 3 won", "row.state 12 not_selected", "kind 7 bid.won", "kind 16 bid.not_selected"}, end: true},
	{kind: "profile.listed", texts: []string{"row.consented 4 true", "row.consented 5 false"}, all: true, end: true},
	{kind: "achievement.withdrawn", texts: []string{"row.title 12 碳化技术", "row.title 12 氧化技术"}},
	{kind: "achievement.listed", texts: []string{"row.organization_id 24 o", "row.organization_id 24 p"}, end: true},
	{kind: "member.revoked", texts: []string{"row.state 7 revoked", "row.state 6 active"}},
	{kind: "member.invited", texts: []string{"kind 14 member.invited", "kind 14 member.revoked", "row.state 7 pending", "row.state 7 revoked"}, end: true},
	{kind: "demand.published", texts: []string{"jurisdiction 6 330182", "jurisdiction 6 330127"}},
	{kind: "demand.published", texts: []string{"kind 16 demand.published", "kind 16 demand.publishex"}, end: true},
	{kind: "token.issued", texts: []string{"kind 12 token.issued", "kind 12 taken.issued"}},
}

// forged are the forgeries of a bundle, each signed again.
func (b *Bundle) forged() (files [][]byte, err error) {
	for _, f := range forgeries {
		c := f.of(b)
		if c == nil {
			return nil, fmt.Errorf("no entry of kind %s with %s to forge", f.kind, f.texts[0])
		}
		files = append(files, c.sign().File())
	}
	short := b.clone() // and one that is whole, with the signature of a shorter one
	short.Entries = short.Entries[1:]
	_, signature, _ := strings.Cut(short.sign().Header.Checkpoint, "\n\n")
	text, _, _ := strings.Cut(b.Header.Checkpoint, "\n\n")
	whole := b.clone()
	whole.Header.Checkpoint = text + "\n\n" + signature
	return append(files, whole.File()), nil
}

// of makes the forgery of a bundle; nil if it has no such entry.
func (f forgery) of(b *Bundle) *Bundle {
	c, subject := b.clone(), ""
	for i, s := range b.Entries {
		e, err := entry.Decode([]byte(s.Body))
		if err != nil {
			continue
		}
		is := e.Kind == f.kind && (f.all || strings.Contains(s.Body, f.texts[0]))
		if subject == "" && is {
			subject, _, _ = strings.Cut(e.Subject, "/bids/")
			if !f.all {
				c.set(i, strings.NewReplacer(f.texts...).Replace(s.Body))
			}
			if f.end {
				c.Entries = c.Entries[:i+1]
			}
		}
	}
	if subject == "" {
		return nil
	}
	changed := !f.all
	for i, s := range c.Entries {
		if e, err := entry.Decode([]byte(s.Body)); err == nil && f.all && strings.HasPrefix(e.Subject, subject) {
			body := strings.NewReplacer(f.texts...).Replace(s.Body)
			changed = changed || body != s.Body
			c.set(i, body)
		}
	}
	if !changed {
		return nil
	}
	return c
}

// Compare gives both verifiers the honest bundle, the forgeries, and so many mutations. The second verifier is the program at a path; workers of it run at once.
func Compare(ctx context.Context, program string, n int, seed uint64, workers int) (*Count, error) {
	b, err := Story(ctx)
	if err != nil {
		return nil, err
	}
	file := b.File()
	forged, err := b.forged()
	if err != nil {
		return nil, err
	}
	total := &Count{}
	var mu sync.Mutex
	var running sync.WaitGroup
	errs := make([]error, workers)
	for w := range workers {
		running.Go(func() {
			errs[w] = work(ctx, program, func(ask func([]byte) (Verdict, Verdict, error)) error {
				c := &Count{}
				if w == 0 {
					if err := c.known(file, forged, ask); err != nil {
						return err
					}
				}
				err := c.mutate(b, file, rand.New(rand.NewPCG(seed, uint64(w))), n/workers, ask)
				mu.Lock()
				defer mu.Unlock()
				total.Mutations, total.Accepted, total.Disagree, total.Plausible = total.Mutations+c.Mutations, total.Accepted+c.Accepted, total.Disagree+c.Disagree, total.Plausible+c.Plausible
				total.First, total.Files = append(total.First, c.First...), append(total.Files, c.Files...)
				return err
			})
		})
	}
	running.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return total, nil
}

// work runs do with a second verifier of its own.
func work(ctx context.Context, program string, do func(ask func([]byte) (Verdict, Verdict, error)) error) error {
	p, err := Start(ctx, program)
	if err != nil {
		return err
	}
	err = do(func(file []byte) (Verdict, Verdict, error) {
		second, err := p.Ask(file)
		return Go(file), second, err
	})
	if err2 := p.Close(); err == nil {
		err = err2
	}
	return err
}

// known gives both the honest bundle, which they must accept, and the forgeries, which they must refuse.
func (c *Count) known(file []byte, forged [][]byte, ask func([]byte) (Verdict, Verdict, error)) error {
	one, two, err := ask(file)
	if err != nil {
		return err
	}
	if !one.OK || !two.OK || !one.Same(two) || one.Withheld == 0 || len(one.Years) != 2 {
		return fmt.Errorf("the honest bundle: %+v and %+v", one, two)
	}
	for i, f := range forged {
		name := "the signature of another head"
		if i < len(forgeries) {
			name = fmt.Sprintf("forgery %s %s", forgeries[i].kind, forgeries[i].texts)
		}
		if err := c.give(name, false, f, ask); err != nil {
			return err
		}
	}
	return nil
}

func (c *Count) mutate(b *Bundle, file []byte, r *rand.Rand, n int, ask func([]byte) (Verdict, Verdict, error)) error {
	for done := 0; done < n; {
		m := mutations[r.IntN(len(mutations))]
		made := m.make(b, file, r)
		if bytes.Equal(made, file) {
			continue
		}
		done++
		if err := c.give(m.name, m.signed, made, ask); err != nil {
			return err
		}
	}
	return nil
}

// give gives a file to both and counts.
func (c *Count) give(name string, signed bool, file []byte, ask func([]byte) (Verdict, Verdict, error)) error {
	one, two, err := ask(file)
	if err != nil {
		return err
	}
	c.Mutations++
	said := ""
	switch {
	case !one.Same(two):
		c.Disagree++
		said = "they disagree"
	case one.OK && signed:
		c.Plausible++
	}
	if !signed && (one.OK || two.OK) {
		c.Accepted++
		said = "it is accepted"
	}
	if said != "" && len(c.First) < 5 {
		c.First = append(c.First, fmt.Sprintf("%s: %s: %+v and %+v", name, said, one, two))
		c.Files = append(c.Files, file)
	}
	return nil
}
