package disclosing

import (
	"context"
	"time"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entdisclosure "github.com/jiebang/jiebang/ent/gen/ent/disclosure"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/posting"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedDisclosureServiceServer
	disclosing *Disclosing
	pager      *listing.Pager
}

// Serve serves disclosures.
func (s *Disclosing) Serve(reg grpc.ServiceRegistrar, pager *listing.Pager) {
	pb.RegisterDisclosureServiceServer(reg, server{disclosing: s, pager: pager})
}

func (s server) GetAgreement(_ context.Context, req *pb.GetAgreementRequest) (*pb.Agreement, error) {
	if _, err := rpc.Resource("name", req.GetName(), "agreement"); err != nil {
		return nil, err
	}
	return &pb.Agreement{Name: "agreement", Version: Version, Text: Text}, nil
}

func (s server) AcceptAgreement(ctx context.Context, req *pb.AcceptAgreementRequest) (*pb.Disclosure, error) {
	ids, err := rpc.Resource("name", req.GetName(), "demands/*")
	if err != nil {
		return nil, err
	}
	r, err := s.disclosing.Accept(ctx, ids[0], req.GetVersion())
	if err != nil {
		return nil, err
	}
	return message(r), nil
}

func (s server) DiscloseDemand(ctx context.Context, req *pb.DiscloseDemandRequest) (*pb.DiscloseDemandResponse, error) {
	ids, err := rpc.Resource("name", req.GetName(), "demands/*")
	if err != nil {
		return nil, err
	}
	given, err := s.disclosing.Disclose(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	return &pb.DiscloseDemandResponse{NdaDetails: given.NDA, WinnerDetails: given.Winner, Disclosure: message(given.Row)}, nil
}

func (s server) ListDisclosures(ctx context.Context, req *pb.ListDisclosuresRequest) (*pb.ListDisclosuresResponse, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "demands/*")
	if err != nil {
		return nil, err
	}
	caller := identity.Caller(ctx)
	d, err := posting.Find(ctx, s.disclosing.db.Read, ids[0], caller)
	if err != nil {
		return nil, err
	}
	page, err := s.pager.Open(listing.Query{List: req.GetParent() + "/disclosures", Size: req.GetPageSize(), Token: req.GetPageToken(), Sorts: listing.Created, Default: "create_time"})
	if err != nil {
		return nil, err
	}
	query := s.disclosing.db.Read.Disclosure.Query().Where(entdisclosure.DemandID(ids[0]), page.Where)
	if caller.Organization != d.OrganizationID && !caller.Oversees(d.Jurisdiction) {
		query.Where(entdisclosure.OrganizationID(caller.Organization))
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListDisclosuresResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(r *ent.Disclosure) (time.Time, string) { return r.CreatedAt, r.ID })
	for _, r := range rows {
		resp.Disclosures = append(resp.Disclosures, message(r))
	}
	return resp, err
}

func message(r *ent.Disclosure) *pb.Disclosure {
	return &pb.Disclosure{Name: id.DisclosureName(r.DemandID, r.ID), Organization: id.OrganizationName(r.OrganizationID), Agreement: r.Agreement, Times: int32(r.Times), Winner: r.Winner,
		Receipt:    rpc.Receipt(storage.Receipt{Jurisdiction: r.Jurisdiction, Sequence: r.EntrySeq, Hash: r.EntryHash}),
		CreateTime: rpc.Stamp(r.CreatedAt), UpdateTime: rpc.Stamp(r.UpdatedAt)}
}
