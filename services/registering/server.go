package registering

import (
	"context"
	"time"

	"entgo.io/ent/dialect/sql"
	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entcontract "github.com/jiebang/jiebang/ent/gen/ent/contract"
	entregistration "github.com/jiebang/jiebang/ent/gen/ent/registration"
	entregistryrecord "github.com/jiebang/jiebang/ent/gen/ent/registryrecord"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/offering/sheet"
	"github.com/jiebang/jiebang/services/registering/form"
	"github.com/jiebang/jiebang/services/registering/registration"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedRegistrationServiceServer
	registering *Registering
	pager       *listing.Pager
}

type recordServer struct {
	pb.UnimplementedRegistryRecordServiceServer
	registering *Registering
	pager       *listing.Pager
}

// Serve serves registrations and the registry's list.
func (s *Registering) Serve(reg grpc.ServiceRegistrar, pager *listing.Pager) {
	pb.RegisterRegistrationServiceServer(reg, server{registering: s, pager: pager})
	pb.RegisterRegistryRecordServiceServer(reg, recordServer{registering: s, pager: pager})
}

var fields = listing.Fields{
	"state":         {Column: "state", Type: listing.Code},
	"duty":          {Column: "duty", Type: listing.Code},
	"number":        {Column: "number"},
	"register_date": {Column: "register_date"},
	"due_time":      {Column: "due_at", Type: listing.Instant},
	"overdue_time":  {Column: "overdue_at", Type: listing.Instant},
	"create_time":   {Column: "created_at", Type: listing.Instant},
}

var recordFields = listing.Fields{
	"number":        {Column: "number"},
	"register_date": {Column: "register_date"},
	"create_time":   {Column: "created_at", Type: listing.Instant},
}

func (s server) CreateRegistration(ctx context.Context, req *pb.CreateRegistrationRequest) (*pb.Registration, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "contracts/*")
	if err != nil {
		return nil, err
	}
	technology, err := rpc.Amount("registration.claimed_technology", req.GetRegistration().GetClaimedTechnology())
	if err != nil {
		return nil, err
	}
	return answer(s.registering.Draft(ctx, ids[0], req.GetRegistration().GetRegistry(), technology))
}

// act reads the name and the etag of a registration and answers with what do did to it.
func act(name, etag string, do func(Seen) (*ent.Registration, error)) (*pb.Registration, error) {
	ids, err := rpc.Resource("name", name, "contracts/*/registrations/*")
	if err != nil {
		return nil, err
	}
	return answer(do(Seen{ids[0], ids[1], etag}))
}

func answer(r *ent.Registration, err error) (*pb.Registration, error) {
	if err != nil {
		return nil, err
	}
	return message(r), nil
}

func (s server) GetRegistration(ctx context.Context, req *pb.GetRegistrationRequest) (*pb.Registration, error) {
	return act(req.GetName(), "", func(r Seen) (*ent.Registration, error) {
		return find(ctx, s.registering.db.Read, identity.Caller(ctx), r.Contract, r.ID)
	})
}

func (s server) ListRegistrations(ctx context.Context, req *pb.ListRegistrationsRequest) (*pb.ListRegistrationsResponse, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "contracts/*")
	if err != nil {
		return nil, err
	}
	page, err := s.pager.Open(listing.Query{List: req.GetParent() + "/registrations", Size: req.GetPageSize(), Token: req.GetPageToken(), Filter: req.GetFilter(),
		OrderBy: req.GetOrderBy(), Sorts: listing.Created, Default: "create_time desc"})
	if err != nil {
		return nil, err
	}
	filter, err := fields.ParseFilter(req.GetFilter())
	if err != nil {
		return nil, err
	}
	query := s.registering.db.Read.Registration.Query().Where(page.Where, readable(identity.Caller(ctx)))
	if ids[0] != "-" {
		query.Where(entregistration.ContractID(ids[0]))
	}
	if filter != nil {
		query.Where(filter)
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListRegistrationsResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(r *ent.Registration) (time.Time, string) { return r.CreatedAt, r.ID })
	for _, r := range rows {
		resp.Registrations = append(resp.Registrations, message(r))
	}
	return resp, err
}

func (s server) FileRegistration(ctx context.Context, req *pb.FileRegistrationRequest) (*pb.Registration, error) {
	technology, err := rpc.OptionalAmount("claimed_technology", req.GetClaimedTechnology())
	if err != nil {
		return nil, err
	}
	return act(req.GetName(), req.GetEtag(), func(r Seen) (*ent.Registration, error) {
		return s.registering.File(ctx, r, technology, req.GetDeclaration())
	})
}

