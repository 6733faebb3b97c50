// Package judging has the commands of 评榜: the panel, score sheets, the evaluation, objections.
package judging

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type (
	evaluations = jiebangv1.EvaluationServiceClient
	evaluation  = *jiebangv1.Evaluation
)

// lines writes one thing a line.
func lines[T any](all []T, text func(T) string) string {
	texts := make([]string, len(all))
	for i, one := range all {
		texts[i] = text(one)
	}
	return strings.Join(texts, "\n")
}

func evaluationKind() cli.Kind[evaluations, evaluation] {
	return cli.Kind[evaluations, evaluation]{
		Chinese: "评榜", English: "evaluation", Collection: "demands", Depth: 3, States: jiebangv1.Evaluation_State(0),
		Client: func(c grpc.ClientConnInterface) evaluations { return jiebangv1.NewEvaluationServiceClient(c) },
		Get: func(ctx context.Context, c evaluations, name string) (evaluation, error) {
			return c.GetEvaluation(ctx, &jiebangv1.GetEvaluationRequest{Name: name})
		},
		List:  func(context.Context, evaluations, cli.Query) ([]evaluation, string, error) { return nil, "", nil }, // a demand has one
		Title: func(e evaluation) string { return input.Chinese(e.GetState()) },
		Columns: append([]output.Column[evaluation]{
			output.Plain("名称", evaluation.GetName),
			output.Plain("状态", func(e evaluation) string { return input.Chinese(e.GetState()) }),
			output.Plain("评审标准", func(e evaluation) string {
				return lines(e.GetCriteria(), func(c *jiebangv1.Evaluation_Criterion) string {
					return fmt.Sprintf("%s %d", c.GetName(), c.GetWeight())
				})
			}).InDetail(),
			output.Plain("满分", func(e evaluation) string { return strconv.Itoa(int(e.GetScale())) }).InDetail(),
			output.Plain("专家组", func(e evaluation) string {
				return lines(e.GetPanel(), func(p *jiebangv1.Evaluation_Panelist) string {
					return p.GetExpert() + map[bool]string{true: " 组长"}[p.GetChair()] + map[bool]string{true: " 已退出:" + p.GetLeaveReason()}[p.GetLeaveReason() != ""]
				})
			}).InDetail(),
			output.Plain("排名", func(e evaluation) string {
				return lines(e.GetRanking(), func(p *jiebangv1.Evaluation_Place) string { return p.GetScore() + " " + p.GetBid() })
			}).InDetail(),
			output.Plain("中榜", func(e evaluation) string { return strings.Join(e.GetDecision().GetWinners(), "\n") }).InDetail(),
			output.Plain("候补", func(e evaluation) string { return strings.Join(e.GetDecision().GetReserves(), "\n") }).InDetail(),
			output.Plain("否决", func(e evaluation) string {
				return lines(e.GetDecision().GetDisqualifications(), func(o *jiebangv1.Evaluation_Disqualification) string {
					return o.GetBid() + " " + input.Chinese(o.GetCode()) + ":" + o.GetReason()
				})
			}).InDetail(),
			output.Plain("理由", func(e evaluation) string { return e.GetDecision().GetReason() }).InDetail(),
			output.Plain("反馈", func(e evaluation) string {
				return lines(e.GetFeedback(), func(f *jiebangv1.Evaluation_Feedback) string {
					return f.GetBid() + " " + cli.Names(f.GetBands()) + " " + f.GetSentence()
				})
			}).InDetail(),
			output.Instant("公示时间", evaluation.GetAnnounceTime).InDetail(),
			output.Instant("公示截止", evaluation.GetStandstillEndTime).InDetail(),
		}, cli.History[evaluation]()...),
	}
}

// step makes a command that changes an evaluation; flags may be nil.
func step[Req proto.Message](a *cli.App, v cli.Verb[evaluations, Req, evaluation], flags func(*cobra.Command)) *cobra.Command {
	c := cli.VerbCommand(a, evaluationKind(), v)
	c.ValidArgsFunction = cobra.NoFileCompletions
	if flags != nil {
		flags(c)
	}
	return c
}

