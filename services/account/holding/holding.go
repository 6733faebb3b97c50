// Package holding knows every place where something is held of a person outside the ledger: it shows it, and it erases it.
package holding

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entceremony "github.com/jiebang/jiebang/ent/gen/ent/ceremony"
	entcredential "github.com/jiebang/jiebang/ent/gen/ent/credential"
	entdelivery "github.com/jiebang/jiebang/ent/gen/ent/delivery"
	entdevicelogin "github.com/jiebang/jiebang/ent/gen/ent/devicelogin"
	entdigest "github.com/jiebang/jiebang/ent/gen/ent/digest"
	entfacts "github.com/jiebang/jiebang/ent/gen/ent/facts"
	entlink "github.com/jiebang/jiebang/ent/gen/ent/link"
	entmembership "github.com/jiebang/jiebang/ent/gen/ent/membership"
	entnotice "github.com/jiebang/jiebang/ent/gen/ent/notice"
	entnoticeswitch "github.com/jiebang/jiebang/ent/gen/ent/noticeswitch"
	entsession "github.com/jiebang/jiebang/ent/gen/ent/session"
	entthrottle "github.com/jiebang/jiebang/ent/gen/ent/throttle"
	entwatch "github.com/jiebang/jiebang/ent/gen/ent/watch"
	entwatchmute "github.com/jiebang/jiebang/ent/gen/ent/watchmute"
	entwatchtold "github.com/jiebang/jiebang/ent/gen/ent/watchtold"
	"github.com/jiebang/jiebang/services/account/gauge"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// Export is all that is held of a person, as JSON.
func Export(ctx context.Context, c *ent.Client, p *ent.Person) (string, error) {
	f, err := c.Facts.Get(ctx, p.ID)
	if err != nil {
		return "", err
	}
	members, err := c.Membership.Query().Where(entmembership.PersonID(p.ID)).Order(entmembership.ByID()).All(ctx)
	if err != nil {
		return "", err
	}
	sessions, err := c.Session.Query().Where(entsession.PersonID(p.ID)).Order(entsession.ByCreatedAt(), entsession.ByID()).All(ctx)
	if err != nil {
		return "", err
	}
	links, err := c.Link.Query().Where(entlink.PersonID(p.ID)).Order(entlink.ByID()).All(ctx)
	if err != nil {
		return "", err
	}
	own, err := c.Credential.Query().Where(entcredential.PersonID(p.ID), entcredential.KindNEQ(party.Recovery)).Order(entcredential.ByID()).All(ctx)
	if err != nil {
		return "", err
	}
	watches, err := c.Watch.Query().Where(entwatch.PersonID(p.ID)).Order(entwatch.ByCreatedAt(), entwatch.ByID()).All(ctx)
	if err != nil {
		return "", err
	}
	notices, err := c.Notice.Query().Where(entnotice.PersonID(p.ID)).Order(entnotice.ByCreatedAt(), entnotice.ByID()).All(ctx)
	if err != nil {
		return "", err
	}
	text, err := json.MarshalIndent(export(p, f, rows{members, sessions, links, own, watches, notices}), "", "  ")
	return string(text), err
}

// rows are what several tables have of a person.
type rows struct {
	members  []*ent.Membership
	sessions []*ent.Session
	links    []*ent.Link
	own      []*ent.Credential
	watches  []*ent.Watch
	notices  []*ent.Notice
}

type fields = map[string]any

