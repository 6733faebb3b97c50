package retries_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// act is a change that must happen once, however often it is asked for.
type act struct {
	method, id, secret string
	request            proto.Message
	answer             func() proto.Message // an empty one
}

// do asks for it.
func (a act) do(ctx context.Context, conn grpc.ClientConnInterface) (proto.Message, error) {
	answer := a.answer()
	if err := conn.Invoke(markettest.As(ctx, a.secret), a.method, a.request, answer); err != nil {
		return nil, err
	}
	return answer, nil
}

// contract is the id of a contract.
func contract(name string) string { return strings.TrimPrefix(name, "contracts/") }

// set is one of each act, on contracts of its own.
type set struct {
	point     string
	acts      []act
	contracts [2]string // ids
}

// prepare makes contracts where the next thing is the last signature of one, and of the other's amendment, the plan of a payment, the confirmation of another
// payment, and the end of an acceptance.
func prepare(t *testing.T, m *markettest.Market) set {
	t.Helper()
	firm, zju := m.Firm(), m.University()
	demand := m.Publish(firm, time.Hour)
	bid := m.Bid(zju, demand, 5)
	k := m.Sign(firm, m.Contract(firm, m.Award(firm, m.Close(firm, demand), bid)))
	d := m.Deal(10_000, 3333, 6667)
	signed := d.SignAmendment(d.Firm, d.Propose(12_345))
	p := d.Transfer(d.Plan(pb.Payment_PREPAYMENT, 400), 3)
	s := d.To(d.Milestones[0], 3)
	plan := &pb.Payment{Kind: pb.Payment_PREPAYMENT, Amount: markettest.Fen(77)}
	ids := [5]string{}
	for i := range ids {
		ids[i] = markettest.ID()
	}
	return set{contracts: [2]string{contract(k.GetName()), contract(d.Contract.GetName())}, acts: []act{
		{pb.ContractService_SignContract_FullMethodName, ids[0], zju.Secret,
			&pb.SignContractRequest{RequestId: ids[0], Name: k.GetName(), Etag: k.GetEtag(), SignDigest: k.GetSignDigest()}, func() proto.Message { return &pb.Contract{} }},
		{pb.PaymentService_CreatePayment_FullMethodName, ids[2], d.Firm.Secret,
			&pb.CreatePaymentRequest{RequestId: ids[2], Parent: d.Contract.GetName(), Payment: plan}, func() proto.Message { return &pb.Payment{} }},
		{pb.PaymentService_ConfirmPayment_FullMethodName, ids[3], d.Zju.Secret,
			&pb.ConfirmPaymentRequest{RequestId: ids[3], Name: p.GetName(), Etag: p.GetEtag()}, func() proto.Message { return &pb.Payment{} }},
		{pb.MilestoneService_ConcludeMilestoneAcceptance_FullMethodName, ids[4], d.Firm.Secret,
			&pb.ConcludeMilestoneAcceptanceRequest{RequestId: ids[4], Name: s.GetName(), Etag: s.GetEtag(), Outcome: pb.Milestone_MET}, func() proto.Message { return &pb.Milestone{} }},
		{pb.AmendmentService_SignAmendment_FullMethodName, ids[1], d.Zju.Secret,
			&pb.SignAmendmentRequest{RequestId: ids[1], Name: signed.GetName(), Etag: signed.GetEtag(), SignDigest: signed.GetSignDigest()}, func() proto.Message { return &pb.Amendment{} }},
	}}
}
