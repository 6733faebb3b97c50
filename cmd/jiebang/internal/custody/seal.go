package custody

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	"github.com/jiebang/jiebang/services/bidding/seal"
)

// maxFile bounds the files of terms and of bids, in bytes.
const maxFile = 1 << 20

// draft is a bid as its bidder writes it: the amount is text, to the fen, and attachments are given as files.
type draft struct {
	seal.Plain
	Amount string `json:"amount"`
}

// sealing is what a bidder asks for.
type sealing struct {
	terms, bid, out, part string
	attachments           []string
	made                  []string // files written so far
}

// SealCommand makes jiebang bid seal.
func SealCommand(a *cli.App) *cobra.Command {
	s := &sealing{}
	c := a.Action("seal TERMS BID", "离线密封揭榜,写成信封", "Seal a bid offline", func(ctx context.Context, _ *cobra.Command, args []string) error {
		s.terms, s.bid = args[0], args[1]
		if s.out == "" {
			s.out = strings.TrimSuffix(s.bid, filepath.Ext(s.bid)) + ".jbb"
		}
		t, r, err := s.run()
		if err != nil {
			for _, path := range s.made {
				err = errors.Join(err, os.Remove(path))
			}
			return explain(err)
		}
		a.Note("信封 %s 已写好,内容只有开封时才能读到;请在 %s 之前提交", s.out, t.Deadline.In(beijing).Format("2006-01-02 15:04:05"))
		a.Note("%s", promise(t))
		a.Note("回执草稿存入 %s;提交之后用 jiebang receipt get 换成带证明的回执", s.out+".receipt.json")
		return s.print(ctx, a, r)
	})
	c.ValidArgsFunction = nil // files
	c.Flags().StringVar(&s.out, "out", "", "信封写到哪个文件(默认与揭榜文件同名,扩展名 .jbb);已有的文件不会被覆盖")
	c.Flags().StringVar(&s.part, "part", string(seal.Whole), "whole 全部;实行双信封的需求分 technical 技术标、price 报价")
	c.Flags().StringArrayVar(&s.attachments, "attach", nil, "附件,可多次给出;逐个密封,写在信封旁边")
	cli.Fixed(c, "part", string(seal.Whole), string(seal.Technical), string(seal.Price))
	c.Example = "  jiebang bid seal terms.json bid.json --attach 检测报告.pdf"
	return c
}

var beijing = time.FixedZone("CST", 8*60*60)

// promise says what the level of t protects against and what it does not.
func promise(t seal.Terms) string {
	if t.Level == seal.Platform {
		return "S0 级: 防数据库和备份泄露;开封密钥由平台持有,平台的系统管理员有能力提前开封"
	}
	n := len(t.Recipients)
	return fmt.Sprintf("S1 级: 平台没有密钥,%d 位密钥保管人中任意 %d 位才能开封;不到 %d 位一无所得,%d 位合谋并拿到信封则可提前开封", n, t.Threshold, t.Threshold, t.Threshold)
}

// run seals what was asked for and writes the files.
func (s *sealing) run() (t seal.Terms, r Receipt, err error) {
	if err := decode(s.terms, &t); err != nil {
		return t, r, err
	}
	if err := t.Check(); err != nil {
		return t, r, err
	}
	for _, recipient := range t.Recipients {
		if err := seal.CheckRecipient(recipient); err != nil {
			return t, r, err
		}
	}
	d := draft{}
	if err := decode(s.bid, &d); err != nil {
		return t, r, err
	}
	p, err := d.plain()
	if err != nil {
		return t, r, err
	}
	key, err := seal.NewKey(rand.Reader)
	if err != nil {
		return t, r, err
	}
	for i, path := range s.attachments {
		a, err := s.attach(key, path, strconv.Itoa(i+1))
		if err != nil {
			return t, r, err
		}
		p.Attachments = append(p.Attachments, a)
	}
	envelope, err := seal.Seal(rand.Reader, key, t, seal.Part(s.part), p)
	if err != nil {
		return t, r, err
	}
	r = Receipt{Format: receiptFormat, Demand: t.Demand, Part: seal.Part(s.part), Level: t.Level, SealedBy: "client", Digest: seal.Sum(envelope)}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return t, r, err
	}
	if err := s.write(s.out, envelope); err != nil {
		return t, r, err
	}
	return t, r, s.write(s.out+".receipt.json", append(text, '\n'))
}

// write writes a new file.
func (s *sealing) write(path string, b []byte) error {
	return s.create(path, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

// create writes a new file and remembers it.
func (s *sealing) create(path string, write func(io.Writer) error) error {
	err := create(path, write)
	if err == nil {
		s.made = append(s.made, path)
	}
	return err
}

// attach seals a file beside the envelope, and says what the bid says of it.
func (s *sealing) attach(key seal.Key, path, label string) (seal.Attachment, error) {
	a := seal.Attachment{Name: filepath.Base(path), Label: label}
	f, err := os.Open(path)
	if err != nil {
		return a, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return a, err
	}
	if !info.Mode().IsRegular() {
		return a, failure.Usagef("附件 %s 不是普通文件", path)
	}
	a.Size = info.Size()
	h := sha256.New()
	err = s.create(s.out+"."+label, func(w io.Writer) error {
		return seal.SealAttachment(w, io.TeeReader(f, h), a.Size, seal.AttachmentKey(key, label))
	})
	a.SHA256 = seal.Digest(h.Sum(nil))
	return a, err
}

// plain is the content that d describes.
func (d *draft) plain() (seal.Plain, error) {
	p := d.Plain
	if p.Amount != nil || len(p.Attachments) > 0 {
		return p, errors.New("揭榜文件里的报价请写成 amount,如 \"41.8万元\";附件请用 --attach 给出")
	}
	if d.Amount == "" {
		return p, nil
	}
	fen, err := input.Amount(d.Amount)
	p.Amount = &fen
	return p, err
}

// decode reads a JSON file strictly: a name that is misspelt is not passed over.
func decode(path string, into any) error {
	b, err := read(path, maxFile)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(b, []byte("\uFEFF"))))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("文件 %s 读不懂: %w", path, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("文件 %s 在 JSON 之后还有内容", path)
	}
	return nil
}

func (s *sealing) print(ctx context.Context, a *cli.App, r Receipt) error {
	data, err := json.Marshal(struct {
		Envelope    string      `json:"envelope"`
		Attachments []string    `json:"attachments"`
		Demand      string      `json:"demand"`
		Part        seal.Part   `json:"part"`
		Level       seal.Level  `json:"level"`
		Digest      seal.Digest `json:"digest"`
	}{s.out, s.made[:len(s.attachments)], r.Demand, r.Part, r.Level, r.Digest})
	if err != nil {
		return err
	}
	return a.Printer.Document(ctx, output.Document{
		JSON: data, Name: s.out, Header: []string{"信封", "需求", "部分", "级别", "摘要"},
		Rows: [][]string{{s.out, r.Demand, string(r.Part), string(r.Level), r.Digest.String()}},
		Text: func(w *output.Text, _ output.View) error {
			pairs := [][]string{{"信封", output.Clean(s.out)}, {"需求", output.Clean(r.Demand)}, {"级别", string(r.Level)}, {"摘要", r.Digest.String()}}
			for _, path := range s.made[:len(s.attachments)] {
				pairs = append(pairs, []string{"附件", output.Clean(path)})
			}
			return w.Pairs(pairs)
		},
	})
}
