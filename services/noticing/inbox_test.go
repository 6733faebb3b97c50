package noticing_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// inbox is what a caller has, the oldest first.
func inbox(t *testing.T, m *markettest.Market, ctx context.Context) []*pb.Notice {
	t.Helper()
	catchUp(m)
	return notices(t, m, ctx)
}

// catchUp lets the inbox catch up. The server's own follower may be about to write what there is: a change that comes after it is answered after it is there.
func catchUp(m *markettest.Market) {
	m.Notify()
	m.Token(m.Bureau.Name, pb.Role_AUDITOR)
}

// notices is what a caller has now, the oldest first.
func notices(t *testing.T, m *markettest.Market, ctx context.Context) []*pb.Notice {
	t.Helper()
	var all []*pb.Notice
	req := &pb.ListNoticesRequest{PageSize: 3}
	for {
		resp := markettest.Must(m.Notices.ListNotices(ctx, req))(t)
		all = append(all, resp.GetNotices()...)
		if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
			slices.Reverse(all)
			return all
		}
	}
}

// kinds are the kinds of notices, each with what it tells an organization about its own part.
func kinds(all []*pb.Notice) (out []string) {
	for _, n := range all {
		out = append(out, n.GetKind())
	}
	slices.Sort(out)
	return out
}

// TestInbox goes from a demand to a contract: each is told what concerns it, once, and who has no part is told nothing.
func TestInbox(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, zju, loser, stranger := m.Firm(), m.University(), m.University(), m.Firm()
		d := m.Publish(firm, time.Hour)
		won, lost := m.Bid(zju, d, 5), m.Bid(loser, d, 6)
		d = m.Close(firm, d)
		m.Award(firm, d, won)
		d = markettest.Must(m.Demands.GetDemand(firm.Ctx(), &pb.GetDemandRequest{Name: d.GetName()}))(t)
		k := m.Sign(zju, m.Sign(firm, m.Contract(firm, d)))
		contract := []string{"contract.activated", "contract.drafted", "contract.proposed", "contract.signed"}
		want := map[*markettest.Member][]string{
			firm: slices.Concat(contract, []string{"demand.awarded", "demand.closed", "demand.contracted", "demand.published"}),
			zju:  slices.Concat([]string{"bid.opened", "bid.won"}, contract), loser: {"bid.not_selected", "bid.opened"}, stranger: nil, m.Bureau: nil,
		}
		for who, kindsOf := range want {
			got := inbox(t, m, who.Ctx())
			if diff := cmp.Diff(kindsOf, kinds(got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", who.Name, diff)
			}
			for _, n := range got {
				if n.GetReceiver() != who.Name || n.GetReadTime() != nil || !n.GetExpireTime().AsTime().After(n.GetCreateTime().AsTime().Add(89*24*time.Hour)) {
					t.Errorf("got %v", n)
				}
			}
		}
		for _, n := range inbox(t, m, zju.Ctx()) {
			switch n.GetKind() {
			case "bid.won":
				if n.GetSubject() != won.GetName() || !strings.Contains(n.GetText(), d.GetTitle()) || !strings.Contains(n.GetText(), d.GetNumber()) {
					t.Errorf("got %v", n)
				}
			case "contract.activated":
				if n.GetSubject() != k.GetName() || !strings.Contains(n.GetText(), k.GetNumber()) || !strings.Contains(n.GetText(), "总额 5.00 元") {
					t.Errorf("got %v", n)
				}
			}
		}
		if n := inbox(t, m, loser.Ctx()); n[0].GetSubject() != lost.GetName() {
			t.Errorf("got %v, want it about its own bid", n)
		}
	})
}

// TestSealed bids, replaces and withdraws before the deadline: nobody is told anything, neither in the inbox nor by a webhook.
func TestSealed(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, zju, quitter := m.Firm(), m.University(), m.University()
		owner := m.Token(firm.Name, pb.Role_OWNER)
		hook := markettest.Must(m.Webhooks.CreateWebhook(owner.Ctx(), &pb.CreateWebhookRequest{Parent: firm.Name, Webhook: &pb.Webhook{Url: "https://jiebang.invalid/"}}))(t).GetWebhook()
		d := m.Publish(firm, time.Hour)
		all := map[string]context.Context{"firm": firm.Ctx(), "bidder": zju.Ctx(), "quitter": quitter.Ctx(), "other": m.University().Ctx(), "bureau": m.Bureau.Ctx(),
			"auditor": m.Token(m.Bureau.Name, pb.Role_AUDITOR).Ctx()}
		before := map[string][]*pb.Notice{}
		for who, ctx := range all {
			before[who] = inbox(t, m, ctx)
		}
		queue := func() int {
			return len(markettest.Must(m.Webhooks.ListDeliveries(owner.Ctx(), &pb.ListDeliveriesRequest{Parent: hook.GetName()}))(t).GetDeliveries())
		}
		queued := queue()
		b := m.Bid(zju, d, 5)
		markettest.Must(m.Bids.ReplaceBid(zju.Ctx(), &pb.ReplaceBidRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: b.GetEtag(), Amount: markettest.Yuan(4), Proposal: "新"}))(t)
		b = m.Bid(quitter, d, 6)
		markettest.Must(m.Bids.WithdrawBid(quitter.Ctx(), &pb.WithdrawBidRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: b.GetEtag()}))(t)
		for who, ctx := range all {
			got := inbox(t, m, ctx)
			if !slices.EqualFunc(got, before[who], func(a, b *pb.Notice) bool { return proto.Equal(a, b) }) {
				t.Errorf("%s: got %v, want %v", who, got, before[who])
			}
		}
		if got := queue(); got != queued || queued != 1 {
			t.Errorf("got %d deliveries, want the %d of before", got, queued)
		}
	})
}

