// Package opening_test tests sealed bids as their callers use them: over gRPC, on each database.
package opening_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/rpc"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// bid reads a bid as somebody.
func bid(t *testing.T, m *markettest.Market, ctx context.Context, name string) *pb.Bid {
	t.Helper()
	return markettest.Must(m.Bids.GetBid(ctx, &pb.GetBidRequest{Name: name}))(t)
}

// TestOpenedByCustodians seals, closes, and opens with each pair of three custodians: the same comes of it. Before the second custodian has
// given its shares, nobody reads anything, and nothing is decided.
func TestOpenedByCustodians(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		keepers, firm, zju, sspu := m.Keepers(3), m.Firm(), m.University(), m.University()
		for pair := range 3 {
			d := m.SealedDemand(firm, 10*time.Minute)
			r := m.SealedBid(zju, d.GetName(), 5)
			other := m.SealedBid(sspu, d.GetName(), 6)
			if r.GetSubmission() != 1 || r.GetSealedBy() != pb.Sealer_BIDDER || r.GetLevel() != pb.SealLevel_S1 || !r.GetReceiveTime().AsTime().Equal(m.Clock.Now()) {
				t.Errorf("got receipt %v", r)
			}
			d = m.Close(firm, d)
			if d.GetState() != pb.Demand_EVALUATING {
				t.Fatalf("got %v, want it evaluating", d)
			}
			first, second := keepers[pair], keepers[(pair+1)%3]
			if given := m.Give(first, d.GetName()); given.GetGiven() != 1 || given.GetThreshold() != 2 {
				t.Errorf("first: got %v", given)
			}
			m.Settle()
			for who, ctx := range map[string]context.Context{"firm": firm.Ctx(), "bureau": m.Bureau.Ctx(), "custodian": first.Ctx()} {
				if err := markettest.Failed(m.Bids.GetBid(ctx, &pb.GetBidRequest{Name: r.GetBid()})); err == nil {
					t.Errorf("%s reads the bid with one custodian's shares", who)
				}
			}
			award := &pb.AwardDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Bid: r.GetBid(), Etag: d.GetEtag()}
			markettest.Want(t, markettest.Failed(m.Demands.AwardDemand(firm.Ctx(), award)), codes.FailedPrecondition, "BIDS_SEALED", "")
			reject := &pb.RejectBidsRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag()}
			markettest.Want(t, markettest.Failed(m.Demands.RejectBids(firm.Ctx(), reject)), codes.FailedPrecondition, "BIDS_SEALED", "")
			m.Give(second, d.GetName())
			m.Settle()
			for name, yuan := range map[string]int64{r.GetBid(): 5, other.GetBid(): 6} {
				b := bid(t, m, firm.Ctx(), name)
				if b.GetState() != pb.Bid_OPENED || !proto.Equal(b.GetAmount(), markettest.Yuan(yuan)) || b.GetProposal() != "硬脂酸干法包覆" {
					t.Errorf("opened by %d and %d: got %v", pair, (pair+1)%3, b)
				}
			}
			third := keepers[(pair+2)%3]
			late := markettest.Failed(m.Openings.ListEnvelopes(third.Ctx(), &pb.ListEnvelopesRequest{Parent: d.GetName(), Custodian: third.Custodian}))
			markettest.Want(t, late, codes.FailedPrecondition, "NOT_CLOSED", "")
			m.Award(firm, d, bid(t, m, firm.Ctx(), r.GetBid()))
		}
		verified(t, m)
	})
}

// TestLastSubmission replaces a sealed bid: what is opened is the last one, and only the next number is taken.
func TestLastSubmission(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		keepers, firm, zju := m.Keepers(3), m.Firm(), m.University()
		d := m.SealedDemand(firm, 10*time.Minute)
		terms := m.Terms(d.GetName())
		first := m.SealedBid(zju, d.GetName(), 5)
		for _, wrong := range []int{1, 3} {
			_, err := m.Finalize(zju, d.GetName(), m.Seal(terms, m.Plain(zju, 4, wrong)), wrong)
			markettest.Want(t, err, codes.Aborted, "SUBMISSION_NUMBER", "submission")
		}
		second := markettest.Must(m.Finalize(zju, d.GetName(), m.Seal(terms, m.Plain(zju, 4, 2)), 2))(t)
		if second.GetBid() != first.GetBid() || second.GetSubmission() != 2 {
			t.Errorf("got %v, want the second submission of %s", second, first.GetBid())
		}
		if b := bid(t, m, zju.Ctx(), first.GetBid()); b.GetAmount() != nil || b.GetProposal() != "" || b.GetVersion() != 2 || b.GetState() != pb.Bid_SUBMITTED {
			t.Errorf("before the opening: got %v, want nothing of its content", b)
		}
		d = m.Close(firm, d)
		m.Give(keepers[0], d.GetName())
		m.Give(keepers[2], d.GetName())
		m.Settle()
		if b := bid(t, m, firm.Ctx(), first.GetBid()); !proto.Equal(b.GetAmount(), markettest.Yuan(4)) {
			t.Errorf("got %v, want the second submission", b)
		}
		verified(t, m)
	})
}

