package bidding_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// shapes are the wrong contents of a bid.
var shapes = []struct {
	name          string
	amount        *money.Money
	proposal      string
	reason, field string
}{
	{"no amount", nil, "方案", "FIELD_INVALID", "amount"},
	{"0", markettest.Fen(0), "方案", "AMOUNT_NOT_POSITIVE", "amount"},
	{"negative", markettest.Yuan(-1), "方案", "AMOUNT_NOT_POSITIVE", "amount"},
	{"1 fen too large", markettest.Fen(1_000_000_000_000_001), "方案", "AMOUNT_TOO_LARGE", "amount"},
	{"huge", &money.Money{CurrencyCode: "CNY", Units: math.MaxInt64, Nanos: 990_000_000}, "方案", "AMOUNT_TOO_LARGE", "amount"},
	{"half a fen", &money.Money{CurrencyCode: "CNY", Units: 1, Nanos: 5_000_000}, "方案", "AMOUNT_FRACTION", "amount"},
	{"dollars", &money.Money{CurrencyCode: "USD", Units: 1}, "方案", "AMOUNT_CURRENCY", "amount"},
	{"no proposal", markettest.Fen(1), "", "FIELD_INVALID", "proposal"},
	{"long proposal", markettest.Fen(1), strings.Repeat("字", 20_001), "FIELD_INVALID", "proposal"},
	{"proposal with NUL", markettest.Fen(1), "\x00", "FIELD_INVALID", "proposal"},
}

// TestShapes spoils the content of a bid in its draft, in a change of the draft, and in a replacement.
func TestShapes(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := m.Publish(m.Firm(), time.Hour)
		creator, drafter, submitter := m.University(), m.University(), m.Firm()
		draft, submitted := m.DraftBid(drafter, d, 5), m.Bid(submitter, d, 5)
		var refusals []refusal
		for _, s := range shapes {
			refusals = append(refusals, refusal{"create: " + s.name, func() error {
				return markettest.Failed(m.Bids.CreateBid(creator.Ctx(), &pb.CreateBidRequest{RequestId: markettest.ID(), Parent: d.GetName(), Bid: &pb.Bid{Amount: s.amount, Proposal: s.proposal}}))
			}, codes.InvalidArgument, s.reason, "bid." + s.field}, refusal{"update: " + s.name, func() error {
				return markettest.Failed(m.Bids.UpdateBid(drafter.Ctx(), &pb.UpdateBidRequest{RequestId: markettest.ID(),
					Bid: &pb.Bid{Name: draft.GetName(), Etag: draft.GetEtag(), Amount: s.amount, Proposal: s.proposal}}))
			}, codes.InvalidArgument, s.reason, "bid." + s.field}, refusal{"replace: " + s.name, func() error {
				return markettest.Failed(m.Bids.ReplaceBid(submitter.Ctx(), &pb.ReplaceBidRequest{RequestId: markettest.ID(), Name: submitted.GetName(), Etag: submitted.GetEtag(),
					Amount: s.amount, Proposal: s.proposal}))
			}, codes.InvalidArgument, s.reason, s.field})
		}
		for _, path := range []string{"state", "version", "organization", "content_digest", "nothing", ""} {
			refusals = append(refusals, refusal{"mask " + path, func() error {
				return markettest.Failed(m.Bids.UpdateBid(drafter.Ctx(), &pb.UpdateBidRequest{RequestId: markettest.ID(), Bid: draft, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{path}}}))
			}, codes.InvalidArgument, "UPDATE_MASK_INVALID", "update_mask"})
		}
		refuse(t, m, refusals)
	})
}

