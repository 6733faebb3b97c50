// Package vetting has the commands of what happens to a demand beside its bids: it is vetted, amended, cancelled, kept alive, listed again and asked about, and its
// secrets are read.
package vetting

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Client calls the services of demands and of their vetting.
type Client struct {
	jiebangv1.DemandServiceClient
	jiebangv1.VettingServiceClient
}

// Demand is one.
type Demand = *jiebangv1.Demand

type kind = cli.Kind[Client, Demand]

// demands is the kind of demands with the client of both services.
func demands(of cli.Kind[jiebangv1.DemandServiceClient, Demand]) kind {
	return kind{
		Chinese: of.Chinese, English: of.English, Collection: of.Collection, Depth: of.Depth, Numbered: of.Numbered, States: of.States, Title: of.Title, Columns: of.Columns,
		Client: func(c grpc.ClientConnInterface) Client {
			return Client{jiebangv1.NewDemandServiceClient(c), jiebangv1.NewVettingServiceClient(c)}
		},
		Get: func(ctx context.Context, c Client, name string) (Demand, error) {
			return of.Get(ctx, c.DemandServiceClient, name)
		},
		List: func(ctx context.Context, c Client, q cli.Query) ([]Demand, string, error) {
			return of.List(ctx, c.DemandServiceClient, q)
		},
	}
}

// Commands are the commands, to stand among those of demands.
func Commands(a *cli.App, of cli.Kind[jiebangv1.DemandServiceClient, Demand]) []*cobra.Command {
	k := demands(of)
	return []*cobra.Command{
		detailCommand(a, k), adviseCommand(a, k),
		cli.VerbCommand(a, k, cli.Verb[Client, *jiebangv1.SubmitDemandRequest, Demand]{
			Use: "submit DEMAND", Chinese: "提交科技局论证", English: "Hand a demand to the bureau", Call: Client.SubmitDemand,
		}),
		vetCommand(a, k), returnCommand(a, k),
		cli.VerbCommand(a, k, cli.Verb[Client, *jiebangv1.ApproveDemandRequest, Demand]{
			Use: "approve DEMAND", Chinese: "审批通过,可以发布", English: "Approve a demand", Call: Client.ApproveDemand,
		}),
		turnDownCommand(a, k), amendCommand(a, k), cancelCommand(a, k), decideCommand(a, k),
		cli.VerbCommand(a, k, cli.Verb[Client, *jiebangv1.ConfirmDemandRequest, Demand]{
			Use: "confirm DEMAND", Chinese: "确认需求仍然有效", English: "Say that a demand is still wanted", Call: Client.ConfirmDemand,
		}),
		cli.VerbCommand(a, k, cli.Verb[Client, *jiebangv1.RelistDemandRequest, Demand]{
			Use: "relist DEMAND", Chinese: "把已结束的需求重新起草", English: "Draft an ended demand again", Call: Client.RelistDemand, Free: true,
		}),
		askCommand(a, k), answerCommand(a), questionsCommand(a, k),
		agreementCommand(a), agreeCommand(a, k), discloseCommand(a, k), disclosuresCommand(a, k),
	}
}

func vetCommand(a *cli.App, k kind) *cobra.Command {
	var experts []string
	c := cli.VerbCommand(a, k, cli.Verb[Client, *jiebangv1.StartVettingRequest, Demand]{
		Use: "vet DEMAND", Chinese: "科技局受理,请专家出具意见", English: "Take a demand up and ask experts", Call: Client.StartVetting,
		Fill: func(_ context.Context, r *jiebangv1.StartVettingRequest, _ cli.Target[Demand]) error {
			r.Experts = experts
			return nil
		},
	})
	c.Flags().StringSliceVar(&experts, "expert", nil, "专家,如 persons/u330182-…,可重复")
	return c
}

func returnCommand(a *cli.App, k kind) *cobra.Command {
	var comments []string
	c := cli.VerbCommand(a, k, cli.Verb[Client, *jiebangv1.ReturnDemandRequest, Demand]{
		Use: "return DEMAND", Chinese: "退回企业修改", English: "Return a demand with comments", Call: Client.ReturnDemand, Needs: []string{"comment"},
		Fill: func(_ context.Context, r *jiebangv1.ReturnDemandRequest, _ cli.Target[Demand]) error {
			for _, text := range comments {
				field, words, ok := strings.Cut(text, "=")
				if !ok {
					return failure.Usagef("--comment %q 应写成 字段=意见,如 title=请写明对象", text)
				}
				r.Comments = append(r.Comments, &jiebangv1.FieldComment{Field: field, Text: words})
			}
			return nil
		},
	})
	c.Flags().StringArrayVar(&comments, "comment", nil, "字段=意见,如 details.indicators[0].test_method=请写明测试方法;可重复")
	return c
}