// Evaluation makes `evaluation` and the commands below it.
func Evaluation(a *cli.App) *cobra.Command {
	k := evaluationKind()
	get := k.GetCommand(a)
	get.ValidArgsFunction = cobra.NoFileCompletions
	missing, bid, sentence := "", "", ""
	return a.Group("evaluation", "评榜:标准、排名、定榜、公示", "Evaluations of bids", get, criteriaCommand(a),
		step(a, cli.Verb[evaluations, *jiebangv1.StartScoringRequest, evaluation]{
			Use: "start EVALUATION", Chinese: "开榜后向专家发评分表", English: "Give the experts their sheets", Call: evaluations.StartScoring,
		}, nil),
		step(a, cli.Verb[evaluations, *jiebangv1.FinishScoringRequest, evaluation]{
			Use: "finish EVALUATION", Chinese: "结束评分,算出排名", English: "End scoring and make the ranking", Call: evaluations.FinishScoring,
			Fill: func(_ context.Context, r *jiebangv1.FinishScoringRequest, _ cli.Target[evaluation]) error {
				r.MissingReason = missing
				return nil
			},
		}, func(c *cobra.Command) {
			c.Flags().StringVar(&missing, "missing", "", "仍有评分表未锁定时,不再等待的理由")
		}),
		step(a, cli.Verb[evaluations, *jiebangv1.RecommendRankingRequest, evaluation]{
			Use: "recommend EVALUATION", Chinese: "作为组长签署排名", English: "Sign the ranking as the chair", Call: evaluations.RecommendRanking, Reads: true,
			Ask: func(e evaluation) string {
				for i, p := range e.GetRanking() {
					a.Note("  %d. %s 分 %s", i+1, p.GetScore(), p.GetBid())
				}
				return "签署的就是以上排名。"
			},
			Fill: func(_ context.Context, r *jiebangv1.RecommendRankingRequest, t cli.Target[evaluation]) error {
				for _, p := range t.Current.GetRanking() {
					r.Ranking = append(r.Ranking, p.GetBid())
				}
				return nil
			},
		}, nil),
		step(a, cli.Verb[evaluations, *jiebangv1.GiveFeedbackRequest, evaluation]{
			Use: "feedback EVALUATION", Chinese: "写给未中榜者的一句反馈", English: "Write what a loser is told", Call: evaluations.GiveFeedback, Needs: []string{"bid"},
			Fill: func(_ context.Context, r *jiebangv1.GiveFeedbackRequest, _ cli.Target[evaluation]) error {
				r.Bid, r.Sentence = bid, sentence
				return nil
			},
		}, func(c *cobra.Command) {
			c.Flags().StringVar(&bid, "bid", "", "揭榜的名称")
			c.Flags().StringVar(&sentence, "sentence", "", "一句话,至多 500 字")
		}),
		decideCommand(a),
		step(a, cli.Verb[evaluations, *jiebangv1.AnnounceDecisionRequest, evaluation]{
			Use: "announce EVALUATION", Chinese: "公示定榜结果", English: "Announce the decision", Call: evaluations.AnnounceDecision,
		}, nil))
}

func criteriaCommand(a *cli.App) *cobra.Command {
	var criteria []string
	var scale, tolerance int32
	return step(a, cli.Verb[evaluations, *jiebangv1.SetCriteriaRequest, evaluation]{
		Use: "criteria EVALUATION", Chinese: "发布前填写评审标准", English: "Set the criteria before publication", Call: evaluations.SetCriteria, Needs: []string{"criterion"},
		Fill: func(_ context.Context, r *jiebangv1.SetCriteriaRequest, _ cli.Target[evaluation]) error {
			r.Scale, r.Tolerance = scale, tolerance
			for _, text := range criteria {
				name, weight, ok := strings.Cut(text, "=")
				n, err := strconv.ParseInt(weight, 10, 32)
				if !ok || err != nil {
					return failure.Usagef("--criterion %q 应写作 名称=权重,如 技术方案=60", text)
				}
				r.Criteria = append(r.Criteria, &jiebangv1.Evaluation_Criterion{Name: name, Weight: int32(n)}) // #nosec G115 -- parsed as 32 bits
			}
			return nil
		},
	}, func(c *cobra.Command) {
		c.Flags().StringArrayVar(&criteria, "criterion", nil, "一项标准,名称=权重,可重复;权重之和为 100")
		c.Flags().Int32Var(&scale, "scale", 100, "满分,5 或 100")
		c.Flags().Int32Var(&tolerance, "tolerance", 20, "与平均分相差多少分以内不必说明,百分制")
	})
}

func decideCommand(a *cli.App) *cobra.Command {
	var winners, reserves, out []string
	reason := ""
	return step(a, cli.Verb[evaluations, *jiebangv1.DecideEvaluationRequest, evaluation]{
		Use: "decide EVALUATION", Chinese: "定榜,须两人办理;不写 --winner 即无人中榜", English: "Decide, by two persons", Call: evaluations.DecideEvaluation,
		Fill: func(_ context.Context, r *jiebangv1.DecideEvaluationRequest, _ cli.Target[evaluation]) error {
			r.Decision = &jiebangv1.Evaluation_Decision{Winners: winners, Reserves: reserves, Reason: reason}
			for _, text := range out {
				bid, rest, _ := strings.Cut(text, "=")
				kind, why, ok := strings.Cut(rest, ":")
				code, err := input.ParseEnum[jiebangv1.Evaluation_Disqualification_Code](kind)
				if !ok || err != nil {
					return failure.Usagef("--disqualify %q 应写作 揭榜=类别:理由,类别可选: %s", text, cli.Choices(jiebangv1.Evaluation_Disqualification_Code(0)))
				}
				r.Decision.Disqualifications = append(r.Decision.Disqualifications, &jiebangv1.Evaluation_Disqualification{Bid: bid, Code: code, Reason: why})
			}
			return nil
		},
	}, func(c *cobra.Command) {
		c.Flags().StringArrayVar(&winners, "winner", nil, "中榜的揭榜;赛马制可重复")
		c.Flags().StringArrayVar(&reserves, "reserve", nil, "候补的揭榜,按递补次序重复")
		c.Flags().StringArrayVar(&out, "disqualify", nil, "否决的揭榜,写作 揭榜=类别:理由,可重复")
		c.Flags().StringVar(&reason, "reason", "", "与排名不同或无人中榜的理由")
	})
}

