package index_test

import (
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/internal/enginetest"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/storagetest"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/index"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestFollows takes a search server that was down at the start when it comes, fills it, and keeps it in step with all that happens.
func TestFollows(t *testing.T) {
	each(t, enginetest.Down, func(t *testing.T, w *world) {
		first := w.demand("超细碳酸钙")
		w.Draft(w.firm, time.Hour)
		a, p := w.Offer(w.zju)
		if err := w.Server.AwaitSearch(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.answered("embedded", "碳酸钙", first)
		w.server.Mend()
		w.await()
		w.same()
		if n := w.server.Count("Commit"); n != len(engine.Kinds) {
			t.Errorf("%d indexes were filled", n)
		}
		w.answered(enginetest.Name, "碳酸钙", first)
		second := w.demand("纳米碳酸钙")
		w.await()
		w.answered(enginetest.Name, "碳酸钙", first, second)
		w.withdraw(first)
		a.Title = "轻质碳酸钙"
		a = markettest.Must(w.Achievements.UpdateAchievement(w.zju.Ctx(), &pb.UpdateAchievementRequest{RequestId: markettest.ID(), Achievement: a, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"title"}}}))(t)
		markettest.Must(w.Profiles.WithdrawProfile(w.zju.Ctx(), &pb.WithdrawProfileRequest{RequestId: markettest.ID(), Name: p.GetName(), Etag: p.GetEtag()}))(t)
		w.await()
		w.same()
		w.answered(enginetest.Name, "碳酸钙", second)
		found := markettest.Must(w.Searches.SearchAchievements(t.Context(), &pb.SearchAchievementsRequest{Query: "轻质"}))(t)
		if len(found.GetAchievements()) != 1 || found.GetInfo().GetEngine() != enginetest.Name || found.GetAchievements()[0].GetName() != a.GetName() {
			t.Errorf("after the edit: %v", found)
		}
	})
}

// TestContractsCount follows what a contract changes of a profile, which has no version of its own, and compares it.
func TestContractsCount(t *testing.T) {
	each(t, enginetest.None, func(t *testing.T, w *world) {
		w.Offer(w.zju)
		w.await()
		before := w.server.Documents(engine.Profiles)
		d := w.Publish(w.firm, time.Hour)
		b := w.Bid(w.zju, d, 100_000)
		d = w.Award(w.firm, w.Close(w.firm, d), b)
		w.Sign(w.zju, w.Sign(w.firm, w.Contract(w.firm, d)))
		w.await()
		w.same()
		for id, v := range before {
			if w.server.Documents(engine.Profiles)[id] == v {
				t.Error("the contract does not show in the profile's document")
			}
		}
	})
}

// TestCursor moves the cursor when the server has said that a write can be seen, and not before.
func TestCursor(t *testing.T) {
	each(t, enginetest.None, func(t *testing.T, w *world) {
		w.demand("超细碳酸钙")
		w.await()
		if n := w.behind(); n != 0 {
			t.Fatalf("%d entries behind", n)
		}
		w.server.Break(enginetest.Held)
		puts := w.server.Count("Put")
		d := w.demand("配电变压器")
		if err := w.server.Await(t.Context(), "Put", puts+1); err != nil {
			t.Fatal(err)
		}
		if n := w.behind(); n == 0 {
			t.Error("the cursor has moved before the write was seen")
		}
		w.server.Mend()
		w.await()
		w.same()
		if n := w.behind(); n != 0 {
			t.Errorf("%d entries behind", n)
		}
		w.answered(enginetest.Name, "变压器", d)
	})
}

// TestPatience gives a write up that the server takes and does not do: until it is done the server is not asked.
func TestPatience(t *testing.T) {
	each(t, enginetest.None, func(t *testing.T, w *world) {
		first := w.demand("超细碳酸钙")
		w.await()
		w.server.Break(enginetest.Held)
		puts, ensured := w.server.Count("Put"), w.server.Count("Ensure")
		second := w.demand("纳米碳酸钙")
		if err := w.server.Await(t.Context(), "Put", puts+1); err != nil {
			t.Fatal(err)
		}
		w.Clock.Advance(time.Minute)
		if err := w.server.Await(t.Context(), "Ensure", ensured+1); err != nil {
			t.Fatal(err)
		}
		w.answered("embedded", "碳酸钙", first, second)
		w.server.Mend()
		w.await()
		w.same()
		w.answered(enginetest.Name, "碳酸钙", first, second)
	})
}

