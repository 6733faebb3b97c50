package reporting_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/schema/field"

	"github.com/jiebang/jiebang/ent/gen/ent/migrate"
	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// settle makes a contract in force with accepted milestones, amendments and payments, so that each of its accounts has something.
func settle(m *markettest.Market) {
	d := m.Deal(100_000, 5000, 5000)
	d.Meet(d.Milestones[0])
	m.Clock.Advance(time.Minute) // so that the other milestone changes last
	d.Amend(120_000)
	d.Transfer(d.Plan(pb.Payment_INSTALMENT, 50_000), 4)
	d.Transfer(d.Plan(pb.Payment_REFUND, 1_000), 4)
	d.Propose(130_000)
	m.Clock.Advance(time.Minute) // so that this is the last payment
	d.Plan(pb.Payment_DEPOSIT, 5)
}

// guards are the triggers and constraints of the accounts, which an administrator can take away.
var guards = map[string][]string{
	"postings": {"postings_add", "postings_keep", "postings_stay"}, "balances": {"balances_add_up", "balances_insert", "balances_update", "balances_stay"},
	"account_totals": {"account_totals_add_up", "account_totals_insert", "account_totals_update", "account_totals_stay"},
}

// disarmAccounts takes them away.
func (a *attacker) disarmAccounts() {
	for table, triggers := range guards {
		for _, t := range triggers {
			if a.postgres {
				a.exec("DROP TRIGGER IF EXISTS " + t + " ON " + table)
			} else {
				a.exec("DROP TRIGGER IF EXISTS " + t)
			}
		}
	}
	if a.postgres {
		a.exec("ALTER TABLE postings DROP CONSTRAINT posting_sums_to_zero")
		for _, c := range []string{"balance_current", "balance_paid", "balance_accepted"} {
			a.exec("ALTER TABLE balances DROP CONSTRAINT " + c)
		}
		return
	}
	a.db.SetMaxOpenConns(1)
	a.exec("PRAGMA ignore_check_constraints = on")
}

// TestEveryAccount changes every column of every posting, balance and total directly in the database: verify names the row and the column each time.
func TestEveryAccount(t *testing.T) {
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		settle(m)
		wantNothing(t, m)
		a := attack(t, m.URL)
		a.disarmAccounts()
		columns := 0
		for _, table := range migrate.Tables {
			if guards[table.Name] == nil {
				continue
			}
			for _, c := range table.Columns {
				a.tamperAccount(m, table.Name, c)
				columns++
			}
		}
		if columns < 30 {
			t.Errorf("tried %d columns; the accounts have more", columns)
		}
		for _, query := range []string{"DELETE FROM postings WHERE paid < 0", "DELETE FROM balances", "DELETE FROM account_totals",
			"INSERT INTO postings (id, jurisdiction, contract_id, paid, cash) SELECT MAX(id) - 1, '330182', MIN(contract_id), 5, -5 FROM postings"} {
			before, err := m.Server.Verify(t.Context(), markettest.Jurisdiction)
			if err != nil {
				t.Fatal(err)
			}
			a.exec(query)
			after, err := m.Server.Verify(t.Context(), markettest.Jurisdiction)
			if err != nil || len(after.Problems) <= len(before.Problems) {
				t.Errorf("%s: verify says %v %v", query, after.Problems, err)
			}
		}
	})
}

// tamperAccount changes a column of the last row, looks at what verify says, and changes it back.
func (a *attacker) tamperAccount(m *markettest.Market, table string, c *schema.Column) {
	a.t.Helper()
	var id string
	if err := a.db.QueryRowContext(context.Background(), "SELECT CAST(MAX(id) AS VARCHAR(40)) FROM "+table).Scan(&id); err != nil {
		a.t.Fatal(err)
	}
	back := fmt.Sprintf(`"%s" - 100`, c.Name)
	if c.Type == field.TypeString {
		back = fmt.Sprintf(`substr("%s", 1, length("%s") - 1)`, c.Name, c.Name)
	}
	a.exec(fmt.Sprintf(`UPDATE %s SET "%s" = %s WHERE CAST(id AS VARCHAR(40)) = '%s'`, table, c.Name, a.changed(c), id))
	report, err := m.Server.Verify(a.t.Context(), markettest.Jurisdiction)
	if err != nil {
		a.t.Fatal(err)
	}
	found := false
	for _, p := range report.Problems {
		found = found || strings.HasPrefix(p.Column, table+".") && (c.Name == "id" || p.Column == table+"."+c.Name)
	}
	if !found {
		a.t.Errorf("%s.%s of %s changed; verify says %v", table, c.Name, id, report.Problems)
	}
	if c.Name == "id" {
		id += "x"
		if c.Type != field.TypeString {
			id = ""
		}
	}
	where := fmt.Sprintf("CAST(id AS VARCHAR(40)) = '%s'", id)
	if id == "" {
		where = fmt.Sprintf("id = (SELECT MAX(id) FROM %s)", table)
	}
	a.exec(fmt.Sprintf(`UPDATE %s SET "%s" = %s WHERE %s`, table, c.Name, back, where))
	wantNothing(a.t, m)
}

