package filing_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/filing"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/storagetest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// each runs a test in a market on each kind of database whose files are kept as the test wants it.
func each(t *testing.T, files filing.Config, test func(t *testing.T, m *markettest.Market)) {
	t.Helper()
	storagetest.Each(t, func(t *testing.T, url string) {
		test(t, markettest.Open(t, url, func(c *services.Config) { c.Files = files }))
	})
}

// declare declares a file.
func declare(m *markettest.Market, ctx context.Context, name string, content []byte) (*pb.File, error) {
	digest := sha256.Sum256(content)
	return m.Files.CreateFile(ctx, &pb.CreateFileRequest{RequestId: markettest.ID(), File: &pb.File{DisplayName: name, Purpose: pb.File_DEMAND, Size: int64(len(content)), Sha256: digest[:]}})
}

// upload uploads content to a file from an offset on, in chunks of a size.
func upload(m *markettest.Market, ctx context.Context, name string, offset int, content []byte, size int) (*pb.File, error) {
	stream, err := m.Files.UploadFile(ctx)
	if err != nil {
		return nil, err
	}
	err = stream.Send(&pb.UploadFileRequest{Name: name, Offset: int64(offset), RequestId: markettest.ID()})
	for len(content) > 0 && err == nil {
		n := min(size, len(content))
		err = stream.Send(&pb.UploadFileRequest{Chunk: content[:n]})
		content = content[n:]
	}
	return stream.CloseAndRecv()
}

// put declares and uploads a file.
func put(m *markettest.Market, ctx context.Context, name string, content []byte) (*pb.File, error) {
	f, err := declare(m, ctx, name, content)
	if err != nil {
		return nil, err
	}
	return upload(m, ctx, f.GetName(), 0, content, 1000)
}

// download downloads bytes of a file.
func download(m *markettest.Market, ctx context.Context, name string, offset, limit int64) ([]byte, error) {
	stream, err := m.Files.DownloadFile(ctx, &pb.DownloadFileRequest{Name: name, Offset: offset, Limit: limit})
	if err != nil {
		return nil, err
	}
	var all []byte
	for {
		r, err := stream.Recv()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, r.GetChunk()...)
	}
}

// answer is an answer over HTTP.
type answer struct {
	code   int
	header http.Header
	body   string
}

// call calls over HTTP; what is "GET /path".
func call(t *testing.T, m *markettest.Market, o *markettest.Member, what string, body []byte, headers ...string) answer {
	t.Helper()
	method, path, _ := strings.Cut(what, " ")
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+m.HTTP+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if o != nil {
		req.Header.Set("Authorization", "Bearer "+o.Secret)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(text)}
}

// get reads a file.
func get(t *testing.T, m *markettest.Market, o *markettest.Member, name string) *pb.File {
	t.Helper()
	return markettest.Must(m.Files.GetFile(o.Ctx(), &pb.GetFileRequest{Name: name}))(t)
}

// verified makes sure that verify finds so many problems.
func verified(t *testing.T, m *markettest.Market, want int) {
	t.Helper()
	r, err := m.Server.Verify(t.Context(), markettest.Jurisdiction)
	if err != nil || len(r.Problems) != want {
		t.Errorf("verify: got %v %v, want %d problems", r.Problems, err, want)
	}
}
