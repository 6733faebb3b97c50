package client

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

func environment(values map[string]string) func(string) string {
	return func(key string) string { return values[key] }
}

func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestPrecedence gives every setting in each place, and takes one place away at a time.
func TestPrecedence(t *testing.T) {
	path := write(t, "server: file:1\ntoken: file\nca: file\ninsecure: true\ntimeout: 1m\noutput: json\nunit: yuan\n")
	env := map[string]string{
		"JIEBANG_SERVER": "env:2", "JIEBANG_TOKEN": "env", "JIEBANG_CA": "env", "JIEBANG_INSECURE": "false", "JIEBANG_TIMEOUT": "2m",
		"JIEBANG_OUTPUT": "csv", "JIEBANG_UNIT": "wan", "JIEBANG_CONFIG": path,
	}
	flags := map[string]string{
		"server": "flag:3", "token": "flag", "ca": "flag", "insecure": "true", "timeout": "3m", "output": "name", "unit": "yuan",
	}
	for _, c := range []struct {
		name  string
		flags map[string]string
		env   map[string]string
		want  Settings
	}{
		{"flag", flags, env, Settings{Server: "flag:3", Token: "flag", CA: "flag", Insecure: true, Timeout: 3 * time.Minute, Output: "name", Unit: "yuan"}},
		{"environment", nil, env, Settings{Server: "env:2", Token: "env", CA: "env", Timeout: 2 * time.Minute, Output: "csv", Unit: "wan"}},
		{
			"file", map[string]string{"config": path}, nil,
			Settings{Server: "file:1", Token: "file", CA: "file", Insecure: true, Timeout: time.Minute, Output: "json", Unit: "yuan"},
		},
		{"default", nil, map[string]string{"XDG_CONFIG_HOME": t.TempDir()}, Settings{Server: DefaultServer, Timeout: 30 * time.Second}},
	} {
		got, err := Load(c.flags, environment(c.env))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if len(got.Warnings) > 0 {
			t.Errorf("%s: %v", c.name, got.Warnings)
		}
		got.Path, got.Warnings = "", nil
		if got.Server != c.want.Server || got.Token != c.want.Token || got.CA != c.want.CA || got.Insecure != c.want.Insecure ||
			got.Timeout != c.want.Timeout || got.Output != c.want.Output || got.Unit != c.want.Unit {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestTokenOfTheFileStaysWithItsServer(t *testing.T) {
	path := write(t, "server: home:1\ntoken: \"secret \"\n")
	for _, c := range []struct {
		flags map[string]string
		want  string
	}{
		{map[string]string{}, "secret"},
		{map[string]string{"server": "home:1"}, "secret"},
		{map[string]string{"server": "evil:1"}, ""},
		{map[string]string{"server": "other:1", "token": "secret"}, "secret"},
		{map[string]string{"server": "other:1", "token": "mine"}, "mine"},
	} {
		c.flags["config"] = path
		s, err := Load(c.flags, environment(nil))
		if saved := map[bool]string{true: "secret"}[s.Server == "home:1"]; s.Saved != saved {
			t.Errorf("%v: saved is %q, want %q", c.flags, s.Saved, saved)
		}
		if err != nil || s.Token != c.want || (len(s.Warnings) > 0) != (c.want == "") {
			t.Errorf("%v: token %q, %v, %v, want %q", c.flags, s.Token, s.Warnings, err, c.want)
		}
	}
}

func TestSave(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "config.yaml")
	if err := Save(path, map[string]string{"server": "h:1", "token": "secret"}); err != nil {
		t.Fatal(err)
	}
	for p, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(p); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %v", p, info.Mode(), err, want)
		}
	}
	if err := os.WriteFile(path, []byte("server: h:1\ntoken: secret\nunit: yuan\nother: [1, 0x2]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Save(path, map[string]string{"token": "", "ca": "true"}); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "ca: \"true\"\nother: [1, 0x2]\nserver: h:1\nunit: yuan\n" {
		t.Errorf("%s, %v", data, err)
	}
	s, err := Load(map[string]string{"config": path}, environment(nil))
	if err != nil || s.Server != "h:1" || s.Token != "" || s.Unit != "yuan" {
		t.Errorf("%+v, %v", s, err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestConnect(t *testing.T) {
	for server, ok := range map[string]bool{
		"localhost": true, "localhost:9090": true, "[::1]:9090": true, "jiebang.example.cn:9090": true, "127.0.0.1:1": true,
		"http://localhost:9090": false, ":9090": false, "localhost:": false, "": false,
	} {
		conn, err := Connect(Settings{Server: server, Timeout: time.Second}, "test")
		if (err == nil) != ok {
			t.Errorf("Connect(%q): %v", server, err)
		}
		if err == nil {
			_ = conn.Close()
		}
	}
	for _, ca := range []string{filepath.Join(t.TempDir(), "missing.pem"), write(t, "no certificate")} {
		if _, err := Connect(Settings{Server: "h:1", CA: ca}, "test"); err == nil {
			t.Errorf("the CA file %s was taken", ca)
		}
	}
}

func TestLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true,
		"10.0.0.1": false, "localhost.evil.cn": false, "127.0.0.1.evil.cn": false, "0.0.0.0": false,
	} {
		if got := loopback(host); got != want {
			t.Errorf("loopback(%s) = %v", host, got)
		}
	}
}

func TestBearer(t *testing.T) {
	for token, want := range map[string][]string{"": nil, "x": {"Bearer x"}} {
		var got []string
		_ = bearer(token)(t.Context(), "m", nil, nil, nil, func(ctx context.Context, _ string, _, _ any, _ *grpc.ClientConn, _ ...grpc.CallOption) error {
			md, _ := metadata.FromOutgoingContext(ctx)
			got = md.Get("authorization")
			return nil
		})
		if !slices.Equal(got, want) {
			t.Errorf("token %q: %v", token, got)
		}
	}
}

func TestRetry(t *testing.T) {
	behind, err := status.New(codes.Unavailable, "behind").WithDetails(&errdetails.ErrorInfo{Reason: "TOTAL_BEHIND"})
	if err != nil {
		t.Fatal(err)
	}
	unavailable := status.Error(codes.Unavailable, "")
	for _, c := range []struct {
		name    string
		answers []error
		calls   int
		code    codes.Code
	}{
		{"at once", []error{nil}, 1, codes.OK},
		{"third time lucky", []error{unavailable, unavailable, nil}, 3, codes.OK},
		{"never", []error{unavailable, unavailable, unavailable, nil}, 3, codes.Unavailable},
		{"another code", []error{unavailable, status.Error(codes.Aborted, ""), nil}, 2, codes.Aborted},
		{"a deadline", []error{status.Error(codes.DeadlineExceeded, ""), nil}, 1, codes.DeadlineExceeded},
		{"with a reason", []error{behind.Err(), nil}, 1, codes.Unavailable},
	} {
		var pauses []time.Duration
		pause := func(_ context.Context, d time.Duration) error {
			pauses = append(pauses, d)
			return nil
		}
		calls := 0
		got := retry(time.Minute, pause)(t.Context(), "m", nil, nil, nil,
			func(ctx context.Context, _ string, _, _ any, _ *grpc.ClientConn, _ ...grpc.CallOption) error {
				if _, ok := ctx.Deadline(); !ok {
					t.Errorf("%s: no deadline", c.name)
				}
				calls++
				return c.answers[calls-1]
			})
		if calls != c.calls || status.Code(got) != c.code || len(pauses) != calls-1 || !slices.IsSorted(pauses) {
			t.Errorf("%s: %d calls, %v, pauses %v", c.name, calls, got, pauses)
		}
	}
}

func TestRetryStopsWhenInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	_ = retry(time.Minute, Wait)(ctx, "m", nil, nil, nil, func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error {
		calls++
		cancel()
		return status.Error(codes.Unavailable, "")
	})
	if calls != 1 {
		t.Errorf("%d calls after an interrupt", calls)
	}
}

func TestWrongSettings(t *testing.T) {
	for _, content := range []string{"timeout: soon", "timeout: -1s", "insecure: perhaps", "server: [", "server: [h:1]", "token: {a: b}", "- server: h:1",
		"server: h:1\nserver: h:2"} {
		if s, err := Load(map[string]string{"config": write(t, content)}, environment(nil)); err == nil {
			t.Errorf("%q gave %+v", content, s)
		}
	}
	s, err := Load(map[string]string{"config": write(t, "server: &s 0123:1\ntoken: ~\nca: *s\ninsecure: false\nunit:\noutput: 007")}, environment(nil))
	if err != nil || s.Server != "0123:1" || s.Token != "" || s.CA != "0123:1" || s.Unit != "" || s.Output != "007" || len(s.Warnings) > 0 {
		t.Errorf("%+v, %v", s, err)
	}
	s, err = Load(map[string]string{"config": write(t, "sever: h:1")}, environment(nil))
	if err != nil || len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0], "sever") {
		t.Errorf("%v, %v", s.Warnings, err)
	}
}
