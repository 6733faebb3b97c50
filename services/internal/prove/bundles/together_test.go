package bundles

import (
	"strings"
	"testing"
	"time"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/ledger/entry"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// together is a consortium that wins and signs, beside one that is excluded because a member bids itself, and two of the same member.
func together(t *testing.T, m *markettest.Market) {
	firm, lead, one, two, own := m.Firm(), m.University(), m.University(), m.Firm(), m.University()
	d := m.Publish(firm, time.Hour)
	bid := func(who *markettest.Member, others ...*markettest.Member) *pb.Bid {
		c := []*pb.ConsortiumMember{{Organization: who.Name, Share: int32(10_000 - 3333*len(others)), Task: "研发 <甲>"}}
		for _, o := range others {
			c = append(c, &pb.ConsortiumMember{Organization: o.Name, Share: 3333})
		}
		b := markettest.Must(m.Bids.CreateBid(who.Ctx(), &pb.CreateBidRequest{RequestId: markettest.ID(), Parent: d.GetName(), Bid: &pb.Bid{Amount: markettest.Yuan(418_000), Proposal: "合作", Consortium: c}}))(t)
		return markettest.Must(m.Bids.SubmitBid(who.Ctx(), &pb.SubmitBidRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: b.GetEtag()}))(t)
	}
	shared := m.Firm()
	best := bid(lead, one, two)
	bid(m.University(), own)
	bid(m.University(), shared)
	bid(m.University(), shared)
	m.Bid(own, d, 500_000)
	k := m.Contract(firm, m.Award(firm, m.Close(firm, d), best))
	for _, who := range []*markettest.Member{one, firm, lead, two} {
		k = m.Sign(who, k)
	}
}

// aboutConsortia are the lies about consortia, and what the first verifier says of each.
var aboutConsortia = []lie{
	{"a contract in force without a member's signature", together, func(f forger) {
		f.edit("contract.activated", func(e *entry.Entry) {
			v, _ := e.Row.Get("member_signatures")
			put(e, "member_signatures", v[:strings.Index(v, ",{")]+"]")
		})
	}, "缺少联合体成员的签署"},
	{"a member's signature that nobody has seen come", together, func(f forger) {
		f.edit("contract.signed", func(e *entry.Entry) {
			v, _ := e.Row.Get("member_signatures")
			put(e, "member_signatures", strings.Replace(v, `"at":"2026`, `"at":"2025`, 1))
		})
	}, "签署"},
	{"a consortium changed after the opening", together, func(f forger) {
		f.edit("bid.won", func(e *entry.Entry) {
			v, _ := e.Row.Get("consortium")
			put(e, "consortium", strings.Replace(strings.Replace(v, "3333", "3332", 1), "3334", "3335", 1))
		})
	}, "开启后内容被改动"},
	{"an amount changed after the opening", together, func(f forger) {
		f.edit("bid.won", func(e *entry.Entry) { put(e, "amount_fen", "51800000") })
	}, "开启后内容被改动"},
	{"shares that are not the whole", together, func(f forger) {
		f.each("", func(e *entry.Entry) bool {
			if v, ok := e.Row.Get("consortium"); ok {
				put(e, "consortium", strings.Replace(v, "3333", "3332", 1))
			}
			return true
		})
	}, "信封不符"},
	{"a contract with another consortium than won", together, func(f forger) {
		f.each("contract.", func(e *entry.Entry) bool {
			v, _ := e.Row.Get("consortium")
			put(e, "consortium", strings.Replace(strings.Replace(v, "3333", "3332", 1), "3334", "3335", 1))
			return true
		})
	}, "与中榜的揭榜书不符"},
	{"a contract that leaves the consortium out", together, func(f forger) {
		f.each("contract.", func(e *entry.Entry) bool {
			put(e, "consortium", "")
			put(e, "member_signatures", "")
			return true
		})
	}, "与中榜的揭榜书不符"},
	{"a bid excluded for another reason", together, func(f forger) {
		f.edit("bid.excluded", func(e *entry.Entry) { put(e, "fault", "CONSORTIUM_MEMBER_STANDING") })
	}, "不符"},
	{"a bid excluded for nothing", together, func(f forger) {
		f.edit("bid.not_selected", func(e *entry.Entry) {
			e.Kind = "bid.excluded"
			put(e, "state", "invalid")
			put(e, "fault", "CONSORTIUM_MEMBER_BIDS")
		})
	}, "不符"},
	{"a bid that goes on although its consortium is barred", together, func(f forger) {
		f.edit("bid.excluded", func(e *entry.Entry) {
			e.Kind = "bid.shortlisted"
			put(e, "state", "shortlisted")
			put(e, "fault", "")
		})
	}, "没有判为无效"},
}
