package account_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	_ "modernc.org/sqlite"

	"github.com/jiebang/jiebang/ent/gen/ent/migrate"
	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/storagetest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// dump reads every value of every table but some, as who has stolen the database can.
func dump(t *testing.T, url string, but ...string) (values []string) {
	t.Helper()
	driver := "pgx"
	if !strings.HasPrefix(url, "postgres") {
		driver, url = "sqlite", "file:"+url+"?_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, table := range migrate.Tables {
		if slices.Contains(but, table.Name) {
			continue
		}
		rows, err := db.QueryContext(context.Background(), "SELECT * FROM "+table.Name)
		if err != nil {
			t.Fatal(err)
		}
		columns, _ := rows.Columns()
		for rows.Next() {
			row, at := make([]any, len(columns)), make([]any, len(columns))
			for i := range row {
				at[i] = &row[i]
			}
			if err := rows.Scan(at...); err != nil {
				t.Fatal(err)
			}
			for _, v := range row {
				if b, ok := v.([]byte); ok {
					v = string(b)
				}
				values = append(values, fmt.Sprint(v))
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		_ = rows.Close()
	}
	return values
}

// log is what a server has logged.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// canary is what nobody else is called.
var canary = &pb.Account{Name: "account", DisplayName: "欧阳芷兰", Email: "zhilan.ouyang@canary.example", Phone: "+86 13755512345"}

// TestErase exports what is held of a person, and erases it: no table and no log has a word of it any more, and the ledger can still be verified.
func TestErase(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, url string) {
		logged := &log{}
		m := markettest.Open(t, url, func(c *services.Config) {
			c.Log = slog.New(slog.NewJSONHandler(logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		firm := m.Firm()
		p := m.Person(firm.Name, pb.Role_EDITOR)
		own := markettest.Must(m.Accounts.GetAccount(p.Ctx(), &pb.GetAccountRequest{Name: "account"}))(t)
		canary.Etag = own.GetEtag()
		markettest.Must(m.Accounts.UpdateAccount(p.Ctx(), &pb.UpdateAccountRequest{RequestId: markettest.ID(), Account: canary}))(t)
		p.Secure(t)
		register(t, m, m.Person(firm.Name, pb.Role_EDITOR))
		_, _ = m.Accounts.Login(t.Context(), &pb.LoginRequest{Login: p.Login, Password: "wrong", Agent: canary.Email})
		_, err := m.Accounts.UpdateAccount(p.Ctx(), &pb.UpdateAccountRequest{RequestId: markettest.ID(), Account: &pb.Account{Etag: "77", DisplayName: canary.DisplayName}})
		markettest.Want(t, err, codes.Aborted, "ETAG_STALE", "account.etag")

		exported := markettest.Must(m.Accounts.ExportPersonalData(p.Ctx(), &pb.ExportPersonalDataRequest{Name: "account"}))(t).GetPersonalDataJson()
		var all map[string]any
		if err := json.Unmarshal([]byte(exported), &all); err != nil || all["display_name"] != canary.DisplayName || all["email"] != canary.Email || all["phone"] != canary.Phone ||
			all["login"] != p.Login || len(all["sessions"].([]any)) != 1 || len(all["memberships"].([]any)) != 1 || len(all["credentials"].([]any)) != 2 {
			t.Errorf("got %s %v, want all that is held of the person", exported, err)
		}
		erase := func() error {
			return markettest.Failed(m.Accounts.EraseAccount(p.Ctx(), &pb.EraseAccountRequest{Name: "account"}))
		}
		m.Refuse(t, erase, codes.FailedPrecondition, "ACCOUNT_MEMBER", "")
		markettest.Must(m.Members.LeaveOrganization(p.Ctx(), &pb.LeaveOrganizationRequest{RequestId: markettest.ID(), Name: firm.Name}))(t)
		in := p.Enter(t)
		marks := []string{canary.DisplayName, canary.Email, canary.Phone, p.Login, hex.EncodeToString([]byte(canary.Email)), p.Totp}
		if left := find(dump(t, m.URL), marks[:4]); len(left) == 0 {
			t.Fatal("the search for what is left finds nothing, even before the erasure")
		}
		if err := erase(); err != nil {
			t.Fatal(err)
		}
		_, err = m.Accounts.GetAccount(markettest.As(t.Context(), in.GetSecret()), &pb.GetAccountRequest{Name: "account"})
		markettest.Want(t, err, codes.Unauthenticated, "TOKEN_INVALID", "")
		if left := find(dump(t, m.URL), marks); len(left) > 0 {
			t.Errorf("left in the database: %q", left)
		}
		if left := find(dump(t, m.URL, "persons", "memberships", "ledger_entries", "requests"), []string{strings.TrimPrefix(p.Name, "persons/")}); len(left) > 0 {
			t.Errorf("left of the person outside the ledger: %q", left)
		}
		if left := find([]string{logged.String()}, append(marks, markettest.Password, p.Secret)); len(left) > 0 || !strings.Contains(logged.String(), "EraseAccount") {
			t.Errorf("in the log: %q", left)
		}
		report, err := m.Server.Verify(t.Context(), markettest.Jurisdiction)
		if err != nil || len(report.Problems) > 0 {
			t.Errorf("got %v %v, want nothing wrong", report, err)
		}
		_, err = m.Accounts.Login(t.Context(), &pb.LoginRequest{Login: p.Login, Password: markettest.Password})
		markettest.Want(t, err, codes.Unauthenticated, "LOGIN_WRONG", "")
	})
}

// find returns the values that hold one of the marks.
func find(values, marks []string) (found []string) {
	for _, v := range values {
		for _, mark := range marks {
			if mark != "" && strings.Contains(v, mark) {
				found = append(found, mark)
			}
		}
	}
	return found
}

// TestStolen tries every value of a stolen database as whatever lets somebody in: nothing does.
func TestStolen(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		p := m.Person(m.Firm().Name, pb.Role_EDITOR)
		recovery := p.Secure(t)
		open := markettest.Must(m.Members.InviteMember(m.Bureau.Ctx(), &pb.InviteMemberRequest{RequestId: markettest.ID(), Parent: m.Firm().Name, Roles: []pb.Role{pb.Role_EDITOR}}))(t)
		values := dump(t, m.URL)
		if found := find(values, append(recovery, p.Secret, p.Totp, m.Bureau.Secret, open.GetCode(), markettest.Password)); len(found) > 0 {
			t.Fatalf("secrets in the database: %q", found)
		}
		q := m.Person(m.Firm().Name, pb.Role_EDITOR)
		session := strings.Split(p.Secret, "_")[1]
		for _, v := range slices.Compact(slices.Sorted(slices.Values(values))) {
			if len(v) > 500 || strings.ContainsFunc(v, func(r rune) bool { return r < 0x20 || r > 0x7e }) {
				v = base64.RawURLEncoding.EncodeToString([]byte(v[:min(len(v), 300)]))
			}
			for _, secret := range []string{v, "jb_" + session + "_" + v} {
				if _, err := m.Accounts.GetAccount(markettest.As(t.Context(), secret), &pb.GetAccountRequest{Name: "account"}); err == nil {
					t.Fatalf("%q is a secret", secret)
				}
			}
			if v == "" {
				continue
			}
			for _, r := range []*pb.LoginRequest{{Login: q.Login, Password: v}, {Login: p.Login, Password: markettest.Password, Code: v[:min(len(v), 100)]}} {
				m.Clock.Advance(5 * time.Minute) // so that nothing is refused for having come too early
				if _, err := m.Accounts.Login(t.Context(), r); status.Code(err) != codes.Unauthenticated {
					t.Fatalf("%q with %v: got %v, want refused", v, r, err)
				}
			}
		}
	})
}
