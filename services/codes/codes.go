// Package codes has the code lists that the marketplace speaks in: complete, versioned, and the same for everyone.
//
//   - A list that is renumbered becomes another list; a code never changes its meaning.
//   - The texts are searched as they are embedded: nothing is read or built when a program starts.
//   - Industries are written as their letter and digits, C2613, because the letter does not follow from a wrong digit.
//
// gbt4754-2017.tsv has 20 sections, 97 divisions, 473 groups and 1,381 classes. A later print of the standard is cited with 1,382 classes:
// compare it before claiming compliance. Names that the file it was made from cut short are whole here.
//
// nsfc.tsv comes from AMinerOpen/TaxoExt under the licence in LICENSE-nsfc. Its English names were partly translated by machine, and the
// foundation has renumbered some departments since 2019.
package codes

import (
	_ "embed" // the lists
	"iter"
	"slices"
	"strings"

	"github.com/jiebang/jiebang/services/fault"
)

// List is the id of a code list.
type List string

// The lists.
const (
	Industry        List = "gbt4754-2017"     // 国民经济行业分类
	Discipline      List = "nsfc"             // 学科
	TechnologyField List = "fields"           // 技术领域
	TRL             List = "trl"              // 技术就绪度
	ContractClass   List = "contract-classes" // 技术合同类别
	Channel         List = "channels"         // 渠道

	RejectionReason    List = "rejection-reasons"    // 需求不予通过的理由
	CancellationReason List = "cancellation-reasons" // 需求取消的理由
)

// Faults of lists and codes.
var (
	ErrListNotFound = fault.New(fault.NotFound, "CODE_LIST_NOT_FOUND", "there is no such code list")
	ErrIndustry     = fault.New(fault.Invalid, "INDUSTRY_UNKNOWN", "this is no code of GB/T 4754-2017")
	ErrCodeNotFound = fault.New(fault.NotFound, "CODE_NOT_FOUND", "the list has no such code")
)

// Code is an entry of a list.
type Code struct {
	Code, Name, NameEN string // NameEN is empty where the source has none
	Parent             string // the code above it; empty at the top
	Level              int    // 1 at the top
	Leaf               bool   // nothing is below it
}

// Info says what a list is and where it comes from.
type Info struct {
	ID      List
	Kind    string // what it lists; the list in force of a kind is found by it too
	Title   string
	Version string // the edition of the source
	Source  string
	Licence string
	Count   int
}

//go:embed gbt4754-2017.tsv
var industries string

//go:embed nsfc.tsv
var disciplines string

//go:embed fields.tsv
var fields string

//go:embed trl.tsv
var trl string

//go:embed contract-classes.tsv
var classes string

//go:embed channels.tsv
var channels string

//go:embed rejection-reasons.tsv
var rejections string

//go:embed cancellation-reasons.tsv
var cancellations string

// table is a list: lines of code, name and English name, those below a code right after it, in the order of the codes. The length of a code tells its level.
type table struct {
	Info
	text    string
	lengths []int // of the codes of each level; none in a list without levels
}

const ours = "Apache-2.0"

var tables = []table{
	{Info{Industry, "industries", "国民经济行业分类", "GB/T 4754-2017", "GB/T 4754-2017 国家标准", "国家标准的公开代码", 1971}, industries, []int{1, 3, 4, 5}},
	{Info{Discipline, "disciplines", "国家自然科学基金学科代码", "2019-07", "github.com/AMinerOpen/TaxoExt", "MIT", 2916}, disciplines, []int{3, 5, 7}},
	{Info{TechnologyField, "fields", "技术领域", "11 类", "技术合同认定登记的技术领域", ours, 11}, fields, nil},
	{Info{TRL, "trl", "技术就绪度", "9 级", "按 GB/T 22900 的等级,文字为简写", ours, 9}, trl, nil},
	{Info{ContractClass, "contract-classes", "技术合同类别", "2021", "民法典第三编第二十章", ours, 5}, classes, nil},
	{Info{Channel, "channels", "渠道", "1", "本平台", ours, 2}, channels, nil},
	{Info{RejectionReason, "rejection-reasons", "需求不予通过的理由", "1", "本平台", ours, 6}, rejections, nil},
	{Info{CancellationReason, "cancellation-reasons", "需求取消的理由", "1", "本平台", ours, 5}, cancellations, nil},
}

func (l List) table() table {
	if i := slices.IndexFunc(tables, func(t table) bool { return t.ID == l }); i >= 0 {
		return tables[i]
	}
	return table{}
}

// Lists describes every list.
func Lists() []Info {
	infos := make([]Info, len(tables))
	for i, t := range tables {
		infos[i] = t.Info
	}
	return infos
}

// Find returns the list with an id, or the one in force of a kind such as `industries`.
func Find(name string) (Info, error) {
	for _, t := range tables {
		if name == string(t.ID) || name == t.Kind {
			return t.Info, nil
		}
	}
	return Info{}, ErrListNotFound.With("list", name)
}

// Lookup returns the entry of a code, whose Code is the form to store. The case of letters does not count.
func Lookup(l List, code string) (Code, bool) {
	t, code := l.table(), strings.ToUpper(code)
	for text := t.near(code); text != ""; {
		c, rest := t.read(text)
		if c.Code == code {
			return c, true
		}
		text = rest
	}
	return Code{}, false
}

// near returns the text to look for a code in: all of a list without levels, which is short; otherwise, because such a list is in the order
// of its codes, from the code's own line on, or nothing.
func (t table) near(code string) string {
	if t.lengths == nil {
		return t.text
	}
	for low, high := 0, len(t.text); low < high; {
		start := strings.LastIndexByte(t.text[:low+(high-low)/2], '\n') + 1
		switch have, _, _ := strings.Cut(t.text[start:], "\t"); {
		case have == code:
			return t.text[start:]
		case have < code:
			low = start + strings.IndexByte(t.text[start:], '\n') + 1
		default:
			high = start
		}
	}
	return ""
}

// Path returns a code and those above it, the top first; nothing if the list has no such code.
func Path(l List, code string) (path []Code) {
	for c, ok := Lookup(l, code); ok; c, ok = Lookup(l, c.Parent) {
		path = append(path, c)
	}
	slices.Reverse(path)
	return path
}

// All goes through a list in its order: what is below a code comes right after it.
func All(l List) iter.Seq[Code] {
	return func(yield func(Code) bool) {
		t := l.table()
		for text := t.text; text != ""; {
			var c Code
			if c, text = t.read(text); !yield(c) {
				return
			}
		}
	}
}

// read reads the first line of text.
func (t table) read(text string) (c Code, rest string) {
	line, rest, _ := strings.Cut(text, "\n")
	c.Code, line, _ = strings.Cut(line, "\t")
	c.Name, c.NameEN, _ = strings.Cut(line, "\t")
	c.Level, c.Leaf = 1, true
	if i := slices.Index(t.lengths, len(c.Code)); i >= 0 {
		c.Level, c.Leaf = i+1, !strings.HasPrefix(rest, c.Code)
		if i > 0 {
			c.Parent = c.Code[:t.lengths[i-1]]
		}
	}
	return c, rest
}
