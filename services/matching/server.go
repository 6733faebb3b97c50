package matching

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/match"
	"github.com/jiebang/jiebang/services/matching/outcome"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/offering"
	"github.com/jiebang/jiebang/services/posting"

	gmoney "google.golang.org/genproto/googleapis/type/money"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedSearchServiceServer
	pb.UnimplementedMatchServiceServer
	matching *Matching
	pager    *listing.Pager
}

// Serve serves searches and matches.
func (m *Matching) Serve(reg grpc.ServiceRegistrar, pager *listing.Pager) {
	s := server{matching: m, pager: pager}
	pb.RegisterSearchServiceServer(reg, s)
	pb.RegisterMatchServiceServer(reg, s)
}

// search is what the requests of all searches share.
type search interface {
	proto.Message
	GetQuery() string
	GetPageSize() int32
	GetPageToken() string
	GetFacets() []string
	GetOrderBy() string
	GetFields() []pb.TechnologyField
}

// maxPage is the longest page of a search.
const maxPage = 100

// open reads what all searches share; the token of a page belongs to its whole request.
func (s server) open(req search) (engine.Query, *listing.Page, error) {
	whole := proto.Clone(req)
	for _, name := range []string{"page_token", "page_size"} {
		whole.ProtoReflect().Clear(whole.ProtoReflect().Descriptor().Fields().ByName(protoName(name)))
	}
	key, err := proto.MarshalOptions{Deterministic: true}.Marshal(whole)
	if err != nil {
		return engine.Query{}, nil, err
	}
	page, err := s.pager.Open(listing.Query{List: string(req.ProtoReflect().Descriptor().Name()), Size: req.GetPageSize(), Token: req.GetPageToken(),
		Filter: string(key), MaxSize: maxPage, UsualSize: listing.DefaultPage})
	if err != nil {
		return engine.Query{}, nil, err
	}
	q := engine.Query{Text: req.GetQuery(), Facets: req.GetFacets(), Offset: int(page.Number(0))}
	q.Limit = min(page.Limit, engine.MaxWindow-q.Offset)
	switch column, desc := strings.CutSuffix(req.GetOrderBy(), " desc"); {
	case column != "":
		q.Sort = []engine.Sort{{Attr: column, Desc: desc}}
	case strings.TrimSpace(q.Text) == "":
		q.Sort = []engine.Sort{{Attr: "publish_time", Desc: true}}
	}
	return q, page, nil
}

// next is the token of the page after this one, if there is one within the window.
func next(page *listing.Page, q engine.Query, more bool) (string, error) {
	if at := q.Offset + q.Limit; more && at < engine.MaxWindow {
		return page.Next(int64(at))
	}
	return "", nil
}

// filters gathers conditions that a request may or may not have.
type filters struct {
	all engine.And
	err error
}

func anyOf[E interface {
	~int32
	fmt.Stringer
}](f *filters, attr string, values []E) {
	if len(values) == 0 {
		return
	}
	in := engine.In{Attr: attr}
	for _, v := range values {
		in.Values = append(in.Values, engine.Str(v.String()))
	}
	f.all = append(f.all, in)
}

// amounts admits what has an amount within the bounds.
func (f *filters) amounts(attr string, least, most *gmoney.Money, names [2]string) {
	r := engine.Range{Attr: attr}
	for i, m := range []*gmoney.Money{least, most} {
		if m == nil {
			continue
		}
		fen, err := money.FromUnits(m.GetCurrencyCode(), m.GetUnits(), m.GetNanos())
		if err != nil {
			f.err = rpc.At(names[i], err)
			return
		}
		if i == 0 {
			r.Min = engine.Num(fen)
		} else {
			r.Max = engine.Num(fen)
		}
	}
	if r.Min != nil || r.Max != nil {
		f.all = append(f.all, r)
	}
}

// filter is nil if nothing is asked for.
func (f *filters) filter() engine.Filter {
	if len(f.all) == 0 {
		return nil
	}
	return f.all
}

