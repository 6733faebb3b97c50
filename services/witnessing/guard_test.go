package witnessing_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/internal/clock"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/storagetest"
	"github.com/jiebang/jiebang/services/internal/witnesstest"
	"github.com/jiebang/jiebang/services/witnessing"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// fresh is another empty database of the same kind.
func fresh(t *testing.T, url string) string {
	t.Helper()
	if strings.HasPrefix(url, "postgres") {
		return storagetest.Postgres(t)
	}
	return storagetest.SQLite(t)
}

// start starts a server for a moment.
func start(t *testing.T, c services.Config) (*services.Server, error) {
	t.Helper()
	c.Clock, c.Jurisdictions = clock.NewManual(markettest.Noon.Add(time.Hour)), []services.Jurisdiction{{Code: "330182", Bureau: "建德市科学技术局"}}
	return services.Open(t.Context(), c)
}

// run starts a server, lets it register so many organizations and keep a checkpoint, and stops it. It returns the size of its ledger.
func run(t *testing.T, c services.Config, organizations int) int64 {
	t.Helper()
	s, err := start(t, c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if organizations > 0 {
		ctx := markettest.As(t.Context(), s.FirstTokens["330182"])
		for i := range organizations {
			code := []string{"91330182MA2T00001R", "91330182MA2T00002P"}[i%2]
			_, _ = pb.NewOrganizationServiceClient(s.Conn()).CreateOrganization(ctx, &pb.CreateOrganizationRequest{RequestId: markettest.ID(),
				Organization: &pb.Organization{DisplayName: "严州钙业 " + code, Kind: pb.Organization_ENTERPRISE, Uscc: code}})
		}
	}
	if err := s.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	return head(t, s).GetSize()
}

func head(t *testing.T, s *services.Server) *pb.Ledger {
	t.Helper()
	return markettest.Must(pb.NewLedgerServiceClient(s.Conn()).GetLedger(t.Context(), &pb.GetLedgerRequest{Name: home}))(t)
}

// refused wants a start to be refused because the database does not continue what is known, and to have changed nothing.
func refused(t *testing.T, c services.Config, say string) {
	t.Helper()
	s, err := start(t, c)
	if s != nil {
		_ = s.Close()
	}
	if !errors.Is(err, witnessing.ErrRolledBack) || !strings.Contains(err.Error(), say) || !strings.Contains(err.Error(), "jiebangd accept-rollback") {
		t.Fatalf("got %v, want a refusal that says %s and what to do", err, say)
	}
}

// TestRollback starts a server on a database that is older than its anchor file, than its witness, or another altogether.
func TestRollback(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, url string) {
		w := witnesstest.New(t, "audit.example/w")
		c := services.Config{DataDir: t.TempDir(), Database: url, WitnessesFile: witnesstest.Policy(t, 1, w)}
		anchor := filepath.Join(c.DataDir, "checkpoints.anchor")
		run(t, services.Config{DataDir: c.DataDir, Database: url}, 0)
		know(t, c, w)
		size := run(t, c, 0)
		refusedBeforeFounding(t, c, url, anchor)
		note, err := os.ReadFile(anchor)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(anchor); err != nil {
			t.Fatal(err)
		}
		other := c
		other.Database = fresh(t, url)
		refused(t, other, "见证人 w0 记有")
		w.Be(true, false) // whoever has neither an anchor nor a witness has nothing to compare with
		alone := other
		alone.WitnessesFile = ""
		if n := run(t, alone, 1); n < size {
			t.Fatalf("got a ledger of %d entries, want one at least as large as the other's %d", n, size)
		}
		if err := os.WriteFile(anchor, note, 0o600); err != nil {
			t.Fatal(err)
		}
		officers := found(t, alone)
		if err := os.WriteFile(anchor, note, 0o600); err != nil { // that start has replaced it
			t.Fatal(err)
		}
		refused(t, alone, "历史已被改写")
		if run(t, services.Config{DataDir: c.DataDir, Database: url}, 0) != size {
			t.Error("the right database is refused, or grew")
		}
		unaccepted(t, alone, officers)
		accept(t, alone, officers)
		if err := os.WriteFile(anchor, note, 0o600); err != nil { // whoever still knows the old head knows what was accepted
			t.Fatal(err)
		}
		run(t, alone, 0)
	})
}

