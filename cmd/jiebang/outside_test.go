package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/metadata"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/witness"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
	"github.com/jiebang/jiebang/services"
)

// watched is a market with three witnesses of whom two are enough.
type watched struct {
	*realMarket
	config services.Config
	key    string // of the ledger
	policy string // file
	down   []*httptest.Server
}

func openWatched(t *testing.T) *watched {
	t.Helper()
	w := &watched{config: services.Config{DataDir: t.TempDir()}}
	s, err := services.Open(t.Context(), w.config)
	if err != nil {
		t.Fatal(err)
	}
	l, err := jiebangv1.NewLedgerServiceClient(s.Conn()).GetLedger(t.Context(), &jiebangv1.GetLedgerRequest{Name: "ledgers/330182"})
	if err := failureOf(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	w.key = l.GetVerifierKey()
	text, names := "log "+w.key+"\n", ""
	d := sit(t, "localhost:1")
	for i, name := range []string{"audit.example/w", "university.example/w", "notary.example/w"} {
		dir := filepath.Join(t.TempDir(), "witness")
		key := d.must("", "witness", "init", "--dir", dir, "--name", name)
		if got := d.must("", "witness", "key", "--dir", dir); got != key {
			t.Errorf("got key %s, want %s", got, key)
		}
		d.refused(failure.Error, "这里已有一个见证人", "", "witness", "init", "--dir", dir, "--name", name)
		one, err := witness.Open(dir, []string{w.key}, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(one)
		t.Cleanup(func() {
			server.Close()
			_ = one.Close()
		})
		w.down = append(w.down, server)
		text += fmt.Sprintf("witness w%d %s %s\n", i, key, server.URL)
		names += fmt.Sprintf(" w%d", i)
	}
	w.policy = filepath.Join(t.TempDir(), "trust.policy")
	if err := os.WriteFile(w.policy, []byte(text+"group three 2"+names+"\nquorum three\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.realMarket = openMarket(t, func(c *services.Config) { c.DataDir, c.WitnessesFile = w.config.DataDir, w.policy })
	return w
}

func failureOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// settle lets checkpoints be kept and cosigned.
func (w *watched) settle() {
	w.t.Helper()
	if err := w.server.Settle(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// record records a contract between two new organizations.
func (w *watched) record() string {
	w.t.Helper()
	token, err := w.server.AdminToken(w.t.Context(), "330182")
	if err != nil {
		w.t.Fatal(err)
	}
	ctx := metadata.AppendToOutgoingContext(w.t.Context(), "authorization", "Bearer "+token)
	firm := w.firm()
	zju := w.bureau.must("", "org", "create", "--display-name", "之江理工大学", "--kind", "高校", "--uscc", "9131000063159284XQ", "-o", "name")
	k, err := jiebangv1.NewContractServiceClient(w.server.Conn()).RecordContract(ctx, &jiebangv1.RecordContractRequest{RequestId: "6f0c3f3e-3f0e-4d3e-9d55-0a4a9f7f0c11", Contract: &jiebangv1.Contract{
		Title: "超细碳酸钙技术开发合同", Class: jiebangv1.ContractClass_TRANSFER, Field: jiebangv1.TechnologyField_NEW_MATERIALS, Channel: jiebangv1.Channel_AUCTION,
		Buyer: firm, Seller: zju, Total: &money.Money{CurrencyCode: "CNY", Units: 418_000}, SignDate: &date.Date{Year: 2025, Month: 6, Day: 1}, TextDigest: make([]byte, 32)}})
	if err != nil {
		w.t.Fatal(err)
	}
	return k.GetName()
}

// TestOutsiders is the story of an audit: a contract is proved by one file, the ledger is exported as a bundle and as tiles, the quorum and the auditor's
// own older checkpoint hold, and each stops holding when it must.
func TestOutsiders(t *testing.T) {
	w := openWatched(t)
	dir := t.TempDir()
	old := filepath.Join(dir, "old.checkpoint")
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(old, w.bureau.must("", "audit", "checkpoint", "--trusted-key", w.key)+"\n")
	contract := w.record()
	w.settle()

	file := filepath.Join(dir, "contract.tlog-proof")
	w.bureau.must("", "audit", "prove", contract, "-f", file, "--policy", w.policy)
	away := sit(t, "localhost:1")
	if got := away.must("", "audit", "check-proof", file, "--policy", w.policy, "--jq", "[.subject, .row.total_fen, (.witnesses | length)]"); got != fmt.Sprintf(`[%q,"41800000",3]`, contract) {
		t.Errorf("the file proves %s", got)
	}
	if got := away.must("", "audit", "check-proof", file, "--key", w.key); !strings.Contains(got, "contract.recorded") {
		t.Errorf("the file proves %s", got)
	}
	away.refused(failure.Usage, "--key", "", "audit", "check-proof", file)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	forged := filepath.Join(dir, "forged.tlog-proof")
	write(forged, enlarge(t, string(text)))
	away.refused(failure.Error, "核验未通过", "", "audit", "check-proof", forged, "--key", w.key)

	bundle := filepath.Join(dir, "ledger.jsonl")
	w.bureau.must("", "audit", "export", "-f", bundle, "--policy", w.policy)
	got := away.must("", "audit", "verify", bundle, "--policy", w.policy, "--since", old)
	for _, want := range []string{"延续您留存的检查点", "见证: audit.example/w 于", "签约 1 项,合作总金额 41.8万元"} {
		if !strings.Contains(got, want) {
			t.Errorf("verify says %s, not %s", got, want)
		}
	}
	tiles := filepath.Join(dir, "tiles")
	w.bureau.must("", "audit", "export", "--tiles", tiles)
	for _, path := range []string{"checkpoint", "tile/0/000.p", "tile/entries/000.p"} {
		if _, err := os.Stat(filepath.Join(tiles, path)); err != nil {
			t.Error(err)
		}
	}
	w.bureau.refused(failure.Error, "已存在", "", "audit", "export", "--tiles", tiles)
	w.bureau.refused(failure.Usage, "策略", "", "audit", "export", "--policy", old)

	w.another(dir, old)
}

// another exports another history that the same ledger has signed: the old checkpoint convicts it, and so does the missing quorum.
func (w *watched) another(dir, old string) {
	t := w.t
	t.Helper()
	other := openMarket(t, func(c *services.Config) {
		c.DataDir, c.Database, c.AnchorFile = w.config.DataDir, filepath.Join(dir, "other.db"), filepath.Join(dir, "other.anchor")
	})
	other.firm()
	away := other.bureau
	second := filepath.Join(dir, "second.jsonl")
	away.must("", "audit", "export", "-f", second)
	away.must("", "audit", "verify", second, "--trusted-key", w.key)
	if code, out, _ := away.run("", "audit", "verify", second, "--since", old); code != failure.Error || !strings.Contains(out, "历史已被改写") {
		t.Errorf("another history: got %d %s", code, out)
	}
	if code, out, _ := away.run("", "audit", "verify", second, "--policy", w.policy); code != failure.Error || !strings.Contains(out, "不足策略所需") {
		t.Errorf("without witnesses: got %d %s", code, out)
	}
	away.refused(failure.Error, "没有见证人签名足够的检查点", "", "audit", "export", "-f", filepath.Join(dir, "third.jsonl"), "--policy", w.policy)
}

// enlarge changes the amount in the proof of a contract.
func enlarge(t *testing.T, proof string) string {
	t.Helper()
	lines := strings.SplitN(proof, "\n", 3)
	extra, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if err != nil || !strings.Contains(string(extra), "8 41800000") {
		t.Fatalf("%v: got %s", err, extra)
	}
	return lines[0] + "\nextra " + base64.StdEncoding.EncodeToString([]byte(strings.Replace(string(extra), "8 41800000", "8 51800000", 1))) + "\n" + lines[2]
}

// found makes an old database with an operator and an approver in it, who show a recovery code each.
func found(t *testing.T, c services.Config) *services.Officers {
	t.Helper()
	c.WitnessesFile, c.AnchorFile = "", filepath.Join(t.TempDir(), "another")
	s, err := services.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	two := &services.Officers{Jurisdiction: "330182"}
	for role, into := range map[string]*services.Officer{"operator": &two.Operator, "approver": &two.Approver} {
		into.Login, into.Password = "officer-"+role, "紫檀 lantern 47 上游 quartz"
		if into.Code, err = secured(t.Context(), s, services.Founder{Login: into.Login, DisplayName: role, Password: into.Password, Jurisdiction: "330182", Roles: []string{role}}); err != nil {
			t.Fatal(err)
		}
	}
	return two
}

// secured founds somebody with a time-based code and returns a recovery code.
func secured(ctx context.Context, s *services.Server, f services.Founder) (string, error) {
	if _, err := s.Found(ctx, f); err != nil {
		return "", err
	}
	accounts := jiebangv1.NewAccountServiceClient(s.Conn())
	in, err := accounts.Login(ctx, &jiebangv1.LoginRequest{Login: f.Login, Password: f.Password})
	if err != nil {
		return "", err
	}
	ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+in.GetSecret())
	enrolled, err := accounts.EnrollTotp(ctx, &jiebangv1.EnrollTotpRequest{Password: f.Password})
	if err != nil {
		return "", err
	}
	code, err := totp.GenerateCode(enrolled.GetSecret(), time.Now())
	if err != nil {
		return "", err
	}
	confirmed, err := accounts.ConfirmTotp(ctx, &jiebangv1.ConfirmTotpRequest{RequestId: "6f0c3f3e-3f0e-4d3e-9d55-0a4a9f7f0c11", Code: code})
	if err != nil {
		return "", err
	}
	return confirmed.GetRecoveryCodes()[0], nil
}

// TestRewritten restores an old database, goes on from it, and asks the witnesses again: they refuse, and the server does not start while they can say so.
func TestRewritten(t *testing.T) {
	w := openWatched(t)
	w.record()
	w.settle()
	size := func(s *services.Server) int64 {
		l, err := jiebangv1.NewLedgerServiceClient(s.Conn()).GetLedger(t.Context(), &jiebangv1.GetLedgerRequest{Name: "ledgers/330182"})
		if err != nil {
			t.Fatal(err)
		}
		return l.GetSize()
	}
	before := size(w.server)
	config := services.Config{DataDir: w.config.DataDir, Database: filepath.Join(t.TempDir(), "old.db"), AnchorFile: filepath.Join(t.TempDir(), "anchor"), WitnessesFile: w.policy}
	officers := found(t, config)
	if s, err := services.Open(t.Context(), config); err == nil || !strings.Contains(err.Error(), "见证人 w0 记有") {
		_ = s.Close()
		t.Fatalf("got %v, want a refusal", err)
	}
	config.AcceptRollback = officers
	s, err := services.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx := t.Context()
	for size(s) <= before {
		if _, err := s.AdminToken(ctx, "330182"); err != nil {
			t.Fatal(err)
		}
	}
	_ = s.Settle(ctx) // the witnesses refuse, which is an error of the job
	c, err := jiebangv1.NewLedgerServiceClient(s.Conn()).GetCheckpoint(ctx, &jiebangv1.GetCheckpointRequest{Name: "ledgers/330182/checkpoint"})
	if err != nil || len(c.GetWitnesses()) > 0 {
		t.Errorf("witnesses signed a rewritten ledger: %v %v", c, err)
	}
}
