package cli

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	gmoney "google.golang.org/genproto/googleapis/type/money"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
)

func TestAgrees(t *testing.T) {
	amount := &gmoney.Money{CurrencyCode: "CNY", Units: 418_000, Nanos: 500_000_000}
	for typed, want := range map[string]int{
		"418000.50": failure.OK, "418,000.5元": failure.OK, "41.80005万元": failure.OK, "": failure.Usage, "418000": failure.Usage,
		"418000.51": failure.Usage, "41.8万元": failure.Usage, "y": failure.Usage, "yes": failure.Usage,
	} {
		if got := failure.Code(agrees(typed, amount)); got != want {
			t.Errorf("agrees(%q) = %d, want %d", typed, got, want)
		}
	}
}

func TestReadLine(t *testing.T) {
	for in, want := range map[string]string{"418000\nrest": "418000", " 1 \r\n": "1", "no end": "no end", "": ""} {
		if got, err := readLine(t.Context(), strings.NewReader(in)); err != nil || got != want {
			t.Errorf("readLine(%q) = %q, %v", in, got, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	never, w := io.Pipe()
	defer w.Close()
	if _, err := readLine(ctx, never); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupted prompt gave %v", err)
	}
}

func TestEnglish(t *testing.T) {
	for _, c := range []struct {
		args []string
		env  map[string]string
		want bool
	}{
		{nil, nil, false},
		{nil, map[string]string{"LANG": "C"}, false},
		{nil, map[string]string{"LANG": "en_US.UTF-8"}, true},
		{nil, map[string]string{"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, false},
		{nil, map[string]string{"LANG": "zh_CN.UTF-8", "JIEBANG_LANG": "en"}, true},
		{[]string{"--lang", "zh"}, map[string]string{"LANG": "en_US.UTF-8"}, false},
		{[]string{"demand", "--lang=en"}, map[string]string{"LANG": "zh_CN.UTF-8"}, true},
		{[]string{"--lang"}, nil, false},
	} {
		if got := English(c.args, func(key string) string { return c.env[key] }); got != c.want {
			t.Errorf("English(%v, %v) = %v", c.args, c.env, got)
		}
	}
}

// TestRequestIDs makes ids that the program itself takes, and refuses what the server would.
func TestRequestIDs(t *testing.T) {
	one, two := newRequestID(), newRequestID()
	if !uuid4.MatchString(one) || !uuid4.MatchString(two) || one == two {
		t.Errorf("got %s and %s, want two UUIDs of version 4", one, two)
	}
	for _, id := range []string{"x", strings.ReplaceAll(one, "-", ""), "{" + one + "}", "urn:uuid:" + one, one + "\n", "01936d3a-7c4e-7b1a-9f3e-2a5d8c6b4e10"} {
		if uuid4.MatchString(id) {
			t.Errorf("%q is taken for a UUID of version 4", id)
		}
	}
}

// TestAgain gives a command line back as a shell takes it, without secrets and without what a replay says anew.
func TestAgain(t *testing.T) {
	for want, args := range map[string][]string{
		"jiebang org suspend organizations/o1 --reason '执照 吊销'":        {"--token", "s3cret", "org", "suspend", "organizations/o1", "--reason", "执照 吊销"},
		"jiebang demand list -o json '--filter=a = \"b\"' --unit=yuan": {"demand", "list", "-o", "json", `--filter=a = "b"`, "--token=s3cret", "--unit=yuan"},
		`jiebang x 'it'\''s' ''`: {"x", "it's", "", "--request-id", "1", "--etag=2"},
		"jiebang x":              {"x", "--etag"},
	} {
		if got := again(args); got != want {
			t.Errorf("again(%q) = %s, want %s", args, got, want)
		}
	}
}

// TestSecret reads secrets line by line, as they are, and never asks where nobody can answer.
func TestSecret(t *testing.T) {
	a := &App{In: strings.NewReader(" a b \r\nzweite\n\nrest"), Err: io.Discard}
	if _, err := a.Secret(t.Context(), "密码"); failure.Code(err) != failure.Usage {
		t.Errorf("without a terminal and without the flag: %v", err)
	}
	a.secretsFromStdin = true
	for _, want := range []string{" a b ", "zweite"} {
		if got, err := a.Secret(t.Context(), "密码"); err != nil || got != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	if got, err := a.Secret(t.Context(), "密码"); failure.Code(err) != failure.Usage {
		t.Errorf("an empty line is taken for the secret %q, %v", got, err)
	}
	if got, err := a.NewPassword(t.Context(), "新密码"); err != nil || got != "rest" {
		t.Errorf("got %q, %v, want the last line, once", got, err)
	}
}

// TestAgree takes nothing but a yes, and nobody's silence.
func TestAgree(t *testing.T) {
	for _, c := range []struct {
		change change
		want   int
	}{{change{}, failure.Usage}, {change{yes: true}, failure.OK}, {change{dryRun: true}, failure.OK}} {
		a := &App{In: strings.NewReader("yes\n"), Err: io.Discard, change: c.change}
		if got := failure.Code(a.Agree(t.Context(), "?")); got != c.want {
			t.Errorf("%+v: got exit code %d, want %d", c.change, got, c.want)
		}
	}
}
