package login_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jiebang/jiebang/services"
)

// TestStarts opens servers with identity providers outside that would take a word from anybody, or for anybody: they do not start.
func TestStarts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, issuer, audience, want string }{
		{"as it should be", "https://id.example.edu.cn", "jiebang", ""},
		{"no issuer", "", "jiebang", "issuer is missing"},
		{"no audience", "https://id.example.edu.cn", "", "audience is missing"},
	} {
		dir := t.TempDir()
		file := filepath.Join(dir, "providers.json")
		text := fmt.Sprintf(`[{"name":"campus","title":"校园","kind":"oidc","client_id":"jiebang","issuer":%q,"audience":%q}]`, c.issuer, c.audience)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := services.Open(t.Context(), services.Config{DataDir: dir, SignOnFile: file, Origin: "https://jiebang.example.cn"})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
		if err == nil {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
