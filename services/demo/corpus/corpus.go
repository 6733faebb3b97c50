// Package corpus is a small matching set, written for this project: demands, achievements and profiles of the trades of a county like Jiande,
// and a judgement of which achievement answers which demand. It is demonstration data 示范数据: no firm, person, product or patent in it
// exists, and every owner and name says so.
//
// Each demand has an achievement that solves it, mostly in other words (重钙 and 无机填料, 无人机 and 旋翼机), and others that share its
// words and not its problem: 消泡 and 匀泡, transformers of current and of text, 碳酸钙 in a film and in a tablet. So it is good for a first
// search, for holding search engines to one suite, and for noticing that a change has broken matching. It is too small and too tidy to
// tune by.
package corpus

import (
	"bufio"
	"bytes"
	_ "embed" // the data
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/jiebang/jiebang/services/money"
)

// Price is an amount, or nil for 面议.
type Price struct{ Fen *money.Fen }

// UnmarshalText reads whole or decimal yuan, or 面议.
func (p *Price) UnmarshalText(text []byte) error {
	if string(text) == "面议" {
		return nil
	}
	fen, err := money.ParseYuan(string(text))
	p.Fen = &fen
	return err
}

// Demand is a demand. Field, here and below, is the API's name of a technology field, such as NEW_MATERIALS; industries are codes of
// GB/T 4754-2017, and disciplines of NSFC, as services/codes has them.
type Demand struct {
	Key, Title, Description, Field string
	Budget                         Price
	Industries, Keywords           []string
}

// Achievement is an achievement. IP and Maturity are the API's names, such as INVENTION_PATENT and PILOT.
type Achievement struct {
	Key, Title, Summary, Owner, Field string
	Disciplines, Industries, Keywords []string
	IP                                []string
	TRL                               int
	Maturity                          string
	Price                             Price
}

// Profile is an expert, a laboratory or a broker. Kind is the API's name: EXPERT, LAB or BROKER.
type Profile struct {
	Key, Kind, Name, Position, Introduction, Owner string
	Fields, Industries, Disciplines, Keywords      []string
}

// Judgement says how far an achievement answers a demand: 4 solves it, 3 solves a part or comes close, 2 has something to do with it, 1 has
// nothing. A pair that is not judged is as good as 1.
type Judgement struct {
	Demand, Achievement string // keys
	Grade               int
}

//go:embed demands.jsonl
var demands []byte

//go:embed achievements.jsonl
var achievements []byte

//go:embed profiles.jsonl
var profiles []byte

//go:embed relevant.tsv
var relevant string

// Demands returns the demands in the order of their keys.
func Demands() []Demand { return read[Demand](demands) }

// Achievements returns the achievements in the order of their keys.
func Achievements() []Achievement { return read[Achievement](achievements) }

// Profiles returns the profiles in the order of their keys.
func Profiles() []Profile { return read[Profile](profiles) }

// Judgements returns the judgements by demand, then by achievement.
func Judgements() (judgements []Judgement) {
	for line := range strings.Lines(relevant) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if grade, err := strconv.Atoi(cells[len(cells)-1]); err == nil && len(cells) == 3 { // not the heading
			judgements = append(judgements, Judgement{cells[0], cells[1], grade})
		}
	}
	return judgements
}

// read reads JSON lines. They are a part of the program; a test reads them all.
func read[T any](lines []byte) (items []T) {
	for scanner := bufio.NewScanner(bytes.NewReader(lines)); scanner.Scan(); {
		var item T
		if err := json.Unmarshal(scanner.Bytes(), &item); err != nil {
			panic(fmt.Sprintf("corpus: %v in %s", err, scanner.Bytes()))
		}
		items = append(items, item)
	}
	return items
}
