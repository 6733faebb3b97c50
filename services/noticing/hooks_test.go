package noticing_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/storagetest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestWebhook makes, tests, lists and deletes a webhook as its organization's owner does. Its secret is said once, and is in no other answer.
func TestWebhook(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, url string) {
		m := markettest.Open(t, url, func(c *services.Config) { c.HookLoopback = true })
		firm, g := m.Firm(), listen(t)
		owner := m.Token(firm.Name, pb.Role_OWNER).Ctx()
		made := markettest.Must(m.Webhooks.CreateWebhook(owner, &pb.CreateWebhookRequest{Parent: firm.Name, Webhook: &pb.Webhook{Url: g.URL, Kinds: []string{"demand.published"}}}))(t)
		h := made.GetWebhook()
		m.Publish(firm, time.Hour)
		m.Notify()
		sent := markettest.Must(m.Webhooks.TestWebhook(owner, &pb.TestWebhookRequest{Name: h.GetName()}))(t)
		if sent.GetState() != pb.Delivery_DELIVERED || sent.GetStatus() != 200 || sent.GetKind() != "webhook.test" {
			t.Errorf("tested: got %v", sent)
		}
		listed := markettest.Must(m.Webhooks.ListWebhooks(owner, &pb.ListWebhooksRequest{Parent: firm.Name}))(t)
		read := markettest.Must(m.Webhooks.GetWebhook(owner, &pb.GetWebhookRequest{Name: h.GetName()}))(t)
		deliveries := markettest.Must(m.Webhooks.ListDeliveries(owner, &pb.ListDeliveriesRequest{Parent: h.GetName()}))(t)
		again := markettest.Must(m.Webhooks.Redeliver(owner, &pb.RedeliverRequest{Name: sent.GetName()}))(t)
		if len(listed.GetWebhooks()) != 1 || !proto.Equal(listed.GetWebhooks()[0], h) || !proto.Equal(read, h) || len(deliveries.GetDeliveries()) != 2 || again.GetState() != pb.Delivery_WAITING {
			t.Errorf("got %v, %v, %v and %v", listed, read, deliveries, again)
		}
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(made.GetSecret(), "whsec_"))
		if err != nil || len(key) != 32 {
			t.Fatalf("got the secret %s", made.GetSecret())
		}
		notices := markettest.Must(m.Notices.ListNotices(owner, &pb.ListNoticesRequest{}))(t)
		for _, answer := range []proto.Message{listed, read, deliveries, again, notices, sent} {
			text := protojson.Format(answer)
			for _, form := range []string{string(key), hex.EncodeToString(key), base64.StdEncoding.EncodeToString(key), "whsec_"} {
				if strings.Contains(text, form) {
					t.Errorf("the secret is in %s", text)
				}
			}
		}
		if got := notices.GetNotices(); len(got) != 2 || got[1].GetKind() != "webhook.created" && got[0].GetKind() != "webhook.created" {
			t.Errorf("got %v, want the owner to be told of the webhook", got)
		}
		markettest.Must(m.Webhooks.DeleteWebhook(owner, &pb.DeleteWebhookRequest{Name: h.GetName()}))(t)
		markettest.Want(t, markettest.Failed(m.Webhooks.GetWebhook(owner, &pb.GetWebhookRequest{Name: h.GetName()})), codes.NotFound, "WEBHOOK_NOT_FOUND", "")
	})
}

