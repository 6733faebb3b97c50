package custody

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/tlog"
	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/audit"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

const receiptFormat = "jiebang receipt 1"

// Receipt is what a bidder keeps of a bid: what was sealed, and once it is submitted, the proof that it stands in the ledger. It is checked
// without a server.
type Receipt struct {
	Format   string      `json:"format"`
	Bid      string      `json:"bid,omitempty"` // demands/…/bids/…
	Demand   string      `json:"demand"`
	Part     seal.Part   `json:"part,omitempty"`
	Level    seal.Level  `json:"level,omitempty"`
	SealedBy string      `json:"sealedBy,omitempty"` // client or server
	Digest   seal.Digest `json:"digest"`             // of the bid, as its entry has it
	Proof    *Proof      `json:"proof,omitempty"`
}

// Proof is an entry of a ledger and the way from it to a signed head.
type Proof struct {
	Sequence    int64       `json:"sequence"`
	Salt        []byte      `json:"salt"`
	Body        []byte      `json:"body"` // of the entry; with the salt it gives the leaf hash
	Hashes      []tlog.Hash `json:"hashes"`
	Checkpoint  string      `json:"checkpoint"`
	VerifierKey string      `json:"verifierKey"` // whose word counts only if the reader knows it from elsewhere
}

// ReceiptCommand makes jiebang receipt.
func ReceiptCommand(a *cli.App) *cobra.Command {
	return a.Group("receipt", "揭榜回执", "Receipts of bids", receiptGetCommand(a), receiptVerifyCommand(a))
}

func receiptVerifyCommand(a *cli.App) *cobra.Command {
	key, envelope := "", ""
	c := a.Action("verify FILE", "离线核验回执", "Verify a receipt without a server", func(ctx context.Context, _ *cobra.Command, args []string) error {
		r := Receipt{}
		if err := decode(args[0], &r); err != nil {
			return err
		}
		if envelope != "" {
			b, err := read(envelope, seal.MaxEnvelope)
			if err != nil {
				return err
			}
			if seal.Sum(b) != r.Digest {
				return fmt.Errorf("%w: 信封 %s 的摘要是 %s,回执上是 %s", audit.ErrProof, envelope, seal.Sum(b), r.Digest)
			}
		}
		f, err := r.verify(key)
		if err != nil {
			return err
		}
		if key == "" {
			a.Note("注意: 未给 --trusted-key,用回执里的公钥核验;请与科技局公布的公钥核对")
		}
		if envelope == "" {
			a.Note("注意: 未给 --envelope,没有与您手里的信封核对")
		}
		return f.print(ctx, a, r)
	})
	c.ValidArgsFunction = nil // files
	c.Flags().StringVar(&key, "trusted-key", "", "您自己掌握的账本公钥")
	c.Flags().StringVar(&envelope, "envelope", "", "您提交的信封文件,核对它的摘要")
	c.Example = "  jiebang receipt verify bid.jbb.receipt.json --envelope bid.jbb --trusted-key jiebang/330182+…"
	return c
}

// facts are what a receipt proves.
type facts struct {
	entry *entry.Entry
	leaf  tlog.Hash
	head  entry.Checkpoint
	key   string
}

// verify computes the leaf from the entry, the root from the leaf, and compares the root with the one that the ledger's key has signed.
func (r *Receipt) verify(trusted string) (*facts, error) {
	if r.Format != receiptFormat {
		return nil, fmt.Errorf("%w: 不是揭榜回执", audit.ErrProof)
	}
	p := r.Proof
	if p == nil {
		return nil, fmt.Errorf("%w: 这是回执草稿,还没有账本的证明;提交之后用 jiebang receipt get 取回执", audit.ErrProof)
	}
	f := &facts{key: p.VerifierKey}
	if trusted != "" {
		f.key = trusted
	}
	var err error
	if f.head, err = entry.OpenCheckpoint(p.Checkpoint, f.key); err != nil {
		return nil, fmt.Errorf("%w: 检查点的签名不对: %w", audit.ErrProof, err)
	}
	f.leaf = entry.Leaf(p.Salt, p.Body)
	if p.Sequence < 0 || p.Sequence >= f.head.Size {
		return nil, fmt.Errorf("%w: 检查点只有 %d 条,没有第 %d 条", audit.ErrProof, f.head.Size, p.Sequence)
	}
	if err := tlog.CheckRecord(tlog.RecordProof(p.Hashes), f.head.Size, f.head.Root, p.Sequence, f.leaf); err != nil {
		return nil, fmt.Errorf("%w: 证明推不出检查点的根: %w", audit.ErrProof, err)
	}
	if f.entry, err = entry.Decode(p.Body); err != nil {
		return nil, fmt.Errorf("%w: 条目读不懂: %w", audit.ErrProof, err)
	}
	return f, r.compare(f)
}

// compare compares what the receipt says with what the entry says.
func (r *Receipt) compare(f *facts) error {
	e := f.entry
	if e.Sequence != r.Proof.Sequence || entry.Origin(e.Jurisdiction) != f.head.Origin {
		return fmt.Errorf("%w: 条目是 %s 的第 %d 条,回执是 %s 的第 %d 条", audit.ErrProof, e.Jurisdiction, e.Sequence, f.head.Origin, r.Proof.Sequence)
	}
	if r.Bid == "" || e.Subject != r.Bid || !strings.HasPrefix(r.Bid, r.Demand+"/bids/") {
		return fmt.Errorf("%w: 条目是关于 %s 的,回执是关于 %s 的", audit.ErrProof, e.Subject, r.Bid)
	}
	for _, c := range e.Row {
		if strings.HasSuffix(c.Name, "_digest") && c.Value == r.Digest.String() {
			return nil
		}
	}
	return fmt.Errorf("%w: 条目里没有回执上的摘要 %s", audit.ErrProof, r.Digest)
}

