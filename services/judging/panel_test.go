package judging_test

import (
	"bytes"
	"slices"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/judging/draw"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestCriteria sets criteria until a demand is published; everyone reads them from then on, and nobody before.
func TestCriteria(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, other := m.Firm(), m.Firm()
		set := func(who *markettest.Member, name, etag string, scale int32, weights ...int32) error {
			req := &pb.SetCriteriaRequest{RequestId: markettest.ID(), Name: name + "/evaluation", Etag: etag, Scale: scale}
			for i, w := range weights {
				req.Criteria = append(req.Criteria, &pb.Evaluation_Criterion{Name: string(rune('A' + i)), Weight: w})
			}
			return markettest.Failed(m.Evaluations.SetCriteria(who.Ctx(), req))
		}
		read := func(who *markettest.Member, name string) (*pb.Evaluation, error) {
			return m.Evaluations.GetEvaluation(who.Ctx(), &pb.GetEvaluationRequest{Name: name + "/evaluation"})
		}
		direct := m.Draft(firm, 1)
		var draft *pb.Demand
		d := m.PublishUnder(firm, "open", func(made *pb.Demand) {
			draft = made
			name := made.GetName()
			refuse(t, m, []refusal{
				{"sum", func() error { return set(firm, name, "0", 5, 50, 49) }, codes.InvalidArgument, "CRITERIA_SUM", "criteria"},
				{"scale", func() error { return set(firm, name, "0", 10, 100) }, codes.InvalidArgument, "SCALE_INVALID", "scale"},
				{"none", func() error { return set(firm, name, "0", 5) }, codes.InvalidArgument, "CRITERIA_INVALID", "criteria"},
				{"weightless", func() error { return set(firm, name, "0", 5, 100, 0) }, codes.InvalidArgument, "CRITERIA_INVALID", "criteria[1]"},
				{"another firm", func() error { return set(other, name, "0", 5, 100) }, codes.NotFound, "DEMAND_NOT_FOUND", ""},
				{"an old etag", func() error { return set(firm, name, "1", 5, 100) }, codes.Aborted, "ETAG_STALE", "etag"},
				{"a direct procedure", func() error { return set(firm, direct.GetName(), "0", 5, 100) }, codes.FailedPrecondition, "DEMAND_NOT_JUDGED", ""},
				{"read by another", func() error { return markettest.Failed(read(other, name)) }, codes.NotFound, "EVALUATION_NOT_FOUND", ""},
			})
			for i, weights := range [][]int32{{100}, {60, 40}} {
				if err := set(firm, name, []string{"0", "1"}[i], 5, weights...); err != nil {
					t.Fatal(err)
				}
			}
		})
		if e := markettest.Must(read(other, d.GetName()))(t); len(e.GetCriteria()) != 2 || e.GetScale() != 5 || e.GetEtag() != "" {
			t.Errorf("published: got %v, want both criteria", e)
		}
		refuse(t, m, []refusal{{"published", func() error { return set(firm, draft.GetName(), "2", 5, 100) }, codes.FailedPrecondition, "CRITERIA_FIXED", ""}})
		plain := m.PublishUnder(firm, "open", nil)
		if e := markettest.Must(read(other, plain.GetName()))(t); len(e.GetCriteria()) != 1 || e.GetCriteria()[0].GetWeight() != 100 {
			t.Errorf("published without criteria: got %v, want one", e)
		}
	})
}