// TestWebhookRefusals has the refusals of webhooks.
func TestWebhookRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, other := m.Firm(), m.Firm()
		owner, stranger, secadmin := m.Token(firm.Name, pb.Role_OWNER).Ctx(), m.Token(other.Name, pb.Role_OWNER).Ctx(), m.Token(m.Bureau.Name, pb.Role_SECADMIN).Ctx()
		create := func(ctx context.Context, url string, kinds ...string) func() error {
			return func() error {
				return markettest.Failed(m.Webhooks.CreateWebhook(ctx, &pb.CreateWebhookRequest{Parent: firm.Name, Webhook: &pb.Webhook{Url: url, Kinds: kinds}}))
			}
		}
		const good = "https://jiebang.invalid/"
		h := markettest.Must(m.Webhooks.CreateWebhook(owner, &pb.CreateWebhookRequest{Parent: firm.Name, Webhook: &pb.Webhook{Url: good}}))(t).GetWebhook()
		sent := markettest.Must(m.Webhooks.TestWebhook(owner, &pb.TestWebhookRequest{Name: h.GetName()}))(t)
		if sent.GetState() != pb.Delivery_GIVEN_UP || sent.GetError() != "主机名无法解析" {
			t.Errorf("got %v", sent)
		}
		refuse(t, m, []refusal{
			{"http", create(owner, "http://jiebang.invalid/"), codes.InvalidArgument, "WEBHOOK_URL", "webhook.url"},
			{"this machine", create(owner, "https://127.0.0.1/"), codes.InvalidArgument, "WEBHOOK_URL", "webhook.url"},
			{"none", create(owner, ""), codes.InvalidArgument, "FIELD_INVALID", "webhook.url"},
			{"the same", create(owner, good), codes.AlreadyExists, "WEBHOOK_EXISTS", "webhook.url"},
			{"no such kind", create(owner, good+"2", "bid.submitted"), codes.NotFound, "NOTICE_KIND_NOT_FOUND", ""},
			{"an editor", create(firm.Ctx(), good+"2"), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"another's owner", create(stranger, good+"2"), codes.NotFound, "ORGANIZATION_NOT_FOUND", ""},
			{"the bureau's secadmin", create(secadmin, good+"2"), codes.NotFound, "ORGANIZATION_NOT_FOUND", ""},
			{"listed by another", func() error {
				return markettest.Failed(m.Webhooks.ListWebhooks(stranger, &pb.ListWebhooksRequest{Parent: firm.Name}))
			}, codes.NotFound, "ORGANIZATION_NOT_FOUND", ""},
			{"read by another", func() error {
				return markettest.Failed(m.Webhooks.GetWebhook(stranger, &pb.GetWebhookRequest{Name: h.GetName()}))
			}, codes.NotFound, "WEBHOOK_NOT_FOUND", ""},
			{"read as another's", func() error {
				return markettest.Failed(m.Webhooks.GetWebhook(stranger, &pb.GetWebhookRequest{Name: strings.Replace(h.GetName(), firm.Name, other.Name, 1)}))
			}, codes.NotFound, "WEBHOOK_NOT_FOUND", ""},
			{"deleted by another", func() error {
				return markettest.Failed(m.Webhooks.DeleteWebhook(stranger, &pb.DeleteWebhookRequest{Name: h.GetName()}))
			}, codes.NotFound, "WEBHOOK_NOT_FOUND", ""},
			{"tested by another", func() error {
				return markettest.Failed(m.Webhooks.TestWebhook(stranger, &pb.TestWebhookRequest{Name: h.GetName()}))
			}, codes.NotFound, "WEBHOOK_NOT_FOUND", ""},
			{"deliveries by another", func() error {
				return markettest.Failed(m.Webhooks.ListDeliveries(stranger, &pb.ListDeliveriesRequest{Parent: h.GetName()}))
			}, codes.NotFound, "WEBHOOK_NOT_FOUND", ""},
			{"sent again by another", func() error {
				return markettest.Failed(m.Webhooks.Redeliver(stranger, &pb.RedeliverRequest{Name: sent.GetName()}))
			}, codes.NotFound, "DELIVERY_NOT_FOUND", ""},
			{"nothing sent again", func() error {
				return markettest.Failed(m.Webhooks.Redeliver(owner, &pb.RedeliverRequest{Name: h.GetName() + "/deliveries/y330182-0000000000000000"}))
			}, codes.NotFound, "DELIVERY_NOT_FOUND", ""},
		})
		for i := range 9 {
			if err := create(owner, good+strings.Repeat("a", i+1))(); err != nil {
				t.Fatal(err)
			}
		}
		refuse(t, m, []refusal{{"an eleventh", create(owner, good+"2"), codes.FailedPrecondition, "WEBHOOK_TOO_MANY", ""}})
	})
}
