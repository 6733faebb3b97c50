package ledger_test

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestEntries reads the whole ledger as its auditor, in pages of every size and from every sequence on.
func TestEntries(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		trade(t, m)
		auditor := m.Token(m.Bureau.Name, pb.Role_AUDITOR).Ctx()
		size := markettest.Sizes(t, m)[0]
		whole := entries(t, auditor, m, 0, 0)
		if int64(len(whole)) != size {
			t.Fatalf("got %d entries, want %d", len(whole), size)
		}
		for i, e := range whole {
			if got := markettest.Must(m.Ledgers.GetEntry(auditor, &pb.GetEntryRequest{Name: e.GetName()}))(t); !proto.Equal(got, e) || e.GetSequence() != int64(i) || len(e.GetSalt()) != 16 {
				t.Errorf("got %v, listed %v, want entry %d", got, e, i)
			}
		}
		salts := map[string]bool{} // none is guessed from another
		for _, e := range whole {
			salts[string(e.GetSalt())] = true
		}
		if len(salts) != len(whole) {
			t.Errorf("got %d salts of %d entries", len(salts), len(whole))
		}
		for n := range size + 2 {
			got := entries(t, auditor, m, n, int32(n%5+1))
			if int64(len(got)) != max(0, size-n) || len(got) > 0 && !proto.Equal(got[0], whole[n]) {
				t.Errorf("from %d: got %d entries, want %d from %d on", n, len(got), max(0, size-n), n)
			}
		}
	})
}

// TestManyEntries reads more entries than a usual and than a largest page has.
func TestManyEntries(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		for range 205 {
			markettest.Must(m.Demands.CreateDemand(firm.Ctx(), &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: &pb.Demand{Title: "超细碳酸钙", Field: pb.TechnologyField_NUCLEAR}}))(t)
		}
		size := int(markettest.Sizes(t, m)[0])
		for ask, want := range map[int32]int{0: 200, 1: 1, 201: 201, 1000: size, math.MaxInt32: size} {
			if got := markettest.Must(m.Ledgers.ListEntries(m.Bureau.Ctx(), &pb.ListEntriesRequest{Parent: home, PageSize: ask}))(t); len(got.GetEntries()) != want || (got.GetNextPageToken() == "") != (want == size) {
				t.Errorf("page_size %d: got %d entries and token %q, want %d", ask, len(got.GetEntries()), got.GetNextPageToken(), want)
			}
		}
	})
}

// TestEntriesAreOneLedgers asks for entries from sequences that no ledger will ever have: whatever is asked for, an auditor gets entries of
// its own ledger.
func TestEntriesAreOneLedgers(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		for _, from := range []int64{1_000_000_000_000 - 1, 1_000_000_000_000, 1_000_000_000_001, 1 << 62, math.MaxInt64 - 330_182*1_000_000_000_000, math.MaxInt64} {
			resp, err := m.Ledgers.ListEntries(m.Bureau.Ctx(), &pb.ListEntriesRequest{Parent: home, FromSequence: from})
			if err != nil && code(err) != codes.InvalidArgument {
				t.Errorf("from %d: got %v, want none or a refusal", from, err)
			}
			for _, e := range resp.GetEntries() {
				t.Errorf("from %d: got %s, want none", from, e.GetName())
			}
		}
	})
}

// TestEntryVisibility reads every entry with everybody's eyes: the bureau and the organization that it is about find it, and nobody else.
func TestEntryVisibility(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, zju, _ := trade(t, m)
		whole := entries(t, m.Bureau.Ctx(), m, 0, 0)
		see := func(ctx context.Context, e *pb.Entry) bool {
			t.Helper()
			err := markettest.Failed(m.Ledgers.GetEntry(ctx, &pb.GetEntryRequest{Name: e.GetName()}))
			if err != nil {
				markettest.Want(t, err, codes.NotFound, "ENTRY_NOT_FOUND", "")
			}
			return err == nil
		}
		count := map[string]int{}
		for who, ctx := range map[string]context.Context{"firm": firm.Ctx(), "zju": zju.Ctx(), "stranger": m.University().Ctx(), "operator": m.Token(m.Bureau.Name, pb.Role_OPERATOR).Ctx(),
			"auditor": m.Token(m.Bureau.Name, pb.Role_AUDITOR).Ctx(), "admin": m.Token(m.Bureau.Name, pb.Role_SECADMIN).Ctx(),
			"other bureau": markettest.As(t.Context(), m.Server.FirstTokens[markettest.Other])} {
			for _, e := range whole {
				if see(ctx, e) {
					count[who]++
				}
			}
		}
		for who, want := range map[string]int{"stranger": 0, "other bureau": 0, "auditor": len(whole)} {
			if count[who] != want {
				t.Errorf("%s: got %d entries, want %d", who, count[who], want)
			}
		}
		for _, who := range []string{"firm", "zju", "admin", "operator"} {
			if count[who] == 0 || count[who] == len(whole) {
				t.Errorf("%s: got %d entries, want its own of %d", who, count[who], len(whole))
			}
		}
		markettest.Want(t, markettest.Failed(m.Ledgers.GetEntry(t.Context(), &pb.GetEntryRequest{Name: whole[0].GetName()})), codes.Unauthenticated, "TOKEN_MISSING", "")
	})
}

