package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/client"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
)

func (a *app) exitCodesTopic() *cobra.Command {
	var b strings.Builder
	b.WriteString("退出码的含义不会改变,脚本可以依赖:\n\n")
	for _, m := range failure.Meanings() {
		fmt.Fprintf(&b, "  %-3d %s", m.Code, m.Text)
		if names := grpcNames(m); names != "" {
			b.WriteString("(" + names + ")")
		}
		b.WriteByte('\n')
	}
	return a.Topic("exit-codes", "退出码", "Exit codes", b.String())
}

// grpcNames names the gRPC codes that lead to an exit code.
func grpcNames(m failure.Meaning) string {
	var names []string
	for _, c := range m.Codes {
		if m.Code > failure.Error {
			names = append(names, c.String())
		}
	}
	return strings.Join(names, "、")
}

func (a *app) formattingTopic() *cobra.Command {
	return a.Topic("formatting", "输出格式、过滤和输入写法", "Output, filters and input", `输出(标准输出只有数据,提示和错误都在标准错误):
  -o table   表格(默认);金额以万元显示,--unit yuan 改为元;时间为北京时间。get 和变更命令显示全部内容
  -o json    与 API 相同的 JSON;列表是一个数组;int64 是字符串;没有的金额不出现,不是 0
  -o yaml    同样的内容写成 YAML
  -o csv     表格的各列,首行为列名;金额以元计;以 = + - @ 开头的单元格前加 '
  -o name    每行一个资源名称
  --jq EXPR  对 JSON 求值,每个结果一行,字符串不带引号
  输出到终端时表格按宽度截断;否则不截断、不带颜色

列表:
  --limit 30(默认)、--all、--page-token
  --filter   AIP-160:state = "PUBLISHED" AND create_time > "2026-01-01T00:00:00Z"
             title:"碳酸钙";OR 比 AND 结合得紧
  --order-by create_time desc

金额:  418000  418,000.50元  41.8万元(精确到分,不做舍入)
时间:  "2026-12-31 18:00"(北京时间)  2026-12-31(北京时间当天零点)  2026-12-31T18:00:00+08:00  +30d  +12h
代码:  new-materials、NEW_MATERIALS、新材料及其应用(或不致混淆的开头:新材料)都可以
名称:  demands/ID,或只写 ID;需求和合同也可写编号,如 XQ-330182-2026-0001`)
}

func (a *app) environmentTopic() *cobra.Command {
	var b strings.Builder
	b.WriteString("设置依次取自:参数、环境变量、配置文件、默认值。\n\n")
	b.WriteString("  参数        环境变量           配置文件\n")
	for _, key := range client.Keys() {
		fmt.Fprintf(&b, "  --%-9s JIEBANG_%-10s %s\n", key, strings.ToUpper(key), key)
	}
	b.WriteString(`
其他环境变量:
  JIEBANG_CONFIG   配置文件;默认 $XDG_CONFIG_HOME/jiebang/config.yaml,即 ~/.config/jiebang/config.yaml
  JIEBANG_LANG     帮助的语言:zh、en;默认看 LC_ALL、LANG
  NO_COLOR         不用颜色;CLICOLOR_FORCE 总用颜色
  COLUMNS          终端宽度

配置文件里的令牌只发给同一文件里的服务器。本机服务器用明文,其他服务器用 TLS(--ca 指定根证书,--insecure 不用 TLS)。`)
	return a.Topic("environment", "环境变量和配置文件", "Environment and configuration", b.String())
}

func (a *app) completionCommand() *cobra.Command {
	c := a.Action("completion SHELL", "生成命令补全脚本:bash、zsh、fish、powershell", "Generate a completion script",
		func(_ context.Context, c *cobra.Command, args []string) error {
			switch root := c.Root(); args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.Out, true)
			case "zsh":
				return root.GenZshCompletion(a.Out)
			case "fish":
				return root.GenFishCompletion(a.Out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(a.Out)
			}
			return failure.Usagef("没有 %s 的补全;可选 bash、zsh、fish、powershell", args[0])
		})
	c.ValidArgsFunction = cobra.FixedCompletions([]string{"bash", "zsh", "fish", "powershell"}, cobra.ShellCompDirectiveNoFileComp)
	c.Example = "  source <(jiebang completion bash)"
	return c
}

func (a *app) versionCommand() *cobra.Command {
	return a.Action("version", "显示版本", "Show the version", func(context.Context, *cobra.Command, []string) error {
		_, err := fmt.Fprintln(a.Out, "jiebang", cli.Version())
		return err
	})
}