// TestTwoServers lets two servers follow at once: the search server has everything, and nothing twice.
func TestTwoServers(t *testing.T) {
	t.Parallel()
	if os.Getenv("JIEBANG_TEST_POSTGRES") == "" {
		t.Log("PostgreSQL is not there")
		return
	}
	s := enginetest.New()
	one := &world{Market: markettest.Open(t, storagetest.Postgres(t), with(s)), t: t, server: s}
	one.firm, one.zju = one.Firm(), one.University()
	two := &world{Market: one.Beside(), t: t, server: s, firm: one.firm, zju: one.zju}
	var all []*pb.Demand
	var mu sync.Mutex
	var running sync.WaitGroup
	for i := range 8 {
		running.Go(func() {
			w := []*world{one, two}[i%2]
			gone := w.demand("碳酸钙粉体")
			d := w.demand("碳酸钙粉体")
			w.withdraw(gone)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, d)
		})
	}
	running.Wait()
	for _, w := range []*world{one, two} {
		w.await()
		w.same()
		w.answered(enginetest.Name, "碳酸钙", all...)
	}
	if n := one.behind(); n != 0 {
		t.Errorf("%d entries behind", n)
	}
	commits := s.Count("Commit")
	s.Break(enginetest.Lost)
	s.Break(enginetest.Held)
	one.Clock.Advance(10 * time.Second)
	if err := s.Await(t.Context(), "Commit", commits+1); err != nil {
		t.Fatal(err)
	}
	s.Mend()
	last := one.demand("碳酸钙粉体")
	for _, w := range []*world{one, two} {
		w.await()
		w.same()
		w.Clock.Advance(10 * time.Second)
		w.answered(enginetest.Name, "碳酸钙", append(all, last)...)
	}
	if n := s.Count("Commit") - commits; n != len(engine.Kinds) {
		t.Errorf("two servers filled %d indexes", n) // one does it, the other waits for it
	}
}

// TestLoss notices indexes that were emptied, lost, or made otherwise, and fills them again; until they are whole nobody is answered from them.
func TestLoss(t *testing.T) {
	for _, fault := range []enginetest.Fault{enginetest.Emptied, enginetest.Lost, enginetest.Other} {
		t.Run(string(fault), func(t *testing.T) {
			each(t, enginetest.None, func(t *testing.T, w *world) {
				all := []*pb.Demand{w.demand("超细碳酸钙")}
				w.Offer(w.zju)
				w.await()
				commits := w.server.Count("Commit")
				w.server.Break(fault)
				if fault != enginetest.Other {
					w.answered("embedded", "碳酸钙", all...)
				}
				w.server.Mend()
				w.Clock.Advance(10 * time.Second)
				all = append(all, w.demand("纳米碳酸钙"))
				w.await()
				w.same()
				w.Clock.Advance(10 * time.Second)
				w.answered(enginetest.Name, "碳酸钙", all...)
				if again := w.server.Count("Commit"); again != commits+len(engine.Kinds) {
					t.Errorf("%d indexes were filled, then %d", commits, again)
				}
			})
		})
	}
}

// TestNotServedUntilWhole asks while an emptied index is being filled again.
func TestNotServedUntilWhole(t *testing.T) {
	each(t, enginetest.None, func(t *testing.T, w *world) {
		all := []*pb.Demand{w.demand("超细碳酸钙"), w.demand("纳米碳酸钙"), w.demand("轻质碳酸钙")}
		w.await()
		w.server.Break(enginetest.Emptied)
		w.server.Break(enginetest.Held)
		commits := w.server.Count("Commit")
		w.Clock.Advance(10 * time.Second)
		if err := w.server.Await(t.Context(), "Commit", commits+1); err != nil {
			t.Fatal(err)
		}
		row := markettest.Must(w.rows().Demand.Query().First(t.Context()))(t)
		doc, _ := index.Demand(row)
		w.server.Spoil(engine.Demands, []engine.Doc{doc}) // as if it were filled in place
		w.answered("embedded", "碳酸钙", all...)
		w.server.Mend()
		all = append(all, w.demand("重质碳酸钙"))
		w.await()
		w.same()
		w.answered(enginetest.Name, "碳酸钙", all...)
	})
}

