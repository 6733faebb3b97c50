package noticing

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entdelivery "github.com/jiebang/jiebang/ent/gen/ent/delivery"
	entwebhook "github.com/jiebang/jiebang/ent/gen/ent/webhook"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/noticing/hook"
	"github.com/jiebang/jiebang/services/noticing/send"
)

const (
	atOnce  = 8                // webhooks that are sent to at the same time
	lease   = 3 * send.Timeout // how long a server that fell silent keeps a webhook to itself
	inOneGo = 100              // deliveries of a webhook before the others have their turn
)

// DeliverDue sends what is due, to several webhooks at once and to each in order, and returns when something will be due next. Several servers may run it:
// whoever has the lease of a webhook sends to it. A server that falls silent between a POST and its record sends that one again, under the same id.
func (n *Noticing) DeliverDue(ctx context.Context) (next time.Time, err error) {
	waiting, err := n.db.Read.Delivery.Query().Where(entdelivery.StateEQ(hook.Waiting)).Unique(true).Select(entdelivery.FieldWebhookID).Strings(ctx)
	if err != nil || len(waiting) == 0 {
		return time.Time{}, err
	}
	var running sync.WaitGroup
	turns, errs := make(chan struct{}, atOnce), make([]error, len(waiting))
	for i, webhookID := range waiting {
		turns <- struct{}{}
		running.Go(func() {
			defer func() { <-turns }()
			errs[i] = n.drain(ctx, webhookID)
		})
	}
	running.Wait()
	return time.Time{}, errors.Join(errs...)
}

// drain sends what of a webhook is due, until one is not received.
func (n *Noticing) drain(ctx context.Context, webhookID string) error {
	for range inOneGo {
		if d, err := n.head(ctx, webhookID); err != nil || d == nil {
			return err
		}
		h, err := n.take(ctx, webhookID)
		if err != nil || h == nil {
			return err
		}
		d, err := n.head(ctx, webhookID) // another server may have been faster before we had the lease
		if err != nil || d == nil {
			return errors.Join(err, n.give(ctx, webhookID))
		}
		why, err := n.try(ctx, h, d)
		if err != nil || why != "" {
			return err
		}
	}
	return nil
}

// head is the delivery whose turn it is, if its time has come.
func (n *Noticing) head(ctx context.Context, webhookID string) (*ent.Delivery, error) {
	d, err := n.db.Read.Delivery.Query().Where(entdelivery.WebhookID(webhookID), entdelivery.StateEQ(hook.Waiting)).
		Order(entdelivery.ByCreatedAt(), entdelivery.BySequence(), entdelivery.ByID()).First(ctx)
	if ent.IsNotFound(err) || err == nil && d.NextAt.After(n.db.Clock().Now()) {
		return nil, nil
	}
	return d, err
}

// take takes the lease of a webhook that works; nil if another server has it.
func (n *Noticing) take(ctx context.Context, webhookID string) (h *ent.Webhook, err error) {
	now := n.db.Clock().Now()
	err = storage.Aside(ctx, n.db, func(tx *storage.Side) error {
		taken, err := tx.Webhook.Update().Where(entwebhook.ID(webhookID), entwebhook.StateEQ(hook.Active), entwebhook.Or(entwebhook.LeasedUntilIsNil(), entwebhook.LeasedUntilLTE(now))).
			SetLeasedUntil(now.Add(lease)).Save(storage.Several(ctx))
		if err != nil || taken == 0 {
			return err
		}
		h, err = tx.Webhook.Get(ctx, webhookID)
		return err
	})
	return h, err
}

// give gives the lease back.
func (n *Noticing) give(ctx context.Context, webhookID string) error {
	return storage.Aside(ctx, n.db, func(tx *storage.Side) error {
		_, err := tx.Webhook.Update().Where(entwebhook.ID(webhookID)).ClearLeasedUntil().Save(storage.Several(ctx))
		return err
	})
}

