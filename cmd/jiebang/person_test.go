package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// fakePerson is one person with the password 正确的密码 and the code 246810, whose device login is allowed at the third question.
type fakePerson struct {
	jiebangv1.UnimplementedAccountServiceServer
	jiebangv1.UnimplementedLoginServiceServer

	mu      sync.Mutex
	stepped bool
	refused string // the request_id of the call that wanted a step-up
	polls   map[string]int
}

func bearer(ctx context.Context) string {
	md, _ := metadata.FromIncomingContext(ctx)
	return strings.Join(md.Get("authorization"), ",")
}

// Login refuses who still bears something: a session that has ended must not keep anybody from a new one.
func (p *fakePerson) Login(ctx context.Context, r *jiebangv1.LoginRequest) (*jiebangv1.LoginResponse, error) {
	switch {
	case bearer(ctx) != "":
		return nil, fault(codes.Unauthenticated, "SESSION_ENDED", "登录已失效,请重新登录")
	case r.GetLogin() != "zhang.san" || r.GetPassword() != "正确的密码":
		return nil, fault(codes.Unauthenticated, "LOGIN_WRONG", "登录名或密码不正确")
	case r.GetCode() == "":
		return nil, fault(codes.Unauthenticated, "FACTOR_REQUIRED", "请同时输入动态口令")
	case r.GetCode() != "246810":
		return nil, fault(codes.Unauthenticated, "CODE_WRONG", "动态口令不正确")
	}
	return p.opened(), nil
}

func (p *fakePerson) opened() *jiebangv1.LoginResponse {
	return &jiebangv1.LoginResponse{Secret: "session", Session: &jiebangv1.Session{Organization: "organizations/o1"}, Organizations: []string{"organizations/o1"}}
}

func (p *fakePerson) GetAccount(context.Context, *jiebangv1.GetAccountRequest) (*jiebangv1.Account, error) {
	return &jiebangv1.Account{Name: "account", Person: "persons/u1", DisplayName: "张三", Login: "zhang.san", SecondFactor: true}, nil
}

func (p *fakePerson) ListSessions(context.Context, *jiebangv1.ListSessionsRequest) (*jiebangv1.ListSessionsResponse, error) {
	return &jiebangv1.ListSessionsResponse{Sessions: []*jiebangv1.Session{{Name: "sessions/s2", Agent: "浏览器"},
		{Name: "sessions/s1", Current: true, Agent: "jiebang", StepUpTime: instant("2026-12-31T12:00:00Z")}}}, nil
}

func (p *fakePerson) StepUp(_ context.Context, r *jiebangv1.StepUpRequest) (*jiebangv1.Session, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.GetCode() != "246810" {
		return nil, fault(codes.Unauthenticated, "CODE_WRONG", "动态口令不正确")
	}
	p.stepped = true
	return &jiebangv1.Session{Name: "sessions/s1", Current: true}, nil
}

// RenewRecoveryCodes wants a step-up each time, and then the request that it refused.
func (p *fakePerson) RenewRecoveryCodes(_ context.Context, r *jiebangv1.RenewRecoveryCodesRequest) (*jiebangv1.FactorAnswer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !p.stepped:
		p.refused = r.GetRequestId()
		return nil, fault(codes.PermissionDenied, "STEP_UP_REQUIRED", "须再次验证第二因素")
	case p.refused != r.GetRequestId():
		return nil, fault(codes.AlreadyExists, "REQUEST_ID_REUSED", "不是同一请求")
	}
	p.stepped = false
	return &jiebangv1.FactorAnswer{RecoveryCodes: []string{"aaaa-bbbb", "cccc-dddd"}, Account: &jiebangv1.Account{Name: "account"}}, nil
}

func (p *fakePerson) EnrollTotp(context.Context, *jiebangv1.EnrollTotpRequest) (*jiebangv1.EnrollTotpResponse, error) {
	return &jiebangv1.EnrollTotpResponse{Secret: "JBSWY3DPEHPK3PXP", Uri: "otpauth://totp/Jiebang:zhang.san?issuer=Jiebang&secret=JBSWY3DPEHPK3PXP"}, nil
}

func (p *fakePerson) ConfirmTotp(_ context.Context, r *jiebangv1.ConfirmTotpRequest) (*jiebangv1.FactorAnswer, error) {
	if r.GetCode() != "246810" {
		return nil, fault(codes.Unauthenticated, "CODE_WRONG", "动态口令不正确")
	}
	return &jiebangv1.FactorAnswer{RecoveryCodes: []string{"aaaa-bbbb"}, Account: &jiebangv1.Account{Name: "account"}}, nil
}

