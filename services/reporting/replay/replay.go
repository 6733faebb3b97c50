// Package replay verifies a ledger by doing it again: from the entries alone it computes the tree, the states, the amounts and the totals,
// and says what does not fit. It needs no server and trusts none.
package replay

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/ledger/witness"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/reporting/metric"
	"github.com/jiebang/jiebang/services/reporting/replay/history"
)

// Problem is something that does not fit.
type Problem struct {
	Sequence int64  `json:"sequence"` // of the entry; -1 if it is not about one
	Subject  string `json:"subject,omitempty"`
	Column   string `json:"column,omitempty"`
	Text     string `json:"text"` // Chinese
}

// String gives the whole problem in one line.
func (p Problem) String() string {
	s := p.Text
	if p.Column != "" {
		s = p.Column + ":" + s
	}
	if p.Subject != "" {
		s = p.Subject + " " + s
	}
	if p.Sequence >= 0 {
		s = fmt.Sprintf("第 %d 条 %s", p.Sequence, s)
	}
	return s
}

// Sum is what one channel adds up to.
type Sum struct {
	Contracts int64     `json:"contracts"`
	Amount    money.Fen `json:"amount_fen"`
}

// Year is what one year adds up to: demands by their publication in China Standard Time, contracts by 签订日期.
type Year struct {
	Demands   int64     `json:"demands"`
	Contracts int64     `json:"contracts"`
	Amount    money.Fen `json:"amount_fen"`
}

// Report is what a replay found.
type Report struct {
	Jurisdiction     string          `json:"jurisdiction"`
	Size             int64           `json:"size"`
	Root             string          `json:"root"` // base64
	DemandsPublished int64           `json:"demands_published"`
	ContractsSigned  int64           `json:"contracts_signed"`
	Amount           money.Fen       `json:"amount_fen"`
	Withheld         int64           `json:"withheld,omitempty"` // entries whose hash alone is there, because their bids are not opened yet
	Channels         map[string]Sum  `json:"channels"`
	Years            map[string]Year `json:"years"`
	Witnesses        []Cosigned      `json:"witnesses,omitempty"` // who signed the checkpoint, if a policy was given
	Since            int64           `json:"since,omitempty"`     // the size of the auditor's own checkpoint that the ledger continues
	Problems         []Problem       `json:"problems"`
	More             int64           `json:"more_problems,omitempty"` // found beyond those that are listed
}

// maxProblems is how many problems a report lists.
const maxProblems = 100

// Replayer takes the entries of one ledger in order.
type Replayer struct {
	jurisdiction string
	next         int64 // the sequence that must come
	frontier     entry.Frontier
	before       entry.Frontier // the last entry
	last         time.Time
	cells        map[metric.Cell]metric.Sum
	figures      *counted
	report       Report
	*history.History
}

// New returns a replayer of a jurisdiction's ledger from its first entry.
func New(jurisdiction string) *Replayer {
	return &Replayer{
		jurisdiction: jurisdiction, cells: map[metric.Cell]metric.Sum{}, figures: newCounted(jurisdiction), History: history.New(),
		report: Report{Jurisdiction: jurisdiction, Problems: []Problem{}, Channels: map[string]Sum{}},
	}
}

func (r *Replayer) problem(p Problem) {
	if len(r.report.Problems) >= maxProblems {
		r.report.More++
		return
	}
	r.report.Problems = append(r.report.Problems, p)
}

// Problem adds something that was found outside the entries, such as a column that differs from its entry.
func (r *Replayer) Problem(p Problem) { r.problem(p) }

// Add takes the next entry.
func (r *Replayer) Add(s entry.Sealed) {
	at := r.next
	leaf := entry.Leaf(s.Salt, []byte(s.Body))
	if s.Withheld() && len(s.Hash) == len(leaf) {
		r.frontier, _ = r.frontier.Append(r.next, tlog.Hash(s.Hash))
		r.next++
		r.report.Withheld++
		r.Withhold()
		return
	}
	r.before = r.frontier
	r.frontier, _ = r.frontier.Append(r.next, leaf)
	r.next++
	e, err := entry.Decode([]byte(s.Body))
	subject := ""
	if err == nil {
		subject = e.Subject
	}
	if len(s.Salt) != entry.SaltSize {
		r.problem(Problem{Sequence: at, Subject: subject, Text: "盐值长度不对"})
	}
	if !bytes.Equal(leaf[:], s.Hash) {
		r.problem(Problem{Sequence: at, Subject: subject, Text: "内容与账本记录的哈希不符,该条已被改动"})
	}
	if err != nil {
		r.problem(Problem{Sequence: at, Text: "内容不是规范编码:" + err.Error()})
		return
	}
	if e.Sequence != at {
		r.problem(Problem{Sequence: at, Subject: e.Subject, Text: fmt.Sprintf("序号应为 %d,实为 %d:有账目缺失或次序颠倒", at, e.Sequence)})
	}
	if e.Jurisdiction != r.jurisdiction {
		r.problem(Problem{Sequence: at, Subject: e.Subject, Column: "jurisdiction", Text: "不属于本行政区 " + r.jurisdiction})
	}
	if e.Time.Before(r.last) {
		r.problem(Problem{Sequence: at, Subject: e.Subject, Text: "时间早于前一条"})
	}
	r.last = e.Time
	r.Apply(e, func(column, text string) {
		r.problem(Problem{Sequence: at, Subject: e.Subject, Column: column, Text: text})
	})
	r.count(e)
}