// reasonFlags are a reason by its code, and in words.
func reasonFlags(c *cobra.Command, reason, remark *string, list string) {
	c.Flags().StringVar(reason, "reason", "", "理由代码;查代码用 jiebang code list "+list)
	c.Flags().StringVar(remark, "remark", "", "说明")
}

func turnDownCommand(a *cli.App, k kind) *cobra.Command {
	reason, remark := "", ""
	c := cli.VerbCommand(a, k, cli.Verb[Client, *jiebangv1.TurnDownDemandRequest, Demand]{
		Use: "turn-down DEMAND", Chinese: "审批不予通过", English: "Turn a demand down", Call: Client.TurnDownDemand, Needs: []string{"reason"},
		Fill: func(_ context.Context, r *jiebangv1.TurnDownDemandRequest, _ cli.Target[Demand]) error {
			r.Reason, r.Remark = strings.ToUpper(reason), remark
			return nil
		},
	})
	reasonFlags(c, &reason, &remark, "rejection-reasons")
	return c
}

func cancelCommand(a *cli.App, k kind) *cobra.Command {
	reason, remark := "", ""
	c := cli.VerbCommand(a, k, cli.Verb[Client, *jiebangv1.CancelDemandRequest, Demand]{
		Use: "cancel DEMAND", Chinese: "向科技局申请取消需求", English: "Ask the bureau to cancel a demand", Call: Client.CancelDemand, Needs: []string{"reason"},
		Fill: func(_ context.Context, r *jiebangv1.CancelDemandRequest, _ cli.Target[Demand]) error {
			r.Reason, r.Remark = strings.ToUpper(reason), remark
			return nil
		},
	})
	reasonFlags(c, &reason, &remark, "cancellation-reasons")
	return c
}

func decideCommand(a *cli.App, k kind) *cobra.Command {
	grant, refuse, remark := false, false, ""
	c := cli.VerbCommand(a, k, cli.Verb[Client, *jiebangv1.DecideDemandRequestRequest, Demand]{
		Use: "decide DEMAND", Chinese: "审批企业的变更或取消申请", English: "Decide on what the firm has asked", Call: Client.DecideDemandRequest, Needs: []string{"grant", "refuse"},
		Fill: func(_ context.Context, r *jiebangv1.DecideDemandRequestRequest, _ cli.Target[Demand]) error {
			if grant == refuse {
				return failure.Usagef("--grant 与 --refuse 只能选一个")
			}
			r.Grant, r.Remark = grant, remark
			return nil
		},
	})
	c.Flags().BoolVar(&grant, "grant", false, "同意")
	c.Flags().BoolVar(&refuse, "refuse", false, "不同意")
	c.Flags().StringVar(&remark, "remark", "", "说明")
	return c
}

func amendCommand(a *cli.App, k kind) *cobra.Command {
	var description, details cli.Prose
	var budget cli.Amount
	deadline := ""
	budget.Open = true
	var c *cobra.Command
	c = cli.VerbCommand(a, k, cli.Verb[Client, *jiebangv1.AmendDemandRequest, Demand]{
		Use: "amend DEMAND", Chinese: "变更已发布的需求;改动内容后,已提交的揭榜须重新确认", English: "Amend a published demand", Call: Client.AmendDemand,
		Needs: []string{"description", "description-file", "amount", "deadline", "details", "details-file"},
		Fill: func(_ context.Context, r *jiebangv1.AmendDemandRequest, t cli.Target[Demand]) error {
			d := &jiebangv1.Demand{Name: t.Name, Etag: t.Etag}
			r.Demand, r.UpdateMask = d, &fieldmaskpb.FieldMask{}
			add := func(field string) { r.UpdateMask.Paths = append(r.UpdateMask.Paths, field) }
			if text, given, err := description.Read(c, a.In, "description"); err != nil {
				return err
			} else if given {
				d.Description = text
				add("description")
			}
			if c.Flags().Changed("amount") {
				d.Budget = budget.Value
				add("budget")
			}
			if c.Flags().Changed("deadline") {
				at, err := input.Instant(deadline, a.Now())
				if err != nil {
					return failure.AsUsage(err)
				}
				d.Deadline = timestamppb.New(at)
				add("deadline")
			}
			given, err := readDetails(a, c, &details, d)
			if given {
				add("details")
			}
			return err
		},
	})
	description.Flags(c, "description", "说明:难题、指标和条件")
	details.Flags(c, "details", "结构化内容,JSON")
	c.Flags().Var(&budget, "amount", "榜额,如 41.8万元 或 418000;面议")
	c.Flags().StringVar(&deadline, "deadline", "", "截止时间,只能后移")
	return c
}

