package watching

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entdigest "github.com/jiebang/jiebang/ent/gen/ent/digest"
	entmembership "github.com/jiebang/jiebang/ent/gen/ent/membership"
	entperson "github.com/jiebang/jiebang/ent/gen/ent/person"
	entwatch "github.com/jiebang/jiebang/ent/gen/ent/watch"
	entwatchmute "github.com/jiebang/jiebang/ent/gen/ent/watchmute"
	entwatchtold "github.com/jiebang/jiebang/ent/gen/ent/watchtold"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/matching"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/noticing"
	"github.com/jiebang/jiebang/services/noticing/notice"
	"github.com/jiebang/jiebang/services/watching/watch"
)

const (
	dueBatch  = 100         // digests that are looked up at a time
	patience  = time.Minute // until what no engine could answer is asked again
	mostItems = 100         // of a digest; what is beyond comes with the next
	mostFit   = 50          // demands that are looked at whether they fit
)

// errLater says that no engine can answer now: the digest stays due.
var errLater = errors.New("no search engine can answer")

// DigestDue makes digests that are due and returns when the next one is. Several servers may run it: the one that moves a digest on tells it.
func (s *Watching) DigestDue(ctx context.Context) (next time.Time, err error) {
	due, err := s.db.Read.Digest.Query().Where(entdigest.DueAtNotNil()).Order(entdigest.ByDueAt(), entdigest.ByID()).Limit(dueBatch).All(ctx)
	if err != nil {
		return time.Time{}, err
	}
	var errs []error
	for _, d := range due {
		now := s.db.Clock().Now()
		if d.DueAt.After(now) {
			return *d.DueAt, errors.Join(errs...)
		}
		err := s.digest(ctx, d, now)
		if errors.Is(err, errLater) {
			s.log.Info("a digest comes later: no search engine can answer", "error", err.Error())
			return now.Add(patience), errors.Join(errs...)
		}
		errs = append(errs, err)
	}
	return time.Time{}, errors.Join(errs...)
}

// digest makes one person's digest, tells it if there is something in it, and sets when the next is due.
func (s *Watching) digest(ctx context.Context, d *ent.Digest, now time.Time) error {
	found, err := s.found(ctx, d.ID)
	if err != nil {
		return err
	}
	told, muted, err := s.heard(ctx, d.ID)
	if err != nil {
		return err
	}
	items := watch.Digest(found, told, muted)
	items = items[:min(len(items), mostItems)]
	return storage.Aside(ctx, s.db, func(tx *storage.Side) error {
		moved, err := tx.Digest.Update().Where(entdigest.ID(d.ID), entdigest.DueAt(*d.DueAt)).SetDueAt(watch.Next(*d.DueAt, now)).SetLastAt(now).Save(storage.Several(ctx))
		if err != nil || moved == 0 || len(items) == 0 { // another server was faster, or there is nothing to tell
			return err
		}
		return s.tell(ctx, tx, d, items)
	})
}

// tell notes what is told, and tells it.
func (s *Watching) tell(ctx context.Context, tx *storage.Side, d *ent.Digest, items []watch.Item) error {
	home, _ := id.Jurisdiction(id.Person, d.ID)
	own := noticing.Own{Jurisdiction: home, Person: d.ID, Hooked: d.HookOrganizationID, Kind: "watch.digest", Subject: id.PersonName(d.ID),
		Values: map[string]string{"items": strconv.Itoa(len(items))}}
	for _, i := range items {
		own.Items = append(own.Items, notice.Item{Subject: i.Subject, Title: i.Title, Fresh: i.Fresh, Reasons: i.Reasons})
		_, err := tx.ExecContext(storage.Several(ctx), storage.Rebind(s.db.Dialect(), `INSERT INTO watch_tolds (id, person_id, subject, print, told_at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET print = excluded.print, told_at = excluded.told_at`), d.ID+"/"+i.Subject, d.ID, i.Subject, i.Print, s.db.Clock().Now())
		if err != nil {
			return err
		}
	}
	return s.noticing.Add(ctx, tx, own)
}

// heard is what a person was told of, and what it does not want to hear of.
func (s *Watching) heard(ctx context.Context, personID string) (watch.Told, map[string]bool, error) {
	rows, err := s.db.Read.WatchTold.Query().Where(entwatchtold.PersonID(personID)).All(ctx)
	if err != nil {
		return nil, nil, err
	}
	told, muted := watch.Told{}, map[string]bool{}
	for _, r := range rows {
		told[r.Subject] = r.Print
	}
	mutes, err := s.db.Read.WatchMute.Query().Where(entwatchmute.PersonID(personID)).All(ctx)
	for _, m := range mutes {
		muted[m.Subject] = true
	}
	return told, muted, err
}

// found asks the searches of a person who may still log in, each with the instant since which it counts.
func (s *Watching) found(ctx context.Context, personID string) (map[time.Time][]watch.Found, error) {
	active, err := s.db.Read.Person.Query().Where(entperson.ID(personID), entperson.StateEQ(party.Active)).Exist(ctx)
	if err != nil || !active {
		return nil, err
	}
	searches, err := s.db.Read.Watch.Query().Where(entwatch.PersonID(personID), entwatch.SinceNotNil()).Order(entwatch.ByID()).All(ctx)
	if err != nil {
		return nil, err
	}
	all := map[time.Time][]watch.Found{}
	for _, w := range searches {
		var found []watch.Found
		switch w.Target {
		case watch.FittingDemands:
			found, err = s.fitting(ctx, w)
		case watch.Demands:
			found, err = s.demands(ctx, w)
		case watch.Achievements:
			found, err = s.achievements(ctx, w)
		}
		if err != nil {
			return nil, err
		}
		all[*w.Since] = append(all[*w.Since], found...)
	}
	return all, nil
}

