package counting

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/services/counting/figure"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/ledger"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedFigureServiceServer
	counting *Counting
	pager    *listing.Pager
}

// Serve serves figures.
func (s *Counting) Serve(reg grpc.ServiceRegistrar, pager *listing.Pager) {
	pb.RegisterFigureServiceServer(reg, server{counting: s, pager: pager})
}

func (s server) ListFigureDefinitions(_ context.Context, req *pb.ListFigureDefinitionsRequest) (*pb.ListFigureDefinitionsResponse, error) {
	page, err := s.pager.Open(listing.Query{List: "figureDefinitions", Size: req.GetPageSize(), Token: req.GetPageToken()})
	if err != nil {
		return nil, err
	}
	all := figure.Definitions()
	first := min(page.Number(0), int64(len(all)))
	end := min(first+int64(page.Limit), int64(len(all)))
	resp := &pb.ListFigureDefinitionsResponse{}
	for _, d := range all[first:end] {
		resp.FigureDefinitions = append(resp.FigureDefinitions, definitionMessage(d))
	}
	if end < int64(len(all)) {
		resp.NextPageToken, err = page.Next(end)
	}
	return resp, err
}

// asked is what the requests about figures have in common.
type asked interface {
	GetPeriod() string
	GetDimension() pb.FigureDimension
	GetVersion() int32
	GetKey() string
}

// question reads what a request asks.
func question(ctx context.Context, field, name string, req asked) (q Question, err error) {
	ids, err := rpc.Resource(field, name, "ledgers/*/figures/*")
	if err != nil {
		return q, err
	}
	q = Question{Jurisdiction: ids[0], Dimension: rpc.Stored[figure.Dimension](req.GetDimension()), Key: req.GetKey()}
	if !id.IsJurisdiction(q.Jurisdiction) {
		return q, ledger.ErrNotFound.With("jurisdiction", q.Jurisdiction)
	}
	if q.Period, err = figure.ParsePeriod(req.GetPeriod()); err != nil {
		return q, rpc.At("period", err)
	}
	if q.Definition, err = figure.InForce(ids[1], q.Period); req.GetVersion() > 0 {
		q.Definition, err = figure.ByRef(fmt.Sprintf("%s@%d", ids[1], req.GetVersion()))
	}
	if err == nil && (q.Dimension.Names() || q.Definition.Kept) {
		err = MayOpen(ctx, q.Jurisdiction)
	}
	if q.Dimension == figure.Whole && q.Key != "" {
		return q, figure.ErrDimension.With("figure", q.Definition.Code).With("dimension", "").At("dimension")
	}
	return q, err
}

func (s server) GetFigure(ctx context.Context, req *pb.GetFigureRequest) (*pb.Figure, error) {
	q, err := question(ctx, "name", req.GetName(), req)
	if err != nil {
		return nil, err
	}
	q.AtLeast = req.GetAtLeastSequence()
	g, asOf, err := s.counting.One(ctx, q)
	if err != nil {
		return nil, err
	}
	checkpoint, err := Checkpoint(ctx, s.counting.db.Read, q.Jurisdiction, asOf)
	d := q.Definition
	return &pb.Figure{Name: req.GetName(), Definition: DefinitionName(d), DisplayName: d.Name, Unit: UnitMessage(d), Period: string(q.Period), Dimension: req.GetDimension(),
		Key: q.Key, Value: optionalValue(d, g.Value), LastValue: optionalValue(d, g.Last), ChangeBasisPoints: g.Change, AsOfSequence: asOf,
		Checkpoint: CheckpointName(q.Jurisdiction, checkpoint)}, err
}

func (s server) ListFigureGroups(ctx context.Context, req *pb.ListFigureGroupsRequest) (*pb.ListFigureGroupsResponse, error) {
	q, err := question(ctx, "parent", req.GetParent(), req)
	if err != nil {
		return nil, err
	}
	page, err := s.pager.Open(listing.Query{List: req.GetParent(), Size: req.GetPageSize(), Token: req.GetPageToken(),
		Filter: fmt.Sprintf("groups %q %q %q %d %s", q.Period, q.Dimension, q.Key, req.GetVersion(), req.GetPart())})
	if err != nil {
		return nil, err
	}
	resp := &pb.ListFigureGroupsResponse{Definition: DefinitionName(q.Definition)}
	answer, err := s.groups(ctx, req, q, page, resp)
	if err != nil {
		return nil, err
	}
	resp.AsOfSequence = answer.AsOf
	checkpoint, err := Checkpoint(ctx, s.counting.db.Read, q.Jurisdiction, answer.AsOf)
	resp.Checkpoint = CheckpointName(q.Jurisdiction, checkpoint)
	return resp, err
}