// TestOwnReceipts lets the parties of a contract read the entries that their receipts name.
func TestOwnReceipts(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		d := m.Publish(firm, time.Hour)
		e := markettest.Must(m.Ledgers.GetEntry(firm.Ctx(), &pb.GetEntryRequest{Name: fmt.Sprint(home, "/entries/", d.GetReceipt().GetSequence())}))(t)
		if e.GetKind() != "demand.published" || e.GetSubject() != d.GetName() || !proto.Equal(e.GetCreateTime(), timestamppb.New(m.Clock.Now())) {
			t.Errorf("got %v, want demand.published of %s", e, d.GetName())
		}
	})
}

// TestEntryRefusals asks for entries that are not there or are not the caller's.
func TestEntryRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		trade(t, m)
		operator, other := m.Token(m.Bureau.Name, pb.Role_OPERATOR), markettest.As(t.Context(), m.Server.FirstTokens[markettest.Other])
		firm := m.Firm()
		size := markettest.Sizes(t, m)[0]
		get := func(name string) func() error {
			return func() error {
				return markettest.Failed(m.Ledgers.GetEntry(m.Bureau.Ctx(), &pb.GetEntryRequest{Name: name}))
			}
		}
		list := func(ctx context.Context, req *pb.ListEntriesRequest) func() error {
			return func() error { return markettest.Failed(m.Ledgers.ListEntries(ctx, req)) }
		}
		token := markettest.Must(m.Ledgers.ListEntries(m.Bureau.Ctx(), &pb.ListEntriesRequest{Parent: home, PageSize: 1}))(t).GetNextPageToken()
		all := &pb.ListEntriesRequest{Parent: home}
		refusals := []refusal{
			{"list by an operator", list(operator.Ctx(), all), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"list by a firm", list(firm.Ctx(), all), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"list by anyone", list(t.Context(), all), codes.Unauthenticated, "TOKEN_MISSING", ""},
			{"list by another auditor", list(other, all), codes.PermissionDenied, "LEDGER_FOREIGN", ""},
			{"list by another auditor in pages", list(other, &pb.ListEntriesRequest{Parent: home, PageToken: token}), codes.PermissionDenied, "LEDGER_FOREIGN", ""},
			{"list no ledger", list(m.Bureau.Ctx(), &pb.ListEntriesRequest{Parent: "ledgers/999999"}), codes.NotFound, "LEDGER_NOT_FOUND", ""},
			{"list all ledgers", list(m.Bureau.Ctx(), &pb.ListEntriesRequest{Parent: "ledgers/-"}), codes.NotFound, "LEDGER_NOT_FOUND", ""},
			{"list no name", list(m.Bureau.Ctx(), &pb.ListEntriesRequest{}), codes.InvalidArgument, "FIELD_INVALID", "parent"},
			{"page size", list(m.Bureau.Ctx(), &pb.ListEntriesRequest{Parent: home, PageSize: -1}), codes.InvalidArgument, "FIELD_INVALID", "page_size"},
			{"from", list(m.Bureau.Ctx(), &pb.ListEntriesRequest{Parent: home, FromSequence: -1}), codes.InvalidArgument, "FIELD_INVALID", "from_sequence"},
			{"token of another ledger", list(other, &pb.ListEntriesRequest{Parent: "ledgers/" + markettest.Other, PageToken: token}), codes.InvalidArgument, "PAGE_TOKEN_INVALID", "page_token"},
			{"get no name", get(home), codes.InvalidArgument, "FIELD_INVALID", "name"},
		}
		for _, n := range []string{fmt.Sprint(size), "-1", "x", "1.5", "9223372036854775807", "9223372036854775808", "1000000000000", "' OR 1=1", "+1", "01", "-0", " 1"} {
			refusals = append(refusals, refusal{"get " + n, get(home + "/entries/" + n), codes.NotFound, "ENTRY_NOT_FOUND", ""})
		}
		for _, n := range []string{"999999", "x", "-", "33018", "+30182"} {
			refusals = append(refusals, refusal{"get of " + n, get("ledgers/" + n + "/entries/0"), codes.NotFound, "ENTRY_NOT_FOUND", ""})
		}
		refuse(t, m, refusals)
	})
}
