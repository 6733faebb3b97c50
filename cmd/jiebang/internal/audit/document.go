package audit

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/reporting/replay"
)

// verdict is the JSON of a report. Amounts are exact decimal text in yuan.
type verdict struct {
	OK               bool      `json:"ok"`
	Jurisdiction     string    `json:"jurisdiction"`
	Size             int64     `json:"size"`
	Root             string    `json:"root"`
	DemandsPublished int64     `json:"demandsPublished"`
	ContractsSigned  int64     `json:"contractsSigned"`
	AmountYuan       string    `json:"amountYuan"`
	Channels         []channel `json:"channels"`
	Problems         []problem `json:"problems"`
	MoreProblems     int64     `json:"moreProblems"` // found beyond those that are listed
	Withheld         int64     `json:"withheld,omitempty"`
	Since            int64     `json:"since,omitempty"`
	Witnesses        []string  `json:"witnesses,omitempty"`
}

type problem struct {
	Sequence int64  `json:"sequence"` // -1 if it is not about one entry
	Subject  string `json:"subject"`
	Column   string `json:"column"`
	Text     string `json:"text"`
}

type channel struct {
	Channel    string `json:"channel"`
	Contracts  int64  `json:"contracts"`
	AmountYuan string `json:"amountYuan"`
}

// Document is what a verification found, ready to be printed.
func Document(r *replay.Report) (output.Document, error) {
	v := verdict{
		OK: len(r.Problems) == 0, Jurisdiction: r.Jurisdiction, Size: r.Size, Root: r.Root, DemandsPublished: r.DemandsPublished,
		ContractsSigned: r.ContractsSigned, AmountYuan: r.Amount.String(), Channels: []channel{}, Problems: []problem{},
		MoreProblems: r.More, Withheld: r.Withheld, Since: r.Since,
	}
	for _, w := range r.Witnesses {
		v.Witnesses = append(v.Witnesses, w.Name)
	}
	for _, p := range r.Problems {
		v.Problems = append(v.Problems, problem{p.Sequence, p.Subject, p.Column, p.Text})
	}
	for _, name := range channels(r) {
		sum := r.Channels[name]
		v.Channels = append(v.Channels, channel{name, sum.Contracts, sum.Amount.String()})
	}
	data, err := json.Marshal(v)
	return output.Document{
		JSON: data, Name: "ledgers/" + r.Jurisdiction,
		Header: []string{"序号", "对象", "列", "问题"}, Rows: problemRows(r.Problems),
		Text: func(w *output.Text, _ output.View) error { return reportText(w, r) },
	}, err
}

func problemRows(problems []replay.Problem) [][]string {
	var rows [][]string
	for _, p := range problems {
		place := ""
		if p.Sequence >= 0 {
			place = strconv.FormatInt(p.Sequence, 10)
		}
		rows = append(rows, []string{place, p.Subject, p.Column, p.Text})
	}
	return rows
}

func reportText(w *output.Text, r *replay.Report) error {
	for _, p := range r.Problems {
		if err := w.Printf("%s", output.Clean(problemLine(p))); err != nil {
			return err
		}
	}
	if r.More > 0 {
		if err := w.Printf("另有 %d 处问题未列出", r.More); err != nil {
			return err
		}
	}
	if len(r.Problems) > 0 {
		return w.Printf("未通过")
	}
	if r.Withheld > 0 {
		if err := w.Printf("其中 %d 条关于截止之前的揭榜,只有哈希;开榜之后再导出即可核验全文", r.Withheld); err != nil {
			return err
		}
	}
	if r.Since > 0 {
		if err := w.Printf("延续您留存的检查点(%d 条)", r.Since); err != nil {
			return err
		}
	}
	for _, c := range r.Witnesses {
		if err := w.Printf("见证: %s 于 %s", output.Clean(c.Name), c.Time.Format(time.RFC3339)); err != nil {
			return err
		}
	}
	for _, name := range channels(r) {
		sum := r.Channels[name]
		if err := w.Printf("%s: 签约 %d 项,金额 %s", channelName(name), sum.Contracts, exact(sum.Amount)); err != nil {
			return err
		}
	}
	return w.Printf("通过:%d 条,需求 %d 项,签约 %d 项,合作总金额 %s", r.Size, r.DemandsPublished, r.ContractsSigned, exact(r.Amount))
}

// problemLine says where a problem is and what it is; what is not about one entry has no place.
func problemLine(p replay.Problem) string {
	var place []string
	if p.Sequence >= 0 {
		place = append(place, fmt.Sprintf("第 %d 条", p.Sequence))
	}
	for _, s := range []string{p.Subject, p.Column} {
		if s != "" {
			place = append(place, s)
		}
	}
	if len(place) == 0 {
		return p.Text
	}
	return strings.Join(place, " ") + ": " + p.Text
}

// channels lists the channels of a report in the order of the API, then those that this program does not know.
func channels(r *replay.Report) []string {
	place := func(code string) jiebangv1.Channel {
		if c, err := input.ParseEnum[jiebangv1.Channel](code); err == nil {
			return c
		}
		return math.MaxInt32
	}
	return slices.SortedFunc(maps.Keys(r.Channels), func(a, b string) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), strings.Compare(a, b))
	})
}

func channelName(code string) string {
	if c, err := input.ParseEnum[jiebangv1.Channel](code); err == nil {
		return input.Chinese(c)
	}
	return output.Clean(code)
}

// exact shows an amount in 万元 if that is exact, and in yuan if not.
func exact(f money.Fen) string {
	if back, err := money.ParseWan(f.Wan()); err == nil && back == f {
		return f.Wan() + "万元"
	}
	return f.String() + "元"
}

// Document is the proof, ready to be printed.
func (p *Proof) Document() (output.Document, error) {
	entry := fmt.Sprintf("ledgers/%s/entries/%d", strings.TrimPrefix(p.Origin, "jiebang/"), p.Sequence)
	hash, root := output.Hex(p.EntryHash[:]), output.Hex(p.Root[:])
	data, err := json.Marshal(struct {
		OK          bool   `json:"ok"`
		Entry       string `json:"entry"`
		EntryHash   string `json:"entryHash"`
		Origin      string `json:"origin"`
		Size        int64  `json:"size"`
		Root        string `json:"root"`
		VerifierKey string `json:"verifierKey"`
	}{true, entry, hash, p.Origin, p.Size, root, p.Key})
	size := strconv.FormatInt(p.Size, 10)
	return output.Document{
		JSON: data, Name: entry,
		Header: []string{"条目", "条目哈希", "检查点条数", "检查点根", "公钥"}, Rows: [][]string{{entry, hash, size, root, p.Key}},
		Text: func(w *output.Text, _ output.View) error {
			if err := w.Printf("通过:第 %d 条在 %s 的账本里", p.Sequence, p.Origin); err != nil {
				return err
			}
			return w.Pairs([][]string{{"条目哈希", hash}, {"检查点条数", size}, {"检查点根", root}, {"公钥", p.Key}})
		},
	}, err
}

// CheckpointDocument is a checkpoint; as a table it is the signed note, byte for byte.
func CheckpointDocument(c *jiebangv1.Checkpoint) (output.Document, error) {
	data, err := output.Encode(c)
	return output.Document{
		JSON: data, Name: c.GetName(), Header: []string{"名称", "检查点"}, Rows: [][]string{{c.GetName(), c.GetNote()}},
		Text: func(w *output.Text, _ output.View) error { return w.Raw(c.GetNote()) },
	}, err
}
