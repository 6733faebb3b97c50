package keeping

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/bidding/seal"
)

func setDigest(digests [][]byte) string { return output.Hex(bid.Set(digests)) }

// BidCommands are the commands of jiebang bid for those who seal their bids themselves.
func BidCommands(a *cli.App) []*cobra.Command {
	return []*cobra.Command{termsCommand(a), finalizeCommand(a)}
}

func termsCommand(a *cli.App) *cobra.Command {
	file := ""
	c := a.Action("terms DEMAND", "取需求的密封条款,供 jiebang bid seal 使用", "Fetch what bids of a demand are sealed under", func(ctx context.Context, c *cobra.Command, args []string) error {
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		s, err := jiebangv1.NewBidServiceClient(conn).GetSealing(ctx, &jiebangv1.GetSealingRequest{Name: args[0] + "/sealing"})
		if err != nil {
			return err
		}
		t := seal.Terms{Demand: args[0], Deadline: s.GetDeadline().AsTime(), Level: seal.Level(s.GetLevel().String()), Threshold: int(s.GetThreshold()), Recipients: s.GetRecipients()}
		copy(t.Digest[:], s.GetTermsDigest())
		if p := t.Policy(); string(p[:]) != string(s.GetPolicyDigest()) {
			return fmt.Errorf("服务器给的密封条款与其摘要不符")
		}
		text, err := json.MarshalIndent(t, "", "  ")
		if err != nil {
			return err
		}
		if file == "" {
			_, err = fmt.Fprintf(a.Out, "%s\n", text)
			return err
		}
		return os.WriteFile(file, append(text, '\n'), 0o644)
	})
	c.ValidArgsFunction = nil // a demand
	c.Flags().StringVarP(&file, "file", "f", "", "写到哪个文件(默认打印)")
	c.Example = "  jiebang bid terms demands/d330182-… -f terms.json"
	return c
}

func finalizeCommand(a *cli.App) *cobra.Command {
	submission := 1
	c := a.Action("finalize DEMAND ENVELOPE", "提交自己密封的信封", "Submit a sealed envelope", func(ctx context.Context, _ *cobra.Command, args []string) error {
		envelope, err := os.ReadFile(args[1])
		if err != nil {
			return err
		}
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		r, err := cli.Send(ctx, a, 0, &jiebangv1.FinalizeBidRequest{Parent: args[0], Envelope: envelope, Submission: int32(submission)}, jiebangv1.NewBidServiceClient(conn).FinalizeBid)
		if err != nil {
			return err
		}
		a.Done(r.GetReceipt())
		a.Note("带证明的回执: jiebang receipt get %s", r.GetBid())
		data, err := json.Marshal(struct {
			Bid        string `json:"bid"`
			Submission int32  `json:"submission"`
			Digest     string `json:"digest"`
			Note       string `json:"note"`
		}{r.GetBid(), r.GetSubmission(), output.Hex(r.GetDigest()), r.GetNote()})
		if err != nil {
			return err
		}
		rows := [][]string{{r.GetBid(), strconv.Itoa(int(r.GetSubmission())), output.Hex(r.GetDigest())}}
		return a.Printer.Document(ctx, output.Document{JSON: data, Name: r.GetBid(), Header: []string{"揭榜", "第几次", "摘要"}, Rows: rows,
			Text: func(w *output.Text, _ output.View) error {
				return w.Pairs([][]string{{"揭榜", output.Clean(r.GetBid())}, {"第几次", rows[0][1]}, {"摘要", rows[0][2]}})
			}})
	})
	c.ValidArgsFunction = nil // a demand and a file
	c.Flags().IntVar(&submission, "submission", 1, "第几次提交:首次为 1,更换时比上一版本多 1,须与密封时写的一致")
	a.ChangeFlags(c)
	return c
}
