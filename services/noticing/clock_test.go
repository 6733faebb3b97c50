package noticing_test

import (
	"slices"
	"testing"
	"time"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestClock tells those who confirm the clock, and nobody else, that it was set.
func TestClock(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, persons := m.Firm(), officers(m)
		c := newCrowd(m, map[string]*markettest.Member{"firm": firm, "bureau": m.Bureau}, persons)
		m.Clock.Jump(-time.Hour)
		m.Settle()
		c.told(t, "set", map[string][]string{"operator": {"ledger.clock_doubted 服务器时钟在 2026-03-02 12:00 被发现调整过,揭榜和到期事项已暂停;核对后请运行 jiebang audit clock --confirm(须两人)"}})
		l := markettest.Must(m.Ledgers.GetLedger(t.Context(), &pb.GetLedgerRequest{Name: "ledgers/" + markettest.Jurisdiction}))(t)
		for _, p := range persons {
			p.StepUpAt(m.Clock.Now().Add(time.Hour))
		}
		req := &pb.ConfirmClockRequest{RequestId: markettest.ID(), Name: l.GetName(), ClockDoubtTime: l.GetClockDoubtTime()}
		if err := m.Together(persons["approver"], func() error { return markettest.Failed(m.Ledgers.ConfirmClock(persons["operator"].Ctx(), req)) }); err != nil {
			t.Fatal(err)
		}
		got := c.news(t)
		if want := "ledger.clock_confirmed 服务器时钟已由两人确认,揭榜和到期事项已恢复"; !slices.Contains(got["operator"], want) || got["firm"] != nil {
			t.Errorf("confirmed: got %v, want the operator told %q", got, want)
		}
	})
}