// TestPersons asks for what two persons do, and changes roles: who asked is told what became of it, in its own inbox.
func TestPersons(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		first, second := m.Found(m.Bureau.Name, pb.Role_OPERATOR), m.Found(m.Bureau.Name, pb.Role_APPROVER)
		req := &pb.SuspendOrganizationRequest{RequestId: markettest.ID(), Name: firm.Name, Etag: "1", Reason: "材料不实"}
		markettest.Want(t, markettest.Failed(m.Organizations.SuspendOrganization(first.Ctx(), req)), codes.FailedPrecondition, "APPROVAL_REQUIRED", "")
		asked := inbox(t, m, second.Ctx())
		if len(asked) != 1 || asked[0].GetKind() != "approval.asked" || !strings.Contains(asked[0].GetText(), "停用机构 "+firm.Name) {
			t.Fatalf("got %v", asked)
		}
		v := markettest.Must(m.Approvals.GetApproval(second.Ctx(), &pb.GetApprovalRequest{Name: asked[0].GetSubject()}))(t)
		markettest.Must(m.Approvals.ApproveRequest(second.Ctx(), &pb.ApproveRequestRequest{RequestId: markettest.ID(), Name: v.GetName(), Etag: v.GetEtag(), Digest: v.GetDigest()}))(t)
		markettest.Must(m.Organizations.SuspendOrganization(first.Ctx(), req))(t)
		if diff := cmp.Diff([]string{"approval.approved", "approval.asked"}, kinds(inbox(t, m, first.Ctx()))); diff != "" {
			t.Errorf("the first (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"approval.asked"}, kinds(inbox(t, m, second.Ctx()))); diff != "" {
			t.Errorf("the second (-want +got):\n%s", diff)
		}
		if got := inbox(t, m, firm.Ctx()); len(got) != 1 || !strings.Contains(got[0].GetText(), "材料不实") {
			t.Errorf("the firm: got %v", got)
		}
	})
}

// TestRead marks notices as read, one and all up to one.
func TestRead(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, other := m.Firm(), m.Firm()
		var all []*pb.Notice
		for range 4 {
			m.Clock.Advance(time.Second)
			m.Publish(firm, time.Hour)
			m.Publish(other, time.Hour)
		}
		all = inbox(t, m, firm.Ctx())
		unread := func(ctx context.Context) int {
			return len(markettest.Must(m.Notices.ListNotices(ctx, &pb.ListNoticesRequest{Unread: true}))(t).GetNotices())
		}
		m.Clock.Advance(time.Second)
		one := markettest.Must(m.Notices.MarkNoticeRead(firm.Ctx(), &pb.MarkNoticeReadRequest{Name: all[3].GetName()}))(t)
		m.Clock.Advance(time.Second)
		again := markettest.Must(m.Notices.MarkNoticeRead(firm.Ctx(), &pb.MarkNoticeReadRequest{Name: all[3].GetName()}))(t)
		read := markettest.Must(m.Notices.GetNotice(firm.Ctx(), &pb.GetNoticeRequest{Name: all[3].GetName()}))(t)
		if one.GetReadTime() == nil || !proto.Equal(one, again) || !proto.Equal(one, read) || unread(firm.Ctx()) != 3 {
			t.Errorf("got %v, %v and %v, unread %d", one, again, read, unread(firm.Ctx()))
		}
		if got := markettest.Must(m.Notices.MarkNoticesRead(firm.Ctx(), &pb.MarkNoticesReadRequest{Name: all[1].GetName()}))(t).GetMarked(); got != 2 || unread(firm.Ctx()) != 1 {
			t.Errorf("got %d marked, %d unread", got, unread(firm.Ctx()))
		}
		if got := unread(other.Ctx()); got != 4 {
			t.Errorf("the other firm: got %d unread, want all 4", got)
		}
		filter := `kind = "demand.published" AND create_time > "` + all[0].GetCreateTime().AsTime().Format(time.RFC3339) + `"`
		if got := markettest.Must(m.Notices.ListNotices(firm.Ctx(), &pb.ListNoticesRequest{Filter: filter}))(t).GetNotices(); len(got) != 3 {
			t.Errorf("%s: got %v", filter, got)
		}
	})
}

