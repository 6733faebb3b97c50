package bundles

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/storagetest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// second is the path of the second verifier; without Python the test has nothing to compare.
func second(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		if os.Getenv("JIEBANG_REQUIRE_ALL") != "" {
			t.Fatal("python3 is not there")
		}
		t.Skip("python3 is not there: there is one verifier only")
	}
	return "../../../../docs/verifier/verify.py"
}

// tales are told of a market each, so that together they have every kind of entry.
var tales = map[string]func(t *testing.T, m *markettest.Market){
	"vetted": func(t *testing.T, m *markettest.Market) {
		firm, zju, o := m.Firm(), m.University(), m.Office()
		d := o.Publish(firm, "open", 30*24*time.Hour)
		q := markettest.Must(m.Questions.AskQuestion(zju.Ctx(), &pb.AskQuestionRequest{RequestId: markettest.ID(), Parent: d.GetName(), Text: "能否延长工期?"}))(t)
		markettest.Must(m.Questions.AnswerQuestion(firm.Ctx(), &pb.AnswerQuestionRequest{RequestId: markettest.ID(), Name: q.GetName(), Etag: q.GetEtag(), Answer: "可以"}))(t)
		d = m.Publish(firm, time.Hour)
		b := m.Bid(zju, d, 5)
		m.Bid(m.University(), d, 6) // is not confirmed
		changed := proto.CloneOf(d)
		changed.Description = "白度不低于 96"
		d = markettest.Must(m.Demands.AmendDemand(firm.Ctx(), &pb.AmendDemandRequest{RequestId: markettest.ID(), Demand: changed, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"description"}}}))(t)
		markettest.Must(m.Bids.ConfirmBid(zju.Ctx(), &pb.ConfirmBidRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: "3"}))(t)
		if d = m.Close(firm, d); d.GetState() != pb.Demand_EVALUATING {
			t.Fatalf("got %v, want what is judged", d)
		}
	},
	"judged": func(t *testing.T, m *markettest.Market) {
		j := m.Judge("open", 3)
		j.Reach(1)
		j.Dismiss(j.Firm)
		j.Pass()
		other := m.Judge("open", 2)
		other.Reach(1)
		o := markettest.Must(other.Object(other.Bidders[1]))(t)
		o = markettest.Must(m.Objections.ReviewObjection(m.Bureau.Ctx(), &pb.ReviewObjectionRequest{RequestId: markettest.ID(), Name: o.GetName(), Etag: o.GetEtag(), Admissible: true, Opinion: "可以受理"}))(t)
		markettest.Must(m.Objections.DecideObjection(other.Approver.Ctx(), &pb.DecideObjectionRequest{RequestId: markettest.ID(), Name: o.GetName(), Etag: o.GetEtag(), Upheld: true, Reason: "评分有误"}))(t)
	},
	"settled": func(t *testing.T, m *markettest.Market) {
		d := m.Deal(100_000, 5000, 3333, 1667)
		d.Meet(d.Milestones[0])
		d.Transfer(d.Plan(pb.Payment_INSTALMENT, 50_000), 4)
		d.Transfer(d.Plan(pb.Payment_REFUND, 1_000), 4)
		d.Amend(120_001)
		e := m.Deal(100_000, 5000, 5000)
		e.Propose(130_000)
		markettest.Must(m.Contracts.TerminateContract(e.Firm.Ctx(), &pb.TerminateContractRequest{RequestId: markettest.ID(), Name: e.Contract.GetName(), Etag: e.Contract.GetEtag(),
			EndCode: pb.Contract_BREACH, Reason: "违约", AmountPaid: markettest.Yuan(0)}))(t)
	},
	"doubted":   doubted,
	"monitored": monitored,
	"sealed": func(t *testing.T, m *markettest.Market) {
		keepers, firm := m.Keepers(3), m.Firm()
		d := m.SealedDemand(firm, 10*time.Minute)
		one, two := m.University(), m.University()
		m.SealedBid(one, d.GetName(), 418_000)
		copied := m.Plain(one, 418_000, 1) // another's content
		markettest.Must(m.Finalize(two, d.GetName(), m.Seal(m.Terms(d.GetName()), copied), 1))(t)
		m.Close(firm, d)
		m.Give(keepers[0], d.GetName())
		m.Give(keepers[1], d.GetName())
		m.Settle()
	},
}

// TestClosedNotOpened exports between the closing of a demand and the opening of its bids: that they are withheld is no reason to refuse the closing.
func TestClosedNotOpened(t *testing.T) {
	t.Parallel()
	program := second(t)
	m := markettest.Open(t, storagetest.SQLite(t))
	m.Keepers(3)
	firm := m.Firm()
	d := m.SealedDemand(firm, 10*time.Minute)
	m.SealedBid(m.University(), d.GetName(), 418_000)
	if d = m.Close(firm, d); d.GetState() != pb.Demand_EVALUATING {
		t.Fatalf("got %v, want what waits for its opening", d)
	}
	b := markettest.Must(Export(m.Bureau.Ctx(), m.Ledgers))(t)
	if c := markettest.Must(Mutate(t.Context(), program, b, 10, 1))(t); c.Accepted != 0 || c.Disagree != 0 {
		t.Errorf("got %+v", c.First)
	}
}

