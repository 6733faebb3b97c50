package backfilling

import (
	"context"
	"time"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entbackfill "github.com/jiebang/jiebang/ent/gen/ent/backfill"
	entpastrecord "github.com/jiebang/jiebang/ent/gen/ent/pastrecord"
	"github.com/jiebang/jiebang/services/backfilling/backfill"
	"github.com/jiebang/jiebang/services/backfilling/form"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/offering/sheet"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedBackfillServiceServer
	backfilling *Backfilling
	pager       *listing.Pager
}

// Serve serves backfills.
func (s *Backfilling) Serve(reg grpc.ServiceRegistrar, pager *listing.Pager) {
	pb.RegisterBackfillServiceServer(reg, server{backfilling: s, pager: pager})
}

var fields = listing.Fields{
	"state":       {Column: "state", Type: listing.Code},
	"source":      {Column: "source"},
	"create_time": {Column: "created_at", Type: listing.Instant},
}

var pastFields = listing.Fields{
	"kind":        {Column: "kind", Type: listing.Code},
	"state":       {Column: "state", Type: listing.Code},
	"source":      {Column: "source"},
	"date":        {Column: "date"},
	"create_time": {Column: "created_at", Type: listing.Instant},
}

// open reads the file of a request. A workbook waits for its turn, and keeps it until it is closed.
func (s *Backfilling) open(ctx context.Context, format pb.ImportFormat, content []byte) (t *sheet.Table, done func(), err error) {
	leave := func() {}
	if format == pb.ImportFormat_XLSX {
		select {
		case s.books <- struct{}{}:
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
		leave = func() { <-s.books }
	}
	defer func() { // also if a workbook makes its reader panic
		if t == nil {
			leave()
		}
	}()
	read := map[pb.ImportFormat]func([]byte, []sheet.Column) (*sheet.Table, error){
		pb.ImportFormat_XLSX: sheet.Long.Workbook, pb.ImportFormat_JSONL: sheet.Long.Lines, pb.ImportFormat_CSV: sheet.Long.Values}
	found, err := read[format](content, form.Columns)
	if err != nil {
		return nil, nil, rpc.At("content", err)
	}
	return found, func() { found.Close(); leave() }, nil
}

func (s server) ImportBackfill(ctx context.Context, req *pb.ImportBackfillRequest) (*pb.ImportBackfillResponse, error) {
	table, done, err := s.backfilling.open(ctx, req.GetFormat(), req.GetContent())
	if err != nil {
		return nil, err
	}
	defer done()
	scans := form.Scans{}
	for _, scan := range req.GetScans() {
		scans[scan.GetFilename()] = scan.GetSha256()
	}
	today := contract.SignDate(s.backfilling.db.Clock().Now())
	var rows []*form.Row
	for _, row := range table.Rows {
		rows = append(rows, form.Read(row, today, scans))
	}
	staged, err := s.backfilling.Import(ctx, req.GetSource(), rows)
	if err != nil {
		return nil, err
	}
	resp := imported(table, staged)
	if req.GetValidateOnly() {
		resp.Backfill = nil
	}
	return resp, nil
}

// act reads the name of a backfill and answers with what do did to it.
func act(name string, do func(backfillID string) (*ent.Backfill, error)) (*pb.Backfill, error) {
	ids, err := rpc.Resource("name", name, "backfills/*")
	if err != nil {
		return nil, err
	}
	b, err := do(ids[0])
	if err != nil {
		return nil, err
	}
	return message(b), nil
}

func (s server) GetBackfill(ctx context.Context, req *pb.GetBackfillRequest) (*pb.Backfill, error) {
	return act(req.GetName(), func(b string) (*ent.Backfill, error) {
		return find(ctx, s.backfilling.db.Read, identity.Caller(ctx), b)
	})
}

func (s server) RecordBackfill(ctx context.Context, req *pb.RecordBackfillRequest) (*pb.Backfill, error) {
	return act(req.GetName(), func(b string) (*ent.Backfill, error) {
		return s.backfilling.Record(ctx, b, req.GetEtag(), req.GetDigest())
	})
}

func (s server) DiscardBackfill(ctx context.Context, req *pb.DiscardBackfillRequest) (*pb.Backfill, error) {
	return act(req.GetName(), func(b string) (*ent.Backfill, error) {
		return s.backfilling.Discard(ctx, b, req.GetEtag(), req.GetReason())
	})
}

func (s server) ListBackfills(ctx context.Context, req *pb.ListBackfillsRequest) (*pb.ListBackfillsResponse, error) {
	page, err := s.pager.Open(listing.Query{List: "backfills", Size: req.GetPageSize(), Token: req.GetPageToken(), Filter: req.GetFilter(), OrderBy: req.GetOrderBy(),
		Sorts: listing.Created, Default: "create_time desc"})
	if err != nil {
		return nil, err
	}
	filter, err := fields.ParseFilter(req.GetFilter())
	if err != nil {
		return nil, err
	}
	query := s.backfilling.db.Read.Backfill.Query().Where(page.Where, entbackfill.Jurisdiction(identity.Caller(ctx).Jurisdiction))
	if filter != nil {
		query.Where(filter)
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListBackfillsResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(b *ent.Backfill) (time.Time, string) { return b.CreatedAt, b.ID })
	for _, b := range rows {
		resp.Backfills = append(resp.Backfills, message(b))
	}
	return resp, err
}

func (s server) ListBackfillRows(ctx context.Context, req *pb.ListBackfillRowsRequest) (*pb.ListBackfillRowsResponse, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "backfills/*")
	if err != nil {
		return nil, err
	}
	page, err := s.pager.Open(listing.Query{List: req.GetParent() + "/rows", Size: req.GetPageSize(), Token: req.GetPageToken()})
	if err != nil {
		return nil, err
	}
	b, err := find(ctx, s.backfilling.db.Read, identity.Caller(ctx), ids[0])
	if err != nil {
		return nil, err
	}
	rows, err := s.backfilling.rows(ctx, b)
	if err != nil {
		return nil, err
	}
	resp, from := &pb.ListBackfillRowsResponse{}, min(int(page.Number(0)), len(rows))
	for _, r := range rows[from:min(from+page.Limit, len(rows))] {
		resp.BackfillRows = append(resp.BackfillRows, rowMessage(r))
	}
	if from+page.Limit < len(rows) {
		resp.NextPageToken, err = page.Next(int64(from + page.Limit))
	}
	return resp, err
}