func (f *facts) print(ctx context.Context, a *cli.App, r Receipt) error {
	name := fmt.Sprintf("ledgers/%s/entries/%d", f.entry.Jurisdiction, f.entry.Sequence)
	at, hash := f.entry.Time.Format(time.RFC3339Nano), output.Hex(f.leaf[:])
	data, err := json.Marshal(struct {
		OK          bool        `json:"ok"`
		Bid         string      `json:"bid"`
		Digest      seal.Digest `json:"digest"`
		Kind        string      `json:"kind"`
		Time        string      `json:"time"`
		Entry       string      `json:"entry"`
		EntryHash   string      `json:"entryHash"`
		Size        int64       `json:"size"`
		VerifierKey string      `json:"verifierKey"`
	}{true, r.Bid, r.Digest, f.entry.Kind, at, name, hash, f.head.Size, f.key})
	if err != nil {
		return err
	}
	return a.Printer.Document(ctx, output.Document{
		JSON: data, Name: name, Header: []string{"揭榜", "摘要", "事项", "时间", "条目", "条目哈希", "检查点条数", "公钥"},
		Rows: [][]string{{r.Bid, r.Digest.String(), f.entry.Kind, at, name, hash, strconv.FormatInt(f.head.Size, 10), f.key}},
		Text: func(w *output.Text, _ output.View) error {
			if err := w.Printf("通过:回执所载的揭榜在 %s 的账本里", output.Clean(f.head.Origin)); err != nil {
				return err
			}
			return w.Pairs([][]string{{"揭榜", output.Clean(r.Bid)}, {"摘要", r.Digest.String()}, {"事项", output.Clean(f.entry.Kind)},
				{"时间", f.entry.Time.In(beijing).Format("2006-01-02 15:04:05.000000")}, {"条目", name}, {"条目哈希", hash},
				{"检查点条数", strconv.FormatInt(f.head.Size, 10)}, {"公钥", output.Clean(f.key)}})
		},
	})
}

func receiptGetCommand(a *cli.App) *cobra.Command {
	file := ""
	c := a.Action("get BID", "取回带证明的揭榜回执,存为文件", "Fetch the receipt of a bid", func(ctx context.Context, _ *cobra.Command, args []string) error {
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		r, err := fetch(ctx, conn, args[0])
		if err != nil {
			return err
		}
		f, err := r.verify("")
		if err != nil {
			return err
		}
		text, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return err
		}
		if file == "" {
			file = args[0][strings.LastIndex(args[0], "/")+1:] + ".receipt.json"
		}
		if err := (&sealing{}).write(file, append(text, '\n')); err != nil {
			return err
		}
		a.Note("回执存入 %s,请妥善保存;离线核验: jiebang receipt verify %s", file, file)
		return f.print(ctx, a, *r)
	})
	c.Flags().StringVarP(&file, "file", "f", "", "写到哪个文件(默认 揭榜ID.receipt.json);已有的文件不会被覆盖")
	return c
}

// fetch asks for the last entry of a bid and for the way from it to the signed head.
func fetch(ctx context.Context, conn grpc.ClientConnInterface, name string) (*Receipt, error) {
	b, err := jiebangv1.NewBidServiceClient(conn).GetBid(ctx, &jiebangv1.GetBidRequest{Name: name})
	if err != nil {
		return nil, err
	}
	ledger := "ledgers/" + b.GetReceipt().GetJurisdiction()
	at := fmt.Sprintf("%s/entries/%d", ledger, b.GetReceipt().GetSequence())
	client := jiebangv1.NewLedgerServiceClient(conn)
	e, err := client.GetEntry(ctx, &jiebangv1.GetEntryRequest{Name: at})
	if err != nil {
		return nil, err
	}
	head, key, err := audit.Checkpoint(ctx, conn, ledger, "")
	if err != nil {
		return nil, err
	}
	c, err := audit.Open(head, key, ledger)
	if err != nil {
		return nil, err
	}
	proof, err := client.ProveInclusion(ctx, &jiebangv1.ProveInclusionRequest{Name: at, TreeSize: c.Size})
	if err != nil {
		return nil, err
	}
	r := &Receipt{Format: receiptFormat, Bid: b.GetName(), Demand: strings.Split(b.GetName(), "/bids/")[0],
		Proof: &Proof{Sequence: e.GetSequence(), Salt: e.GetSalt(), Body: e.GetBody(), Checkpoint: head.GetNote(), VerifierKey: key}}
	if !bytes.Equal(e.GetEntryHash(), b.GetReceipt().GetEntryHash()) || copy(r.Digest[:], b.GetContentDigest()) != len(r.Digest) {
		return nil, fmt.Errorf("%w: 服务器给的条目不是揭榜回执上的那条", audit.ErrProof)
	}
	for _, h := range proof.GetHashes() {
		if len(h) != tlog.HashSize {
			return nil, fmt.Errorf("%w: 服务器给的证明不是 32 字节的哈希", audit.ErrProof)
		}
		r.Proof.Hashes = append(r.Proof.Hashes, tlog.Hash(h))
	}
	return r, nil
}
