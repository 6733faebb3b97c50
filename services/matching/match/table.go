package match

import (
	"bytes"
	_ "embed" // the table
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// words.bin is made by `jiebangd matching words` from word vectors under the MIT licence, which lies beside it.
//
//go:embed data/words.bin
var embedded []byte

// Dimensions of a word's vector.
const Dimensions = 100

// maxRunes is the longest word of the table.
const maxRunes = 6

// tableFormat is the first line of a table: then follow a line of the words, most frequent first, and for each a byte a dimension.
const tableFormat = "jiebang words 1\n"

// Table knows words and what they mean: for each, a vector of length 1. Words that are used alike lie close together.
type Table struct {
	rank  map[string]int32
	bytes []byte // of int8, a word after the other; scaled so that the largest of a word is 127
	norms []float32
	costs []float64
}

// Vector is a direction.
type Vector [Dimensions]float32

// Embedded is the table of this program.
func Embedded() (*Table, error) { return ReadTable(embedded) }

// ReadTable reads a table.
func ReadTable(data []byte) (*Table, error) {
	rest, ok := bytes.CutPrefix(data, []byte(tableFormat))
	line, vectors, cut := bytes.Cut(rest, []byte("\n"))
	if !ok || !cut {
		return nil, errors.New("match: not a table of words")
	}
	words := strings.Split(string(line), " ")
	if len(vectors) != len(words)*Dimensions {
		return nil, fmt.Errorf("match: %d words want %d bytes of vectors, not %d", len(words), len(words)*Dimensions, len(vectors))
	}
	t := &Table{rank: make(map[string]int32, len(words)), bytes: vectors, norms: make([]float32, len(words)), costs: make([]float64, len(words))}
	for i, w := range words {
		t.rank[w], t.costs[i] = int32(i), math.Log(float64(i)+20)+2.5
		sum := 0
		for _, b := range vectors[i*Dimensions : (i+1)*Dimensions] {
			sum += int(int8(b)) * int(int8(b))
		}
		t.norms[i] = float32(math.Sqrt(float64(max(sum, 1))))
	}
	return t, nil
}

// WriteTable writes a table of words, most frequent first.
func WriteTable(words []string, vectors []Vector) []byte {
	b := append([]byte(tableFormat+strings.Join(words, " ")), '\n')
	for _, v := range vectors {
		var most float32
		for _, x := range v {
			most = max(most, x, -x)
		}
		for _, x := range v {
			b = append(b, byte(int8(math.Round(float64(x/most*127)))))
		}
	}
	return b
}

// Centre moves vectors so that their mean is 0, takes the directions out that most of them share, which say how frequent a word is rather than
// what it means, and makes each of length 1.
func Centre(vectors []Vector, directions int) {
	mean := Vector{}
	for _, v := range vectors {
		mean.add(v, 1/float32(len(vectors)))
	}
	for i := range vectors {
		vectors[i].add(mean, -1)
	}
	for range directions {
		d := principal(vectors)
		for i := range vectors {
			vectors[i].add(d, -vectors[i].dot(&d))
		}
	}
	for i := range vectors {
		vectors[i].normalize()
	}
}

// principal is the direction in which vectors differ most, by power iteration from a fixed start.
func principal(vectors []Vector) Vector {
	d := Vector{}
	for i := range d {
		d[i] = 1 / float32(i+1)
	}
	for range 50 {
		next := Vector{}
		for i := range vectors {
			next.add(vectors[i], vectors[i].dot(&d))
		}
		next.normalize()
		d = next
	}
	return d
}

func (v *Vector) add(o Vector, weight float32) {
	for i := range v {
		v[i] += weight * o[i]
	}
}

func (v *Vector) dot(o *Vector) (sum float32) {
	for i := range v {
		sum += v[i] * o[i]
	}
	return sum
}

func (v *Vector) normalize() {
	if n := float32(math.Sqrt(float64(v.dot(v)))); n > 0 {
		for i := range v {
			v[i] /= n
		}
	}
}

// vector is the vector of a word by its rank.
func (t *Table) vector(rank int32) (v Vector) {
	row := t.bytes[int(rank)*Dimensions : (int(rank)+1)*Dimensions]
	for i := range v {
		v[i] = float32(int8(row[i])) / t.norms[rank]
	}
	return v
}

// Words cuts a run of Han characters or a word of letters into words of the table: the likeliest way, when a word is as likely as its rank says.
// What the table does not know is left out.
func (t *Table) Words(run string) []string {
	if run != "" && run[0] < utf8.RuneSelf {
		if t.known(run) {
			return []string{run}
		}
		return nil
	}
	starts := make([]int, 0, 32) // of the characters, and where the last ends
	for i := range run {
		starts = append(starts, i)
	}
	n := len(starts)
	starts = append(starts, len(run))
	cost, from := make([]float64, n+1), make([]int, n+1)
	for end := 1; end <= n; end++ {
		cost[end] = math.Inf(1)
		for start := max(0, end-maxRunes); start < end; start++ {
			if c := cost[start] + t.cost(run[starts[start]:starts[end]], end-start == 1); c < cost[end] {
				cost[end], from[end] = c, start
			}
		}
	}
	var words []string
	for end := n; end > 0; end = from[end] {
		if w := run[starts[from[end]]:starts[end]]; t.known(w) {
			words = append(words, w)
		}
	}
	slices.Reverse(words)
	return words
}

func (t *Table) known(word string) bool {
	_, ok := t.rank[word]
	return ok
}

// cost is the negative logarithm of how likely a word is, by Zipf's law; a character that is not in the table is possible, a longer word is not.
func (t *Table) cost(word string, single bool) float64 {
	if r, ok := t.rank[word]; ok {
		return t.costs[r]
	}
	if single {
		return 15.4
	}
	return math.Inf(1)
}
