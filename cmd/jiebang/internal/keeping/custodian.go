// Package keeping has the commands of custodians, and of those who seal for them, that talk to the server. What is secret stays in package custody
// and on this machine: the server gets an answer to a challenge, and shares after the deadline.
package keeping

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/custody"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
	"github.com/jiebang/jiebang/services/bidding/seal"
)

type (
	custodian  = *jiebangv1.Custodian
	custodians = jiebangv1.CustodianServiceClient
)

func kind() cli.Kind[custodians, custodian] {
	return cli.Kind[custodians, custodian]{
		Chinese: "密钥保管人", English: "custodian", Collection: "custodians", Depth: 2, States: jiebangv1.Custodian_STATE_UNSPECIFIED,
		Client: func(c grpc.ClientConnInterface) custodians { return jiebangv1.NewCustodianServiceClient(c) },
		Get: func(ctx context.Context, c custodians, name string) (custodian, error) {
			return c.GetCustodian(ctx, &jiebangv1.GetCustodianRequest{Name: name})
		},
		List: func(ctx context.Context, c custodians, q cli.Query) ([]custodian, string, error) {
			r, err := c.ListCustodians(ctx, &jiebangv1.ListCustodiansRequest{PageSize: q.Size, PageToken: q.Token, Filter: q.Filter, OrderBy: q.OrderBy})
			return r.GetCustodians(), r.GetNextPageToken(), err
		},
		Title: custodian.GetDisplayName,
		Columns: append([]output.Column[custodian]{
			output.Plain("状态", func(c custodian) string { return input.Chinese(c.GetState()) }),
			output.Plain("单位", custodian.GetDisplayName),
			output.Plain("有效", func(c custodian) string { return map[bool]string{true: "是", false: "否"}[c.GetFresh()] }),
			output.Instant("最近验证", custodian.GetCheckTime),
			output.Plain("名称", custodian.GetName),
			output.Plain("指纹", custodian.GetFingerprint),
			output.Plain("公钥", custodian.GetRecipient).InDetail(),
			output.Plain("机构", custodian.GetOrganization).InDetail(),
		}, cli.History[custodian]()...),
	}
}

// Commands are the commands of jiebang custodian that talk to the server.
func Commands(a *cli.App) []*cobra.Command {
	k := kind()
	confirm, fingerprint := (*cobra.Command)(nil), ""
	confirm = cli.VerbCommand(a, k, cli.Verb[custodians, *jiebangv1.ConfirmCustodianRequest, custodian]{
		Use: "confirm CUSTODIAN", Chinese: "对照纸件上的指纹,确认密钥保管人的公钥", English: "Confirm a custodian's key", Call: custodians.ConfirmCustodian, Needs: []string{"fingerprint"},
		Fill: func(_ context.Context, r *jiebangv1.ConfirmCustodianRequest, t cli.Target[custodian]) error {
			r.Name, r.Etag, r.Fingerprint = t.Name, t.Etag, fingerprint
			return nil
		},
	})
	confirm.Flags().StringVar(&fingerprint, "fingerprint", "", "保管人手中纸件上的指纹,六组四位数字")
	return []*cobra.Command{
		registerCommand(a), k.GetCommand(a), k.ListCommand(a, "list", nil), confirm,
		cli.VerbCommand(a, k, cli.Verb[custodians, *jiebangv1.RetireCustodianRequest, custodian]{
			Use: "retire CUSTODIAN", Chinese: "停用密钥保管人的公钥", English: "Retire a custodian's key", Call: custodians.RetireCustodian,
		}),
		checkCommand(a), openCommand(a),
	}
}

func registerCommand(a *cli.App) *cobra.Command {
	office := ""
	c := a.Action("register RECIPIENT", "登记本人的公钥,由另一人按指纹确认", "Register a custodian's public key", func(ctx context.Context, c *cobra.Command, args []string) error {
		if err := cli.Require(c, "office"); err != nil {
			return err
		}
		_, err := cli.Mutate(ctx, a, kind(), &jiebangv1.CreateCustodianRequest{Custodian: &jiebangv1.Custodian{DisplayName: office, Recipient: args[0]}}, custodians.CreateCustodian)
		return err
	})
	c.ValidArgsFunction = nil // a key
	c.Flags().StringVar(&office, "office", "", "所在处室或单位,如 机关纪委")
	a.ChangeFlags(c)
	c.Example = "  jiebang custodian register age1… --office 机关纪委"
	return c
}

