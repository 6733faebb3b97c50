package filing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// chunk is how many bytes are sent at a time.
const chunk = 256 << 10

// upload is one run of an upload.
type upload struct {
	*cli.App
	client  files
	content io.ReadSeeker
	path    string
	resumed bool // it was declared by another run
}

// run sends what the server does not have yet of a file that is declared.
func (u *upload) run(ctx context.Context, f file) (file, error) {
	if f.GetState() != jiebangv1.File_RECEIVING {
		return nil, fmt.Errorf("文件 %s 不在上传中,不能再上传", f.GetName())
	}
	now, err := u.client.GetFile(ctx, &jiebangv1.GetFileRequest{Name: f.GetName()}) // which alone knows how much came
	if err != nil {
		return nil, err
	}
	from := now.GetReceivedSize()
	if _, err := u.content.Seek(from, io.SeekStart); err != nil {
		return nil, err
	}
	n := 1
	if u.resumed {
		n = 0
	}
	done, err := cli.Send(ctx, u.App, n, &jiebangv1.UploadFileRequest{Name: f.GetName(), Offset: from},
		func(ctx context.Context, first *jiebangv1.UploadFileRequest, _ ...grpc.CallOption) (file, error) {
			return u.send(ctx, first, now.GetSize())
		})
	if err != nil {
		u.Note("上传中断;排除原因后可接着上传: jiebang file put %s --resume %s", u.path, f.GetName())
	}
	return done, err
}

func (u *upload) send(ctx context.Context, first *jiebangv1.UploadFileRequest, size int64) (file, error) {
	stream, err := u.client.UploadFile(ctx)
	if err != nil {
		return nil, err
	}
	told, part, next := int64(0), make([]byte, chunk), first
	for sent := first.GetOffset(); ; {
		n, err := io.ReadFull(u.content, part)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, err
		}
		if n == 0 && next != first {
			break
		}
		next.Chunk = part[:n]
		if err := stream.Send(next); err != nil { // why, CloseAndRecv says
			break
		}
		next = &jiebangv1.UploadFileRequest{}
		sent += int64(n)
		told = tell(u.App, "已发送", sent, size, told)
	}
	return stream.CloseAndRecv()
}

// tell tells of each tenth of a long way.
func tell(a *cli.App, what string, done, size, told int64) int64 {
	tenth := done * 10 / max(size, 1)
	if tenth > told && size > 4*chunk {
		a.Note("%s %d%%(共 %d 字节)", what, tenth*10, size)
	}
	return max(told, tenth)
}

// download is one run of a download.
type download struct {
	*cli.App
	client files
	file   file
}

// keep receives the file beside its path, and puts it there when it is whole.
func (d *download) keep(ctx context.Context, path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.part")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(d.receive(ctx, f), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Chmod(f.Name(), 0o644); err != nil { // #nosec G302 -- like any file that one downloads
		return err
	}
	return os.Rename(f.Name(), path)
}

// receive writes the bytes, and makes sure that they are those that were declared.
func (d *download) receive(ctx context.Context, w io.Writer) error {
	stream, err := d.client.DownloadFile(ctx, &jiebangv1.DownloadFileRequest{Name: d.file.GetName()})
	if err != nil {
		return err
	}
	hash, done, told := sha256.New(), int64(0), int64(0)
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if _, err := io.MultiWriter(w, hash).Write(part.GetChunk()); err != nil {
			return err
		}
		done += int64(len(part.GetChunk()))
		told = tell(d.App, "已接收", done, d.file.GetSize(), told)
	}
	if !bytes.Equal(hash.Sum(nil), d.file.GetSha256()) {
		return errDigest
	}
	return nil
}
