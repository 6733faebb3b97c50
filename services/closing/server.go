package closing

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/counting"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/ledger"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedClosureServiceServer
	closing *Closing
	pager   *listing.Pager
}

// Serve serves closures.
func (s *Closing) Serve(reg grpc.ServiceRegistrar, pager *listing.Pager) {
	pb.RegisterClosureServiceServer(reg, server{closing: s, pager: pager})
}

var fields = listing.Fields{
	"ledger":      {Column: "jurisdiction"},
	"period":      {Column: "period"},
	"create_time": {Column: "created_at", Type: listing.Instant},
}

const pattern = "closures/*"

// made writes a closure that was just made, without the checkpoint that is to come: a change that is made again gives the same answer.
func made(ctx context.Context, c *ent.Closure, err error) (*pb.Closure, error) {
	if err != nil {
		return nil, err
	}
	return message(c, 0, counting.MayOpen(ctx, c.Jurisdiction) == nil), nil
}

// answer writes a closure with the checkpoint that has its entries.
func (s server) answer(ctx context.Context, c *ent.Closure, err error) (*pb.Closure, error) {
	if err != nil {
		return nil, err
	}
	checkpoint, err := counting.Checkpoint(ctx, s.closing.db.Read, c.Jurisdiction, c.Size)
	return message(c, checkpoint, counting.MayOpen(ctx, c.Jurisdiction) == nil), err
}

func (s server) ClosePeriod(ctx context.Context, req *pb.ClosePeriodRequest) (*pb.Closure, error) {
	ids, err := rpc.Resource("name", req.GetName(), "ledgers/*")
	if err != nil {
		return nil, err
	}
	if !id.IsJurisdiction(ids[0]) {
		return nil, ledger.ErrNotFound.With("jurisdiction", ids[0])
	}
	c, err := s.closing.Close(ctx, ids[0], req.GetPeriod())
	return made(ctx, c, err)
}

func (s server) RestatePeriod(ctx context.Context, req *pb.RestatePeriodRequest) (*pb.Closure, error) {
	ids, err := rpc.Resource("name", req.GetName(), pattern)
	if err != nil {
		return nil, err
	}
	c, err := s.closing.Restate(ctx, ids[0], req.GetEtag(), req.GetReason())
	return made(ctx, c, err)
}

func (s server) GetClosure(ctx context.Context, req *pb.GetClosureRequest) (*pb.Closure, error) {
	ids, err := rpc.Resource("name", req.GetName(), pattern)
	if err != nil {
		return nil, err
	}
	c, err := find(ctx, s.closing.db.Read, ids[0])
	return s.answer(ctx, c, err)
}

func (s server) ListClosures(ctx context.Context, req *pb.ListClosuresRequest) (*pb.ListClosuresResponse, error) {
	page, err := s.pager.Open(listing.Query{List: "closures", Size: req.GetPageSize(), Token: req.GetPageToken(), Filter: req.GetFilter(),
		Sorts: listing.Created, Default: "create_time desc"})
	if err != nil {
		return nil, err
	}
	filter, err := fields.ParseFilter(req.GetFilter())
	if err != nil {
		return nil, err
	}
	query := s.closing.db.Read.Closure.Query().Where(page.Where)
	if filter != nil {
		query.Where(filter)
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListClosuresResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(c *ent.Closure) (time.Time, string) { return c.CreatedAt, c.ID })
	if err != nil {
		return nil, err
	}
	for _, c := range rows {
		m, err := s.answer(ctx, c, nil)
		if err != nil {
			return nil, err
		}
		resp.Closures = append(resp.Closures, m)
	}
	return resp, nil
}

func (s server) CompareClosure(ctx context.Context, req *pb.CompareClosureRequest) (*pb.CompareClosureResponse, error) {
	ids, err := rpc.Resource("name", req.GetName(), pattern)
	if err != nil {
		return nil, err
	}
	c, rows, asOf, err := s.closing.Compare(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	m, err := s.answer(ctx, c, nil)
	if err != nil {
		return nil, err
	}
	resp := &pb.CompareClosureResponse{Closure: m, AsOfSequence: asOf}
	open := counting.MayOpen(ctx, c.Jurisdiction) == nil
	for _, r := range rows {
		if r.Kept && !open {
			continue
		}
		resp.Rows = append(resp.Rows, rowMessage(r))
	}
	checkpoint, err := counting.Checkpoint(ctx, s.closing.db.Read, c.Jurisdiction, asOf)
	resp.Checkpoint = counting.CheckpointName(c.Jurisdiction, checkpoint)
	return resp, err
}

func (s server) ListDifferences(ctx context.Context, req *pb.ListDifferencesRequest) (*pb.ListDifferencesResponse, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), pattern)
	if err != nil {
		return nil, err
	}
	c, err := find(ctx, s.closing.db.Read, ids[0])
	if err != nil {
		return nil, err
	}
	if err := counting.MayOpen(ctx, c.Jurisdiction); err != nil {
		return nil, err
	}
	page, err := s.pager.Open(listing.Query{List: req.GetParent(), Size: req.GetPageSize(), Token: req.GetPageToken(), Filter: fmt.Sprintf("%q", req.GetFigure())})
	if err != nil {
		return nil, err
	}
	asOf, after := counting.Pin(page)
	q, found, asOf, err := s.closing.Differences(ctx, c, req.GetFigure(), asOf, counting.Slice{After: after, Limit: page.Limit + 1})
	if err != nil {
		return nil, err
	}
	resp := &pb.ListDifferencesResponse{AsOfSequence: asOf}
	if found, resp.NextPageToken, err = counting.Cut(page, found, asOf); err != nil {
		return nil, err
	}
	if err := s.closing.counting.Name(ctx, q, found); err != nil {
		return nil, err
	}
	for _, r := range found {
		resp.Differences = append(resp.Differences, differenceMessage(q, r))
	}
	return resp, nil
}
