package entry

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Frontier is the right edge of a tree: the roots of its perfect subtrees, largest first. It is all that is needed to append to the tree
// and to tell its root, so a head row that keeps it saves every other read.
type Frontier []tlog.Hash

// Append adds a leaf to a tree of n leaves. It returns the new frontier and the hashes that tlog stores for the leaf: its own and those
// of the subtrees that it completes, lowest first.
func (f Frontier) Append(n int64, leaf tlog.Hash) (Frontier, []tlog.Hash) {
	stored := []tlog.Hash{leaf}
	next := append(Frontier(nil), f...)
	hash := leaf
	for ; n&1 == 1; n >>= 1 {
		hash = tlog.NodeHash(next[len(next)-1], hash)
		next = next[:len(next)-1]
		stored = append(stored, hash)
	}
	return append(next, hash), stored
}

// Root is the root of the tree; that of the empty tree is the hash of nothing, as in RFC 6962.
func (f Frontier) Root() tlog.Hash {
	if len(f) == 0 {
		root, _ := tlog.TreeHash(0, nil)
		return root
	}
	hash := f[len(f)-1]
	for i := len(f) - 2; i >= 0; i-- {
		hash = tlog.NodeHash(f[i], hash)
	}
	return hash
}

// Bytes joins hashes for storage.
func Bytes(hashes []tlog.Hash) []byte {
	b := make([]byte, 0, len(hashes)*tlog.HashSize)
	for _, h := range hashes {
		b = append(b, h[:]...)
	}
	return b
}

// Hashes is the inverse of Bytes.
func Hashes(b []byte) ([]tlog.Hash, error) {
	if len(b)%tlog.HashSize != 0 {
		return nil, fmt.Errorf("%d bytes are no whole number of hashes", len(b))
	}
	hashes := make([]tlog.Hash, len(b)/tlog.HashSize)
	for i := range hashes {
		copy(hashes[i][:], b[i*tlog.HashSize:])
	}
	return hashes, nil
}

// HashReader reads stored hashes by their place in the tree from the leaf that completed them: the hash at (level, n) was stored with leaf
// (n+1)·2^level − 1.
type HashReader func(leaves []int64) (map[int64][]tlog.Hash, error)

// ReadHashes implements tlog.HashReader.
func (r HashReader) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	leaves := make([]int64, len(indexes))
	levels := make([]int, len(indexes))
	for i, index := range indexes {
		level, n := tlog.SplitStoredHashIndex(index)
		levels[i], leaves[i] = level, (n+1)<<level-1
	}
	stored, err := r(leaves)
	if err != nil {
		return nil, err
	}
	hashes := make([]tlog.Hash, len(indexes))
	for i, leaf := range leaves {
		if levels[i] >= len(stored[leaf]) {
			return nil, fmt.Errorf("ledger entry %d has no hash of level %d", leaf, levels[i])
		}
		hashes[i] = stored[leaf][levels[i]]
	}
	return hashes, nil
}