// TestBadEnvelopes submits envelopes that hold what they must not: each becomes invalid, with the reason and the evidence, and the good one
// beside them is opened.
func TestBadEnvelopes(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		keepers, firm, zju, rival, old := m.Keepers(3), m.Firm(), m.University(), m.University(), m.University()
		d := m.SealedDemand(firm, 10*time.Minute)
		terms := m.Terms(d.GetName())
		good := m.Seal(terms, m.Plain(zju, 5, 1))
		wants := map[string]string{}
		wants[markettest.Must(m.Finalize(zju, d.GetName(), good, 1))(t).GetBid()] = ""
		wants[markettest.Must(m.Finalize(rival, d.GetName(), good, 1))(t).GetBid()] = "INNER_ORGANIZATION" // a copy
		m.SealedBid(old, d.GetName(), 5)
		wants[markettest.Must(m.Finalize(old, d.GetName(), m.Seal(terms, m.Plain(old, 5, 1)), 2))(t).GetBid()] = "INNER_SUBMISSION"
		d = m.Close(firm, d)
		m.Give(keepers[1], d.GetName())
		m.Give(keepers[2], d.GetName())
		m.Settle()
		for name, reason := range wants {
			state := pb.Bid_OPENED
			if reason != "" {
				state = pb.Bid_INVALID
			}
			if b := bid(t, m, firm.Ctx(), name); b.GetState() != state || b.GetFault() != reason || (b.GetAmount() == nil) != (reason != "") {
				t.Errorf("got %v, want %v for %q", b, state, reason)
			}
		}
		verified(t, m)
	})
}

// TestArrival refuses envelopes that everybody can see are wrong, when they come.
func TestArrival(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		m.Keepers(3)
		firm, zju := m.Firm(), m.University()
		d, other, plain := m.SealedDemand(firm, 10*time.Minute), m.SealedDemand(firm, 10*time.Minute), m.Publish(firm, time.Hour)
		terms := m.Terms(d.GetName())
		tampered := func(change func(*seal.Terms)) []byte {
			changed := terms
			change(&changed)
			return m.Seal(changed, m.Plain(zju, 5, 1))
		}
		submit := func(who *markettest.Member, demand *pb.Demand, envelope []byte) func() error {
			return func() error { _, err := m.Finalize(who, demand.GetName(), envelope, 1); return err }
		}
		technical := m.Plain(zju, 5, 1)
		technical.Amount = nil
		part := markettest.Must(seal.Seal(chance.System(), markettest.Must(seal.NewKey(chance.System()))(t), terms, seal.Technical, technical))(t)
		stranger := markettest.Must(seal.NewIdentity(chance.System()))(t).Recipient()
		refuse(t, m, []refusal{
			{"no envelope", submit(zju, d, []byte("x")), codes.InvalidArgument, "ENVELOPE_FORM", "envelope"},
			{"of another demand", submit(zju, other, tampered(func(*seal.Terms) {})), codes.InvalidArgument, "ENVELOPE_DEMAND", "envelope"},
			{"another deadline", submit(zju, d, tampered(func(t *seal.Terms) { t.Deadline = t.Deadline.Add(time.Hour) })), codes.InvalidArgument, "ENVELOPE_POLICY", "envelope"},
			{"another key", submit(zju, d, tampered(func(t *seal.Terms) { t.Recipients = append([]string{stranger}, t.Recipients[1:]...) })), codes.InvalidArgument, "ENVELOPE_POLICY", "envelope"},
			{"a part", submit(zju, d, part), codes.InvalidArgument, "ENVELOPE_PART", "envelope"},
			{"the demander", submit(firm, d, tampered(func(*seal.Terms) {})), codes.FailedPrecondition, "BIDDER_IS_POSTER", ""},
			{"a draft", func() error {
				return markettest.Failed(m.Bids.CreateBid(zju.Ctx(), &pb.CreateBidRequest{RequestId: markettest.ID(), Parent: d.GetName(), Bid: &pb.Bid{Amount: markettest.Yuan(1), Proposal: "方案"}}))
			}, codes.FailedPrecondition, "SEALED_BY_BIDDER", ""},
		})
		// A bidder may seal for itself at level S0 too, and its envelope is opened at the deadline.
		r := m.SealedBid(zju, plain.GetName(), 7)
		if r.GetSealedBy() != pb.Sealer_BIDDER || r.GetLevel() != pb.SealLevel_S0 {
			t.Errorf("got %v", r)
		}
		m.Close(firm, plain)
		if b := bid(t, m, firm.Ctx(), r.GetBid()); !proto.Equal(b.GetAmount(), markettest.Yuan(7)) {
			t.Errorf("got %v", b)
		}
	})
}

