package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// bidders is how many organizations bid for a demand: an organization has one live bid for each.
const bidders = 32

// drafts are bids of one jurisdiction that wait to be submitted. Drafting them is not measured.
type drafts struct {
	m       *market
	firm    member
	bidders []member

	mu    sync.Mutex // of ready, while drafts are added
	ready []draft
	next  atomic.Int64
}

type draft struct {
	name, etag string
	by         member
}

// newDrafts registers the organizations of a jurisdiction.
func newDrafts(ctx context.Context, m *market, jurisdiction string) (*drafts, error) {
	firm, err := m.join(ctx, jurisdiction, pb.Organization_ENTERPRISE)
	if err != nil {
		return nil, err
	}
	d := &drafts{m: m, firm: firm, bidders: make([]member, bidders)}
	return d, each(ctx, maxCallers, bidders, func(ctx context.Context, i int) (err error) {
		d.bidders[i], err = m.join(ctx, jurisdiction, pb.Organization_UNIVERSITY)
		return err
	})
}

// fill drafts bids until at least n wait.
func (d *drafts) fill(ctx context.Context, n int) error {
	n -= len(d.ready) - int(d.next.Load())
	if n <= 0 {
		return nil
	}
	demands := make([]*pb.Demand, (n+bidders-1)/bidders)
	err := each(ctx, maxCallers, len(demands), func(ctx context.Context, i int) (err error) {
		demands[i], err = d.m.publish(ctx, d.firm, i)
		return err
	})
	if err != nil {
		return err
	}
	return each(ctx, maxCallers, len(demands)*bidders, func(ctx context.Context, i int) error {
		by := d.bidders[i%bidders]
		b, err := pb.NewBidServiceClient(d.m.conn(i)).CreateBid(by.as(ctx), &pb.CreateBidRequest{RequestId: requestID(), Parent: demands[i/bidders].GetName(),
			Bid: &pb.Bid{Amount: yuan(int64(300_000 + i)), Proposal: "硬脂酸干法包覆,回转窑连续进料,提供三批次检测报告"}})
		if err != nil {
			return err
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		d.ready = append(d.ready, draft{b.GetName(), b.GetEtag(), by})
		return nil
	})
}

// submit submits the next draft.
func (d *drafts) submit(ctx context.Context, caller int) error {
	i := int(d.next.Add(1)) - 1
	if i >= len(d.ready) {
		d.next.Add(-1)
		return errSupply
	}
	b := d.ready[i]
	_, err := pb.NewBidServiceClient(d.m.conn(caller)).SubmitBid(b.by.as(ctx), &pb.SubmitBidRequest{RequestId: requestID(), Name: b.name, Etag: b.etag})
	return err
}

// writes are the audited writes of callers over one jurisdiction or several.
type writes struct {
	over    []*drafts
	callers int
	rate    float64 // the last round's, by which the next one's drafts are made
}

const (
	firstRate = 2000 // what drafts are made for before any rate is known
	spare     = 1.6  // a round may be that much faster than the one before it; a faster one ends early and loses nothing
)

// side drafts enough, and then measures submitting.
func (w *writes) side(ctx context.Context, d time.Duration) (float64, error) {
	rate := w.rate
	if rate == 0 {
		rate = firstRate
	}
	want := spare * rate * d.Seconds()
	for _, pool := range w.over {
		if err := pool.fill(ctx, int(want)/len(w.over)); err != nil {
			return 0, err
		}
	}
	var err error
	w.rate, err = drive(ctx, w.callers, d, func(ctx context.Context, caller int) error {
		return w.over[caller%len(w.over)].submit(ctx, caller)
	})
	return w.rate, err
}
