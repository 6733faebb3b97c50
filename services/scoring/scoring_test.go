// Package scoring_test tests the experts' part as they take it: over gRPC, on each database.
package scoring_test

import (
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// refusal is a call that must be refused for a reason.
type refusal struct {
	name   string
	call   func() error
	code   codes.Code
	reason string
	field  string
}

// refuse makes calls that must be refused.
func refuse(t *testing.T, m *markettest.Market, refusals []refusal) {
	t.Helper()
	for _, r := range refusals {
		t.Run(r.name, func(t *testing.T) { m.Refuse(t, r.call, r.code, r.reason, r.field) })
	}
}

func get(m *markettest.Market, who *markettest.Member, s *pb.Sheet) error {
	return markettest.Failed(m.Sheets.GetSheet(who.Ctx(), &pb.GetSheetRequest{Name: s.GetName()}))
}

func open(m *markettest.Market, who *markettest.Member, b *pb.Bid) error {
	return markettest.Failed(m.Bids.GetBid(who.Ctx(), &pb.GetBidRequest{Name: b.GetName()}))
}

// listed are the names of the sheets that somebody lists.
func listed(t *testing.T, m *markettest.Market, who *markettest.Member) (names []string) {
	t.Helper()
	for _, s := range markettest.Must(m.Sheets.ListSheets(who.Ctx(), &pb.ListSheetsRequest{Parent: "demands/-", PageSize: 200}))(t).GetSheets() {
		names = append(names, s.GetName())
	}
	slices.Sort(names)
	return names
}

// TestReading lets experts read: a bid once they have declared that they have no conflict, and what others say of it once their own sheet is locked.
func TestReading(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		j := m.Judge("open", 2)
		j.Start()
		one, two := j.Experts[0], j.Experts[1]
		bid, editor, rival := j.Bids[0], m.Token(one.Name, pb.Role_EDITOR), m.Token(j.Bidders[0].Name, pb.Role_EXPERT)
		hidden := func(name string, call func() error) {
			t.Helper()
			t.Run(name, func(t *testing.T) { m.Refuse(t, call, codes.NotFound, "BID_NOT_FOUND", "") })
		}
		hidden("before declaring", func() error { return open(m, one, bid) })
		j.Clear(one, 0)
		if err := open(m, one, bid); err != nil {
			t.Errorf("after declaring: got %v", err)
		}
		if all := markettest.Must(m.Bids.ListBids(one.Ctx(), &pb.ListBidsRequest{Parent: "demands/-"}))(t).GetBids(); len(all) != 1 || all[0].GetName() != bid.GetName() {
			t.Errorf("bids listed for an expert: got %v, want the one that it judges", all)
		}
		hidden("another bid", func() error { return open(m, one, j.Bids[1]) })
		hidden("another of the organization, who is no expert", func() error { return open(m, editor, bid) })
		recused := j.Sheet(one, 1)
		markettest.Must(m.Sheets.DeclareConflict(one.Ctx(), &pb.DeclareConflictRequest{RequestId: markettest.ID(), Name: recused.GetName(), Etag: recused.GetEtag(), Conflicted: true,
			Reason: "曾是同事"}))(t)
		hidden("with a conflict", func() error { return open(m, one, j.Bids[1]) })
		mine, theirs := j.Sheet(one, 0), j.Clear(two, 0)
		theirs = j.Lock(two, 0, 70)
		refuse(t, m, []refusal{{"another's before mine is locked", func() error { return get(m, one, theirs) }, codes.NotFound, "SHEET_NOT_FOUND", ""},
			{"a bidder", func() error { return get(m, rival, theirs) }, codes.NotFound, "SHEET_NOT_FOUND", ""},
			{"the firm", func() error { return get(m, j.Firm, theirs) }, codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""}})
		if slices.Contains(listed(t, m, one), theirs.GetName()) {
			t.Error("another's sheet is listed before mine is locked")
		}
		j.Lock(one, 0, 90)
		if err := get(m, one, theirs); err != nil {
			t.Errorf("another's after mine is locked: got %v", err)
		}
		if got := listed(t, m, one); !slices.Contains(got, theirs.GetName()) || !slices.Contains(got, mine.GetName()) || len(got) != 3 {
			t.Errorf("listed after mine is locked: got %v, want my two and the one that is locked", got)
		}
		if got := listed(t, m, m.Bureau); len(got) != 6 {
			t.Errorf("listed for the bureau: got %d sheets, want all six", len(got))
		}
	})
}