// TestCustody is what custodians are refused: envelopes before the deadline, whether or not anybody has bid, those of others, and wrong shares.
func TestCustody(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		keepers, firm, zju, sspu := m.Keepers(3), m.Firm(), m.University(), m.University()
		d, empty := m.SealedDemand(firm, 10*time.Minute), m.SealedDemand(firm, 10*time.Minute)
		later := m.Keepers(1)[0]
		r := m.SealedBid(zju, d.GetName(), 5)
		m.SealedBid(sspu, d.GetName(), 6)
		a, b := keepers[0], keepers[1]
		list := func(k *markettest.Keeper, custodian string, d *pb.Demand) func() error {
			return func() error {
				return markettest.Failed(m.Openings.ListEnvelopes(k.Ctx(), &pb.ListEnvelopesRequest{Parent: d.GetName(), Custodian: custodian}))
			}
		}
		give := func(k *markettest.Keeper, shares ...*pb.SubmitSharesRequest_Share) func() error {
			return func() error {
				return markettest.Failed(m.Openings.SubmitShares(k.Ctx(), &pb.SubmitSharesRequest{RequestId: markettest.ID(), Parent: d.GetName(), Custodian: k.Custodian, Shares: shares}))
			}
		}
		some := &pb.SubmitSharesRequest_Share{Bid: r.GetBid(), Value: make([]byte, 32)}
		refuse(t, m, []refusal{
			{"before the deadline", list(a, a.Custodian, d), codes.FailedPrecondition, "NOT_CLOSED", ""},
			{"before the deadline, without bids", list(a, a.Custodian, empty), codes.FailedPrecondition, "NOT_CLOSED", ""},
			{"shares before the deadline", give(a, some), codes.FailedPrecondition, "NOT_CLOSED", ""},
		})
		m.Close(firm, d)
		shares := m.Shares(a, d.GetName()).GetShares()
		wrong := []*pb.SubmitSharesRequest_Share{proto.CloneOf(shares[0]), shares[1]}
		wrong[0].Value[7] ^= 1
		swapped := []*pb.SubmitSharesRequest_Share{{Bid: shares[0].GetBid(), Value: shares[1].GetValue()}, {Bid: shares[1].GetBid(), Value: shares[0].GetValue()}}
		never := proto.CloneOf(shares[0])
		never.Bid = never.Bid[:len(never.Bid)-16] + "0000000000000000"
		b.StepUp()
		refuse(t, m, []refusal{
			{"another's envelopes", list(a, b.Custodian, d), codes.PermissionDenied, "CUSTODIAN_FOREIGN", ""},
			{"a custodian of later", list(later, later.Custodian, d), codes.FailedPrecondition, "NOT_CLOSED", ""},
			{"no custodian", list(a, "custodians/k330182-0000000000000000", d), codes.NotFound, "CUSTODIAN_NOT_FOUND", ""},
			{"a wrong share", give(a, wrong...), codes.InvalidArgument, "SHARE_WRONG", "shares[0].value"},
			{"a short share", give(a, &pb.SubmitSharesRequest_Share{Bid: shares[0].GetBid(), Value: []byte{1}}, shares[1]), codes.InvalidArgument, "SHARE_WRONG", "shares[0].value"},
			{"swapped shares", give(a, swapped...), codes.InvalidArgument, "SHARE_WRONG", "shares[0].value"},
			{"another's shares", give(b, shares...), codes.InvalidArgument, "SHARE_WRONG", "shares[0].value"},
			{"one too few", give(a, shares[0]), codes.InvalidArgument, "SHARES_INCOMPLETE", "shares"},
			{"one twice", give(a, shares[0], shares[0]), codes.InvalidArgument, "SHARES_INCOMPLETE", "shares"},
			{"no such bid", give(a, never, shares[1]), codes.NotFound, "BID_NOT_FOUND", "shares[0].bid"},
		})
		m.Give(a, d.GetName())
		refuse(t, m, []refusal{{"again", give(a, shares...), codes.AlreadyExists, "OPENING_EXISTS", ""}})
		m.Settle()
		if got := bid(t, m, zju.Ctx(), r.GetBid()); got.GetState() != pb.Bid_SUBMITTED {
			t.Errorf("with one custodian's shares: got %v", got)
		}
	})
}