func (s server) GetBackfillTemplate(_ context.Context, req *pb.GetBackfillTemplateRequest) (*pb.BackfillTemplate, error) {
	if _, err := rpc.Resource("name", req.GetName(), "backfillTemplate"); err != nil {
		return nil, err
	}
	content, err := sheet.Form("揭榜挂帅补录清单", "单位:万元", form.Columns)
	return &pb.BackfillTemplate{Name: req.GetName(), Content: content}, err
}

func (s server) GetPastRecord(ctx context.Context, req *pb.GetPastRecordRequest) (*pb.PastRecord, error) {
	ids, err := rpc.Resource("name", req.GetName(), "pastRecords/*")
	if err != nil {
		return nil, err
	}
	p, err := s.backfilling.db.Read.PastRecord.Query().Where(entpastrecord.ID(ids[0])).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, backfill.ErrPastNotFound
	}
	if err != nil {
		return nil, err
	}
	return pastMessage(p), identity.May(ctx, identity.Caller(ctx), object(p.Jurisdiction), backfill.ErrPastNotFound, backfill.ErrPastNotFound)
}

func (s server) ListPastRecords(ctx context.Context, req *pb.ListPastRecordsRequest) (*pb.ListPastRecordsResponse, error) {
	page, err := s.pager.Open(listing.Query{List: "pastRecords", Size: req.GetPageSize(), Token: req.GetPageToken(), Filter: req.GetFilter(), OrderBy: req.GetOrderBy(),
		Sorts: listing.Created, Default: "create_time desc"})
	if err != nil {
		return nil, err
	}
	filter, err := pastFields.ParseFilter(req.GetFilter())
	if err != nil {
		return nil, err
	}
	query := s.backfilling.db.Read.PastRecord.Query().Where(page.Where, entpastrecord.Jurisdiction(identity.Caller(ctx).Jurisdiction))
	if filter != nil {
		query.Where(filter)
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListPastRecordsResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(p *ent.PastRecord) (time.Time, string) { return p.CreatedAt, p.ID })
	for _, p := range rows {
		resp.PastRecords = append(resp.PastRecords, pastMessage(p))
	}
	return resp, err
}
