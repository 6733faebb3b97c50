package reporting

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entcase "github.com/jiebang/jiebang/ent/gen/ent/monitoringcase"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/monitoring"
)

func (v *verifier) cases(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.MonitoringCase, error) {
		return v.read.MonitoringCase.Query().Where(entcase.Jurisdiction(v.jurisdiction), entcase.IDGT(after)).Order(entcase.ByID()).Limit(verifyBatch).All(ctx)
	}, func(c *ent.MonitoringCase) row {
		return row{"monitoring_cases", c.ID, id.MonitoringCaseName(c.ID), c.EntrySeq, c.EntryHash, monitoring.Image(c)}
	})
}
