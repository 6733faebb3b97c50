package sealing

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/ledger/entry"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// receipt checks the receipt of an envelope as its bidder would: the ledger's key has signed the digest of it, and the entry with that digest is in the tree
// whose head the same key has signed.
func (h *hall) receipt(ctx context.Context, ledgers pb.LedgerServiceClient, key string, t *try) error {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return err
	}
	digest := seal.Sum(t.envelope)
	signed, err := note.Open([]byte(t.receipt.GetNote()), note.VerifierList(verifier))
	if err != nil {
		return err
	}
	for _, line := range []string{"digest " + hex.EncodeToString(digest[:]), fmt.Sprintf("sequence %d", t.receipt.GetReceipt().GetSequence()), "bid " + t.receipt.GetBid()} {
		if !strings.Contains(signed.Text, "\n"+line+"\n") {
			return fmt.Errorf("it does not say %q", line)
		}
	}
	as, name := As(ctx, t.bidder.secret), fmt.Sprintf("ledgers/%s/entries/%d", jurisdiction, t.receipt.GetReceipt().GetSequence())
	e, err := ledgers.GetEntry(as, &pb.GetEntryRequest{Name: name})
	if err != nil {
		return err
	}
	checkpoint, err := ledgers.GetCheckpoint(as, &pb.GetCheckpointRequest{Name: "ledgers/" + jurisdiction + "/checkpoint"})
	if err != nil {
		return err
	}
	head, err := entry.OpenCheckpoint(checkpoint.GetNote(), key)
	if err != nil {
		return err
	}
	proof, err := ledgers.ProveInclusion(as, &pb.ProveInclusionRequest{Name: name, TreeSize: head.Size})
	if err != nil {
		return err
	}
	path := make(tlog.RecordProof, len(proof.GetHashes()))
	for i, b := range proof.GetHashes() {
		copy(path[i][:], b)
	}
	leaf := entry.Leaf(e.GetSalt(), e.GetBody())
	if !bytes.Equal(leaf[:], t.receipt.GetReceipt().GetEntryHash()) || !bytes.Contains(e.GetBody(), []byte(hex.EncodeToString(digest[:]))) {
		return errors.New("its entry is another")
	}
	return tlog.CheckRecord(path, head.Size, head.Root, e.GetSequence(), leaf)
}