// SearchDemands finds demands.
func (s server) SearchDemands(ctx context.Context, req *pb.SearchDemandsRequest) (*pb.SearchDemandsResponse, error) {
	q, page, err := s.open(req)
	if err != nil {
		return nil, err
	}
	var f filters
	anyOf(&f, "field", req.GetFields())
	anyOf(&f, "state", req.GetStates())
	f.amounts("budget", req.GetMinBudget(), req.GetMaxBudget(), [2]string{"min_budget", "max_budget"})
	if j := req.GetJurisdiction(); j != "" {
		f.all = append(f.all, engine.Eq{Attr: "jurisdiction", Value: engine.Str(j)})
	}
	if at := req.GetOpenAt(); at != nil {
		f.all = append(f.all, engine.Eq{Attr: "state", Value: engine.Str(pb.Demand_PUBLISHED.String())},
			engine.Range{Attr: "deadline", Min: engine.Time(at.AsTime()), AboveMin: true})
	}
	if q.Filter = f.filter(); f.err != nil {
		return nil, f.err
	}
	found, err := s.matching.Demands(ctx, q)
	if err != nil {
		return nil, err
	}
	resp := &pb.SearchDemandsResponse{Snippets: snippets(found.Hits), Facets: facets(req.GetFacets(), found.Answer), Info: info(found.Answer)}
	for _, d := range found.Rows {
		resp.Demands = append(resp.Demands, posting.Message(d))
	}
	for _, d := range found.Rows {
		s.matching.outcomes.Show(outcome.Search, d, identity.Caller(ctx).Organization, identity.Caller(ctx))
	}
	resp.NextPageToken, err = next(page, q, found.More)
	return resp, err
}

// SearchAchievements finds achievements.
func (s server) SearchAchievements(ctx context.Context, req *pb.SearchAchievementsRequest) (*pb.SearchAchievementsResponse, error) {
	q, page, err := s.open(req)
	if err != nil {
		return nil, err
	}
	var f filters
	anyOf(&f, "field", req.GetFields())
	anyOf(&f, "maturity", req.GetMaturities())
	anyOf(&f, "cooperation_mode", req.GetCooperationModes())
	f.amounts("price", nil, req.GetMaxPrice(), [2]string{"", "max_price"})
	if trl := req.GetMinTrl(); trl > 0 {
		f.all = append(f.all, engine.Range{Attr: "trl", Min: engine.Num(trl)})
	}
	if q.Filter = f.filter(); f.err != nil {
		return nil, f.err
	}
	found, err := s.matching.Achievements(ctx, q)
	if err != nil {
		return nil, err
	}
	resp := &pb.SearchAchievementsResponse{Snippets: snippets(found.Hits), Facets: facets(req.GetFacets(), found.Answer), Info: info(found.Answer)}
	for _, a := range found.Rows {
		resp.Achievements = append(resp.Achievements, offering.AchievementMessage(a))
	}
	resp.NextPageToken, err = next(page, q, found.More)
	return resp, err
}

// SearchOrganizations finds experts, laboratories and brokers.
func (s server) SearchOrganizations(ctx context.Context, req *pb.SearchOrganizationsRequest) (*pb.SearchOrganizationsResponse, error) {
	q, page, err := s.open(req)
	if err != nil {
		return nil, err
	}
	var f filters
	anyOf(&f, "field", req.GetFields())
	anyOf(&f, "kind", req.GetKinds())
	q.Filter = f.filter()
	found, err := s.matching.Profiles(ctx, q)
	if err != nil {
		return nil, err
	}
	resp := &pb.SearchOrganizationsResponse{Snippets: snippets(found.Hits), Facets: facets(req.GetFacets(), found.Answer), Info: info(found.Answer)}
	for _, p := range found.Rows {
		resp.Profiles = append(resp.Profiles, offering.ProfileMessage(p))
	}
	resp.NextPageToken, err = next(page, q, found.More)
	return resp, err
}

// SuggestQueries suggests what to search for.
func (s server) SuggestQueries(ctx context.Context, req *pb.SuggestQueriesRequest) (*pb.SuggestQueriesResponse, error) {
	suggestions, err := s.matching.Suggest(ctx, req.GetQuery())
	return &pb.SuggestQueriesResponse{Suggestions: suggestions}, err
}

// suggested is how many suggestions a caller gets.
func suggested(asked int32) int {
	const usual, most = 10, 50
	if asked == 0 {
		return usual
	}
	return min(int(asked), most)
}

