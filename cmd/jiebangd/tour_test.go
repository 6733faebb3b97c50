package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// shell matches the blocks of a document that its reader is to type.
var shell = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")

// TestTour runs the tours of the documents as they are printed, on programs built from this tree.
func TestTour(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		document string
		needs    []string
		prints   []string
	}{
		{"README.md", nil, []string{"41.8万元", "47项,合作总金额6418万元。", "高填充透气膜专用重质«碳酸钙»粉体", "配电«变压器»阻尼隔振", "苛刻碱性介质用改性聚硅氧烷抑泡乳液", "已有 2 名保管人交来份额", "状态      中榜"}},
		{"proto/README.md", []string{"curl", "jq", "openssl"}, []string{`["2","836000"]`, "发布需求55项", "47项,合作总金额6418万元。", "PUBLISHED 高填充透气膜专用重质碳酸钙粉体",
			"配电变压器阻尼隔振", "耐强碱高温工况的有机硅消泡剂\nPUBLISHED", "苛刻碱性介质用改性聚硅氧烷抑泡乳液", "示范专家丁"}},
	} {
		t.Run(test.document, func(t *testing.T) {
			t.Parallel()
			wantPrograms(t, test.needs)
			out := tour(t, root, test.document)
			for _, want := range append(test.prints, "通过:", "未通过") {
				if !strings.Contains(out, want) {
					t.Errorf("the tour does not print %q", want)
				}
			}
			if !regexp.MustCompile(`第 \d+ 条 contracts/\S+: 内容与账本记录的哈希不符`).MatchString(out) {
				t.Error("the forged entry is not named")
			}
		})
	}
}

// wantPrograms skips a tour whose tools are not on this machine, except where everything must be there.
func wantPrograms(t *testing.T, names []string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			if os.Getenv("JIEBANG_REQUIRE_ALL") != "" {
				t.Fatal(err)
			}
			t.Skipf("the tour needs %s: %v", name, err)
		}
	}
}

// tour runs the shell blocks of a document one after another in one shell, in a copy of nothing but the sources' place.
func tour(t *testing.T, root, document string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, document))
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	script.WriteString("set -euo pipefail\nmkdir -p tour\ntrap 'kill $(jobs -p) 2>/dev/null; wait' EXIT\n")
	for _, block := range shell.FindAllStringSubmatch(string(text), -1) {
		script.WriteString(block[1])
	}
	// The reader stands in the root of the repository; the test leaves nothing there.
	lines := strings.ReplaceAll(script.String(), "go build -o bin/", "go build -C \"$ROOT\" -o \"$PWD/bin/\"")
	lines = strings.ReplaceAll(lines, "go build -C tools -o $PWD", "go build -C \"$ROOT/tools\" -o \"$PWD\"")
	grpc, http := freePort(t), freePort(t)
	lines = strings.NewReplacer("localhost:9090", grpc, "localhost:8080", http).Replace(lines)
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "bash", "-c", lines)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "ROOT="+root, "HOME="+dir, "XDG_CONFIG_HOME="+dir, "GOCACHE="+goEnv(t, "GOCACHE"), "GOMODCACHE="+goEnv(t, "GOMODCACHE"),
		"JIEBANGD_GRPC="+grpc, "JIEBANGD_HTTP="+http, "JIEBANG_SERVER="+grpc)
	out, err := cmd.CombinedOutput()
	if err != nil {
		server, _ := os.ReadFile(filepath.Join(dir, "tour-server.log"))
		t.Fatalf("%s: %v\n%s\nserver:\n%s", document, err, out, server)
	}
	t.Log(string(out))
	return string(out)
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
