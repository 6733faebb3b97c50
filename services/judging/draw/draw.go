// Package draw draws experts so that anyone can draw again.
//
//   - Two or more persons each commit to a secret seed by its hash before any seed is known; then they reveal them. The draw is a function of all of
//     them and of the list that was fixed before: nobody could have chosen it, as long as one seed was chosen by chance and kept.
//   - The functions are public and fixed for ever: who has the list and the seeds draws the same.
package draw

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/jiebang/jiebang/services/fault"
)

// SeedSize is the length of a seed.
const SeedSize = 32

// LeastSeeds is how many persons commit at least.
const LeastSeeds = 2

const maxSeeds = 20

// Faults of draws.
var (
	ErrNone     = fault.New(fault.Precondition, "DRAW_NOT_OPEN", "no draw is open")
	ErrList     = fault.New(fault.Invalid, "DRAW_LIST", "a draw is of at least one expert from a list that has more, each once")
	ErrTwice    = fault.New(fault.Precondition, "SEED_COMMITTED", "you have committed to a seed in this draw")
	ErrLate     = fault.New(fault.Precondition, "SEED_LATE", "a seed of this draw is known already, so no other can be added")
	ErrFew      = fault.New(fault.Precondition, "SEEDS_FEW", "two persons or more commit to a seed before the first is revealed")
	ErrMany     = fault.New(fault.Precondition, "SEEDS_MANY", "the draw has as many seeds as it can have")
	ErrRevealed = fault.New(fault.Precondition, "SEED_REVEALED", "your seed is known already")
	ErrSeed     = fault.New(fault.Invalid, "SEED_DIFFERS", "the seed is not the one that you committed to")
	ErrSeedless = fault.New(fault.Precondition, "SEED_NOT_COMMITTED", "you have committed to no seed in this draw")
	ErrDigest   = fault.New(fault.Invalid, "SEED_DIGEST", "a commitment is a SHA-256 hash, 32 bytes, that nobody else has given")
)

// Seed is what one person put in.
type Seed struct {
	By         string `json:"by"`             // who answers for it
	Commitment string `json:"commitment"`     // hexadecimal
	Seed       string `json:"seed,omitempty"` // hexadecimal, once it is revealed
}

// Draw is a draw from its opening to its end.
type Draw struct {
	Demand   string   `json:"demand"`
	Eligible []string `json:"eligible"` // in canonical order
	Number   int      `json:"number"`   // how many are drawn
	Seeds    []Seed   `json:"seeds"`    // in the order of the commitments
	Drawn    []string `json:"drawn"`    // in the order in which they were drawn
}

// Commitment is the hash that stands for a seed until it is revealed.
func Commitment(seed []byte) []byte {
	h := sha256.Sum256(append([]byte("jiebang seed 1\n"), seed...))
	return h[:]
}

// Open opens a draw of number from a list.
func Open(demand string, eligible []string, number int) (Draw, error) {
	list := Canonical(eligible)
	if number < 1 || len(list) != len(eligible) || len(list) <= number {
		return Draw{}, ErrList.With("number", number).At("experts")
	}
	return Draw{Demand: demand, Eligible: list, Number: number}, nil
}

// Canonical is a list in the order in which it is drawn from: that of its bytes, each once.
func Canonical(eligible []string) []string {
	list := slices.Clone(eligible)
	slices.Sort(list)
	return slices.Compact(list)
}

// Commit adds the commitment of a person.
func (d *Draw) Commit(by string, commitment []byte) error {
	text := hex.EncodeToString(commitment)
	switch {
	case d.Number == 0 || len(d.Drawn) > 0:
		return ErrNone
	case len(commitment) != sha256.Size || slices.ContainsFunc(d.Seeds, func(s Seed) bool { return s.Commitment == text }):
		return ErrDigest.At("commitment")
	case slices.ContainsFunc(d.Seeds, func(s Seed) bool { return s.By == by }):
		return ErrTwice
	case slices.ContainsFunc(d.Seeds, func(s Seed) bool { return s.Seed != "" }):
		return ErrLate
	case len(d.Seeds) == maxSeeds:
		return ErrMany
	}
	d.Seeds = append(d.Seeds, Seed{By: by, Commitment: text})
	return nil
}

// Reveal adds the seed of a person. With the last one the experts are drawn.
func (d *Draw) Reveal(by string, seed []byte) error {
	if d.Number == 0 || len(d.Drawn) > 0 {
		return ErrNone
	}
	i := slices.IndexFunc(d.Seeds, func(s Seed) bool { return s.By == by })
	switch {
	case i < 0:
		return ErrSeedless
	case len(d.Seeds) < LeastSeeds:
		return ErrFew
	case d.Seeds[i].Seed != "":
		return ErrRevealed
	case len(seed) != SeedSize || hex.EncodeToString(Commitment(seed)) != d.Seeds[i].Commitment:
		return ErrSeed.At("seed")
	}
	d.Seeds[i].Seed = hex.EncodeToString(seed)
	if slices.ContainsFunc(d.Seeds, func(s Seed) bool { return s.Seed == "" }) {
		return nil
	}
	d.Drawn = d.Again()
	return nil
}

// Again draws from what stands in a draw whose seeds are all known; anyone can do the same.
func (d *Draw) Again() []string {
	var seeds [][]byte
	for _, s := range d.Seeds {
		seed, err := hex.DecodeString(s.Seed)
		if err != nil || !bytes.Equal(Commitment(seed), unhex(s.Commitment)) {
			return nil
		}
		seeds = append(seeds, seed)
	}
	return Experts(Combine(d.Demand, seeds), d.Eligible, d.Number)
}

func unhex(text string) []byte {
	b, _ := hex.DecodeString(text) // what is not hexadecimal equals no hash
	return b
}

// Combine makes one seed of all.
func Combine(demand string, seeds [][]byte) []byte {
	h := sha256.New()
	h.Write([]byte("jiebang draw 1\n"))
	for _, part := range append([][]byte{[]byte(demand)}, seeds...) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write(part)
	}
	return h.Sum(nil)
}

// Experts draws number from a list by a seed: it takes one after another from those that are left, each with the same chance.
func Experts(seed []byte, eligible []string, number int) []string {
	left, numbers := Canonical(eligible), stream{seed: seed}
	var drawn []string
	for len(drawn) < number && len(left) > 0 {
		i := numbers.below(uint64(len(left)))
		drawn = append(drawn, left[i])
		left = slices.Delete(left, int(i), int(i)+1) // #nosec G115 -- it is below the length
	}
	return drawn
}

// stream makes numbers of a seed: the first eight bytes of the hash of the seed and a count, big-endian.
type stream struct {
	seed []byte
	n    uint64
}

// below is a number below n, each with the same chance: what would make the first ones likelier is passed over.
func (s *stream) below(n uint64) uint64 {
	limit := ^uint64(0) - ^uint64(0)%n
	for {
		h := sha256.Sum256(binary.BigEndian.AppendUint64(slices.Clone(s.seed), s.n))
		s.n++
		if v := binary.BigEndian.Uint64(h[:8]); v < limit {
			return v % n
		}
	}
}

// Encode writes the draw as it is kept; one that was never opened is empty.
func (d Draw) Encode() string {
	if d.Number == 0 {
		return ""
	}
	b, err := json.Marshal(d)
	if err != nil {
		panic(err) // it is made of texts and numbers
	}
	return string(b)
}

// Decode reads what Encode writes.
func Decode(text string) (d Draw, err error) {
	if text == "" {
		return d, nil
	}
	return d, json.Unmarshal([]byte(text), &d)
}