// TestPanel names panels: who may not judge is refused, and nobody but the bureau learns that there is one.
func TestPanel(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		d := m.PublishUnder(firm, "open", nil)
		name := d.GetName() + "/evaluation"
		x := []string{m.Expert().Name, m.Expert().Name, m.Expert().Name}
		lone, editor := m.Found(m.Expert().Name, pb.Role_EXPERT), m.Found(m.Expert().Name, pb.Role_EDITOR)
		panel := func(who *markettest.Member, experts ...string) func() error {
			return func() error {
				return markettest.Failed(m.Evaluations.NamePanel(who.Ctx(), &pb.NamePanelRequest{RequestId: markettest.ID(), Name: name, Etag: "0", Experts: experts, Chair: x[0]}))
			}
		}
		part := markettest.Must(m.Organizations.DivideOrganization(m.Found(firm.Name, pb.Role_OWNER).Ctx(),
			&pb.DivideOrganizationRequest{RequestId: markettest.ID(), Name: firm.Name, DisplayName: "实验室"}))(t)
		refuse(t, m, []refusal{
			{"two", panel(m.Bureau, x[:2]...), codes.FailedPrecondition, "PANEL_SMALL", ""},
			{"without the chair", panel(m.Bureau, x[1], x[2], lone.Name), codes.InvalidArgument, "CHAIR_MISSING", "chair"},
			{"twice", panel(m.Bureau, x[0], x[1], x[1]), codes.InvalidArgument, "PANEL_TWICE", "experts[2]"},
			{"the bureau itself", panel(m.Bureau, x[0], x[1], m.Bureau.Name), codes.InvalidArgument, "EXPERT_INVALID", "experts[2]"},
			{"nobody", panel(m.Bureau, x[0], x[1], "organizations/o330182-0000000000000000"), codes.InvalidArgument, "EXPERT_INVALID", "experts[2]"},
			{"a member who is no expert", panel(m.Bureau, x[0], x[1], editor.Membership), codes.InvalidArgument, "EXPERT_INVALID", "experts[2]"},
			{"the firm's laboratory", panel(m.Bureau, x[0], x[1], part.GetName()), codes.FailedPrecondition, "EXPERT_INVOLVED", "experts[2]"},
			{"by the firm", panel(firm, x...), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
		})
		bidder := m.University()
		m.Bid(bidder, d, 5)
		watch := []*markettest.Member{firm, bidder, m.Expert()}
		var before []*pb.Evaluation
		for _, who := range watch {
			before = append(before, markettest.Must(m.Evaluations.GetEvaluation(who.Ctx(), &pb.GetEvaluationRequest{Name: name}))(t))
		}
		if err := panel(m.Bureau, x[0], x[1], lone.Membership)(); err != nil {
			t.Fatal(err)
		}
		for i, who := range watch {
			if got := markettest.Must(m.Evaluations.GetEvaluation(who.Ctx(), &pb.GetEvaluationRequest{Name: name}))(t); !proto.Equal(got, before[i]) {
				t.Errorf("%s after the panel was named: got %v, want %v as before", who.Name, got, before[i])
			}
		}
		e := markettest.Must(m.Evaluations.GetEvaluation(m.Bureau.Ctx(), &pb.GetEvaluationRequest{Name: name}))(t)
		if len(e.GetPanel()) != 3 || !e.GetPanel()[0].GetChair() || e.GetPanel()[2].GetExpert() != lone.Membership {
			t.Errorf("the bureau: got %v, want the panel", e)
		}
		entry := e.GetReceipt()
		for _, who := range watch {
			m.Refuse(t, func() error {
				return markettest.Failed(m.Ledgers.GetEntry(who.Ctx(), &pb.GetEntryRequest{Name: entryName(entry)}))
			}, codes.NotFound, "ENTRY_NOT_FOUND", "")
		}
	})
}