// Panel makes `panel` and the commands below it.
func Panel(a *cli.App) *cobra.Command {
	var experts []string
	var chair, leaver, joiner, reason, seed string
	number := int32(0)
	return a.Group("panel", "专家组:指定、抽取、更换", "Panels of experts",
		step(a, cli.Verb[evaluations, *jiebangv1.NamePanelRequest, evaluation]{
			Use: "name EVALUATION", Chinese: "指定专家", English: "Name the experts", Call: evaluations.NamePanel, Needs: []string{"expert"},
			Fill: func(_ context.Context, r *jiebangv1.NamePanelRequest, _ cli.Target[evaluation]) error {
				r.Experts, r.Chair = experts, chair
				return nil
			},
		}, func(c *cobra.Command) {
			c.Flags().StringArrayVar(&experts, "expert", nil, "专家:机构或其成员的名称,可重复")
			c.Flags().StringVar(&chair, "chair", "", "组长,专家之一")
		}),
		step(a, cli.Verb[evaluations, *jiebangv1.OpenDrawRequest, evaluation]{
			Use: "draw EVALUATION", Chinese: "开始从名单中抽取专家", English: "Begin a draw", Call: evaluations.OpenDraw, Needs: []string{"expert"},
			Fill: func(_ context.Context, r *jiebangv1.OpenDrawRequest, _ cli.Target[evaluation]) error {
				r.Experts, r.ExpertCount = experts, number
				return nil
			},
		}, func(c *cobra.Command) {
			c.Flags().StringArrayVar(&experts, "expert", nil, "名单中的专家,可重复")
			c.Flags().Int32Var(&number, "number", 3, "抽取人数")
		}),
		step(a, cli.Verb[evaluations, *jiebangv1.CommitSeedRequest, evaluation]{
			Use: "commit EVALUATION", Chinese: "提交种子的摘要;种子自己保管,之后公开", English: "Commit to a seed", Call: evaluations.CommitSeed, Needs: []string{"seed"},
			Fill: func(_ context.Context, r *jiebangv1.CommitSeedRequest, _ cli.Target[evaluation]) error {
				s, err := seedOf(seed)
				if err != nil {
					return err
				}
				h := sha256.Sum256(append([]byte("jiebang seed 1\n"), s...))
				r.Commitment = h[:]
				return nil
			},
		}, func(c *cobra.Command) { c.Flags().StringVar(&seed, "seed", "", seedUsage) }),
		step(a, cli.Verb[evaluations, *jiebangv1.RevealSeedRequest, evaluation]{
			Use: "reveal EVALUATION", Chinese: "公开自己的种子", English: "Reveal a seed", Call: evaluations.RevealSeed, Needs: []string{"seed"},
			Fill: func(_ context.Context, r *jiebangv1.RevealSeedRequest, _ cli.Target[evaluation]) (err error) {
				r.Seed, err = seedOf(seed)
				return err
			},
		}, func(c *cobra.Command) { c.Flags().StringVar(&seed, "seed", "", seedUsage) }),
		step(a, cli.Verb[evaluations, *jiebangv1.ChangePanelRequest, evaluation]{
			Use: "change EVALUATION", Chinese: "更换专家", English: "Change the panel", Call: evaluations.ChangePanel, Needs: []string{"leaver", "joiner"},
			Fill: func(_ context.Context, r *jiebangv1.ChangePanelRequest, _ cli.Target[evaluation]) error {
				r.Leaver, r.Joiner, r.Reason = leaver, joiner, reason
				return nil
			},
		}, func(c *cobra.Command) {
			c.Flags().StringVar(&leaver, "leaver", "", "退出的专家")
			c.Flags().StringVar(&joiner, "joiner", "", "加入的专家")
			c.Flags().StringVar(&reason, "reason", "", "理由")
		}))
}

const seedUsage = "种子,64 位十六进制,如 openssl rand -hex 32 的输出"

func seedOf(text string) ([]byte, error) {
	seed, err := hex.DecodeString(text)
	if err != nil || len(seed) != sha256.Size {
		return nil, failure.Usagef("--seed 应为 64 位十六进制")
	}
	return seed, nil
}
