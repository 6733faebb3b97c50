// Package ledger_test tests the ledgers as their readers use them: over gRPC, on each database, and with the tree and the notes of
// golang.org/x/mod rather than with our own.
package ledger_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

const home = "ledgers/" + markettest.Jurisdiction

// trade makes entries in the market's ledger and returns the receipts that its members got.
func trade(t *testing.T, m *markettest.Market) (firm, zju *markettest.Member, receipts []*pb.Receipt) {
	t.Helper()
	firm, zju = m.Firm(), m.University()
	d := m.Publish(firm, time.Hour)
	b := m.Bid(zju, d, 5)
	receipts = append(receipts, d.GetReceipt(), b.GetReceipt())
	d = m.Award(firm, m.Close(firm, d), b)
	k := m.Sign(firm, m.Contract(firm, d))
	receipts = append(receipts, d.GetReceipt(), k.GetReceipt(), m.Sign(zju, k).GetReceipt())
	return firm, zju, receipts
}

// hash reads a hash.
func hash(t testing.TB, b []byte) (h tlog.Hash) {
	t.Helper()
	if copy(h[:], b) != tlog.HashSize || len(b) != tlog.HashSize {
		t.Fatalf("got a hash of %d bytes, want %d", len(b), tlog.HashSize)
	}
	return h
}

func hashes(t testing.TB, path [][]byte) (p []tlog.Hash) {
	t.Helper()
	for _, b := range path {
		p = append(p, hash(t, b))
	}
	return p
}

// checkpoint reads the signed head of a ledger with note alone.
func checkpoint(t testing.TB, m *markettest.Market, ledger string) (size int64, root tlog.Hash) {
	t.Helper()
	l := markettest.Must(m.Ledgers.GetLedger(t.Context(), &pb.GetLedgerRequest{Name: ledger}))(t)
	c := markettest.Must(m.Ledgers.GetCheckpoint(t.Context(), &pb.GetCheckpointRequest{Name: ledger + "/checkpoint"}))(t)
	verifier, err := note.NewVerifier(l.GetVerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open([]byte(c.GetNote()), note.VerifierList(verifier))
	if err != nil || len(n.Sigs) != 1 {
		t.Fatalf("checkpoint %q: got %v %v, want one signature", c.GetNote(), n, err)
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 4 || lines[0] != l.GetOrigin() || lines[0] != verifier.Name() || lines[3] != "" {
		t.Fatalf("got lines %q, want origin %s, size and root", lines, l.GetOrigin())
	}
	if size, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		t.Fatal(err)
	}
	b, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil {
		t.Fatal(err)
	}
	if root = hash(t, b); l.GetSize() != size || !bytes.Equal(l.GetRootHash(), b) || c.GetName() != ledger+"/checkpoint" {
		t.Errorf("got ledger %v, want the size %d and root %v of its checkpoint", l, size, root)
	}
	return size, root
}

// TestReceipts proves each receipt against the signed checkpoint, and the body and salt against the receipt.
func TestReceipts(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		_, _, receipts := trade(t, m)
		size, root := checkpoint(t, m, home)
		for _, r := range receipts {
			name := fmt.Sprintf("ledgers/%s/entries/%d", r.GetJurisdiction(), r.GetSequence())
			p := markettest.Must(m.Ledgers.ProveInclusion(t.Context(), &pb.ProveInclusionRequest{Name: name, TreeSize: size}))(t)
			if err := tlog.CheckRecord(hashes(t, p.GetHashes()), size, root, r.GetSequence(), hash(t, r.GetEntryHash())); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			want := &pb.InclusionProof{Sequence: r.GetSequence(), TreeSize: size, EntryHash: r.GetEntryHash(), RootHash: root[:], Hashes: p.GetHashes()}
			if !proto.Equal(p, want) {
				t.Errorf("got %v, want %v", p, want)
			}
			e := markettest.Must(m.Ledgers.GetEntry(m.Bureau.Ctx(), &pb.GetEntryRequest{Name: name}))(t)
			leaf := tlog.RecordHash(append(append([]byte("jiebang leaf 1\n"), e.GetSalt()...), e.GetBody()...))
			if leaf != hash(t, r.GetEntryHash()) || e.GetName() != name || !bytes.Equal(e.GetEntryHash(), r.GetEntryHash()) {
				t.Errorf("%s: got %v of leaf %v, want the receipt's %v", name, e, leaf, r)
			}
		}
		bad := markettest.Must(m.Ledgers.ProveInclusion(t.Context(), &pb.ProveInclusionRequest{Name: home + "/entries/1"}))(t)
		if err := tlog.CheckRecord(hashes(t, bad.GetHashes()), size, root, 2, hash(t, bad.GetEntryHash())); err == nil {
			t.Error("a proof of entry 1 proves entry 2")
		}
	})
}

