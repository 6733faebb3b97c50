package markettest

import (
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/internal/chance"
	fen "github.com/jiebang/jiebang/services/money"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Sealed is the procedure of demands whose bids are sealed to custodians and which need nothing else.
const Sealed = "direct_sealed"

// Keeper is a custodian with its key.
type Keeper struct {
	*Founder
	Custodian string // custodians/…
	Key       *seal.Identity
}

// Keepers are n custodians whose keys are confirmed and fresh.
func (m *Market) Keepers(n int) []*Keeper {
	m.t.Helper()
	officer := m.Found(m.Bureau.Name, pb.Role_SECADMIN)
	keepers := make([]*Keeper, n)
	for i := range keepers {
		k := m.Keeper()
		c := Must(m.Custodians.GetCustodian(officer.Ctx(), &pb.GetCustodianRequest{Name: k.Custodian}))(m.t)
		Must(m.Custodians.ConfirmCustodian(officer.Ctx(), &pb.ConfirmCustodianRequest{RequestId: ID(), Name: c.GetName(), Etag: c.GetEtag(), Fingerprint: c.GetFingerprint()}))(m.t)
		k.Prove()
		keepers[i] = k
	}
	return keepers
}

// Keeper is somebody who has registered a key.
func (m *Market) Keeper() *Keeper {
	m.t.Helper()
	key := Must(seal.NewIdentity(chance.System()))(m.t)
	k := &Keeper{Founder: m.Found(m.Bureau.Name, pb.Role_CUSTODIAN), Key: key}
	k.Custodian = Must(m.Custodians.CreateCustodian(k.Ctx(), &pb.CreateCustodianRequest{RequestId: ID(), Custodian: &pb.Custodian{DisplayName: "机关纪委", Recipient: key.Recipient()}}))(m.t).GetName()
	return k
}

// Prove shows that the key is there.
func (k *Keeper) Prove() *pb.Custodian {
	k.m.t.Helper()
	asked := Must(k.m.Custodians.ChallengeCustodian(k.Ctx(), &pb.ChallengeCustodianRequest{Name: k.Custodian}))(k.m.t)
	answer := Must(k.Key.Answer(asked.GetAbout(), asked.GetChallenge()))(k.m.t)
	return Must(k.m.Custodians.ProveCustodian(k.Ctx(), &pb.ProveCustodianRequest{RequestId: ID(), Name: k.Custodian, Answer: answer[:]}))(k.m.t)
}

// Terms are what bids of a demand are sealed under.
func (m *Market) Terms(demand string) seal.Terms {
	m.t.Helper()
	s := Must(m.Bids.GetSealing(m.t.Context(), &pb.GetSealingRequest{Name: demand + "/sealing"}))(m.t)
	t := seal.Terms{Demand: demand, Digest: seal.Digest(s.GetTermsDigest()), Deadline: s.GetDeadline().AsTime(), Level: seal.Level(s.GetLevel().String()), Threshold: int(s.GetThreshold()),
		Recipients: s.GetRecipients()}
	if p := t.Policy(); string(p[:]) != string(s.GetPolicyDigest()) {
		m.t.Fatalf("got policy %x, want %s", s.GetPolicyDigest(), p)
	}
	return t
}

// Plain is the content of a bid.
func (m *Market) Plain(bidder *Member, yuan int64, submission int) seal.Plain {
	return seal.Plain{Organization: bidder.Name, Submission: submission, Amount: new(fen.Fen(yuan * 100)), Proposal: "硬脂酸干法包覆"}
}

// Seal seals content as a bidder's client does.
func (m *Market) Seal(t seal.Terms, p seal.Plain) []byte {
	m.t.Helper()
	return Must(seal.Seal(chance.System(), Must(seal.NewKey(chance.System()))(m.t), t, seal.Whole, p))(m.t)
}

// Finalize submits an envelope.
func (m *Market) Finalize(bidder *Member, demand string, envelope []byte, submission int) (*pb.BidReceipt, error) {
	return m.Bids.FinalizeBid(bidder.Ctx(), &pb.FinalizeBidRequest{RequestId: ID(), Parent: demand, Envelope: envelope, Submission: int32(submission)})
}

// SealedBid seals and submits a first bid.
func (m *Market) SealedBid(bidder *Member, demand string, yuan int64) *pb.BidReceipt {
	m.t.Helper()
	return Must(m.Finalize(bidder, demand, m.Seal(m.Terms(demand), m.Plain(bidder, yuan, 1)), 1))(m.t)
}

// Shares are what a custodian, who has just shown a second factor, gives of the envelopes that wait for it.
func (m *Market) Shares(k *Keeper, demand string) *pb.SubmitSharesRequest {
	m.t.Helper()
	k.StepUp()
	req := &pb.SubmitSharesRequest{RequestId: ID(), Parent: demand, Custodian: k.Custodian}
	list := &pb.ListEnvelopesRequest{Parent: demand, Custodian: k.Custodian}
	for {
		page := Must(m.Openings.ListEnvelopes(k.Ctx(), list))(m.t)
		for _, e := range page.GetEnvelopes() {
			share := &pb.SubmitSharesRequest_Share{Bid: e.GetBid()}
			if s, err := seal.OpenStanza(k.Key, Must(seal.Parse(e.GetEnvelope()))(m.t)); err == nil {
				share.Value = s.Value[:]
			}
			req.Shares = append(req.Shares, share)
		}
		if list.PageToken = page.GetNextPageToken(); list.PageToken == "" {
			return req
		}
	}
}

// Give gives a custodian's shares.
func (m *Market) Give(k *Keeper, demand string) *pb.SubmitSharesResponse {
	m.t.Helper()
	return Must(m.Openings.SubmitShares(k.Ctx(), m.Shares(k, demand)))(m.t)
}

// SealedDemand publishes a demand of a firm whose bids are sealed to custodians, and which closes after d.
func (m *Market) SealedDemand(firm *Member, d time.Duration) *pb.Demand {
	m.t.Helper()
	return m.release(firm, m.DraftUnder(firm, Sealed, d))
}

// BidID is the last part of the name of a bid.
func BidID(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
