package sealing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/jiebang/jiebang/services/internal/rpc"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// each does something n times, several at once.
func each(n int, do func(i int) error) error {
	var g errgroup.Group
	g.SetLimit(32)
	for i := range n {
		g.Go(func() error { return do(i) })
	}
	return g.Wait()
}

const around = 100 * time.Millisecond

// perDemand is how many bids race for the deadline of one demand.
const perDemand = 100

// Race submits n envelopes within 100 ms of deadlines by the clock of the machine, and counts the wrong decisions: an answer that came before the deadline
// and refused, an acceptance of what was sent after it, and a difference between what was accepted and what is opened.
func Race(ctx context.Context, database string, n int) (wrong int, err error) {
	h, leave, err := openHall(ctx, database, min(n, perDemand))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, leave()) }()
	random := rand.New(rand.NewPCG(1, 2))
	for done := 0; done < n; done += perDemand {
		w, err := h.race(ctx, random, min(perDemand, n-done))
		if err != nil {
			return wrong, err
		}
		wrong += w
	}
	return wrong, h.verify(ctx)
}

func (h *hall) verify(ctx context.Context) error {
	report, err := h.Server.Verify(ctx, jurisdiction)
	if err == nil && len(report.Problems) > 0 {
		err = fmt.Errorf("the ledger does not verify: %v", report.Problems)
	}
	return err
}

func (h *hall) race(ctx context.Context, random *rand.Rand, n int) (wrong int, err error) {
	deadline := h.Clock.Now().Add(2 * time.Second)
	d, err := h.publish(ctx, "截止竞争", Procedure, deadline)
	if err != nil {
		return 0, err
	}
	tries, err := h.seal(ctx, d, h.bidders[:n], "硬脂酸干法包覆")
	if err != nil {
		return 0, err
	}
	var running sync.WaitGroup
	for _, t := range tries {
		t.at = deadline.Add(-around + time.Duration(random.Int64N(int64(2*around))))
		running.Go(func() { h.submit(ctx, t) })
	}
	running.Wait()
	return h.judge(ctx, d, tries)
}

// judge opens a demand and counts the decisions that were wrong.
func (h *hall) judge(ctx context.Context, d *pb.Demand, tries []*try) (wrong int, err error) {
	deadline := d.GetDeadline().AsTime()
	if slices.ContainsFunc(tries, func(t *try) bool { return t.err == nil }) {
		if _, err := h.open(ctx, d); err != nil {
			return 0, err
		}
	}
	for _, t := range tries {
		right, err := h.right(ctx, t, deadline)
		if err != nil {
			return wrong, err
		}
		if !right {
			wrong++
		}
	}
	return wrong, nil
}

func (h *hall) right(ctx context.Context, t *try, deadline time.Time) (bool, error) {
	if t.err != nil {
		late := slices.Contains([]string{"DEADLINE_PASSED", "DEMAND_NOT_OPEN"}, rpc.Reason(t.err))
		if !late {
			return false, t.err
		}
		return !t.heard.Before(deadline), nil
	}
	opened, err := h.opened(ctx, t)
	received := t.receipt.GetReceiveTime().AsTime()
	return opened && received.Before(deadline) && t.sent.Before(deadline) && received.Before(t.heard) && received.After(t.sent.Add(-around)), err
}

// Rush is what came of the last minute before a deadline.
type Rush struct {
	Submitted, Accepted, Wrong int
	P99                        time.Duration // from sending to the receipt
}

// LastMinute submits n envelopes in the given time before one deadline of several demands, a tenth of them in its last sixtieth. Every receipt is checked, by its
// signature and by its proof.
func LastMinute(ctx context.Context, database string, n int, minute time.Duration) (r Rush, err error) {
	h, leave, err := openHall(ctx, database, min(n, perDemand))
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, leave()) }()
	deadline := h.Clock.Now().Add(minute + time.Duration(n)*10*time.Millisecond + time.Second) // it takes a while to seal them all
	demands := make([]*pb.Demand, 0, n/perDemand+1)
	var all []*try
	for len(all) < n {
		d, err := h.publish(ctx, fmt.Sprintf("最后一分钟 %d", len(demands)), Procedure, deadline)
		if err != nil {
			return r, err
		}
		tries, err := h.seal(ctx, d, h.bidders[:min(perDemand, n-len(all))], "硬脂酸干法包覆")
		if err != nil {
			return r, err
		}
		demands, all = append(demands, d), append(all, tries...)
	}
	h.rush(ctx, all, deadline, minute)
	for _, d := range demands {
		w, err := h.judge(ctx, d, slices.DeleteFunc(slices.Clone(all), func(t *try) bool { return t.demand != d }))
		if err != nil {
			return r, err
		}
		r.Wrong += w
	}
	return r, errors.Join(h.receipts(ctx, all, &r), h.verify(ctx))
}

// rush submits all at their instants.
func (h *hall) rush(ctx context.Context, all []*try, deadline time.Time, minute time.Duration) {
	random := rand.New(rand.NewPCG(3, 4))
	last := minute / 60
	var running sync.WaitGroup
	for i, t := range all {
		before := last + time.Duration(random.Int64N(int64(minute-last)))
		if i%10 == 0 {
			before = time.Duration(random.Int64N(int64(last)))
		}
		t.at = deadline.Add(-before)
		running.Go(func() { h.submit(ctx, t) })
	}
	running.Wait()
}

// receipts counts what was accepted and checks the receipts of it without the server's word: the signature, and that the entry is in the signed tree.
func (h *hall) receipts(ctx context.Context, all []*try, r *Rush) error {
	ledgers := pb.NewLedgerServiceClient(h.Conn)
	l, err := ledgers.GetLedger(ctx, &pb.GetLedgerRequest{Name: "ledgers/" + jurisdiction})
	if err != nil {
		return err
	}
	var took []time.Duration
	for _, t := range all {
		r.Submitted++
		took = append(took, t.heard.Sub(t.sent))
		if t.err != nil {
			continue
		}
		r.Accepted++
		if err := h.receipt(ctx, ledgers, l.GetVerifierKey(), t); err != nil {
			return fmt.Errorf("receipt of %s: %w", t.receipt.GetBid(), err)
		}
	}
	slices.SortFunc(took, cmp.Compare)
	r.P99 = took[len(took)*99/100]
	return nil
}