// doubted finds the clock set while a demand takes bids; two persons confirm it, and the deadline acts.
func doubted(t *testing.T, m *markettest.Market) {
	firm, zju := m.Firm(), m.University()
	d := m.Publish(firm, time.Hour)
	m.Bid(zju, d, 5)
	const by = 30 * time.Minute
	m.Clock.Jump(by)
	m.Settle()
	at := markettest.Must(m.Ledgers.GetLedger(t.Context(), &pb.GetLedgerRequest{Name: "ledgers/" + markettest.Jurisdiction}))(t).GetClockDoubtTime()
	operator, approver := m.Found(m.Bureau.Name, pb.Role_OPERATOR), m.Found(m.Bureau.Name, pb.Role_APPROVER)
	for _, p := range []*markettest.Founder{operator, approver} {
		p.StepUpAt(m.Clock.Now().Add(-by))
	}
	req := &pb.ConfirmClockRequest{RequestId: markettest.ID(), Name: "ledgers/" + markettest.Jurisdiction, ClockDoubtTime: at}
	if err := m.Together(approver, func() error { return markettest.Failed(m.Ledgers.ConfirmClock(operator.Ctx(), req)) }); err != nil {
		t.Fatal(err)
	}
	if m.Settle(); m.Close(firm, d).GetState() != pb.Demand_EVALUATING {
		t.Fatal("the deadline does not act")
	}
}

// TestDoubtForged leaves out that a clock was confirmed, and tells instead that two persons accepted a rollback: what comes after it, which a deadline has
// decided, is refused, and nothing else is, unless nobody or one person alone is named.
func TestDoubtForged(t *testing.T) {
	t.Parallel()
	program := second(t)
	m := markettest.Open(t, storagetest.SQLite(t))
	doubted(t, m)
	b := markettest.Must(Export(m.Bureau.Ctx(), m.Ledgers))(t)
	b = Forge(b.Header, b.Entries)
	const two = "row.fact_approver 9 persons/a\nrow.fact_operator 9 persons/b\n"
	var doubt string // the lines of a clock that is in doubt, and of the two
	for _, s := range b.Entries {
		if strings.Contains(s.Body, "ledger.clock_doubted") {
			for line := range strings.Lines(s.Body) {
				if strings.HasPrefix(line, "row.jump_us ") {
					doubt += two
				}
				if strings.HasPrefix(line, "row.doubted_at ") || strings.HasPrefix(line, "row.jump_us ") {
					doubt += line
				}
			}
		}
	}
	forge := forgery{kind: "ledger.clock_confirmed", texts: []string{"kind 22 ledger.clock_confirmed", "kind 12 ledger.epoch", "row.verifier_key ", doubt + "row.verifier_key "}}
	err := work(t.Context(), program, func(ask func([]byte) (Verdict, Verdict, error)) error {
		whole := forge.texts[3]
		for _, lie := range []struct {
			name, by string
			end, ok  bool
		}{{"ended there", two, true, true}, {"gone on", two, false, false}, {"nobody accepts", "", true, false},
			{"one accepts", strings.ReplaceAll(two, "persons/b", "persons/a"), true, false}, {"no person accepts", strings.ReplaceAll(two, "persons/b", "systems/b"), true, false}} {
			forge.texts[3], forge.end = strings.Replace(whole, two, lie.by, 1), lie.end
			made := forge.of(b)
			one, other, err := ask(made.sign().File())
			if err != nil {
				return err
			}
			if one.OK != lie.ok || other.OK != lie.ok || !one.Same(other) {
				t.Errorf("%s: got %+v and %+v", lie.name, one, other)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestLedgers tells each tale, and gives its ledger and what a forger makes of it to both verifiers.
func TestLedgers(t *testing.T) {
	t.Parallel()
	program := second(t)
	for name, tell := range tales {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := markettest.Open(t, storagetest.SQLite(t))
			tell(t, m)
			b, err := Export(m.Bureau.Ctx(), m.Ledgers)
			if err != nil {
				t.Fatal(err)
			}
			const n = 150
			c, err := Mutate(t.Context(), program, b, n, 1)
			if err != nil {
				t.Fatal(err)
			}
			if c.Mutations != n || c.Accepted != 0 || c.Disagree != 0 || c.Plausible == 0 {
				t.Errorf("%d mutations, %d accepted, %d disagreements, %d plausible: %q", c.Mutations, c.Accepted, c.Disagree, c.Plausible, c.First)
			}
		})
	}
}
