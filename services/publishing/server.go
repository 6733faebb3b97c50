package publishing

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/ledger"
	"github.com/jiebang/jiebang/services/publishing/table"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedPublishingServiceServer
	publishing *Publishing
}

// Serve serves exports and the feed.
func (p *Publishing) Serve(reg grpc.ServiceRegistrar) {
	pb.RegisterPublishingServiceServer(reg, server{publishing: p})
}

const (
	chunk     = 64 << 10 // bytes of a message
	usualLook = 200
	mostLook  = 1000
)

func (s server) ExportTable(req *pb.ExportTableRequest, stream grpc.ServerStreamingServer[pb.ExportTableResponse]) error {
	jurisdiction, err := jurisdictionOf(req.GetParent())
	if err != nil {
		return err
	}
	return s.export(stream, false, Question{Jurisdiction: jurisdiction, Table: rpc.Stored[Table](req.GetTable()), Format: rpc.Stored[table.Format](req.GetFormat())})
}

func (s server) ExportOwnTable(req *pb.ExportOwnTableRequest, stream grpc.ServerStreamingServer[pb.ExportTableResponse]) error {
	jurisdiction, err := jurisdictionOf(req.GetParent())
	if err != nil {
		return err
	}
	return s.export(stream, req.GetValidateOnly(), Question{Jurisdiction: jurisdiction, Table: rpc.Stored[Table](req.GetTable()), Format: rpc.Stored[table.Format](req.GetFormat()), Own: true})
}

// export makes an export and sends it.
func (s server) export(stream grpc.ServerStreamingServer[pb.ExportTableResponse], only bool, q Question) (err error) {
	m, err := s.publishing.Export(stream.Context(), q)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	if err := stream.Send(&pb.ExportTableResponse{Part: &pb.ExportTableResponse_Export{Export: message(m)}}); err != nil || only {
		return err
	}
	buffer := make([]byte, chunk)
	for {
		n, err := io.ReadFull(m, buffer)
		if n > 0 {
			if err := stream.Send(&pb.ExportTableResponse{Part: &pb.ExportTableResponse_Chunk{Chunk: buffer[:n]}}); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func message(m *Made) *pb.Export {
	e := &pb.Export{
		Table: rpc.Enum[pb.Export_Table](pb.Export_Table_value, m.Table), Format: rpc.Enum[pb.Export_Format](pb.Export_Format_value, m.Format), Filename: m.Filename(),
		ContentType: m.Format.ContentType(), Ledger: id.LedgerName(m.Jurisdiction), AsOfSequence: m.AsOf, Definition: m.Definition, ExportTime: rpc.Stamp(m.Time),
		Rows: m.Rows, Size: m.Size, Sha256: m.SHA256,
	}
	if m.Format == packaged {
		e.ContentType = "application/json"
	}
	if m.Receipt != nil {
		e.Receipt = rpc.Receipt(*m.Receipt)
	}
	return e
}

func (s server) ListChanges(ctx context.Context, req *pb.ListChangesRequest) (*pb.ListChangesResponse, error) {
	jurisdiction, err := jurisdictionOf(req.GetParent())
	if err != nil {
		return nil, err
	}
	limit := int(req.GetPageSize())
	if limit == 0 {
		limit = usualLook
	}
	page, err := s.publishing.Changes(ctx, jurisdiction, req.GetFromSequence(), min(limit, mostLook), time.Duration(req.GetWaitSeconds())*time.Second)
	if err != nil {
		return nil, err
	}
	return changes(page), nil
}

func (s server) WatchChanges(req *pb.WatchChangesRequest, stream grpc.ServerStreamingServer[pb.ListChangesResponse]) error {
	jurisdiction, err := jurisdictionOf(req.GetParent())
	if err != nil {
		return err
	}
	return s.publishing.Watch(stream.Context(), jurisdiction, req.GetFromSequence(), func(p *Page) error { return stream.Send(changes(p)) })
}

func changes(p *Page) *pb.ListChangesResponse {
	resp := &pb.ListChangesResponse{NextSequence: p.Next, LedgerSize: p.Size}
	for _, c := range p.Changes {
		resp.Changes = append(resp.Changes, &pb.Change{Sequence: c.Sequence, Kind: c.Kind, Subject: c.Subject, CreateTime: rpc.Stamp(c.Time)})
	}
	return resp
}

func jurisdictionOf(parent string) (string, error) {
	ids, err := rpc.Resource("parent", parent, "ledgers/*")
	if err != nil {
		return "", err
	}
	if !id.IsJurisdiction(ids[0]) {
		return "", ledger.ErrNotFound.With("jurisdiction", ids[0])
	}
	return ids[0], nil
}