// TestLocking changes sheets in every way that is refused, and reopens one: both versions are there.
func TestLocking(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		j := m.Judge("open", 1)
		j.Start()
		x := j.Experts[0]
		s := j.Clear(x, 0)
		points := func(n ...int32) (all []*pb.Sheet_Points) {
			for _, v := range n {
				all = append(all, &pb.Sheet_Points{Value: v, NotApplicable: v < 0})
			}
			for _, p := range all {
				p.Value = max(p.Value, 0)
			}
			return all
		}
		lock := func(who *markettest.Member, s *pb.Sheet, p []*pb.Sheet_Points) func() error {
			return func() error {
				return markettest.Failed(m.Sheets.LockSheet(who.Ctx(), &pb.LockSheetRequest{RequestId: markettest.ID(), Name: s.GetName(), Etag: s.GetEtag(), Points: p}))
			}
		}
		refuse(t, m, []refusal{
			{"two criteria", lock(x, s, points(1, 2)), codes.InvalidArgument, "POINTS_INVALID", "points"},
			{"all n/a", lock(x, s, points(-1, -1, -1)), codes.InvalidArgument, "POINTS_INVALID", "points"},
			{"beyond the scale", lock(x, s, points(1, 2, 101)), codes.InvalidArgument, "FIELD_INVALID", "points[2].value"},
			{"another's", lock(j.Experts[1], s, points(1, 2, 3)), codes.NotFound, "SHEET_NOT_FOUND", ""},
			{"the bureau", lock(m.Bureau, s, points(1, 2, 3)), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"undeclared", lock(j.Experts[1], j.Sheet(j.Experts[1], 0), points(1, 2, 3)), codes.FailedPrecondition, "SHEET_STATE", ""},
		})
		locked := j.Lock(x, 0, 50)
		reopen := func(who *markettest.Member, reason string) func() error {
			return func() error {
				return markettest.Failed(m.Sheets.ReopenSheet(who.Ctx(), &pb.ReopenSheetRequest{RequestId: markettest.ID(), Name: s.GetName(), Etag: locked.GetEtag(), Reason: reason}))
			}
		}
		refuse(t, m, []refusal{
			{"locked", lock(x, locked, points(60, 60, 60)), codes.FailedPrecondition, "SHEET_STATE", ""},
			{"reopened by the expert", reopen(x, "笔误"), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"without a reason", reopen(j.Approver, " "), codes.InvalidArgument, "REASON_REQUIRED", "reason"},
		})
		if err := reopen(j.Approver, "笔误")(); err != nil {
			t.Fatal(err)
		}
		again := j.Lock(x, 0, 60)
		if len(again.GetFormerVersions()) != 1 || !proto.Equal(again.GetFormerVersions()[0].GetPoints()[0], &pb.Sheet_Points{Value: 50}) ||
			again.GetPoints()[0].GetValue() != 60 || again.GetFormerVersions()[0].GetReopenReason() != "笔误" {
			t.Errorf("reopened and locked again: got %v, want both versions", again)
		}
	})
}

// TestConflicts names experts who have to do with a bidder: what is known bars, whatever they declare, and no sheet of theirs counts.
func TestConflicts(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		j := m.Prepare("open", 2)
		rival, firm := j.Experts[2], m.Firm()
		binder := m.Token(rival.Name, pb.Role_EDITOR, pb.Role_SIGNER)
		j.Bids, j.Bidders = append(j.Bids, m.Bid(binder, j.Demand, 7)), append(j.Bidders, binder) // its organization bids, so it judges none
		d := m.Publish(firm, time.Hour)
		won := m.Bid(j.Bidders[0], d, 5)
		m.Sign(j.Bidders[0], m.Sign(firm, m.Contract(firm, m.Award(firm, m.Close(firm, d), won))))
		partner := m.Token(firm.Name, pb.Role_EXPERT)
		e := j.Read(m.Bureau)
		markettest.Must(m.Evaluations.ChangePanel(m.Bureau.Ctx(), &pb.ChangePanelRequest{RequestId: markettest.ID(), Name: e.GetName(), Etag: e.GetEtag(), Joiner: partner.Name,
			Reason: "增补"}))(t)
		j.Open()
		j.Start()
		for b := range j.Bids {
			s := j.Sheet(rival, b)
			want := []pb.Sheet_Hint{pb.Sheet_OWN_BID}
			if j.Bidders[b] == binder {
				want[0] = pb.Sheet_SAME_BODY
			}
			if s.GetState() != pb.Sheet_RECUSED || !slices.Equal(s.GetHints(), want) {
				t.Errorf("a rival's sheet of bid %d: got %v, want it recused", b, s)
			}
			if j.Bidders[b] != binder {
				m.Refuse(t, func() error { return open(m, rival, j.Bids[b]) }, codes.NotFound, "BID_NOT_FOUND", "")
			}
		}
		if s := j.Sheet(partner, 0); s.GetState() != pb.Sheet_ASSIGNED || !slices.Contains(s.GetHints(), pb.Sheet_CONTRACT) {
			t.Errorf("a partner's sheet: got %v, want a hint", s)
		}
		// One who has scored declares a conflict late: the sheet does not count any more.
		for _, x := range []*markettest.Member{j.Experts[0], j.Experts[1], partner} {
			for b := range j.Bids {
				j.Clear(x, b)
				j.Lock(x, b, 80)
			}
		}
		late := j.Sheet(partner, 0)
		markettest.Must(m.Sheets.DeclareConflict(partner.Ctx(), &pb.DeclareConflictRequest{RequestId: markettest.ID(), Name: late.GetName(), Etag: late.GetEtag(), Conflicted: true,
			Reason: "合作单位"}))(t)
		refuse(t, m, []refusal{{"too few sheets count", func() error {
			return markettest.Failed(m.Evaluations.FinishScoring(m.Bureau.Ctx(), &pb.FinishScoringRequest{RequestId: markettest.ID(), Name: j.Evaluation(), Etag: j.Etag()}))
		}, codes.FailedPrecondition, "SCORES_MISSING", ""}})
	})
}
