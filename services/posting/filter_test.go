package posting_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// filtered are the demands that filters are tried on, by the letter that stands for each below. They are made a second apart from Noon on,
// and each has its deadline an hour after it was made, but d, which has none.
var filtered = []struct {
	letter, title string
	field         pb.TechnologyField
	publish       bool
}{
	{"a", "AI 视觉检测 100%", pb.TechnologyField_NUCLEAR, false},
	{"b", "ai 视觉检测 100_", pb.TechnologyField_NUCLEAR, true},
	{"c", `路径 C:\data 清洗`, pb.TechnologyField_AGRICULTURE, true},
	{"d", "没有截止时间的 'x' \"y\"", pb.TechnologyField_AGRICULTURE, false},
}

// filters are filters and the demands that each finds.
var filters = []struct{ filter, want string }{
	{``, "abcd"}, {` `, "abcd"},
	{`state = "DRAFT"`, "ad"}, {`state = "draft"`, "ad"}, {`state != "DRAFT"`, "bc"}, {`NOT state = "DRAFT"`, "bc"}, {`-state = "DRAFT"`, "bc"},
	{`state = "PUBLISHED" AND field = "NUCLEAR"`, "b"}, {`state = "PUBLISHED" OR field = "NUCLEAR"`, "abc"},
	{`NOT (state = "PUBLISHED" AND field = "NUCLEAR")`, "acd"}, {`(state = "DRAFT" OR state = "PUBLISHED") AND field != "NUCLEAR"`, "cd"},
	{`field = "AEROSPACE"`, ""}, {`field = "NO_SUCH_FIELD"`, ""}, {`field = ""`, ""},
	{`title:"视觉"`, "ab"}, {`title:"AI"`, "a"}, {`title:"ai"`, "b"}, {`title:"Ai"`, ""}, {`title:"%"`, "a"}, {`title:"_"`, "b"}, {`title:"\\"`, "c"},
	{`title:"100%"`, "a"}, {`title:"'x'"`, "d"}, {`title:"\"y\""`, "d"}, {`title:""`, "abcd"}, {`title:"C:\\data"`, "c"}, {`title = "AI"`, ""},
	{`title = "AI 视觉检测 100%"`, "a"}, {`title != "AI 视觉检测 100%"`, "bcd"},
	{`title:"' OR '1'='1"`, ""}, {`title:"'; DROP TABLE demands; --"`, ""}, {`number = "' OR 1=1 --"`, ""},
	{`number = "XQ-330182-2026-0001"`, "b"}, {`number != "XQ-330182-2026-0001"`, "acd"}, {`number:"XQ"`, "bc"},
	{`jurisdiction = "330182"`, "abcd"}, {`jurisdiction = "330127"`, ""}, {`organization = "organizations/none"`, ""}, {`organization = ORG`, "abcd"},
	{`create_time > "2026-03-02T04:00:00Z"`, "bcd"}, {`create_time >= "2026-03-02T04:00:00Z"`, "abcd"}, {`create_time < "2026-03-02T12:00:01+08:00"`, "a"},
	{`create_time <= "2026-03-02T12:00:01+08:00"`, "ab"}, {`create_time = "2026-03-02T04:00:02Z"`, "c"}, {`create_time != "2026-03-02T04:00:02Z"`, "abd"},
	{`create_time > timestamp("2026-03-02T04:00:02Z")`, "d"}, {`create_time > "2026-03-02T04:00:01Z" AND create_time < "2026-03-02T04:00:03Z"`, "c"},
	{`create_time > "2026-03-02T03:59:59.999999Z"`, "abcd"}, {`create_time > "2026-03-02T04:00:00.000001Z"`, "bcd"},
	{`create_time > "0001-01-01T00:00:00Z"`, "abcd"}, {`create_time < "9999-12-31T23:59:59Z"`, "abcd"},
	{`deadline > "2026-03-02T05:00:00Z"`, "bc"}, {`deadline = "2026-03-02T05:00:00Z"`, "a"}, {`NOT deadline = "2026-03-02T05:00:00Z"`, "bc"},
}

