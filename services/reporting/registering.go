package reporting

import (
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entregistration "github.com/jiebang/jiebang/ent/gen/ent/registration"
	entregistryrecord "github.com/jiebang/jiebang/ent/gen/ent/registryrecord"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/registering"
)

func (v *verifier) registrations(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.Registration, error) {
		return v.read.Registration.Query().Where(entregistration.Jurisdiction(v.jurisdiction), entregistration.IDGT(after)).Order(entregistration.ByID()).Limit(verifyBatch).All(ctx)
	}, func(r *ent.Registration) row {
		return row{"registrations", r.ID, id.RegistrationName(r.ContractID, r.ID), r.EntrySeq, r.EntryHash, registering.Image(r)}
	})
}

func (v *verifier) registryRecords(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.RegistryRecord, error) {
		return v.read.RegistryRecord.Query().Where(entregistryrecord.Jurisdiction(v.jurisdiction), entregistryrecord.IDGT(after)).Order(entregistryrecord.ByID()).Limit(verifyBatch).All(ctx)
	}, func(r *ent.RegistryRecord) row {
		return row{"registry_records", r.ID, id.RegistryRecordName(r.ID), r.EntrySeq, r.EntryHash, registering.RecordImage(r)}
	})
}