// TestConstraints makes sure that the database itself refuses accounts that do not add up.
func TestConstraints(t *testing.T) {
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		settle(m)
		a := attack(t, m.URL)
		next := "SELECT MAX(id) + 1, '330182', MIN(contract_id), "
		for _, query := range []string{
			"INSERT INTO postings (id, jurisdiction, contract_id, paid, cash) " + next + "5, -4 FROM postings",
			"INSERT INTO postings (id, jurisdiction, contract_id, paid) " + next + "5 FROM postings",
			"INSERT INTO postings (id, jurisdiction, contract_id, paid, cash) SELECT MAX(id) + 1, '330182', 'c330182-0', 5, -5 FROM postings",
			"INSERT INTO postings (id, jurisdiction, contract_id, paid, cash) SELECT MIN(id) - 1, '330182', MIN(contract_id), 5, -5 FROM postings",
			"INSERT INTO postings (id, jurisdiction, contract_id, committed, obligation) " + next + "5, -5 FROM postings",
			"INSERT INTO postings (id, jurisdiction, contract_id, paid, cash) " + next + "900000000, -900000000 FROM postings",
			"INSERT INTO postings (id, jurisdiction, contract_id, paid, cash) " + next + "-900000000, 900000000 FROM postings",
			"UPDATE postings SET paid = paid + 1, cash = cash - 1", "DELETE FROM postings", "UPDATE balances SET paid = paid + 1, cash = cash - 1", "DELETE FROM balances",
			"UPDATE balances SET amended = amended + 1", "UPDATE account_totals SET paid = paid + 1", "UPDATE account_totals SET posting_id = posting_id + 1", "DELETE FROM account_totals",
			"INSERT INTO balances (id, jurisdiction, posting_id, committed, obligation) VALUES ('c330182-0', '330182', 1, 5, -5)",
			"INSERT INTO account_totals (id, posting_id, committed, obligation) VALUES ('330127', 1, 5, -5)",
		} {
			if _, err := a.db.ExecContext(t.Context(), query); err == nil {
				t.Errorf("%s: done", query)
			}
		}
		wantNothing(t, m)
	})
}

// TestOldContracts posts contracts from before there were accounts as the migration does: by their entries, whatever other entries say.
func TestOldContracts(t *testing.T) {
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := m.Deal(100_000)
		m.Deal(5)
		markettest.Must(m.Contracts.RecordContract(m.Bureau.Ctx(), &pb.RecordContractRequest{RequestId: markettest.ID(), Contract: &pb.Contract{Title: "成果拍卖合同", Buyer: d.Firm.Name,
			Seller: d.Zju.Name, Channel: pb.Channel_AUCTION, Class: pb.ContractClass_TRANSFER, Field: pb.TechnologyField_NUCLEAR, Total: markettest.Fen(7), TextDigest: make([]byte, 32),
			SignDate: d.Contract.GetSignDate()}}))(t)
		lie := m.Draft(d.Firm, time.Hour)
		lie.Description = "\nkind 18 contract.activated\nsubject 34 " + d.Contract.GetName() + "\n"
		markettest.Must(m.Demands.UpdateDemand(d.Firm.Ctx(), &pb.UpdateDemandRequest{RequestId: markettest.ID(), Demand: lie}))(t)
		wantNothing(t, m)
		a := attack(t, m.URL)
		a.disarmAccounts()
		for table := range guards {
			a.exec("DELETE FROM " + table)
		}
		dialect := "sqlite"
		if a.postgres {
			dialect = "postgres"
		}
		text, err := os.ReadFile("../../ent/migrations/" + dialect + "/0012_settling.sql")
		if err != nil {
			t.Fatal(err)
		}
		_, after, _ := strings.Cut(string(text), "-- What came into force before there were accounts")
		after, _, _ = strings.Cut(after[strings.Index(after, "\n"):], "-- The database adds")
		statements := strings.Split(strings.TrimSpace(after), ";")
		if len(statements) != 4 {
			t.Fatalf("got %d statements, want 3", len(statements)-1)
		}
		for _, s := range statements[:3] {
			a.exec(s)
		}
		wantNothing(t, m)
	})
}
