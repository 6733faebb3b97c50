package evaluate

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/jiebang/jiebang/services/matching/match"
	"github.com/jiebang/jiebang/services/matching/text"
)

// commonDirections are taken out of word vectors: they say how frequent a word is.
const commonDirections = 2

// longestWord of a table, in characters.
const longestWord = 6

// Vectors makes a table of the most frequent words from word vectors in the binary form of word2vec, whose words come most frequent first.
func Vectors(from, to string, words int) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	names, vectors, err := readVectors(bufio.NewReaderSize(f, 1<<20))
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	match.Centre(vectors, commonDirections)
	var kept []string
	var rows []match.Vector
	seen := map[string]bool{}
	for i, w := range names {
		folded := text.Fold(w)
		if len(kept) == words || !useful(folded) || seen[folded] {
			continue
		}
		seen[folded] = true
		kept, rows = append(kept, folded), append(rows, vectors[i])
	}
	return os.WriteFile(to, match.WriteTable(kept, rows), 0o644)
}

// useful reports whether a word is one of Han characters only.
func useful(w string) bool {
	n := utf8.RuneCountInString(w)
	return n > 0 && n <= longestWord && strings.IndexFunc(w, func(r rune) bool { return !text.Han(r) }) < 0
}

func readVectors(r *bufio.Reader) (names []string, vectors []match.Vector, err error) {
	var n, dimensions int
	if _, err := fmt.Fscanf(r, "%d %d\n", &n, &dimensions); err != nil {
		return nil, nil, fmt.Errorf("the first line is not a number of words and of dimensions: %w", err)
	}
	if dimensions != match.Dimensions {
		return nil, nil, fmt.Errorf("%d dimensions, want %d", dimensions, match.Dimensions)
	}
	row := make([]byte, 4*dimensions)
	for range n {
		name, err := r.ReadString(' ')
		if err != nil {
			return nil, nil, errors.Join(io.ErrUnexpectedEOF, err)
		}
		if _, err := io.ReadFull(r, row); err != nil {
			return nil, nil, err
		}
		var v match.Vector
		for i := range v {
			v[i] = math.Float32frombits(binary.LittleEndian.Uint32(row[4*i:]))
		}
		names, vectors = append(names, strings.TrimSpace(name)), append(vectors, v)
	}
	return names, vectors, nil
}
