package settling_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // to read what the server's own connections do not
	"google.golang.org/protobuf/proto"
	_ "modernc.org/sqlite" // the same

	"github.com/jiebang/jiebang/services/accounting/account"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/reporting/replay"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// wanted is how many snapshots of each database are compared at least.
var wanted = flag.Int("snapshots", 50, "how many snapshots TestEverySnapshotAgrees compares in each database")

// perDeal is how many snapshots the reader compares before another contract is begun: about one for each change, whatever the machine.
const perDeal = 50

// TestEverySnapshotAgrees lets contracts be signed, amended, accepted and paid at once, while a reader computes in one snapshot after another what they come
// to in four ways: from the contracts, amendments, milestones and payments; from the postings; from the balances and the total; and from the ledger alone.
func TestEverySnapshotAgrees(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		const workers = 3
		turns := make(chan int, workers)
		var running sync.WaitGroup
		var left atomic.Int64
		var signing sync.Mutex // a deal moves the clock past the deadline of its own demand, and must not past another's
		sign := func(total money.Fen, shares []int32) *markettest.Deal {
			signing.Lock()
			defer signing.Unlock()
			return m.Deal(total, shares...)
		}
		shares := [][]int32{{3333, 3333, 3334}, {10_000}, {}}
		for range workers {
			left.Add(1)
			running.Go(func() {
				defer left.Add(-1)
				for n := range turns {
					work(m, sign(money.Fen(777+n*331+n%3*500_000_000_000), shares[n%len(shares)]), int64(n%workers))
				}
			})
		}
		r := read(t, m)
		snapshots, differences, deals := 0, 0, 0
		for ; snapshots < *wanted || left.Load() > 0; snapshots++ {
			if snapshots == *wanted {
				close(turns)
			} else if snapshots < *wanted && deals < workers+snapshots/perDeal {
				select {
				case turns <- deals:
					deals++
				default: // all are at work
				}
			}
			differences += r.agree(t)
		}
		running.Wait()
		differences += r.agree(t)
		snapshots++
		t.Attr("snapshots", strconv.Itoa(snapshots))
		t.Attr("snapshot_differences", strconv.Itoa(differences))
		t.Logf("%d deals, %d entries", deals, r.ledger.Size())
		verify(t, m)
	})
}

// work amends, accepts and pays a contract.
func work(m *markettest.Market, d *markettest.Deal, n int64) {
	total := d.Contract.GetTotal()
	fen := total.GetUnits()*100 + int64(total.GetNanos()/10_000_000)
	for i := range int64(6) {
		a := d.SignAmendment(d.Firm, d.Propose(money.Fen(fen+(i+1)*(n+1)*7)))
		m.Clock.Advance(time.Microsecond)
		d.SignAmendment(d.Zju, a)
		d.Transfer(d.Plan(pb.Payment_PREPAYMENT, money.Fen(n+11)), 4)
		d.Transfer(d.Plan(pb.Payment_REFUND, money.Fen(i+1)), 4)
		if d.Read(); int(i) < len(d.Milestones)-1 {
			d.Meet(d.Milestones[i])
		}
	}
}

// reader reads the database as somebody else would.
type reader struct {
	db      *sql.DB
	options sql.TxOptions // of one snapshot
	ledger  *replay.Replayer
}

