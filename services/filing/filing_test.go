package filing_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/jiebang/jiebang/services/filing"
	"github.com/jiebang/jiebang/services/internal/filetest"
	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// long is a document of about 700,000 bytes that does not fold.
var long = filetest.PDF(strings.Repeat("白度不低于 95。", 30_000))

// TestFile declares, uploads, reads, lists, downloads and deletes a file.
func TestFile(t *testing.T) {
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, other := m.Firm(), m.University()
		for name, content := range filetest.Good() {
			f := markettest.Must(put(m, firm.Ctx(), name, content))(t)
			if f.GetState() != pb.File_COMPLETE || f.GetScan() != pb.File_UNSCANNED || !f.GetDownloadable() || f.GetMediaType() == "" {
				t.Errorf("%s: got %v, want it complete, unscanned and downloadable", name, f)
			}
			if got, err := download(m, firm.Ctx(), f.GetName(), 0, 0); err != nil || !bytes.Equal(got, content) {
				t.Errorf("%s: got %d bytes %v, want those that were uploaded", name, len(got), err)
			}
			for who, ctx := range map[string]context.Context{"another": other.Ctx(), "nobody": t.Context()} {
				markettest.Want(t, markettest.Failed(m.Files.GetFile(ctx, &pb.GetFileRequest{Name: f.GetName()})), codes.NotFound, "FILE_NOT_FOUND", "")
				if _, err := download(m, ctx, f.GetName(), 0, 0); err == nil {
					t.Errorf("%s downloads %s", who, name)
				}
			}
		}
		if l := markettest.Must(m.Files.ListFiles(firm.Ctx(), &pb.ListFilesRequest{Filter: `state = "COMPLETE"`}))(t); len(l.GetFiles()) != len(filetest.Good()) {
			t.Errorf("got %d files, want %d", len(l.GetFiles()), len(filetest.Good()))
		}
		if l := markettest.Must(m.Files.ListFiles(other.Ctx(), &pb.ListFilesRequest{}))(t); len(l.GetFiles()) != 0 {
			t.Errorf("another lists %v", l)
		}
		f := markettest.Must(put(m, firm.Ctx(), "方案.pdf", long))(t)
		if got, err := download(m, firm.Ctx(), f.GetName(), 300_000, 300_000); err != nil || !bytes.Equal(got, long[300_000:600_000]) {
			t.Errorf("a range: got %d bytes %v", len(got), err)
		}
		verified(t, m, 0)
		f = markettest.Must(m.Files.DeleteFile(firm.Ctx(), &pb.DeleteFileRequest{RequestId: markettest.ID(), Name: f.GetName(), Etag: f.GetEtag()}))(t)
		if f.GetState() != pb.File_DELETED {
			t.Errorf("got %v, want it deleted", f)
		}
		_, err := download(m, firm.Ctx(), f.GetName(), 0, 0)
		markettest.Want(t, err, codes.FailedPrecondition, "FILE_STATE", "")
		verified(t, m, 0)
	})
}

// TestSameContent uploads one content twice: two files, of which one is deleted without the other's noticing, and no answer tells of the other.
func TestSameContent(t *testing.T) {
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, other := m.Firm(), m.University()
		first, second := markettest.Must(put(m, firm.Ctx(), "方案.pdf", long))(t), markettest.Must(declare(m, other.Ctx(), "方案.pdf", long))(t)
		if second.GetState() != pb.File_RECEIVING || get(t, m, other, second.GetName()).GetReceivedSize() != 0 {
			t.Errorf("what another has is known: got %v", second)
		}
		markettest.Must(upload(m, other.Ctx(), second.GetName(), 0, long, 200_000))(t)
		markettest.Must(m.Files.DeleteFile(firm.Ctx(), &pb.DeleteFileRequest{RequestId: markettest.ID(), Name: first.GetName(), Etag: first.GetEtag()}))(t)
		if got, err := download(m, other.Ctx(), second.GetName(), 0, 0); err != nil || !bytes.Equal(got, long) {
			t.Errorf("after the other was deleted: got %d bytes %v", len(got), err)
		}
		verified(t, m, 0)
	})
}