// refusedBeforeFounding starts on an empty database: nothing may be founded in it.
func refusedBeforeFounding(t *testing.T, c services.Config, url, anchor string) {
	t.Helper()
	c.Database, c.WitnessesFile = fresh(t, url), ""
	refused(t, c, "锚文件 "+anchor+" 记有")
	elsewhere := c
	elsewhere.AnchorFile = filepath.Join(t.TempDir(), "none")
	s, err := start(t, elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if len(s.FirstTokens) != 1 {
		t.Error("the refused start founded a ledger")
	}
}

// know tells a witness of the ledger of a data directory.
func know(t *testing.T, c services.Config, w *witnesstest.Witness) {
	t.Helper()
	s, err := start(t, services.Config{DataDir: c.DataDir, Database: c.Database})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	l := head(t, s)
	w.Know(l.GetOrigin(), l.GetVerifierKey())
}

// found makes two officers in a database that nobody knows of.
func found(t *testing.T, c services.Config) *witnesstest.Pair {
	t.Helper()
	c.AnchorFile, c.WitnessesFile = filepath.Join(t.TempDir(), "anchor"), ""
	s, err := start(t, c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	return witnesstest.Officers(t, s, func() time.Time { return markettest.Noon.Add(time.Hour) })
}

// unaccepted makes sure that nobody but an operator and an approver, two persons with second factors, goes on from what was rolled back.
func unaccepted(t *testing.T, c services.Config, officers *witnesstest.Pair) {
	t.Helper()
	operator, approver := &officers.Operator, &officers.Approver
	wrong := func(o services.Officer, change func(*services.Officer)) services.Officer { change(&o); return o }
	for name, two := range map[string]services.Officers{
		"exchanged":        {Operator: approver.Show(), Approver: operator.Show()},
		"one person":       {Operator: operator.Show(), Approver: operator.Show()},
		"a wrong password": {Operator: operator.Show(), Approver: wrong(approver.Show(), func(o *services.Officer) { o.Password = "another lantern 47 上游" })},
		"no code":          {Operator: wrong(operator.Show(), func(o *services.Officer) { o.Code = "" }), Approver: approver.Show()},
		"a wrong code":     {Operator: operator.Show(), Approver: wrong(approver.Show(), func(o *services.Officer) { o.Code = "aaaaa-aaaaa" })},
		"both at once":     {Operator: officers.Both.Show(), Approver: officers.Both.Show()},
		"nobody":           {},
		"another's ledger": {Jurisdiction: "330127", Operator: operator.Show(), Approver: approver.Show()},
	} {
		if two.Jurisdiction == "" {
			two.Jurisdiction = "330182"
		}
		c.AcceptRollback = &two
		s, err := start(t, c)
		if err == nil {
			_ = s.Close()
		}
		if !errors.Is(err, witnessing.ErrOfficers) && !errors.Is(err, witnessing.ErrRolledBack) {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
	c.AcceptRollback = nil
	refused(t, c, "历史已被改写")
}

// accept goes on from a database that does not continue what is known: once, and for ever in its ledger.
func accept(t *testing.T, c services.Config, officers *witnesstest.Pair) {
	t.Helper()
	c.AcceptRollback = &services.Officers{Jurisdiction: "330182", Operator: officers.Operator.Show(), Approver: officers.Approver.Show()}
	s, err := start(t, c)
	if err != nil {
		t.Fatal(err)
	}
	after := head(t, s).GetSize()
	report, err := s.Verify(context.Background(), "330182")
	if err != nil || len(report.Problems) > 0 {
		t.Errorf("verify after an epoch: %v %v", report, err)
	}
	if err := errors.Join(s.Settle(t.Context()), s.Close()); err != nil {
		t.Fatal(err)
	}
	if n := run(t, c, 0); n != after {
		t.Errorf("got %d entries after another start, want %d: an epoch is accepted once", n, after)
	}
	c.AcceptRollback = nil
	if n := run(t, c, 0); n != after {
		t.Errorf("got %d entries, want %d", n, after)
	}
}

// TestBrokenAnchor refuses an anchor file that cannot be read or that another key has signed.
func TestBrokenAnchor(t *testing.T) {
	t.Parallel()
	c := services.Config{DataDir: t.TempDir(), Database: storagetest.SQLite(t)}
	run(t, c, 0)
	anchor := filepath.Join(c.DataDir, "checkpoints.anchor")
	note, err := os.ReadFile(anchor)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"cut": string(note[:len(note)/2]), "changed": strings.Replace(string(note), `330182\n`, `330182\n1`, 1), "empty": ""} {
		if text == string(note) {
			t.Fatalf("%s: nothing changed in %s", name, note)
		}
		if err := os.WriteFile(anchor, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if s, err := start(t, c); !errors.Is(err, witnessing.ErrAnchor) {
			_ = s.Close()
			t.Errorf("%s: got %v", name, err)
		}
	}
}
