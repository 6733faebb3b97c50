package bundles

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
)

// Count is what a comparison counted.
type Count struct {
	Mutations int // files that were given to both
	Accepted  int // of them, by either verifier, though nobody signed them again, or though what they tell cannot have happened
	Disagree  int // of them, that one accepts and the other refuses, or that they count otherwise
	Plausible int // of them, that were signed again and that both accept: ledgers that could have been
	First     []string
}

// forgeries are histories that cannot have happened, however well they are signed: an edit of the first entry of a kind.
var forgeries = []struct{ kind, old, new string }{
	{"contract.activated", "row.total_fen 8 40800000", "row.total_fen 8 50800000"}, {"contract.drafted", "row.total_fen 8 40800000", "row.total_fen 1 0"},
	{"contract.activated", "row.state 6 active", "row.state 9 completed"}, {"contract.proposed", "row.state 17 pending_signature", "row.state 6 active"},
	{"contract.recorded", "row.recorded 4 true", "row.recorded 5 false"}, {"contract.recorded", "row.total_fen 3 100", "row.total_fen 4 -100"},
	{"demand.closed", "row.state 10 evaluating", "row.state 7 awarded"}, {"demand.published", "row.version 1 2", "row.version 1 3"},
	{"demand.closed", "row.title 15 超细碳酸钙", "row.title 15 超粗碳酸钙"}, {"demand.awarded", "row.winning_bid_id 24 b330182-", "row.winning_bid_id 24 b330183-"},
	{"bid.opened", "row.amount_fen 8 4", "row.amount_fen 8 1"}, {"bid.submitted", "time 27 2026-03-02T04", "time 27 2026-03-02T06"}, {"bid.won", "row.state 3 won", "row.state 12 not_selected"},
	{"demand.failed", "row.failure 7 no_bids", "row.failure 12 no_qualified"}, {"profile.listed", "row.consented 4 true", "row.consented 5 false"},
	{"achievement.withdrawn", "row.title 12 碳化技术", "row.title 12 氧化技术"}, {"member.revoked", "row.state 7 revoked", "row.state 6 active"},
	{"demand.published", "jurisdiction 6 330182", "jurisdiction 6 330127"}, {"demand.published", "kind 16 demand.published", "kind 16 demand.publishex"},
	{"token.issued", "kind 12 token.issued", "kind 12 taken.issued"},
}

// forged are the forgeries of a bundle, each signed again.
func (b *Bundle) forged() (files [][]byte, err error) {
	for _, f := range forgeries {
		made := false
		for i, e := range b.Entries {
			body := strings.Replace(e.Body, f.old, f.new, 1)
			if made = strings.Contains(e.Body, " "+f.kind+"\n") && body != e.Body; made {
				c := b.clone()
				c.set(i, body)
				files = append(files, c.sign().File())
				break
			}
		}
		if !made {
			return nil, fmt.Errorf("no entry of kind %s with %s to forge", f.kind, f.old)
		}
	}
	return files, nil
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
				total.First = append(total.First, c.First...)
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
		if err := c.give(fmt.Sprintf("forgery %s %s", forgeries[i].kind, forgeries[i].new), false, f, ask); err != nil {
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
		c.First = append(c.First, fmt.Sprintf("%s: %s: %+v and %+v: %s", name, said, one, two, base64.StdEncoding.EncodeToString(file)))
	}
	return nil
}
