package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/audit"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/services/ledger/witness"
)

// outside are the flags of those who rely on nobody's word: their policy, and the checkpoint that they took home before.
type outside struct {
	policy, since string
}

func (o *outside) policyFlag(c *cobra.Command) {
	c.Flags().StringVar(&o.policy, "policy", "", "见证策略文件(C2SP tlog-policy:log、witness、group、quorum):须有其中足够的见证人签名")
}

// readPolicy reads the policy; nil if none is given.
func (o *outside) readPolicy() (*witness.Policy, error) {
	if o.policy == "" {
		return nil, nil
	}
	text, err := os.ReadFile(o.policy)
	if err != nil {
		return nil, err
	}
	p, err := witness.ParsePolicy(string(text))
	if err != nil {
		return nil, failure.Usagef("--policy %s: %v", o.policy, err)
	}
	return p, nil
}

// readSince reads the auditor's own checkpoint; empty if none is given.
func (o *outside) readSince() (string, error) {
	if o.since == "" {
		return "", nil
	}
	text, err := os.ReadFile(o.since)
	return string(text), err
}

// isThing reports whether what is to be proved is named by what it is about rather than by its place in a ledger.
func isThing(name string) bool {
	return strings.HasPrefix(name, "contracts/") || strings.HasPrefix(name, "demands/")
}

// takeHome writes the proof of a contract, a demand, a bid or an entry into a file.
func (a *app) takeHome(ctx context.Context, name, file string, q audit.Question, o outside) error {
	policy, err := o.readPolicy()
	if err != nil {
		return err
	}
	conn, err := a.Connection()
	if err != nil {
		return err
	}
	if isThing(name) {
		key := q.TrustedKey
		if q, err = audit.Locate(ctx, conn, name); err != nil {
			return err
		}
		q.TrustedKey = key
	}
	if file == "" {
		file = path.Base(name) + ".tlog-proof"
	}
	found, err := audit.TakeHome(ctx, conn, q, audit.Want{Policy: policy, Cosigned: true}, file)
	if err != nil {
		return err
	}
	a.warnKey(q.TrustedKey)
	a.Note("证明写在 %s;不联网核验请运行 jiebang audit check-proof %s --key '%s'", file, file, found.Key)
	document, err := found.Document()
	if err != nil {
		return err
	}
	return a.Printer.Document(ctx, document)
}

func (a *app) auditCheckProofCommand() *cobra.Command {
	key, o := "", outside{}
	c := a.Action("check-proof FILE", "离线核验一份证明(tlog-proof)", "Verify a proof without a server", func(ctx context.Context, _ *cobra.Command, args []string) error {
		policy, err := o.readPolicy()
		if err != nil {
			return err
		}
		if key == "" && (policy == nil || len(policy.Logs) == 0) {
			return failure.Usagef("缺少 --key: 请给出科技局公布的账本公钥,或在 --policy 文件中写明 log 行")
		}
		var file []byte
		if args[0] == "-" {
			file, err = io.ReadAll(io.LimitReader(a.In, 16<<20))
		} else {
			file, err = os.ReadFile(args[0])
		}
		if err != nil {
			return err
		}
		found, err := audit.CheckProof(file, key, policy)
		if err != nil {
			return err
		}
		if policy == nil {
			a.Note("注意: 未给 --policy,没有核对见证人的签名")
		}
		document, err := found.Document()
		if err != nil {
			return err
		}
		return a.Printer.Document(ctx, document)
	})
	c.ValidArgsFunction = nil // files
	c.Flags().StringVar(&key, "key", "", "账本公钥,须向科技局核实")
	o.policyFlag(c)
	return c
}

// exportTiles writes the ledger as tiles into a new directory.
func (a *app) exportTiles(ctx context.Context, x audit.Exporter, dir string) error {
	size, missing, err := x.Tiles(ctx, dir)
	if err != nil {
		return err
	}
	a.Note("已导出 %d 条(C2SP tlog-tiles),树根与签名的检查点相符", size)
	if missing > 0 {
		a.Note("有 %d 组账目含未开榜的揭榜或超长内容,只有哈希", missing)
	}
	_, err = fmt.Fprintln(a.Out, dir)
	return err
}
