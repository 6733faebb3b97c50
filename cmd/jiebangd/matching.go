package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/services"
)

func matchingCommand(c *services.Config) *cobra.Command {
	cmd := &cobra.Command{Use: "matching", Short: "评测和训练匹配(只读文件,不用数据库)"}
	cmd.AddCommand(evaluateCommand(c), trainCommand(), wordsCommand())
	return cmd
}

func evaluateCommand(c *services.Config) *cobra.Command {
	cmd := &cobra.Command{Use: "evaluate", Short: "对每项需求把全部成果排序,写出 需求<TAB>成果<TAB>得分;给出评判文件时另算指标", Args: cobra.NoArgs}
	var e services.Evaluation
	f := cmd.Flags()
	f.StringVar(&e.Demands, "demands", "", "需求,每行一个 JSON:id、title、text")
	f.StringVar(&e.Achievements, "achievements", "", "成果,每行一个 JSON:id、title 或 title_tokens,可有 text")
	f.StringVar(&e.Run, "run", "", "结果写到这个文件")
	f.StringVar(&e.How, "how", services.HowMatching, "matching 逐一打分;served 同服务器,先由检索引擎选出候选;engine 只用检索引擎")
	f.StringVar(&e.Engine, "engine", services.EngineEmbedded, "检索引擎:embedded,或 meilisearch(用 --search-url 和 --search-keys;排到它给出的深度为止)")
	f.StringVar(&e.Judgements, "qrels", "", "评判,以制表符分隔的 需求、成果、级别(1 至 4);排序之后才读")
	for _, name := range []string{"demands", "achievements", "run"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err)
		}
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		e.Search = c.Search
		figures, err := services.EvaluateMatching(cmd.Context(), e, func(done, all int) {
			if done%20 == 0 || done == all {
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "已排序 %d/%d 项需求\n", done, all)
			}
		})
		if figures != "" {
			_, _ = fmt.Fprintln(cmd.OutOrStdout(), figures)
		}
		return err
	}
	return cmd
}

func trainCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "train", Short: "由评判训练匹配的权重:按需求嵌套交叉验证,列出每份和每个成分的指标,写出模型", Args: cobra.NoArgs}
	var t services.Training
	f := cmd.Flags()
	f.StringVar(&t.Demands, "demands", "", "需求,每行一个 JSON:id、title、text")
	f.StringVar(&t.Achievements, "achievements", "", "成果,每行一个 JSON:id、title 或 title_tokens,可有 text")
	f.StringVar(&t.Judgements, "qrels", "", "评判,以制表符分隔的 需求、成果、级别(1 至 4)")
	f.StringVar(&t.Model, "out", "", "模型写到这个文件")
	for _, name := range []string{"demands", "achievements", "qrels", "out"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err)
		}
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		figures, err := services.TrainMatching(t, func(done, all int) {
			switch {
			case all == 0 && done%100 == 0:
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "已比较 %d 组权重\n", done)
			case all != 0 && (done%20 == 0 || done == all):
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "已读 %d/%d 项需求\n", done, all)
			}
		})
		if figures != "" {
			_, _ = fmt.Fprintln(cmd.OutOrStdout(), figures)
		}
		return err
	}
	return cmd
}

func wordsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "words FROM TO", Short: "由 word2vec 二进制词向量(100 维,按词频排列)生成词表", Args: cobra.ExactArgs(2)}
	n := cmd.Flags().Int("words", 40_000, "最多多少个词")
	cmd.RunE = func(_ *cobra.Command, args []string) error { return services.MakeWordTable(args[0], args[1], *n) }
	return cmd
}
