package reporting

import (
	"context"
	"strings"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/ledger"
	"github.com/jiebang/jiebang/services/reporting/metric"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedAuditServiceServer
	reporting *Reporting
}

// Serve serves totals.
func (r *Reporting) Serve(reg grpc.ServiceRegistrar) {
	pb.RegisterAuditServiceServer(reg, server{reporting: r})
}

func (s server) GetTotal(ctx context.Context, req *pb.GetTotalRequest) (*pb.Total, error) {
	ids, err := rpc.Resource("name", req.GetName(), "ledgers/*/total")
	if err != nil {
		return nil, err
	}
	jurisdiction := ids[0]
	switch {
	case jurisdiction == "-" && req.GetAtLeastSequence() > 0:
		return nil, rpc.ErrField.At("at_least_sequence").With("field", "at_least_sequence").With("rule", "one_ledger")
	case jurisdiction == "-":
		jurisdiction = ""
	case !id.IsJurisdiction(jurisdiction):
		return nil, ledger.ErrNotFound.With("jurisdiction", jurisdiction)
	}
	q := Question{Jurisdiction: jurisdiction, From: req.GetFromMonth(), To: req.GetToMonth(),
		GroupBy: rpc.Stored[string](req.GetGroupBy()), AtLeast: req.GetAtLeastSequence()}
	total, err := s.reporting.Total(ctx, q)
	if err != nil {
		return nil, err
	}
	m := &pb.Total{Name: req.GetName(), DemandsPublished: total.All.Published, ContractsSigned: total.All.Signed.Count, Amount: rpc.Money(total.All.Signed.Amount)}
	for _, g := range total.Groups {
		key := g.Key
		if q.GroupBy == "channel" || q.GroupBy == "field" {
			key = strings.ToUpper(key)
		}
		m.Groups = append(m.Groups, &pb.Total_Group{Key: key, DisplayName: metric.Name(g.Key), DemandsPublished: g.Published,
			ContractsSigned: g.Signed.Count, Amount: rpc.Money(g.Signed.Amount)})
	}
	for _, a := range total.AsOf {
		m.AsOf = append(m.AsOf, &pb.Total_AsOf{Jurisdiction: a.Jurisdiction, Sequence: a.Sequence})
	}
	return m, nil
}
