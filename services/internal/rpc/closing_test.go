package rpc_test

import (
	"testing"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// closingChanges prepares the closing of one month, and the restatement of another that was closed before a contract of it was recorded.
func closingChanges(t *testing.T, m *markettest.Market, firm, zju *markettest.Member, all map[string]change) {
	t.Helper()
	first, second := m.Found(m.Bureau.Name, pb.Role_OPERATOR), m.Found(m.Bureau.Name, pb.Role_APPROVER)
	req := &pb.ClosePeriodRequest{RequestId: markettest.ID(), Name: "ledgers/" + markettest.Jurisdiction, Period: "2025-11"}
	_, err := m.Closures.ClosePeriod(first.Ctx(), req)
	v := markettest.Must(m.Approvals.GetApproval(second.Ctx(), &pb.GetApprovalRequest{Name: approvalOf(err)}))(t)
	markettest.Must(m.Approvals.ApproveRequest(second.Ctx(), &pb.ApproveRequestRequest{RequestId: markettest.ID(), Name: v.GetName(), Etag: v.GetEtag(), Digest: v.GetDigest()}))(t)
	closed := markettest.Must(m.Closures.ClosePeriod(first.Ctx(), req))(t)
	markettest.Must(m.Contracts.RecordContract(m.Bureau.Ctx(), &pb.RecordContractRequest{RequestId: markettest.ID(), Contract: &pb.Contract{Title: "成果拍卖合同", Buyer: firm.Name, Seller: zju.Name,
		Channel: pb.Channel_AUCTION, Class: pb.ContractClass_TRANSFER, TextDigest: make([]byte, 32), Total: markettest.Fen(5), Field: pb.TechnologyField_NUCLEAR,
		SignDate: &date.Date{Year: 2025, Month: 11, Day: 30}}}))(t)
	all["ClosePeriod"] = change{first.Ctx(), &pb.ClosePeriodRequest{Name: "ledgers/" + markettest.Jurisdiction, Period: "2025-12"}, 2}
	all["ConfirmClock"] = change{first.Ctx(), &pb.ConfirmClockRequest{Name: "ledgers/" + markettest.Jurisdiction, ClockDoubtTime: timestamppb.New(m.Clock.Now())}, 1}
	all["RestatePeriod"] = change{first.Ctx(), &pb.RestatePeriodRequest{Name: closed.GetName(), Etag: closed.GetEtag(), Reason: "补登"}, 2}
}

// otherPeriod gives a request that closes a period another one; false if it is none.
func otherPeriod(m protoreflect.Message) bool {
	if m.Descriptor().Name() != "ClosePeriodRequest" {
		return false
	}
	m.Set(m.Descriptor().Fields().ByName("period"), protoreflect.ValueOfString("2025-10"))
	return true
}
