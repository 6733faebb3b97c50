package ledger

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/ledger/entry"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedLedgerServiceServer
	ledger *Ledger
	pager  *listing.Pager
}

// Serve serves the ledgers.
func (l *Ledger) Serve(reg grpc.ServiceRegistrar, pager *listing.Pager) {
	pb.RegisterLedgerServiceServer(reg, server{ledger: l, pager: pager})
}

const (
	usualEntries = 200
	maxEntries   = 1000
)

func (s server) GetLedger(ctx context.Context, req *pb.GetLedgerRequest) (*pb.Ledger, error) {
	jurisdiction, err := jurisdictionOf("name", req.GetName(), "ledgers/*")
	if err != nil {
		return nil, err
	}
	h, err := s.ledger.head(ctx, jurisdiction)
	if err != nil {
		return nil, err
	}
	return message(h)
}

func (s server) ListLedgers(ctx context.Context, req *pb.ListLedgersRequest) (*pb.ListLedgersResponse, error) {
	page, err := s.pager.Open(listing.Query{List: "ledgers", Size: req.GetPageSize(), Token: req.GetPageToken()})
	if err != nil {
		return nil, err
	}
	heads, err := Heads(ctx, s.ledger.db.Read)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListLedgersResponse{}
	from := int(page.Number(0))
	for i := from; i < len(heads) && i < from+page.Limit; i++ {
		m, err := message(heads[i])
		if err != nil {
			return nil, err
		}
		resp.Ledgers = append(resp.Ledgers, m)
	}
	if next := from + page.Limit; next < len(heads) {
		resp.NextPageToken, err = page.Next(int64(next))
	}
	return resp, err
}

func (s server) ConfirmClock(ctx context.Context, req *pb.ConfirmClockRequest) (*pb.ConfirmClockResponse, error) {
	jurisdiction, err := jurisdictionOf("name", req.GetName(), "ledgers/*")
	if err != nil {
		return nil, err
	}
	r, err := s.ledger.ConfirmClock(ctx, jurisdiction, req.GetClockDoubtTime().AsTime())
	if err != nil {
		return nil, err
	}
	return &pb.ConfirmClockResponse{Receipt: rpc.Receipt(r)}, nil
}

func (s server) GetCheckpoint(ctx context.Context, req *pb.GetCheckpointRequest) (*pb.Checkpoint, error) {
	if name, size, ok := strings.Cut(req.GetName(), "/checkpoints/"); ok {
		return s.keptCheckpoint(ctx, name, size)
	}
	jurisdiction, err := jurisdictionOf("name", req.GetName(), "ledgers/*/checkpoint")
	if err != nil {
		return nil, err
	}
	c, err := s.ledger.present(ctx, jurisdiction)
	if err != nil {
		return nil, err
	}
	return checkpointMessage(req.GetName(), c), nil
}

func (s server) keptCheckpoint(ctx context.Context, ledger, text string) (*pb.Checkpoint, error) {
	jurisdiction, err := jurisdictionOf("name", ledger, "ledgers/*")
	if err != nil {
		return nil, err
	}
	size, err := entry.ParseInt(text)
	if err != nil {
		return nil, ErrCheckpointNotFound.With("size", text)
	}
	c, err := s.ledger.one(ctx, jurisdiction, size)
	if err != nil {
		return nil, err
	}
	return checkpointMessage(checkpointName(c), c), nil
}

func (s server) ListCheckpoints(ctx context.Context, req *pb.ListCheckpointsRequest) (*pb.ListCheckpointsResponse, error) {
	jurisdiction, err := jurisdictionOf("parent", req.GetParent(), "ledgers/*")
	if err != nil {
		return nil, err
	}
	if _, err := s.ledger.head(ctx, jurisdiction); err != nil {
		return nil, err
	}
	page, err := s.pager.Open(listing.Query{List: req.GetParent() + "/checkpoints", Size: req.GetPageSize(), Token: req.GetPageToken()})
	if err != nil {
		return nil, err
	}
	found, err := s.ledger.Newest(ctx, jurisdiction, page.Number(entry.Max), page.Limit+1)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListCheckpointsResponse{}
	if len(found) > page.Limit {
		found = found[:page.Limit]
		if resp.NextPageToken, err = page.Next(found[page.Limit-1].Size); err != nil {
			return nil, err
		}
	}
	for _, c := range found {
		resp.Checkpoints = append(resp.Checkpoints, checkpointMessage(checkpointName(c), c))
	}
	return resp, nil
}

