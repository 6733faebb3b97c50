package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/audit"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/organization"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
	"github.com/jiebang/jiebang/services/reporting/replay"
)

func (a *app) auditCommand() *cobra.Command {
	return a.Group("audit", "审计:总账、导出与核验", "Totals, exports and proofs",
		a.auditTotalCommand(), a.auditExportCommand(), a.auditVerifyCommand(), a.auditCheckpointCommand(), a.auditProveCommand(), a.auditCheckProofCommand(), a.auditClockCommand())
}

// ledgerFlag adds the flag that names a ledger.
func (a *app) ledgerFlag(c *cobra.Command, ledger *string, usage string) {
	c.Flags().StringVar(ledger, "ledger", "", usage)
	err := c.RegisterFlagCompletionFunc("ledger", func(c *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		a.Err = io.Discard
		if a.Open(c) != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return a.ledgers(c, typed), cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // the flag was added just now
	}
}

func (a *app) ledgers(c *cobra.Command, typed string) (found []cobra.Completion) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Root().Context()), cli.CompletionTime)
	defer cancel()
	conn, err := a.Connection()
	if err != nil {
		return nil
	}
	r, err := jiebangv1.NewLedgerServiceClient(conn).ListLedgers(ctx, &jiebangv1.ListLedgersRequest{PageSize: cli.MaxPage})
	if err != nil {
		return nil
	}
	for _, l := range r.GetLedgers() {
		if code := path.Base(l.GetName()); strings.HasPrefix(code, typed) {
			found = append(found, cobra.CompletionWithDesc(code, output.Clean(l.GetDisplayName())))
		}
	}
	return found
}

// ledger makes the name of a ledger from its jurisdiction; if none is given, it is the one of the caller's.
func (a *app) ledger(ctx context.Context, typed string) (string, error) {
	if typed == "" {
		who, err := organization.Caller(ctx, a.App)
		if err != nil {
			return "", err
		}
		typed = who.GetOrganization().GetJurisdiction()
	}
	code := strings.TrimPrefix(typed, "ledgers/")
	if code == "" || strings.Contains(code, "/") {
		return "", failure.Usagef("--ledger %q 有误: 请写成行政区划代码,如 330182", typed)
	}
	return "ledgers/" + code, nil
}

func (a *app) auditExportCommand() *cobra.Command {
	ledger, file, tiles, o := "", "", "", outside{}
	c := a.Action("export", "导出账本,供离线核验", "Export a ledger", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		policy, err := o.readPolicy()
		if err != nil {
			return err
		}
		name, err := a.ledger(ctx, ledger)
		if err != nil {
			return err
		}
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		x := audit.Exporter{Conn: conn, Ledger: name, Want: audit.Want{Policy: policy}, Progress: func(done, total int64) { a.Progress("已导出", done, total) }}
		if tiles != "" {
			return a.exportTiles(ctx, x, tiles)
		}
		path, size, err := x.Export(ctx, file)
		if err != nil {
			return err
		}
		a.Note("已导出 %d 条;核验请运行 jiebang audit verify %s", size, path)
		_, err = fmt.Fprintln(a.Out, path)
		return err
	})
	a.ledgerFlag(c, &ledger, "行政区划代码(默认为本单位所在地)")
	c.Flags().StringVarP(&file, "file", "f", "", "写到哪个文件(默认 ledger-行政区划-条数.jsonl)")
	c.Flags().StringVar(&tiles, "tiles", "", "改为导出到一个新目录:检查点、哈希瓦片和账目(C2SP tlog-tiles)")
	c.MarkFlagsMutuallyExclusive("file", "tiles")
	o.policyFlag(c)
	return c
}

func (a *app) auditVerifyCommand() *cobra.Command {
	key, o := "", outside{}
	verify := func(ctx context.Context, _ *cobra.Command, args []string) error {
		policy, err1 := o.readPolicy()
		since, err2 := o.readSince()
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		in := a.In
		if args[0] != "-" {
			f, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer f.Close()
			in = f
		}
		if key == "" && (policy == nil || len(policy.Logs) == 0) {
			a.Note("注意: 未给 --trusted-key,用包内的公钥核验;这只证明账本前后一致,不证明它出自谁")
		}
		report, err := replay.Verify(audit.Reader(ctx, in), replay.Options{
			TrustedKey: key, Since: since, Policy: policy, Progress: func(done int64) { a.Progress("已核验", done, 0) },
		})
		a.Erase()
		if err != nil {
			return err
		}
		document, err := audit.Document(report)
		if err != nil {
			return err
		}
		if err := a.Printer.Document(ctx, document); err != nil {
			return err
		}
		if len(report.Problems) > 0 {
			return fmt.Errorf("%w: 有 %d 处问题", audit.ErrProof, int64(len(report.Problems))+report.More)
		}
		return nil
	}
	c := a.Action("verify BUNDLE", "离线核验导出的账本,重新算出总账", "Verify an export without a server", verify)
	c.ValidArgsFunction = nil // files
	c.Flags().StringVar(&key, "trusted-key", "", "您自己掌握的账本公钥")
	c.Flags().StringVar(&o.since, "since", "", "您以前留存的检查点文件(jiebang audit checkpoint 的输出):账本须延续它")
	o.policyFlag(c)
	return c
}