// groups fills a page of groups, by parts or by keys.
func (s server) groups(ctx context.Context, req *pb.ListFigureGroupsRequest, q Question, page *listing.Page, resp *pb.ListFigureGroupsResponse) (*Answer, error) {
	if req.GetPart() != pb.ListFigureGroupsRequest_PART_UNSPECIFIED {
		answer, err := s.counting.Parts(ctx, q, rpc.Stored[figure.Size](req.GetPart()))
		if err != nil {
			return nil, err
		}
		for _, g := range answer.Groups {
			m := groupMessage(q, g, g.Period.Name())
			m.Key = string(g.Period)
			resp.Groups = append(resp.Groups, m)
		}
		return answer, nil
	}
	if q.Dimension == figure.Whole {
		return nil, figure.ErrDimension.With("figure", q.Definition.Code).With("dimension", "").At("dimension")
	}
	after, rest := strings.CutPrefix(page.After(), "/") // so that a page may begin after the empty key
	answer, err := s.counting.Keys(ctx, q, after, !rest, page.Limit+1)
	if err != nil {
		return nil, err
	}
	if len(answer.Groups) > page.Limit {
		answer.Groups = answer.Groups[:page.Limit]
		if resp.NextPageToken, err = page.NextAfter("/" + answer.Groups[page.Limit-1].Key); err != nil {
			return nil, err
		}
	}
	names, err := s.counting.names(ctx, q, answer.Groups)
	for _, g := range answer.Groups {
		name := names[g.Key]
		if name == "" {
			name = keyName(q.Dimension, g.Key)
		}
		resp.Groups = append(resp.Groups, groupMessage(q, g, name))
	}
	return answer, err
}

// Pin reads from the token of a page as of which entry its list stands, −1 for none, and the key after which the page begins.
func Pin(page *listing.Page) (asOf int64, after string) {
	pinned, after, ok := strings.Cut(page.After(), " ")
	n, err := strconv.ParseInt(pinned, 10, 64)
	if !ok || err != nil {
		return -1, ""
	}
	return n, after
}

// Cut takes a page of records, and seals the token of the next one.
func Cut(page *listing.Page, records []Record, asOf int64) ([]Record, string, error) {
	if len(records) <= page.Limit {
		return records, "", nil
	}
	records = records[:page.Limit]
	token, err := page.NextAfter(fmt.Sprintf("%d %s", asOf, records[page.Limit-1].Key))
	return records, token, err
}

func (s server) ListFigureRecords(ctx context.Context, req *pb.ListFigureRecordsRequest) (*pb.ListFigureRecordsResponse, error) {
	q, err := question(ctx, "parent", req.GetParent(), req)
	if err != nil {
		return nil, err
	}
	if err := MayOpen(ctx, q.Jurisdiction); err != nil {
		return nil, err
	}
	page, err := s.pager.Open(listing.Query{List: req.GetParent(), Size: req.GetPageSize(), Token: req.GetPageToken(),
		Filter: fmt.Sprintf("records %q %q %q %d", q.Period, q.Dimension, q.Key, req.GetVersion())})
	if err != nil {
		return nil, err
	}
	asOf, after := Pin(page)
	records, asOf, err := s.counting.Records(ctx, q, asOf, Slice{after, page.Limit + 1})
	if err != nil {
		return nil, err
	}
	resp := &pb.ListFigureRecordsResponse{AsOfSequence: asOf, Definition: DefinitionName(q.Definition)}
	if records, resp.NextPageToken, err = Cut(page, records, asOf); err != nil {
		return nil, err
	}
	if err := s.counting.Name(ctx, q, records); err != nil {
		return nil, err
	}
	for _, r := range records {
		resp.Records = append(resp.Records, recordMessage(q, r))
	}
	checkpoint, err := Checkpoint(ctx, s.counting.db.Read, q.Jurisdiction, asOf)
	resp.Checkpoint = CheckpointName(q.Jurisdiction, checkpoint)
	return resp, err
}
