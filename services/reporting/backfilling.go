package reporting

import (
	"bytes"
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entbackfill "github.com/jiebang/jiebang/ent/gen/ent/backfill"
	entpastrecord "github.com/jiebang/jiebang/ent/gen/ent/pastrecord"
	"github.com/jiebang/jiebang/services/backfilling"
	"github.com/jiebang/jiebang/services/backfilling/backfill"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/reporting/replay"
)

// backfills compares the backfills, and makes sure that the rows kept of each are those that its digest binds.
func (v *verifier) backfills(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.Backfill, error) {
		rows, err := v.read.Backfill.Query().Where(entbackfill.Jurisdiction(v.jurisdiction), entbackfill.IDGT(after)).Order(entbackfill.ByID()).Limit(verifyBatch).All(ctx)
		for _, b := range rows {
			if !v.kept(ctx, b) {
				v.Problem(replay.Problem{Sequence: b.EntrySeq, Subject: id.BackfillName(b.ID), Column: "backfill_rows.content", Text: "所存的各行与摘要不符"})
			}
		}
		return rows, err
	}, func(b *ent.Backfill) row {
		return row{"backfills", b.ID, id.BackfillName(b.ID), b.EntrySeq, b.EntryHash, backfilling.Image(b)}
	})
}

func (v *verifier) kept(ctx context.Context, b *ent.Backfill) bool {
	k, err := v.read.BackfillRows.Get(ctx, b.ID)
	if err != nil || k.Jurisdiction != b.Jurisdiction {
		return false
	}
	rows, err := backfill.Decode(k.Content)
	return err == nil && bytes.Equal(backfill.Digest(b.Source, rows), b.Digest)
}

func (v *verifier) pastRecords(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.PastRecord, error) {
		return v.read.PastRecord.Query().Where(entpastrecord.Jurisdiction(v.jurisdiction), entpastrecord.IDGT(after)).Order(entpastrecord.ByID()).Limit(verifyBatch).All(ctx)
	}, func(p *ent.PastRecord) row {
		return row{"past_records", p.ID, id.PastRecordName(p.ID), p.EntrySeq, p.EntryHash, backfilling.PastImage(p)}
	})
}
