package bundles

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"github.com/jiebang/jiebang/services/ledger/entry"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Export exports the ledger of 330182 as its auditor does.
func Export(ctx context.Context, ledgers pb.LedgerServiceClient) (*Bundle, error) {
	l, err := ledgers.GetLedger(ctx, &pb.GetLedgerRequest{Name: "ledgers/330182"})
	if err != nil {
		return nil, err
	}
	c, err := ledgers.GetCheckpoint(ctx, &pb.GetCheckpointRequest{Name: "ledgers/330182/checkpoint"})
	if err != nil {
		return nil, err
	}
	b := &Bundle{Header: entry.Header{Format: entry.BundleFormat, Jurisdiction: "330182", Origin: l.GetOrigin(), VerifierKey: l.GetVerifierKey(), Checkpoint: c.GetNote()}}
	req := &pb.ListEntriesRequest{Parent: "ledgers/330182", PageSize: 1000}
	for {
		page, err := ledgers.ListEntries(ctx, req)
		if err != nil {
			return nil, err
		}
		for _, e := range page.GetEntries() {
			sealed := entry.Sealed{Salt: e.GetSalt(), Body: string(e.GetBody()), Hash: e.GetEntryHash()}
			if len(sealed.Salt) == 0 {
				sealed.Salt = nil
			}
			b.Entries = append(b.Entries, sealed)
		}
		if req.PageToken = page.GetNextPageToken(); req.PageToken == "" {
			return b, nil
		}
	}
}

// Forge is a bundle that a forger made of the entries of another: it is signed by a key of the forger's, and whatever hashes there are fit.
func Forge(h entry.Header, entries []entry.Sealed) *Bundle {
	seed := sha256.Sum256([]byte(h.Origin))
	public := append([]byte{1}, ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey)...)
	h.Format, h.VerifierKey = entry.BundleFormat, must(note.NewEd25519VerifierKey(h.Origin, public[1:]))
	return (&Bundle{h, entries, seed[:]}).sign()
}

// Mutate gives both verifiers a bundle, which they must accept, and so many mutations of it. The second verifier is the program at a path.
func Mutate(ctx context.Context, program string, b *Bundle, n int, seed uint64) (*Count, error) {
	b = Forge(b.Header, b.Entries)
	file, c := b.File(), &Count{}
	return c, work(ctx, program, func(ask func([]byte) (Verdict, Verdict, error)) error {
		one, two, err := ask(file)
		if err != nil {
			return err
		}
		if !one.OK || !one.Same(two) {
			return fmt.Errorf("the honest bundle: %+v and %+v", one, two)
		}
		return c.mutate(b, file, chances(seed, 0), n, ask)
	})
}
