package spine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jiebang/jiebang/services/internal/chance"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

const racers = 32

// RaceAwards lets 32 callers award each of n demands at once, half of them to one bid and half to another, and counts the demands that did
// not get exactly one winner.
func RaceAwards(ctx context.Context, n int) (double int, err error) {
	m, remove, err := openMarket(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	admin := m.server.FirstTokens[jurisdiction]
	firm, err := m.join(ctx, admin, pb.Organization_ENTERPRISE, 0)
	if err != nil {
		return 0, err
	}
	var bidders [2]member
	for i := range bidders {
		if bidders[i], err = m.join(ctx, admin, pb.Organization_UNIVERSITY, i+1); err != nil {
			return 0, err
		}
	}
	for i := range n {
		won, err := m.raceAward(ctx, firm, bidders, i)
		if err != nil {
			return double, err
		}
		if won != 1 {
			double++
		}
	}
	report, err := m.server.Verify(ctx, jurisdiction)
	if err == nil && len(report.Problems) > 0 {
		err = fmt.Errorf("after the races: %v", report.Problems)
	}
	return double, err
}

// raceAward returns how many awards of one demand were answered with success, or how many bids won if that is another number.
func (m *market) raceAward(ctx context.Context, firm member, bidders [2]member, i int) (int, error) {
	deadline := m.clock.Now().Add(time.Hour)
	d, err := m.publish(ctx, firm, fmt.Sprintf("定榜竞争 %d", i), deadline)
	if err != nil {
		return 0, err
	}
	var bids [2]*pb.Bid
	for j := range bids {
		b, err := m.draftBid(ctx, bidders[j], d.GetName())
		if err != nil {
			return 0, err
		}
		if bids[j], err = m.submit(ctx, bidders[j], b); err != nil {
			return 0, err
		}
	}
	m.clock.Set(deadline)
	if err := m.server.Settle(ctx); err != nil {
		return 0, err
	}
	if d, err = m.demands.GetDemand(ctx, &pb.GetDemandRequest{Name: d.GetName()}); err != nil {
		return 0, err
	}
	var won atomic.Int64
	start := make(chan struct{})
	var running sync.WaitGroup
	for r := range racers {
		running.Go(func() {
			<-start
			_, err := m.demands.AwardDemand(as(ctx, firm.secret), &pb.AwardDemandRequest{RequestId: chance.UUID(chance.System()), Name: d.GetName(),
				Bid: bids[r%2].GetName(), Etag: d.GetEtag()})
			if err == nil {
				won.Add(1)
			}
		})
	}
	close(start)
	running.Wait()
	winners := 0
	for j, b := range bids {
		b, err := m.bids.GetBid(as(ctx, bidders[j].secret), &pb.GetBidRequest{Name: b.GetName()})
		if err != nil {
			return 0, err
		}
		if b.GetState() == pb.Bid_WON {
			winners++
		}
	}
	if winners != 1 {
		return winners, nil
	}
	return int(won.Load()), nil
}

// RaceDeadlines submits n bids at instants around deadlines in virtual time, many at once, and counts the wrong decisions: a bid counts if
// and only if it was received before the deadline, and what is opened is what was accepted.
func RaceDeadlines(ctx context.Context, n int) (wrong int, err error) {
	m, remove, err := openMarket(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	admin := m.server.FirstTokens[jurisdiction]
	firm, err := m.join(ctx, admin, pb.Organization_ENTERPRISE, 0)
	if err != nil {
		return 0, err
	}
	bidders := make([]member, 100)
	for i := range bidders {
		if bidders[i], err = m.join(ctx, admin, pb.Organization_UNIVERSITY, i+1); err != nil {
			return 0, err
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for done := 0; done < n; done += len(bidders) {
		count := min(len(bidders), n-done)
		w, err := m.raceDeadline(ctx, firm, bidders[:count], random)
		if err != nil {
			return wrong, err
		}
		wrong += w
	}
	return wrong, nil
}

// steps are the instants around a deadline at which bids are received, in order.
var steps = []time.Duration{-time.Second, -time.Millisecond, -time.Microsecond, 0, time.Microsecond, time.Millisecond, time.Second}

// raceDeadline lets every bidder submit at one of the steps. The job that closes the demand runs at a random step from the deadline on, or
// later, so that lateness is decided by time and not by the job.
func (m *market) raceDeadline(ctx context.Context, firm member, bidders []member, random *rand.Rand) (wrong int, err error) {
	deadline := m.clock.Now().Add(time.Hour)
	d, err := m.publish(ctx, firm, "截止竞争", deadline)
	if err != nil {
		return 0, err
	}
	drafts := make([]*pb.Bid, len(bidders))
	at := make([]int, len(bidders))
	for i := range bidders {
		if drafts[i], err = m.draftBid(ctx, bidders[i], d.GetName()); err != nil {
			return 0, err
		}
		at[i] = random.IntN(len(steps))
	}
	accepted := make([]bool, len(bidders))
	closing := 3 + random.IntN(len(steps)-2)
	for s, step := range steps {
		m.clock.Set(deadline.Add(step))
		var running sync.WaitGroup
		if s == closing || s == closing-1 { // also too early, where it must do nothing
			running.Go(func() { _ = m.server.Settle(ctx) })
		}
		for i := range bidders {
			if at[i] == s {
				running.Go(func() {
					_, err := m.submit(ctx, bidders[i], drafts[i])
					accepted[i] = err == nil
				})
			}
		}
		running.Wait()
	}
	if err := m.server.Settle(ctx); err != nil {
		return 0, err
	}
	for i, b := range drafts {
		b, err := m.bids.GetBid(as(ctx, bidders[i].secret), &pb.GetBidRequest{Name: b.GetName()})
		if err != nil {
			return 0, err
		}
		inTime := steps[at[i]] < 0
		if accepted[i] != inTime || (b.GetState() == pb.Bid_OPENED) != inTime {
			wrong++
		}
	}
	return wrong, nil
}
