package opening_test

import (
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/rpc"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// suspend lets two persons of the bureau suspend an organization.
func suspend(t *testing.T, m *markettest.Market, o *markettest.Member) {
	t.Helper()
	first, second := m.Found(m.Bureau.Name, pb.Role_OPERATOR), m.Found(m.Bureau.Name, pb.Role_APPROVER)
	req := &pb.SuspendOrganizationRequest{RequestId: markettest.ID(), Name: o.Name, Etag: "1", Reason: "材料不实"}
	if err := m.Together(second, func() error { return markettest.Failed(m.Organizations.SuspendOrganization(first.Ctx(), req)) }); err != nil {
		t.Fatal(err)
	}
}

// united is a bid of a lead with others, who have a tenth each.
func united(m *markettest.Market, lead *markettest.Member, others ...string) seal.Plain {
	p := m.Plain(lead, 5, 1)
	p.Consortium = []seal.Member{{Organization: lead.Name, Share: int64(10_000 - 1000*len(others)), Task: "研发"}}
	for _, o := range others {
		p.Consortium = append(p.Consortium, seal.Member{Organization: o, Share: 1000, Task: "中试"})
	}
	return p
}

// TestConsortia seals consortia to custodians: whichever of them open, and in whichever order the bids came, the same ones are invalid once all are opened, for the
// same reasons, and no notice, list or read tells of a member before.
func TestConsortia(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		keepers, firm, bad := m.Keepers(3), m.Firm(), m.University()
		a, b, c, d, e, f, g, h := m.University(), m.University(), m.University(), m.University(), m.University(), m.University(), m.University(), m.University()
		free, shared := m.Firm(), m.Firm()
		plains := map[*markettest.Member]seal.Plain{
			a: united(m, a, free.Name), b: united(m, b, c.Name), c: m.Plain(c, 6, 1), d: united(m, d, shared.Name), e: united(m, e, shared.Name),
			f: united(m, f, firm.Name), g: united(m, g, bad.Name), h: united(m, h, "organizations/o330182-0000000000000000"),
		}
		want := map[*markettest.Member]string{b: "CONSORTIUM_MEMBER_BIDS", d: "CONSORTIUM_MEMBER_SHARED", e: "CONSORTIUM_MEMBER_SHARED", f: "CONSORTIUM_DEMANDER",
			g: "CONSORTIUM_MEMBER_STANDING", h: "CONSORTIUM_MEMBER_UNKNOWN"}
		order := []*markettest.Member{a, b, c, d, e, f, g, h}
		var deals []*pb.Demand
		for range 2 {
			deal, names := m.SealedDemand(firm, 10*time.Minute), map[*markettest.Member]string{}
			for _, who := range order {
				names[who] = markettest.Must(m.Finalize(who, deal.GetName(), m.Seal(m.Terms(deal.GetName()), plains[who]), 1))(t).GetBid()
			}
			if list := markettest.Must(m.Bids.ListBids(free.Ctx(), &pb.ListBidsRequest{Parent: deal.GetName()}))(t); len(list.GetBids()) > 0 {
				t.Errorf("a member reads %v before the opening", list)
			}
			if len(deals) == 0 {
				suspend(t, m, bad) // after it was named
			}
			deals = append(deals, m.Close(firm, deal))
			m.Give(keepers[len(deals)], deal.GetName())
			m.Give(keepers[0], deal.GetName())
			m.Settle()
			for who, name := range names {
				got := bid(t, m, who.Ctx(), name)
				state := pb.Bid_OPENED
				if want[who] != "" {
					state = pb.Bid_INVALID
				}
				if got.GetState() != state || got.GetFault() != want[who] || len(got.GetConsortium()) != len(plains[who].Consortium) {
					t.Errorf("got %v, want %s %s", got, state, want[who])
				}
			}
			if one := bid(t, m, firm.Ctx(), names[a]); one.GetConsortium()[1].GetOrganization() != free.Name || one.GetConsortium()[1].GetShare() != 1000 || one.GetConsortium()[1].GetTask() != "中试" {
				t.Errorf("got %v", one.GetConsortium())
			}
			award := &pb.AwardDemandRequest{RequestId: markettest.ID(), Name: deal.GetName(), Bid: names[b], Etag: deals[len(deals)-1].GetEtag()}
			if err := markettest.Failed(m.Demands.AwardDemand(firm.Ctx(), award)); rpc.Reason(err) != "BID_NOT_FOUND" {
				t.Errorf("an excluded bid is awarded: %v", err)
			}
			slices.Reverse(order)
		}
		verified(t, m)
	})
}

