package main

import (
	"bytes"
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc/metadata"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestFiles uploads a file, looks at it, fetches it and deletes it, and goes on with an upload that was cut.
func TestFiles(t *testing.T) {
	t.Parallel()
	m := openMarket(t)
	organization, dir := m.firm(), t.TempDir()
	firm := m.token(organization, "editor,signer")
	// The smallest PDF that has pages: none.
	content := []byte("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
	content = append(content, bytes.Repeat([]byte("% 工艺\n"), 200_000)...)
	content = append(content, "%%EOF\n"...)
	path := filepath.Join(dir, "工艺图.pdf")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	firm.refused(failure.Usage, "--purpose", "", "file", "put", path)
	firm.refused(failure.Usage, "不能读取", "", "file", "put", filepath.Join(dir, "没有.pdf"), "--purpose", "需求")
	name := firm.must("", "file", "put", path, "--purpose", "需求", "-o", "name")
	if got := firm.must("", "file", "get", name); !strings.Contains(got, "工艺图.pdf") || !strings.Contains(got, "已收齐") || !strings.Contains(got, "需求") {
		t.Errorf("got %s", got)
	}
	if got := firm.must("", "file", "list", "--state", "COMPLETE", "-o", "name"); got != name {
		t.Errorf("listed: got %s, want %s", got, name)
	}
	to := filepath.Join(dir, "下载.pdf")
	if got := firm.must("", "file", "fetch", name, "--out", to); got != to {
		t.Errorf("got %s, want %s", got, to)
	}
	if got, err := os.ReadFile(to); err != nil || !bytes.Equal(got, content) {
		t.Errorf("fetched: got %d bytes %v, want %d", len(got), err, len(content))
	}
	firm.refused(failure.Usage, "已存在", "", "file", "fetch", name, "--out", to)
	firm.must("", "file", "fetch", name, "--out", to, "--force")
	m.bureau.refused(failure.NotFound, "FILE_NOT_FOUND", "", "file", "fetch", name)

	cut := m.cut(t, m.bureau.must("", "token", "create", organization, "--display-name", "试", "--roles", "editor", "--jq", ".secret"), content)
	if got := firm.must("", "file", "get", cut); !strings.Contains(got, "1000") || !strings.Contains(got, "待上传") {
		t.Errorf("cut: got %s", got)
	}
	if got := firm.must("", "file", "put", path, "--resume", cut, "-o", "name"); got != cut {
		t.Errorf("got %s, want %s", got, cut)
	}
	firm.must("", "file", "fetch", cut, "--out", to, "--force")
	if got, err := os.ReadFile(to); err != nil || !bytes.Equal(got, content) {
		t.Errorf("resumed: got %d bytes %v, want %d", len(got), err, len(content))
	}
	firm.must("", "file", "delete", name, "--yes")
	firm.refused(failure.Conflict, "FILE_STATE", "", "file", "fetch", name, "--out", "-")
}

// cut declares a file and uploads its first thousand bytes.
func (m *realMarket) cut(t *testing.T, secret string, content []byte) string {
	t.Helper()
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+secret)
	files, digest := pb.NewFileServiceClient(m.server.Conn()), sha256.Sum256(content)
	f, err := files.CreateFile(ctx, &pb.CreateFileRequest{RequestId: "5f18e121-7e8c-4ee9-848b-d2a11df7456c", File: &pb.File{DisplayName: "工艺图.pdf", Purpose: pb.File_DEMAND, Size: int64(len(content)), Sha256: digest[:]}})
	if err != nil {
		t.Fatal(err)
	}
	stream, err := files.UploadFile(ctx)
	if err == nil {
		err = stream.Send(&pb.UploadFileRequest{RequestId: "5f18e121-7e8c-4ee9-848b-d2a11df7456d", Name: f.GetName(), Chunk: content[:1000]})
	}
	if err == nil {
		_, err = stream.CloseAndRecv()
	}
	if err != nil {
		t.Fatal(err)
	}
	return f.GetName()
}

// TestSecrets reads what is confidential of a demand, after the agreement.
func TestSecrets(t *testing.T) {
	t.Parallel()
	m := openMarket(t)
	firm := m.token(m.firm(), "editor,signer")
	zju := m.token(m.bureau.must("", "org", "create", "--display-name", "某某大学", "--kind", "高校", "--uscc", "91330182MA2T00002T", "-o", "name"), "editor,signer")
	d := firm.must("", "demand", "create", "--title", "硅油乳化稳定性提升", "--field", "新材料", "--deadline", "+40d", "-o", "name")
	firm.must("", "demand", "detail", d, "--nda", "配方甲", "--winner", "联系人王工")
	firm.must("", "demand", "publish", d)
	zju.refused(failure.Permission, "jiebang demand agree", "", "demand", "disclose", d)
	zju.refused(failure.Usage, "--version", "", "demand", "agree", d)
	version := zju.must("", "demand", "agreement", "--jq", ".version")
	zju.must("", "demand", "agree", d, "--version", version)
	if got := zju.must("", "demand", "disclose", d); !strings.Contains(got, "配方甲") || strings.Contains(got, "王工") {
		t.Errorf("got %s, want what the agreement opens and no more", got)
	}
	if got := firm.must("", "demand", "disclosures", d, "--jq", `.[0] | "\(.agreement) \(.times)"`); got != version+" 1" {
		t.Errorf("got %s, want one reading after %s", got, version)
	}
}