func (s server) AcceptRegistration(ctx context.Context, req *pb.AcceptRegistrationRequest) (*pb.Registration, error) {
	return act(req.GetName(), req.GetEtag(), func(r Seen) (*ent.Registration, error) { return s.registering.Accept(ctx, r) })
}

func (s server) ReturnRegistration(ctx context.Context, req *pb.ReturnRegistrationRequest) (*pb.Registration, error) {
	return act(req.GetName(), req.GetEtag(), func(r Seen) (*ent.Registration, error) { return s.registering.Return(ctx, r, req.GetReason()) })
}

func (s server) StartRegistrationReview(ctx context.Context, req *pb.StartRegistrationReviewRequest) (*pb.Registration, error) {
	return act(req.GetName(), req.GetEtag(), func(r Seen) (*ent.Registration, error) {
		return s.registering.Review(ctx, r, req.GetDisputed(), req.GetReason())
	})
}

func (s server) ConcludeRegistrationReview(ctx context.Context, req *pb.ConcludeRegistrationReviewRequest) (*pb.Registration, error) {
	list, err := opinions(req.GetOpinions())
	if err != nil {
		return nil, err
	}
	return act(req.GetName(), req.GetEtag(), func(r Seen) (*ent.Registration, error) {
		return s.registering.Conclude(ctx, r, list, req.GetMinutesDigest())
	})
}

func (s server) RecordCertificate(ctx context.Context, req *pb.RecordCertificateRequest) (*pb.Registration, error) {
	c, err := certificate(req.GetCertificate())
	if err != nil {
		return nil, err
	}
	return act(req.GetName(), req.GetEtag(), func(r Seen) (*ent.Registration, error) { return s.registering.Record(ctx, r, c) })
}

func (s server) ConfirmCertificate(ctx context.Context, req *pb.ConfirmCertificateRequest) (*pb.Registration, error) {
	return act(req.GetName(), req.GetEtag(), func(r Seen) (*ent.Registration, error) { return s.registering.Confirm(ctx, r) })
}

func (s server) RefuseRegistration(ctx context.Context, req *pb.RefuseRegistrationRequest) (*pb.Registration, error) {
	return act(req.GetName(), req.GetEtag(), func(r Seen) (*ent.Registration, error) { return s.registering.Refuse(ctx, r, req.GetReason()) })
}

func (s server) CancelRegistration(ctx context.Context, req *pb.CancelRegistrationRequest) (*pb.Registration, error) {
	return act(req.GetName(), req.GetEtag(), func(r Seen) (*ent.Registration, error) {
		return s.registering.Cancel(ctx, r, req.GetReason(), req.GetBenefits())
	})
}

func (s server) ListUnfiledContracts(ctx context.Context, req *pb.ListUnfiledContractsRequest) (*pb.ListUnfiledContractsResponse, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "ledgers/*")
	if err != nil {
		return nil, err
	}
	page, err := s.pager.Open(listing.Query{List: req.GetParent() + "/unfiledContracts", Size: req.GetPageSize(), Token: req.GetPageToken(), Sorts: listing.Created,
		Default: "create_time desc"})
	if err != nil {
		return nil, err
	}
	rows, err := s.registering.db.Read.Contract.Query().
		Where(page.Where, readable(identity.Caller(ctx)), entcontract.Jurisdiction(ids[0]), unfiled(s.registering.db.Clock().Now())).All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListUnfiledContractsResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(k *ent.Contract) (time.Time, string) { return k.CreatedAt, k.ID })
	for _, k := range rows {
		resp.UnfiledContracts = append(resp.UnfiledContracts, unfiledMessage(k))
	}
	return resp, err
}

// unfiled restricts a query to the contracts in force whose time to be filed is over at an instant, and that nobody has filed.
func unfiled(now time.Time) func(*sql.Selector) {
	return func(q *sql.Selector) {
		r := sql.Dialect(q.Dialect()).Table(entregistration.Table).As("filing")
		filed := sql.Dialect(q.Dialect()).Select(r.C(entregistration.FieldContractID)).From(r).Where(sql.NEQ(r.C(entregistration.FieldState), string(registration.NotFiled)))
		last := contract.SignDate(now.AddDate(0, 0, -registration.TermsAt(now).Unfiled))
		q.Where(sql.And(sql.EQ(q.C(entcontract.FieldState), string(contract.Active)), sql.LT(q.C(entcontract.FieldSignDate), last), sql.NotIn(q.C(entcontract.FieldID), filed)))
	}
}