// TestReconcile finds what is missing, stale and surplus, and mends it; a server that says it is mended and is not is found out.
func TestReconcile(t *testing.T) {
	each(t, enginetest.None, func(t *testing.T, w *world) {
		w.demand("超细碳酸钙")
		w.demand("纳米碳酸钙")
		draft := w.Draft(w.firm, time.Hour)
		w.await()
		spoil := func() {
			var docs []engine.Doc
			for _, row := range markettest.Must(w.rows().Demand.Query().All(t.Context()))(t) {
				row.Version--
				if doc, public := index.Demand(row); public {
					docs = append(docs, doc)
				} else {
					row.State = "published"
					doc, _ = index.Demand(row)
					docs = append(docs, doc)
				}
			}
			var missing string
			for _, doc := range docs {
				if "demands/"+doc.ID != draft.GetName() {
					missing = doc.ID
				}
			}
			w.server.Spoil(engine.Demands, docs, missing)
		}
		spoil()
		if w.sqlite() {
			w.Clock.Advance(time.Hour)
			w.demand("轻质碳酸钙")
			w.await()
			w.same()
			return
		}
		x := w.beside()
		for _, want := range []index.Difference{{Kind: engine.Demands, Docs: 2, Missing: 1, Stale: 1, Surplus: 1}, {Kind: engine.Demands, Docs: 2}} {
			if got := markettest.Must(x.Reconcile(t.Context()))(t); got[0] != want {
				t.Errorf("got %+v, want %+v", got[0], want)
			}
		}
		w.same()
		spoil()
		w.server.Break(enginetest.Stale)
		if _, err := x.Reconcile(t.Context()); !errors.Is(err, engine.ErrUnavailable) {
			t.Errorf("what was not mended: %v", err)
		}
		w.server.Mend()
		w.Clock.Advance(time.Hour)
		w.demand("轻质碳酸钙")
		w.await()
		w.same()
	})
}

// TestSmallLoss compares an index before the hour is over that has been off by the same at two looks.
func TestSmallLoss(t *testing.T) {
	each(t, enginetest.None, func(t *testing.T, w *world) {
		w.demand("超细碳酸钙")
		w.demand("纳米碳酸钙")
		third := w.demand("轻质碳酸钙")
		w.await()
		w.server.Spoil(engine.Demands, nil, third.GetName()[len("demands/"):])
		for range 2 {
			looked := w.server.Count("Stats") + len(engine.Kinds)
			w.Clock.Advance(30 * time.Second)
			if err := w.server.Await(t.Context(), "Stats", looked); err != nil {
				t.Fatal(err)
			}
		}
		w.demand("配电变压器")
		w.await()
		w.same()
	})
}

// TestRebuildBeside rebuilds from another process while a server follows: what it applies to the index that is swapped out is not lost.
func TestRebuildBeside(t *testing.T) {
	each(t, enginetest.None, func(t *testing.T, w *world) {
		gone, stays := w.demand("超细碳酸钙"), w.demand("纳米碳酸钙")
		w.await()
		if w.sqlite() {
			if _, err := services.SearchStatus(t.Context(), services.Config{DataDir: t.TempDir(), Database: w.URL, Search: services.Meilisearch{Remote: w.server.Open}}); err == nil {
				t.Error("another process opens the file")
			}
			return
		}
		var fresh *pb.Demand
		err := w.beside().Rebuild(t.Context(), func(p index.Progress) {
			if fresh == nil { // the demands are read, and not yet served
				w.withdraw(gone)
				fresh = w.demand("轻质碳酸钙")
				w.await()
			}
		})
		if err != nil || fresh == nil {
			t.Fatal(fresh, err)
		}
		w.await()
		w.same()
		w.answered(enginetest.Name, "碳酸钙", stays, fresh)
		if n := w.behind(); n != 0 {
			t.Errorf("%d entries behind", n)
		}
		s := markettest.Must(w.beside().Status(t.Context()))(t)
		if k := s.Kinds[0]; s.Health != nil || k.Docs != 2 || k.Wanted != 2 || s.Caps.Name != enginetest.Name || s.Behind[markettest.Jurisdiction] != 0 {
			t.Errorf("status: %+v", s)
		}
	})
}
