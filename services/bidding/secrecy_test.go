package bidding_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// outsiders are everybody but the bidder, by what they are.
func outsiders(t *testing.T, m *markettest.Market, firm *markettest.Member) map[string]context.Context {
	return map[string]context.Context{
		"firm":             firm.Ctx(),
		"firm's editor":    m.Token(firm.Name, pb.Role_EDITOR).Ctx(),
		"other university": m.University().Ctx(),
		"other firm":       m.Firm().Ctx(),
		"broker":           m.Join(pb.Organization_BROKER).Ctx(),
		"bureau":           m.Bureau.Ctx(),
		"operator":         m.Token(m.Bureau.Name, pb.Role_OPERATOR).Ctx(),
		"auditor":          m.Token(m.Bureau.Name, pb.Role_AUDITOR).Ctx(),
		"admin":            m.Token(m.Bureau.Name, pb.Role_SECADMIN).Ctx(),
		"other bureau":     markettest.As(t.Context(), m.Server.FirstTokens[markettest.Other]),
	}
}

// afterOpening are the outsiders that may read a bid once it is opened.
var afterOpening = []string{"firm", "firm's editor", "bureau", "operator", "auditor"}

// get is the status of reading a bid.
func get(m *markettest.Market, ctx context.Context, name string) error {
	return markettest.Failed(m.Bids.GetBid(ctx, &pb.GetBidRequest{Name: name}))
}

// TestSealed looks at a bid with everybody's eyes before the deadline: to an outsider a bid that is there is byte for byte as one that
// never was, and no list has it. After the opening the firm and its bureau read it, and nobody else.
func TestSealed(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, zju := m.Firm(), m.University()
		d := m.Publish(firm, time.Hour)
		b := m.Bid(zju, d, 5)
		never := d.GetName() + "/bids/b330182-0000000000000000"
		all := outsiders(t, m, firm)
		parents := []string{d.GetName(), "demands/-"}
		for who, ctx := range all {
			err := get(m, ctx, b.GetName())
			markettest.Want(t, err, codes.NotFound, "BID_NOT_FOUND", "")
			if got, want := status.Convert(err).Proto(), status.Convert(get(m, ctx, never)).Proto(); !proto.Equal(got, want) {
				t.Errorf("%s: got %v, want as for a bid that never was: %v", who, got, want)
			}
			for _, parent := range parents {
				if resp := markettest.Must(m.Bids.ListBids(ctx, &pb.ListBidsRequest{Parent: parent}))(t); len(resp.GetBids()) != 0 || resp.GetNextPageToken() != "" {
					t.Errorf("%s lists %s: got %v, want nothing", who, parent, resp)
				}
			}
		}
		markettest.Want(t, get(m, t.Context(), b.GetName()), codes.Unauthenticated, "TOKEN_MISSING", "")
		markettest.Want(t, markettest.Failed(m.Bids.ListBids(t.Context(), &pb.ListBidsRequest{Parent: d.GetName()})), codes.Unauthenticated, "TOKEN_MISSING", "")
		markettest.Want(t, get(m, zju.Ctx(), "demands/d330182-0000000000000000/bids/"+strings.Split(b.GetName(), "/")[3]), codes.NotFound, "BID_NOT_FOUND", "")
		m.Close(firm, d)
		for who, ctx := range all {
			may := slices.Contains(afterOpening, who)
			if err := get(m, ctx, b.GetName()); (err == nil) != may {
				t.Errorf("%s after the opening: got %v, want it readable: %t", who, err, may)
			}
			for _, parent := range parents {
				if resp := markettest.Must(m.Bids.ListBids(ctx, &pb.ListBidsRequest{Parent: parent}))(t); (len(resp.GetBids()) == 1) != may {
					t.Errorf("%s lists %s after the opening: got %v, want it there: %t", who, parent, resp, may)
				}
			}
		}
	})
}

