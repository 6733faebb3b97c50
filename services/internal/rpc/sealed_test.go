package rpc_test

import (
	"testing"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// sealedChanges prepares the changes of custodians and of those who seal to them.
func sealedChanges(t *testing.T, m *markettest.Market, firm *markettest.Member, all map[string]change) {
	t.Helper()
	keepers, officer, newcomer := m.Keepers(3), m.Found(m.Bureau.Name, pb.Role_SECADMIN), m.Found(m.Bureau.Name, pb.Role_CUSTODIAN)
	waiting, retired, bidder := m.Keeper(), m.Keepers(1)[0], m.University()
	open, closed := m.SealedDemand(firm, time.Hour), m.SealedDemand(firm, time.Minute)
	m.SealedBid(bidder, closed.GetName(), 5)
	m.Close(firm, closed)
	shares := m.Shares(keepers[0], closed.GetName())
	shares.RequestId = ""
	c := markettest.Must(m.Custodians.GetCustodian(t.Context(), &pb.GetCustodianRequest{Name: waiting.Custodian}))(t)
	asked := markettest.Must(m.Custodians.ChallengeCustodian(keepers[1].Ctx(), &pb.ChallengeCustodianRequest{Name: keepers[1].Custodian}))(t)
	answer := markettest.Must(keepers[1].Key.Answer(asked.GetAbout(), asked.GetChallenge()))(t)
	old := markettest.Must(m.Custodians.GetCustodian(t.Context(), &pb.GetCustodianRequest{Name: retired.Custodian}))(t)
	all["FinalizeBid"] = change{bidder.Ctx(), &pb.FinalizeBidRequest{Parent: open.GetName(), Envelope: m.Seal(m.Terms(open.GetName()), m.Plain(bidder, 5, 1)), Submission: 1}, 1}
	all["SubmitShares"] = change{keepers[0].Ctx(), shares, 1}
	all["CreateCustodian"] = change{newcomer.Ctx(), &pb.CreateCustodianRequest{Custodian: &pb.Custodian{DisplayName: "公证处",
		Recipient: markettest.Must(seal.NewIdentity(chance.System()))(t).Recipient()}}, 1}
	all["ConfirmCustodian"] = change{officer.Ctx(), &pb.ConfirmCustodianRequest{Name: c.GetName(), Etag: c.GetEtag(), Fingerprint: c.GetFingerprint()}, 1}
	all["RetireCustodian"] = change{officer.Ctx(), &pb.RetireCustodianRequest{Name: old.GetName(), Etag: old.GetEtag()}, 1}
	all["ProveCustodian"] = change{keepers[1].Ctx(), &pb.ProveCustodianRequest{Name: keepers[1].Custodian, Answer: answer[:]}, 1}
}

// otherSealed makes another request of one of those, and says whether it is one.
func otherSealed(m protoreflect.Message) bool {
	fields := m.Descriptor().Fields()
	for _, name := range []protoreflect.Name{"envelope", "answer"} {
		if f := fields.ByName(name); f != nil {
			m.Set(f, protoreflect.ValueOfBytes(make([]byte, 32)))
			return true
		}
	}
	f := fields.ByName("shares")
	if f == nil {
		return false
	}
	share := &pb.SubmitSharesRequest_Share{Bid: m.Get(fields.ByName("parent")).String() + "/bids/b330182-0000000000000000"}
	m.Clear(f)
	m.Mutable(f).List().Append(protoreflect.ValueOfMessage(share.ProtoReflect()))
	return true
}
