package offering_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// all reads a whole list in pages.
func (k kind) all(t *testing.T, ctx context.Context, req *pb.ListAchievementsRequest) (names []string, offers []offer) {
	t.Helper()
	req = proto.CloneOf(req)
	for {
		page, next, err := k.list(ctx, req)
		if err != nil {
			t.Fatalf("list %v: %v", req, err)
		}
		for _, o := range page {
			names, offers = append(names, o.GetName()), append(offers, o)
		}
		if next == "" {
			return names, offers
		}
		if len(names) > 1000 {
			t.Fatalf("list %v has no end", req)
		}
		req.PageToken = next
	}
}

// TestVisibility compares, for each kind of caller, the list with what the caller gets one by one.
func TestVisibility(t *testing.T) {
	each(t, func(t *testing.T, m *markettest.Market, k kind) {
		one, two := m.University(), m.Firm()
		var names []string
		for _, owner := range []*markettest.Member{one, two} {
			for _, o := range walked(t, k, owner) {
				names = append(names, o.GetName())
			}
		}
		seen := map[string]int{}
		for who, ctx := range map[string]context.Context{"one": one.Ctx(), "two": two.Ctx(), "editor": m.Token(one.Name, pb.Role_EDITOR).Ctx(), "third": m.Firm().Ctx(),
			"bureau": m.Bureau.Ctx(), "anyone": t.Context()} {
			listed, offers := k.all(t, ctx, &pb.ListAchievementsRequest{PageSize: 1})
			seen[who] = len(listed)
			for i, name := range listed {
				if got := markettest.Must(k.get(ctx, name))(t); !proto.Equal(got, offers[i]) {
					t.Errorf("%s: got %v, listed %v", who, got, offers[i])
				}
			}
			for _, name := range names {
				_, err := k.get(ctx, name)
				if err != nil {
					markettest.Want(t, err, codes.NotFound, k.reason("NOT_FOUND"), "")
				}
				if in := slices.Contains(listed, name); in != (err == nil) {
					t.Errorf("%s %s: listed %t, but get says %v", who, name, in, err)
				}
			}
		}
		if want := map[string]int{"one": 4, "two": 4, "editor": 4, "third": 2, "bureau": 2, "anyone": 2}; fmt.Sprint(seen) != fmt.Sprint(want) {
			t.Errorf("got %v, want %v", seen, want)
		}
	})
}

// TestLists filters and orders lists, by pages of each size.
func TestLists(t *testing.T) {
	each(t, func(t *testing.T, m *markettest.Market, k kind) {
		owner, start := m.University(), m.Clock.Now()
		after := func(field string, d time.Duration) string {
			return fmt.Sprintf("%s > %q", field, start.Add(d).Format(time.RFC3339Nano))
		}
		letters := map[string]string{}
		for i, letter := range []string{"a", "b", "c"} {
			o := markettest.Must(k.create(owner.Ctx(), with(k.draft(m.Firm()), map[string]string{k.title: "标题" + letter + strings.Repeat("字", i+2), "external_id": letter, "region": "33018" + fmt.Sprint(i)})))(t)
			letters[o.GetName()] = letter
			m.Clock.Advance(time.Second)
		}
		publish := func(name string) {
			markettest.Must(k.publish(owner.Ctx(), name, "1"))(t)
			m.Clock.Advance(time.Second)
		}
		for _, letter := range []string{"c", "a"} {
			for name, l := range letters {
				if l == letter {
					publish(name)
				}
			}
		}
		mine := fmt.Sprintf(`organization = %q AND `, owner.Name)
		for _, l := range []struct{ filter, order, want string }{
			{``, "", "cba"}, {``, "create_time", "abc"}, {``, "publish_time", "ca"}, {``, "publish_time desc", "ac"}, {`state = "DRAFT"`, "", "b"}, {`state != "draft"`, "", "ca"},
			{k.title + `:"标题b"`, "", "b"}, {`external_id = "c"`, "", "c"}, {`region = "330180" OR region = "330182"`, "", "ca"}, {`jurisdiction = "330127"`, "", ""},
			{after("create_time", 0), "", "cb"}, {after("publish_time", 3*time.Second), "", "a"}, {after("update_time", 2500*time.Millisecond), "", "ca"},
		} {
			filter := strings.TrimSuffix(mine+l.filter, " AND ")
			if strings.Contains(l.filter, " OR ") {
				filter = mine + "(" + l.filter + ")"
			}
			for size := range int32(4) {
				got := ""
				names, _ := k.all(t, owner.Ctx(), &pb.ListAchievementsRequest{Filter: filter, OrderBy: l.order, PageSize: size})
				for _, name := range names {
					got += letters[name]
				}
				if got != l.want {
					t.Errorf("%s order %q by %d: got %q, want %q", l.filter, l.order, size, got, l.want)
				}
			}
		}
		var refusals []refusal
		for _, c := range []struct {
			req           *pb.ListAchievementsRequest
			reason, field string
		}{
			{&pb.ListAchievementsRequest{Filter: `keywords = "x"`}, "FILTER_INVALID", "filter"}, {&pb.ListAchievementsRequest{OrderBy: "title"}, "ORDER_BY_INVALID", "order_by"},
			{&pb.ListAchievementsRequest{PageToken: "x"}, "PAGE_TOKEN_INVALID", "page_token"}, {&pb.ListAchievementsRequest{PageSize: -1}, "FIELD_INVALID", "page_size"},
		} {
			refusals = append(refusals, refusal{c.reason, func() error { _, _, err := k.list(owner.Ctx(), c.req); return err }, codes.InvalidArgument, c.reason, c.field})
		}
		refuse(t, m, refusals)
	})
}
