package watching

import (
	"context"
	"time"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entwatch "github.com/jiebang/jiebang/ent/gen/ent/watch"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedWatchServiceServer
	watching *Watching
	pager    *listing.Pager
}

// Serve serves saved searches.
func (s *Watching) Serve(reg grpc.ServiceRegistrar, pager *listing.Pager) {
	pb.RegisterWatchServiceServer(reg, server{watching: s, pager: pager})
}

func (s server) CreateWatch(ctx context.Context, req *pb.CreateWatchRequest) (*pb.Watch, error) {
	c, err := content(req.GetWatch())
	if err != nil {
		return nil, err
	}
	return answer(s.watching.Create(ctx, target(req.GetWatch()), c))
}

func (s server) GetWatch(ctx context.Context, req *pb.GetWatchRequest) (*pb.Watch, error) {
	ids, err := rpc.Resource("name", req.GetName(), "watches/*")
	if err != nil {
		return nil, err
	}
	return answer(s.watching.Find(ctx, ids[0]))
}

func (s server) ListWatches(ctx context.Context, req *pb.ListWatchesRequest) (*pb.ListWatchesResponse, error) {
	caller, err := itsPerson(ctx)
	if err != nil {
		return nil, err
	}
	page, err := s.pager.Open(listing.Query{List: "watches", Size: req.GetPageSize(), Token: req.GetPageToken(), Sorts: listing.Created, Default: "create_time desc"})
	if err != nil {
		return nil, err
	}
	rows, err := s.watching.db.Read.Watch.Query().Where(page.Where, entwatch.PersonID(caller.Person)).All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListWatchesResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(w *ent.Watch) (time.Time, string) { return w.CreatedAt, w.ID })
	for _, w := range rows {
		resp.Watches = append(resp.Watches, message(w))
	}
	return resp, err
}

func (s server) UpdateWatch(ctx context.Context, req *pb.UpdateWatchRequest) (*pb.Watch, error) {
	ids, err := rpc.Resource("watch.name", req.GetWatch().GetName(), "watches/*")
	if err != nil {
		return nil, err
	}
	m, mask, err := rpc.Update(req.GetWatch(), "watch", req.GetUpdateMask(), contentFields)
	if err != nil {
		return nil, err
	}
	c, err := content(m)
	if err != nil {
		return nil, err
	}
	return answer(s.watching.Edit(ctx, ids[0], req.GetWatch().GetEtag(), c, mask))
}

func (s server) DeleteWatch(ctx context.Context, req *pb.DeleteWatchRequest) (*pb.DeleteWatchResponse, error) {
	ids, err := rpc.Resource("name", req.GetName(), "watches/*")
	if err != nil {
		return nil, err
	}
	return &pb.DeleteWatchResponse{}, s.watching.Delete(ctx, ids[0])
}

func (s server) MuteDemand(ctx context.Context, req *pb.MuteDemandRequest) (*pb.MuteDemandResponse, error) {
	ids, err := rpc.Resource("name", req.GetName(), "demands/*")
	if err != nil {
		return nil, err
	}
	return &pb.MuteDemandResponse{}, s.watching.Mute(ctx, ids[0], req.GetUnmute())
}

func (s server) GetDigest(ctx context.Context, _ *pb.GetDigestRequest) (*pb.Digest, error) {
	return digested(s.watching.Digest(ctx))
}

func (s server) UpdateDigest(ctx context.Context, req *pb.UpdateDigestRequest) (*pb.Digest, error) {
	return digested(s.watching.Hook(ctx, req.GetDigest().GetWebhook()))
}

func answer(w *ent.Watch, err error) (*pb.Watch, error) {
	if err != nil {
		return nil, err
	}
	return message(w), nil
}

func digested(d *ent.Digest, err error) (*pb.Digest, error) {
	if err != nil {
		return nil, err
	}
	return digestMessage(d), nil
}