func (p *fakePerson) ChangePassword(_ context.Context, r *jiebangv1.ChangePasswordRequest) (*jiebangv1.Account, error) {
	return &jiebangv1.Account{Name: "account", DisplayName: r.GetPassword() + "|" + r.GetNewPassword()}, nil
}

func (p *fakePerson) StartDeviceLogin(context.Context, *jiebangv1.StartDeviceLoginRequest) (*jiebangv1.StartDeviceLoginResponse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.polls["device-secret"] = 0
	return &jiebangv1.StartDeviceLoginResponse{DeviceCode: "device-secret", UserCode: "BCDF-GHJK", VerificationUri: "http://h/device",
		CompleteVerificationUri: "http://h/device?user_code=BCDF-GHJK&x=1", Lifetime: durationpb.New(time.Minute), Interval: durationpb.New(3 * time.Second)}, nil
}

func (p *fakePerson) PollDeviceLogin(ctx context.Context, r *jiebangv1.PollDeviceLoginRequest) (*jiebangv1.LoginResponse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, there := p.polls[r.GetDeviceCode()]; !there || bearer(ctx) != "" {
		return nil, fault(codes.Unauthenticated, "DEVICE_CODE", "设备代码无效")
	}
	p.polls[r.GetDeviceCode()]++
	switch p.polls[r.GetDeviceCode()] {
	case 1:
		return nil, fault(codes.FailedPrecondition, "DEVICE_PENDING", "还在等待")
	case 2:
		return nil, fault(codes.ResourceExhausted, "DEVICE_SLOW_DOWN", "问得太频繁")
	}
	delete(p.polls, r.GetDeviceCode())
	return p.opened(), nil
}

// desk is somebody at a machine with a configuration of its own.
type desk struct {
	t      *testing.T
	dir    string
	paused []time.Duration
}

