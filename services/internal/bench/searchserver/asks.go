package searchserver

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/jiebang/jiebang/services/internal/bench/province"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

const (
	questions = 40   // that are asked in turn
	mostAsked = 1000 // to find those
	answering = "meilisearch"
)

// Recorder keeps the body of the first request that follows record.
type Recorder struct {
	*http.Transport
	next  atomic.Pointer[[]byte]
	count atomic.Int64
}

// RoundTrip implements http.RoundTripper.
func (r *Recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	if into := r.next.Load(); into != nil && strings.HasSuffix(req.URL.Path, "/multi-search") {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		if r.count.Add(1) == 1 {
			*into = body
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	return r.Transport.RoundTrip(req)
}

// Asks are searches, what the product sends for each, and which is next on either side.
type Asks struct {
	requests   []*pb.SearchDemandsRequest
	bodies     [][]byte
	ours, bare int
}

// Ask asks questions until there are enough that the search server answers, and keeps what is sent first for each. One that it has no document for
// is answered by the engine in memory, and is not one.
func Ask(ctx context.Context, api pb.SearchServiceClient, sent *Recorder) (*Asks, error) {
	of, all, trips := province.New("questions"), &Asks{}, int64(0)
	for range mostAsked {
		req := &pb.SearchDemandsRequest{Query: of.Known(), PageSize: province.Page, Fields: []pb.TechnologyField{of.Field()}, Facets: []string{"field", "state", "jurisdiction"}}
		var body []byte
		sent.count.Store(0)
		sent.next.Store(&body)
		found, err := api.SearchDemands(ctx, req)
		sent.next.Store(nil)
		if err != nil {
			return nil, err
		}
		if found.GetInfo().GetEngine() != answering || body == nil {
			continue
		}
		trips += sent.count.Load()
		all.requests, all.bodies = append(all.requests, req), append(all.bodies, body)
		if len(all.bodies) == questions {
			log.Printf("  %d questions take %.2f requests to the search server each", questions, float64(trips)/questions)
			return all, nil
		}
	}
	return nil, fmt.Errorf("the search server answers %d of %d questions", len(all.bodies), mostAsked)
}

// Through asks the next question through the product. It is an error if the search server is not who answers.
func (a *Asks) Through(ctx context.Context, api pb.SearchServiceClient) error {
	a.ours++
	found, err := api.SearchDemands(ctx, a.requests[a.ours%len(a.requests)])
	if by := found.GetInfo().GetEngine(); err == nil && by != answering {
		err = fmt.Errorf("%s answered in the place of the search server", by)
	}
	return err
}

// Past sends the next body past it.
func (a *Asks) Past(ctx context.Context, s *Server) error {
	a.bare++
	return s.do(ctx, http.MethodPost, "/multi-search", s.Keys.Search, a.bodies[a.bare%len(a.bodies)])
}