func (s recordServer) ImportRegistryRecords(ctx context.Context, req *pb.ImportRegistryRecordsRequest) (*pb.ImportRegistryRecordsResponse, error) {
	readers := map[pb.ImportFormat]func([]byte, []sheet.Column) (*sheet.Table, error){
		pb.ImportFormat_XLSX: sheet.ReadWorkbook, pb.ImportFormat_JSONL: sheet.ReadLines, pb.ImportFormat_CSV: sheet.ReadValues}
	table, leave, err := s.registering.open(ctx, func() (*sheet.Table, error) { return readers[req.GetFormat()](req.GetContent(), form.Columns) },
		req.GetFormat() == pb.ImportFormat_XLSX)
	if err != nil {
		return nil, err
	}
	defer leave()
	today := contract.SignDate(s.registering.db.Clock().Now())
	var rows []*form.Row
	for _, row := range table.Rows {
		rows = append(rows, form.Read(row, today))
	}
	results, err := s.registering.Import(ctx, rows)
	if err != nil {
		return nil, err
	}
	return imported(table, results), nil
}

func (s recordServer) GetRegistryRecord(ctx context.Context, req *pb.GetRegistryRecordRequest) (*pb.RegistryRecord, error) {
	ids, err := rpc.Resource("name", req.GetName(), "registryRecords/*")
	if err != nil {
		return nil, err
	}
	r, err := findRecord(ctx, s.registering.db.Read, identity.Caller(ctx), ids[0])
	if err != nil {
		return nil, err
	}
	return recordMessage(r), nil
}

func (s recordServer) ListRegistryRecords(ctx context.Context, req *pb.ListRegistryRecordsRequest) (*pb.ListRegistryRecordsResponse, error) {
	page, err := s.pager.Open(listing.Query{List: "registryRecords", Size: req.GetPageSize(), Token: req.GetPageToken(), Filter: req.GetFilter(),
		OrderBy: req.GetOrderBy(), Sorts: listing.Created, Default: "create_time desc"})
	if err != nil {
		return nil, err
	}
	filter, err := recordFields.ParseFilter(req.GetFilter())
	if err != nil {
		return nil, err
	}
	query := s.registering.db.Read.RegistryRecord.Query().Where(page.Where, entregistryrecord.Jurisdiction(identity.Caller(ctx).Jurisdiction))
	if filter != nil {
		query.Where(filter)
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListRegistryRecordsResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(r *ent.RegistryRecord) (time.Time, string) { return r.CreatedAt, r.ID })
	for _, r := range rows {
		resp.RegistryRecords = append(resp.RegistryRecords, recordMessage(r))
	}
	return resp, err
}

func (s recordServer) ReconcileRegistryRecords(ctx context.Context, req *pb.ReconcileRegistryRecordsRequest) (*pb.ReconcileRegistryRecordsResponse, error) {
	wanted := rpc.Stored[Agreement](req.GetOutcome())
	page, err := s.pager.Open(listing.Query{List: "registryRecords:reconcile", Size: req.GetPageSize(), Token: req.GetPageToken(),
		Filter: string(wanted) + " " + time.Date(int(req.GetYear()), 1, 1, 0, 0, 0, 0, time.UTC).Format("2006")})
	if err != nil {
		return nil, err
	}
	skip := int(page.Number(0))
	all, err := s.registering.Reconcile(ctx, identity.Caller(ctx), int(req.GetYear()), Page{wanted, skip, page.Limit})
	if err != nil {
		return nil, err
	}
	resp := &pb.ReconcileRegistryRecordsResponse{MatchedCount: int32(all.Counts[Matched]), DifferingCount: int32(all.Counts[Differs]),
		OnlyHereCount: int32(all.Counts[OnlyHere]), OnlyThereCount: int32(all.Counts[OnlyThere]), Technology: rpc.Money(all.Here), ListedTechnology: rpc.Money(all.There)}
	for _, p := range all.Pairs {
		resp.Reconciliations = append(resp.Reconciliations, pairMessage(p))
	}
	if all.More {
		resp.NextPageToken, err = page.Next(int64(skip + page.Limit))
	}
	return resp, err
}

func (s recordServer) GetRegistryRecordTemplate(_ context.Context, req *pb.GetRegistryRecordTemplateRequest) (*pb.RegistryRecordTemplate, error) {
	if _, err := rpc.Resource("name", req.GetName(), "registryRecordTemplate"); err != nil {
		return nil, err
	}
	content, err := sheet.Template("认定登记清单", form.Columns)
	return &pb.RegistryRecordTemplate{Name: req.GetName(), Content: content}, err
}
