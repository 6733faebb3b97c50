package scoring

import (
	"context"
	"strings"
	"time"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entsheet "github.com/jiebang/jiebang/ent/gen/ent/sheet"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/judging/evaluation"
	"github.com/jiebang/jiebang/services/judging/score"
	"github.com/jiebang/jiebang/services/ledger/entry"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedSheetServiceServer
	scoring *Scoring
	pager   *listing.Pager
}

// Serve serves sheets.
func (s *Scoring) Serve(reg grpc.ServiceRegistrar, pager *listing.Pager) {
	pb.RegisterSheetServiceServer(reg, server{scoring: s, pager: pager})
}

// on reads the name of a sheet and answers with what do did to it.
func on(name, etag string, do func(Named) (*Sheet, error)) (*pb.Sheet, error) {
	ids, err := rpc.Resource("name", name, "demands/*/sheets/*")
	if err != nil {
		return nil, err
	}
	s, err := do(Named{ids[0], ids[1], etag})
	if err != nil {
		return nil, err
	}
	return message(s)
}

func (s server) GetSheet(ctx context.Context, req *pb.GetSheetRequest) (*pb.Sheet, error) {
	return on(req.GetName(), "", func(n Named) (*Sheet, error) { return s.scoring.Find(ctx, n.Demand, n.Sheet) })
}

var fields = listing.Fields{
	"state":        {Column: "state", Type: listing.Code},
	"organization": {Column: "organization_id", Prefix: "organizations/"},
	"create_time":  {Column: "created_at", Type: listing.Instant},
}

func (s server) ListSheets(ctx context.Context, req *pb.ListSheetsRequest) (*pb.ListSheetsResponse, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "demands/*")
	if err != nil {
		return nil, err
	}
	page, err := s.pager.Open(listing.Query{List: req.GetParent() + "/sheets", Size: req.GetPageSize(), Token: req.GetPageToken(), Filter: req.GetFilter(),
		OrderBy: req.GetOrderBy(), Sorts: listing.Created, Default: "create_time desc"})
	if err != nil {
		return nil, err
	}
	filter, err := fields.ParseFilter(req.GetFilter())
	if err != nil {
		return nil, err
	}
	query := s.scoring.db.Read.Sheet.Query().Where(page.Where, s.scoring.readable(identity.Caller(ctx)))
	if ids[0] != "-" {
		query.Where(entsheet.DemandID(ids[0]))
	}
	if filter != nil {
		query.Where(filter)
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListSheetsResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(s *ent.Sheet) (time.Time, string) { return s.CreatedAt, s.ID })
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		one, err := withBidder(ctx, s.scoring.db.Read, row)
		if err != nil {
			return nil, err
		}
		m, err := message(one)
		if err != nil {
			return nil, err
		}
		resp.Sheets = append(resp.Sheets, m)
	}
	return resp, nil
}

func (s server) DeclareConflict(ctx context.Context, req *pb.DeclareConflictRequest) (*pb.Sheet, error) {
	return on(req.GetName(), req.GetEtag(), func(n Named) (*Sheet, error) { return s.scoring.Declare(ctx, n, req.GetConflicted(), req.GetReason()) })
}

func (s server) LockSheet(ctx context.Context, req *pb.LockSheetRequest) (*pb.Sheet, error) {
	return on(req.GetName(), req.GetEtag(), func(n Named) (*Sheet, error) {
		return s.scoring.Lock(ctx, n, pointsOf(req.GetPoints()), req.GetRemark())
	})
}

func (s server) ExplainSheet(ctx context.Context, req *pb.ExplainSheetRequest) (*pb.Sheet, error) {
	return on(req.GetName(), req.GetEtag(), func(n Named) (*Sheet, error) { return s.scoring.Explain(ctx, n, req.GetReason()) })
}

func (s server) ReopenSheet(ctx context.Context, req *pb.ReopenSheetRequest) (*pb.Sheet, error) {
	return on(req.GetName(), req.GetEtag(), func(n Named) (*Sheet, error) { return s.scoring.Unlock(ctx, n, req.GetReason()) })
}

// message writes a sheet.
func message(s *Sheet) (*pb.Sheet, error) {
	m := &pb.Sheet{
		Name: id.SheetName(s.DemandID, s.ID), Bid: id.BidName(s.DemandID, s.BidID), Bidder: id.OrganizationName(s.Bidder),
		Organization: id.OrganizationName(s.OrganizationID), State: rpc.Enum[pb.Sheet_State](pb.Sheet_State_value, s.State), ConflictReason: s.Conflict,
		Remark: s.Remark, DeviationReason: s.Words, LockTime: rpc.OptionalStamp(s.LockedAt), Jurisdiction: s.Jurisdiction, Etag: rpc.Etag(s.Version),
		CreateTime: rpc.Stamp(s.CreatedAt), UpdateTime: rpc.Stamp(s.UpdatedAt),
		Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: s.Jurisdiction, Sequence: s.EntrySeq, Hash: s.EntryHash}),
	}
	if s.PersonID != "" {
		m.Person = id.PersonName(s.PersonID)
	}
	for h := range strings.FieldsSeq(s.Hints) {
		m.Hints = append(m.Hints, rpc.Enum[pb.Sheet_Hint](pb.Sheet_Hint_value, evaluation.Hint(h)))
	}
	points, err := score.DecodePoints(s.Points)
	if err != nil {
		return nil, err
	}
	m.Points = pointMessages(points)
	former, err := evaluation.Decode[[]evaluation.Former](s.Former)
	if err != nil {
		return nil, err
	}
	for _, f := range former {
		locked, err := time.Parse(entry.TimeLayout, f.Locked)
		if err != nil {
			return nil, err
		}
		m.FormerVersions = append(m.FormerVersions, &pb.Sheet_Version{Points: pointMessages(f.Points), Remark: f.Remark, DeviationReason: f.Words,
			LockTime: rpc.Stamp(locked), ReopenReason: f.Reason})
	}
	return m, nil
}

func pointMessages(points []int) (ms []*pb.Sheet_Points) {
	for _, n := range points {
		if n == score.NotApplicable {
			ms = append(ms, &pb.Sheet_Points{NotApplicable: true})
			continue
		}
		ms = append(ms, &pb.Sheet_Points{Value: int32(n)})
	}
	return ms
}

func pointsOf(ms []*pb.Sheet_Points) []int {
	points := make([]int, len(ms))
	for i, m := range ms {
		if points[i] = int(m.GetValue()); m.GetNotApplicable() {
			points[i] = score.NotApplicable
		}
	}
	return points
}
