package reporting

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/filing"
	"github.com/jiebang/jiebang/services/filing/store"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/reporting/replay"
)

// CompareFiles adds to a report what the store lacks of a jurisdiction's files.
func CompareFiles(ctx context.Context, db *storage.DB, s *store.Store, jurisdiction string, r *replay.Report) error {
	return filing.Compare(ctx, db.Read, s, jurisdiction, func(row *ent.File, missing bool) {
		text := "文件库中的内容与账目中的摘要不符"
		if missing {
			text = "文件库中没有这个文件的内容"
		}
		r.Add(replay.Problem{Sequence: row.EntrySeq, Subject: id.FileName(row.ID), Column: "files.sha256", Text: text})
	})
}
