package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services/demo/corpus"
	"github.com/jiebang/jiebang/services/posting/demand"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// publish posts a demand of the set.
func (f *filler) publish(ctx context.Context, is corpus.Demand, deadline time.Time) (*pb.Demand, error) {
	firm := f.firm(is.Key)
	d := &pb.Demand{Title: is.Title, Description: marked + is.Description + "\n关键词:" + strings.Join(is.Keywords, "、"),
		Field: pb.TechnologyField(pb.TechnologyField_value[is.Field]), Deadline: timestamppb.New(deadline)}
	if is.Budget.Fen != nil {
		d.Budget = yuan(*is.Budget.Fen)
	}
	d, err := f.demands.CreateDemand(as(ctx, firm.token), &pb.CreateDemandRequest{RequestId: request(), Demand: d})
	if err != nil {
		return nil, err
	}
	f.published++
	f.progress()
	return f.demands.PublishDemand(as(ctx, firm.token), &pb.PublishDemandRequest{RequestId: request(), Name: d.GetName(), Etag: d.GetEtag()})
}

// solving says of each demand which of the solvers owns what solves it; 0 if none does.
func solving() map[string]int {
	owner, by := map[string]string{}, map[string]int{}
	for _, a := range corpus.Achievements() {
		owner[a.Key] = owners[a.Owner]
	}
	for _, j := range corpus.Judgements() {
		for i, s := range solvers {
			if j.Grade == 4 && s.name == owner[j.Achievement] {
				by[j.Demand] = i
			}
		}
	}
	return by
}

// planOffers lists the achievements and the profiles of the set in the first days of the year, as their owners would: each imports its own. They are
// marked by their numbers and their owners: a mark in the text would be a word that they share with every demand, and a reason of every match.
func (f *filler) planOffers() {
	achievements, profiles := map[string][]any{}, map[string][]any{}
	for _, a := range corpus.Achievements() {
		achievements[owners[a.Owner]] = append(achievements[owners[a.Owner]], map[string]any{"external_id": "演示" + a.Key, "title": a.Title, "summary": a.Summary,
			"field": a.Field, "industries": a.Industries, "disciplines": a.Disciplines, "keywords": a.Keywords, "intellectual_properties": a.IP, "trl": a.TRL,
			"maturity": a.Maturity, "asking_price": price(a.Price)})
	}
	for _, p := range corpus.Profiles() {
		row := map[string]any{"external_id": "演示" + p.Key, "kind": p.Kind, "display_name": p.Name, "position": p.Position, "introduction": p.Introduction,
			"fields": p.Fields, "industries": p.Industries, "disciplines": p.Disciplines, "keywords": p.Keywords}
		if p.Kind == "EXPERT" {
			row["consented"] = true
		}
		profiles[owners[p.Owner]] = append(profiles[owners[p.Owner]], row)
	}
	for i, owner := range slices.Sorted(maps.Keys(f.members)) {
		f.at(1+i%3, func(ctx context.Context) error {
			as := as(ctx, f.members[owner].token)
			return errors.Join(imported(achievements[owner], func(file []byte) (*pb.ImportAchievementsResponse, error) {
				return f.achievements.ImportAchievements(as, &pb.ImportAchievementsRequest{RequestId: request(), Format: pb.ImportFormat_JSONL, Content: file, Publish: true})
			}), imported(profiles[owner], func(file []byte) (*pb.ImportProfilesResponse, error) {
				return f.profiles.ImportProfiles(as, &pb.ImportProfilesRequest{RequestId: request(), Format: pb.ImportFormat_JSONL, Content: file, Publish: true})
			}))
		})
	}
}

// imported gives rows to an import, as JSON lines, and accepts no refusal.
func imported[R interface {
	GetRows() []*pb.ImportedRow
	GetRefusedCount() int32
}](rows []any, do func(file []byte) (R, error)) error {
	if len(rows) == 0 {
		return nil
	}
	var file bytes.Buffer
	lines := json.NewEncoder(&file)
	for _, row := range rows {
		if err := lines.Encode(row); err != nil {
			return err
		}
	}
	r, err := do(file.Bytes())
	if err == nil && r.GetRefusedCount() > 0 {
		return fmt.Errorf("rows are refused: %v", r.GetRows())
	}
	return err
}

// price is a price as a file has it.
func price(p corpus.Price) string {
	if p.Fen == nil {
		return "面议"
	}
	return p.Fen.Wan()
}

// planPresent puts what happened since the year into the calendar: in the last months one demand after another was published, and all of them are
// open for weeks from now on.
func (f *filler) planPresent(rest []corpus.Demand) {
	const recently = 90 * 24 * time.Hour
	start := time.Date(f.Year+1, 1, 1, 0, 0, 0, 0, demand.Zone).UTC()
	f.at(364, func(ctx context.Context) error { return f.outlast(ctx, latest(start, f.Now.Add(-recently))) })
	start = latest(start, f.Now.Add(-recently))
	f.acts = append(f.acts, act{start, f.renew})
	step := f.Now.Sub(start) / time.Duration(len(rest))
	for i, d := range rest {
		f.acts = append(f.acts, act{start.Add(time.Duration(i) * step), func(ctx context.Context) error {
			_, err := f.publish(ctx, d, f.Now.Add(time.Duration(30+i*2)*24*time.Hour).Truncate(time.Hour))
			return err
		}})
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
