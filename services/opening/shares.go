package opening

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jiebang/jiebang/services/bidding/seal"
)

const noShare = "-"

// encodeShares writes the shares of bids by their ids, one a line; nil is that of a stanza that its custodian cannot read.
func encodeShares(shares map[string]*[seal.KeySize]byte) []byte {
	var b strings.Builder
	for _, id := range slices.Sorted(maps.Keys(shares)) {
		text := noShare
		if s := shares[id]; s != nil {
			text = hex.EncodeToString(s[:])
		}
		fmt.Fprintf(&b, "%s %s\n", id, text)
	}
	return []byte(b.String())
}

// decodeShares is the inverse of encodeShares.
func decodeShares(text []byte) (map[string]*[seal.KeySize]byte, error) {
	shares := map[string]*[seal.KeySize]byte{}
	for line := range strings.Lines(string(text)) {
		id, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if ok && value == noShare {
			shares[id] = nil
			continue
		}
		b, err := hex.DecodeString(value)
		if !ok || err != nil || len(b) != seal.KeySize {
			return nil, fmt.Errorf("%q is no share", line)
		}
		shares[id] = (*[seal.KeySize]byte)(b)
	}
	return shares, nil
}
