// Package canon reads texts that are in the one form in which they are kept.
package canon

import (
	"encoding/json"
	"errors"
)

// Read reads a JSON text that is in the one form in which it is kept, so that no other verifier can read it otherwise. An empty one is the zero value.
func Read[T any](text string) (v T, err error) {
	if text == "" {
		return v, nil
	}
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return v, err
	}
	again, err := json.Marshal(v)
	if err == nil && string(again) != text {
		err = errors.New("not in the form in which it is kept")
	}
	return v, err
}
