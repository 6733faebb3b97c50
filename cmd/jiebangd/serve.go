package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/services"
)

// addressFlags are the flags of the commands that listen.
func addressFlags(cmd *cobra.Command, c *services.Config) {
	f := cmd.Flags()
	f.StringVar(&c.GRPCAddress, "grpc", fromEnv("GRPC", "localhost:9090"), "gRPC 监听地址")
	f.StringVar(&c.HTTPAddress, "http", fromEnv("HTTP", "localhost:8080"), "HTTP 监听地址(REST、文档、健康检查、指标)")
	f.StringVar(&c.TLSCert, "tls-cert", fromEnv("TLS_CERT", ""), "TLS 证书(PEM);不给则为明文,仅宜用于本机或前置代理之后")
	f.StringVar(&c.TLSKey, "tls-key", fromEnv("TLS_KEY", ""), "TLS 私钥(PEM)")
	f.StringVar(&c.Origin, "origin", fromEnv("ORIGIN", ""), "用户在浏览器中打开平台的地址,如 https://jiebang.example.cn;通行密钥只认这个地址(默认 http://localhost:8080)")
	f.BoolVar(&c.Reflection, "reflection", fromEnv("REFLECTION", "") == "true", "允许 grpcurl 列出接口(生产环境不要打开)")
}

func serveCommand(c *services.Config) *cobra.Command {
	cmd := &cobra.Command{Use: "serve", Short: "开始服务;首次运行时建立数据目录并打印一次性的管理令牌", Args: cobra.NoArgs}
	addressFlags(cmd, c)
	outsideFlags(cmd, c)
	cmd.Flags().BoolVar(&c.HookLoopback, "webhook-loopback", fromEnv("WEBHOOK_LOOPBACK", "") == "true", "允许向本机推送通知(含 http),只用于开发")
	cmd.Flags().BoolVar(&c.SecondFactor, "second-factor", fromEnv("SECOND_FACTOR", "true") == "true", "科技局和审计局的成员须有第二因素才能以单位身份办事")
	cmd.Flags().DurationVar(&c.Drain, "drain", 2*time.Second, "截止后多久才关闭:截止前已收齐、还在排队的揭榜在此期间仍被收下")
	cmd.Flags().DurationVar(&c.Cover, "cover", 5*time.Minute, "征集期间掩护账目的平均间隔,使账本的增长不透露有人揭榜;0 为不掩护")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := outsideEnv(cmd); err != nil {
			return err
		}
		c.Log = logTo(cmd.ErrOrStderr())
		s, err := services.Open(cmd.Context(), *c)
		if err != nil {
			return err
		}
		for jurisdiction := range s.FirstTokens {
			code, err := s.InviteAdmin(cmd.Context(), jurisdiction)
			if err != nil {
				return errors.Join(err, s.Close())
			}
			_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%s 安全管理员的邀请码(只显示这一次,只能用一次):\n    %s\n", jurisdiction, code)
		}
		return errors.Join(serve(cmd.Context(), s, c, cmd.OutOrStdout()), s.Close())
	}
	return cmd
}

// serve prints where the server is and serves until ctx ends.
func serve(ctx context.Context, s *services.Server, c *services.Config, out io.Writer) error {
	return s.Serve(ctx, func(a services.Addresses) {
		_, _ = fmt.Fprintf(out, "揭榜 %s 已就绪\n  数据目录  %s\n  gRPC      %s\n  REST      %s\n  接口文档  %s\n", version(), c.DataDir, a.GRPC, s.URL(a.HTTP)+"/v1",
			s.URL(a.HTTP)+"/docs/")
		if s.Migrated[0] != s.Migrated[1] {
			_, _ = fmt.Fprintf(out, "  数据库    已由第 %d 版迁移到第 %d 版\n", s.Migrated[0], s.Migrated[1])
		}
		for jurisdiction, token := range s.FirstTokens {
			_, _ = fmt.Fprintf(out, "  %s 科技局管理令牌(只显示这一次,90 天内有效):\n    %s\n", jurisdiction, token)
		}
	})
}
