package bidding_test

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // to reach behind the server

	"github.com/jiebang/jiebang/services/internal/markettest"
)

// TestKeys writes behind the server's back what the lock never lets happen: a second winner of a demand, and a second live bid of an organization. The
// database refuses both, whatever the migrations have done to its tables.
func TestKeys(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, zju := m.Firm(), m.University()
		d := m.Publish(firm, time.Hour)
		a, b := m.Bid(zju, d, 5), m.Bid(m.University(), d, 6)
		m.Close(firm, d)
		driver, url := "sqlite", "file:"+m.URL+"?_pragma=busy_timeout(5000)"
		if strings.HasPrefix(m.URL, "postgres") {
			driver, url = "pgx", m.URL
		}
		db := markettest.Must(sql.Open(driver, url))(t)
		defer db.Close()
		set := func(query string, args ...any) error {
			_, err := db.ExecContext(t.Context(), query, args...)
			return err
		}
		if err := set("UPDATE bids SET state = 'won' WHERE id = $1", markettest.BidID(a.GetName())); err != nil {
			t.Fatal(err)
		}
		if err := set("UPDATE bids SET state = 'won' WHERE id = $1", markettest.BidID(b.GetName())); err == nil {
			t.Error("a demand has two winners")
		}
		if err := set("UPDATE bids SET organization_id = (SELECT organization_id FROM bids WHERE id = $1) WHERE id = $2", markettest.BidID(a.GetName()), markettest.BidID(b.GetName())); err == nil {
			t.Error("an organization has two live bids")
		}
	})
}