// TestResume cuts uploads, by an early end and by a lost caller, and goes on where they ended; a second server goes on too.
func TestResume(t *testing.T) {
	each(t, filing.Config{Store: t.TempDir()}, func(t *testing.T, m *markettest.Market) {
		firm, second := m.Firm(), m
		if strings.HasPrefix(m.URL, "postgres") {
			second = m.Beside()
		}
		f := markettest.Must(declare(m, firm.Ctx(), "方案.pdf", long))(t)
		if got := markettest.Must(upload(m, firm.Ctx(), f.GetName(), 0, long[:100_000], 30_000))(t); got.GetReceivedSize() != 100_000 || got.GetState() != pb.File_RECEIVING {
			t.Fatalf("ended early: got %v, want 100000 bytes", got)
		}
		stream := markettest.Must(second.Files.UploadFile(firm.Ctx()))(t)
		for _, r := range []*pb.UploadFileRequest{{Name: f.GetName(), Offset: 100_000, RequestId: markettest.ID()}, {Chunk: long[100_000:300_000]}, {Chunk: long[:262_145]}} {
			if err := stream.Send(r); err != nil {
				t.Fatal(err)
			}
		}
		_, err := stream.CloseAndRecv()
		markettest.Want(t, err, codes.InvalidArgument, "FIELD_INVALID", "chunk")
		if got := get(t, m, firm, f.GetName()).GetReceivedSize(); got != 300_000 {
			t.Fatalf("cut: got %d bytes, want 300000", got)
		}
		_, err = upload(m, firm.Ctx(), f.GetName(), 150_000, long[150_000:], 30_000)
		markettest.Want(t, err, codes.Aborted, "FILE_OFFSET", "offset")
		got := markettest.Must(upload(m, firm.Ctx(), f.GetName(), 300_000, long[300_000:], 30_000))(t)
		if got.GetState() != pb.File_COMPLETE {
			t.Errorf("got %v, want it complete", got)
		}
		if again := markettest.Must(upload(m, firm.Ctx(), f.GetName(), 0, long, 30_000))(t); again.GetEtag() != got.GetEtag() {
			t.Errorf("uploaded again: got %v, want what is there", again)
		}
		if all, err := download(second, firm.Ctx(), f.GetName(), 0, 0); err != nil || !bytes.Equal(all, long) {
			t.Errorf("got %d bytes %v", len(all), err)
		}
		verified(t, m, 0)
	})
}

// TestHostile uploads the corpus: nothing of it is ever complete, or given out.
func TestHostile(t *testing.T) {
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		for i, h := range filetest.Corpus() {
			if i%6 != 0 && h.Reason != "FILE_POLYGLOT" {
				continue // package sniff has them all
			}
			f := markettest.Must(declare(m, firm.Ctx(), h.Name, h.Content))(t)
			_, err := upload(m, firm.Ctx(), f.GetName(), 0, h.Content, 100_000)
			markettest.Want(t, err, codes.InvalidArgument, h.Reason, "")
			if now := get(t, m, firm, f.GetName()); now.GetState() != pb.File_RECEIVING || now.GetReceivedSize() != 0 || now.GetDownloadable() {
				t.Errorf("%s: got %v, want nothing of it", h.What, now)
			}
			_, err = download(m, firm.Ctx(), f.GetName(), 0, 0)
			markettest.Want(t, err, codes.FailedPrecondition, "FILE_STATE", "")
		}
		verified(t, m, 0)
	})
}

