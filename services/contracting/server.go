package contracting

import (
	"context"
	"time"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/contracting/classify"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/contracting/wording"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedContractServiceServer
	contracting *Contracting
	pager       *listing.Pager
}

// Serve serves contracts.
func (s *Contracting) Serve(reg grpc.ServiceRegistrar, pager *listing.Pager) {
	pb.RegisterContractServiceServer(reg, server{contracting: s, pager: pager})
	pb.RegisterContractClassServiceServer(reg, classServer{contracting: s})
}

var fields = listing.Fields{
	"state":          {Column: "state", Type: listing.Code},
	"channel":        {Column: "channel", Type: listing.Code},
	"class":          {Column: "class", Type: listing.Code},
	"field":          {Column: "field", Type: listing.Code},
	"jurisdiction":   {Column: "jurisdiction"},
	"demand":         {Column: "demand_id", Prefix: "demands/"},
	"number":         {Column: "number"},
	"title":          {Column: "title"},
	"sign_date":      {Column: "sign_date"},
	"evidence_grade": {Column: "evidence_grade", Type: listing.Code},
	"create_time":    {Column: "created_at", Type: listing.Instant},
}

func (s server) CreateContract(ctx context.Context, req *pb.CreateContractRequest) (*pb.Contract, error) {
	m := req.GetContract()
	demand, err := rpc.Resource("contract.demand", m.GetDemand(), "demands/*")
	if err != nil {
		return nil, err
	}
	if m.GetChannel() != pb.Channel_CHANNEL_UNSPECIFIED && m.GetChannel() != pb.Channel_JIEBANG {
		return nil, contract.ErrChannel.With("channel", m.GetChannel().String()).At("contract.channel")
	}
	c, err := content(m)
	if err != nil {
		return nil, err
	}
	return answer(s.contracting.Draft(ctx, demand[0], c))
}

func (s server) RecordContract(ctx context.Context, req *pb.RecordContractRequest) (*pb.Contract, error) {
	m := req.GetContract()
	buyer, err := rpc.Resource("contract.buyer", m.GetBuyer(), "organizations/*")
	if err != nil {
		return nil, err
	}
	seller, err := rpc.Resource("contract.seller", m.GetSeller(), "organizations/*")
	if err != nil {
		return nil, err
	}
	date, err := DateText("contract.sign_date", m.GetSignDate())
	if err != nil {
		return nil, err
	}
	if m.GetField() == pb.TechnologyField_TECHNOLOGY_FIELD_UNSPECIFIED {
		return nil, rpc.ErrField.At("contract.field").With("field", "contract.field").With("rule", "required")
	}
	c, err := content(m)
	if err != nil {
		return nil, err
	}
	if c.Total == nil {
		return nil, rpc.ErrField.At("contract.total").With("field", "contract.total").With("rule", "required")
	}
	return answer(s.contracting.Record(ctx, Recorded{Content: c, Buyer: buyer[0], Seller: seller[0],
		Channel: rpc.Stored[contract.Channel](m.GetChannel()), SignDate: date, Grade: rpc.Stored[contract.Grade](m.GetEvidenceGrade()), Registry: m.GetRegistryNumber()}))
}

func (s server) GetContract(ctx context.Context, req *pb.GetContractRequest) (*pb.Contract, error) {
	ids, err := rpc.Resource("name", req.GetName(), "contracts/*")
	if err != nil {
		return nil, err
	}
	return answer(find(ctx, s.contracting.db.Read, identity.Caller(ctx), ids[0]))
}

func (s server) ListContracts(ctx context.Context, req *pb.ListContractsRequest) (*pb.ListContractsResponse, error) {
	page, err := s.pager.Open(listing.Query{List: "contracts", Size: req.GetPageSize(), Token: req.GetPageToken(), Filter: req.GetFilter(),
		OrderBy: req.GetOrderBy(), Sorts: listing.Created, Default: "create_time desc"})
	if err != nil {
		return nil, err
	}
	filter, err := fields.ParseFilter(req.GetFilter())
	if err != nil {
		return nil, err
	}
	query := s.contracting.db.Read.Contract.Query().Where(page.Where, readable(identity.Caller(ctx)))
	if filter != nil {
		query.Where(filter)
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListContractsResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(k *ent.Contract) (time.Time, string) { return k.CreatedAt, k.ID })
	for _, k := range rows {
		resp.Contracts = append(resp.Contracts, message(k))
	}
	return resp, err
}

