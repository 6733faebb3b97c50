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
