package noticing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entdelivery "github.com/jiebang/jiebang/ent/gen/ent/delivery"
	entwebhook "github.com/jiebang/jiebang/ent/gen/ent/webhook"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/noticing/hook"
	"github.com/jiebang/jiebang/services/noticing/notice"
)

// aboutHooks begins the kinds of notices that no webhook gets: what cannot be sent must not make more to send.
const aboutHooks = "webhook."

// enqueue puts a notice in the queues of the webhooks of an organization that want it. One that came before a webhook was made does not concern it.
func (n *Noticing) enqueue(ctx context.Context, w writer, organizationID string, row *ent.Notice) error {
	if organizationID == "" || strings.HasPrefix(row.Kind, aboutHooks) {
		return nil
	}
	hooks, err := n.db.Read.Webhook.Query().Where(entwebhook.OrganizationID(organizationID), entwebhook.CreatedAtLTE(row.CreatedAt)).Order(entwebhook.ByID()).All(ctx)
	if err != nil {
		return err
	}
	for _, h := range hooks {
		if len(h.Kinds) > 0 && !slices.Contains(h.Kinds, row.Kind) {
			continue
		}
		body, err := bodyOf(row)
		if err != nil {
			return err
		}
		err = w.deliveries.Create().SetID(queued(row, h)).SetWebhookID(h.ID).SetOrganizationID(h.OrganizationID).SetNoticeID(row.ID).
			SetKind(row.Kind).SetBody(body).SetState(hook.Waiting).SetNextAt(row.CreatedAt).SetCreatedAt(row.CreatedAt).SetSequence(row.Sequence).Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

// queued is the id of the delivery of a notice to a webhook: like the notice, it is made of what it comes of, and leaves chance alone.
func queued(row *ent.Notice, h *ent.Webhook) string {
	sum := sha256.Sum256([]byte("delivery " + row.ID + " " + h.ID))
	return id.New(bytes.NewReader(sum[:]), id.Delivery, row.Jurisdiction)
}

// payload is the body of a webhook, as WebhookService describes it.
type payload struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      data      `json:"data"`
}

type data struct {
	Name     string          `json:"name"`
	Receiver string          `json:"receiver"`
	Subject  string          `json:"subject"`
	Text     string          `json:"text"`
	Changes  []notice.Change `json:"changes,omitempty"`
	Items    []notice.Item   `json:"items,omitempty"`
}

func bodyOf(row *ent.Notice) ([]byte, error) {
	return json.Marshal(payload{row.Kind, row.CreatedAt.UTC(), data{id.NoticeName(row.ID), receiverName(row), row.Subject, row.Text, row.Changes, row.Items}})
}

func receiverName(row *ent.Notice) string {
	if row.PersonID != "" {
		return id.PersonName(row.PersonID)
	}
	return id.OrganizationName(row.OrganizationID)
}

// mine makes sure that the caller may do to an organization's webhooks what it calls for.
func (n *Noticing) mine(ctx context.Context, organizationID string) error {
	home, ok := id.Jurisdiction(id.Organization, organizationID)
	hidden := identity.ErrNotFound.With("organization", organizationID)
	if !ok {
		return hidden
	}
	return identity.May(ctx, identity.Caller(ctx), policy.Object{Owner: organizationID, Jurisdiction: home}, hidden, hidden)
}

// CreateHook makes a webhook of an organization and returns its secret, which is kept nowhere.
func (n *Noticing) CreateHook(ctx context.Context, organizationID, url string, kinds []string) (h *ent.Webhook, secret string, err error) {
	if err := n.mine(ctx, organizationID); err != nil {
		return nil, "", err
	}
	if err := hook.CheckURL(url, n.Loopback); err != nil {
		return nil, "", err
	}
	for _, k := range kinds {
		if _, err := notice.Find(k); err != nil {
			return nil, "", err
		}
	}
	home, _ := id.Jurisdiction(id.Organization, organizationID)
	h = &ent.Webhook{ID: id.New(n.db.Rand(), id.Webhook, home), OrganizationID: organizationID, URL: url, Kinds: kinds, Nonce: chance.Bytes(n.db.Rand(), hook.NonceSize),
		State: hook.Active, CreatedBy: identity.Caller(ctx).Principal(), CreatedAt: n.db.Clock().Now()}
	err = storage.Aside(ctx, n.db, func(tx *storage.Side) error {
		have, err := tx.Webhook.Query().Where(entwebhook.OrganizationID(organizationID)).All(ctx)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(have, func(o *ent.Webhook) bool { return o.URL == url }) {
			return hook.ErrExists.At("webhook.url")
		}
		if len(have) >= hook.Most {
			return hook.ErrTooMany.With("most", hook.Most)
		}
		if err := tx.Webhook.Create().SetID(h.ID).SetOrganizationID(h.OrganizationID).SetURL(h.URL).SetKinds(h.Kinds).SetNonce(h.Nonce).SetState(h.State).
			SetCreatedBy(h.CreatedBy).SetCreatedAt(h.CreatedAt).Exec(ctx); err != nil {
			return err
		}
		return n.Add(ctx, tx, Own{Jurisdiction: home, Organization: organizationID, Kind: "webhook.created", Subject: id.WebhookName(organizationID, h.ID),
			Values: map[string]string{"url": url}})
	})
	if ent.IsConstraintError(err) { // somebody made it in the same instant
		return nil, "", hook.ErrExists.At("webhook.url")
	}
	if err != nil {
		return nil, "", err
	}
	key, err := hook.Key(n.Key, h.Nonce, h.ID)
	return h, hook.Secret(key), err
}

// FindHook reads a webhook of the caller's organization.
func (n *Noticing) FindHook(ctx context.Context, organizationID, webhookID string) (*ent.Webhook, error) {
	h, err := n.db.Read.Webhook.Query().Where(entwebhook.ID(webhookID), entwebhook.OrganizationID(organizationID)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, hook.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	if n.mine(ctx, organizationID) != nil {
		return nil, hook.ErrNotFound
	}
	return h, nil
}

// DeleteHook deletes a webhook with what waits for it.
func (n *Noticing) DeleteHook(ctx context.Context, organizationID, webhookID string) error {
	h, err := n.FindHook(ctx, organizationID, webhookID)
	if err != nil {
		return err
	}
	return storage.Aside(ctx, n.db, func(tx *storage.Side) error {
		if _, err := tx.Delivery.Delete().Where(entdelivery.WebhookID(h.ID)).Exec(storage.Several(ctx)); err != nil {
			return err
		}
		_, err := tx.Webhook.Delete().Where(entwebhook.ID(h.ID)).Exec(storage.Several(ctx))
		return err
	})
}

// Redeliver puts a delivery that is over in the queue again.
func (n *Noticing) Redeliver(ctx context.Context, organizationID, webhookID, deliveryID string) (*ent.Delivery, error) {
	if n.mine(ctx, organizationID) != nil {
		return nil, hook.ErrDelivery
	}
	which := entdelivery.And(entdelivery.ID(deliveryID), entdelivery.WebhookID(webhookID), entdelivery.OrganizationID(organizationID))
	var d *ent.Delivery
	err := storage.Aside(ctx, n.db, func(tx *storage.Side) (err error) {
		if _, err = tx.Delivery.Update().Where(which, entdelivery.StateNEQ(hook.Waiting)).SetState(hook.Waiting).SetFailed(0).SetNextAt(n.db.Clock().Now()).
			ClearDeliveredAt().Save(storage.Several(ctx)); err != nil {
			return err
		}
		d, err = tx.Delivery.Query().Where(which).Only(ctx)
		return err
	})
	if ent.IsNotFound(err) {
		return nil, hook.ErrDelivery
	}
	return d, err
}
