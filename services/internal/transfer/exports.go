package transfer

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/services/internal/clock"
	"github.com/jiebang/jiebang/services/internal/rpc"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Exports carries exports: /v1/ledgers/330182/exports/demands.xlsx, GET for what is public, POST with a request_id in the query for what is the
// caller's own.
func Exports(conn grpc.ClientConnInterface) http.Handler {
	client := pb.NewPublishingServiceClient(conn)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, extension, _ := strings.Cut(r.PathValue("file"), ".")
		table, format := pb.Export_Table(pb.Export_Table_value[strings.ToUpper(name)]), pb.Export_Format(pb.Export_Format_value[strings.ToUpper(extension)])
		if table == 0 || format == 0 || r.Method != http.MethodGet && r.Method != http.MethodPost {
			rpc.NoRoute(w, r)
			return
		}
		ctx, cancel := context.WithCancel(as(r))
		defer cancel()
		parent := "ledgers/" + r.PathValue("ledger")
		var stream grpc.ServerStreamingClient[pb.ExportTableResponse]
		var err error
		if r.Method == http.MethodGet {
			stream, err = client.ExportTable(ctx, &pb.ExportTableRequest{Parent: parent, Table: table, Format: format})
		} else {
			stream, err = client.ExportOwnTable(ctx, &pb.ExportOwnTableRequest{Parent: parent, Table: table, Format: format, RequestId: r.URL.Query().Get("request_id")})
		}
		if err != nil {
			rpc.WriteError(w, r, err)
			return
		}
		_ = http.NewResponseController(w).SetWriteDeadline(clock.System{}.Now().Add(patience))
		give(w, r, stream)
	})
}

// give gives out an export as a file to keep.
func give(w http.ResponseWriter, r *http.Request, stream grpc.ServerStreamingClient[pb.ExportTableResponse]) {
	first, err := stream.Recv()
	if err != nil {
		rpc.WriteError(w, r, err)
		return
	}
	e := first.GetExport()
	h := w.Header()
	h.Set("Content-Type", e.GetContentType())
	h.Set("Content-Length", fmt.Sprint(e.GetSize()))
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", e.GetFilename()))
	h.Set("Etag", fmt.Sprintf("%q", fmt.Sprintf("%x", e.GetSha256())))
	for {
		part, err := stream.Recv()
		if err != nil { // the end; or the file is shorter than its length says, which every client sees
			return
		}
		if _, err := w.Write(part.GetChunk()); err != nil {
			return
		}
	}
}