func read(t *testing.T, m *markettest.Market) *reader {
	t.Helper()
	driver, url, options := "sqlite", "file:"+m.URL+"?_pragma=busy_timeout(5000)&_pragma=query_only(1)", sql.TxOptions{}
	if strings.HasPrefix(m.URL, "postgres") {
		driver, url, options = "pgx", m.URL, sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	db, err := sql.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return &reader{db, options, replay.New(markettest.Jurisdiction)}
}

// agree compares in one snapshot, and counts what differs.
func (r *reader) agree(t *testing.T) (differences int) {
	t.Helper()
	differ := func(format string, args ...any) {
		t.Helper()
		differences++
		t.Errorf(format, args...)
	}
	tx, err := r.db.BeginTx(t.Context(), &r.options)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	things := sums(t, tx, `SELECT COALESCE((SELECT SUM(total_fen) FROM contracts WHERE state IN ('active', 'completed', 'terminated')), 0),
		COALESCE((SELECT SUM(difference_fen) FROM amendments WHERE state = 'active'), 0),
		COALESCE((SELECT SUM(amount_fen) FROM payments WHERE state = 'confirmed' AND kind IN ('instalment', 'prepayment', 'refund')), 0),
		COALESCE((SELECT SUM(accepted_fen) FROM milestones), 0), 0`)
	const accounts = "COALESCE(SUM(committed), 0), COALESCE(SUM(amended), 0), COALESCE(SUM(paid), 0), COALESCE(SUM(accepted), 0), COALESCE(SUM(registered), 0)"
	counters := "COALESCE(SUM(committed + amended + paid + accepted + registered + obligation + cash + work + registry), 0)"
	from := map[string][5]int64{"replay": r.replayed(t, tx)}
	for _, table := range []string{"postings", "balances", "account_totals"} {
		from[table] = sums(t, tx, "SELECT "+accounts+" FROM "+table)
		var rest int64
		if err := tx.QueryRowContext(context.Background(), "SELECT "+counters+" FROM "+table).Scan(&rest); err != nil || rest != 0 {
			differ("%s add up to %d fen %v, want 0", table, rest, err)
		}
	}
	for name, got := range from {
		if got != things {
			differ("%s: got %v, want %v", name, got, things)
		}
	}
	var off int
	if err := tx.QueryRowContext(context.Background(), `SELECT COUNT(*) FROM (SELECT m.contract_id FROM milestones m JOIN balances b ON b.id = m.contract_id
		GROUP BY m.contract_id, b.committed, b.amended HAVING SUM(m.amount_fen) <> b.committed + b.amended) off`).Scan(&off); err != nil || off != 0 {
		differ("the milestones of %d contracts do not add up to the current total (%v)", off, err)
	}
	return differences
}

func sums(t *testing.T, tx *sql.Tx, query string) (n [5]int64) {
	t.Helper()
	if err := tx.QueryRowContext(context.Background(), query).Scan(&n[0], &n[1], &n[2], &n[3], &n[4]); err != nil {
		t.Fatal(err)
	}
	return n
}

// replayed computes from the entries alone: those of this snapshot are added to those of the last.
func (r *reader) replayed(t *testing.T, tx *sql.Tx) [5]int64 {
	t.Helper()
	rows, err := tx.QueryContext(context.Background(), fmt.Sprintf("SELECT salt, body FROM ledger_entries WHERE jurisdiction = '%s' AND sequence >= %d ORDER BY sequence",
		markettest.Jurisdiction, r.ledger.Size()))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var salt, body []byte
		if err := rows.Scan(&salt, &body); err != nil {
			t.Fatal(err)
		}
		leaf := entry.Leaf(salt, body)
		r.ledger.Add(entry.Sealed{Salt: salt, Body: string(body), Hash: leaf[:]})
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if problems := r.ledger.Report().Problems; len(problems) > 0 {
		t.Fatal(problems)
	}
	sum := account.Amounts{}
	for _, b := range r.ledger.Balances() {
		sum = sum.Add(b)
	}
	return [5]int64{int64(sum.Committed), int64(sum.Amended), int64(sum.Paid), int64(sum.Accepted), int64(sum.Registered)}
}

// TestRetries repeats a confirmation many times at once with one request_id: it counts once, and every answer is the first.
func TestRetries(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := m.Deal(1000)
		p := d.Transfer(d.Plan(pb.Payment_PREPAYMENT, 400), 3)
		req := &pb.ConfirmPaymentRequest{RequestId: markettest.ID(), Name: p.GetName(), Etag: p.GetEtag()}
		answers := make([]*pb.Payment, 64)
		if count := markettest.Race(len(answers), func(i int) (err error) {
			answers[i], err = m.Payments.ConfirmPayment(d.Zju.Ctx(), req)
			return err
		}); count[""] != len(answers) {
			t.Errorf("got %v, want every retry answered", count)
		}
		for i, a := range answers {
			if !proto.Equal(a, answers[0]) {
				t.Errorf("answer %d: got %v, want %v", i, a, answers[0])
			}
		}
		other := proto.CloneOf(req)
		other.Etag = "99"
		if err := markettest.Failed(m.Payments.ConfirmPayment(d.Zju.Ctx(), other)); err == nil || !strings.Contains(fmt.Sprint(err), "another body") {
			t.Errorf("got %v, want another body refused", err)
		}
		balance(t, d, 1000, 0, 400, 0)
		verify(t, m)
	})
}