func (r *Replayer) count(e *entry.Entry) {
	if event, ok := strings.CutPrefix(e.Kind, "closure."); ok {
		if err := r.closure(e, event); err != nil {
			r.problem(Problem{Sequence: e.Sequence, Subject: e.Subject, Text: err.Error()})
		}
	}
	cell, sum, ok, err := metric.Of(e)
	if err != nil {
		r.problem(Problem{Sequence: e.Sequence, Subject: e.Subject, Text: "无法计入统计:" + err.Error()})
	}
	if ok {
		r.cells[cell] = r.cells[cell].Add(sum)
	}
	r.figures.add(e)
}

// Size is how many entries were taken.
func (r *Replayer) Size() int64 { return r.next }

// Cells are the totals of the entries taken.
func (r *Replayer) Cells() map[metric.Cell]metric.Sum { return r.cells }

// Frontier is the right edge of the tree of the entries taken.
func (r *Replayer) Frontier() entry.Frontier { return r.frontier }

// Report sums up. The problems found later are in it if it is asked again.
func (r *Replayer) Report() *Report {
	rep := r.report
	rep.Size, rep.Channels, rep.Years = r.next, map[string]Sum{}, map[string]Year{}
	root := r.frontier.Root()
	rep.Root = base64.StdEncoding.EncodeToString(root[:])
	for cell, sum := range r.cells {
		year, _, _ := strings.Cut(cell.Month, "-")
		y := rep.Years[year]
		switch cell.Metric {
		case metric.DemandsPublished:
			rep.DemandsPublished += sum.Count
			rep.Years[year] = Year{y.Demands + sum.Count, y.Contracts, y.Amount}
		case metric.ContractsSigned:
			rep.ContractsSigned += sum.Count
			rep.Amount += sum.Amount
			rep.Years[year] = Year{y.Demands, y.Contracts + sum.Count, y.Amount + sum.Amount}
			c := rep.Channels[cell.Channel]
			rep.Channels[cell.Channel] = Sum{c.Contracts + sum.Count, c.Amount + sum.Amount}
		}
	}
	return &rep
}

// Add adds a problem that was found outside the ledger, such as bytes that are not where they should be.
func (r *Report) Add(p Problem) {
	if len(r.Problems) >= maxProblems {
		r.More++
		return
	}
	r.Problems = append(r.Problems, p)
}

// Options are for Verify.
type Options struct {
	Progress   func(done int64) // called now and then, if set
	TrustedKey string           // the verifier key that the auditor knows; the policy's or the bundle's own if empty
	Since      string           // a checkpoint that the auditor has kept, which the ledger must continue; none if empty
	Policy     *witness.Policy  // which witnesses must have signed; nobody if nil
}

// progressEvery is how many entries lie between two calls of Progress.
const progressEvery = 10_000

// Verify replays a bundle. What is wrong with the bundle is in the report; the error is for reading alone.
func Verify(in io.Reader, o Options) (*Report, error) {
	bundle, err := entry.NewBundleReader(in)
	if errors.Is(err, entry.ErrBundle) {
		r := New("")
		r.problem(Problem{Sequence: -1, Text: "首行不是账本导出文件的文件头:" + err.Error()})
		return r.Report(), nil
	}
	if err != nil {
		return nil, err
	}
	h := bundle.Header
	r := New(h.Jurisdiction)
	key := r.trustedKey(h, o)
	checkpoint, kept := r.openCheckpoint(h, key), r.openSince(o.Since, key, h.Jurisdiction)
	r.cosigned(h.Checkpoint, o.Policy)
	for kept.at(r); ; kept.at(r) {
		s, err := bundle.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if errors.Is(err, entry.ErrBundle) {
			r.problem(Problem{Sequence: r.next, Text: fmt.Sprintf("文件第 %d 行不是规范的账目行,已被改动", r.next+2)})
		} else if err != nil {
			return nil, err
		}
		r.Add(s)
		if o.Progress != nil && r.next%progressEvery == 0 {
			o.Progress(r.next)
		}
	}
	kept.end(r)
	if checkpoint != nil {
		r.compare(*checkpoint)
	}
	return r.Report(), nil
}

// openCheckpoint verifies the signature of a bundle's checkpoint.
func (r *Replayer) openCheckpoint(h entry.Header, key string) *entry.Checkpoint {
	c, err := entry.OpenCheckpoint(h.Checkpoint, key)
	if err != nil {
		r.problem(Problem{Sequence: -1, Column: "checkpoint", Text: "检查点签名无效:" + err.Error()})
		return nil
	}
	if want := entry.Origin(h.Jurisdiction); c.Origin != want || h.Origin != want {
		r.problem(Problem{Sequence: -1, Column: "origin", Text: fmt.Sprintf("检查点来源应为 %s,实为 %s", want, c.Origin)})
	}
	return &c
}

// compare compares what was replayed with a signed head.
func (r *Replayer) compare(c entry.Checkpoint) {
	if r.next != c.Size {
		r.problem(Problem{Sequence: -1, Column: "size", Text: fmt.Sprintf("检查点有 %d 条账目,文件中有 %d 条", c.Size, r.next)})
		return
	}
	if r.frontier.Root() != c.Root {
		r.problem(Problem{Sequence: -1, Column: "root", Text: "由账目算出的树根与签名的检查点不符"})
	}
}