func checkCommand(a *cli.App) *cobra.Command {
	c := a.Action("check CUSTODIAN KEYFILE", "证明密钥在手;每三十天一次,发布需求之前也要有效", "Prove that a custodian's key is there", func(ctx context.Context, _ *cobra.Command, args []string) error {
		name, err := kind().Name(ctx, a, args[0])
		if err != nil {
			return err
		}
		key, err := custody.Identity(ctx, a, args[1])
		if err != nil {
			return err
		}
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		asked, err := kind().Client(conn).ChallengeCustodian(ctx, &jiebangv1.ChallengeCustodianRequest{Name: name})
		if err != nil {
			return err
		}
		answer, err := key.Answer(asked.GetAbout(), asked.GetChallenge())
		if err != nil {
			return custody.Explain(err)
		}
		_, err = cli.Mutate(ctx, a, kind(), &jiebangv1.ProveCustodianRequest{Name: name, Answer: answer[:]}, custodians.ProveCustodian)
		return err
	})
	c.ValidArgsFunction = kind().Complete(a)
	a.SecretFlag(c, "passphrase-stdin", "密钥口令")
	a.ChangeFlags(c)
	return c
}

func openCommand(a *cli.App) *cobra.Command {
	c := a.Action("open DEMAND CUSTODIAN KEYFILE", "截止后开标:在本机打开自己的份额并交给平台", "Give a custodian's shares", func(ctx context.Context, _ *cobra.Command, args []string) error {
		name, err := kind().Name(ctx, a, args[1])
		if err != nil {
			return err
		}
		key, err := custody.Identity(ctx, a, args[2])
		if err != nil {
			return err
		}
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		r := &jiebangv1.SubmitSharesRequest{Parent: args[0], Custodian: name}
		client := jiebangv1.NewOpeningServiceClient(conn)
		set, err := collect(ctx, client, key, r)
		if err != nil {
			return err
		}
		a.Note("%d 份揭榜;信封全体的摘要 %s,审计人可与账本中该需求截止条目的 fact_envelopes 核对", len(r.GetShares()), set)
		given, err := cli.Send(ctx, a, 0, r, client.SubmitShares)
		if err != nil {
			return err
		}
		a.Done(given.GetReceipt())
		a.Note("已有 %d 名保管人交来份额,共须 %d 名;够数后平台即开标", given.GetGiven(), given.GetThreshold())
		return nil
	})
	c.ValidArgsFunction = nil // a demand, a custodian and a file
	a.SecretFlag(c, "passphrase-stdin", "密钥口令")
	a.ChangeFlags(c)
	return c
}

// collect takes the envelopes of a demand, opens the key's stanza of each, and puts the shares into r. It returns the digest of the set of envelopes.
func collect(ctx context.Context, client jiebangv1.OpeningServiceClient, key *seal.Identity, r *jiebangv1.SubmitSharesRequest) (string, error) {
	var digests [][]byte
	list := &jiebangv1.ListEnvelopesRequest{Parent: r.GetParent(), Custodian: r.GetCustodian()}
	for {
		page, err := client.ListEnvelopes(ctx, list)
		if err != nil {
			return "", err
		}
		for _, sealed := range page.GetEnvelopes() {
			e, err := seal.Parse(sealed.GetEnvelope())
			if err != nil {
				return "", custody.Explain(err)
			}
			if e.Demand != r.GetParent() {
				return "", fmt.Errorf("服务器给的信封是另一项需求 %s 的,没有打开", e.Demand)
			}
			digest := seal.Sum(sealed.GetEnvelope())
			digests = append(digests, digest[:])
			share := &jiebangv1.SubmitSharesRequest_Share{Bid: sealed.GetBid()}
			if s, err := seal.OpenStanza(key, e); err == nil {
				share.Value = s.Value[:]
			}
			r.Shares = append(r.Shares, share)
		}
		if list.PageToken = page.GetNextPageToken(); list.PageToken == "" {
			return setDigest(digests), nil
		}
	}
}