// TestCreateRefusals has the refusals of CreateBid that are no shapes.
func TestCreateRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, zju := m.Firm(), m.University()
		open, draft := m.Publish(firm, time.Hour), m.Draft(firm, time.Hour)
		gone := m.Publish(firm, time.Hour)
		markettest.Must(m.Demands.WithdrawDemand(firm.Ctx(), &pb.WithdrawDemandRequest{RequestId: markettest.ID(), Name: gone.GetName(), Etag: gone.GetEtag()}))(t)
		twice := m.University()
		m.DraftBid(twice, open, 5)
		create := func(o *markettest.Member, parent string) func() error {
			return func() error {
				return markettest.Failed(m.Bids.CreateBid(o.Ctx(), &pb.CreateBidRequest{RequestId: markettest.ID(), Parent: parent, Bid: &pb.Bid{Amount: markettest.Fen(1), Proposal: "方案"}}))
			}
		}
		refuse(t, m, []refusal{
			{"no bid", func() error {
				return markettest.Failed(m.Bids.CreateBid(zju.Ctx(), &pb.CreateBidRequest{RequestId: markettest.ID(), Parent: open.GetName()}))
			}, codes.InvalidArgument, "FIELD_INVALID", "bid"},
			{"no parent", create(zju, ""), codes.InvalidArgument, "FIELD_INVALID", "parent"},
			{"parent of another kind", create(zju, "contracts/x"), codes.InvalidArgument, "FIELD_INVALID", "parent"},
			{"any demand", create(zju, "demands/-"), codes.NotFound, "DEMAND_NOT_FOUND", ""},
			{"no demand", create(zju, "demands/d330182-0000000000000000"), codes.NotFound, "DEMAND_NOT_FOUND", ""},
			{"no jurisdiction", create(zju, "demands/d999999-0000000000000000"), codes.NotFound, "JURISDICTION_NOT_FOUND", ""},
			{"another's draft", create(zju, draft.GetName()), codes.NotFound, "DEMAND_NOT_FOUND", ""},
			{"own draft", create(firm, draft.GetName()), codes.FailedPrecondition, "DEMAND_NOT_OPEN", ""},
			{"withdrawn", create(zju, gone.GetName()), codes.FailedPrecondition, "DEMAND_NOT_OPEN", ""},
			{"own", create(firm, open.GetName()), codes.FailedPrecondition, "BIDDER_IS_POSTER", ""},
			{"broker", create(m.Join(pb.Organization_BROKER), open.GetName()), codes.FailedPrecondition, "BIDDER_KIND", ""},
			{"bureau", create(m.Bureau, open.GetName()), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"anonymous", func() error {
				return markettest.Failed(m.Bids.CreateBid(t.Context(), &pb.CreateBidRequest{RequestId: markettest.ID(), Parent: open.GetName(), Bid: &pb.Bid{Amount: markettest.Fen(1), Proposal: "方案"}}))
			}, codes.Unauthenticated, "TOKEN_MISSING", ""},
			{"twice", create(twice, open.GetName()), codes.AlreadyExists, "BID_EXISTS", ""},
		})
	})
}

// change is a change of a bid that is there.
type change struct {
	name  string
	call  func(o *markettest.Member, etag string) error
	field string // where the request has the etag
}

// changes are the changes of a bid.
func changes(m *markettest.Market, b *pb.Bid) []change {
	return []change{
		{"update", func(o *markettest.Member, etag string) error {
			b := proto.CloneOf(b)
			b.Etag = etag
			return markettest.Failed(m.Bids.UpdateBid(o.Ctx(), &pb.UpdateBidRequest{RequestId: markettest.ID(), Bid: b}))
		}, "bid.etag"},
		{"submit", func(o *markettest.Member, etag string) error {
			return markettest.Failed(m.Bids.SubmitBid(o.Ctx(), &pb.SubmitBidRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: etag}))
		}, "etag"},
		{"replace", func(o *markettest.Member, etag string) error {
			return markettest.Failed(m.Bids.ReplaceBid(o.Ctx(), &pb.ReplaceBidRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: etag, Amount: markettest.Fen(1), Proposal: "方案"}))
		}, "etag"},
		{"withdraw", func(o *markettest.Member, etag string) error {
			return markettest.Failed(m.Bids.WithdrawBid(o.Ctx(), &pb.WithdrawBidRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: etag}))
		}, "etag"},
	}
}

// TestEtags changes a bid without an etag, with an old one and with nonsense.
func TestEtags(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		zju := m.University()
		b := m.Bid(zju, m.Publish(m.Firm(), time.Hour), 5)
		var refusals []refusal
		for _, c := range changes(m, b) {
			refusals = append(refusals, refusal{c.name + " without", func() error { return c.call(zju, "") }, codes.InvalidArgument, "ETAG_REQUIRED", c.field})
			for _, etag := range []string{"1", "3", "nonsense"} {
				refusals = append(refusals, refusal{c.name + " " + etag, func() error { return c.call(zju, etag) }, codes.Aborted, "ETAG_STALE", c.field})
			}
		}
		refuse(t, m, refusals)
	})
}

