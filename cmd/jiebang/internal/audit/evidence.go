package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/ledger/evidence"
	"github.com/jiebang/jiebang/services/ledger/witness"
)

// TakeHome writes a file that proves an entry without any server, and returns what it proves. The file appears when it is whole and proves it.
func TakeHome(ctx context.Context, conn grpc.ClientConnInterface, q Question, w Want, path string) (*Evidence, error) {
	client := jiebangv1.NewLedgerServiceClient(conn)
	name := fmt.Sprintf("%s/entries/%d", q.Ledger, q.Sequence)
	e, err := client.GetEntry(ctx, &jiebangv1.GetEntryRequest{Name: name})
	if err != nil {
		return nil, err
	}
	w.Least = q.Sequence + 1
	head, err := Choose(ctx, conn, q.Ledger, w)
	if err != nil {
		return nil, err
	}
	key := q.TrustedKey
	if key == "" {
		l, err := client.GetLedger(ctx, &jiebangv1.GetLedgerRequest{Name: q.Ledger})
		if err != nil {
			return nil, err
		}
		key = l.GetVerifierKey()
	}
	c, err := Open(head, key, q.Ledger)
	if err != nil {
		return nil, err
	}
	answer, err := client.ProveInclusion(ctx, &jiebangv1.ProveInclusionRequest{Name: name, TreeSize: c.Size})
	if err != nil {
		return nil, err
	}
	p := evidence.Proof{Index: q.Sequence, Salt: e.GetSalt(), Body: string(e.GetBody()), Checkpoint: head.GetNote()}
	for _, b := range answer.GetHashes() {
		h, ok := hash(b)
		if !ok {
			return nil, fmt.Errorf("%w: 服务器给的证明不是 32 字节的哈希", ErrProof)
		}
		p.Path = append(p.Path, h)
	}
	file := p.Encode()
	found, err := CheckProof(file, key, w.Policy)
	if err != nil {
		return nil, err
	}
	if leaf := entry.Leaf(p.Salt, []byte(p.Body)); q.Hash != nil && tlog.Hash(q.Hash) != leaf {
		return nil, fmt.Errorf("%w: 第 %d 条的哈希是 %x,回执上是 %x", ErrProof, q.Sequence, leaf[:], q.Hash)
	}
	return found, replace(path, func(f *os.File) error {
		_, err := f.Write(file)
		return err
	})
}

// Evidence is what a file proves.
type Evidence struct {
	Entry *entry.Entry
	Head  entry.Checkpoint
	Key   string
	By    []witness.Cosignature // of the policy's witnesses
}

// CheckProof verifies a file by the ledger's key, and by a policy if one is given. Without a key the policy names it.
func CheckProof(file []byte, key string, policy *witness.Policy) (*Evidence, error) {
	p, err := evidence.ParseProof(file)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProof, err)
	}
	if key == "" {
		head, err := entry.Unverified(p.Checkpoint)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrProof, err)
		}
		for _, log := range policy.Logs {
			if strings.HasPrefix(log, head.Origin+"+") {
				key = log
			}
		}
	}
	v := &Evidence{Key: key}
	if v.Entry, v.Head, err = p.Verify(key); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProof, err)
	}
	if policy == nil {
		return v, nil
	}
	met := false
	if v.By, met, err = policy.Check(p.Checkpoint); err != nil {
		return nil, fmt.Errorf("%w: 见证人的签名无效: %w", ErrProof, err)
	}
	if !met {
		return nil, fmt.Errorf("%w: 见证人签名 %d 个,不足策略所需", ErrProof, len(v.By))
	}
	return v, nil
}

// Document is what a file proves, ready to be printed.
func (v *Evidence) Document() (output.Document, error) {
	e := v.Entry
	row := map[string]string{}
	rows := [][]string{
		{"账本", v.Head.Origin}, {"第几条", strconv.FormatInt(e.Sequence, 10)}, {"时间", e.Time.Format(time.RFC3339Nano)}, {"类型", e.Kind}, {"对象", e.Subject},
		{"单位", e.Organization}, {"经手", e.Actor},
	}
	for _, c := range e.Row {
		row[c.Name] = c.Value
		rows = append(rows, []string{c.Name, output.Clean(c.Value)})
	}
	rows = append(rows, []string{"检查点条数", strconv.FormatInt(v.Head.Size, 10)}, []string{"账本公钥", v.Key})
	by := []string{}
	for _, w := range v.By {
		by = append(by, w.Key.Name())
		rows = append(rows, []string{"见证", w.Key.Name() + " " + w.Time.Format(time.RFC3339)})
	}
	data, err := json.Marshal(struct {
		OK           bool              `json:"ok"`
		Origin       string            `json:"origin"`
		Sequence     int64             `json:"sequence"`
		Time         string            `json:"time"`
		Kind         string            `json:"kind"`
		Subject      string            `json:"subject"`
		Organization string            `json:"organization"`
		Actor        string            `json:"actor"`
		Row          map[string]string `json:"row"`
		Size         int64             `json:"size"`
		VerifierKey  string            `json:"verifierKey"`
		Witnesses    []string          `json:"witnesses"`
	}{true, v.Head.Origin, e.Sequence, e.Time.Format(entry.TimeLayout), e.Kind, e.Subject, e.Organization, e.Actor, row, v.Head.Size, v.Key, by})
	return output.Document{
		JSON: data, Name: fmt.Sprintf("ledgers/%s/entries/%d", e.Jurisdiction, e.Sequence), Header: []string{"项目", "内容"}, Rows: rows,
		Text: func(w *output.Text, _ output.View) error {
			if err := w.Printf("通过:以下内容在 %s 的账本里", v.Head.Origin); err != nil {
				return err
			}
			return w.Pairs(rows)
		},
	}, err
}

// Locate finds the last entry about a contract, a demand or a bid by its receipt.
func Locate(ctx context.Context, conn grpc.ClientConnInterface, name string) (q Question, err error) {
	var r *jiebangv1.Receipt
	switch {
	case strings.HasPrefix(name, "contracts/"):
		c, err := jiebangv1.NewContractServiceClient(conn).GetContract(ctx, &jiebangv1.GetContractRequest{Name: name})
		if err != nil {
			return q, err
		}
		r = c.GetReceipt()
	case strings.Contains(name, "/bids/"):
		b, err := jiebangv1.NewBidServiceClient(conn).GetBid(ctx, &jiebangv1.GetBidRequest{Name: name})
		if err != nil {
			return q, err
		}
		r = b.GetReceipt()
	default:
		d, err := jiebangv1.NewDemandServiceClient(conn).GetDemand(ctx, &jiebangv1.GetDemandRequest{Name: name})
		if err != nil {
			return q, err
		}
		r = d.GetReceipt()
	}
	return Question{Ledger: "ledgers/" + r.GetJurisdiction(), Sequence: r.GetSequence(), Hash: r.GetEntryHash()}, nil
}
