// Package searchserver is the Meilisearch that figures are measured on: the one that the environment names, if it names one. It is left as it was
// found, but for the keys that the product makes.
package searchserver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/meili"
)

// prefix is of the indexes that are made, and taken away at the end.
const prefix = "jiebang_bench"

// ErrNone says that the environment names no server.
var ErrNone = errors.New("MEILI_URL is not set; it names a Meilisearch server, whose master key is MEILI_MASTER_KEY")

// Server is the search server of the environment, with the keys that the product has for it.
type Server struct {
	services.Meilisearch
	Keys meili.Keys
	bare *http.Client
}

// Open makes the keys that the product needs, in a directory.
func Open(ctx context.Context, dir string) (*Server, error) {
	s := &Server{Meilisearch: services.Meilisearch{URL: os.Getenv("MEILI_URL"), Prefix: prefix, KeysFile: filepath.Join(dir, "keys.json")},
		bare: &http.Client{Transport: Plain()}}
	if s.URL == "" {
		return nil, ErrNone
	}
	master := os.Getenv("MEILI_MASTER_KEY")
	if master == "" {
		return s, nil
	}
	if _, err := services.MakeSearchKeys(ctx, services.Config{DataDir: dir, Search: s.Meilisearch}, master); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(s.KeysFile)
	return s, errors.Join(err, json.Unmarshal(text, &s.Keys))
}

// Plain is a transport that keeps connections and asks for nothing compressed.
func Plain() *http.Transport {
	return &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}
}

// do sends a request and reads the whole answer.
func (s *Server) do(ctx context.Context, method, path, key string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, method, s.URL+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	resp, err := s.bare.Do(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	if resp.StatusCode >= http.StatusBadRequest {
		err = errors.Join(err, fmt.Errorf("%s %s: %s", method, path, resp.Status))
	}
	return errors.Join(err, resp.Body.Close())
}

// Leave takes the indexes away.
func (s *Server) Leave(ctx context.Context) (err error) {
	for _, k := range engine.Kinds {
		err = errors.Join(err, s.do(ctx, http.MethodDelete, "/indexes/"+s.Prefix+"_"+string(k), s.Keys.Index, nil))
	}
	return err
}