// TestProofs proves every entry in every tree, and every tree within every larger one.
func TestProofs(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		trade(t, m)
		size, root := checkpoint(t, m, home)
		roots := make([]tlog.Hash, size+1)
		for n := int64(1); n <= size; n++ {
			for old := int64(1); old <= n; old++ {
				p := markettest.Must(m.Ledgers.ProveConsistency(t.Context(), &pb.ProveConsistencyRequest{Name: home, OldSize: old, NewSize: n}))(t)
				roots[n] = hash(t, p.GetNewRootHash())
				if err := tlog.CheckTree(hashes(t, p.GetHashes()), n, roots[n], old, hash(t, p.GetOldRootHash())); err != nil || hash(t, p.GetOldRootHash()) != roots[old] {
					t.Errorf("tree %d in %d: got %v and root %v, want root %v", old, n, err, hash(t, p.GetOldRootHash()), roots[old])
				}
			}
			p := markettest.Must(m.Ledgers.ProveInclusion(t.Context(), &pb.ProveInclusionRequest{Name: fmt.Sprint(home, "/entries/", n-1), TreeSize: n}))(t)
			if err := tlog.CheckRecord(hashes(t, p.GetHashes()), n, roots[n], n-1, hash(t, p.GetEntryHash())); err != nil {
				t.Errorf("entry %d in tree %d: %v", n-1, n, err)
			}
		}
		if roots[size] != root {
			t.Errorf("got root %v, want that of the checkpoint %v", roots[size], root)
		}
		p := markettest.Must(m.Ledgers.ProveConsistency(t.Context(), &pb.ProveConsistencyRequest{Name: home, OldSize: 3}))(t)
		if p.GetNewSize() != size || !bytes.Equal(p.GetNewRootHash(), root[:]) {
			t.Errorf("to the present tree: got %v, want size %d", p, size)
		}
	})
}

// TestProofRefusals asks for proofs of trees and entries that are not there.
func TestProofRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		size := markettest.Sizes(t, m)[0]
		include := func(name string, n int64) func() error {
			return func() error {
				return markettest.Failed(m.Ledgers.ProveInclusion(t.Context(), &pb.ProveInclusionRequest{Name: name, TreeSize: n}))
			}
		}
		extend := func(name string, old, n int64) func() error {
			return func() error {
				return markettest.Failed(m.Ledgers.ProveConsistency(t.Context(), &pb.ProveConsistencyRequest{Name: name, OldSize: old, NewSize: n}))
			}
		}
		refuse(t, m, []refusal{
			{"tree too large", include(home+"/entries/0", size+1), codes.InvalidArgument, "TREE_SIZE", "tree_size"},
			{"tree huge", include(home+"/entries/0", math.MaxInt64), codes.InvalidArgument, "TREE_SIZE", "tree_size"},
			{"tree without the entry", include(home+"/entries/2", 2), codes.InvalidArgument, "TREE_SIZE", "tree_size"},
			{"tree negative", include(home+"/entries/0", -1), codes.InvalidArgument, "FIELD_INVALID", "tree_size"},
			{"no entry", include(fmt.Sprint(home, "/entries/", size), 0), codes.NotFound, "ENTRY_NOT_FOUND", ""},
			{"no ledger", include("ledgers/999999/entries/0", 0), codes.NotFound, "LEDGER_NOT_FOUND", ""},
			{"no name", include(home, 0), codes.InvalidArgument, "FIELD_INVALID", "name"},
			{"no old size", extend(home, 0, 2), codes.InvalidArgument, "FIELD_INVALID", "old_size"},
			{"old size negative", extend(home, math.MinInt64, 2), codes.InvalidArgument, "FIELD_INVALID", "old_size"},
			{"new size negative", extend(home, 1, -1), codes.InvalidArgument, "FIELD_INVALID", "new_size"},
			{"backwards", extend(home, 2, 1), codes.InvalidArgument, "TREE_SIZE", "old_size"},
			{"old size too large", extend(home, size+1, 0), codes.InvalidArgument, "TREE_SIZE", "old_size"},
			{"new size too large", extend(home, 1, size+1), codes.InvalidArgument, "TREE_SIZE", "new_size"},
			{"consistency of no ledger", extend("ledgers/999999", 1, 1), codes.NotFound, "LEDGER_NOT_FOUND", ""},
			{"consistency of no name", extend("ledgers", 1, 1), codes.InvalidArgument, "FIELD_INVALID", "name"},
		})
	})
}

