// Package counting_test asks for figures over gRPC, on each database.
package counting_test

import (
	"testing"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

const ledger = "ledgers/" + markettest.Jurisdiction

// reader is somebody of the bureau who may read what figures are made of.
func reader(m *markettest.Market) *markettest.Founder {
	return m.Found(m.Bureau.Name, pb.Role_APPROVER)
}

// number is a value as one number: fen or a count.
func number(v *pb.FigureValue) int64 {
	if a := v.GetAmount(); a != nil {
		return a.GetUnits()*100 + int64(a.GetNanos()/10_000_000)
	}
	return v.GetNumber()
}

// ask asks for a figure.
func ask(t *testing.T, m *markettest.Market, as *markettest.Founder, req *pb.GetFigureRequest) *pb.Figure {
	t.Helper()
	req.Name = ledger + "/figures/" + req.Name
	return markettest.Must(m.Figures.GetFigure(as.Ctx(), req))(t)
}

// groups are all pages of the groups of a figure.
func groups(t *testing.T, m *markettest.Market, as *markettest.Founder, req *pb.ListFigureGroupsRequest) (all []*pb.FigureGroup) {
	t.Helper()
	req.Parent, req.PageSize = ledger+"/figures/"+req.Parent, 2
	for {
		resp := markettest.Must(m.Figures.ListFigureGroups(as.Ctx(), req))(t)
		all = append(all, resp.GetGroups()...)
		if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
			return all
		}
	}
}

// records are all pages of the records of a figure, and what they add up to.
func records(t *testing.T, m *markettest.Market, as *markettest.Founder, req *pb.ListFigureRecordsRequest) (all []*pb.FigureRecord, sum int64) {
	t.Helper()
	req.Parent, req.PageSize = ledger+"/figures/"+req.Parent, 3
	for {
		resp := markettest.Must(m.Figures.ListFigureRecords(as.Ctx(), req))(t)
		for _, r := range resp.GetRecords() {
			sum += number(r.GetValue())
		}
		all = append(all, resp.GetRecords()...)
		if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
			return all, sum
		}
	}
}
