// Package corpus_test checks the demonstration's matching set: its shape, its codes, and that the API would take it.
package corpus_test

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"buf.build/go/protovalidate"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/codes"
	"github.com/jiebang/jiebang/services/demo/corpus"
	"github.com/jiebang/jiebang/services/offering/achievement"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// item is what is checked alike of demands, achievements and profiles.
type item struct {
	key, title, text, owner                   string
	fields, industries, disciplines, keywords []string
	needsDisciplines                          bool
}

func items() (all []item) {
	for _, d := range corpus.Demands() {
		all = append(all, item{d.Key, d.Title, d.Description, "示范", []string{d.Field}, d.Industries, nil, d.Keywords, false})
	}
	for _, a := range corpus.Achievements() {
		all = append(all, item{a.Key, a.Title, a.Summary, a.Owner, []string{a.Field}, a.Industries, a.Disciplines, a.Keywords, true})
	}
	for _, p := range corpus.Profiles() {
		all = append(all, item{p.Key, p.Name, p.Introduction, p.Owner, p.Fields, p.Industries, p.Disciplines, p.Keywords, true})
	}
	return all
}

// TestItems checks keys, codes, lengths and that nobody can be called by what is written.
func TestItems(t *testing.T) {
	seen := map[string]bool{}
	for _, i := range items() {
		for _, unique := range []string{i.key, i.title, i.text} {
			if unique == "" || seen[unique] {
				t.Errorf("%s: %q is empty, or was there before", i.key, unique)
			}
			seen[unique] = true
		}
		if n := utf8.RuneCountInString(i.text); n < 120 || n > 400 {
			t.Errorf("%s: a text of %d characters, want 120 to 400", i.key, n)
		}
		if !strings.HasPrefix(i.owner, "示范") || strings.HasPrefix(i.key, "P") && !strings.HasPrefix(i.title, "示范") {
			t.Errorf("%s: %s of %s is not marked 示范", i.key, i.title, i.owner)
		}
		if found := achievement.Contact("text", i.title, i.text, strings.Join(i.keywords, " ")); len(found) > 0 {
			t.Errorf("%s: %v", i.key, found)
		}
		if len(i.fields) == 0 || len(i.industries) == 0 || len(i.keywords) < 3 || i.needsDisciplines != (len(i.disciplines) > 0) {
			t.Errorf("%s: got %+v, want fields, industries, disciplines and keywords", i.key, i)
		}
		known(t, i.key, codes.TechnologyField, i.fields)
		known(t, i.key, codes.Industry, i.industries)
		known(t, i.key, codes.Discipline, i.disciplines)
	}
}

// known checks that codes are of a list, in the form to store, and not there twice.
func known(t *testing.T, key string, list codes.List, of []string) {
	t.Helper()
	for i, code := range of {
		if c, ok := codes.Lookup(list, code); !ok || c.Code != code || slices.Contains(of[:i], code) {
			t.Errorf("%s: %s is no code of %s, or is there twice", key, code, list)
		}
	}
}