func (s server) UpdateContract(ctx context.Context, req *pb.UpdateContractRequest) (*pb.Contract, error) {
	ids, err := rpc.Resource("contract.name", req.GetContract().GetName(), "contracts/*")
	if err != nil {
		return nil, err
	}
	m, mask, err := rpc.Update(req.GetContract(), "contract", req.GetUpdateMask(), contentFields)
	if err != nil {
		return nil, err
	}
	c, err := content(m)
	if err != nil {
		return nil, err
	}
	return answer(s.contracting.Edit(ctx, ids[0], req.GetContract().GetEtag(), c, mask))
}

// act reads the name of a contract and answers with what do did to it.
func act(name string, do func(contractID string) (*ent.Contract, error)) (*pb.Contract, error) {
	ids, err := rpc.Resource("name", name, "contracts/*")
	if err != nil {
		return nil, err
	}
	return answer(do(ids[0]))
}

func (s server) ProposeContract(ctx context.Context, req *pb.ProposeContractRequest) (*pb.Contract, error) {
	return act(req.GetName(), func(k string) (*ent.Contract, error) {
		return s.contracting.Propose(ctx, k, req.GetEtag(), req.GetGenerateText())
	})
}

func (s server) GenerateContractText(ctx context.Context, req *pb.GenerateContractTextRequest) (*pb.GenerateContractTextResponse, error) {
	ids, err := rpc.Resource("name", req.GetName(), "contracts/*")
	if err != nil {
		return nil, err
	}
	page, proposed, err := s.contracting.Text(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	resp := &pb.GenerateContractTextResponse{Content: page.HTML, MediaType: "text/html; charset=utf-8", Filename: ids[0] + ".html", Template: page.Template,
		TextDigest: page.Digest(), Proposed: proposed}
	if req.GetFormat() == pb.GenerateContractTextRequest_DOCX {
		resp.MediaType, resp.Filename = "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ids[0]+".docx"
		resp.Content, err = wording.Document(page.HTML)
	}
	return resp, err
}

func (s server) SignContract(ctx context.Context, req *pb.SignContractRequest) (*pb.Contract, error) {
	return act(req.GetName(), func(k string) (*ent.Contract, error) {
		return s.contracting.Sign(ctx, k, req.GetEtag(), SigningOf(req.GetSignDigest(), req.GetSignature()))
	})
}

func (s server) RefuseContract(ctx context.Context, req *pb.RefuseContractRequest) (*pb.Contract, error) {
	return act(req.GetName(), func(k string) (*ent.Contract, error) {
		return s.contracting.Refuse(ctx, k, req.GetEtag(), req.GetReason())
	})
}

func (s server) RequireContractChanges(ctx context.Context, req *pb.RequireContractChangesRequest) (*pb.Contract, error) {
	return act(req.GetName(), func(k string) (*ent.Contract, error) {
		return s.contracting.Revise(ctx, k, req.GetEtag(), req.GetReason())
	})
}

func (s server) CompleteContract(ctx context.Context, req *pb.CompleteContractRequest) (*pb.Contract, error) {
	paid, err := amountPaid(req.GetAmountPaid())
	if err != nil {
		return nil, err
	}
	return act(req.GetName(), func(k string) (*ent.Contract, error) { return s.contracting.Complete(ctx, k, req.GetEtag(), paid) })
}

func (s server) TerminateContract(ctx context.Context, req *pb.TerminateContractRequest) (*pb.Contract, error) {
	paid, err := amountPaid(req.GetAmountPaid())
	if err != nil {
		return nil, err
	}
	t := Termination{Code: rpc.Stored[contract.EndCode](req.GetEndCode()), Reason: req.GetReason(), Paid: paid}
	return act(req.GetName(), func(k string) (*ent.Contract, error) { return s.contracting.Terminate(ctx, k, req.GetEtag(), t) })
}

func answer(k *ent.Contract, err error) (*pb.Contract, error) {
	if err != nil {
		return nil, err
	}
	return message(k), nil
}

type classServer struct {
	pb.UnimplementedContractClassServiceServer
	contracting *Contracting
}

func (s classServer) ProposeContractClass(_ context.Context, req *pb.ProposeContractClassRequest) (*pb.ProposeContractClassResponse, error) {
	day, err := DateText("sign_date", req.GetSignDate())
	if err != nil {
		return nil, err
	}
	if day == "" {
		day = contract.SignDate(s.contracting.db.Clock().Now())
	}
	p, err := classify.Propose(day, req.GetAnswers())
	if err != nil {
		return nil, err
	}
	return proposalMessage(p), nil
}