// sit gives somebody a machine that has no configuration yet but the server.
func sit(t *testing.T, server string) *desk {
	t.Helper()
	d := &desk{t: t, dir: t.TempDir()}
	if err := os.WriteFile(d.config(), []byte("server: "+server+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) config() string { return filepath.Join(d.dir, "config.yaml") }

// run runs the program with lines on stdin.
func (d *desk) run(stdin string, args ...string) (code int, stdout, stderr string) {
	d.t.Helper()
	var out, err bytes.Buffer
	env := map[string]string{"JIEBANG_CONFIG": d.config()}
	a := &cli.App{Getenv: func(key string) string { return env[key] }, In: strings.NewReader(stdin), Out: &out, Err: &err, Now: time.Now,
		Wait: func(_ context.Context, pause time.Duration) error {
			d.paused = append(d.paused, pause)
			return nil
		}}
	code = run(d.t.Context(), args, a)
	return code, out.String(), err.String()
}

// must runs the program, which must succeed, and returns its stdout without the end of the line.
func (d *desk) must(stdin string, args ...string) string {
	d.t.Helper()
	code, out, err := d.run(stdin, args...)
	if code != failure.OK {
		d.t.Fatalf("%v: got exit code %d, want 0: %s", args, code, err)
	}
	return strings.TrimRight(out, "\n")
}

// refused runs the program, which must fail with an exit code and a reason, and returns its stderr.
func (d *desk) refused(code int, reason, stdin string, args ...string) string {
	d.t.Helper()
	got, _, err := d.run(stdin, args...)
	if got != code || !strings.Contains(err, reason) {
		d.t.Fatalf("%v: got exit code %d, want %d and %q: %s", args, got, code, reason, err)
	}
	return err
}

// TestDeviceLogin logs a device in: alone until the person has answered, and in two steps, as a program does that cannot wait.
func TestDeviceLogin(t *testing.T) {
	server := startMarket(t)
	d := sit(t, server)
	d.must("", "login", "--device")
	if want := []time.Duration{3 * time.Second, 3 * time.Second, 8 * time.Second}; !slices.Equal(d.paused, want) {
		t.Errorf("got pauses %v, want %v", d.paused, want)
	}
	if got := d.must("", "whoami", "--jq", ".person"); got != "persons/u1" {
		t.Errorf("the device acts as %s", got)
	}

	// A session that has ended must not be in the way, and the code is nowhere but in a file that its owner alone can read.
	d = sit(t, server)
	if err := os.WriteFile(d.config(), []byte("server: "+server+"\ntoken: ended\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, stderr := d.run("", "login", "--non-interactive")
	var said map[string]string
	if err := json.Unmarshal([]byte(out), &said); err != nil || code != failure.OK {
		t.Fatalf("exit code %d, %v: %s%s", code, err, out, stderr)
	}
	want := map[string]string{"browser_url": "http://h/device?user_code=BCDF-GHJK&x=1", "verification_code": "BCDF-GHJK", "next_step": "jiebang login --complete --config " + d.config()}
	for key, value := range want {
		if said[key] != value || len(said) != len(want) {
			t.Errorf("got %v, want %v", said, want)
		}
	}
	if strings.Contains(out+stderr, "device-secret") || strings.Contains(out, `\u0026`) {
		t.Errorf("got %s%s", out, stderr)
	}
	pending := filepath.Join(d.dir, "login.yaml")
	if info, err := os.Stat(pending); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the code is kept in a file of %v, %v", info, err)
	}
	d.refused(failure.Usage, "开始的", "", "login", "--complete", "--server", "elsewhere:1")
	if err := os.WriteFile(d.config(), []byte("server: 127.0.0.1:1\ntoken: ended\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.must("", "login", "--complete") // where it was begun
	if got := d.must("", "whoami", "--jq", ".person"); got != "persons/u1" {
		t.Errorf("the device acts as %s", got)
	}
	if _, err := os.Stat(pending); err == nil {
		t.Error("the code is still there")
	}
	d.refused(failure.Usage, "没有开始了的登录", "", "login", "--complete")

	// A code that is no more good is forgotten.
	d.must("", "login", "--non-interactive")
	values := "server: " + server + "\ndevice_code: other\ninterval: 5s\n"
	if err := os.WriteFile(pending, []byte(values), 0o600); err != nil {
		t.Fatal(err)
	}
	d.refused(failure.Auth, "重新运行 jiebang login", "", "login", "--complete")
	if _, err := os.Stat(pending); err == nil {
		t.Error("a code that is no more good is still there")
	}
}

// TestPasswordLogin reads a password and a code from stdin, line by line, and takes neither from anywhere else.
func TestPasswordLogin(t *testing.T) {
	d := sit(t, startMarket(t))
	d.refused(failure.Usage, "--password-stdin", "", "login", "--login", "zhang.san")
	d.refused(failure.Usage, "没有密码", "", "login", "--login", "zhang.san", "--password-stdin")
	d.refused(failure.Auth, "LOGIN_WRONG", "错\n", "login", "--login", "zhang.san", "--password-stdin")
	d.refused(failure.Usage, "没有动态口令", "正确的密码\n", "login", "--login", "zhang.san", "--password-stdin")
	d.refused(failure.Auth, "CODE_WRONG", "正确的密码\n000000\n", "login", "--login", "zhang.san", "--password-stdin")
	for range 2 { // the second time in spite of the session that there is
		d.must("正确的密码\n246810\n", "login", "--login", "zhang.san", "--password-stdin")
	}
	if config, err := os.ReadFile(d.config()); err != nil || !strings.Contains(string(config), "token: session") || strings.Contains(string(config), "密码") {
		t.Errorf("%v: %s", err, config)
	}
	for _, args := range [][]string{{"--login", "x", "--device"}, {"--complete", "--non-interactive"}, {"--password-stdin"}, {"--organization", "o1"}, {"--with-token", "--token-file", "f"}} {
		d.refused(failure.Usage, "错误", "", append([]string{"login"}, args...)...)
	}
	d.refused(failure.Usage, "没有新密码", "旧\n", "password", "--password-stdin")
	if got := d.must(" 旧 的\r\n新 的 \n", "password", "--password-stdin", "--jq", ".displayName"); got != " 旧 的|新 的 " {
		t.Errorf("the passwords arrive as %q", got)
	}
	d.refused(failure.Usage, "--code-stdin", "", "step-up")
}

// TestStepUpElsewhere says how to go on where nobody can be asked: the same request, by the same id.
func TestStepUpElsewhere(t *testing.T) {
	d := sit(t, startMarket(t))
	const id = "2c1d7c62-6a9b-4d0e-8f5b-0b8c1b2f9a11"
	stderr := d.refused(failure.Permission, "jiebang step-up", "", "factor", "recovery", "--token", "session", "--request-id", id)
	if !strings.Contains(stderr, "jiebang factor recovery --request-id "+id+"\n") || strings.Contains(stderr, "session") {
		t.Errorf("got %s", stderr)
	}
	d.must("246810\n", "step-up", "--code-stdin")
	if got := d.must("", "factor", "recovery", "--request-id", id); got != "aaaa-bbbb\ncccc-dddd" {
		t.Errorf("got %q", got)
	}
}