// TestFilters tries the filters: each finds the same on both databases.
func TestFilters(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		letters := map[string]string{}
		for _, f := range filtered {
			c := &pb.Demand{Title: f.title, Field: f.field, Deadline: timestamppb.New(m.Clock.Now().Add(time.Hour))}
			if f.letter == "d" {
				c.Deadline = nil
			}
			d := markettest.Must(m.Demands.CreateDemand(firm.Ctx(), &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: c}))(t)
			if f.publish {
				markettest.Must(m.Demands.PublishDemand(firm.Ctx(), &pb.PublishDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag()}))(t)
			}
			letters[d.GetName()] = f.letter
			m.Clock.Advance(time.Second)
		}
		for _, f := range filters {
			filter := strings.ReplaceAll(f.filter, "ORG", fmt.Sprintf("%q", firm.Name))
			for _, size := range []int32{0, 1} {
				resp, err := m.Demands.ListDemands(firm.Ctx(), &pb.ListDemandsRequest{Filter: filter, PageSize: size})
				if err != nil {
					t.Errorf("%s: got %v, want %q", filter, err, f.want)
					continue
				}
				if size == 1 && len(resp.GetDemands()) != min(1, len(f.want)) {
					t.Errorf("%s by pages of 1: got %v, want one of %q", filter, resp.GetDemands(), f.want)
				}
				var got []string
				if size == 0 {
					for _, d := range resp.GetDemands() {
						got = append(got, letters[d.GetName()])
					}
					slices.Sort(got)
					if g := strings.Join(got, ""); g != f.want {
						t.Errorf("%s: got %q, want %q", filter, g, f.want)
					}
				}
			}
		}
	})
}

// badFilters are filters that are refused.
var badFilters = []string{
	`nothing = "x"`, `winning_bid = "x"`, `secret:"x"`, `title`, `"title"`, `title = `, `= "x"`, `title == "x"`, `title = "x`, `title = 'x`, `(title = "x"`, `title = "x")`,
	`title > "x"`, `state:"DRAFT"`, `state > "DRAFT"`, `create_time:"2026"`, `create_time > "yesterday"`, `create_time > "2026-13-01T00:00:00Z"`, `create_time > 5`,
	`title = 5`, `title = true`, `title = title`, `"x" = title`, `title.x = "x"`, `demands.title = "x"`, `AND`, `NOT`, `title = "x" AND`, `title = "x" OR`,
	`title = "x"; DROP TABLE demands`, `1 = 1`, `' OR 1=1 --`, `timestamp("2026-01-01T00:00:00Z")`, `title = duration("1s")`,
	// What the databases would compare differently: less than a microsecond, and years of other than four digits.
	`create_time = "2026-03-02T04:00:00.0000001Z"`, `create_time < "2026-03-02T04:00:00.0000001Z"`, `create_time < "9999-12-31T23:59:59-10:00"`,
	`create_time > "0000-01-01T00:00:00+10:00"`,
}

// TestBadFilters tries what is no filter of demands.
func TestBadFilters(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		long := slices.Concat(badFilters, []string{
			`title = "` + strings.Repeat("x", 1000) + `"`, strings.Repeat("(", 990), strings.Repeat("NOT ", 240), strings.Repeat("-", 1000),
			strings.Repeat(`state="a" OR `, 30) + `state="a"`, strings.Repeat(`title:"" AND `, 31) + `title:""`,
		})
		var refusals []refusal
		for _, f := range long {
			refusals = append(refusals, refusal{fmt.Sprintf("%.40q", f), func() error {
				return markettest.Failed(m.Demands.ListDemands(t.Context(), &pb.ListDemandsRequest{Filter: f}))
			},
				codes.InvalidArgument, "FILTER_INVALID", "filter"})
		}
		refuse(t, m, refusals)
		if _, err := m.Demands.ListDemands(t.Context(), &pb.ListDemandsRequest{Filter: strings.Repeat(`state="a" OR `, 29) + `state="a"`}); err != nil {
			t.Errorf("30 comparisons: got %v, want success", err)
		}
	})
}