// TestLedgers reads the heads of ledgers: anyone may.
func TestLedgers(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		trade(t, m)
		resp := markettest.Must(m.Ledgers.ListLedgers(t.Context(), &pb.ListLedgersRequest{}))(t)
		if len(resp.GetLedgers()) != 2 || resp.GetNextPageToken() != "" {
			t.Fatalf("got %v, want two ledgers", resp)
		}
		req := &pb.ListLedgersRequest{PageSize: 1}
		for _, l := range resp.GetLedgers() {
			if got := markettest.Must(m.Ledgers.GetLedger(t.Context(), &pb.GetLedgerRequest{Name: l.GetName()}))(t); !proto.Equal(got, l) || !strings.HasSuffix(l.GetDisplayName(), "科学技术局") {
				t.Errorf("got %v, listed %v", got, l)
			}
			page := markettest.Must(m.Ledgers.ListLedgers(t.Context(), req))(t)
			if len(page.GetLedgers()) != 1 || !proto.Equal(page.GetLedgers()[0], l) {
				t.Errorf("got page %v, want %v", page, l)
			}
			req.PageToken = page.GetNextPageToken()
			checkpoint(t, m, l.GetName())
		}
		var refusals []refusal
		for name, want := range map[string]string{"ledgers/999999": "LEDGER_NOT_FOUND", "ledgers/-": "LEDGER_NOT_FOUND", "ledgers/x' OR 1=1": "LEDGER_NOT_FOUND", "ledgers": "FIELD_INVALID", "": "FIELD_INVALID"} {
			code, field := codes.NotFound, ""
			if want == "FIELD_INVALID" {
				code, field = codes.InvalidArgument, "name"
			}
			refusals = append(refusals, refusal{"get " + name, func() error {
				return markettest.Failed(m.Ledgers.GetLedger(t.Context(), &pb.GetLedgerRequest{Name: name}))
			}, code, want, field},
				refusal{"checkpoint " + name, func() error {
					return markettest.Failed(m.Ledgers.GetCheckpoint(t.Context(), &pb.GetCheckpointRequest{Name: name + "/checkpoint"}))
				}, code, want, field})
		}
		refuse(t, m, append(refusals,
			refusal{"page size", func() error {
				return markettest.Failed(m.Ledgers.ListLedgers(t.Context(), &pb.ListLedgersRequest{PageSize: -1}))
			}, codes.InvalidArgument, "FIELD_INVALID", "page_size"},
			refusal{"page token", func() error {
				return markettest.Failed(m.Ledgers.ListLedgers(t.Context(), &pb.ListLedgersRequest{PageToken: "x"}))
			}, codes.InvalidArgument, "PAGE_TOKEN_INVALID", "page_token"}))
	})
}

// entries reads all entries from a sequence on, in pages.
func entries(t testing.TB, ctx context.Context, m *markettest.Market, from int64, size int32) (got []*pb.Entry) {
	t.Helper()
	req := &pb.ListEntriesRequest{Parent: home, FromSequence: from, PageSize: size}
	for {
		resp := markettest.Must(m.Ledgers.ListEntries(ctx, req))(t)
		got = append(got, resp.GetEntries()...)
		if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
			return got
		}
	}
}