// export is what is held of a person. Hashes and keys are left out: they say nothing about it.
func export(p *ent.Person, f *ent.Facts, r rows) fields {
	out := fields{"person": id.PersonName(p.ID), "state": p.State, "created": p.CreatedAt, "secured": p.SecuredAt, "login": f.LoginText,
		"display_name": f.DisplayName, "email": f.Email, "phone": f.Phone,
		"ledger": fields{"name": id.LedgerName(p.Jurisdiction), "entries_about_or_by": id.PersonName(p.ID), "last_entry": p.EntrySeq}}
	list := func(name string, n int, of func(i int) fields) {
		all := make([]fields, n)
		for i := range all {
			all[i] = of(i)
		}
		out[name] = all
	}
	list("memberships", len(r.members), func(i int) fields {
		m := r.members[i]
		return fields{"member": id.MemberName(m.OrganizationID, m.ID), "roles": m.Roles, "state": m.State, "invited_by": m.InvitedBy, "created": m.CreatedAt, "changed": m.UpdatedAt}
	})
	list("sessions", len(r.sessions), func(i int) fields {
		s := r.sessions[i]
		return fields{"session": s.ID, "method": s.Method, "address": s.Address, "agent": s.Agent, "created": s.CreatedAt, "seen": s.SeenAt, "ended": s.EndedAt}
	})
	list("links", len(r.links), func(i int) fields {
		return fields{"issuer": r.links[i].Issuer, "subject": r.links[i].Subject, "created": r.links[i].CreatedAt}
	})
	list("credentials", len(r.own), func(i int) fields {
		return fields{"kind": r.own[i].Kind, "label": r.own[i].Label, "created": r.own[i].CreatedAt, "used": r.own[i].UsedAt}
	})
	list("watches", len(r.watches), func(i int) fields {
		w := r.watches[i]
		return fields{"watch": id.WatchName(w.ID), "display_name": w.DisplayName, "target": w.Target, "query": w.Query, "filter": w.Filter, "consented": w.ConsentedAt, "created": w.CreatedAt}
	})
	list("notices", len(r.notices), func(i int) fields {
		n := r.notices[i]
		return fields{"notice": id.NoticeName(n.ID), "kind": n.Kind, "text": n.Text, "items": n.Items, "created": n.CreatedAt, "read": n.ReadAt}
	})
	return out
}

// Wipe deletes what is held of a person in every table that is in no ledger.
func Wipe(ctx context.Context, c *ent.Client, personID string) error {
	f, err := c.Facts.Get(ctx, personID)
	if err != nil {
		return err
	}
	sessions, err := c.Session.Query().Where(entsession.PersonID(personID)).IDs(ctx)
	if err != nil {
		return err
	}
	notices, err := c.Notice.Query().Where(entnotice.PersonID(personID)).IDs(ctx)
	if err != nil {
		return err
	}
	gauges := []string{gauge.Account(f.Login).Key, gauge.Code(personID).Key, gauge.Password(personID).Key}
	for _, remove := range []func(context.Context) (int, error){
		c.DeviceLogin.Delete().Where(entdevicelogin.SessionIDIn(sessions...)).Exec,
		c.Session.Delete().Where(entsession.PersonID(personID)).Exec,
		c.Credential.Delete().Where(entcredential.PersonID(personID)).Exec,
		c.Link.Delete().Where(entlink.PersonID(personID)).Exec,
		c.Ceremony.Delete().Where(entceremony.PersonID(personID)).Exec,
		c.Throttle.Delete().Where(entthrottle.IDIn(gauges...)).Exec,
		c.Delivery.Delete().Where(entdelivery.NoticeIDIn(notices...)).Exec,
		c.Notice.Delete().Where(entnotice.PersonID(personID)).Exec,
		c.NoticeSwitch.Delete().Where(entnoticeswitch.PersonID(personID)).Exec,
		c.Watch.Delete().Where(entwatch.PersonID(personID)).Exec,
		c.WatchMute.Delete().Where(entwatchmute.PersonID(personID)).Exec,
		c.WatchTold.Delete().Where(entwatchtold.PersonID(personID)).Exec,
		c.Digest.Delete().Where(entdigest.ID(personID)).Exec,
		c.Facts.Delete().Where(entfacts.ID(personID)).Exec,
	} {
		if _, err := remove(storage.Several(ctx)); err != nil {
			return err
		}
	}
	return nil
}

// remembered is how long sessions that have ended are kept, for their persons to look at.
const remembered = 30 * 24 * time.Hour

// Sweep deletes what nobody needs any more: old sessions with their addresses, challenges and device logins that were not answered, failures that are
// forgotten.
func Sweep(ctx context.Context, c *ent.Client, now time.Time) error {
	for _, remove := range []func(context.Context) (int, error){
		c.Session.Delete().Where(entsession.ExpiresAtLT(now.Add(-remembered))).Exec,
		c.Ceremony.Delete().Where(entceremony.ExpiresAtLT(now)).Exec,
		c.DeviceLogin.Delete().Where(entdevicelogin.ExpiresAtLT(now)).Exec,
		c.Throttle.Delete().Where(entthrottle.UpdatedAtLT(now.Add(-gauge.Forgotten)), entthrottle.UntilLT(now)).Exec,
	} {
		if _, err := remove(storage.Several(ctx)); err != nil {
			return err
		}
	}
	return nil
}
