package reporting_test

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/schema/field"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/jiebang/jiebang/ent/gen/ent/migrate"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/registertest"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/reporting/replay"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// audited are the tables that the ledger answers for. The others are the ledger itself, its projections, and answers to requests.
var audited = []string{"organizations", "tokens", "persons", "memberships", "approvals", "files", "demands", "achievements", "profiles", "bids", "evaluations", "sheets", "objections", "monitoring_cases", "opinions", "questions", "disclosures", "contracts", "amendments", "milestones", "payments", "registrations", "registry_records", "custodians", "sealings", "openings", "refusals"}

// attacker writes to the database behind the server's back.
type attacker struct {
	t        *testing.T
	db       *sql.DB
	postgres bool
}

func attack(t *testing.T, url string) *attacker {
	t.Helper()
	a := &attacker{t: t, postgres: strings.HasPrefix(url, "postgres")}
	driver := "sqlite"
	if a.postgres {
		driver = "pgx"
	} else {
		url = "file:" + url + "?_pragma=busy_timeout(5000)"
	}
	var err error
	if a.db, err = sql.Open(driver, url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.db.Close() })
	return a
}

func (a *attacker) exec(query string) {
	a.t.Helper()
	if _, err := a.db.ExecContext(context.Background(), query); err != nil {
		a.t.Fatalf("%s: %v", query, err)
	}
}

// disarm removes the triggers that keep entries, as an administrator can.
func (a *attacker) disarm() {
	for _, trigger := range []string{"ledger_entries_keep", "ledger_entries_stay"} {
		on := ""
		if a.postgres {
			on = " ON ledger_entries"
		}
		a.exec("DROP TRIGGER " + trigger + on)
	}
}

// changed is an expression that differs from the column's value.
func (a *attacker) changed(c *schema.Column) string {
	name := `"` + c.Name + `"`
	switch c.Type {
	case field.TypeInt, field.TypeInt64:
		return fmt.Sprintf("COALESCE(%s, 0) + 100", name)
	case field.TypeBool:
		return "NOT " + name
	case field.TypeTime:
		if a.postgres {
			return fmt.Sprintf("COALESCE(%s, TIMESTAMPTZ '2020-01-01') + INTERVAL '1 microsecond'", name)
		}
		return "'2020-01-01 00:00:00.000001+00:00'"
	case field.TypeBytes:
		if a.postgres {
			return "'\\x01'::bytea"
		}
		return "x'01'"
	case field.TypeJSON:
		if c.Name == "attachments" {
			return `'[{"subject":"demands/x","visibility":"public"}]'`
		}
		return `'["auditor"]'`
	}
	return fmt.Sprintf("COALESCE(%s, '') || 'x'", name)
}

// sealedStory lets custodians open a bid, and another one come too late.
func sealedStory(t *testing.T, m *markettest.Market) {
	t.Helper()
	keepers, firm, zju, late := m.Keepers(3), m.Firm(), m.University(), m.University()
	d := m.SealedDemand(firm, 10*time.Minute)
	m.SealedBid(zju, d.GetName(), 5)
	envelope := m.Seal(m.Terms(d.GetName()), m.Plain(late, 4, 1))
	d = m.Close(firm, d)
	if _, err := m.Finalize(late, d.GetName(), envelope, 1); err == nil {
		t.Error("a late bid was taken")
	}
	m.Give(keepers[0], d.GetName())
	m.Give(keepers[1], d.GetName())
	m.Settle()
}

// TestEveryColumn changes every column of every audited table directly in the database: verify names the row and the column each time.
func TestEveryColumn(t *testing.T) {
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		judged := m.Judge("open", 2)
		judged.Reach(1)
		judged.Dismiss(judged.Firm)
		story(m)
		sealedStory(t, m)
		settle(m)
		registertest.Story(t, m)
		monitoringStory(t, m)
		wantNothing(t, m)
		a := attack(t, m.URL)
		columns, missed := 0, 0
		for _, table := range migrate.Tables {
			if !contains(audited, table.Name) {
				continue
			}
			for _, c := range table.Columns {
				columns++
				if !a.tamper(m, table.Name, c) {
					missed++
				}
			}
		}
		t.Attr("tampered_columns", strconv.Itoa(columns))
		t.Attr("tampered_missed", strconv.Itoa(missed))
		if columns < 100 {
			t.Errorf("tried %d columns; the schema has more", columns)
		}
		wantNothing(t, m)
	})
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

