// Package parameter keeps parameters of rules as dated data.
//
//   - A version never changes, and the next one begins on a later day: what is about a day is judged by the same version for ever.
//   - A file that is not exactly of the form that the rules want is refused as a whole.
package parameter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// Rule is a rule and what it can be told.
type Rule struct {
	Code, Name string
	Parameters []Parameter
}

// Parameter is what a rule can be told, and which values it takes.
type Parameter struct {
	Name     string
	Meaning  string
	Min, Max int64 // of each number
	List     bool  // of numbers, in rising order; may be empty
	Words    bool  // a list of texts, at least one
}

// Value is the value of a parameter.
type Value struct {
	Numbers []int64
	Texts   []string
	list    bool
}

// MarshalJSON writes a value as it stands in the file: a number, or a list.
func (v Value) MarshalJSON() ([]byte, error) {
	switch {
	case len(v.Texts) > 0:
		return json.Marshal(v.Texts)
	case len(v.Numbers) == 1 && !v.list:
		return json.Marshal(v.Numbers[0])
	}
	return json.Marshal(append([]int64{}, v.Numbers...))
}

// UnmarshalJSON reads what MarshalJSON writes.
func (v *Value) UnmarshalJSON(data []byte) error {
	var n int64
	if json.Unmarshal(data, &n) == nil && string(data) != "null" {
		*v = Value{Numbers: []int64{n}}
		return nil
	}
	v.list = true
	if json.Unmarshal(data, &v.Numbers) == nil && v.Numbers != nil {
		return nil
	}
	v.Numbers = nil
	if err := json.Unmarshal(data, &v.Texts); err != nil || v.Texts == nil {
		return fmt.Errorf("want a whole number, or a list of whole numbers or of texts, not %s", data)
	}
	return nil
}

// Set is a version of the parameters of a rule. It never changes.
type Set struct {
	Rule    string           `json:"rule"`
	Version int              `json:"version"`
	From    string           `json:"from"` // the day in China Standard Time from which it is in force
	Values  map[string]Value `json:"values"`
}

// Int is a parameter that is a number.
func (s Set) Int(name string) int64 { return s.Values[name].Numbers[0] }

// Names are the names of the parameters in order.
func (s Set) Names() []string { return slices.Sorted(maps.Keys(s.Values)) }

// Table has all versions of the parameters of all rules.
type Table struct {
	rules []Rule
	sets  map[string][]Set
}

// NewTable has the parameters of files, each of which adds later versions to those before it.
func NewTable(rules []Rule, files ...[]byte) (*Table, error) {
	t := &Table{rules: rules, sets: map[string][]Set{}}
	for _, data := range files {
		var sets []Set
		d := json.NewDecoder(bytes.NewReader(data))
		d.DisallowUnknownFields()
		if err := d.Decode(&sets); err != nil {
			return nil, err
		}
		if _, err := d.Token(); !errors.Is(err, io.EOF) {
			return nil, errors.New("something follows the list of parameters")
		}
		for _, s := range sets {
			if err := t.add(s); err != nil {
				return nil, fmt.Errorf("parameters of rule %q, version %d: %w", s.Rule, s.Version, err)
			}
		}
	}
	for _, r := range rules {
		if len(t.sets[r.Code]) == 0 {
			return nil, fmt.Errorf("rule %s has no parameters", r.Code)
		}
	}
	return t, nil
}

// add adds the next version of a rule's parameters.
func (t *Table) add(s Set) error {
	i := slices.IndexFunc(t.rules, func(r Rule) bool { return r.Code == s.Rule })
	if i < 0 {
		return errors.New("there is no such rule")
	}
	before := t.sets[s.Rule]
	if s.Version != len(before)+1 {
		return fmt.Errorf("want version %d: versions follow one another and are never changed", len(before)+1)
	}
	if _, err := time.Parse(time.DateOnly, s.From); err != nil || len(before) > 0 && s.From <= before[len(before)-1].From {
		return fmt.Errorf("from %q: want a day such as 2026-01-02, after that of the version before", s.From)
	}
	for _, p := range t.rules[i].Parameters {
		v, ok := s.Values[p.Name]
		if !ok {
			return fmt.Errorf("parameter %s is missing", p.Name)
		}
		if err := p.check(v); err != nil {
			return fmt.Errorf("parameter %s: %w", p.Name, err)
		}
	}
	if len(s.Values) != len(t.rules[i].Parameters) {
		return fmt.Errorf("it has %d parameters, want %d", len(s.Values), len(t.rules[i].Parameters))
	}
	t.sets[s.Rule] = append(before, s)
	return nil
}

func (p Parameter) check(v Value) error {
	switch {
	case p.Words && (len(v.Texts) == 0 || len(v.Texts) > 100 || slices.Contains(v.Texts, "")):
		return errors.New("want a list of 1 to 100 texts")
	case p.Words:
		return nil
	case v.list != p.List || len(v.Texts) > 0 || len(v.Numbers) > 100 || !p.List && len(v.Numbers) != 1:
		return errors.New("want a whole number, or where it says so a list of at most 100")
	case !slices.IsSorted(v.Numbers):
		return errors.New("want the numbers in rising order")
	}
	for _, n := range v.Numbers {
		if n < p.Min || n > p.Max {
			return fmt.Errorf("%d is not from %d to %d", n, p.Min, p.Max)
		}
	}
	return nil
}

// InForce returns the parameters of a rule on a day; before the first version, those of the first.
func (t *Table) InForce(rule, day string) Set {
	sets := t.sets[rule]
	for _, s := range slices.Backward(sets) {
		if s.From <= day {
			return s
		}
	}
	return sets[0]
}

// Of returns all versions of the parameters of a rule, the oldest first.
func (t *Table) Of(rule string) []Set { return slices.Clone(t.sets[rule]) }

// Schema is the JSON Schema of a file of parameters.
func Schema(title string, rules []Rule) ([]byte, error) {
	type object = map[string]any
	var forms []any
	for _, r := range rules {
		values, names := object{}, []string{}
		for _, p := range r.Parameters {
			number := object{"type": "integer", "minimum": p.Min, "maximum": p.Max}
			form := object{"type": "array", "items": number, "maxItems": 100}
			switch {
			case p.Words:
				form["items"], form["minItems"] = object{"type": "string", "minLength": 1}, 1
			case !p.List:
				form = number
			}
			form["description"] = p.Meaning
			values[p.Name] = form
			names = append(names, p.Name)
		}
		slices.Sort(names)
		forms = append(forms, object{"title": r.Name, "type": "object", "additionalProperties": false, "required": []string{"from", "rule", "values", "version"}, "properties": object{
			"rule": object{"const": r.Code}, "version": object{"type": "integer", "minimum": 1}, "from": object{"type": "string", "format": "date"},
			"values": object{"type": "object", "additionalProperties": false, "required": names, "properties": values}}})
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(object{"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, "type": "array", "items": object{"oneOf": forms}})
	return out.Bytes(), err
}
