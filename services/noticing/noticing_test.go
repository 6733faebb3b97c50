package noticing_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting/demand"
)

type ledgerEntry = entry.Entry

// TestAmended changes a demand after its publication: its firm and who has a live bid are told what has changed, and nobody else anything.
func TestAmended(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b bare) {
		firm, bidder, drafter, quitter := organization("1"), organization("2"), organization("3"), organization("4")
		d := b.post(t, firm, "超细碳酸钙表面改性")
		b.bid(t, d, bidder, bid.Submitted)
		b.bid(t, d, drafter, bid.Draft)
		b.bid(t, d, quitter, bid.Withdrawn)
		b.clock.Advance(time.Hour)
		d.Deadline, d.BudgetFen = new(d.Deadline.Add(7*24*time.Hour)), new(money.Fen(50_000_000))
		b.save(t, d, "demand.amended")
		b.clock.Advance(time.Hour)
		b.save(t, d, "demand.amended") // nothing that is told has changed
		b.catchUp(t)
		changed := "需求《超细碳酸钙表面改性》(XQ-超细碳酸钙表面改性)有变更:榜额由 (无) 改为 500000.00 元;截止时间由 2026-03-09 12:00 改为 2026-03-16 12:00"
		want := map[string][]string{
			firm:   {"demand.published 需求《超细碳酸钙表面改性》(XQ-超细碳酸钙表面改性)已发布,2026-03-09 12:00 截止", "demand.amended " + changed},
			bidder: {"demand.amended 您揭榜的" + changed}, drafter: nil, quitter: nil,
		}
		for who, texts := range want {
			if diff := cmp.Diff(texts, b.texts(t, who)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", who, diff)
			}
		}
		at, err := b.ChangedAt(t.Context(), []string{"demands/" + d.ID, "demands/x"})
		if err != nil || len(at) != 1 || !at["demands/"+d.ID].Equal(b.clock.Now().Add(-time.Hour)) {
			t.Errorf("changed at: got %v %v, want an hour ago", at, err)
		}
	})
}

// TestFailed tells bidders why a demand has failed, unless their own bid's entry does.
func TestFailed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b bare) {
		firm, bidder := organization("1"), organization("2")
		for i, reason := range []demand.Failure{demand.NoQualified, demand.NoContract} {
			d := b.post(t, firm, fmt.Sprint("需求", i))
			b.bid(t, d, bidder, bid.NotSelected)
			d.State, d.Failure = demand.Failed, &reason
			b.save(t, d, "demand.failed")
			b.catchUp(t)
		}
		if diff := cmp.Diff([]string{"demand.failed 您揭榜的需求《需求1》(XQ-需求1)未成:未签成合同"}, b.texts(t, bidder)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestContenders judges a demand anew: whose bids were opened are told, and nobody whose bid nobody has read.
func TestContenders(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b bare) {
		firm := organization("1")
		d := b.post(t, firm, "甲")
		sealed := []bid.State{bid.Draft, bid.Submitted, bid.Unconfirmed, bid.Lapsed, bid.Invalid, bid.Withdrawn}
		for i, s := range append(sealed, bid.Opened) {
			b.bid(t, d, organization(fmt.Sprint(2+i)), s)
		}
		b.save(t, d, "demand.reopened")
		b.catchUp(t)
		for i := range sealed {
			if got := b.texts(t, organization(fmt.Sprint(2+i))); got != nil {
				t.Errorf("%s: got %v", sealed[i], got)
			}
		}
		if diff := cmp.Diff([]string{"demand.reopened 异议成立,您揭榜的需求《甲》(XQ-甲)重新评审"}, b.texts(t, organization("8"))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestAnswerChanges answers a question: for those who follow the demand, it has changed then, and not when it was asked.
func TestAnswerChanges(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b bare) {
		firm, asker := organization("1"), organization("2")
		d := b.post(t, firm, "甲")
		published := b.clock.Now()
		question := func(kind, by string) {
			b.clock.Advance(time.Hour)
			_, err := storage.Tx(t.Context(), b.db, identity.Due(place, kind), func(tx *storage.Txn) (int, error) {
				_, err := tx.Append(entry.Entry{Kind: kind, Subject: id.QuestionName(d.ID, "q330182-0000000000000001"), Organization: id.OrganizationName(by),
					Row: (&entry.Image{}).Text("demand_id", d.ID).Text("asker", "f00d").Text("text", "问").Text("answer", "答").Row()})
				return 0, err
			})
			if err != nil {
				t.Fatal(err)
			}
			b.catchUp(t)
		}
		changed := func() time.Time {
			at, err := b.ChangedAt(t.Context(), []string{"demands/" + d.ID})
			if err != nil {
				t.Fatal(err)
			}
			return at["demands/"+d.ID]
		}
		question("question.asked", asker)
		if got := changed(); !got.Equal(published) {
			t.Errorf("asked: changed at %v, want %v", got, published)
		}
		question("question.answered", firm)
		if got := changed(); !got.Equal(b.clock.Now()) {
			t.Errorf("answered: changed at %v, want %v", got, b.clock.Now())
		}
		if got := b.texts(t, asker); len(got) != 1 || got[0] != "question.answered 您就需求《甲》(XQ-甲)的提问已获答复:答" {
			t.Errorf("the asker: got %v", got)
		}
	})
}

// TestOnce lets the consumer fail after it has written, at each step: nothing stays of what failed, and in the end each entry is told once.
func TestOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b bare) {
		firm := organization("1")
		for i := range 3 {
			d := b.post(t, firm, fmt.Sprint("需求", i))
			for range i {
				d.Title += "改"
				b.save(t, d, "demand.amended")
			}
			if err := b.ledger.CatchUp(t.Context(), b.failing(1)); !errors.Is(err, errCrash) {
				t.Fatalf("got %v, want the crash", err)
			}
			if got := len(b.texts(t, firm)); got != []int{0, 1, 3}[i] {
				t.Errorf("%d after the crash: got %d notices", i, got)
			}
			b.catchUp(t)
			b.catchUp(t)
			if got := b.texts(t, firm); len(got) != []int{1, 3, 6}[i] {
				t.Errorf("%d: got %v", i, got)
			}
		}
		got := b.texts(t, firm)
		slices.Sort(got)
		if len(slices.Compact(got)) != 6 || !strings.Contains(strings.Join(got, "\n"), "标题由 需求2改 改为 需求2改改") {
			t.Errorf("got %v", got)
		}
	})
}

// TestExpiry deletes notices when their time is over, and makes none of what is older.
func TestExpiry(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b bare) {
		firm := organization("1")
		b.post(t, firm, "甲")
		b.catchUp(t)
		b.clock.Advance(180*24*time.Hour - time.Second)
		b.post(t, firm, "乙")
		for _, want := range []int{2, 1, 1} {
			if _, err := b.SweepDue(t.Context()); err != nil {
				t.Fatal(err)
			}
			b.catchUp(t)
			if got := b.texts(t, firm); len(got) != want {
				t.Errorf("at %v: got %v, want %d", b.clock.Now(), got, want)
			}
			b.clock.Advance(time.Second)
		}
		b.post(t, firm, "丙")
		b.clock.Advance(180 * 24 * time.Hour)
		b.catchUp(t)
		if got := b.texts(t, firm); slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "丙") }) {
			t.Errorf("got %v, want nothing of what is old already", got)
		}
	})
}
