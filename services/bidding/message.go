package bidding

import (
	"context"
	"strings"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entcustodian "github.com/jiebang/jiebang/ent/gen/ent/custodian"
	"github.com/jiebang/jiebang/services/bidding/consortium"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/keeping"
	"github.com/jiebang/jiebang/services/posting"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// message writes a bid, with its content as far as the platform can read it.
func (s server) message(ctx context.Context, b *ent.Bid) (*pb.Bid, error) {
	m := &pb.Bid{
		Name: id.BidName(b.DemandID, b.ID), Organization: id.OrganizationName(b.OrganizationID),
		State: rpc.Enum[pb.Bid_State](pb.Bid_State_value, b.State), Version: int32(b.Submission), ContentDigest: b.ContentDigest,
		SealLevel: level(b.Level), SealedBy: sealer(b.SealedBy), Fault: b.Fault,
		SubmitTime: rpc.OptionalStamp(b.SubmittedAt), OpenTime: rpc.OptionalStamp(b.OpenedAt), Jurisdiction: b.Jurisdiction,
		Etag: rpc.Etag(b.Version), CreateTime: rpc.Stamp(b.CreatedAt), UpdateTime: rpc.Stamp(b.UpdatedAt),
		Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: b.Jurisdiction, Sequence: b.EntrySeq, Hash: b.EntryHash}),
	}
	c, err := s.bidding.content(ctx, b)
	if err == nil && c.Amount != 0 {
		m.Amount, m.Proposal = rpc.Money(c.Amount), c.Proposal
		for _, one := range c.Consortium {
			m.Consortium = append(m.Consortium, &pb.ConsortiumMember{Organization: id.OrganizationName(one.Organization), Share: int32(one.Share), Task: one.Task})
		}
	}
	return m, err
}

// membersOf reads who bids together.
func membersOf(field string, given []*pb.ConsortiumMember) (members []consortium.Member, err error) {
	for _, m := range given {
		ids, err := rpc.Resource(field+".organization", m.GetOrganization(), "organizations/*")
		if err != nil {
			return nil, err
		}
		members = append(members, consortium.Member{Organization: ids[0], Share: int64(m.GetShare()), Task: m.GetTask()})
	}
	return members, nil
}

func level(text string) pb.SealLevel { return pb.SealLevel(pb.SealLevel_value[text]) }

func sealer(text string) pb.Sealer { return pb.Sealer(pb.Sealer_value[strings.ToUpper(text)]) }

// FinalizeBid implements the service.
func (s server) FinalizeBid(ctx context.Context, req *pb.FinalizeBidRequest) (*pb.BidReceipt, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "demands/*")
	if err != nil {
		return nil, err
	}
	r, err := s.bidding.Finalize(ctx, ids[0], req.GetEnvelope(), int(req.GetSubmission()))
	if err != nil {
		return nil, err
	}
	note, err := s.bidding.ledger.Sign(r.Entry.Jurisdiction, r.Text())
	if err != nil {
		return nil, err
	}
	return &pb.BidReceipt{Bid: id.BidName(r.DemandID, r.BidID), Organization: id.OrganizationName(r.OrganizationID), Submission: int32(r.Submission), Digest: r.Digest,
		ReceiveTime: rpc.Stamp(r.ReceivedAt), Receipt: rpc.Receipt(r.Entry), SealedBy: sealer(r.SealedBy), Level: level(r.Level), Note: note}, nil
}

// GetSealing implements the service.
func (s server) GetSealing(ctx context.Context, req *pb.GetSealingRequest) (*pb.Sealing, error) {
	ids, err := rpc.Resource("name", req.GetName(), "demands/*/sealing")
	if err != nil {
		return nil, err
	}
	if _, err := posting.Find(ctx, s.bidding.db.Read, ids[0], identity.Caller(ctx)); err != nil {
		return nil, err
	}
	under, err := keeping.Sealing(ctx, s.bidding.db.Read, ids[0])
	if err != nil {
		return nil, err
	}
	m := &pb.Sealing{Name: req.GetName(), Level: level(under.Level), Threshold: int32(under.Threshold), Recipients: keeping.Recipients(under),
		Deadline: rpc.Stamp(under.Deadline), TermsDigest: under.TermsDigest, PolicyDigest: under.Policy,
		Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: under.Jurisdiction, Sequence: under.EntrySeq, Hash: under.EntryHash})}
	owners, err := s.bidding.db.Read.Custodian.Query().Where(entcustodian.RecipientIn(m.Recipients...)).Order(entcustodian.ByRecipient()).All(ctx)
	for _, c := range owners { // recipients stand in this order too
		m.Custodians = append(m.Custodians, id.CustodianName(c.ID))
	}
	return m, err
}
