package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/services"
)

func searchCommand(c *services.Config) *cobra.Command {
	cmd := &cobra.Command{Use: "search", Short: "管理 Meilisearch(可选;内置引擎无需管理)",
		Long: "Meilisearch 只是检索的加速:停机、变慢、出错或被清空时,服务器改由内置引擎回答,业务不受影响。\n" +
			"首次使用:jiebangd search keys 用主密钥换出三个权限最小的密钥,写入数据目录;此后带 --search-url 启动服务器即可,索引自动建立并随账本更新。"}
	cmd.AddCommand(rebuildCommand(c), statusCommand(c), keysCommand(c))
	return cmd
}

func rebuildCommand(c *services.Config) *cobra.Command {
	return &cobra.Command{Use: "rebuild", Short: "重建索引:先建好新的,核对数目,再一次换上;期间检索照常(使用 SQLite 时须先停服务器)", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.Log = logTo(cmd.ErrOrStderr())
			s, err := services.RebuildSearch(cmd.Context(), *c, func(docs int) { _, _ = fmt.Fprintf(cmd.ErrOrStderr(), "已写入 %d 份\n", docs) })
			if err != nil {
				return err
			}
			return printStatus(cmd.OutOrStdout(), s)
		}}
}

func statusCommand(c *services.Config) *cobra.Command {
	return &cobra.Command{Use: "status", Short: "显示索引的数目、大小和落后的账目数(使用 SQLite 时须先停服务器)", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := services.SearchStatus(cmd.Context(), *c)
			if err != nil {
				return err
			}
			return printStatus(cmd.OutOrStdout(), s)
		}}
}

// errUnsound says that the search server is not as it should be; what is wrong has been printed.
var errUnsound = errors.New("索引与数据库不一致:服务器运行时每小时自动修补,也可运行 jiebangd search rebuild")

func printStatus(w io.Writer, s services.SearchState) error {
	_, _ = fmt.Fprintf(w, "%s %s\n", s.Caps.Name, s.Caps.Version)
	sound := s.Health == nil
	for _, k := range s.Kinds {
		_, _ = fmt.Fprintf(w, "  %-12s 索引 %d 份,数据库 %d 份,待处理 %d 项,%d kB\n", k.Kind, k.Docs, k.Wanted, k.Pending, k.Bytes/1000)
		sound = sound && k.Docs == k.Wanted
	}
	for _, j := range slices.Sorted(maps.Keys(s.Behind)) {
		_, _ = fmt.Fprintf(w, "  %s 落后 %d 条账目\n", j, s.Behind[j])
	}
	if s.Health != nil {
		_, _ = fmt.Fprintf(w, "  有误:%v\n", s.Health)
	}
	if !sound {
		return errUnsound
	}
	return nil
}

func keysCommand(c *services.Config) *cobra.Command {
	return &cobra.Command{Use: "keys", Short: "从标准输入读主密钥,换出权限最小的三个密钥,写入密钥文件", Args: cobra.NoArgs,
		Example: "  jiebangd search keys --search-url http://127.0.0.1:7700 < master.key",
		RunE: func(cmd *cobra.Command, _ []string) error {
			line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
			if err != nil && !errors.Is(err, io.EOF) {
				return err
			}
			master := strings.TrimSpace(line)
			if master == "" {
				return usageError{errors.New("标准输入中没有主密钥:请用 < 文件 给出,不要写在命令行上")}
			}
			path, err := services.MakeSearchKeys(cmd.Context(), *c, master)
			if err == nil {
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "密钥已写入 %s;主密钥没有保存\n", path)
			}
			return err
		}}
}
