package noticing

import (
	"context"
	"maps"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entimprint "github.com/jiebang/jiebang/ent/gen/ent/imprint"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/noticing/notice"
)

// imprint is what is kept of a subject; nil if nothing is.
func imprint(ctx context.Context, p *storage.Projection, subject string) (map[string]string, error) {
	i, err := p.Imprints().Query().Where(entimprint.ID(subject)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return i.Kept, nil
}

// imprinted is what is to be kept of a subject, from an instant on.
type imprinted struct {
	subject string
	kept    map[string]string
	at      time.Time
}

// keep keeps it; first says that nothing was kept of it before.
func (i imprinted) keep(ctx context.Context, p *storage.Projection, first bool) error {
	if first {
		return p.Imprints().Create().SetID(i.subject).SetKept(i.kept).SetChangedAt(i.at).Exec(ctx)
	}
	return p.Imprints().Update().Where(entimprint.ID(i.subject)).SetKept(i.kept).SetChangedAt(i.at).Exec(ctx)
}

// heed keeps what a question leaves beside itself. Who asked stands in the entry of the asking and nowhere else, so that is kept, for nobody to read; and an
// answer changes its demand for those who follow that.
func heed(ctx context.Context, p *storage.Projection, e *entry.Entry) error {
	switch e.Kind {
	case "question.asked":
		asked, err := imprint(ctx, p, askings(e))
		if err != nil {
			return err
		}
		all := map[string]string{e.Subject: organization(e)}
		maps.Copy(all, asked)
		return imprinted{askings(e), all, e.Time}.keep(ctx, p, asked == nil)
	case "question.answered":
		return p.Imprints().Update().Where(entimprint.ID(notice.About(e))).SetChangedAt(e.Time).Exec(ctx)
	}
	return nil
}

// askings is the subject under which is kept who asked which question about a demand.
func askings(e *entry.Entry) string { return notice.About(e) + "/questions" }