// TestSealedInDemand compares a demand with a bid and one without: what anybody reads of them, and what the bidding of others answers, is
// the same but for their names.
func TestSealedInDemand(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, zju := m.Firm(), m.University()
		with, without := m.Publish(firm, time.Hour), m.Publish(firm, time.Hour)
		m.Clock.Advance(time.Second)
		m.Bid(zju, with, 5)
		for who, ctx := range outsiders(t, m, firm) {
			for _, d := range []*pb.Demand{with, without} {
				if got := markettest.Must(m.Demands.GetDemand(ctx, &pb.GetDemandRequest{Name: d.GetName()}))(t); !proto.Equal(got, d) {
					t.Errorf("%s: got %v, want it untouched by bids: %v", who, got, d)
				}
			}
		}
	})
}

// TestSealedInLedger reads the ledger with everybody's eyes before the deadline: no entry that an outsider reads tells of the bid. After
// the opening the auditor reads the whole.
func TestSealedInLedger(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, zju := m.Firm(), m.University()
		d := m.Publish(firm, time.Hour)
		all := outsiders(t, m, firm)
		first := markettest.Sizes(t, m)[0]
		b := m.Bid(zju, d, 5)
		last := b.GetReceipt().GetSequence()
		for who, ctx := range all {
			var seen []*pb.Entry
			for n := first; n <= last; n++ {
				if e, err := m.Ledgers.GetEntry(ctx, &pb.GetEntryRequest{Name: fmt.Sprintf("ledgers/%s/entries/%d", markettest.Jurisdiction, n)}); err == nil {
					seen = append(seen, e)
				}
			}
			if resp, err := m.Ledgers.ListEntries(ctx, &pb.ListEntriesRequest{Parent: "ledgers/" + markettest.Jurisdiction, FromSequence: first}); err == nil {
				seen = append(seen, resp.GetEntries()...)
			}
			for _, e := range seen {
				if told := e.String(); strings.Contains(told, zju.Name) || strings.Contains(told, "bid") {
					t.Errorf("%s reads before the deadline: %s %s %s", who, e.GetName(), e.GetKind(), e.GetSubject())
				}
			}
		}
		for n := first; n <= last; n++ {
			markettest.Must(m.Ledgers.GetEntry(zju.Ctx(), &pb.GetEntryRequest{Name: fmt.Sprintf("ledgers/%s/entries/%d", markettest.Jurisdiction, n)}))(t)
		}
		m.Close(firm, d)
		resp := markettest.Must(m.Ledgers.ListEntries(all["auditor"], &pb.ListEntriesRequest{Parent: "ledgers/" + markettest.Jurisdiction, FromSequence: first}))(t)
		if len(resp.GetEntries()) != 4 || resp.GetEntries()[1].GetKind() != "bid.submitted" {
			t.Errorf("after the opening: got %v, want the bid drafted, submitted, the demand closed and the bid opened", resp.GetEntries())
		}
	})
}

// TestNeverOpened withdraws a demand with a bid: what the ledger holds of the bid stays for its bidder alone, since nobody has opened it.
func TestNeverOpened(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, zju := m.Firm(), m.University()
		d := m.Publish(firm, time.Hour)
		first := markettest.Sizes(t, m)[0]
		b := m.Bid(zju, d, 5)
		markettest.Must(m.Demands.WithdrawDemand(firm.Ctx(), &pb.WithdrawDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag()}))(t)
		m.Clock.Advance(2 * time.Hour)
		m.Settle()
		auditor, own := m.Token(m.Bureau.Name, pb.Role_AUDITOR), false
		for _, e := range markettest.Must(m.Ledgers.ListEntries(auditor.Ctx(), &pb.ListEntriesRequest{Parent: "ledgers/" + markettest.Jurisdiction, FromSequence: first}))(t).GetEntries() {
			if strings.HasPrefix(e.GetSubject(), b.GetName()) {
				t.Errorf("the auditor reads %s of %s", e.GetKind(), e.GetSubject())
			}
			got, err := m.Ledgers.GetEntry(zju.Ctx(), &pb.GetEntryRequest{Name: e.GetName()})
			own = own || err == nil && got.GetSubject() == b.GetName()
		}
		if !own {
			t.Error("the bidder does not read the entries of its own bid")
		}
	})
}

