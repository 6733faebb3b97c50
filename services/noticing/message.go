package noticing

import (
	"strings"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/noticing/hook"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

func message(row *ent.Notice) *pb.Notice {
	m := &pb.Notice{Name: id.NoticeName(row.ID), Kind: row.Kind, Subject: row.Subject, Text: row.Text, Receiver: receiverName(row), CreateTime: rpc.Stamp(row.CreatedAt),
		ReadTime: rpc.OptionalStamp(row.ReadAt), ExpireTime: rpc.Stamp(row.ExpiresAt)}
	for _, c := range row.Changes {
		m.Changes = append(m.Changes, &pb.Notice_Change{Field: c.Field, Label: c.Label, Before: c.Before, After: c.After})
	}
	for _, i := range row.Items {
		m.Items = append(m.Items, &pb.Notice_Item{Subject: i.Subject, Title: i.Title, Fresh: i.Fresh, Reasons: i.Reasons})
	}
	return m
}

func settingMessage(s Setting) *pb.NoticeKind {
	m := &pb.NoticeKind{Name: "noticeKinds/" + s.Name, Title: s.Title, Off: s.Off, OwnOff: s.OwnOff, KeptDays: int32(s.Days)}
	for _, a := range s.To {
		m.Receivers = append(m.Receivers, string(a))
	}
	return m
}

func hookMessage(h *ent.Webhook) *pb.Webhook {
	m := &pb.Webhook{Name: id.WebhookName(h.OrganizationID, h.ID), Url: h.URL, Kinds: h.Kinds, State: rpc.Enum[pb.Webhook_State](pb.Webhook_State_value, h.State),
		Failures: int32(h.Failures), CreateTime: rpc.Stamp(h.CreatedAt), Creator: h.CreatedBy}
	if _, person := id.Jurisdiction(id.Person, h.CreatedBy); person {
		m.Creator = id.PersonName(h.CreatedBy)
	}
	return m
}

func deliveryMessage(d *ent.Delivery) *pb.Delivery {
	m := &pb.Delivery{Name: strings.Join([]string{id.WebhookName(d.OrganizationID, d.WebhookID), "deliveries", d.ID}, "/"), Notice: id.NoticeName(d.NoticeID), Kind: d.Kind,
		State: rpc.Enum[pb.Delivery_State](pb.Delivery_State_value, d.State), Attempts: int32(d.Attempts), Status: int32(d.Status), Error: d.Error,
		CreateTime: rpc.Stamp(d.CreatedAt), DeliverTime: rpc.OptionalStamp(d.DeliveredAt)}
	if d.State == hook.Waiting {
		m.NextTime = rpc.Stamp(d.NextAt)
	}
	return m
}