// TestSwitch switches kinds off for an organization and for a person: it is as if they did not happen, and for others nothing changes.
func TestSwitch(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, other := m.Firm(), m.Firm()
		owner, person := m.Token(firm.Name, pb.Role_OWNER), m.Person(firm.Name, pb.Role_EDITOR)
		for range 2 {
			got := markettest.Must(m.Notices.SwitchNotices(owner.Ctx(), &pb.SwitchNoticesRequest{Name: "noticeKinds/demand.published", Off: true}))(t)
			if !got.GetOff() || got.GetOwnOff() || got.GetTitle() != "需求发布" || got.GetKeptDays() != 180 || !slices.Equal(got.GetReceivers(), []string{"本机构"}) {
				t.Errorf("got %v", got)
			}
		}
		markettest.Must(m.Notices.SwitchOwnNotices(person.Ctx(), &pb.SwitchOwnNoticesRequest{Name: "noticeKinds/watch.digest", Off: true}))(t)
		m.Publish(firm, time.Hour)
		m.Publish(other, time.Hour)
		if got := inbox(t, m, firm.Ctx()); len(got) != 0 {
			t.Errorf("got %v, want nothing", got)
		}
		if got := inbox(t, m, other.Ctx()); len(got) != 1 {
			t.Errorf("the other firm: got %v, want one", got)
		}
		off := map[string][2]bool{}
		for _, k := range markettest.Must(m.Notices.ListNoticeKinds(person.Ctx(), &pb.ListNoticeKindsRequest{}))(t).GetNoticeKinds() {
			if k.GetOff() || k.GetOwnOff() {
				off[k.GetName()] = [2]bool{k.GetOff(), k.GetOwnOff()}
			}
		}
		if diff := cmp.Diff(map[string][2]bool{"noticeKinds/demand.published": {true, false}, "noticeKinds/watch.digest": {false, true}}, off); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		markettest.Must(m.Notices.SwitchNotices(owner.Ctx(), &pb.SwitchNoticesRequest{Name: "noticeKinds/demand.published"}))(t)
		m.Publish(firm, time.Hour)
		if got := inbox(t, m, firm.Ctx()); len(got) != 1 {
			t.Errorf("switched on: got %v, want what came since", got)
		}
	})
}

// TestRefusals has the refusals of the inbox.
func TestRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, other := m.Firm(), m.Firm()
		owner := m.Token(firm.Name, pb.Role_OWNER)
		m.Publish(firm, time.Hour)
		auditor := m.Token(m.Bureau.Name, pb.Role_AUDITOR)
		name := inbox(t, m, firm.Ctx())[0].GetName()
		get := func(ctx context.Context, name string) func() error {
			return func() error { return markettest.Failed(m.Notices.GetNotice(ctx, &pb.GetNoticeRequest{Name: name})) }
		}
		refuse(t, m, []refusal{
			{"another's", get(other.Ctx(), name), codes.NotFound, "NOTICE_NOT_FOUND", ""},
			{"the bureau", get(m.Bureau.Ctx(), name), codes.NotFound, "NOTICE_NOT_FOUND", ""},
			{"an auditor", get(auditor.Ctx(), name), codes.NotFound, "NOTICE_NOT_FOUND", ""},
			{"nothing", get(firm.Ctx(), "notices/n330182-0000000000000000"), codes.NotFound, "NOTICE_NOT_FOUND", ""},
			{"no name", get(firm.Ctx(), "x"), codes.InvalidArgument, "FIELD_INVALID", "name"},
			{"nobody", get(t.Context(), name), codes.Unauthenticated, "TOKEN_MISSING", ""},
			{"marked by another", func() error {
				return markettest.Failed(m.Notices.MarkNoticeRead(other.Ctx(), &pb.MarkNoticeReadRequest{Name: name}))
			}, codes.NotFound, "NOTICE_NOT_FOUND", ""},
			{"all marked by another", func() error {
				return markettest.Failed(m.Notices.MarkNoticesRead(other.Ctx(), &pb.MarkNoticesReadRequest{Name: name}))
			}, codes.NotFound, "NOTICE_NOT_FOUND", ""},
			{"switched by an editor", func() error {
				return markettest.Failed(m.Notices.SwitchNotices(firm.Ctx(), &pb.SwitchNoticesRequest{Name: "noticeKinds/demand.closed", Off: true}))
			}, codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"switched for a token", func() error {
				return markettest.Failed(m.Notices.SwitchOwnNotices(firm.Ctx(), &pb.SwitchOwnNoticesRequest{Name: "noticeKinds/demand.closed", Off: true}))
			}, codes.PermissionDenied, "SESSION_REQUIRED", ""},
			{"no such kind", func() error {
				return markettest.Failed(m.Notices.SwitchNotices(owner.Ctx(), &pb.SwitchNoticesRequest{Name: "noticeKinds/bid.submitted", Off: true}))
			}, codes.NotFound, "NOTICE_KIND_NOT_FOUND", ""},
			{"filter by text", func() error {
				return markettest.Failed(m.Notices.ListNotices(firm.Ctx(), &pb.ListNoticesRequest{Filter: `text:"需求"`}))
			}, codes.InvalidArgument, "FILTER_INVALID", "filter"},
		})
	})
}
