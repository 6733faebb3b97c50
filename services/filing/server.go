package filing

import (
	"context"
	"io"
	"time"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entfile "github.com/jiebang/jiebang/ent/gen/ent/file"
	"github.com/jiebang/jiebang/services/filing/file"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedFileServiceServer
	filing *Filing
	pager  *listing.Pager
}

// Serve serves files.
func (f *Filing) Serve(reg grpc.ServiceRegistrar, pager *listing.Pager) {
	pb.RegisterFileServiceServer(reg, server{filing: f, pager: pager})
}

var fields = listing.Fields{
	"state":        {Column: "state", Type: listing.Code},
	"scan":         {Column: "scan", Type: listing.Code},
	"purpose":      {Column: "purpose", Type: listing.Code},
	"jurisdiction": {Column: "jurisdiction"},
	"display_name": {Column: "display_name"},
	"create_time":  {Column: "created_at", Type: listing.Instant},
}

var sorts = map[string]listing.Sort{"create_time desc": {Column: "created_at", Desc: true}, "create_time": {Column: "created_at"}}

func (s server) CreateFile(ctx context.Context, req *pb.CreateFileRequest) (*pb.File, error) {
	return s.answer(s.filing.Create(ctx, req.GetFile().GetJurisdiction(), details(req.GetFile())))
}

func (s server) GetFile(ctx context.Context, req *pb.GetFileRequest) (*pb.File, error) {
	ids, err := rpc.Resource("name", req.GetName(), "files/*")
	if err != nil {
		return nil, err
	}
	row, err := s.filing.Get(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	m := s.filing.Message(row)
	m.ReceivedSize, err = s.filing.Progress(ctx, row)
	return m, err
}

func (s server) ListFiles(ctx context.Context, req *pb.ListFilesRequest) (*pb.ListFilesResponse, error) {
	page, err := s.pager.Open(listing.Query{List: "files", Size: req.GetPageSize(), Token: req.GetPageToken(), Filter: req.GetFilter(),
		OrderBy: req.GetOrderBy(), Sorts: sorts, Default: "create_time desc"})
	if err != nil {
		return nil, err
	}
	filter, err := fields.ParseFilter(req.GetFilter())
	if err != nil {
		return nil, err
	}
	query := s.filing.db.Read.File.Query().Where(page.Where, entfile.OrganizationID(identity.Caller(ctx).Organization))
	if filter != nil {
		query.Where(filter)
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListFilesResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(row *ent.File) (time.Time, string) { return row.CreatedAt, row.ID })
	for _, row := range rows {
		resp.Files = append(resp.Files, s.filing.Message(row))
	}
	return resp, err
}

func (s server) DeleteFile(ctx context.Context, req *pb.DeleteFileRequest) (*pb.File, error) {
	ids, err := rpc.Resource("name", req.GetName(), "files/*")
	if err != nil {
		return nil, err
	}
	return s.answer(s.filing.Delete(ctx, ids[0], req.GetEtag()))
}

func (s server) UploadFile(stream grpc.ClientStreamingServer[pb.UploadFileRequest, pb.File]) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	ids, err := rpc.Resource("name", first.GetName(), "files/*")
	if err != nil {
		return err
	}
	got, err := s.filing.Receive(stream.Context(), ids[0], first.GetOffset(), func() ([]byte, error) {
		if m := first; m != nil {
			first = nil
			return m.GetChunk(), nil
		}
		m, err := stream.Recv()
		return m.GetChunk(), err
	})
	if err != nil {
		return err
	}
	m := s.filing.Message(got.File)
	m.ReceivedSize = got.Size
	return stream.SendAndClose(m)
}

func (s server) DownloadFile(req *pb.DownloadFileRequest, stream grpc.ServerStreamingServer[pb.DownloadFileResponse]) error {
	ids, err := rpc.Resource("name", req.GetName(), "files/*")
	if err != nil {
		return err
	}
	row, content, err := s.filing.Give(stream.Context(), ids[0], req.GetOffset(), req.GetLimit())
	if err != nil {
		return err
	}
	defer content.Close()
	if err := stream.Send(&pb.DownloadFileResponse{File: s.filing.Message(row)}); err != nil {
		return err
	}
	for chunk := make([]byte, file.MaxChunk); ; {
		n, err := io.ReadFull(content, chunk)
		if n > 0 {
			if err := stream.Send(&pb.DownloadFileResponse{Chunk: chunk[:n]}); err != nil {
				return err
			}
		}
		switch err {
		case nil:
		case io.EOF, io.ErrUnexpectedEOF:
			return nil
		default:
			return s.filing.broken(stream.Context(), err)
		}
	}
}

func (s server) answer(row *ent.File, err error) (*pb.File, error) {
	if err != nil {
		return nil, err
	}
	return s.filing.Message(row), nil
}