// try sends a delivery, notes what came of it and gives the lease back. It returns why the delivery was not received.
func (n *Noticing) try(ctx context.Context, h *ent.Webhook, d *ent.Delivery) (why string, err error) {
	status, failed := n.post(ctx, h, d.NoticeID, d.Body)
	if ctx.Err() != nil {
		return "", errors.Join(ctx.Err(), n.give(context.WithoutCancel(ctx), h.ID)) // the server stops: it was no failure of the other side
	}
	why = send.Why(status, failed)
	return why, storage.Aside(ctx, n.db, func(tx *storage.Side) error {
		now := n.db.Clock().Now()
		u := tx.Delivery.Update().Where(entdelivery.ID(d.ID)).SetAttempts(d.Attempts + 1).SetStatus(status).SetError(why)
		hooked := tx.Webhook.Update().Where(entwebhook.ID(h.ID)).ClearLeasedUntil()
		wait, again := hook.Wait(d.Failed + 1)
		switch {
		case why == "":
			u.SetState(hook.Delivered).SetDeliveredAt(now).SetFailed(0)
			hooked.SetFailures(0)
		case again:
			u.SetFailed(d.Failed + 1).SetNextAt(now.Add(wait))
		default:
			u.SetFailed(d.Failed + 1).SetState(hook.GivenUp)
			if err := n.giveUp(ctx, tx, h, why); err != nil {
				return err
			}
			if hooked.SetFailures(h.Failures + 1); hook.TooMany(h.Failures + 1) {
				hooked.SetState(hook.Disabled)
			}
		}
		if _, err := u.Save(storage.Several(ctx)); err != nil {
			return err
		}
		_, err := hooked.Save(storage.Several(ctx))
		return err
	})
}

// giveUp tells the organization that a notice was given up, and that its webhook is disabled if that was one too many.
func (n *Noticing) giveUp(ctx context.Context, tx *storage.Side, h *ent.Webhook, why string) error {
	home, _ := id.Jurisdiction(id.Organization, h.OrganizationID)
	o := Own{Jurisdiction: home, Organization: h.OrganizationID, Kind: "webhook.given_up", Subject: id.WebhookName(h.OrganizationID, h.ID),
		Values: map[string]string{"url": h.URL, "error": why, "failures": strconv.Itoa(h.Failures + 1)}}
	if err := n.Add(ctx, tx, o); err != nil || !hook.TooMany(h.Failures+1) {
		return err
	}
	o.Kind = "webhook.disabled"
	return n.Add(ctx, tx, o)
}

// post signs a body and sends it.
func (n *Noticing) post(ctx context.Context, h *ent.Webhook, noticeID string, body []byte) (status int, err error) {
	key, err := hook.Key(n.Key, h.Nonce, h.ID)
	if err != nil {
		return 0, err
	}
	at, name := n.db.Clock().Now(), id.NoticeName(noticeID)
	return n.Sender.Post(ctx, send.Message{URL: h.URL, ID: name, At: at, Signature: hook.Sign(key, name, at, body), Body: body})
}

// testTime is how long a test may take: who called for it waits.
const testTime = 5 * time.Second

// Test sends a test to a webhook at once. One that is received lets a disabled webhook work again.
func (n *Noticing) Test(ctx context.Context, organizationID, webhookID string) (*ent.Delivery, error) {
	h, err := n.FindHook(ctx, organizationID, webhookID)
	if err != nil {
		return nil, err
	}
	home, _ := id.Jurisdiction(id.Organization, organizationID)
	now := n.db.Clock().Now()
	row := &ent.Notice{ID: id.New(n.db.Rand(), id.Notice, home), OrganizationID: organizationID, Kind: "webhook.test", Subject: id.WebhookName(organizationID, webhookID),
		Text: "这是一则测试", CreatedAt: now}
	body, err := bodyOf(row)
	if err != nil {
		return nil, err
	}
	sending, done := context.WithTimeout(ctx, testTime)
	defer done()
	status, failed := n.post(sending, h, row.ID, body)
	d := &ent.Delivery{ID: id.New(n.db.Rand(), id.Delivery, home), WebhookID: h.ID, OrganizationID: organizationID, NoticeID: row.ID, Kind: row.Kind, State: hook.GivenUp,
		Attempts: 1, Status: status, Error: send.Why(status, failed), CreatedAt: now, NextAt: now}
	if d.Error == "" {
		d.State, d.DeliveredAt = hook.Delivered, &now
	}
	return d, storage.Aside(ctx, n.db, func(tx *storage.Side) error {
		if d.State == hook.Delivered {
			if _, err := tx.Webhook.Update().Where(entwebhook.ID(h.ID)).SetState(hook.Active).SetFailures(0).Save(storage.Several(ctx)); err != nil {
				return err
			}
		}
		return tx.Delivery.Create().SetID(d.ID).SetWebhookID(d.WebhookID).SetOrganizationID(d.OrganizationID).SetNoticeID(d.NoticeID).SetKind(d.Kind).SetBody(body).
			SetState(d.State).SetAttempts(1).SetStatus(d.Status).SetError(d.Error).SetCreatedAt(now).SetNextAt(now).SetNillableDeliveredAt(d.DeliveredAt).Exec(ctx)
	})
}