// TestCrowd amends and withdraws demands with none, one and three bids: the ledger grows by as much for each, and a bidder finds its own entry anywhere in it.
func TestCrowd(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, size := m.Firm(), func() int64 { return markettest.Sizes(t, m)[0] }
		places := map[int64]bool{}
		grown := func(bids int) (amended, withdrawn int64) {
			d := m.Publish(firm, 200*24*time.Hour)
			own := map[*markettest.Member]*pb.Bid{}
			for i := range bids {
				zju := m.University()
				own[zju] = m.Bid(zju, d, int64(i+1))
			}
			before := size()
			d.Description = "改过的说明"
			d = markettest.Must(m.Demands.AmendDemand(firm.Ctx(), &pb.AmendDemandRequest{RequestId: markettest.ID(), Demand: d, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"description"}}}))(t)
			between := size()
			for zju, b := range own {
				places[markettest.Must(m.Bids.GetBid(zju.Ctx(), &pb.GetBidRequest{Name: b.GetName()}))(t).GetReceipt().GetSequence()-before] = true
			}
			markettest.Must(m.Demands.WithdrawDemand(firm.Ctx(), &pb.WithdrawDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag()}))(t)
			return between - before, size() - between
		}
		amended, withdrawn := grown(0)
		for _, bids := range []int{1, 3, 1, 1} {
			if a, w := grown(bids); a != amended || w != withdrawn {
				t.Errorf("with %d bids the ledger grew by %d and %d, without by %d and %d", bids, a, w, amended, withdrawn)
			}
		}
		if len(places) < 4 { // of six; the chance of fewer is one in a thousand and less
			t.Errorf("six bids stand at the places %v", places)
		}
	})
}

// TestList compares, for each caller, the list with what the caller gets one by one, in several states of several demands.
func TestList(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, other, zju, sspu := m.Firm(), m.Firm(), m.University(), m.University()
		var names []string
		for _, owner := range []*markettest.Member{firm, other, firm} {
			d := m.Publish(owner, time.Hour)
			names = append(names, m.Bid(zju, d, 5).GetName(), m.DraftBid(m.University(), d, 6).GetName())
			b := m.Bid(sspu, d, 7)
			markettest.Must(m.Bids.WithdrawBid(sspu.Ctx(), &pb.WithdrawBidRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: b.GetEtag()}))(t)
			names = append(names, b.GetName(), m.Bid(sspu, d, 8).GetName())
			if owner == firm && len(names) < 5 {
				d = m.Close(owner, d)
				m.Award(firm, d, markettest.Must(m.Bids.GetBid(firm.Ctx(), &pb.GetBidRequest{Name: names[0]}))(t))
			}
		}
		counts := map[string]int{}
		for who, ctx := range map[string]context.Context{"firm": firm.Ctx(), "other firm": other.Ctx(), "zju": zju.Ctx(), "sspu": sspu.Ctx(), "bureau": m.Bureau.Ctx(),
			"other bureau": markettest.As(t.Context(), m.Server.FirstTokens[markettest.Other])} {
			whole := bids(t, ctx, m, "", 200)
			counts[who] = len(whole)
			for _, name := range names {
				err := get(m, ctx, name)
				if listed := slices.Contains(whole, name); listed != (err == nil) {
					t.Errorf("%s %s: listed %t, but get says %v", who, name, listed, err)
				}
			}
			for size := int32(1); size <= int32(len(whole)); size++ {
				if got := bids(t, ctx, m, "create_time desc", size); !slices.Equal(got, whole) {
					t.Errorf("%s in pages of %d: got %v, want %v", who, size, got, whole)
				}
			}
			slices.Reverse(whole)
			if got := bids(t, ctx, m, "create_time", 2); !slices.Equal(got, whole) {
				t.Errorf("%s rising: got %v, want %v", who, got, whole)
			}
		}
		if want := map[string]int{"firm": 2, "other firm": 0, "zju": 3, "sspu": 6, "bureau": 2, "other bureau": 0}; fmt.Sprint(counts) != fmt.Sprint(want) {
			t.Errorf("got %v, want %v", counts, want)
		}
	})
}

