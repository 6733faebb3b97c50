package matching

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/index"
	"github.com/jiebang/jiebang/services/matching/match"
	"github.com/jiebang/jiebang/services/offering"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

func protoName(name string) protoreflect.Name { return protoreflect.Name(name) }

// snippets writes what was found in each hit, as runs of text and never as markup. Fields in which nothing was found are left out.
func snippets(hits []engine.Hit) []*pb.Snippet {
	all := make([]*pb.Snippet, len(hits))
	for i, h := range hits {
		all[i] = &pb.Snippet{}
		for _, field := range fieldOrder {
			for _, f := range h.Highlights[field] {
				if len(f.Marks) > 0 {
					all[i].Fragments = append(all[i].Fragments, &pb.Fragment{Field: field, Parts: parts(f)})
				}
			}
		}
	}
	return all
}

// fieldOrder is the order in which fragments are shown.
var fieldOrder = []string{"title", "display_name", "number", "keywords", "position", "description", "summary", "introduction", "equipment"}

// parts cuts a fragment at its marks.
func parts(f engine.Fragment) (all []*pb.Fragment_Part) {
	add := func(text string, found bool) {
		if text != "" {
			all = append(all, &pb.Fragment_Part{Text: strings.ToValidUTF8(text, ""), Found: found})
		}
	}
	at := 0
	for _, m := range f.Marks {
		add(f.Text[at:m.Start], false)
		add(f.Text[m.Start:m.End], true)
		at = m.End
	}
	add(f.Text[at:], false)
	return all
}

// facets writes the counts in the order in which they were asked for.
func facets(asked []string, a index.Answer) (all []*pb.Facet) {
	for _, name := range asked {
		f := &pb.Facet{Attribute: name}
		for _, b := range a.Facets[name] {
			f.Values = append(f.Values, &pb.Facet_Value{Value: b.Value, Count: int32(b.Count)})
		}
		all = append(all, f)
	}
	return all
}

func info(a index.Answer) *pb.SearchInfo {
	return &pb.SearchInfo{TotalSize: int32(a.Total), Exact: a.Exact, Engine: a.Engine}
}

// reasons writes why two things match.
func reasons(all []match.Reason) (out []*pb.MatchReason) {
	for _, r := range all {
		out = append(out, &pb.MatchReason{Kind: rpc.Enum[pb.MatchReason_Kind](pb.MatchReason_Kind_value, r.Kind), Text: r.Text, Terms: r.Terms, Weight: int32(r.Weight)})
	}
	return out
}

func counterparts(c Counterparts, version string) *pb.MatchDemandResponse {
	resp := &pb.MatchDemandResponse{ModelVersion: version, Engine: c.Engine}
	for _, s := range c.Achievements {
		resp.Achievements = append(resp.Achievements, &pb.MatchDemandResponse_AchievementMatch{Achievement: offering.AchievementMessage(s.Row),
			Score: int32(s.Score), Reasons: reasons(s.Reasons)})
	}
	for _, s := range c.Profiles {
		resp.Profiles = append(resp.Profiles, &pb.MatchDemandResponse_ProfileMatch{Profile: offering.ProfileMessage(s.Row),
			Score: int32(s.Score), Reasons: reasons(s.Reasons)})
	}
	return resp
}
