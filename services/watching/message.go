package watching

import (
	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/watching/watch"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

func message(w *ent.Watch) *pb.Watch {
	m := &pb.Watch{Name: id.WatchName(w.ID), DisplayName: w.DisplayName, Target: rpc.Enum[pb.Watch_Target](pb.Watch_Target_value, w.Target), Query: w.Query,
		MinBudget: rpc.OptionalMoney(w.Filter.MinBudget), Notify: w.Since != nil, CreateTime: rpc.Stamp(w.CreatedAt), ConsentTime: rpc.OptionalStamp(w.ConsentedAt),
		Etag: rpc.Etag(w.Version)}
	for _, f := range w.Filter.Fields {
		m.Fields = append(m.Fields, rpc.Enum[pb.TechnologyField](pb.TechnologyField_value, f))
	}
	if w.OrganizationID != "" {
		m.Organization = id.OrganizationName(w.OrganizationID)
	}
	return m
}

// content reads what a person writes.
func content(m *pb.Watch) (c Content, err error) {
	c = Content{DisplayName: m.GetDisplayName(), Query: m.GetQuery(), Notify: m.GetNotify()}
	for _, f := range m.GetFields() {
		c.Filter.Fields = append(c.Filter.Fields, rpc.Stored[demand.Field](f))
	}
	c.Filter.MinBudget, err = rpc.OptionalAmount("watch.min_budget", m.GetMinBudget())
	return c, err
}

func target(m *pb.Watch) watch.Target { return rpc.Stored[watch.Target](m.GetTarget()) }

func digestMessage(d *ent.Digest) *pb.Digest {
	return &pb.Digest{Name: "digest", Webhook: d.HookOrganizationID != "", NextTime: rpc.OptionalStamp(d.DueAt), LastTime: rpc.OptionalStamp(d.LastAt)}
}