// TestDraw draws a panel from two persons' seeds, and draws it again from what everybody reads after the announcement.
func TestDraw(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, auditor, approver := m.Firm(), m.Token(m.Bureau.Name, pb.Role_AUDITOR), m.Token(m.Bureau.Name, pb.Role_APPROVER)
		d := m.PublishUnder(firm, "open", nil)
		name := d.GetName() + "/evaluation"
		var experts []string
		for range 6 {
			experts = append(experts, m.Expert().Name)
		}
		etag := func() string {
			return markettest.Must(m.Evaluations.GetEvaluation(m.Bureau.Ctx(), &pb.GetEvaluationRequest{Name: name}))(t).GetEtag()
		}
		open := func(n int32, experts ...string) error {
			return markettest.Failed(m.Evaluations.OpenDraw(m.Bureau.Ctx(), &pb.OpenDrawRequest{RequestId: markettest.ID(), Name: name, Etag: etag(), Experts: experts, ExpertCount: n}))
		}
		commit := func(who *markettest.Member, commitment []byte) error {
			return markettest.Failed(m.Evaluations.CommitSeed(who.Ctx(), &pb.CommitSeedRequest{RequestId: markettest.ID(), Name: name, Etag: etag(), Commitment: commitment}))
		}
		reveal := func(who *markettest.Member, seed []byte) error {
			return markettest.Failed(m.Evaluations.RevealSeed(who.Ctx(), &pb.RevealSeedRequest{RequestId: markettest.ID(), Name: name, Etag: etag(), Seed: seed}))
		}
		one, two := bytes.Repeat([]byte{1}, draw.SeedSize), bytes.Repeat([]byte{2}, draw.SeedSize)
		refuse(t, m, []refusal{
			{"not open", func() error { return commit(auditor, draw.Commitment(one)) }, codes.FailedPrecondition, "DRAW_NOT_OPEN", ""},
			{"no more than are drawn", func() error { return open(3, experts[:3]...) }, codes.InvalidArgument, "DRAW_LIST", "experts"},
			{"one twice", func() error { return open(3, append(experts, experts[0])...) }, codes.InvalidArgument, "DRAW_LIST", "experts"},
			{"too few", func() error { return open(2, experts...) }, codes.FailedPrecondition, "PANEL_SMALL", ""},
		})
		for _, err := range []error{open(3, experts...), commit(auditor, draw.Commitment(one))} {
			if err != nil {
				t.Fatal(err)
			}
		}
		refuse(t, m, []refusal{
			{"again", func() error { return commit(auditor, draw.Commitment(two)) }, codes.FailedPrecondition, "SEED_COMMITTED", ""},
			{"the same", func() error { return commit(approver, draw.Commitment(one)) }, codes.InvalidArgument, "SEED_DIGEST", "commitment"},
			{"alone", func() error { return reveal(auditor, one) }, codes.FailedPrecondition, "SEEDS_FEW", ""},
			{"without a commitment", func() error { return reveal(approver, two) }, codes.FailedPrecondition, "SEED_NOT_COMMITTED", ""},
		})
		if err := commit(approver, draw.Commitment(two)); err != nil {
			t.Fatal(err)
		}
		refuse(t, m, []refusal{{"another seed", func() error { return reveal(approver, one) }, codes.InvalidArgument, "SEED_DIFFERS", "seed"}})
		if err := reveal(approver, two); err != nil {
			t.Fatal(err)
		}
		refuse(t, m, []refusal{{"late", func() error { return commit(m.Bureau, draw.Commitment([]byte("x"))) }, codes.FailedPrecondition, "SEED_LATE", ""}})
		if err := reveal(auditor, one); err != nil {
			t.Fatal(err)
		}
		drawnAgain(t, m, d)
		sound(t, m)
	})
}

// drawnAgain draws a panel again from what its draw tells.
func drawnAgain(t *testing.T, m *markettest.Market, d *pb.Demand) {
	t.Helper()
	e := markettest.Must(m.Evaluations.GetEvaluation(m.Bureau.Ctx(), &pb.GetEvaluationRequest{Name: d.GetName() + "/evaluation"}))(t)
	seeds := [][]byte{e.GetDraw().GetSeeds()[0].GetSeed(), e.GetDraw().GetSeeds()[1].GetSeed()}
	again := draw.Experts(draw.Combine(d.GetName(), seeds), e.GetDraw().GetEligibleExperts(), 3)
	var panel []string
	for _, p := range e.GetPanel() {
		panel = append(panel, p.GetExpert())
	}
	if len(again) != 3 || !slices.Equal(panel, again) || !e.GetPanel()[0].GetChair() {
		t.Errorf("drawn: got %v, want %v", panel, again)
	}
}
