package spine

import (
	"context"
	"fmt"

	"google.golang.org/grpc/metadata"

	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/reporting/replay"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// verify replays the ledger of a running server as an auditor does: over the API, from the first entry to its signed checkpoint.
func (s *process) verify(ctx context.Context, admin string) error {
	ctx = metadata.NewOutgoingContext(ctx, metadata.Pairs("authorization", "Bearer "+admin))
	ledgers := pb.NewLedgerServiceClient(s.conn)
	head, err := ledgers.GetLedger(ctx, &pb.GetLedgerRequest{Name: "ledgers/" + jurisdiction})
	if err != nil {
		return err
	}
	signed, err := ledgers.GetCheckpoint(ctx, &pb.GetCheckpointRequest{Name: "ledgers/" + jurisdiction + "/checkpoint"})
	if err != nil {
		return err
	}
	checkpoint, err := entry.OpenCheckpoint(signed.GetNote(), head.GetVerifierKey())
	if err != nil {
		return err
	}
	r := replay.New(jurisdiction)
	token := ""
	for r.Size() < checkpoint.Size {
		page, err := ledgers.ListEntries(ctx, &pb.ListEntriesRequest{Parent: "ledgers/" + jurisdiction, PageSize: 1000, PageToken: token})
		if err != nil {
			return err
		}
		for _, e := range page.GetEntries() {
			if r.Size() < checkpoint.Size {
				r.Add(entry.Sealed{Salt: e.GetSalt(), Body: string(e.GetBody()), Hash: e.GetEntryHash()})
			}
		}
		if token = page.GetNextPageToken(); token == "" {
			break
		}
	}
	if report := r.Report(); r.Size() != checkpoint.Size || r.Frontier().Root() != checkpoint.Root || len(report.Problems) > 0 {
		return fmt.Errorf("the ledger does not verify: %d entries of %d, %v", r.Size(), checkpoint.Size, report.Problems)
	}
	return nil
}
