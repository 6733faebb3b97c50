package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/account/credential"
)

const password = "芦苇 沼泽 铜钟 二十七"

// fresh is the password after a reset.
const fresh = "驿站 lantern 石桥 四十一"

// realMarket is a server as it is installed, with the desk of its bureau's first token.
type realMarket struct {
	t      *testing.T
	server *services.Server
	grpc   string
	bureau *desk
}

// openMarket serves a new market on a loopback port until the test ends.
func openMarket(t *testing.T, change ...func(*services.Config)) *realMarket {
	t.Helper()
	config := services.Config{DataDir: t.TempDir(), GRPCAddress: "localhost:0", HTTPAddress: "localhost:0", Limits: services.Unlimited,
		PasswordCost: credential.Cost{MemoryKiB: 64, Time: 1, Threads: 1}}
	for _, c := range change {
		c(&config)
	}
	s, err := services.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ready, done := make(chan services.Addresses, 1), make(chan error, 1)
	go func() { done <- s.Serve(ctx, func(a services.Addresses) { ready <- a }) }()
	m := &realMarket{t: t, server: s}
	select {
	case a := <-ready:
		m.grpc = a.GRPC
	case err := <-done:
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	m.bureau = sit(t, m.grpc)
	token := s.FirstTokens["330182"]
	if token == "" { // founded before
		if token, err = s.AdminToken(t.Context(), "330182"); err != nil {
			t.Fatal(err)
		}
	}
	m.bureau.must(token+"\n", "login", "--with-token")
	return m
}

// found makes somebody a member of the bureau and logs it in.
func (m *realMarket) found(login string, roles ...string) *desk {
	m.t.Helper()
	f := services.Founder{Login: login, DisplayName: "人员 " + login, Password: password, Jurisdiction: "330182", Roles: roles}
	if _, err := m.server.Found(m.t.Context(), f); err != nil {
		m.t.Fatal(err)
	}
	return m.logIn(login)
}

// logIn gives somebody another machine.
func (m *realMarket) logIn(login string) *desk {
	m.t.Helper()
	d := sit(m.t, m.grpc)
	d.must(password+"\n", "login", "--login", login, "--password-stdin")
	return d
}

// factor enrolls a time-based code and returns the recovery codes.
func (d *desk) factor() []string {
	d.t.Helper()
	secret := d.must(password+"\n", "factor", "enroll", "--password-stdin", "--jq", ".secret")
	code, err := totp.GenerateCode(secret, time.Now())
	if err != nil {
		d.t.Fatal(err)
	}
	return strings.Fields(d.must(code+"\n", "factor", "confirm", "--code-stdin"))
}

// firm registers an enterprise and returns its name.
func (m *realMarket) firm() string {
	m.t.Helper()
	return m.bureau.must("", "org", "create", "--display-name", "新安江硅材料有限公司", "--kind", "企业", "--uscc", "91330182MA2T00001P", "--industry", "C2613", "-o", "name")
}

// token is a desk with a token of an organization.
func (m *realMarket) token(organization, roles string) *desk {
	m.t.Helper()
	d := sit(m.t, m.grpc)
	d.must(m.bureau.must("", "token", "create", organization, "--display-name", "试", "--roles", roles, "--jq", ".secret")+"\n", "login", "--with-token")
	return d
}

// typed is a command line as a shell takes it apart, without the program.
func typed(t *testing.T, line string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "sh", "-c", "printf '%s\\n' "+line).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimRight(string(out), "\n"), "\n")[1:]
}