// readDetails reads structured content as the API's JSON.
func readDetails(a *cli.App, c *cobra.Command, details *cli.Prose, d Demand) (given bool, err error) {
	text, given, err := details.Read(c, a.In, "details")
	if err != nil || !given {
		return given, err
	}
	d.Details = &jiebangv1.DemandDetails{}
	if err := protojson.Unmarshal([]byte(text), d.Details); err != nil {
		return true, failure.Usagef("--details 不是结构化内容的 JSON,如 {\"indicators\":[{\"name\":\"白度\",\"operator\":\"AT_LEAST\",\"value\":\"95\",\"unit\":\"%%\"}]}: %v", err)
	}
	return true, nil
}

func detailCommand(a *cli.App, k kind) *cobra.Command {
	var details, nda, winner cli.Prose
	var c *cobra.Command
	c = cli.VerbCommand(a, k, cli.Verb[Client, *jiebangv1.UpdateDemandRequest, Demand]{
		Use: "detail DEMAND", Chinese: "填写草稿的指标、评审标准等结构化内容和保密内容", English: "Write a draft's structured and confidential content", Call: Client.UpdateDemand,
		Needs: []string{"details", "details-file", "nda", "nda-file", "winner", "winner-file"},
		Fill: func(_ context.Context, r *jiebangv1.UpdateDemandRequest, t cli.Target[Demand]) error {
			d := &jiebangv1.Demand{Name: t.Name, Etag: t.Etag}
			r.Demand, r.UpdateMask = d, &fieldmaskpb.FieldMask{}
			given, err := readDetails(a, c, &details, d)
			if err != nil {
				return err
			}
			if given {
				r.UpdateMask.Paths = append(r.UpdateMask.Paths, "details")
			}
			if d.NdaDetails, given, err = nda.Read(c, a.In, "nda"); err != nil {
				return err
			} else if given {
				r.UpdateMask.Paths = append(r.UpdateMask.Paths, "nda_details")
			}
			if d.WinnerDetails, given, err = winner.Read(c, a.In, "winner"); given {
				r.UpdateMask.Paths = append(r.UpdateMask.Paths, "winner_details")
			}
			return err
		},
	})
	details.Flags(c, "details", "结构化内容,JSON")
	nda.Flags(c, "nda", "接受保密协议后可见的内容")
	winner.Flags(c, "winner", "中榜者可见的内容")
	return c
}

func adviseCommand(a *cli.App, k kind) *cobra.Command {
	return a.Action("advise DEMAND", "看需求哪些地方可以写得更好", "Get advice on a demand", func(ctx context.Context, _ *cobra.Command, args []string) error {
		name, err := k.Name(ctx, a, args[0])
		if err != nil {
			return err
		}
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		r, err := jiebangv1.NewDemandServiceClient(conn).AdviseDemand(ctx, &jiebangv1.AdviseDemandRequest{Name: name})
		if err != nil {
			return err
		}
		stream := output.NewStream(a.Printer, []output.Column[advice]{
			output.Plain("字段", advice.GetName), output.Plain("建议", advice.GetHint).Flexible(), output.Plain("理由", advice.GetReason),
		})
		all := make([]advice, len(r.GetAdvice()))
		for i, each := range r.GetAdvice() {
			all[i] = advice{each}
		}
		if err := stream.Add(all); err != nil {
			return err
		}
		return stream.Close(ctx)
	})
}

// advice is one that is printed under the name of its field.
type advice struct{ *jiebangv1.FieldAdvice }

// GetName is the field.
func (a advice) GetName() string { return a.GetField() }
