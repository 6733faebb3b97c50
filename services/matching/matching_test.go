// Package matching_test tests the search as its callers use it: over gRPC, on each database.
package matching_test

import (
	"context"
	"fmt"
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

// titles are the titles of demands by the letter that stands for each below; z is a draft.
var titles = map[string]string{
	"a": "超细碳酸钙 AI 视觉检测", "b": "ai 视觉识别 100%", "c": "ＡＩ 全角与 Ω 传感", "d": "100_件 路径 C:\\data", "z": "超细碳酸钙草稿 AI",
}

// queries are queries, the demands that each finds, and those that come first, in whatever order among themselves.
var queries = []struct{ query, want, first string }{
	{"视觉", "ab", "ab"}, {"视觉 AI", "abc", "ab"}, {"AI 视觉 识别", "abc", "b"}, {"  AI\t视觉\n", "abc", "ab"}, {"\u3000AI\u3000视觉", "abc", "ab"}, {"ai", "abc", "abc"}, {"Ai", "abc", "abc"},
	{"碳酸钙", "a", "a"}, {"碳酸鈣", "a", "a"}, {"tansuangai", "a", "a"}, {"草稿", "", ""}, {`C:\data`, "d", "d"}, {"100", "bd", "bd"}, {"全角", "c", "c"}, {"酸钙", "a", "a"},
	{"' OR '1'='1", "", ""}, {"'; DROP TABLE demands; --", "", ""}, {"nothing", "", ""}, {"视觉 nothing", "ab", "ab"}, {"ＡＩ", "abc", "abc"}, {"Ω", "c", "c"},
	{"", "abcd", ""}, {" \u3000\n", "abcd", ""}, {"%", "abcd", ""}, // nothing but signs is no word, and asks for all
}

// TestSearch searches: anyone finds what is published, and nobody a draft.
func TestSearch(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		letters := map[string]string{}
		for letter, title := range titles {
			d := markettest.Must(m.Demands.CreateDemand(firm.Ctx(), &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: &pb.Demand{Title: title, Field: pb.TechnologyField_NUCLEAR,
				Deadline: timestamppb.New(m.Clock.Now().Add(time.Hour))}}))(t)
			if letters[d.GetName()] = letter; letter != "z" {
				markettest.Must(m.Demands.PublishDemand(firm.Ctx(), &pb.PublishDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag()}))(t)
			}
		}
		if err := m.Server.AwaitSearch(t.Context()); err != nil {
			t.Fatal(err)
		}
		for who, ctx := range map[string]context.Context{"anyone": t.Context(), "the firm": firm.Ctx(), "the bureau": m.Bureau.Ctx()} {
			for _, q := range queries {
				var got []string
				for _, d := range markettest.Must(m.Searches.SearchDemands(ctx, &pb.SearchDemandsRequest{Query: q.query}))(t).GetDemands() {
					got = append(got, letters[d.GetName()])
					if read := markettest.Must(m.Demands.GetDemand(ctx, &pb.GetDemandRequest{Name: d.GetName()}))(t); !proto.Equal(read, d) {
						t.Errorf("%s: found %v, read %v", q.query, d, read)
					}
				}
				for _, letter := range got[:min(len(q.first), len(got))] {
					if !strings.Contains(q.first, letter) {
						t.Errorf("%s searches %q: %v, want %q first", who, q.query, got, q.first)
					}
				}
				slices.Sort(got)
				if g := strings.Join(got, ""); g != q.want {
					t.Errorf("%s searches %q: got %q, want %q", who, q.query, g, q.want)
				}
			}
		}
	})
}

// TestSearchPages walks the pages of a search, newest first.
func TestSearchPages(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		var want []string
		for i := range 7 {
			if want = append(want, m.Publish(firm, time.Hour).GetName()); i == 3 {
				m.Draft(firm, time.Hour)
			}
			m.Clock.Advance(time.Second)
		}
		slices.Reverse(want)
		if err := m.Server.AwaitSearch(t.Context()); err != nil {
			t.Fatal(err)
		}
		for size := int32(1); size < 9; size++ {
			var got []string
			req := &pb.SearchDemandsRequest{Query: "碳酸钙", OrderBy: "publish_time desc", PageSize: size}
			for {
				resp := markettest.Must(m.Searches.SearchDemands(t.Context(), req))(t)
				for _, d := range resp.GetDemands() {
					got = append(got, d.GetName())
				}
				if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("in pages of %d: got %v, want %v", size, got, want)
			}
		}
		token := markettest.Must(m.Searches.SearchDemands(t.Context(), &pb.SearchDemandsRequest{Query: "碳酸钙", PageSize: 1}))(t).GetNextPageToken()
		var refusals []refusal
		for want, reqs := range map[[2]string][]*pb.SearchDemandsRequest{
			{"FIELD_INVALID", "query"}:           {{Query: strings.Repeat("字", 101)}},
			{"FIELD_INVALID", "page_size"}:       {{Query: "x", PageSize: -1}},
			{"PAGE_TOKEN_INVALID", "page_token"}: {{Query: "碳酸", PageToken: token}, {Query: "碳酸钙", PageToken: token[1:]}, {Query: "x", PageToken: "x"}},
		} {
			for _, req := range reqs {
				refusals = append(refusals, refusal{fmt.Sprintf("%.60q", req.String()), func() error { return markettest.Failed(m.Searches.SearchDemands(t.Context(), req)) }, codes.InvalidArgument, want[0], want[1]})
			}
		}
		refuse(t, m, refusals)
		markettest.Want(t, markettest.Failed(m.Demands.ListDemands(t.Context(), &pb.ListDemandsRequest{PageToken: token})), codes.InvalidArgument, "PAGE_TOKEN_INVALID", "page_token")
		words := strings.TrimSpace(strings.Repeat("碳 ", 50))
		if got := markettest.Must(m.Searches.SearchDemands(t.Context(), &pb.SearchDemandsRequest{Query: words}))(t).GetDemands(); len(got) != 7 {
			t.Errorf("50 words: got %d, want 7", len(got))
		}
	})
}
