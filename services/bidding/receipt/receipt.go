// Package receipt is what a bidder keeps of a sealed bid 回执: signed by its ledger, it proves what was received, and when.
package receipt

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// Receipt is what a bidder keeps of a sealed bid.
type Receipt struct {
	BidID, DemandID, OrganizationID string
	Submission                      int
	Digest                          []byte
	ReceivedAt                      time.Time
	Entry                           storage.Receipt
	SealedBy, Level                 string
}

// Text is what is signed of a receipt: a line for what it is, then a line a field.
func (r Receipt) Text() string {
	var b strings.Builder
	b.WriteString("jiebang bid receipt 1\n")
	for _, f := range [][2]string{
		{"bid", id.BidName(r.DemandID, r.BidID)}, {"organization", id.OrganizationName(r.OrganizationID)}, {"submission", fmt.Sprint(r.Submission)},
		{"digest", hex.EncodeToString(r.Digest)}, {"received", r.ReceivedAt.UTC().Format(entry.TimeLayout)}, {"ledger", r.Entry.Jurisdiction},
		{"sequence", fmt.Sprint(r.Entry.Sequence)}, {"entry", hex.EncodeToString(r.Entry.Hash)}, {"sealed_by", r.SealedBy}, {"level", r.Level},
	} {
		fmt.Fprintf(&b, "%s %s\n", f[0], f[1])
	}
	return b.String()
}

// Of is the receipt of a bid that was just submitted.
func Of(b *ent.Bid) Receipt {
	return Receipt{BidID: b.ID, DemandID: b.DemandID, OrganizationID: b.OrganizationID, Submission: b.Submission, Digest: b.ContentDigest, ReceivedAt: *b.SubmittedAt,
		Entry: storage.Receipt{Jurisdiction: b.Jurisdiction, Sequence: b.EntrySeq, Hash: b.EntryHash}, SealedBy: b.SealedBy, Level: b.Level}
}
