package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// document is as much of an OpenAPI document as merging needs.
type document struct {
	OpenAPI    string                                `json:"openapi"`
	Info       map[string]any                        `json:"info"`
	Tags       []map[string]any                      `json:"tags,omitempty"`
	Paths      map[string]map[string]json.RawMessage `json:"paths"`
	Components map[string]map[string]json.RawMessage `json:"components"`
	Security   []map[string][]string                 `json:"security,omitempty"`
}

// mergeOpenAPI joins the documents of the services, which the generator writes one a file, into jiebang.openapi.json.
func mergeOpenAPI(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "jiebang/v1/*.json"))
	if err != nil {
		return err
	}
	slices.Sort(files)
	all := document{
		Info:       map[string]any{"title": "Jiebang 揭榜 API", "version": "v1", "description": "REST side of the gRPC API. Amounts are google.type.Money in CNY; times are RFC 3339 in UTC."},
		Paths:      map[string]map[string]json.RawMessage{},
		Components: map[string]map[string]json.RawMessage{"securitySchemes": {"token": json.RawMessage(`{"type":"http","scheme":"bearer"}`)}},
		Security:   []map[string][]string{{}, {"token": {}}},
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		var d document
		if err := json.Unmarshal(text, &d); err != nil {
			return fmt.Errorf("%s: %w", f, err)
		}
		all.OpenAPI, all.Tags = d.OpenAPI, append(all.Tags, d.Tags...)
		for path, methods := range d.Paths {
			if all.Paths[path] == nil {
				all.Paths[path] = map[string]json.RawMessage{}
			}
			maps.Copy(all.Paths[path], methods)
		}
		for kind, parts := range d.Components {
			if all.Components[kind] == nil {
				all.Components[kind] = map[string]json.RawMessage{}
			}
			maps.Copy(all.Components[kind], parts)
		}
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(dir, "jiebang")); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "jiebang.openapi.json"), append(text, '\n'), 0o644)
}
