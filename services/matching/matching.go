// Package matching brings demands and those who could solve them together. A search finds; it decides nothing, and it answers with what the
// caller may read and nothing else.
package matching

import (
	"context"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"
	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entdemand "github.com/jiebang/jiebang/ent/gen/ent/demand"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/posting"
	"github.com/jiebang/jiebang/services/posting/demand"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Matching searches.
type Matching struct{ db *storage.DB }

// New returns the matching of db.
func New(db *storage.DB) *Matching { return &Matching{db} }

type server struct {
	pb.UnimplementedSearchServiceServer
	matching *Matching
	pager    *rpc.Pager
}

// Serve serves searches.
func (m *Matching) Serve(reg grpc.ServiceRegistrar, pager *rpc.Pager) {
	pb.RegisterSearchServiceServer(reg, server{matching: m, pager: pager})
}

// maxWords is how many words of a query are looked at.
const maxWords = 10

// SearchDemands finds published demands by the words of their titles, in the database.
func (s server) SearchDemands(ctx context.Context, req *pb.SearchDemandsRequest) (*pb.SearchDemandsResponse, error) {
	page, err := s.pager.Open(rpc.Query{List: "search demands", Size: req.GetPageSize(), Token: req.GetPageToken(), Filter: req.GetQuery(),
		Sorts: rpc.Created, Default: "create_time desc"})
	if err != nil {
		return nil, err
	}
	words := strings.Fields(req.GetQuery())
	if len(words) == 0 {
		return nil, rpc.ErrField.At("query").With("field", "query").With("rule", "required")
	}
	query := s.matching.db.Read.Demand.Query().Where(entdemand.StateNEQ(demand.Draft), func(q *sql.Selector) {
		for _, w := range words[:min(len(words), maxWords)] {
			q.Where(sql.ContainsFold(q.C(entdemand.FieldTitle), w))
		}
		page.Where(q)
	})
	rows, err := query.All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.SearchDemandsResponse{}
	rows, resp.NextPageToken, err = rpc.Cut(page, rows, func(d *ent.Demand) (time.Time, string) { return d.CreatedAt, d.ID })
	for _, d := range rows {
		resp.Demands = append(resp.Demands, posting.Message(d))
	}
	return resp, err
}
