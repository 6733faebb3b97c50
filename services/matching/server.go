package matching

import (
	"context"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"
	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entdemand "github.com/jiebang/jiebang/ent/gen/ent/demand"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/posting"
	"github.com/jiebang/jiebang/services/posting/demand"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedSearchServiceServer
	matching *Matching
	pager    *listing.Pager
}

// Serve serves searches.
func (m *Matching) Serve(reg grpc.ServiceRegistrar, pager *listing.Pager) {
	pb.RegisterSearchServiceServer(reg, server{matching: m, pager: pager})
}

// SearchDemands finds published demands by the words of their titles, in the database.
func (s server) SearchDemands(ctx context.Context, req *pb.SearchDemandsRequest) (*pb.SearchDemandsResponse, error) {
	page, err := s.pager.Open(listing.Query{List: "search demands", Size: req.GetPageSize(), Token: req.GetPageToken(), Filter: req.GetQuery(),
		Sorts: listing.Created, Default: "create_time desc"})
	if err != nil {
		return nil, err
	}
	words := strings.Fields(req.GetQuery())
	if len(words) == 0 {
		return nil, rpc.ErrField.At("query").With("field", "query").With("rule", "required")
	}
	query := s.matching.db.Read.Demand.Query().Where(entdemand.StateNEQ(demand.Draft), func(q *sql.Selector) {
		for _, w := range words {
			q.Where(titleHas(q, w))
		}
		page.Where(q)
	})
	rows, err := query.All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.SearchDemandsResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(d *ent.Demand) (time.Time, string) { return d.CreatedAt, d.ID })
	for _, d := range rows {
		resp.Demands = append(resp.Demands, posting.Message(d))
	}
	return resp, err
}