// TestTwoPersons suspends a firm: the first person is told what to wait for and what to type then, and the second reads and approves.
func TestTwoPersons(t *testing.T) {
	m := openMarket(t)
	firm, first, second := m.firm(), m.found("first", "operator"), m.found("second", "approver")
	m.bureau.refused(failure.Pending, "令牌不能提出申请", "", "org", "suspend", firm, "--reason", "x")
	stderr := first.refused(failure.Pending, "APPROVAL_REQUIRED", "", "org", "suspend", firm, "--reason", "执照 '吊销'")
	approval := regexp.MustCompile(`jiebang approve (approvals/\S+)`).FindStringSubmatch(stderr)
	again := regexp.MustCompile(`(?m)(jiebang org suspend .*)$`).FindString(stderr)
	if approval == nil || !strings.Contains(again, " --etag ") {
		t.Fatalf("the first person is not told how to go on: %s", stderr)
	}
	if got := second.must("", "approval", "list", "--state", "待批准", "-o", "name"); got != approval[1] {
		t.Errorf("waiting are %q, want %s", got, approval[1])
	}
	stderr = second.refused(failure.Usage, "--yes", "", "approve", approval[1])
	for _, want := range []string{"organization.suspend", firm, `"reason":"执照 '吊销'"`, "人员 first"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("the second person does not read %q: %s", want, stderr)
		}
	}
	second.refused(failure.Permission, "jiebang step-up", "", "approve", approval[1], "--yes")
	codes := second.factor()
	if len(codes) != 10 {
		t.Fatalf("got the recovery codes %q", codes)
	}
	first.refused(failure.Pending, "approve", "", typed(t, again)...)
	second.must("", "approve", approval[1], "--yes")
	if got := first.must("", append(typed(t, again), "--jq", ".state")...); got != "SUSPENDED" {
		t.Errorf("the firm is %s", got)
	}
	if got := first.must("", "approval", "get", approval[1], "--jq", ".state"); got != "USED" {
		t.Errorf("the approval is %s", got)
	}
	second.must(codes[0]+"\n", "step-up", "--code-stdin")
	second.refused(failure.Auth, "CODE_WRONG", codes[0]+"\n", "step-up", "--code-stdin")
	for d, want := range map[*desk][]string{first: {"人员 first", "市场管理员", "没有绑定", "organization.suspend"}, second: {"人员 second", "审批人", "0 分钟前验证", "免再验证至"}} {
		got := d.must("", "whoami")
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("whoami lacks %q: %s", w, got)
			}
		}
	}
	first.must("", "org", "reinstate", firm, "--reason", "已补办")
	first.must("", "org", "verify", firm, "--until", "+300d")
}

// forget lets whoever has forgotten its password set another by a code; who is an officer elsewhere gets one from two persons.
func forget(t *testing.T, m *realMarket, owner *desk, firm, officer string) {
	t.Helper()
	owner.refused(failure.Conflict, "--together", "", "member", "reset", officer, "--yes")
	owner.refused(failure.Permission, "ROLE_NOT_ALLOWED", "", "member", "disable", officer, "--yes")
	forgetful := owner.must("", "member", "list", firm, "--state", "在任", "--jq", `.[] | select(.displayName == "王五") | .name`)
	reset := owner.must("", "member", "reset", forgetful, "--yes", "--jq", ".code")
	again := sit(t, m.grpc)
	again.refused(failure.NotFound, "RESET_CODE_WRONG", "x"+reset+"\n"+fresh+"\n", "account", "reset-password", "--code-stdin")
	again.must(reset+"\n"+fresh+"\n", "account", "reset-password", "--code-stdin")
	again.must(fresh+"\n", "login", "--login", "newcomer", "--password-stdin")
}