// stages bring a bid into each of its states; reasons are those of each change there, and "" one that is allowed.
var stages = []struct {
	state   pb.Bid_State
	reasons map[string]string
}{
	{pb.Bid_DRAFT, map[string]string{"update": "", "submit": "", "replace": "BID_STATE", "withdraw": ""}},
	{pb.Bid_SUBMITTED, map[string]string{"update": "BID_NOT_DRAFT", "submit": "BID_STATE", "replace": "", "withdraw": ""}},
	{pb.Bid_WITHDRAWN, map[string]string{"update": "BID_NOT_DRAFT", "submit": "BID_STATE", "replace": "BID_STATE", "withdraw": "BID_STATE"}},
	{pb.Bid_OPENED, map[string]string{"update": "DEMAND_NOT_OPEN", "submit": "DEMAND_NOT_OPEN", "replace": "DEMAND_NOT_OPEN", "withdraw": "DEMAND_NOT_OPEN"}},
	{pb.Bid_WON, map[string]string{"update": "DEMAND_NOT_OPEN", "submit": "DEMAND_NOT_OPEN", "replace": "DEMAND_NOT_OPEN", "withdraw": "DEMAND_NOT_OPEN"}},
}

// bring brings a bid of zju into a state.
func bring(t *testing.T, m *markettest.Market, zju *markettest.Member, state pb.Bid_State) *pb.Bid {
	t.Helper()
	firm := m.Firm()
	d := m.Publish(firm, time.Hour)
	b := m.DraftBid(zju, d, 5)
	if state == pb.Bid_DRAFT {
		return b
	}
	b = markettest.Must(m.Bids.SubmitBid(zju.Ctx(), &pb.SubmitBidRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: b.GetEtag()}))(t)
	switch state {
	case pb.Bid_WITHDRAWN:
		b = markettest.Must(m.Bids.WithdrawBid(zju.Ctx(), &pb.WithdrawBidRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: b.GetEtag()}))(t)
	case pb.Bid_OPENED:
		m.Close(firm, d)
	case pb.Bid_WON:
		m.Award(firm, m.Close(firm, d), b)
	}
	b = markettest.Must(m.Bids.GetBid(zju.Ctx(), &pb.GetBidRequest{Name: b.GetName()}))(t)
	if b.GetState() != state {
		t.Fatalf("got %s, want %s", b.GetState(), state)
	}
	return b
}

// TestStates tries every change in every state, by its bidder and by others, who never learn of the bid.
func TestStates(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		zju, other := m.University(), m.University()
		editor := m.Token(zju.Name, pb.Role_EDITOR)
		for _, s := range stages {
			b := bring(t, m, zju, s.state)
			var refusals []refusal
			for _, c := range changes(m, b) {
				name := s.state.String() + " " + c.name
				refusals = append(refusals, refusal{name + " by another", func() error { return c.call(other, b.GetEtag()) }, codes.NotFound, "BID_NOT_FOUND", ""})
				if c.name != "update" {
					refusals = append(refusals, refusal{name + " by an editor", func() error { return c.call(editor, b.GetEtag()) }, codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""})
				}
				if reason := s.reasons[c.name]; reason != "" {
					refusals = append(refusals, refusal{name, func() error { return c.call(zju, b.GetEtag()) }, codes.FailedPrecondition, reason, ""})
				}
			}
			refuse(t, m, refusals)
		}
	})
}

// TestRaces lets many do the same to one bid: one wins, and the ledger grows by one entry.
func TestRaces(t *testing.T) {
	t.Parallel()
	const callers = 32
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := m.Publish(m.Firm(), time.Hour)
		for i, name := range []string{"update", "submit", "replace", "withdraw"} {
			zju := m.University()
			b := m.DraftBid(zju, d, 5)
			if name == "replace" || name == "withdraw" {
				b = markettest.Must(m.Bids.SubmitBid(zju.Ctx(), &pb.SubmitBidRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: b.GetEtag()}))(t)
			}
			before := markettest.Sizes(t, m)
			count := markettest.Race(callers, func(int) error { return changes(m, b)[i].call(zju, b.GetEtag()) })
			if count[""] != 1 || count["ETAG_STALE"] != callers-1 {
				t.Errorf("%s: got %v, want one winner and ETAG_STALE for the others", name, count)
			}
			if got := markettest.Sizes(t, m); got[0] != before[0]+1 {
				t.Errorf("%s: got %d entries, want %d", name, got[0], before[0]+1)
			}
		}
		zju := m.University()
		count := markettest.Race(callers, func(int) error {
			return markettest.Failed(m.Bids.CreateBid(zju.Ctx(), &pb.CreateBidRequest{RequestId: markettest.ID(), Parent: d.GetName(), Bid: &pb.Bid{Amount: markettest.Fen(1), Proposal: "方案"}}))
		})
		if count[""] != 1 || count["BID_EXISTS"] != callers-1 {
			t.Errorf("create: got %v, want one winner and BID_EXISTS for the others", count)
		}
	})
}