// tamper changes a column of one row, looks at whether verify names it, and changes it back.
func (a *attacker) tamper(m *markettest.Market, table string, c *schema.Column) (named bool) {
	a.t.Helper()
	var id string
	if err := a.db.QueryRowContext(context.Background(), "SELECT id FROM "+table+" WHERE jurisdiction = '330182' ORDER BY updated_at DESC, id LIMIT 1").Scan(&id); err != nil {
		a.t.Fatal(err)
	}
	a.exec("CREATE TABLE saved AS SELECT * FROM " + table + " WHERE id = '" + id + "'")
	a.exec(fmt.Sprintf(`UPDATE %s SET "%s" = %s WHERE id = '%s'`, table, c.Name, a.changed(c), id))
	report, err := m.Server.Verify(a.t.Context(), markettest.Jurisdiction)
	if err != nil {
		a.t.Fatal(err)
	}
	if named = names(report, table, c.Name, id); !named {
		a.t.Errorf("%s.%s of %s changed; verify says %v", table, c.Name, id, report.Problems)
	}
	changedID := id
	if c.Name == "id" {
		changedID += "x"
	}
	a.exec(fmt.Sprintf("DELETE FROM %s WHERE id = '%s'", table, changedID))
	a.exec("INSERT INTO " + table + " SELECT * FROM saved")
	a.exec("DROP TABLE saved")
	return named
}

// names reports whether a problem is about the row, and about the column unless the row is found no more.
func names(r *replay.Report, table, column, id string) bool {
	for _, p := range r.Problems {
		row := strings.Contains(p.Subject, id)
		if row && (strings.Contains(p.Column, table+"."+column) || column == "id" || column == "jurisdiction") {
			return true
		}
	}
	return false
}

// TestEntries tampers with the ledger itself.
func TestEntries(t *testing.T) {
	for _, test := range []struct {
		name, query string
		want        replay.Problem
	}{
		{"an entry changed", "UPDATE ledger_entries SET body = %s WHERE sequence = 5 AND jurisdiction = '330182'", replay.Problem{Sequence: 5}},
		{"a salt changed", "UPDATE ledger_entries SET salt = body WHERE sequence = 5 AND jurisdiction = '330182'", replay.Problem{Sequence: 5}},
		{"an entry deleted", "DELETE FROM ledger_entries WHERE sequence = 6 AND jurisdiction = '330182'", replay.Problem{Sequence: 6}},
		{"the last entry deleted", "DELETE FROM ledger_entries WHERE jurisdiction = '330182' AND sequence = (SELECT size - 1 FROM ledger_heads WHERE id = '330182')", replay.Problem{Sequence: -2}},
		{"two entries exchanged", "UPDATE ledger_entries SET body = (SELECT o.body FROM ledger_entries o WHERE o.jurisdiction = '330182' AND o.sequence = 15 - ledger_entries.sequence) " +
			"WHERE sequence IN (7, 8) AND jurisdiction = '330182'", replay.Problem{Sequence: 7}},
		{"a tree hash changed", "UPDATE ledger_entries SET hashes = hashes || hashes WHERE sequence = 4 AND jurisdiction = '330182'", replay.Problem{Sequence: 4}},
		{"the head changed", "UPDATE ledger_heads SET frontier = (SELECT hashes FROM ledger_entries WHERE sequence = 0 AND jurisdiction = '330182') WHERE id = '330182'", replay.Problem{Sequence: -1}},
		{"the bureau renamed", "UPDATE ledger_heads SET display_name = 'x' WHERE id = '330182'", replay.Problem{Sequence: 0}},
		{"a total changed", "UPDATE totals SET amount_fen = amount_fen + 1 WHERE metric = 'contracts_signed'", replay.Problem{Sequence: -1}},
		{"a total invented", "UPDATE totals SET month = '2020-01'", replay.Problem{Sequence: -1}},
		{"a row deleted", "DELETE FROM contracts", replay.Problem{Sequence: -2}},
	} {
		t.Run(test.name, func(t *testing.T) {
			markettest.Each(t, func(t *testing.T, m *markettest.Market) {
				story(m)
				a := attack(t, m.URL)
				a.disarm()
				query := test.query
				if strings.Contains(query, "%s") {
					query = fmt.Sprintf(query, map[bool]string{true: "set_byte(body, 40, 65)", false: "CAST(substr(body, 1, 40) AS BLOB) || x'41' || CAST(substr(body, 42) AS BLOB)"}[a.postgres])
				}
				a.exec(query)
				report, err := m.Server.Verify(t.Context(), markettest.Jurisdiction)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range report.Problems {
					if p.Sequence == test.want.Sequence || test.want.Sequence == -2 {
						return
					}
				}
				t.Errorf("verify says %v, want something about entry %d", report.Problems, test.want.Sequence)
			})
		})
	}
}