// TestMembers lets people in by invitation, changes what they may do, and lets them go.
func TestMembers(t *testing.T) {
	m := openMarket(t)
	firm := m.firm()
	code := m.bureau.must("", "member", "invite", firm, "--roles", "机构负责人", "--jq", ".code")
	owner := sit(t, m.grpc)
	if got := owner.must(code+"\n", "invitation", "preview", "--code-stdin"); !strings.Contains(got, "新安江硅材料有限公司") || !strings.Contains(got, "待接受") {
		t.Errorf("the invitation reads %s", got)
	}
	owner.refused(failure.Usage, "没有登录", code+"\n", "invitation", "accept", "--code-stdin")
	owner.must(code+"\n"+password+"\n", "invitation", "accept", "--code-stdin", "--login", "owner", "--display-name", "张三")
	owner.refused(failure.Conflict, "MEMBER_STATE", code+"\n"+password+"\n", "invitation", "accept", "--code-stdin", "--login", "again", "--display-name", "李四")
	owner = m.logIn("owner")
	owner.must("", "org", "edit", firm, "--region", "330127")

	// Who has an account joins with it; who was invited may decline.
	code = owner.must("", "member", "invite", "--roles", "editor,signer", "--jq", ".code")
	operator := m.found("operator", "operator")
	operator.must(code+"\n", "invitation", "accept", "--code-stdin")
	declined := owner.must("", "member", "invite", "--roles", "expert", "--jq", ".code")
	if got := operator.must(declined+"\n", "invitation", "reject", "--code-stdin", "--jq", ".state"); got != "REJECTED" {
		t.Errorf("the invitation is %s", got)
	}
	newcomer := owner.must("", "member", "invite", "--roles", "expert", "--jq", ".code")
	owner.must(newcomer+"\n"+password+"\n", "invitation", "accept", "--code-stdin", "--login", "newcomer", "--display-name", "王五") // at the desk of another
	if got := owner.must("", "member", "list", "--filter", `state = "ACTIVE"`, "-o", "name"); strings.Count(got, firm+"/members/") != 3 {
		t.Errorf("the members are %s, want three", got)
	}
	operator.must("", "session", "switch", firm)
	if got := operator.must("", "whoami", "--jq", ".organization.name"); got != firm {
		t.Errorf("it acts for %s, want %s", got, firm)
	}
	one := owner.must("", "member", "list", firm, "--state", "在任", "--jq", `.[] | select(.displayName == "人员 operator") | .name`)
	owner.refused(failure.Permission, "STEP_UP_REQUIRED", "", "member", "update", one, "--roles", "editor")
	owner.factor()
	if got := owner.must("", "member", "update", one, "--roles", "editor", "--jq", ".roles"); got != `["EDITOR"]` {
		t.Errorf("its roles are %s", got)
	}
	operator.refused(failure.Auth, "jiebang login --server "+m.grpc, "", "whoami")
	forget(t, m, owner, firm, one)
	owner.refused(failure.Usage, "--yes", "", "member", "transfer", one)
	owner.refused(failure.Conflict, "jiebang member transfer", "", "member", "leave", firm, "--yes")
	owner.must("", "member", "transfer", one, "--yes")

	// Tokens of one's own organization need no name of it.
	heir := sit(t, m.grpc)
	heir.must(password+"\n", "login", "--login", "operator", "--organization", firm, "--password-stdin")
	heir.factor()
	issue := []string{"token", "issue", "--display-name", "报表", "--roles", "editor", "--network", "127.0.0.0/8,::1/128", "--expires", "+30d", "--jq", ".secret", "--scope"}
	narrow, wide := heir.must("", append(issue, "demand.draft")...), heir.must("", append(issue, "demand.draft,caller.read")...)
	heir.must(narrow+"\n", "login", "--with-token")
	heir.refused(failure.Permission, "--scope", "", "token", "list")
	heir.must(wide+"\n", "login", "--with-token")
	if got := heir.must("", "whoami", "--jq", ".privileges"); got != `["demand.draft"]` {
		t.Errorf("the token may %s", got)
	}
	_, _, stderr := heir.run("", "logout")
	if !strings.Contains(stderr, "令牌本身仍有效") {
		t.Errorf("got %s", stderr)
	}
}

// TestSessions lets another device in, changes the password, and ends sessions.
func TestSessions(t *testing.T) {
	m := openMarket(t)
	d := m.found("zhang.san", "operator")
	device := sit(t, m.grpc)
	var said map[string]string
	if err := json.Unmarshal([]byte(device.must("", "login", "--non-interactive")), &said); err != nil {
		t.Fatal(err)
	}
	d.refused(failure.Usage, "--yes", "", "device", "approve", said["verification_code"])
	d.must("", "device", "approve", strings.ToLower(said["verification_code"]), "--yes")
	device.must("", "login", "--complete")
	if got := device.must("", "whoami", "--jq", ".person"); got == "" || got != d.must("", "whoami", "--jq", ".person") {
		t.Errorf("the device acts as %q", got)
	}
	if err := json.Unmarshal([]byte(device.must("", "login", "--non-interactive")), &said); err != nil {
		t.Fatal(err)
	}
	d.must("", "device", "deny", said["verification_code"])
	device.refused(failure.Permission, "DEVICE_DENIED", "", "login", "--complete")

	other := m.logIn("zhang.san")
	name := other.must("", "session", "list", "--jq", ".[] | select(.current) | .name")
	d.must("", "session", "revoke", name)
	other.refused(failure.Auth, "SESSION_ENDED", "", "session", "list")
	other = m.logIn("zhang.san")
	d.must(password+"\n"+password+"!\n", "password", "--password-stdin")
	other.refused(failure.Auth, "SESSION_ENDED", "", "session", "list")
	sit(t, m.grpc).refused(failure.Auth, "LOGIN_WRONG", password+"\n", "login", "--login", "zhang.san", "--password-stdin")

	kept, err := os.ReadFile(d.config())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, stderr := d.run("", "logout", "--token", m.server.FirstTokens["330182"]); !strings.Contains(stderr, "会话已结束") {
		t.Errorf("got %s", stderr)
	}
	if err := os.WriteFile(d.config(), kept, 0o600); err != nil {
		t.Fatal(err)
	}
	d.refused(failure.Auth, "SESSION_ENDED", "", "whoami")
}

