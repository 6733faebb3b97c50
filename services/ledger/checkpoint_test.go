package ledger_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/ledger/entry"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// kept lists the kept checkpoints of the market's ledger, the largest first, in pages of one.
func kept(t testing.TB, m *markettest.Market) (got []*pb.Checkpoint) {
	t.Helper()
	m.Settle()
	req := &pb.ListCheckpointsRequest{Parent: home, PageSize: 1}
	for {
		resp := markettest.Must(m.Ledgers.ListCheckpoints(t.Context(), req))(t)
		got = append(got, resp.GetCheckpoints()...)
		if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
			return got
		}
	}
}

// TestKeptCheckpoints keeps a checkpoint a minute while the ledger grows, and at once after what weighs; an equal head has an equal one.
func TestKeptCheckpoints(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		founded := kept(t, m)
		if len(founded) != 1 {
			t.Fatalf("got %d checkpoints of a new ledger, want 1", len(founded))
		}
		firm, zju := m.Firm(), m.University()
		d := m.Publish(firm, time.Hour)
		b := m.Bid(zju, d, 5)
		if got := kept(t, m); len(got) != 1 {
			t.Errorf("got %d checkpoints within a minute of light entries, want 1", len(got))
		}
		m.Clock.Advance(59 * time.Second)
		if got := kept(t, m); len(got) != 1 {
			t.Errorf("got %d checkpoints before a minute is over, want 1", len(got))
		}
		m.Clock.Advance(time.Second)
		got := kept(t, m)
		if size := markettest.Sizes(t, m)[0]; len(got) != 2 || got[0].GetSize() != size || !proto.Equal(got[0].GetSignTime(), timestamppb.New(m.Clock.Now())) {
			t.Fatalf("got %v after a minute, want a second one of size %d", got, size)
		}
		m.Clock.Advance(time.Hour / 4)
		if again := kept(t, m); len(again) != 2 {
			t.Errorf("got %d checkpoints of a ledger that did not grow, want 2", len(again))
		}
		d = m.Close(firm, d)
		closed := kept(t, m)
		d = m.Award(firm, d, b)
		awarded := kept(t, m)
		k := m.Sign(firm, m.Contract(firm, d))
		m.Sign(zju, k)
		signed := kept(t, m)
		for name, c := range map[string][]*pb.Checkpoint{"closing": closed, "award": awarded, "signature": signed} {
			if len(c) < 3 {
				t.Errorf("after the %s: got %d checkpoints", name, len(c))
			}
		}
		if len(awarded) <= len(closed) || len(signed) <= len(awarded) || signed[0].GetSize() != markettest.Sizes(t, m)[0] {
			t.Errorf("got %d, %d, %d checkpoints, want one at once after each", len(closed), len(awarded), len(signed))
		}
		one(t, m, signed)
	})
}

// one makes sure that checkpoints are one history, read alike one by one, and that the present head has the same note as the kept one.
func one(t *testing.T, m *markettest.Market, all []*pb.Checkpoint) {
	t.Helper()
	key := markettest.Must(m.Ledgers.GetLedger(t.Context(), &pb.GetLedgerRequest{Name: home}))(t).GetVerifierKey()
	var before entry.Checkpoint
	for i, c := range all {
		if got := markettest.Must(m.Ledgers.GetCheckpoint(t.Context(), &pb.GetCheckpointRequest{Name: c.GetName()}))(t); !proto.Equal(got, c) || c.GetName() != fmt.Sprint(home, "/checkpoints/", c.GetSize()) {
			t.Errorf("got %v, listed %v", got, c)
		}
		head, err := entry.OpenCheckpoint(c.GetNote(), key)
		if err != nil || head.Size != c.GetSize() {
			t.Fatalf("%s: got %v %v", c.GetName(), head, err)
		}
		if i > 0 {
			p := markettest.Must(m.Ledgers.ProveConsistency(t.Context(), &pb.ProveConsistencyRequest{Name: home, OldSize: head.Size, NewSize: before.Size}))(t)
			if err := tlog.CheckTree(hashes(t, p.GetHashes()), before.Size, before.Root, head.Size, head.Root); err != nil {
				t.Errorf("%d in %d: %v", head.Size, before.Size, err)
			}
		}
		before = head
	}
	if present := markettest.Must(m.Ledgers.GetCheckpoint(t.Context(), &pb.GetCheckpointRequest{Name: home + "/checkpoint"}))(t); present.GetNote() != all[0].GetNote() {
		t.Errorf("got %q of the present head, kept %q", present.GetNote(), all[0].GetNote())
	}
}

// TestCheckpointRefusals asks for checkpoints that were not kept.
func TestCheckpointRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		get := func(name string) func() error {
			return func() error {
				return markettest.Failed(m.Ledgers.GetCheckpoint(t.Context(), &pb.GetCheckpointRequest{Name: name}))
			}
		}
		list := func(req *pb.ListCheckpointsRequest) func() error {
			return func() error { return markettest.Failed(m.Ledgers.ListCheckpoints(t.Context(), req)) }
		}
		refusals := []refusal{
			{"list of no ledger", list(&pb.ListCheckpointsRequest{Parent: "ledgers/999999"}), codes.NotFound, "LEDGER_NOT_FOUND", ""},
			{"list of no name", list(&pb.ListCheckpointsRequest{}), codes.InvalidArgument, "FIELD_INVALID", "parent"},
			{"page size", list(&pb.ListCheckpointsRequest{Parent: home, PageSize: -1}), codes.InvalidArgument, "FIELD_INVALID", "page_size"},
			{"page token", list(&pb.ListCheckpointsRequest{Parent: home, PageToken: "x"}), codes.InvalidArgument, "PAGE_TOKEN_INVALID", "page_token"},
			{"of no ledger", get("ledgers/x/checkpoints/1"), codes.NotFound, "LEDGER_NOT_FOUND", ""},
		}
		for _, n := range []string{"0", "999", "-1", "x", "", "01", "+1", "9223372036854775807", "1000000000000", "1/2"} {
			refusals = append(refusals, refusal{"of size " + n, get(home + "/checkpoints/" + n), codes.NotFound, "CHECKPOINT_NOT_FOUND", ""})
		}
		refuse(t, m, refusals)
		kept(t, m)
		for _, query := range []string{"UPDATE checkpoints SET note = 'x' WHERE jurisdiction = '330182'", "DELETE FROM checkpoints WHERE jurisdiction = '330182'"} {
			if err := m.Try(query); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: got %v", query, err)
			}
		}
	})
}