func (s server) GetEntry(ctx context.Context, req *pb.GetEntryRequest) (*pb.Entry, error) {
	jurisdiction, sequence, err := entryOf(req.GetName())
	if err != nil {
		return nil, err
	}
	row, err := s.ledger.db.Read.LedgerEntry.Get(ctx, entry.Key(jurisdiction, sequence))
	if ent.IsNotFound(err) {
		return nil, ErrEntryNotFound.With("sequence", sequence)
	}
	if err != nil {
		return nil, err
	}
	m, e, err := entryMessage(row)
	if err != nil {
		return nil, err
	}
	sealed, err := s.ledger.sealed(ctx, []*entry.Entry{e})
	if err != nil {
		return nil, err
	}
	if err := sees(identity.Caller(ctx), e, sealed); err != nil {
		return nil, err
	}
	return m, nil
}

func (s server) ListEntries(ctx context.Context, req *pb.ListEntriesRequest) (*pb.ListEntriesResponse, error) {
	jurisdiction, err := jurisdictionOf("parent", req.GetParent(), "ledgers/*")
	if err != nil {
		return nil, err
	}
	if _, err := s.ledger.head(ctx, jurisdiction); err != nil {
		return nil, err
	}
	foreign := ErrForeign.With("jurisdiction", jurisdiction)
	if err := identity.May(ctx, identity.Caller(ctx), policy.Object{Jurisdiction: jurisdiction, Openness: policy.Published}, foreign, foreign); err != nil {
		return nil, err
	}
	page, err := s.pager.Open(listing.Query{List: req.GetParent(), Size: req.GetPageSize(), Token: req.GetPageToken(), MaxSize: maxEntries, UsualSize: usualEntries})
	if err != nil {
		return nil, err
	}
	from := page.Number(req.GetFromSequence())
	leaves, err := s.ledger.leaves(ctx, jurisdiction, from, page.Limit+1)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListEntriesResponse{}
	if len(leaves) > page.Limit {
		leaves = leaves[:page.Limit]
		if resp.NextPageToken, err = page.Next(from + int64(page.Limit)); err != nil {
			return nil, err
		}
	}
	told, err := s.told(ctx, jurisdiction, from, len(leaves))
	if err != nil {
		return nil, err
	}
	for _, leaf := range leaves {
		m := told[leaf.Sequence]
		if m == nil {
			if m, err = leafMessage(leaf); err != nil {
				return nil, err
			}
		}
		resp.Entries = append(resp.Entries, m)
	}
	return resp, nil
}

// told are the entries from a sequence on that the caller may read, by their sequences.
func (s server) told(ctx context.Context, jurisdiction string, from int64, limit int) (map[int64]*pb.Entry, error) {
	rows, err := Entries(ctx, s.ledger.db.Read, jurisdiction, from, limit)
	if err != nil {
		return nil, err
	}
	messages, entries := make([]*pb.Entry, len(rows)), make([]*entry.Entry, len(rows))
	for i, r := range rows {
		if messages[i], entries[i], err = entryMessage(r); err != nil {
			return nil, err
		}
	}
	sealed, err := s.ledger.sealed(ctx, entries)
	if err != nil {
		return nil, err
	}
	told := make(map[int64]*pb.Entry, len(rows))
	for i, e := range entries {
		if e.Sequence < from+int64(limit) && sees(identity.Caller(ctx), e, sealed) == nil {
			told[e.Sequence] = messages[i]
		}
	}
	return told, nil
}

func (s server) ProveInclusion(ctx context.Context, req *pb.ProveInclusionRequest) (*pb.InclusionProof, error) {
	jurisdiction, sequence, err := entryOf(req.GetName())
	if err != nil {
		return nil, err
	}
	p, err := s.ledger.ProveInclusion(ctx, jurisdiction, sequence, req.GetTreeSize())
	if err != nil {
		return nil, err
	}
	return &pb.InclusionProof{Sequence: p.Sequence, TreeSize: p.Size, EntryHash: p.Leaf[:], RootHash: p.Root[:], Hashes: hashes(p.Path)}, nil
}

