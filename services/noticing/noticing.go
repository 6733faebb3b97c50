// Package noticing tells organizations and persons what concerns them: an inbox that follows the ledger, and webhooks that send it on.
//
//   - What an entry tells, and whom, is the table of noticing/notice; what is not there is told nobody. A sealed bid concerns its bidder alone.
//   - A notice is written in the transaction that moves the consumer's cursor, with what goes to webhooks: each entry is told once.
//   - An organization's inbox is shared by its members and tokens; a person's is its own.
package noticing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entimprint "github.com/jiebang/jiebang/ent/gen/ent/imprint"
	entnoticeswitch "github.com/jiebang/jiebang/ent/gen/ent/noticeswitch"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/noticing/notice"
	"github.com/jiebang/jiebang/services/noticing/send"
)

// Options are what New needs to know.
type Options struct {
	Key    []byte       // that the secrets of webhooks are made with
	Sender *send.Sender // of webhooks
	// Loopback lets webhooks send to this machine, over http too: for development.
	Loopback bool
}

// Noticing tells.
type Noticing struct {
	db *storage.DB
	Options
}

// New returns the noticing of db.
func New(db *storage.DB, o Options) *Noticing { return &Noticing{db, o} }

// Consumer is what makes notices of entries.
func (n *Noticing) Consumer() ledger.Consumer {
	return ledger.Consumer{Name: "notices", Apply: n.apply}
}

func (n *Noticing) apply(ctx context.Context, p *storage.Projection, entries []*entry.Entry) error {
	for _, e := range entries {
		if err := n.tell(ctx, p, e); err != nil {
			return fmt.Errorf("entry %d of %s: %w", e.Sequence, e.Jurisdiction, err)
		}
	}
	return nil
}

// tell writes what an entry tells, and keeps what the next entry of its subject is compared with.
func (n *Noticing) tell(ctx context.Context, p *storage.Projection, e *entry.Entry) error {
	if err := heed(ctx, p, e); err != nil {
		return err
	}
	kept := notice.Kept(e)
	var before, about map[string]string
	var err error
	if kept != nil {
		if before, err = imprint(ctx, p, e.Subject); err != nil {
			return err
		}
	}
	if subject := notice.About(e); subject != "" && notice.Tells(e.Kind) {
		if about, err = imprint(ctx, p, subject); err != nil {
			return err
		}
	}
	told := map[receiver]bool{}
	for _, d := range notice.Tell(e, before, about) {
		to, err := n.receivers(ctx, p, d, e)
		if err != nil {
			return err
		}
		for _, r := range to {
			if told[r] {
				continue // an earlier rule has told it, in words of its own
			}
			told[r] = true
			row := &ent.Notice{Jurisdiction: e.Jurisdiction, Kind: e.Kind, Subject: e.Subject, Text: d.Text, Changes: d.Changes, CreatedAt: e.Time, Sequence: e.Sequence}
			if _, err := n.put(ctx, writer{p.Notices(), p.Deliveries()}, r, row); err != nil {
				return err
			}
		}
	}
	if kept == nil || before != nil && maps.Equal(before, kept) {
		return nil
	}
	return imprinted{e.Subject, kept, e.Time}.keep(ctx, p, before == nil)
}

// ChangedAt is when what the consumer keeps of subjects last changed, by their names; a subject that it does not know is left out.
func (n *Noticing) ChangedAt(ctx context.Context, subjects []string) (map[string]time.Time, error) {
	rows, err := n.db.Read.Imprint.Query().Where(entimprint.IDIn(subjects...)).Select(entimprint.FieldID, entimprint.FieldChangedAt).All(ctx)
	at := make(map[string]time.Time, len(rows))
	for _, r := range rows {
		at[r.ID] = r.ChangedAt
	}
	return at, err
}

// writer is a transaction that notices are written in.
type writer struct {
	notices    *ent.NoticeClient
	deliveries *ent.DeliveryClient
}

// put writes a notice for a receiver, with what goes to its webhooks. It is not written if the receiver has switched the kind off, or if it would be old
// already.
func (n *Noticing) put(ctx context.Context, w writer, r receiver, row *ent.Notice) (written bool, err error) {
	row.ExpiresAt = notice.Expires(row.Kind, row.CreatedAt)
	if !n.db.Clock().Now().Before(row.ExpiresAt) {
		return false, nil
	}
	off, err := n.db.Read.NoticeSwitch.Query().Where(entnoticeswitch.ID(switchID(r, row.Kind))).Exist(ctx)
	if err != nil || off {
		return false, err
	}
	row.OrganizationID, row.PersonID = r.organization, r.person
	if row.ID == "" {
		row.ID = told(row)
	}
	c := w.notices.Create().SetID(row.ID).SetJurisdiction(row.Jurisdiction).SetOrganizationID(row.OrganizationID).SetPersonID(row.PersonID).SetKind(row.Kind).
		SetSubject(row.Subject).SetText(row.Text).SetCreatedAt(row.CreatedAt).SetSequence(row.Sequence).SetExpiresAt(row.ExpiresAt)
	if len(row.Changes) > 0 {
		c.SetChanges(row.Changes)
	}
	if len(row.Items) > 0 {
		c.SetItems(row.Items)
	}
	if err := c.Exec(ctx); err != nil {
		return false, err
	}
	return true, n.enqueue(ctx, w, r.organization, row)
}

// told is the id of the notice of an entry for a receiver: the same entry cannot be told twice.
func told(row *ent.Notice) string {
	h := sha256.Sum256(fmt.Appendf(nil, "notice %s %d %s %s", row.Jurisdiction, row.Sequence, row.Kind, row.OrganizationID+row.PersonID))
	return id.New(bytes.NewReader(h[:]), id.Notice, row.Jurisdiction)
}

// Own is what the platform itself has to tell, beside the ledger.
type Own struct {
	Jurisdiction  string
	Organization  string // the receiver, or
	Person        string // the receiver
	Hooked        string // organization whose webhooks a person's notice goes to as well
	Kind, Subject string
	Values        map[string]string // of the text
	Items         []notice.Item
}

// Add tells it, in a transaction of whoever has to tell it.
func (n *Noticing) Add(ctx context.Context, tx *storage.Side, o Own) error {
	row := &ent.Notice{ID: id.New(n.db.Rand(), id.Notice, o.Jurisdiction), Jurisdiction: o.Jurisdiction, Kind: o.Kind, Subject: o.Subject,
		Text: notice.Fill(o.Kind, o.Values), Items: o.Items, CreatedAt: n.db.Clock().Now()}
	w := writer{tx.Notice, tx.Delivery}
	if written, err := n.put(ctx, w, receiver{o.Organization, o.Person}, row); err != nil || !written {
		return err
	}
	return n.enqueue(ctx, w, o.Hooked, row)
}