// MatchDemand finds what could answer a demand.
func (s server) MatchDemand(ctx context.Context, req *pb.MatchDemandRequest) (*pb.MatchDemandResponse, error) {
	ids, err := rpc.Resource("name", req.GetName(), "demands/*")
	if err != nil {
		return nil, err
	}
	found, err := s.matching.Counterparts(ctx, ids[0], suggested(req.GetMaxCount()))
	if err != nil {
		return nil, err
	}
	for _, a := range found.Achievements {
		s.matching.outcomes.Show(outcome.MatchDemand, found.Demand, a.Row.OrganizationID, identity.Caller(ctx))
	}
	for _, p := range found.Profiles {
		s.matching.outcomes.Show(outcome.MatchDemand, found.Demand, p.Row.OrganizationID, identity.Caller(ctx))
	}
	return counterparts(found, s.matching.model.weights.Version), nil
}

// MatchOrganization finds the open demands that an organization could take.
func (s server) MatchOrganization(ctx context.Context, req *pb.MatchOrganizationRequest) (*pb.MatchOrganizationResponse, error) {
	ids, err := rpc.Resource("name", req.GetName(), "organizations/*")
	if err != nil {
		return nil, err
	}
	found, by, err := s.matching.Opportunities(ctx, ids[0], suggested(req.GetMaxCount()))
	if err != nil {
		return nil, err
	}
	resp := &pb.MatchOrganizationResponse{ModelVersion: s.matching.model.weights.Version, Engine: by}
	for _, f := range found {
		s.matching.outcomes.Show(outcome.MatchOrganization, f.Row, ids[0], identity.Caller(ctx))
		resp.Demands = append(resp.Demands, &pb.MatchOrganizationResponse_DemandMatch{Demand: posting.Message(f.Row), Score: int32(f.Score),
			Reasons: reasons(f.Reasons), Because: f.Because})
	}
	return resp, nil
}

// GetMatchModel shows the weights.
func (s server) GetMatchModel(_ context.Context, req *pb.GetMatchModelRequest) (*pb.MatchModel, error) {
	return &pb.MatchModel{Name: req.GetName(), Version: s.matching.model.weights.Version, Document: match.Document()}, nil
}

// RecordEngagement notes that a result was opened or its owner contacted.
func (s server) RecordEngagement(ctx context.Context, req *pb.RecordEngagementRequest) (*pb.RecordEngagementResponse, error) {
	demand, err := rpc.Resource("demand", req.GetDemand(), "demands/*")
	if err != nil {
		return nil, err
	}
	organization, err := rpc.Resource("organization", req.GetOrganization(), "organizations/*")
	if err != nil {
		return nil, err
	}
	err = s.matching.outcomes.Record(ctx, demand[0], organization[0], rpc.Stored[string](req.GetSource()), rpc.Stored[string](req.GetStep()))
	return &pb.RecordEngagementResponse{}, err
}

// SummarizeEngagements tells what became of matches.
func (s server) SummarizeEngagements(ctx context.Context, req *pb.SummarizeEngagementsRequest) (*pb.SummarizeEngagementsResponse, error) {
	outcomes, err := s.matching.outcomes.Between(ctx, identity.Caller(ctx).Jurisdiction, req.GetFromDay(), req.GetToDay())
	if err != nil {
		return nil, err
	}
	resp := &pb.SummarizeEngagementsResponse{}
	for _, o := range outcomes {
		resp.Rows = append(resp.Rows, &pb.SummarizeEngagementsResponse_Row{Source: rpc.Enum[pb.MatchSource](pb.MatchSource_value, o.Source),
			Shown: o.Shown, Opened: o.Opened, Contacted: o.Contacted, Bid: o.Bid, Signed: o.Contract})
	}
	return resp, nil
}

func (s server) ListSimilarDemands(ctx context.Context, req *pb.ListSimilarDemandsRequest) (*pb.ListSimilarDemandsResponse, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "demands/*")
	if err != nil {
		return nil, err
	}
	found, err := s.matching.Similar(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	resp := &pb.ListSimilarDemandsResponse{}
	for _, f := range found {
		one := &pb.SimilarDemand{Demand: id.DemandName(f.Demand.ID), Title: f.Demand.Title, Organization: id.OrganizationName(f.Demand.OrganizationID), Similarity: int32(f.Similarity)}
		if f.Demand.Number != nil {
			one.Number = *f.Demand.Number
		}
		resp.SimilarDemands = append(resp.SimilarDemands, one)
	}
	return resp, nil
}
