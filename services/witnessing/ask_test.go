// Package witnessing_test tests witnesses and the guard with a real server on each database.
package witnessing_test

import (
	"os"
	"testing"
	"time"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/storagetest"
	"github.com/jiebang/jiebang/services/internal/witnesstest"
	"github.com/jiebang/jiebang/services/ledger/witness"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

const home = "ledgers/" + markettest.Jurisdiction

// witnessed opens a market whose checkpoints three witnesses sign, of whom two are enough.
func witnessed(t *testing.T, url string) (*markettest.Market, []*witnesstest.Witness, *witness.Policy) {
	t.Helper()
	ws := []*witnesstest.Witness{witnesstest.New(t, "audit.example/w"), witnesstest.New(t, "university.example/w"), witnesstest.New(t, "notary.example/w")}
	file := witnesstest.Policy(t, 2, ws...)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := witness.ParsePolicy(string(text))
	if err != nil {
		t.Fatal(err)
	}
	m := markettest.Open(t, url, func(c *services.Config) { c.WitnessesFile = file })
	for _, l := range markettest.Must(m.Ledgers.ListLedgers(t.Context(), &pb.ListLedgersRequest{}))(t).GetLedgers() {
		for _, w := range ws {
			w.Know(l.GetOrigin(), l.GetVerifierKey())
		}
	}
	m.Clock.Advance(time.Minute) // they may have been asked before they knew the ledger
	return m, ws, policy
}

// newest is the newest kept checkpoint after the witnesses were asked.
func newest(t *testing.T, m *markettest.Market) *pb.Checkpoint {
	t.Helper()
	_ = m.Server.Settle(t.Context()) // a witness that fails is an error of the job, and nobody's
	return markettest.Must(m.Ledgers.ListCheckpoints(t.Context(), &pb.ListCheckpointsRequest{Parent: home, PageSize: 1}))(t).GetCheckpoints()[0]
}

// TestWitnesses asks witnesses of whom one answers nonsense and one comes late: nothing of the business waits, and who signs is counted once.
func TestWitnesses(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, url string) {
		m, ws, policy := witnessed(t, url)
		c := newest(t, m)
		if by, met, err := policy.Check(c.GetNote()); err != nil || !met || len(by) != 3 || len(c.GetWitnesses()) != 3 {
			t.Fatalf("got %v %v %v of %q, want all three", by, met, err, c.GetNote())
		}
		ws[0].Be(false, true)
		ws[1].Be(false, true)
		m.Firm()
		m.Clock.Advance(time.Minute)
		c = newest(t, m)
		if by, met, err := policy.Check(c.GetNote()); err != nil || met || len(by) != 1 || c.GetSize() != markettest.Sizes(t, m)[0] {
			t.Errorf("with two who sign another text: got %v %v %v", by, met, err)
		}
		ws[1].Be(false, false)
		asked := ws[1].Asked()
		if c = newest(t, m); len(c.GetWitnesses()) != 1 || ws[1].Asked() != asked {
			t.Error("a witness that failed is asked again at once")
		}
		m.Clock.Advance(time.Minute)
		c = newest(t, m)
		if by, met, err := policy.Check(c.GetNote()); err != nil || !met || len(by) != 2 {
			t.Errorf("after one came back: got %v %v %v", by, met, err)
		}
		present := markettest.Must(m.Ledgers.GetCheckpoint(t.Context(), &pb.GetCheckpointRequest{Name: home + "/checkpoint"}))(t)
		if present.GetNote() != c.GetNote() {
			t.Errorf("got %q of the present head, want what is kept of it %q", present.GetNote(), c.GetNote())
		}
	})
}

// TestSilentWitness changes things while a witness keeps the line open and says nothing: neither the changes nor the checkpoints wait for it.
func TestSilentWitness(t *testing.T) {
	t.Parallel()
	m, ws, policy := witnessed(t, storagetest.SQLite(t))
	newest(t, m)
	ws[2].Be(true, false)
	firm := m.Firm()
	d := m.Publish(firm, time.Hour)
	m.Clock.Set(d.GetDeadline().AsTime())
	got := newest(t, m) // ends when the silent one's time is over
	if by, met, err := policy.Check(got.GetNote()); err != nil || !met || len(by) != 2 {
		t.Errorf("got %v %v %v, want two of three", by, met, err)
	}
}