// TestRefusals makes calls that must be refused.
func TestRefusals(t *testing.T) {
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, other := m.Firm(), m.University()
		f := markettest.Must(declare(m, firm.Ctx(), "方案.pdf", long))(t)
		zeros := make([]byte, 32)
		for _, r := range []struct {
			name          string
			call          func() error
			code          codes.Code
			reason, field string
		}{
			{"no bytes", func() error { return markettest.Failed(declare(m, firm.Ctx(), "a.pdf", nil)) }, codes.InvalidArgument, "FIELD_INVALID", "file.size"},
			{"a type", func() error { return markettest.Failed(declare(m, firm.Ctx(), "a.svg", long)) }, codes.InvalidArgument, "FILE_TYPE", "file.display_name"},
			{"a directory", func() error { return markettest.Failed(declare(m, firm.Ctx(), "../a.pdf", long)) }, codes.InvalidArgument, "FILE_NAME", "file.display_name"},
			{"turned letters", func() error { return markettest.Failed(declare(m, firm.Ctx(), "a\u202efdp.pdf", long)) }, codes.InvalidArgument, "FILE_NAME", "file.display_name"},
			{"too large", func() error {
				return markettest.Failed(m.Files.CreateFile(firm.Ctx(), &pb.CreateFileRequest{RequestId: markettest.ID(), File: &pb.File{DisplayName: "a.zip",
					Purpose: pb.File_DEMAND, Size: 200<<20 + 1, Sha256: zeros}}))
			}, codes.ResourceExhausted, "FILE_TOO_LARGE", "file.size"},
			{"another's", func() error { return markettest.Failed(upload(m, other.Ctx(), f.GetName(), 0, long, 30_000)) }, codes.NotFound, "FILE_NOT_FOUND", ""},
			{"nobody's", func() error { return markettest.Failed(upload(m, t.Context(), f.GetName(), 0, long, 30_000)) }, codes.Unauthenticated, "TOKEN_MISSING", ""},
			{"too much", func() error { return markettest.Failed(upload(m, firm.Ctx(), f.GetName(), 0, append(long, 0), 30_000)) }, codes.InvalidArgument, "FILE_SIZE", ""},
			{"other bytes", func() error {
				return markettest.Failed(upload(m, firm.Ctx(), f.GetName(), 0, append(slices.Clone(long[1:]), 0), 30_000))
			}, codes.InvalidArgument, "FILE_DIGEST", ""},
			{"a long chunk", func() error { return markettest.Failed(upload(m, firm.Ctx(), f.GetName(), 0, long, 300_000)) }, codes.InvalidArgument, "FIELD_INVALID", "chunk"},
			{"not complete", func() error { return markettest.Failed(download(m, firm.Ctx(), f.GetName(), 0, 0)) }, codes.FailedPrecondition, "FILE_STATE", ""},
		} {
			t.Run(r.name, func(t *testing.T) { m.Refuse(t, r.call, r.code, r.reason, r.field) })
		}
		markettest.Must(upload(m, firm.Ctx(), f.GetName(), 0, long, 200_000))(t)
		_, err := download(m, firm.Ctx(), f.GetName(), int64(len(long)), 0)
		markettest.Want(t, err, codes.InvalidArgument, "FILE_RANGE", "offset")
	})
}

// TestQuota fills a quota and a disk: unfinished uploads count, what is deleted does not, and another organization has its own.
func TestQuota(t *testing.T) {
	free := int64(1 << 40)
	files := filing.Config{Quota: 10_000, Space: func(string) (int64, int64, error) { return free, 1 << 40, nil }}
	each(t, files, func(t *testing.T, m *markettest.Market) {
		free = 1 << 40
		firm, other := m.Firm(), m.University()
		content := filetest.PDF(strings.Repeat("x", 2_900))
		var last *pb.File
		for i := range 3 {
			f := markettest.Must(declare(m, firm.Ctx(), fmt.Sprintf("%d.pdf", i), content))(t)
			if i > 0 {
				f = markettest.Must(upload(m, firm.Ctx(), f.GetName(), 0, content, 1000))(t)
			}
			last = f
		}
		for range 5 {
			markettest.Want(t, markettest.Failed(declare(m, firm.Ctx(), "a.pdf", content)), codes.ResourceExhausted, "FILE_QUOTA", "file.size")
		}
		markettest.Must(put(m, other.Ctx(), "a.pdf", content))(t)
		markettest.Must(m.Files.DeleteFile(firm.Ctx(), &pb.DeleteFileRequest{RequestId: markettest.ID(), Name: last.GetName(), Etag: last.GetEtag()}))(t)
		markettest.Must(declare(m, firm.Ctx(), "b.pdf", content))(t)
		m.Clock.Advance(25 * time.Hour)
		m.Settle()
		markettest.Must(declare(m, firm.Ctx(), "c.pdf", content))(t) // those that were not uploaded have expired
		free = 10<<30 + int64(len(content)) - 1
		markettest.Want(t, markettest.Failed(declare(m, other.Ctx(), "d.pdf", content)), codes.ResourceExhausted, "FILE_SPACE", "")
		free++
		markettest.Must(declare(m, other.Ctx(), "d.pdf", content))(t)
		verified(t, m, 0)
	})
}
