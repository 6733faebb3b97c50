// Package store keeps the bytes of files: in a directory, or in a bucket that speaks S3.
//
//   - A file's bytes are under its digest and its own id, so two files of one content are two things: neither knows of the other, and each goes by itself.
//   - An upload that was cut is kept in pieces until it is finished or given up.
//   - What Put has returned from is durable.
package store

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	_ "gocloud.dev/blob/s3blob" // registers s3://
	"gocloud.dev/gcerrors"
)

// Store is an open store.
type Store struct {
	bucket *blob.Bucket
	dir    string // of a store that is a directory
}

// Open opens a store: a directory, which is made if it is not there, or s3://bucket?endpoint=….
func Open(ctx context.Context, where string) (*Store, error) {
	if u, err := url.Parse(where); err == nil && u.Scheme == "s3" {
		bucket, err := blob.OpenBucket(ctx, where)
		return &Store{bucket: bucket}, err
	}
	if strings.Contains(where, "://") {
		return nil, fmt.Errorf("store of files %q: want a directory, or s3://bucket?endpoint=…", where)
	}
	bucket, err := fileblob.OpenBucket(where, &fileblob.Options{CreateDir: true, DirFileMode: 0o700, NoTempDir: true, Metadata: fileblob.MetadataDontWrite})
	if err != nil {
		return nil, err
	}
	return &Store{bucket, where}, os.Chmod(where, 0o700) // #nosec G302 -- a directory
}

// Dir is the directory of the store; empty if it is elsewhere.
func (s *Store) Dir() string { return s.dir }

// Close closes the store.
func (s *Store) Close() error { return s.bucket.Close() }

// Missing reports whether an error says that something is not there.
func Missing(err error) bool { return gcerrors.Code(err) == gcerrors.NotFound }

// The two places of a store.
const (
	blobs  = "blobs/"
	pieces = "pieces/"
)

func key(sha256 []byte, fileID string) string {
	digest := hex.EncodeToString(sha256)
	return blobs + digest[:2] + "/" + digest + "/" + fileID
}

// Put keeps the bytes of a file.
func (s *Store) Put(ctx context.Context, sha256 []byte, fileID string, content io.Reader) error {
	return s.write(ctx, key(sha256, fileID), content)
}

func (s *Store) write(ctx context.Context, key string, content io.Reader) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // before Close: nothing is kept of what could not be read to its end
	w, err := s.bucket.NewWriter(ctx, key, &blob.WriterOptions{ContentType: "application/octet-stream"})
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, content); err != nil {
		cancel()
		return errors.Join(err, w.Close())
	}
	if err := w.Close(); err != nil {
		return err
	}
	return s.sync(key)
}

// sync makes a file of a directory durable, and its place in it.
func (s *Store) sync(key string) error {
	if s.dir == "" {
		return nil
	}
	for path := filepath.Join(s.dir, filepath.FromSlash(key)); ; path = filepath.Dir(path) {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil || len(path) <= len(s.dir) {
			return err
		}
	}
}

// Read reads the bytes of a file from an offset on; a negative limit is all of them.
func (s *Store) Read(ctx context.Context, sha256 []byte, fileID string, offset, limit int64) (io.ReadCloser, error) {
	return s.bucket.NewRangeReader(ctx, key(sha256, fileID), offset, limit, nil)
}

// Remove removes the bytes of a file; what is not there is removed.
func (s *Store) Remove(ctx context.Context, sha256 []byte, fileID string) error {
	return s.remove(ctx, key(sha256, fileID))
}

func (s *Store) remove(ctx context.Context, key string) error {
	if err := s.bucket.Delete(ctx, key); err != nil && !Missing(err) {
		return err
	}
	if s.dir != "" { // the file's own directory; it stays if there is more in it
		_ = os.Remove(filepath.Dir(filepath.Join(s.dir, filepath.FromSlash(key))))
	}
	return nil
}

// Keep keeps a piece of an upload from an offset on.
func (s *Store) Keep(ctx context.Context, fileID string, offset int64, content io.Reader) error {
	return s.write(ctx, fmt.Sprintf("%s%s/%012d", pieces, fileID, offset), content)
}

// Received is how many bytes of an upload are kept, from the first on without a gap.
func (s *Store) Received(ctx context.Context, fileID string) (n int64, err error) {
	err = s.each(ctx, pieces+fileID+"/", func(o *blob.ListObject) error {
		if offset, err := strconv.ParseInt(o.Key[strings.LastIndexByte(o.Key, '/')+1:], 10, 64); err == nil && offset == n {
			n += o.Size
		}
		return nil
	})
	return n, err
}

// Copy writes the first n bytes that are kept of an upload.
func (s *Store) Copy(ctx context.Context, fileID string, n int64, to io.Writer) error {
	for at := int64(0); at < n; {
		r, err := s.bucket.NewReader(ctx, fmt.Sprintf("%s%s/%012d", pieces, fileID, at), nil)
		if err != nil {
			return err
		}
		copied, err := io.Copy(to, r)
		if err := errors.Join(err, r.Close()); err != nil {
			return err
		}
		at += copied
	}
	return nil
}

// Drop removes what is kept of an upload.
func (s *Store) Drop(ctx context.Context, fileID string) error {
	return s.each(ctx, pieces+fileID+"/", func(o *blob.ListObject) error { return s.remove(ctx, o.Key) })
}

// Thing is something in a store.
type Thing struct {
	FileID string
	Piece  bool // of an upload
	At     time.Time
	key    string
}

// Each goes through everything in the store.
func (s *Store) Each(ctx context.Context, do func(Thing) error) error {
	return s.each(ctx, "", func(o *blob.ListObject) error {
		parts := strings.Split(o.Key, "/")
		switch {
		case len(parts) == 4 && parts[0]+"/" == blobs:
			return do(Thing{FileID: parts[3], At: o.ModTime, key: o.Key})
		case len(parts) == 3 && parts[0]+"/" == pieces:
			return do(Thing{FileID: parts[1], Piece: true, At: o.ModTime, key: o.Key})
		}
		return nil // not ours
	})
}

// Discard removes something.
func (s *Store) Discard(ctx context.Context, t Thing) error { return s.remove(ctx, t.key) }

func (s *Store) each(ctx context.Context, prefix string, do func(*blob.ListObject) error) error {
	all := s.bucket.List(&blob.ListOptions{Prefix: prefix})
	for {
		o, err := all.Next(ctx)
		if err == io.EOF {
			return nil
		}
		if err == nil && !o.IsDir {
			err = do(o)
		}
		if err != nil {
			return err
		}
	}
}
