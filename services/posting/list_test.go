package posting_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// list reads the whole list in pages.
func list(t testing.TB, ctx context.Context, m *markettest.Market, req *pb.ListDemandsRequest) (names []string, demands []*pb.Demand) {
	t.Helper()
	req = proto.CloneOf(req)
	for {
		resp, err := m.Demands.ListDemands(ctx, req)
		if err != nil {
			t.Fatalf("list %v: %v", req, err)
		}
		if size := int(req.GetPageSize()); size > 0 && len(resp.GetDemands()) > size || len(resp.GetDemands()) == 0 && resp.GetNextPageToken() != "" {
			t.Errorf("list %v: got a page of %d and token %q", req, len(resp.GetDemands()), resp.GetNextPageToken())
		}
		for _, d := range resp.GetDemands() {
			names, demands = append(names, d.GetName()), append(demands, d)
		}
		if resp.GetNextPageToken() == "" {
			return names, demands
		}
		req.PageToken = resp.GetNextPageToken()
	}
}

// many makes demands of two firms in several states and at several instants, some of them at the same.
func many(t *testing.T, m *markettest.Market) (firms [2]*markettest.Member, names []string) {
	t.Helper()
	firms = [2]*markettest.Member{m.Firm(), m.Firm()}
	keep := func(d *pb.Demand) *pb.Demand {
		names = append(names, d.GetName())
		return d
	}
	for i := range 4 {
		firm := firms[i%2]
		keep(m.Draft(firm, time.Duration(i+1)*time.Hour))
		keep(m.Publish(firm, time.Duration(5-i)*time.Hour))
		if i%2 == 1 {
			m.Clock.Advance(time.Microsecond)
		}
	}
	d := keep(m.Publish(firms[0], time.Hour))
	markettest.Must(m.Demands.WithdrawDemand(firms[0].Ctx(), &pb.WithdrawDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag()}))(t)
	m.Close(firms[1], keep(m.Publish(firms[1], time.Minute)))
	keep(markettest.Must(m.Demands.CreateDemand(firms[0].Ctx(), &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: &pb.Demand{Title: "没有截止时间", Field: pb.TechnologyField_NUCLEAR}}))(t))
	return firms, names
}

// TestVisibility compares, for each kind of caller, the list with what the caller gets one by one.
func TestVisibility(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firms, names := many(t, m)
		drafts := map[string]int{}
		for who, ctx := range map[string]context.Context{"first firm": firms[0].Ctx(), "second firm": firms[1].Ctx(), "editor": m.Token(firms[0].Name, pb.Role_EDITOR).Ctx(),
			"university": m.University().Ctx(), "bureau": m.Bureau.Ctx(), "anonymous": t.Context(),
			"other bureau": markettest.As(t.Context(), m.Server.FirstTokens[markettest.Other])} {
			listed, demands := list(t, ctx, m, &pb.ListDemandsRequest{})
			for i, d := range demands {
				if d.GetState() == pb.Demand_DRAFT {
					drafts[who]++
				}
				if got := markettest.Must(m.Demands.GetDemand(ctx, &pb.GetDemandRequest{Name: listed[i]}))(t); !proto.Equal(got, d) {
					t.Errorf("%s: got %v, listed %v", who, got, d)
				}
			}
			for _, name := range names {
				_, err := m.Demands.GetDemand(ctx, &pb.GetDemandRequest{Name: name})
				if err != nil {
					markettest.Want(t, err, codes.NotFound, "DEMAND_NOT_FOUND", "")
				}
				if listed := slices.Contains(listed, name); listed != (err == nil) {
					t.Errorf("%s %s: listed %t, but get says %v", who, name, listed, err)
				}
			}
		}
		if want := map[string]int{"first firm": 3, "second firm": 2, "editor": 3}; fmt.Sprint(drafts) != fmt.Sprint(want) {
			t.Errorf("got drafts %v, want %v", drafts, want)
		}
	})
}

// TestPages walks pages of every size and in every order, and finds what one page has.
func TestPages(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firms, _ := many(t, m)
		ctx := firms[0].Ctx()
		for _, order := range []string{"", "create_time desc", "create_time", "deadline", "deadline desc", " deadline   desc "} {
			whole, demands := list(t, ctx, m, &pb.ListDemandsRequest{OrderBy: order, PageSize: 200})
			if len(whole) < 8 {
				t.Fatalf("%q: got %d demands, want at least 8", order, len(whole))
			}
			at := (*pb.Demand).GetCreateTime
			if strings.Contains(order, "deadline") {
				at = (*pb.Demand).GetDeadline
			}
			rising := order == "create_time" || order == "deadline"
			if !slices.IsSortedFunc(demands, func(a, b *pb.Demand) int {
				if rising {
					return at(a).AsTime().Compare(at(b).AsTime())
				}
				return at(b).AsTime().Compare(at(a).AsTime())
			}) {
				t.Errorf("%q: got %v, which is not in order", order, demands)
			}
			for size := int32(1); size <= int32(len(whole))+1; size++ {
				if got, _ := list(t, ctx, m, &pb.ListDemandsRequest{OrderBy: order, PageSize: size}); !slices.Equal(got, whole) {
					t.Errorf("%q in pages of %d: got %v, want %v", order, size, got, whole)
				}
			}
		}
	})
}