// TestOwnData shows, changes, exports and erases what is held of a person.
func TestOwnData(t *testing.T) {
	m := openMarket(t)
	m.found("keeper", "secadmin")
	d := m.found("zhang.san", "operator")
	if got := d.must("", "account", "update", "--phone", "0571-64720000", "--jq", ".phone"); got != "0571-64720000" {
		t.Errorf("the telephone is %q", got)
	}
	file := filepath.Join(d.dir, "own.json")
	d.refused(failure.Usage, "--password-stdin", "", "account", "export")
	d.refused(failure.Auth, "LOGIN_WRONG", "错\n", "account", "export", "--password-stdin")
	d.must(password+"\n", "account", "export", "--password-stdin", "-f", file)
	data, err := os.ReadFile(file)
	var held map[string]any
	if err != nil || json.Unmarshal(data, &held) != nil || held["login"] != "zhang.san" || held["phone"] != "0571-64720000" {
		t.Errorf("%v: got %s", err, data)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the export is a file of %v, %v", info.Mode(), err)
	}
	d.refused(failure.Conflict, "jiebang member leave", password+"\n", "account", "erase", "--password-stdin", "--yes")
	d.must("", "member", "leave", d.must("", "whoami", "--jq", ".organization.name"), "--yes")
	d = m.logIn("zhang.san")
	d.refused(failure.Usage, "--yes", password+"\n", "account", "erase", "--password-stdin")
	d.must(password+"\n", "account", "erase", "--password-stdin", "--yes")
	d.refused(failure.Auth, "LOGIN_WRONG", password+"\n", "login", "--login", "zhang.san", "--password-stdin")
}

// TestReceipt fetches the receipt of a bid before its opening, and verifies it without the server.
func TestReceipt(t *testing.T) {
	m := openMarket(t)
	organization := func(kind, uscc string) *desk {
		org := m.bureau.must("", "org", "create", "--display-name", kind+"甲", "--kind", kind, "--uscc", uscc, "-o", "name")
		d := sit(t, m.grpc)
		d.must(m.bureau.must("", "org", "token", "create", org, "--display-name", "科研院", "--roles", "editor,signer", "--jq", ".secret")+"\n", "login", "--with-token")
		return d
	}
	firm, university := organization("企业", "91330182MA2T00001P"), organization("高校", "12330000MA2T000022")
	demand := firm.must("", "demand", "create", "--title", "超细碳酸钙表面改性", "--field", "新材料", "--amount", "50万元", "--deadline", "+1h", "-o", "name")
	firm.must("", "demand", "publish", demand)
	bid := university.must("", "bid", "create", demand, "--amount", "41.8万元", "--proposal", "硬脂酸干法包覆", "-o", "name")
	university.must("", "bid", "submit", bid, "--yes")
	file := filepath.Join(university.dir, "receipt.json")
	university.must("", "receipt", "get", bid, "-f", file)
	firm.refused(failure.NotFound, "BID_NOT_FOUND", "", "receipt", "get", bid, "-f", file+"2")
	if got := university.must("", "receipt", "verify", file, "--server", "127.0.0.1:1", "--jq", "[.ok, .bid, .kind] | tojson"); got != `[true,"`+bid+`","bid.submitted"]` {
		t.Errorf("got %s", got)
	}
	key := university.must("", "receipt", "verify", file, "--jq", ".verifierKey")
	university.must("", "receipt", "verify", file, "--trusted-key", key)
	university.refused(failure.Error, "核验未通过: 检查点的签名不对", "", "receipt", "verify", file, "--trusted-key",
		"jiebang/330182+c9f0d7f1+AcqE5q0P9a0cUwS1vQkyqk4Z8uMZ0Uqk0xYw9k3HcN8E")
}
