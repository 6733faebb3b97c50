// Package retries has a test alone: changes about money are repeated from many callers while the server dies under them.
package retries_test

import (
	"database/sql"
	"flag"
	"fmt"
	"math/rand/v2" // when a server is killed need not be repeatable
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // to read what the server's own connections do not
	"google.golang.org/protobuf/proto"
	_ "modernc.org/sqlite" // the same

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/prove/plant"
	"github.com/jiebang/jiebang/services/internal/storagetest"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// planted says that the server was built with plant.Crash, and dies at each of its points; without, it is killed some time after it was asked.
var planted = flag.Bool("crash-points", false, "the server dies by itself at every point")

// callers is how many repeat a request at once.
const callers = 64

// TestCrashes repeats each act from many callers at once, lets the server die meanwhile, and repeats it again after a restart. Every answer must be the same,
// and the act must have happened once: it left as many entries, and moved as much money, as the same act did without a crash.
func TestCrashes(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, url string) {
		x := &crashed{url: url, dir: t.TempDir()}
		if !t.Run("prepare", x.prepare) {
			return
		}
		retries, extra := 0, 0
		for _, s := range x.sets {
			for _, a := range s.acts {
				n, different := x.suffer(t, s.point, a)
				retries, extra = retries+n, extra+different
			}
		}
		t.Attr("retries", strconv.Itoa(retries))
		t.Attr("retries_extra_effects", strconv.Itoa(extra+x.compare(t)))
		x.verify(t)
	})
}

// crashed is a market whose server dies.
type crashed struct {
	url, dir string
	at       time.Time
	sets     []set
	peace    set // the same acts, done without a crash
}

// points are where the server dies. At "" it is killed.
func (x *crashed) points() (names []string) {
	if !*planted {
		return []string{"", ""}
	}
	for _, p := range plant.CrashPoints {
		if !p.SQLite || !strings.HasPrefix(x.url, "postgres") {
			names = append(names, p.Name)
		}
	}
	return names
}

// prepare brings contracts to where each act is next, and does one of each in peace.
func (x *crashed) prepare(t *testing.T) {
	m := markettest.Open(t, x.url, func(c *services.Config) { c.DataDir = x.dir })
	x.peace = prepare(t, m)
	for _, point := range x.points() {
		s := prepare(t, m)
		s.point = point
		x.sets = append(x.sets, s)
	}
	conn := dial(t, m.GRPC)
	for _, a := range x.peace.acts {
		if _, err := a.do(t.Context(), conn); err != nil {
			t.Fatalf("%s: %v", a.method, err)
		}
	}
	x.at = m.Clock.Now()
}

// suffer lets the server die in an act and repeats it. It returns how often the act was asked for, and how many answers were not the first.
func (x *crashed) suffer(t *testing.T, point string, a act) (retries, different int) {
	t.Helper()
	dying := x.start(t, point, a.method)
	before := make([]proto.Message, callers)
	conn := dial(t, dying.address)
	var killed sync.WaitGroup
	if point == "" {
		killed.Go(func() {
			dying.kill(t, time.Duration(rand.Int64N(int64(8*time.Millisecond))))
		})
	}
	markettest.Race(callers, func(i int) (err error) {
		before[i], err = a.do(t.Context(), conn)
		return err
	})
	killed.Wait()
	dying.died(t, point+" "+a.method)
	again := x.start(t, "", "")
	defer again.end(t)
	after := make([]proto.Message, callers)
	conn = dial(t, again.address)
	if count := markettest.Race(callers, func(i int) (err error) {
		after[i], err = a.do(t.Context(), conn)
		return err
	}); count[""] != callers {
		t.Errorf("%s after a crash at %q: got %v, want every retry answered", a.method, point, count)
		different += callers - count[""]
	}
	for _, answer := range append(before, after...) {
		if answer != nil && after[0] != nil && !proto.Equal(answer, after[0]) {
			t.Errorf("%s after a crash at %q: got %v, want %v", a.method, point, answer, after[0])
			different++
		}
	}
	return 2 * callers, different
}

// effects are what the acts of a set left.
type effects struct {
	Entries                                             [][]string // kinds, by act
	Committed, Amended, Paid, Accepted, Postings        int64
	Payments, Amendments, Milestones, Confirmed, Active int64
}

// compare counts the sets that acted otherwise than the one in peace.
func (x *crashed) compare(t *testing.T) (extra int) {
	t.Helper()
	driver, url := "sqlite", "file:"+x.url+"?_pragma=query_only(1)"
	if strings.HasPrefix(x.url, "postgres") {
		driver, url = "pgx", x.url
	}
	db, err := sql.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	kinds := entries(t, db)
	left := func(s set) (e effects) {
		for _, a := range s.acts {
			e.Entries = append(e.Entries, kinds[a.id])
		}
		in := fmt.Sprintf("('%s', '%s')", s.contracts[0], s.contracts[1])
		for query, into := range map[string][]any{
			"SUM(committed), SUM(amended), SUM(paid), SUM(accepted), COUNT(*) FROM postings WHERE contract_id": {&e.Committed, &e.Amended, &e.Paid, &e.Accepted, &e.Postings},
			"COUNT(*), COUNT(confirmed_at) FROM payments WHERE contract_id":                                    {&e.Payments, &e.Confirmed},
			"COUNT(*) FROM amendments WHERE state = 'active' AND contract_id":                                  {&e.Amendments},
			"COUNT(*) FROM milestones WHERE state = 'met' AND contract_id":                                     {&e.Milestones},
			"COUNT(*) FROM contracts WHERE state = 'active' AND id":                                            {&e.Active},
		} {
			if err := db.QueryRowContext(t.Context(), "SELECT "+query+" IN "+in).Scan(into...); err != nil {
				t.Fatalf("%s: %v", query, err)
			}
		}
		return e
	}
	want := left(x.peace)
	if want.Amendments+want.Milestones+want.Confirmed+want.Active != 5 || slices.ContainsFunc(want.Entries, func(k []string) bool { return len(k) == 0 }) {
		t.Fatalf("the acts have no effect: %+v", want)
	}
	for _, s := range x.sets {
		if got := left(s); !reflect.DeepEqual(got, want) {
			t.Errorf("crashes at %q: got %+v, want %+v", s.point, got, want)
			extra++
		}
	}
	return extra
}

// entries are the kinds of the entries that name each request.
func entries(t *testing.T, db *sql.DB) map[string][]string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT body FROM ledger_entries ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	kinds := map[string][]string{}
	for rows.Next() {
		var body []byte
		if err := rows.Scan(&body); err != nil {
			t.Fatal(err)
		}
		e, err := entry.Decode(body)
		if err != nil {
			t.Fatal(err)
		}
		kinds[e.Request] = append(kinds[e.Request], e.Kind)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return kinds
}

// verify makes sure that the ledger, the rows and the accounts say the same after all.
func (x *crashed) verify(t *testing.T) {
	t.Helper()
	s, err := services.Open(t.Context(), config(x.dir, x.url, x.at))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	report, err := s.Verify(t.Context(), markettest.Jurisdiction)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Problems) > 0 {
		t.Errorf("verify: %v", report.Problems)
	}
}