// TestLimits makes what the API would be given, and lets it check the shape.
func TestLimits(t *testing.T) {
	check := func(key string, m proto.Message) {
		if err := protovalidate.Validate(m); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	for _, d := range corpus.Demands() {
		check(d.Key, &pb.Demand{Title: d.Title, Description: d.Description, Field: pb.TechnologyField(pb.TechnologyField_value[d.Field]), Budget: yuan(d.Key, t, d.Budget)})
	}
	for _, a := range corpus.Achievements() {
		m := &pb.Achievement{Title: a.Title, Summary: a.Summary, Field: pb.TechnologyField(pb.TechnologyField_value[a.Field]), Industries: a.Industries, Disciplines: a.Disciplines,
			Keywords: a.Keywords, Trl: int32(a.TRL), Maturity: pb.Achievement_Maturity(pb.Achievement_Maturity_value[a.Maturity]), AskingPrice: yuan(a.Key, t, a.Price),
			ExternalId: a.Key}
		for _, ip := range a.IP {
			m.IntellectualProperties = append(m.IntellectualProperties, &pb.IntellectualProperty{Kind: pb.IntellectualProperty_Kind(pb.IntellectualProperty_Kind_value[ip])})
		}
		if check(a.Key, m); m.GetMaturity() == 0 || m.GetTrl() == 0 || len(a.IP) == 0 {
			t.Errorf("%s: got %v, want maturity, TRL and IP", a.Key, m)
		}
	}
	for _, p := range corpus.Profiles() {
		m := &pb.Profile{DisplayName: p.Name, Position: p.Position, Introduction: p.Introduction, Industries: p.Industries, Disciplines: p.Disciplines, Keywords: p.Keywords,
			Kind: pb.Profile_Kind(pb.Profile_Kind_value[p.Kind])}
		for _, f := range p.Fields {
			m.Fields = append(m.Fields, pb.TechnologyField(pb.TechnologyField_value[f]))
		}
		check(p.Key, m)
	}
}

// yuan is a price as the API has it; every one is positive and of whole thousands.
func yuan(key string, t *testing.T, p corpus.Price) *money.Money {
	t.Helper()
	if p.Fen == nil {
		return nil
	}
	units, nanos := p.Fen.Units()
	if units < 1000 || units%1000 != 0 || nanos != 0 {
		t.Errorf("%s: %d yuan", key, units)
	}
	return &money.Money{CurrencyCode: "CNY", Units: units, Nanos: nanos}
}

// TestJudgements checks that pairs are of the set, judged once, and that every demand and every achievement has a match; most are decoys.
func TestJudgements(t *testing.T) {
	keys, solved, seen := map[string]bool{}, map[string]bool{}, map[[2]string]bool{}
	for _, i := range items() {
		keys[i.key] = true
	}
	decoys := 0
	for _, j := range corpus.Judgements() {
		pair := [2]string{j.Demand, j.Achievement}
		if !keys[j.Demand] || !keys[j.Achievement] || j.Demand[0] != 'D' || j.Achievement[0] != 'A' || seen[pair] || j.Grade < 1 || j.Grade > 4 {
			t.Errorf("%+v: not of the set, judged before, or no grade", j)
		}
		seen[pair] = true
		switch j.Grade {
		case 4:
			solved[j.Demand], solved[j.Achievement] = true, true
		case 1:
			decoys++
		}
	}
	for key := range keys {
		if key[0] != 'P' && !solved[key] {
			t.Errorf("%s has no match", key)
		}
	}
	if lines, err := os.ReadFile("relevant.tsv"); err != nil || bytes.Count(lines, []byte("\n")) != len(seen)+1 {
		t.Errorf("got %d judgements, want every line after the heading, %v", len(seen), err)
	}
	if len(seen) < 400 || decoys < 200 {
		t.Errorf("got %d judgements with %d decoys, want 400 and 200", len(seen), decoys)
	}
}

// TestNoUnknownProperties reads the files strictly: a property that is written otherwise would be lost.
func TestNoUnknownProperties(t *testing.T) {
	for name, size := range map[string]struct{ got, least, most int }{"demands": {len(corpus.Demands()), 80, 100}, "achievements": {len(corpus.Achievements()), 80, 100},
		"profiles": {len(corpus.Profiles()), 40, 40}} {
		if size.got < size.least || size.got > size.most {
			t.Errorf("%s: got %d, want %d to %d", name, size.got, size.least, size.most)
		}
		file, err := os.Open(name + ".jsonl")
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		into := map[string]any{"demands": corpus.Demand{}, "achievements": corpus.Achievement{}, "profiles": corpus.Profile{}}[name]
		lines := json.NewDecoder(file)
		lines.DisallowUnknownFields()
		for n := range size.got {
			if err := lines.Decode(reflect.New(reflect.TypeOf(into)).Interface()); err != nil {
				t.Fatalf("%s, line %d: %v", name, n+1, err)
			}
		}
	}
}
