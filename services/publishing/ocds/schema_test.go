package ocds_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// schema checks documents by the release and package schemas of OCDS 1.1.5, which testdata has as they were published, with their licence. It knows
// the keywords of JSON Schema (draft 4) that the schemas of OCDS 1.1 use; one that it does not know fails the test, so that none is
// passed over. Numbers are json.Number: what is checked is the text.
type schema struct {
	t    *testing.T
	docs map[string]map[string]any // by id
}

// described are keywords that describe and check nothing.
var described = []string{"title", "description", "id", "$schema", "definitions", "codelist", "openCodelist", "deprecated", "wholeListMerge", "omitWhenMerged", "versionId", "mergeStrategy",
	"default", "patternProperties"}

func newSchema(t *testing.T) *schema {
	t.Helper()
	s := &schema{t, map[string]map[string]any{}}
	for _, name := range []string{"release-schema.json", "release-package-schema.json", "record-package-schema.json"} {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		var doc map[string]any
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&doc); err != nil {
			t.Fatal(err)
		}
		s.docs[doc["id"].(string)] = doc
	}
	return s
}

const base = "https://standard.open-contracting.org/schema/1__1__5/"

// check says what is wrong with a document.
func (s *schema) check(name, text string) []string {
	s.t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return []string{err.Error()}
	}
	return s.value(s.docs[base+name], s.docs[base+name], value, "$")
}

func (s *schema) value(root, rule map[string]any, v any, at string) (wrong []string) {
	if ref, ok := rule["$ref"].(string); ok {
		root, rule = s.resolve(root, ref)
		return s.value(root, rule, v, at)
	}
	bad := func(format string, args ...any) { wrong = append(wrong, at+": "+fmt.Sprintf(format, args...)) }
	for keyword, want := range rule {
		switch keyword {
		case "type":
			if !isType(v, want) {
				bad("%v is no %v", v, want)
			}
		case "enum":
			if !slices.ContainsFunc(want.([]any), func(e any) bool { return reflect.DeepEqual(e, v) }) {
				bad("%v is not in the list", v)
			}
		case "format":
			if text, ok := v.(string); ok && !isFormat(text, want.(string)) {
				bad("%q is no %v", text, want)
			}
		case "pattern":
			if text, ok := v.(string); ok && !regexp.MustCompile(want.(string)).MatchString(text) {
				bad("%q does not match %v", text, want)
			}
		case "minLength":
			if text, ok := v.(string); ok && utf8.RuneCountInString(text) < number(want) {
				bad("%q is too short", text)
			}
		case "required":
			object, ok := v.(map[string]any)
			for _, name := range want.([]any) {
				if ok && object[name.(string)] == nil {
					bad("%s is missing", name)
				}
			}
		case "properties":
			wrong = append(wrong, s.members(root, rule, v, at)...)
		case "items", "minItems", "uniqueItems":
			wrong = append(wrong, s.list(root, keyword, want, v, at)...)
		case "oneOf":
			fits := 0
			for _, r := range want.([]any) {
				if len(s.value(root, r.(map[string]any), v, at)) == 0 {
					fits++
				}
			}
			if fits != 1 {
				bad("fits %d of the choices", fits)
			}
		default:
			if !slices.Contains(described, keyword) {
				s.t.Fatalf("%s: the keyword %s is not known", at, keyword)
			}
		}
	}
	return wrong
}

// members checks the members of an object; one that the standard does not name is wrong too, since it would be lost on whoever reads.
func (s *schema) members(root, rule map[string]any, v any, at string) (wrong []string) {
	object, _ := v.(map[string]any)
	for name, member := range object {
		r, ok := rule["properties"].(map[string]any)[name].(map[string]any)
		if !ok {
			wrong = append(wrong, at+": the standard has no "+name)
			continue
		}
		wrong = append(wrong, s.value(root, r, member, at+"."+name)...)
	}
	return wrong
}

// number is a number of a schema.
func number(v any) int {
	n, _ := strconv.Atoi(v.(json.Number).String())
	return n
}

func (s *schema) list(root map[string]any, keyword string, want, v any, at string) (wrong []string) {
	list, ok := v.([]any)
	switch {
	case !ok:
	case keyword == "minItems" && len(list) < number(want):
		return []string{at + ": too few"}
	case keyword == "items":
		for i, item := range list {
			wrong = append(wrong, s.value(root, want.(map[string]any), item, fmt.Sprintf("%s[%d]", at, i))...)
		}
	case keyword == "uniqueItems" && want == true:
		for i := range list {
			for j := range i {
				if reflect.DeepEqual(list[i], list[j]) {
					wrong = append(wrong, fmt.Sprintf("%s: %d and %d are alike", at, j, i))
				}
			}
		}
	}
	return wrong
}

func (s *schema) resolve(root map[string]any, ref string) (map[string]any, map[string]any) {
	s.t.Helper()
	if doc, ok := s.docs[ref]; ok {
		return doc, doc
	}
	name, ok := strings.CutPrefix(ref, "#/definitions/")
	definitions, _ := root["definitions"].(map[string]any)
	rule, found := definitions[name].(map[string]any)
	if !ok || !found {
		s.t.Fatalf("no %s", ref)
	}
	return root, rule
}

func isType(v, want any) bool {
	if all, ok := want.([]any); ok {
		return slices.ContainsFunc(all, func(w any) bool { return isType(v, w) })
	}
	switch v := v.(type) {
	case nil:
		return want == "null"
	case string:
		return want == "string"
	case bool:
		return want == "boolean"
	case json.Number:
		_, err := v.Int64()
		return want == "number" || want == "integer" && err == nil
	case []any:
		return want == "array"
	case map[string]any:
		return want == "object"
	}
	return false
}

func isFormat(text, format string) bool {
	switch format {
	case "date-time":
		_, err := time.Parse(time.RFC3339, text)
		return err == nil
	case "uri":
		u, err := url.Parse(text)
		return err == nil && u.Scheme != ""
	case "email":
		return strings.Contains(text, "@")
	}
	return false
}
