package meili

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/meilisearch/meilisearch-go"

	"github.com/jiebang/jiebang/services/matching/meili/wire"
)

// Keys are what an engine is opened with, instead of the master key. On a server without a master key they are empty.
type Keys struct {
	Search  string `json:"search"`  // searches the indexes of a prefix
	Index   string `json:"index"`   // fills them; empty for an engine that only reads
	Version string `json:"version"` // reads the version of the server, which is no index's, and can do nothing else
}

// What each key may do.
var (
	maySearch = []string{"search"}
	mayIndex  = []string{"documents.add", "documents.get", "documents.delete", "indexes.create", "indexes.get", "indexes.delete", "indexes.swap", "settings.get",
		"settings.update", "stats.get", "tasks.get"}
	mayVersion = []string{"version"}
)

// MakeKeys returns the keys for the indexes with a prefix, and makes them where they are missing. Of o, it reads the address, the prefix, the time-out and the
// transport. The master key is for the operator who calls this, and is kept nowhere. A release that needs other rights gets other keys.
func MakeKeys(ctx context.Context, o Options, master string) (k Keys, err error) {
	o.defaults()
	c := (&Engine{o: o}).client(master)
	own := []string{o.Prefix + "_*"}
	for _, p := range []struct {
		key              *string
		name             string
		actions, indexes []string
	}{{&k.Search, "search", maySearch, own}, {&k.Index, "index", mayIndex, own}, {&k.Version, "version", mayVersion, []string{"*"}}} {
		ctx, cancel := context.WithTimeout(ctx, o.Timeout)
		*p.key, err = key(ctx, c, &meilisearch.Key{Name: o.Prefix + " " + p.name, Actions: p.actions, Indexes: p.indexes})
		if cancel(); err != nil {
			return Keys{}, wire.Typed("making the key that may "+p.name, err)
		}
	}
	return k, nil
}

// key makes a key whose uid follows from what it may, or returns the one that is there.
func key(ctx context.Context, c meilisearch.ServiceManager, want *meilisearch.Key) (string, error) {
	text, err := json.Marshal([]any{want.Name, want.Actions, want.Indexes})
	if err != nil {
		return "", err
	}
	h := sha256.Sum256(text)
	h[6], h[8] = h[6]&0x0F|0x40, h[8]&0x3F|0x80
	want.UID, want.Description = fmt.Sprintf("%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16]), "Made by jiebangd search keys."
	made, err := c.CreateKeyWithContext(ctx, want)
	if e, ok := errors.AsType[*meilisearch.Error](err); ok && e.MeilisearchApiError.Code == "api_key_already_exists" {
		made, err = c.GetKeyWithContext(ctx, want.UID)
	}
	if err != nil {
		return "", err
	}
	return made.Key, nil
}