// TestTriggers makes sure that entries cannot be changed by mistake.
func TestTriggers(t *testing.T) {
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		a := attack(t, m.URL)
		for _, query := range []string{
			"UPDATE ledger_entries SET salt = body", "DELETE FROM ledger_entries", "UPDATE ledger_heads SET size = 0", "DELETE FROM ledger_heads",
			"UPDATE requests SET answer = body_hash",
		} {
			if strings.Contains(query, "requests") {
				m.Firm() // so that there is a request
			}
			if _, err := a.db.ExecContext(t.Context(), query); err == nil {
				t.Errorf("%s: done", query)
			}
		}
		wantNothing(t, m)
	})
}

// story makes at least one row of every kind, in several states.
func story(m *markettest.Market) {
	firm, one, two := m.Firm(), m.University(), m.University()
	d := m.Publish(firm, time.Hour)
	first := m.Bid(one, d, 418_000)
	m.Bid(two, d, 450_000)
	k := m.Contract(firm, m.Award(firm, m.Close(firm, d), first))
	m.Sign(one, m.Sign(firm, k))
	m.Bid(one, m.Publish(firm, time.Hour), 1)
	m.Draft(firm, time.Hour)
	m.Offer(one)
	m.Offer(firm)
	people(m, firm)
	m.Declare(firm)
	vetted(m, firm, two)
	m.Settle()
}

// people lets two persons suspend a firm, and a third join another.
func people(m *markettest.Market, firm *markettest.Member) {
	first, second, owner := m.Found(m.Bureau.Name, pb.Role_OPERATOR), m.Found(m.Bureau.Name, pb.Role_APPROVER), m.Found(firm.Name, pb.Role_OWNER)
	ctx := context.Background()
	invited, err := m.Members.InviteMember(owner.Ctx(), &pb.InviteMemberRequest{RequestId: markettest.ID(), Parent: firm.Name, Roles: []pb.Role{pb.Role_EDITOR}})
	if err == nil {
		_, err = m.Members.AcceptInvitation(ctx, &pb.AcceptInvitationRequest{RequestId: markettest.ID(), Code: invited.GetCode(),
			Account: &pb.NewAccount{Login: "zhou-mingyuan", DisplayName: "周明远", Password: markettest.Password}})
	}
	if err != nil {
		panic(err)
	}
	req := &pb.SuspendOrganizationRequest{RequestId: markettest.ID(), Name: m.Firm().Name, Etag: "1", Reason: "材料不实"}
	_, err = m.Organizations.SuspendOrganization(first.Ctx(), req)
	if rpc.Reason(err) != "APPROVAL_REQUIRED" {
		panic(err)
	}
	list, err := m.Approvals.ListApprovals(second.Ctx(), &pb.ListApprovalsRequest{})
	if err == nil {
		v := list.GetApprovals()[0]
		_, err = m.Approvals.ApproveRequest(second.Ctx(), &pb.ApproveRequestRequest{RequestId: markettest.ID(), Name: v.GetName(), Etag: v.GetEtag(), Digest: v.GetDigest()})
	}
	if err == nil {
		_, err = m.Organizations.SuspendOrganization(first.Ctx(), req)
	}
	if err != nil {
		panic(err)
	}
}

// vetted publishes a demand after vetting; an organization asks about it, reads what is confidential and bids, and the demand is amended.
func vetted(m *markettest.Market, firm, asker *markettest.Member) {
	d := m.Office().Publish(firm, "open", 30*24*time.Hour)
	m.Bid(asker, d, 7)
	_, err := m.Questions.AskQuestion(asker.Ctx(), &pb.AskQuestionRequest{RequestId: markettest.ID(), Parent: d.GetName(), Text: "能否提供样品?"})
	if err == nil {
		_, err = m.Disclosures.AcceptAgreement(asker.Ctx(), &pb.AcceptAgreementRequest{RequestId: markettest.ID(), Name: d.GetName(), Version: "nda/1"})
	}
	if err == nil {
		_, err = m.Disclosures.DiscloseDemand(asker.Ctx(), &pb.DiscloseDemandRequest{RequestId: markettest.ID(), Name: d.GetName()})
	}
	if err != nil {
		panic(err)
	}
}

func wantNothing(t *testing.T, m *markettest.Market) {
	t.Helper()
	report, err := m.Server.Verify(t.Context(), markettest.Jurisdiction)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Problems) > 0 {
		t.Fatalf("verify says %v", report.Problems)
	}
}