func (s server) ProveConsistency(ctx context.Context, req *pb.ProveConsistencyRequest) (*pb.ConsistencyProof, error) {
	jurisdiction, err := jurisdictionOf("name", req.GetName(), "ledgers/*")
	if err != nil {
		return nil, err
	}
	p, err := s.ledger.ProveConsistency(ctx, jurisdiction, req.GetOldSize(), req.GetNewSize())
	if err != nil {
		return nil, err
	}
	return &pb.ConsistencyProof{OldSize: p.Old, NewSize: p.New, OldRootHash: p.OldRoot[:], NewRootHash: p.NewRoot[:], Hashes: hashes(p.Path)}, nil
}

func jurisdictionOf(field, name, pattern string) (string, error) {
	ids, err := rpc.Resource(field, name, pattern)
	if err != nil {
		return "", err
	}
	if !id.IsJurisdiction(ids[0]) {
		return "", ErrNotFound.With("jurisdiction", ids[0])
	}
	return ids[0], nil
}

func entryOf(name string) (jurisdiction string, sequence int64, err error) {
	ids, err := rpc.Resource("name", name, "ledgers/*/entries/*")
	if err != nil {
		return "", 0, err
	}
	sequence, err = strconv.ParseInt(ids[1], 10, 64)
	if err != nil || sequence < 0 || sequence >= entry.Max || strconv.FormatInt(sequence, 10) != ids[1] || !id.IsJurisdiction(ids[0]) {
		return "", 0, ErrEntryNotFound.With("sequence", ids[1])
	}
	return ids[0], sequence, nil
}

func message(h *ent.LedgerHead) (*pb.Ledger, error) {
	frontier, err := entry.Hashes(h.Frontier)
	if err != nil {
		return nil, err
	}
	root := entry.Frontier(frontier).Root()
	m := &pb.Ledger{
		Name: id.LedgerName(h.ID), DisplayName: h.DisplayName, Size: h.Size, RootHash: root[:], Origin: entry.Origin(h.ID),
		VerifierKey: h.VerifierKey, UpdateTime: rpc.Stamp(h.LastAt), ClockDoubtTime: rpc.OptionalStamp(h.DoubtedAt),
	}
	if h.JumpUs != nil {
		m.ClockJump = durationpb.New(time.Duration(*h.JumpUs) * time.Microsecond)
	}
	return m, nil
}

func checkpointName(c *ent.Checkpoint) string {
	return id.LedgerName(c.Jurisdiction) + "/checkpoints/" + strconv.FormatInt(c.Size, 10)
}

// checkpointMessage is a checkpoint; one that was not kept has no time.
func checkpointMessage(name string, c *ent.Checkpoint) *pb.Checkpoint {
	m := &pb.Checkpoint{Name: name, Note: c.Note + c.Cosignatures, Size: c.Size}
	if !c.SignedAt.IsZero() {
		m.SignTime = rpc.Stamp(c.SignedAt)
	}
	for line := range strings.Lines(c.Cosignatures) {
		if words := strings.Fields(line); len(words) == 3 {
			m.Witnesses = append(m.Witnesses, words[1])
		}
	}
	return m
}

func entryMessage(r *ent.LedgerEntry) (*pb.Entry, *entry.Entry, error) {
	e, err := entry.Decode(r.Body)
	if err != nil {
		return nil, nil, err
	}
	stored, err := entry.Hashes(r.Hashes)
	if err != nil || len(stored) == 0 {
		return nil, nil, fmt.Errorf("entry %d has no hashes: %w", r.Sequence, err)
	}
	return &pb.Entry{
		Name: id.LedgerName(r.Jurisdiction) + "/entries/" + strconv.FormatInt(r.Sequence, 10), Sequence: r.Sequence, Kind: e.Kind,
		Subject: e.Subject, CreateTime: rpc.Stamp(e.Time), Body: r.Body, Salt: r.Salt, EntryHash: stored[0][:],
	}, e, nil
}

// leafMessage is what anyone may know of an entry.
func leafMessage(r *ent.LedgerEntry) (*pb.Entry, error) {
	stored, err := entry.Hashes(r.Hashes)
	if err != nil || len(stored) == 0 {
		return nil, fmt.Errorf("entry %d has no hashes: %w", r.Sequence, err)
	}
	return &pb.Entry{Name: id.LedgerName(r.Jurisdiction) + "/entries/" + strconv.FormatInt(r.Sequence, 10), Sequence: r.Sequence, EntryHash: stored[0][:]}, nil
}

func hashes(path []tlog.Hash) [][]byte {
	b := make([][]byte, len(path))
	for i := range path {
		b[i] = path[i][:]
	}
	return b
}
