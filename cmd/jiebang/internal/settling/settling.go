// Package settling has the commands of what hangs on a contract in force: amendments, milestones, payments, and what it comes to.
package settling

import (
	"strings"

	"google.golang.org/genproto/googleapis/type/date"
	gmoney "google.golang.org/genproto/googleapis/type/money"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
	"github.com/jiebang/jiebang/services/money"
)

// Contract finds contracts by what was typed.
type Contract struct {
	Name     cli.Lookup
	Complete func(a *cli.App) cobra.CompletionFunc
}

// last is the id at the end of a name.
func last(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// amount is a column of an amount.
func amount[T any](title string, of func(T) *gmoney.Money) output.Column[T] {
	return output.Column[T]{Title: title, Amount: of}
}

// reasonFlag adds the flag of a reason.
func reasonFlag(c *cobra.Command, reason *string) *cobra.Command {
	c.Flags().StringVar(reason, "reason", "", "原因,1 至 500 字")
	return c
}

// Stages reads the stages of a plan, each written as 名称:占比%:到期日[:指标…].
func Stages(texts []string) (stages []*jiebangv1.Contract_Stage, err error) {
	for _, text := range texts {
		parts := strings.Split(text, ":")
		if len(parts) < 3 {
			return nil, failure.Usagef("里程碑 %q 应写成 名称:占比%%:到期日[:指标…],如 小试:30%%:2026-06-30:白度不低于95", text)
		}
		share, err := money.ParseYuan(strings.TrimSuffix(strings.TrimSpace(parts[1]), "%")) // two places, like yuan and fen
		if err != nil || share < 1 || share > 10_000 {
			return nil, failure.Usagef("里程碑 %q 的占比应在 0.01%% 与 100%% 之间,最多两位小数", text)
		}
		var due *date.Date
		if due, err = input.Date(parts[2]); err != nil {
			return nil, failure.AsUsage(err)
		}
		stages = append(stages, &jiebangv1.Contract_Stage{Title: parts[0], Share: int32(share), DueDate: due, Indicators: parts[3:]})
	}
	return stages, nil
}
