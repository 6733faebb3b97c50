package cli

import (
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
)

// usageTemplate is cobra's own with the headings in the language of the help.
func (a *App) usageTemplate() string {
	return a.say("用法", "Usage") + `:{{if not .HasAvailableSubCommands}}
  {{.UseLine}}{{if .HasAvailableFlags}} [flags]{{end}}{{end}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} [command]{{end}}{{if .HasExample}}

` + a.say("示例", "Examples") + `:
{{.Example}}{{end}}{{if .HasAvailableSubCommands}}

` + a.say("命令", "Commands") + `:{{range .Commands}}{{if or .IsAvailableCommand (eq .Name "help")}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasHelpSubCommands}}

` + a.say("说明", "Topics") + `:{{range .Commands}}{{if .IsAdditionalHelpTopicCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

` + a.say("参数", "Flags") + `:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

` + a.say("通用参数", "Global flags") + `:
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}
`
}

func (a *App) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use: "help [command]", Short: a.say("查看命令或说明", "Help about a command or a topic"),
		ValidArgsFunction: func(c *cobra.Command, args []string, _ string) (found []cobra.Completion, _ cobra.ShellCompDirective) {
			if at, _, err := c.Root().Find(args); err == nil {
				for _, sub := range at.Commands() {
					found = append(found, cobra.CompletionWithDesc(sub.Name(), sub.Short))
				}
			}
			return found, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			found, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return failure.Usagef("没有 %s 这个命令或说明", strings.Join(args, " "))
			}
			return found.Help()
		},
	}
}

// Topic makes a command that is only a text to read.
func (a *App) Topic(use, zh, en, text string) *cobra.Command {
	c := &cobra.Command{Use: use, Short: a.say(zh, en), Long: text}
	c.SetHelpTemplate("{{.Long | trimTrailingWhitespaces}}\n")
	return c
}

// Version is the module's version, or the commit that it was built from.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(12, len(s.Value))]
		}
	}
	return "devel"
}
