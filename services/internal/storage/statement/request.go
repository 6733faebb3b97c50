package statement

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
)

// RequestKey is the id of a request's row. It does not name the jurisdiction: a request_id stands for one request, wherever that goes.
func RequestKey(principal, method, requestID string) string {
	h := sha256.New()
	for _, s := range []string{principal, method, requestID} {
		fmt.Fprintf(h, "%d %s\n", len(s), s)
	}
	return base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(h.Sum(nil)[:20])
}
