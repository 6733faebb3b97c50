package publishing_test

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/publishing/mask"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestFeedMissesNothing lets eight firms write while a reader follows with a cursor: it sees each publication once, in the order of the ledger, although all of them
// have the same time, since the market's clock stands still.
func TestFeedMissesNothing(t *testing.T) {
	const writers, each = 8, 6
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firms := make([]*markettest.Member, writers)
		for i := range firms {
			firms[i] = m.Firm()
		}
		start := markettest.Sizes(t, m)[0]
		feed := api(t, m)
		var mu sync.Mutex
		want := map[string]bool{}
		var writing sync.WaitGroup
		for _, firm := range firms {
			writing.Go(func() {
				for range each {
					d := m.Publish(firm, time.Hour)
					mu.Lock()
					want[d.GetName()] = true
					mu.Unlock()
				}
			})
		}
		got, last := map[string]int{}, start-1
		for next := start; len(got) < writers*each; {
			page, err := feed.ListChanges(t.Context(), &pb.ListChangesRequest{Parent: ledger, FromSequence: next, PageSize: 3, WaitSeconds: 5})
			if err != nil {
				t.Fatal(err)
			}
			if page.GetNextSequence() == next && page.GetLedgerSize() >= start+2*writers*each {
				t.Fatalf("at the end after %d of %d", len(got), writers*each)
			}
			for _, c := range page.GetChanges() {
				if c.GetSequence() <= last || c.GetKind() != "demand.published" {
					t.Fatalf("change %v after %d", c, last)
				}
				last = c.GetSequence()
				got[c.GetSubject()]++
			}
			next = page.GetNextSequence()
		}
		writing.Wait()
		for name := range want {
			if got[name] != 1 {
				t.Errorf("%s: %d times", name, got[name])
			}
		}
	})
}

// TestWatch follows a ledger by a stream, and goes on where another one stopped.
func TestWatch(t *testing.T) {
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		from := markettest.Sizes(t, m)[0]
		stream, err := api(t, m).WatchChanges(t.Context(), &pb.WatchChangesRequest{Parent: ledger, FromSequence: from})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			d := m.Publish(firm, time.Hour)
			for seen := false; !seen; {
				page, err := stream.Recv()
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range page.GetChanges() {
					if c.GetSubject() != d.GetName() || c.GetKind() != "demand.published" {
						t.Errorf("got %v, want %s", c, d.GetName())
					}
					seen = true
				}
				from = page.GetNextSequence()
			}
		}
		if page, err := api(t, m).ListChanges(t.Context(), &pb.ListChangesRequest{Parent: ledger, FromSequence: from}); err != nil || len(page.GetChanges()) > 0 || page.GetNextSequence() != from {
			t.Errorf("after the stream: %v, %v", page, err)
		}
	})
}

// TestFeedTells lets a whole deal happen and wants of it what is public, and of the rest the gaps alone.
func TestFeedTells(t *testing.T) {
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := dealt(m)
		listed, _ := m.Offer(d.won)
		listed.Summary = "干法包覆,白度 96"
		markettest.Must(m.Achievements.UpdateAchievement(d.won.Ctx(), &pb.UpdateAchievementRequest{RequestId: markettest.ID(), Achievement: listed, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"summary"}}}))(t)
		for _, publish := range []bool{false, true} {
			row := fmt.Sprintf(`{"编号":"A-%t","成果名称":"硬脂酸干法包覆","技术领域":"新材料"}`, publish)
			markettest.Must(m.Achievements.ImportAchievements(d.won.Ctx(), &pb.ImportAchievementsRequest{RequestId: markettest.ID(), Format: pb.ImportFormat_JSONL, Content: []byte(row), Publish: publish}))(t)
		}
		kinds := map[string]int{}
		page, err := api(t, m).ListChanges(t.Context(), &pb.ListChangesRequest{Parent: ledger, PageSize: 1000})
		if err != nil || page.GetNextSequence() != page.GetLedgerSize() {
			t.Fatalf("%v, %v", page, err)
		}
		for _, c := range page.GetChanges() {
			kinds[c.GetKind()]++
			if c.GetSubject() == d.contract.GetName() {
				t.Errorf("the feed tells of a contract: %v", c)
			}
		}
		for kind, want := range map[string]int{"demand.published": 2, "demand.closed": 1, "demand.awarded": 1, "demand.contracted": 1, "demand.drafted": 0, "bid.submitted": 0, "bid.opened": 0,
			"contract.activated": 0, "token.issued": 0, "achievement.listed": 1, "profile.listed": 1, "achievement.drafted": 0, "achievement.edited": 1, "achievement.imported": 1} {
			if kinds[kind] != want {
				t.Errorf("%s: %d times, want %d", kind, kinds[kind], want)
			}
		}
		entries, err := m.Ledgers.ListEntries(m.Bureau.Ctx(), &pb.ListEntriesRequest{Parent: ledger, PageSize: 1000})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries.GetEntries() {
			if e.GetKind() != "" && !mask.ListedKind(e.GetKind()) {
				t.Errorf("%s has no class; say whether anyone may know of it", e.GetKind())
			}
		}
		_, text := public(t.Context(), t, m, pb.Export_CHANGES, pb.Export_CSV)
		if rows := records(t, text); len(rows) != len(page.GetChanges())+1 {
			t.Errorf("%d rows, want %d changes", len(rows), len(page.GetChanges()))
		}
		stream, err := api(t, m).WatchChanges(t.Context(), &pb.WatchChangesRequest{Parent: "ledgers/999999"})
		if err == nil {
			_, err = stream.Recv()
		}
		if err == nil || errors.Is(err, io.EOF) {
			t.Errorf("no such ledger: %v", err)
		}
	})
}
