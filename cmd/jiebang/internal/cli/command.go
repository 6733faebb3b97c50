package cli

import (
	"context"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
)

// Group makes a command that only has commands below it.
func (a *App) Group(use, zh, en string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use: use, Short: a.say(zh, en), Args: cobra.ArbitraryArgs, SuggestionsMinimumDistance: 2,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return c.Help()
			}
			text := "没有 " + args[0] + " 这个命令"
			if near := c.SuggestionsFor(args[0]); len(near) > 0 {
				text += ",是否要用 " + strings.Join(near, " 或 ")
			}
			return failure.Usagef("%s", text)
		},
	}
	c.AddCommand(commands...)
	return c
}

// Action makes a command that does something with the arguments that its use line names. One in brackets may be left out, and one with dots
// after it may be repeated.
func (a *App) Action(use, zh, en string, do func(ctx context.Context, c *cobra.Command, args []string) error) *cobra.Command {
	most := strings.Count(use, " ")
	least := most - strings.Count(use, "[")
	if strings.HasSuffix(use, "...") {
		most = math.MaxInt
	}
	return &cobra.Command{
		Use: use, Short: a.say(zh, en), ValidArgsFunction: cobra.NoFileCompletions, DisableFlagsInUseLine: true,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) < least || len(args) > most {
				return failure.Usagef("参数个数不对,用法: %s", c.UseLine())
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.Open(c); err != nil {
				return err
			}
			return do(c.Context(), c, args)
		},
	}
}

// Fixed gives a flag values to complete. It fails only for a flag that is not there, which the tests of the command would show.
func Fixed(c *cobra.Command, flag string, values ...string) {
	err := c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err)
	}
}

// Require refuses a command without flags that it needs.
func Require(c *cobra.Command, flags ...string) error {
	var missing []string
	for _, f := range flags {
		if !c.Flags().Changed(f) {
			missing = append(missing, "--"+f)
		}
	}
	if len(missing) > 0 {
		return failure.Usagef("缺少 %s", strings.Join(missing, "、"))
	}
	return nil
}