// TestConsortiumOpenedInTwo opens the bids in two goes, whichever comes first: nothing is decided between them before the last.
func TestConsortiumOpenedInTwo(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		keepers, firm, shared := m.Keepers(3), m.Firm(), m.Firm()
		for _, late := range []int{0, 1} {
			deal := m.SealedDemand(firm, 10*time.Minute)
			var names []string
			for range 2 {
				lead := m.University()
				names = append(names, markettest.Must(m.Finalize(lead, deal.GetName(), m.Seal(m.Terms(deal.GetName()), united(m, lead, shared.Name)), 1))(t).GetBid())
			}
			m.Close(firm, deal)
			m.Give(keepers[0], deal.GetName())
			req := m.Shares(keepers[1], deal.GetName())
			for _, s := range req.GetShares() {
				if s.GetBid() == names[late] {
					s.Value = nil // it says that it cannot read this one
				}
			}
			third := m.Shares(keepers[2], deal.GetName())
			markettest.Must(m.Openings.SubmitShares(keepers[1].Ctx(), req))(t)
			m.Settle()
			if first := bid(t, m, firm.Ctx(), names[1-late]); first.GetState() != pb.Bid_OPENED {
				t.Errorf("got %v, want it opened, and nothing decided", first)
			}
			third.Shares = slices.DeleteFunc(third.GetShares(), func(s *pb.SubmitSharesRequest_Share) bool { return s.GetBid() != names[late] })
			markettest.Must(m.Openings.SubmitShares(keepers[2].Ctx(), third))(t)
			m.Settle()
			for _, name := range names {
				if got := bid(t, m, firm.Ctx(), name); got.GetState() != pb.Bid_INVALID || got.GetFault() != "CONSORTIUM_MEMBER_SHARED" {
					t.Errorf("got %v", got)
				}
			}
		}
		verified(t, m)
	})
}

// TestConsortiumHere writes a consortium on the platform: what its bidder can mend is refused at once, what others do is not asked before the opening.
func TestConsortiumHere(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, lead, member, rival := m.Firm(), m.University(), m.University(), m.University()
		d := m.Publish(firm, time.Hour)
		draft := func(members ...*pb.ConsortiumMember) func() error {
			return func() error {
				return markettest.Failed(m.Bids.CreateBid(lead.Ctx(), &pb.CreateBidRequest{RequestId: markettest.ID(), Parent: d.GetName(),
					Bid: &pb.Bid{Amount: markettest.Yuan(5), Proposal: "合作", Consortium: members}}))
			}
		}
		own, other := &pb.ConsortiumMember{Organization: lead.Name, Share: 6000, Task: "研发"}, &pb.ConsortiumMember{Organization: member.Name, Share: 4000}
		refuse(t, m, []refusal{
			{"too little", draft(own, &pb.ConsortiumMember{Organization: member.Name, Share: 3999}), codes.InvalidArgument, "CONSORTIUM_SHARES", "bid.consortium"},
			{"twice", draft(own, &pb.ConsortiumMember{Organization: lead.Name, Share: 4000}), codes.InvalidArgument, "CONSORTIUM_MEMBER_REPEATED", "bid.consortium"},
			{"without the lead", draft(&pb.ConsortiumMember{Organization: member.Name, Share: 10000}), codes.InvalidArgument, "CONSORTIUM_LEAD", "bid.consortium"},
			{"the demander", draft(own, &pb.ConsortiumMember{Organization: firm.Name, Share: 4000}), codes.FailedPrecondition, "CONSORTIUM_DEMANDER", "bid.consortium"},
			{"a bureau", draft(own, &pb.ConsortiumMember{Organization: m.Bureau.Name, Share: 4000}), codes.FailedPrecondition, "CONSORTIUM_MEMBER_STANDING", "bid.consortium"},
			{"nobody", draft(own, &pb.ConsortiumMember{Organization: "organizations/o330182-0000000000000000", Share: 4000}), codes.FailedPrecondition, "CONSORTIUM_MEMBER_UNKNOWN", "bid.consortium"},
		})
		m.Bid(member, d, 7) // which nothing tells the lead
		b := markettest.Must(m.Bids.CreateBid(lead.Ctx(), &pb.CreateBidRequest{RequestId: markettest.ID(), Parent: d.GetName(),
			Bid: &pb.Bid{Amount: markettest.Yuan(5), Proposal: "合作", Consortium: []*pb.ConsortiumMember{own, other}}}))(t)
		b = markettest.Must(m.Bids.SubmitBid(lead.Ctx(), &pb.SubmitBidRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: b.GetEtag()}))(t)
		if !proto.Equal(b.GetConsortium()[1], other) {
			t.Errorf("its bidder reads %v", b)
		}
		for _, who := range []*markettest.Member{member, rival, firm, m.Bureau} {
			markettest.Want(t, markettest.Failed(m.Bids.GetBid(who.Ctx(), &pb.GetBidRequest{Name: b.GetName()})), codes.NotFound, "BID_NOT_FOUND", "")
		}
		second := m.Publish(firm, time.Hour)
		r := m.Bid(lead, second, 5)
		r = markettest.Must(m.Bids.ReplaceBid(lead.Ctx(), &pb.ReplaceBidRequest{RequestId: markettest.ID(), Name: r.GetName(), Etag: r.GetEtag(), Amount: markettest.Yuan(4), Proposal: "合作",
			Consortium: []*pb.ConsortiumMember{own, other}}))(t)
		m.Close(firm, second)
		m.Close(firm, d)
		if got := bid(t, m, lead.Ctx(), b.GetName()); got.GetState() != pb.Bid_INVALID || got.GetFault() != "CONSORTIUM_MEMBER_BIDS" {
			t.Errorf("got %v", got)
		}
		if got := bid(t, m, firm.Ctx(), r.GetName()); got.GetState() != pb.Bid_OPENED || !proto.Equal(got.GetConsortium()[0], own) {
			t.Errorf("got %v", got)
		}
		verified(t, m)
	})
}
