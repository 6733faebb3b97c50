// Package transfer carries the bytes of files and of exports over HTTP. It is a client of the API like any other: what it may do, its caller may do.
//
//   - Nothing is shown: a file is always an attachment, of a type that is not guessed at, in a sandbox in which nothing runs.
//   - A cookie counts for nothing here: a page of somebody else's cannot fetch or send in a visitor's name.
package transfer

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/jiebang/jiebang/services/internal/clock"
	"github.com/jiebang/jiebang/services/internal/rpc"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

const (
	chunk    = 256 << 10        // bytes of a message
	patience = 10 * time.Minute // for one transfer, as long as the call may take
)

// Transfer carries files.
type Transfer struct{ files pb.FileServiceClient }

// New returns the transfer of the services behind a connection.
func New(conn grpc.ClientConnInterface) *Transfer { return &Transfer{pb.NewFileServiceClient(conn)} }

// Register puts the two paths where they belong, before the others of files, which are rest's.
func (t *Transfer) Register(mux *http.ServeMux, rest http.Handler) {
	mux.HandleFunc("/v1/files/{file}", func(w http.ResponseWriter, r *http.Request) {
		file, verb, _ := strings.Cut(r.PathValue("file"), ":")
		switch {
		case verb == "upload" && (r.Method == http.MethodPut || r.Method == http.MethodPost):
			t.upload(w, r, "files/"+file)
		case verb == "download" && r.Method == http.MethodGet:
			t.download(w, r, "files/"+file)
		default:
			rest.ServeHTTP(w, r)
		}
	})
}

// as is a context that calls for a visitor with the credential of its header.
func as(r *http.Request) context.Context {
	ctx := rpc.FromVisitor(r)
	if a := r.Header.Get("Authorization"); a != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", a)
	}
	return ctx
}

// upload sends the body of a request.
func (t *Transfer) upload(w http.ResponseWriter, r *http.Request, name string) {
	query := r.URL.Query()
	offset, err := number(query, "offset")
	if err != nil {
		rpc.WriteError(w, r, err)
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(clock.System{}.Now().Add(patience))
	_ = http.NewResponseController(w).SetWriteDeadline(clock.System{}.Now().Add(patience + time.Minute))
	// Where the body ends is said by the body: what came of one whose sender has gone is kept.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(as(r)), patience)
	defer cancel()
	stream, err := t.files.UploadFile(ctx)
	if err != nil {
		rpc.WriteError(w, r, err)
		return
	}
	file, err := send(stream, r.Body, &pb.UploadFileRequest{Name: name, Offset: offset, RequestId: query.Get("request_id"), ValidateOnly: query.Get("validate_only") == "true"})
	if err != nil {
		rpc.WriteError(w, r, err)
		return
	}
	answer, err := protojson.MarshalOptions{EmitDefaultValues: true}.Marshal(file)
	if err != nil {
		rpc.WriteError(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answer)
}

// send sends a body behind the first message. What could be read before the body broke off is kept by the service, as it is of a body that ends early.
func send(stream grpc.ClientStreamingClient[pb.UploadFileRequest, pb.File], body io.Reader, first *pb.UploadFileRequest) (*pb.File, error) {
	err := stream.Send(first)
	for buffer := make([]byte, chunk); err == nil; {
		n, readErr := io.ReadFull(body, buffer)
		if n > 0 {
			err = stream.Send(&pb.UploadFileRequest{Chunk: buffer[:n]})
		}
		if readErr != nil {
			break
		}
	}
	if err != nil && !errors.Is(err, io.EOF) { // which says that the answer is there
		return nil, err
	}
	return stream.CloseAndRecv()
}

// number reads a number of a query that may be absent.
func number(query url.Values, name string) (int64, error) {
	text := query.Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, rpc.ErrField.At(name).With("field", name).With("rule", "int64.gte").With("limit", "0")
	}
	return n, nil
}

// download answers with the bytes of a file, or with the range of them that is asked for.
func (t *Transfer) download(w http.ResponseWriter, r *http.Request, name string) {
	ctx := as(r)
	file, err := t.files.GetFile(ctx, &pb.GetFileRequest{Name: name})
	if err != nil {
		rpc.WriteError(w, r, err)
		return
	}
	etag := `"` + hex.EncodeToString(file.GetSha256()) + `"`
	asked := r.Header.Get("Range")
	if given := r.Header.Get("If-Range"); given != "" && given != etag {
		asked = ""
	}
	from, to, partial, ok := span(asked, file.GetSize())
	if !ok {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", file.GetSize()))
		http.Error(w, "the range is not in the file", http.StatusRequestedRangeNotSatisfiable)
		return
	}
	stream, err := t.files.DownloadFile(ctx, &pb.DownloadFileRequest{Name: name, Offset: from, Limit: to - from + 1})
	if err != nil {
		rpc.WriteError(w, r, err)
		return
	}
	if _, err := stream.Recv(); err != nil { // the file, which is known
		rpc.WriteError(w, r, err)
		return
	}
	_ = http.NewResponseController(w).SetWriteDeadline(clock.System{}.Now().Add(patience))
	headers(w.Header(), file, etag)
	w.Header().Set("Content-Length", strconv.FormatInt(to-from+1, 10))
	if partial {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to, file.GetSize()))
		w.WriteHeader(http.StatusPartialContent)
	}
	for {
		m, err := stream.Recv()
		if err == io.EOF {
			return
		}
		if err != nil {
			panic(http.ErrAbortHandler) // the connection is cut, so that nobody takes what came for the whole
		}
		if _, err := w.Write(m.GetChunk()); err != nil {
			return
		}
	}
}

// headers are those of every file that is given out.
func headers(h http.Header, file *pb.File, etag string) {
	h.Set("Content-Type", file.GetMediaType())
	h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+strings.ReplaceAll(url.QueryEscape(file.GetDisplayName()), "+", "%20"))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Accept-Ranges", "bytes")
	h.Set("ETag", etag)
}

// span reads a Range of one range; several, or what is no range, is answered with the whole, as RFC 9110 allows.
func span(asked string, size int64) (from, to int64, partial, ok bool) {
	first, last, is := strings.Cut(strings.TrimPrefix(asked, "bytes="), "-")
	from, err1 := strconv.ParseInt(first, 10, 64)
	to, err2 := strconv.ParseInt(last, 10, 64)
	switch {
	case !strings.HasPrefix(asked, "bytes=") || !is:
		return 0, size - 1, false, true
	case first == "" && err2 == nil && to > 0: // the last bytes
		return max(size-to, 0), size - 1, true, true
	case err1 != nil || last != "" && (err2 != nil || to < from):
		return 0, size - 1, false, true
	case last == "" || to >= size:
		to = size - 1
	}
	return from, to, true, from < size
}