// TestPageSizes reads pages of the usual, the largest and a larger size.
func TestPageSizes(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		for range 205 {
			markettest.Must(m.Demands.CreateDemand(firm.Ctx(), &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: content(m)}))(t)
		}
		for size, want := range map[int32]int{0: 30, 1: 1, 199: 199, 200: 200, 201: 200, math.MaxInt32: 200} {
			resp := markettest.Must(m.Demands.ListDemands(firm.Ctx(), &pb.ListDemandsRequest{PageSize: size}))(t)
			if len(resp.GetDemands()) != want || resp.GetNextPageToken() == "" {
				t.Errorf("page_size %d: got %d and token %q, want %d and a token", size, len(resp.GetDemands()), resp.GetNextPageToken(), want)
			}
		}
	})
}

// TestPageTokens gives a list tokens that are not its own.
func TestPageTokens(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firms, _ := many(t, m)
		ctx := firms[0].Ctx()
		token := markettest.Must(m.Demands.ListDemands(ctx, &pb.ListDemandsRequest{PageSize: 2}))(t).GetNextPageToken()
		flip := func(i int) string {
			other := byte('A')
			if token[i] == other {
				other = 'B'
			}
			return token[:i] + string(other) + token[i+1:]
		}
		requests := map[string]*pb.ListDemandsRequest{
			"another filter": {PageToken: token, Filter: `state = "DRAFT"`}, "another order": {PageToken: token, OrderBy: "create_time"},
			"nonsense": {PageToken: "nonsense"}, "not base64": {PageToken: "~~~~"}, "cut": {PageToken: token[:len(token)-3]}, "longer": {PageToken: token + "AAAA"},
			"first letter": {PageToken: flip(0)}, "middle letter": {PageToken: flip(len(token) / 2)}, "twice": {PageToken: token + token},
		}
		refusals := []refusal{{"another list", func() error {
			return markettest.Failed(m.Contracts.ListContracts(ctx, &pb.ListContractsRequest{PageToken: token}))
		}, codes.InvalidArgument, "PAGE_TOKEN_INVALID", "page_token"}}
		for name, req := range requests {
			refusals = append(refusals, refusal{name, func() error { return markettest.Failed(m.Demands.ListDemands(ctx, req)) }, codes.InvalidArgument, "PAGE_TOKEN_INVALID", "page_token"})
		}
		for _, size := range []int32{-1, math.MinInt32} {
			refusals = append(refusals, refusal{fmt.Sprint(size), func() error {
				return markettest.Failed(m.Demands.ListDemands(ctx, &pb.ListDemandsRequest{PageSize: size}))
			},
				codes.InvalidArgument, "FIELD_INVALID", "page_size"})
		}
		for _, order := range []string{"title", "deadline asc", "create_time DESC", "create_time, deadline", "1; DROP TABLE demands"} {
			refusals = append(refusals, refusal{order, func() error {
				return markettest.Failed(m.Demands.ListDemands(ctx, &pb.ListDemandsRequest{OrderBy: order}))
			},
				codes.InvalidArgument, "ORDER_BY_INVALID", "order_by"})
		}
		refuse(t, m, refusals)
		// A token is for the list, not for the reader: another caller goes on with what it may read itself.
		for _, d := range markettest.Must(m.Demands.ListDemands(t.Context(), &pb.ListDemandsRequest{PageToken: token}))(t).GetDemands() {
			if d.GetState() == pb.Demand_DRAFT {
				t.Errorf("a token of its owner shows anyone the draft %v", d)
			}
		}
	})
}

// TestInsertWhilePaging inserts demands between pages: what was there is listed once.
func TestInsertWhilePaging(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		var want []string
		for range 6 {
			want = append(want, m.Draft(firm, time.Hour).GetName())
			m.Clock.Advance(time.Second)
		}
		slices.Reverse(want)
		var got []string
		req := &pb.ListDemandsRequest{PageSize: 2}
		for {
			resp := markettest.Must(m.Demands.ListDemands(firm.Ctx(), req))(t)
			for _, d := range resp.GetDemands() {
				got = append(got, d.GetName())
			}
			if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
				break
			}
			m.Draft(firm, time.Hour)
			m.Clock.Advance(time.Second)
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		late := timestamppb.New(m.Clock.Now())
		if names, _ := list(t, firm.Ctx(), m, &pb.ListDemandsRequest{Filter: fmt.Sprintf("create_time >= %q", late.AsTime().Format(time.RFC3339))}); len(names) != 0 {
			t.Errorf("after now: got %v, want none", names)
		}
	})
}