// TestUnreadableStanza lets a custodian say that it cannot read a stanza, which it can: the two others open the bid all the same.
func TestUnreadableStanza(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		keepers, firm, zju, sspu := m.Keepers(3), m.Firm(), m.University(), m.University()
		d := m.SealedDemand(firm, 10*time.Minute)
		victim, other := m.SealedBid(zju, d.GetName(), 5), m.SealedBid(sspu, d.GetName(), 6)
		d = m.Close(firm, d)
		lie := m.Shares(keepers[0], d.GetName())
		for _, s := range lie.GetShares() {
			if s.GetBid() == victim.GetBid() {
				s.Value = nil
			}
		}
		markettest.Must(m.Openings.SubmitShares(keepers[0].Ctx(), lie))(t)
		m.Give(keepers[1], d.GetName())
		m.Settle()
		if b := bid(t, m, firm.Ctx(), other.GetBid()); b.GetState() != pb.Bid_OPENED {
			t.Errorf("the other bid: got %v", b)
		}
		if b := bid(t, m, zju.Ctx(), victim.GetBid()); b.GetState() != pb.Bid_SUBMITTED {
			t.Errorf("on one custodian's word: got %v, want it to wait for the third", b)
		}
		m.Give(keepers[2], d.GetName())
		m.Settle()
		if b := bid(t, m, firm.Ctx(), victim.GetBid()); b.GetState() != pb.Bid_OPENED {
			t.Errorf("with the third: got %v", b)
		}
		verified(t, m)
	})
}

// TestLate finalizes at the deadline and after it, before and after the demand is closed. Each refusal leaves an entry that its bidder alone
// reads, up to twenty.
func TestLate(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		m.Keepers(3)
		firm, zju, auditor := m.Firm(), m.University(), m.Token(m.Bureau.Name, pb.Role_AUDITOR)
		d := m.SealedDemand(firm, 10*time.Minute)
		envelope := m.Seal(m.Terms(d.GetName()), m.Plain(zju, 5, 1))
		before := markettest.Sizes(t, m)[0]
		_, err := m.Finalize(zju, d.GetName(), m.Seal(m.Terms(d.GetName()), m.Plain(zju, 5, 1))[:100], 1)
		markettest.Want(t, err, codes.InvalidArgument, "ENVELOPE_FORM", "envelope")
		m.Clock.Set(d.GetDeadline().AsTime())
		for n := range 25 {
			_, err := m.Finalize(zju, d.GetName(), envelope, 1)
			if reason := rpc.Reason(err); reason != "DEADLINE_PASSED" && reason != "DEMAND_NOT_OPEN" {
				t.Fatalf("%d: got %v, want it refused", n, err)
			}
		}
		m.Settle()
		_, err = m.Finalize(zju, d.GetName(), envelope, 1)
		if rpc.Reason(err) != "DEMAND_NOT_OPEN" {
			t.Errorf("after the closing: got %v", err)
		}
		got := markettest.Must(m.Demands.GetDemand(firm.Ctx(), &pb.GetDemandRequest{Name: d.GetName()}))(t)
		if got.GetState() != pb.Demand_FAILED || got.GetFailure() != pb.Demand_NO_BIDS {
			t.Errorf("got %v, want it failed for NO_BIDS", got)
		}
		after := markettest.Sizes(t, m)[0]
		if after != before+21 {
			t.Errorf("got %d entries more, want 20 refusals and the failure", after-before)
		}
		told := 0
		for n := before; n < after; n++ {
			name := fmt.Sprintf("ledgers/%s/entries/%d", markettest.Jurisdiction, n)
			if e, err := m.Ledgers.GetEntry(zju.Ctx(), &pb.GetEntryRequest{Name: name}); err == nil && e.GetKind() == "bid.refused" {
				told++
				for who, ctx := range map[string]context.Context{"firm": firm.Ctx(), "auditor": auditor.Ctx(), "bureau": m.Bureau.Ctx()} {
					if err := markettest.Failed(m.Ledgers.GetEntry(ctx, &pb.GetEntryRequest{Name: name})); rpc.Reason(err) != "ENTRY_NOT_FOUND" {
						t.Errorf("%s reads a refusal: %v", who, err)
					}
				}
			}
		}
		if told != 20 {
			t.Errorf("its bidder reads %d refusals, want 20", told)
		}
		verified(t, m)
	})
}
