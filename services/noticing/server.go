package noticing

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entdelivery "github.com/jiebang/jiebang/ent/gen/ent/delivery"
	entnotice "github.com/jiebang/jiebang/ent/gen/ent/notice"
	entwebhook "github.com/jiebang/jiebang/ent/gen/ent/webhook"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedNoticeServiceServer
	pb.UnimplementedWebhookServiceServer
	noticing *Noticing
	pager    *listing.Pager
}

// Serve serves the inbox and webhooks.
func (n *Noticing) Serve(reg grpc.ServiceRegistrar, pager *listing.Pager) {
	s := server{noticing: n, pager: pager}
	pb.RegisterNoticeServiceServer(reg, s)
	pb.RegisterWebhookServiceServer(reg, s)
}

var fields = listing.Fields{
	"kind":        {Column: "kind"},
	"subject":     {Column: "subject"},
	"create_time": {Column: "created_at", Type: listing.Instant},
}

const newest = "create_time desc"

func (s server) ListNotices(ctx context.Context, req *pb.ListNoticesRequest) (*pb.ListNoticesResponse, error) {
	page, err := s.pager.Open(listing.Query{List: fmt.Sprintf("notices %t", req.GetUnread()), Size: req.GetPageSize(), Token: req.GetPageToken(), Filter: req.GetFilter(),
		Sorts: listing.Created, Default: newest})
	if err != nil {
		return nil, err
	}
	filter, err := fields.ParseFilter(req.GetFilter())
	if err != nil {
		return nil, err
	}
	query := s.noticing.db.Read.Notice.Query().Where(page.Where, readable(identity.Caller(ctx)))
	if filter != nil {
		query.Where(filter)
	}
	if req.GetUnread() {
		query.Where(entnotice.ReadAtIsNil())
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListNoticesResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(r *ent.Notice) (time.Time, string) { return r.CreatedAt, r.ID })
	for _, r := range rows {
		resp.Notices = append(resp.Notices, message(r))
	}
	return resp, err
}

// act reads the name of a notice and answers with what do did to it.
func act(name string, do func(noticeID string) (*ent.Notice, error)) (*pb.Notice, error) {
	ids, err := rpc.Resource("name", name, "notices/*")
	if err != nil {
		return nil, err
	}
	row, err := do(ids[0])
	if err != nil {
		return nil, err
	}
	return message(row), nil
}

func (s server) GetNotice(ctx context.Context, req *pb.GetNoticeRequest) (*pb.Notice, error) {
	return act(req.GetName(), func(noticeID string) (*ent.Notice, error) { return s.noticing.Find(ctx, noticeID) })
}

func (s server) MarkNoticeRead(ctx context.Context, req *pb.MarkNoticeReadRequest) (*pb.Notice, error) {
	return act(req.GetName(), func(noticeID string) (*ent.Notice, error) { return s.noticing.MarkRead(ctx, noticeID) })
}

func (s server) MarkNoticesRead(ctx context.Context, req *pb.MarkNoticesReadRequest) (*pb.MarkNoticesReadResponse, error) {
	ids, err := rpc.Resource("name", req.GetName(), "notices/*")
	if err != nil {
		return nil, err
	}
	marked, err := s.noticing.MarkUpTo(ctx, ids[0])
	return &pb.MarkNoticesReadResponse{Marked: int32(marked)}, err
}

func (s server) ListNoticeKinds(ctx context.Context, _ *pb.ListNoticeKindsRequest) (*pb.ListNoticeKindsResponse, error) {
	all, err := s.noticing.Settings(ctx)
	resp := &pb.ListNoticeKindsResponse{}
	for _, one := range all {
		resp.NoticeKinds = append(resp.NoticeKinds, settingMessage(one))
	}
	return resp, err
}

// turn reads the name of a kind and answers with how it is switched now.
func turn(name string, do func(kind string) (Setting, error)) (*pb.NoticeKind, error) {
	ids, err := rpc.Resource("name", name, "noticeKinds/*")
	if err != nil {
		return nil, err
	}
	one, err := do(ids[0])
	if err != nil {
		return nil, err
	}
	return settingMessage(one), nil
}

func (s server) SwitchNotices(ctx context.Context, req *pb.SwitchNoticesRequest) (*pb.NoticeKind, error) {
	return turn(req.GetName(), func(kind string) (Setting, error) { return s.noticing.Switch(ctx, kind, req.GetOff()) })
}

