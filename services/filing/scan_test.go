package filing_test

import (
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/filing"
	"github.com/jiebang/jiebang/services/internal/clamavtest"
	"github.com/jiebang/jiebang/services/internal/filetest"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/storagetest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestScanner gives nothing out before it was found clean, and never what is infected; while the scanner is down files wait.
func TestScanner(t *testing.T) {
	d := clamavtest.Start(t)
	each(t, filing.Config{Clamd: d.Address}, func(t *testing.T, m *markettest.Market) {
		d.Down.Store(true)
		firm := m.Firm()
		clean := markettest.Must(put(m, firm.Ctx(), "方案.pdf", long))(t)
		bad := markettest.Must(put(m, firm.Ctx(), "套.zip", filetest.Document("zip", filetest.Entry{Name: "eicar.txt", Text: clamavtest.EICAR, Stored: true})))(t)
		for range 3 {
			m.Settle()
			m.Clock.Advance(10 * time.Minute)
			for _, f := range []*pb.File{clean, bad} {
				if now := get(t, m, firm, f.GetName()); now.GetDownloadable() || now.GetScan() != pb.File_UNSCANNED {
					t.Errorf("the scanner is down: got %v", now)
				}
				_, err := download(m, firm.Ctx(), f.GetName(), 0, 0)
				markettest.Want(t, err, codes.FailedPrecondition, "FILE_UNSCANNED", "")
			}
		}
		d.Down.Store(false)
		m.Clock.Advance(10 * time.Minute)
		m.Settle()
		if now := get(t, m, firm, clean.GetName()); !now.GetDownloadable() || now.GetScan() != pb.File_CLEAN {
			t.Errorf("clean: got %v", now)
		}
		if got, err := download(m, firm.Ctx(), clean.GetName(), 0, 0); err != nil || len(got) != len(long) {
			t.Errorf("clean: got %d bytes %v", len(got), err)
		}
		now := get(t, m, firm, bad.GetName())
		if now.GetDownloadable() || now.GetState() != pb.File_QUARANTINED || now.GetScan() != pb.File_INFECTED {
			t.Errorf("infected: got %v", now)
		}
		_, err := download(m, firm.Ctx(), bad.GetName(), 0, 0)
		markettest.Want(t, err, codes.FailedPrecondition, "FILE_INFECTED", "")
		verified(t, m, 0)
		markettest.Must(m.Files.DeleteFile(firm.Ctx(), &pb.DeleteFileRequest{RequestId: markettest.ID(), Name: now.GetName(), Etag: now.GetEtag()}))(t)
		verified(t, m, 0)
	})
}

// TestSweep removes what a crash has left, leaves what belongs to a file, and verify names what is missing or has been changed.
func TestSweep(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, url string) {
		dir := t.TempDir()
		m := markettest.Open(t, url, func(c *services.Config) { c.Files.Store = dir })
		firm := m.Firm()
		markettest.Must(put(m, firm.Ctx(), "方案.pdf", long))(t)
		gone := markettest.Must(put(m, firm.Ctx(), "照片.png", filetest.PNG()))(t)
		half := markettest.Must(declare(m, firm.Ctx(), "方案.pdf", long))(t)
		markettest.Must(upload(m, firm.Ctx(), half.GetName(), 0, long[:1000], 1000))(t)
		digest := sha256.Sum256(long)
		orphan := filepath.Join(dir, "blobs/00", strings.Repeat("00", 32), "f330182-0000000000000000")
		if err := errors.Join(os.MkdirAll(filepath.Dir(orphan), 0o700), os.WriteFile(orphan, digest[:], 0o600)); err != nil {
			t.Fatal(err)
		}
		if n := inStore(t, dir); n != 4 {
			t.Errorf("got %d things in the store, want 4", n)
		}
		m.Clock.Set(time.Now().Add(2 * time.Hour)) // the store tells the time by the machine
		m.Settle()
		for until := time.Now().Add(10 * time.Second); inStore(t, dir) != 2 && time.Now().Before(until); { // a job that was faster erases after it has committed
			time.Sleep(10 * time.Millisecond)
		}
		if n := inStore(t, dir); n != 2 { // and the upload's time is over
			t.Errorf("swept: got %d things in the store, want 2", n)
		}
		if now := get(t, m, firm, half.GetName()); now.GetState() != pb.File_EXPIRED {
			t.Errorf("got %v, want it expired", now)
		}
		verified(t, m, 0)
		paths, err := filepath.Glob(filepath.Join(dir, "blobs/*/*/*"))
		if err != nil || len(paths) != 2 {
			t.Fatal(paths, err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, strings.TrimPrefix(gone.GetName(), "files/")) {
				err = os.Remove(path)
			} else {
				err = os.WriteFile(path, append([]byte("x"), long[1:]...), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		verified(t, m, 2)
		_, err = download(m, firm.Ctx(), gone.GetName(), 0, 0)
		markettest.Want(t, err, codes.Unavailable, "FILE_STORE", "")
		if strings.Contains(err.Error(), dir) {
			t.Errorf("the answer tells the path: %v", err)
		}
	})
}

// inStore counts the files below a directory.
func inStore(t *testing.T, dir string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
