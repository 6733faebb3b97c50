package offering_test

import (
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// change is a change of an offer that is there.
type change struct {
	name  string
	call  func(o *markettest.Member, etag string) error
	field string // where the request has the etag
}

// changes are the changes of an offer.
func (k kind) changes(o offer) []change {
	return []change{
		{"update", func(who *markettest.Member, etag string) error {
			return markettest.Failed(k.update(who.Ctx(), with(o, map[string]string{"etag": etag}), k.title))
		}, k.name + ".etag"},
		{"publish", func(who *markettest.Member, etag string) error {
			return markettest.Failed(k.publish(who.Ctx(), o.GetName(), etag))
		}, "etag"},
		{"withdraw", func(who *markettest.Member, etag string) error {
			return markettest.Failed(k.withdraw(who.Ctx(), o.GetName(), etag))
		}, "etag"},
	}
}

// TestStates tries every change in every state, and walks through all of them.
func TestStates(t *testing.T) {
	allowed := map[string][]string{"DRAFT": {"update", "publish"}, "LISTED": {"update", "withdraw"}, "WITHDRAWN": {"update", "publish"}}
	each(t, func(t *testing.T, m *markettest.Market, k kind) {
		owner := m.University()
		for s, o := range walked(t, k, owner) {
			if state(o) != s {
				t.Fatalf("got %s, want %s", state(o), s)
			}
			for _, c := range k.changes(o) {
				if contains(allowed[s], c.name) {
					continue
				}
				refuse(t, m, []refusal{{s + " " + c.name, func() error { return c.call(owner, o.GetEtag()) }, codes.FailedPrecondition, k.reason("STATE"), ""}})
			}
			for _, name := range allowed[s] {
				for _, c := range k.changes(o) {
					if c.name == name {
						now := markettest.Must(k.get(owner.Ctx(), o.GetName()))(t)
						if name != "update" && state(now) != s {
							continue // the change before has moved it
						}
						if err := c.call(owner, now.GetEtag()); err != nil {
							t.Errorf("%s %s: got %v, want success", s, name, err)
						}
					}
				}
			}
		}
	})
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

// TestMoves lists, withdraws and lists again: the content stays, the time of the listing is the last one's, and each move leaves one entry.
func TestMoves(t *testing.T) {
	each(t, func(t *testing.T, m *markettest.Market, k kind) {
		owner := m.Firm()
		before := markettest.Sizes(t, m)
		o := k.draft(owner)
		draft := proto.Clone(o)
		for i, move := range []func() (offer, error){
			func() (offer, error) { return k.publish(owner.Ctx(), o.GetName(), o.GetEtag()) },
			func() (offer, error) { return k.withdraw(owner.Ctx(), o.GetName(), o.GetEtag()) },
			func() (offer, error) { return k.publish(owner.Ctx(), o.GetName(), o.GetEtag()) },
		} {
			m.Clock.Advance(time.Hour)
			o = markettest.Must(move())(t)
			if got := markettest.Sizes(t, m); got[0] != before[0]+int64(i)+2 || o.GetReceipt().GetSequence() != got[0]-1 {
				t.Errorf("move %d: got a ledger of %d entries and receipt %v, want %d more than %d", i, got[0], o.GetReceipt(), i+2, before[0])
			}
		}
		if at := publishTime(o); !at.Equal(m.Clock.Now()) {
			t.Errorf("listed at %v, want %v", at, m.Clock.Now())
		}
		for _, field := range []string{"state", "etag", "receipt", "update_time", "publish_time"} {
			for _, msg := range []proto.Message{draft, o} {
				without(msg, field)
			}
		}
		if !proto.Equal(draft, o) {
			t.Errorf("moves changed the content:\n%v\nwas\n%v", o, draft)
		}
	})
}

// TestEtags changes an offer without an etag, with an old one and with nonsense.
func TestEtags(t *testing.T) {
	each(t, func(t *testing.T, m *markettest.Market, k kind) {
		owner := m.University()
		var refusals []refusal
		for _, c := range k.changes(walked(t, k, owner)["LISTED"]) {
			refusals = append(refusals, refusal{c.name + " without", func() error { return c.call(owner, "") }, codes.InvalidArgument, "ETAG_REQUIRED", c.field})
			for _, etag := range []string{"1", "3", "02", "nonsense"} {
				refusals = append(refusals, refusal{c.name + " " + etag, func() error { return c.call(owner, etag) }, codes.Aborted, "ETAG_STALE", c.field})
			}
		}
		refuse(t, m, refusals)
	})
}

// TestForeign lets others change an offer: who may read it is told that it is another's, who may not is told that there is none.
func TestForeign(t *testing.T) {
	each(t, func(t *testing.T, m *markettest.Market, k kind) {
		owner, other := m.University(), m.Join(pb.Organization_INSTITUTE)
		editor := m.Token(owner.Name, pb.Role_EDITOR)
		var refusals []refusal
		for s, o := range walked(t, k, owner) {
			for _, c := range k.changes(o) {
				code, reason := codes.NotFound, k.reason("NOT_FOUND")
				if s == "LISTED" {
					code, reason = codes.PermissionDenied, k.reason("FOREIGN")
				}
				refusals = append(refusals,
					refusal{s + " " + c.name + " another's", func() error { return c.call(other, o.GetEtag()) }, code, reason, ""},
					refusal{s + " " + c.name + " by the bureau", func() error { return c.call(m.Bureau, o.GetEtag()) }, codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""})
				if c.name != "update" {
					refusals = append(refusals, refusal{s + " " + c.name + " by an editor", func() error { return c.call(editor, o.GetEtag()) }, codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""})
				}
			}
		}
		refuse(t, m, refusals)
	})
}

// TestOwners lets organizations of every kind offer something, and nobody else.
func TestOwners(t *testing.T) {
	each(t, func(t *testing.T, m *markettest.Market, k kind) {
		for _, organization := range []pb.Organization_Kind{pb.Organization_ENTERPRISE, pb.Organization_UNIVERSITY, pb.Organization_INSTITUTE, pb.Organization_BROKER} {
			owner := m.Join(organization)
			if o := k.draft(owner); o.GetOrganization() != owner.Name || state(o) != "DRAFT" || o.GetReceipt().GetJurisdiction() != markettest.Jurisdiction {
				t.Errorf("%s: got %v", organization, o)
			}
		}
		content := k.draft(m.Firm())
		refuse(t, m, []refusal{
			{"bureau", func() error { return markettest.Failed(k.create(m.Bureau.Ctx(), content)) }, codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"anyone", func() error { return markettest.Failed(k.create(t.Context(), content)) }, codes.Unauthenticated, "TOKEN_MISSING", ""},
		})
	})
}

// TestRaces lets many do the same to one offer: one wins, and the ledger grows by one entry.
func TestRaces(t *testing.T) {
	const callers = 32
	each(t, func(t *testing.T, m *markettest.Market, k kind) {
		owner := m.University()
		for s, name := range map[string]string{"DRAFT": "publish", "LISTED": "withdraw", "WITHDRAWN": "update"} {
			o := walked(t, k, owner)[s]
			for _, c := range k.changes(o) {
				if c.name != name {
					continue
				}
				before := markettest.Sizes(t, m)
				count := markettest.Race(callers, func(int) error { return c.call(owner, o.GetEtag()) })
				if count[""] != 1 || count["ETAG_STALE"] != callers-1 {
					t.Errorf("%s: got %v, want one winner and ETAG_STALE for the others", name, count)
				}
				if got := markettest.Sizes(t, m); got[0] != before[0]+1 {
					t.Errorf("%s: got %d entries, want %d", name, got[0], before[0]+1)
				}
			}
		}
		content := with(k.draft(owner), map[string]string{"external_id": "同一编号"})
		count := markettest.Race(callers, func(int) error { return markettest.Failed(k.create(owner.Ctx(), content)) })
		if count[""] != 1 || count["EXTERNAL_ID_TAKEN"] != callers-1 {
			t.Errorf("create: got %v, want one winner and EXTERNAL_ID_TAKEN for the others", count)
		}
	})
}