func (s server) SwitchOwnNotices(ctx context.Context, req *pb.SwitchOwnNoticesRequest) (*pb.NoticeKind, error) {
	return turn(req.GetName(), func(kind string) (Setting, error) { return s.noticing.SwitchOwn(ctx, kind, req.GetOff()) })
}

func (s server) CreateWebhook(ctx context.Context, req *pb.CreateWebhookRequest) (*pb.CreateWebhookResponse, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "organizations/*")
	if err != nil {
		return nil, err
	}
	h, secret, err := s.noticing.CreateHook(ctx, ids[0], req.GetWebhook().GetUrl(), req.GetWebhook().GetKinds())
	if err != nil {
		return nil, err
	}
	return &pb.CreateWebhookResponse{Webhook: hookMessage(h), Secret: secret}, nil
}

func (s server) ListWebhooks(ctx context.Context, req *pb.ListWebhooksRequest) (*pb.ListWebhooksResponse, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "organizations/*")
	if err != nil {
		return nil, err
	}
	if err := s.noticing.mine(ctx, ids[0]); err != nil {
		return nil, err
	}
	page, err := s.pager.Open(listing.Query{List: "webhooks of " + ids[0], Size: req.GetPageSize(), Token: req.GetPageToken(), Sorts: listing.Created, Default: newest})
	if err != nil {
		return nil, err
	}
	rows, err := s.noticing.db.Read.Webhook.Query().Where(page.Where, entwebhook.OrganizationID(ids[0])).All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListWebhooksResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(h *ent.Webhook) (time.Time, string) { return h.CreatedAt, h.ID })
	for _, h := range rows {
		resp.Webhooks = append(resp.Webhooks, hookMessage(h))
	}
	return resp, err
}

const hookPattern = "organizations/*/webhooks/*"

func (s server) GetWebhook(ctx context.Context, req *pb.GetWebhookRequest) (*pb.Webhook, error) {
	ids, err := rpc.Resource("name", req.GetName(), hookPattern)
	if err != nil {
		return nil, err
	}
	h, err := s.noticing.FindHook(ctx, ids[0], ids[1])
	if err != nil {
		return nil, err
	}
	return hookMessage(h), nil
}

func (s server) DeleteWebhook(ctx context.Context, req *pb.DeleteWebhookRequest) (*pb.DeleteWebhookResponse, error) {
	ids, err := rpc.Resource("name", req.GetName(), hookPattern)
	if err != nil {
		return nil, err
	}
	return &pb.DeleteWebhookResponse{}, s.noticing.DeleteHook(ctx, ids[0], ids[1])
}

func (s server) TestWebhook(ctx context.Context, req *pb.TestWebhookRequest) (*pb.Delivery, error) {
	ids, err := rpc.Resource("name", req.GetName(), hookPattern)
	if err != nil {
		return nil, err
	}
	return delivered(s.noticing.Test(ctx, ids[0], ids[1]))
}

func (s server) ListDeliveries(ctx context.Context, req *pb.ListDeliveriesRequest) (*pb.ListDeliveriesResponse, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), hookPattern)
	if err != nil {
		return nil, err
	}
	h, err := s.noticing.FindHook(ctx, ids[0], ids[1])
	if err != nil {
		return nil, err
	}
	page, err := s.pager.Open(listing.Query{List: "deliveries of " + h.ID, Size: req.GetPageSize(), Token: req.GetPageToken(), Sorts: listing.Created, Default: newest})
	if err != nil {
		return nil, err
	}
	rows, err := s.noticing.db.Read.Delivery.Query().Where(page.Where, entdelivery.WebhookID(h.ID)).All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListDeliveriesResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(d *ent.Delivery) (time.Time, string) { return d.CreatedAt, d.ID })
	for _, d := range rows {
		resp.Deliveries = append(resp.Deliveries, deliveryMessage(d))
	}
	return resp, err
}

func (s server) Redeliver(ctx context.Context, req *pb.RedeliverRequest) (*pb.Delivery, error) {
	ids, err := rpc.Resource("name", req.GetName(), hookPattern+"/deliveries/*")
	if err != nil {
		return nil, err
	}
	return delivered(s.noticing.Redeliver(ctx, ids[0], ids[1], ids[2]))
}

func delivered(d *ent.Delivery, err error) (*pb.Delivery, error) {
	if err != nil {
		return nil, err
	}
	return deliveryMessage(d), nil
}