func (a *app) auditCheckpointCommand() *cobra.Command {
	ledger, key := "", ""
	c := a.Action("checkpoint", "取账本的签名检查点并验签", "Fetch the signed checkpoint", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		name, err := a.ledger(ctx, ledger)
		if err != nil {
			return err
		}
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		head, verifier, err := audit.Checkpoint(ctx, conn, name, key)
		if err != nil {
			return err
		}
		if _, err := audit.Open(head, verifier, name); err != nil {
			return err
		}
		a.Note("签名核验通过,公钥 %s", verifier)
		a.warnKey(key)
		document, err := audit.CheckpointDocument(head)
		if err != nil {
			return err
		}
		return a.Printer.Document(ctx, document)
	})
	a.ledgerFlag(c, &ledger, "行政区划代码(默认为本单位所在地)")
	c.Flags().StringVar(&key, "trusted-key", "", "您自己掌握的账本公钥")
	return c
}

// warnKey warns of a proof that rests on a key of the server's own.
func (a *app) warnKey(trusted string) {
	if trusted == "" {
		a.Note("注意: 未给 --trusted-key,公钥取自服务器;请与科技局公布的公钥核对")
	}
}

func (a *app) auditProveCommand() *cobra.Command {
	key, hash, file, o := "", "", "", outside{}
	c := a.Action("prove NAME", "证明一条记录或一份合同在账本里", "Prove that an entry is in a ledger", func(ctx context.Context, _ *cobra.Command, args []string) error {
		if isThing(args[0]) {
			return a.takeHome(ctx, args[0], file, audit.Question{TrustedKey: key}, o)
		}
		q, err := question(args[0], hash)
		if err != nil {
			return err
		}
		q.TrustedKey = key
		if file != "" {
			return a.takeHome(ctx, args[0], file, q, o)
		}
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		proof, err := audit.Prove(ctx, conn, q)
		if err != nil {
			return err
		}
		a.warnKey(key)
		if hash == "" {
			a.Note("注意: 未给 --hash,没有与您的回执核对;请核对以下条目哈希")
		}
		document, err := proof.Document()
		if err != nil {
			return err
		}
		return a.Printer.Document(ctx, document)
	})
	c.Example = "  jiebang audit prove ledgers/330182/entries/17\n  jiebang audit prove 330182/17 --hash 回执上的哈希\n" +
		"  jiebang audit prove contracts/c330182-0123456789abcdef -f 合同.tlog-proof"
	c.Flags().StringVar(&key, "trusted-key", "", "您自己掌握的账本公钥")
	c.Flags().StringVar(&hash, "hash", "", "回执上的条目哈希")
	c.Flags().StringVarP(&file, "file", "f", "", "把证明写成一个文件(C2SP tlog-proof),不联网也能核验;合同、需求、揭榜默认写到 编号.tlog-proof")
	o.policyFlag(c)
	return c
}

// question reads an entry as the API or a receipt names it, and the hash on the receipt.
func question(typed, hash string) (q audit.Question, err error) {
	short := strings.Replace(strings.TrimPrefix(typed, "ledgers/"), "/entries/", "/", 1)
	code, sequence, ok := strings.Cut(short, "/")
	if q.Sequence, err = strconv.ParseInt(sequence, 10, 64); !ok || code == "" || err != nil || q.Sequence < 0 {
		return q, failure.Usagef("%q 有误: 请写成 ledgers/330182/entries/17 或回执上的 330182/17", typed)
	}
	q.Ledger = "ledgers/" + code
	if hash != "" {
		if q.Hash, err = hex.DecodeString(hash); err != nil || len(q.Hash) != 32 {
			return q, failure.Usagef("--hash %q 不是 64 位十六进制", hash)
		}
	}
	return q, nil
}
