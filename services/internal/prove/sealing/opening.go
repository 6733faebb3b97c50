package sealing

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Open lets n bidders bid for one demand, with proposals as long as they may be, and measures how long two custodians and the server take to open them all.
func Open(ctx context.Context, database string, n int) (took time.Duration, err error) {
	h, leave, err := openHall(ctx, database, n)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, leave()) }()
	deadline := h.Clock.Now().Add(2*time.Second + time.Duration(n)*20*time.Millisecond)
	d, err := h.publish(ctx, "一千份揭榜的开标", Procedure, deadline)
	if err != nil {
		return 0, err
	}
	tries, err := h.seal(ctx, d, h.bidders, h.long())
	if err != nil {
		return 0, err
	}
	if err := each(n, func(i int) error {
		h.submit(ctx, tries[i])
		return tries[i].err
	}); err != nil {
		return 0, err
	}
	h.Clock.Wait(ctx, deadline)
	if took, err = h.open(ctx, d); err != nil {
		return 0, err
	}
	for _, t := range tries {
		if opened, err := h.opened(ctx, t); err != nil || !opened {
			return took, errors.Join(err, fmt.Errorf("%s is not opened", t.receipt.GetBid()))
		}
	}
	return took, h.verify(ctx)
}

// long is a proposal that fills the largest envelope: nothing in it repeats, so it is not compressed by much.
func (h *hall) long() string {
	const characters = 16_000
	var text strings.Builder
	random := make([]byte, 2*characters)
	_, _ = h.Rand.Read(random)
	for i := range characters {
		text.WriteRune(rune(0x4e00 + (int(random[2*i])<<8|int(random[2*i+1]))%0x5000))
	}
	return text.String()
}