// query is a search as the engines get it, the newest first.
func (s *Watching) query(w *ent.Watch) (engine.Query, engine.And) {
	var filter engine.And
	if len(w.Filter.Fields) > 0 {
		in := engine.In{Attr: "field"}
		for _, f := range w.Filter.Fields {
			in.Values = append(in.Values, engine.Str(strings.ToUpper(string(f))))
		}
		filter = append(filter, in)
	}
	return engine.Query{Text: w.Query, Sort: []engine.Sort{{Attr: "publish_time", Desc: true}}, Limit: pageSize}, filter
}

const pageSize = 100

// pages asks for the pages of a search until its end, or that of what engines show.
func pages[T any](ctx context.Context, q engine.Query, ask func(context.Context, engine.Query) (matching.Found[T], error)) (all []T, err error) {
	for ; q.Offset < engine.MaxWindow; q.Offset += pageSize {
		page, err := ask(ctx, q)
		if err != nil || page.Answer.Engine == matching.ByDatabase {
			return nil, errors.Join(errLater, err)
		}
		if all = append(all, page.Rows...); !page.More {
			break
		}
	}
	return all, nil
}

// demands are the open demands that a search finds.
func (s *Watching) demands(ctx context.Context, w *ent.Watch) ([]watch.Found, error) {
	q, filter := s.query(w)
	filter = append(filter, engine.Eq{Attr: "state", Value: engine.Str("PUBLISHED")}, engine.Range{Attr: "deadline", Min: engine.Time(s.db.Clock().Now()), AboveMin: true})
	if w.Filter.MinBudget != nil {
		filter = append(filter, engine.Range{Attr: "budget", Min: engine.Num(*w.Filter.MinBudget)})
	}
	q.Filter = filter
	rows, err := pages(ctx, q, s.matching.Demands)
	if err != nil {
		return nil, err
	}
	return s.open(ctx, rows, func(*ent.Demand) string { return watch.Because(w.DisplayName, w.Query) })
}

// fitting are the open demands that fit what the person's organization has listed, while the person is its member.
func (s *Watching) fitting(ctx context.Context, w *ent.Watch) ([]watch.Found, error) {
	member, err := s.db.Read.Membership.Query().Where(entmembership.PersonID(w.PersonID), entmembership.OrganizationID(w.OrganizationID), entmembership.StateEQ(party.Member)).Exist(ctx)
	if err != nil || !member {
		return nil, err
	}
	matches, _, err := s.matching.Opportunities(ctx, w.OrganizationID, mostFit)
	if errors.Is(err, matching.ErrNothing) {
		return nil, nil
	}
	if err != nil {
		return nil, errors.Join(errLater, err)
	}
	var rows []*ent.Demand
	why := map[string]string{}
	for _, m := range matches {
		if m.Score < watch.Threshold || !admits(w.Filter, m.Row) {
			continue
		}
		rows = append(rows, m.Row)
		reasons := []string{}
		for _, r := range m.Reasons {
			reasons = append(reasons, r.Text)
		}
		why[m.Row.ID] = fmt.Sprintf("符合订阅“%s”:与本机构的 %s 匹配(%d‰):%s", w.DisplayName, m.Because, m.Score, strings.Join(reasons, ";"))
	}
	return s.open(ctx, rows, func(d *ent.Demand) string { return why[d.ID] })
}

// admits reports whether a filter lets a demand through, as the engines' would.
func admits(f watch.Filter, d *ent.Demand) bool {
	in := len(f.Fields) == 0
	for _, one := range f.Fields {
		in = in || one == d.Field
	}
	return in && (f.MinBudget == nil || d.BudgetFen != nil && *d.BudgetFen >= *f.MinBudget)
}

// open are demands as digests tell them. When what is told of a demand last changed is known to the inbox; its row changes more often.
func (s *Watching) open(ctx context.Context, rows []*ent.Demand, why func(*ent.Demand) string) ([]watch.Found, error) {
	names := make([]string, len(rows))
	for i, d := range rows {
		names[i] = id.DemandName(d.ID)
	}
	changed, err := s.noticing.ChangedAt(ctx, names)
	if err != nil {
		return nil, err
	}
	var all []watch.Found
	for i, d := range rows {
		at, ok := changed[names[i]]
		if !ok || d.PublishedAt == nil {
			continue // the inbox has not come to it yet: it is told the next time
		}
		all = append(all, watch.Found{Subject: names[i], Title: d.Title, Print: printOf(at), Public: *d.PublishedAt, Changed: at, Reason: why(d)})
	}
	return all, nil
}

// achievements are the listed achievements that a search finds.
func (s *Watching) achievements(ctx context.Context, w *ent.Watch) ([]watch.Found, error) {
	q, filter := s.query(w)
	if len(filter) > 0 {
		q.Filter = filter
	}
	rows, err := pages(ctx, q, s.matching.Achievements)
	if err != nil {
		return nil, err
	}
	var all []watch.Found
	for _, a := range rows {
		if a.PublishedAt != nil {
			all = append(all, watch.Found{Subject: id.AchievementName(a.ID), Title: a.Title, Print: printOf(a.UpdatedAt), Public: *a.PublishedAt, Changed: a.UpdatedAt,
				Reason: watch.Because(w.DisplayName, w.Query)})
		}
	}
	return all, nil
}

// printOf stands for what a thing was when it last changed.
func printOf(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) }
