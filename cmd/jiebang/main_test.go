package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
	"google.golang.org/grpc/codes"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/contracting"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"jiebang": main})
}

// TestScripts runs the program as a process. SERVER answers by a script, and nobody listens at NOBODY.
func TestScripts(t *testing.T) {
	server := startMarket(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata", RequireExplicitExec: true, RequireUniqueNames: true, UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(e *testscript.Env) error {
			e.Setenv("SERVER", server)
			e.Setenv("NOBODY", "127.0.0.1:1")
			e.Setenv("XDG_CONFIG_HOME", e.WorkDir+"/xdg")
			e.Setenv("LANG", "zh_CN.UTF-8")
			for _, key := range []string{"JIEBANG_SERVER", "JIEBANG_TOKEN", "JIEBANG_CONFIG", "JIEBANG_LANG", "NO_COLOR", "CLICOLOR_FORCE", "LC_ALL"} {
				e.Setenv(key, "")
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits checks the exit code of a run: exits CODE jiebang …
func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("%s: exit code %s, want %s", strings.Join(args[1:], " "), got, args[0])
	}
}

func execute(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	a := &cli.App{Getenv: func(string) string { return "" }, In: strings.NewReader(""), Out: &out, Err: &err}
	code = run(t.Context(), args, a)
	return code, out.String(), err.String()
}

func TestHelpListsTheExitCodes(t *testing.T) {
	_, help, _ := execute(t, "help", "exit-codes")
	seen := map[codes.Code]bool{}
	for _, m := range failure.Meanings() {
		line := fmt.Sprintf("  %-3d %s", m.Code, m.Text)
		if !strings.Contains(help, line) {
			t.Errorf("help exit-codes lacks %q:\n%s", line, help)
		}
		for _, c := range m.Codes {
			if seen[c] {
				t.Errorf("%v has two exit codes", c)
			}
			seen[c] = true
			if m.Code > failure.Error && !strings.Contains(help, c.String()) {
				t.Errorf("help exit-codes lacks %v", c)
			}
		}
	}
	for c := codes.OK; c <= codes.Unauthenticated; c++ {
		if !seen[c] {
			t.Errorf("%v has no exit code", c)
		}
	}
}

// TestCommands checks of every command what users rely on.
func TestCommands(t *testing.T) {
	english := (&app{&cli.App{English: true}}).root()
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		path := c.CommandPath()
		if c.Short == "" {
			t.Errorf("%s has no Short", path)
		}
		names := strings.Fields(path)[1:]
		if twin, _, err := english.Find(names); err != nil || twin.Short == c.Short {
			t.Errorf("%s has no English Short", path)
		}
		mutates := c.Flags().Lookup("request-id") != nil
		if mutates != (c.Flags().Lookup("dry-run") != nil) {
			t.Errorf("%s has one of --request-id and --dry-run", path)
		}
		if c.HasSubCommands() {
			if code, _, stderr := execute(t, append(names, "nonsense")...); code != failure.Usage || !strings.Contains(stderr, "nonsense") {
				t.Errorf("%s nonsense: exit code %d, %s", path, code, stderr)
			}
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk((&app{&cli.App{}}).root())
}

// TestCommandNames pins the names that scripts use.
func TestCommandNames(t *testing.T) {
	root := (&app{&cli.App{}}).root()
	want := map[string][]string{
		"org":       {"create", "get", "list", "update", "divide", "verify", "suspend", "reinstate", "close", "confirm", "token"},
		"org token": {"create", "list", "revoke"}, "token": {"create", "list", "revoke"},
		"member":     {"list", "get", "invite", "revoke", "update", "grant", "remove", "leave", "transfer", "break-glass", "reset", "disable", "enable"},
		"invitation": {"preview", "accept", "reject"}, "approval": {"list", "get", "approve", "refuse", "withdraw"},
		"session": {"list", "revoke", "switch"}, "factor": {"list", "enroll", "confirm", "recovery", "remove"},
		"account": {"get", "update", "export", "erase", "reset-password"}, "device": {"show", "approve", "deny"},
		"demand": {"create", "get", "list", "search", "update", "publish", "withdraw", "award", "reject-bids",
			"detail", "advise", "submit", "vet", "return", "approve", "turn-down", "amend", "cancel", "decide", "confirm", "relist", "ask", "answer", "questions",
			"agreement", "agree", "disclose", "disclosures"},
		"achievement": {"create", "get", "list", "update", "publish", "withdraw", "import", "template"},
		"profile":     {"create", "get", "list", "update", "publish", "withdraw", "import", "template"},
		"bid":         {"create", "get", "list", "update", "submit", "replace", "seal", "withdraw", "confirm", "terms", "finalize"},
		"custodian":   {"init", "show", "register", "get", "list", "confirm", "retire", "check", "open"}, "receipt": {"get", "verify"},
		"file":      {"put", "fetch", "get", "list", "delete"},
		"code":      {"lists", "list", "get"},
		"audit":     {"total", "export", "verify", "checkpoint", "prove", "check-proof", "clock"},
		"witness":   {"init", "key", "serve"},
		"contract":  {"create", "record", "import", "get", "list", "update", "propose", "sign", "refuse", "complete", "terminate", "balance", "require-changes", "text"},
		"report":    {"definitions", "show", "groups", "records", "close", "restate", "closures", "get", "compare", "differences"},
		"amendment": {"create", "get", "list", "propose", "sign", "refuse", "withdraw"},
		"milestone": {"get", "list", "start", "submit", "examine", "conclude", "not-delivered", "waive"},
		"registration": {"create", "get", "list", "file", "accept", "return", "review", "conclude", "record", "confirm", "refuse", "cancel", "unfiled",
			"import", "template", "records", "reconcile", "classify"},
		"monitoring": {"rules", "findings", "case"}, "monitoring case": {"open", "get", "list", "activate", "cancel", "answer", "conclude", "complete", "close", "stop"},
		"payment":  {"create", "get", "list", "request", "approve", "claim", "confirm", "dispute", "void"},
		"backfill": {"template", "import", "list", "get", "rows", "record", "discard", "past"},
	}
	for group, names := range want {
		c, rest, err := root.Find(strings.Fields(group))
		if err != nil || len(rest) > 0 {
			t.Fatalf("no group %s", group)
		}
		var have []string
		for _, sub := range c.Commands() {
			have = append(have, sub.Name())
		}
		slices.Sort(have)
		slices.Sort(names)
		if !slices.Equal(have, names) {
			t.Errorf("%s has %v, want %v", group, have, names)
		}
	}
}

func TestInterruptedRunExitsWith2(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, err bytes.Buffer
	a := &cli.App{Getenv: func(string) string { return "" }, In: strings.NewReader(""), Out: &out, Err: &err}
	if code := run(ctx, []string{"demand", "list", "--server", "127.0.0.1:1"}, a); code != failure.Usage {
		t.Errorf("exit code %d, want %d: %s", code, failure.Usage, err.String())
	}
}

func digestOf(c *jiebangv1.Contract) []byte {
	t, err := contracting.Terms(c)
	if err != nil {
		panic(err)
	}
	return t.Digest()
}

func TestQuestion(t *testing.T) {
	for typed, want := range map[string]string{
		"ledgers/330182/entries/17": "ledgers/330182 17", "330182/17": "ledgers/330182 17", "ledgers/330182/17": "ledgers/330182 17",
		"330182": "", "330182/-1": "", "/3": "", "330182/x": "", "": "",
	} {
		q, err := question(typed, "")
		if got := fmt.Sprint(q.Ledger, " ", q.Sequence); err == nil && got != want || err != nil && want != "" {
			t.Errorf("question(%q) = %q, %v, want %q", typed, got, err, want)
		}
	}
	if _, err := question("330182/1", "abcd"); err == nil {
		t.Error("a short hash was taken")
	}
}
