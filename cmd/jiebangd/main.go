// Command jiebangd is the server of Jiebang 揭榜.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/services"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run runs a command and returns the exit code: 0 done, 1 failed, 2 wrong usage.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := command()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		_, _ = fmt.Fprintf(stderr, "用法错误:%v\n运行 jiebangd help 查看用法\n", err)
		return 2
	default:
		_, _ = fmt.Fprintf(stderr, "错误:%v\n", err)
		return 1
	}
}

// usageError is a command line that cannot be understood.
type usageError struct{ error }

func command() *cobra.Command {
	root := &cobra.Command{
		Use: "jiebangd", Short: "揭榜服务器:一个程序、一个数据目录,无需配置", SilenceUsage: true, SilenceErrors: true,
		Long: "jiebangd 是揭榜平台的服务器。不带任何配置运行 jiebangd serve,即在 ./data 建立数据目录并开始服务。\n" +
			"每个选项也可用环境变量给出,如 --data 对应 JIEBANGD_DATA。",
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	config := &services.Config{}
	var jurisdictions []string
	f := root.PersistentFlags()
	f.StringVar(&config.DataDir, "data", fromEnv("DATA", "data"), "数据目录:签名密钥和 SQLite 文件")
	f.StringVar(&config.Database, "database", fromEnv("DATABASE", ""), "postgres://…;不给则用数据目录中的 SQLite")
	f.StringSliceVar(&jurisdictions, "jurisdiction", split(fromEnv("JURISDICTION", "")), "行政区划代码=科技局名称,可给多个(默认 330182=建德市科学技术局)")
	f.StringVar(&config.Search.URL, "search-url", fromEnv("SEARCH_URL", ""), "Meilisearch 的地址,如 http://127.0.0.1:7700;不给则只用内置引擎")
	f.StringVar(&config.Search.KeysFile, "search-keys", fromEnv("SEARCH_KEYS", ""), "Meilisearch 密钥文件,由 jiebangd search keys 写出(默认为数据目录中的 search-keys.json)")
	f.StringVar(&config.Search.Prefix, "search-prefix", fromEnv("SEARCH_PREFIX", "jiebang"), "Meilisearch 索引名的前缀;几个平台共用一台时各用一个")
	f.StringVar(&config.Search.EmbedderFile, "search-embedder", fromEnv("SEARCH_EMBEDDER", ""), "向量服务的设置(JSON:name、ratio 和 Meilisearch 的 embedder 设置);不给则不用向量")
	filesFlags(f, config)
	witnessFlags(root, config)
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		for _, j := range jurisdictions {
			code, bureau, _ := strings.Cut(j, "=")
			config.Jurisdictions = append(config.Jurisdictions, services.Jurisdiction{Code: code, Bureau: bureau})
		}
		return nil
	}
	root.AddCommand(serveCommand(config), demoCommand(config), migrateCommand(config), verifyCommand(config), adminCommand(config), acceptCommand(config), searchCommand(config), matchingCommand(config), versionCommand())
	return root
}

// fromEnv is the default of a flag: JIEBANGD_NAME if it is set.
func fromEnv(name, otherwise string) string {
	if v, ok := os.LookupEnv("JIEBANGD_" + name); ok {
		return v
	}
	return otherwise
}

func split(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

// logTo returns the server's log: JSON lines.
func logTo(w io.Writer) *slog.Logger { return slog.New(slog.NewJSONHandler(w, nil)) }