// bids reads the names of all bids that a caller may read, in pages.
func bids(t testing.TB, ctx context.Context, m *markettest.Market, order string, size int32) (names []string) {
	t.Helper()
	req := &pb.ListBidsRequest{Parent: "demands/-", OrderBy: order, PageSize: size}
	for {
		resp, err := m.Bids.ListBids(ctx, req)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range resp.GetBids() {
			names = append(names, b.GetName())
		}
		if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
			return names
		}
	}
}

// TestListRequests tries filters of bids, and requests that are none.
func TestListRequests(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, zju, sspu := m.Firm(), m.University(), m.University()
		d, e := m.Publish(firm, time.Minute), m.Publish(firm, time.Minute)
		first := m.Bid(zju, d, 5)
		m.Bid(sspu, d, 6)
		m.Bid(zju, e, 5)
		d = m.Close(firm, d)
		m.Award(firm, d, first)
		for filter, want := range map[string]int{
			``: 3, `state = "WON"`: 1, `state = "NOT_SELECTED"`: 1, `state = "OPENED"`: 1, `state != "WON"`: 2, `state = "SUBMITTED"`: 0,
			fmt.Sprintf(`organization = %q`, zju.Name): 2, fmt.Sprintf(`organization = %q AND state = "WON"`, zju.Name): 1, fmt.Sprintf(`NOT organization = %q`, zju.Name): 1,
			`create_time > "2026-03-02T04:00:00Z"`: 0, `create_time <= "2026-03-02T04:00:00Z"`: 3, `organization:"o330182"`: 3, `organization = "' OR 1=1 --"`: 0,
		} {
			if got := markettest.Must(m.Bids.ListBids(firm.Ctx(), &pb.ListBidsRequest{Parent: "demands/-", Filter: filter}))(t).GetBids(); len(got) != want {
				t.Errorf("%s: got %v, want %d", filter, got, want)
			}
		}
		token := markettest.Must(m.Bids.ListBids(firm.Ctx(), &pb.ListBidsRequest{Parent: d.GetName(), PageSize: 1}))(t).GetNextPageToken()
		ask := func(req *pb.ListBidsRequest) func() error {
			return func() error { return markettest.Failed(m.Bids.ListBids(firm.Ctx(), req)) }
		}
		refuse(t, m, []refusal{
			{"no parent", ask(&pb.ListBidsRequest{}), codes.InvalidArgument, "FIELD_INVALID", "parent"},
			{"parent of another kind", ask(&pb.ListBidsRequest{Parent: "organizations/x"}), codes.InvalidArgument, "FIELD_INVALID", "parent"},
			{"page size", ask(&pb.ListBidsRequest{Parent: "demands/-", PageSize: -1}), codes.InvalidArgument, "FIELD_INVALID", "page_size"},
			{"token of another demand", ask(&pb.ListBidsRequest{Parent: e.GetName(), PageToken: token}), codes.InvalidArgument, "PAGE_TOKEN_INVALID", "page_token"},
			{"token of all", ask(&pb.ListBidsRequest{Parent: "demands/-", PageToken: token}), codes.InvalidArgument, "PAGE_TOKEN_INVALID", "page_token"},
			{"filter by amount", ask(&pb.ListBidsRequest{Parent: "demands/-", Filter: `amount = "5"`}), codes.InvalidArgument, "FILTER_INVALID", "filter"},
			{"filter by proposal", ask(&pb.ListBidsRequest{Parent: "demands/-", Filter: `proposal:"5"`}), codes.InvalidArgument, "FILTER_INVALID", "filter"},
			{"order by amount", ask(&pb.ListBidsRequest{Parent: "demands/-", OrderBy: "amount"}), codes.InvalidArgument, "ORDER_BY_INVALID", "order_by"},
			{"get no name", func() error { return get(m, firm.Ctx(), "bids/1") }, codes.InvalidArgument, "FIELD_INVALID", "name"},
		})
	})
}
