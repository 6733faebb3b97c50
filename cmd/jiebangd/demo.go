package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/services"
)

func demoCommand(c *services.Config) *cobra.Command {
	cmd := &cobra.Command{Use: "demo", Short: "在全新的数据目录中填入一个科技局一年的演示数据,打印年报中的那句话,并继续服务", Args: cobra.NoArgs}
	addressFlags(cmd, c)
	once := cmd.Flags().Bool("once", false, "打印后退出,不继续服务;未给 --data 时用临时目录")
	people := cmd.Flags().String("people", "", "另写出演练密封揭榜的人(安全管理员、保管人、审批人)到此目录:每人一个会话文件 login 和一个 login.json")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c.Log = logTo(cmd.ErrOrStderr())
		c.Reflection = true
		if !cmd.Flags().Changed("data") && c.DataDir == "data" {
			dir, remove, err := demoDir(*once)
			if err != nil {
				return err
			}
			defer remove()
			c.DataDir = dir
		}
		quiet := *c
		quiet.Log = nil // a thousand lines about made-up calls help nobody
		s, sentence, err := services.OpenDemo(cmd.Context(), quiet, cmd.ErrOrStderr())
		if err != nil {
			return err
		}
		if *people != "" {
			if err := rehearse(cmd.Context(), s, *people); err != nil {
				return errors.Join(err, s.Close())
			}
		}
		_, _ = fmt.Fprintln(cmd.OutOrStdout(), sentence)
		if *once {
			return s.Close()
		}
		return errors.Join(serve(cmd.Context(), s, c, cmd.OutOrStdout()), s.Close())
	}
	return cmd
}

// rehearse writes the persons of a rehearsal into a directory: for each a file with its session, and one with all that it needs to log in again.
func rehearse(ctx context.Context, s *services.Server, dir string) error {
	actors, err := s.Rehearse(ctx, demoJurisdiction)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, a := range actors {
		text, err := json.MarshalIndent(a, "", "  ")
		if err != nil {
			return err
		}
		for name, content := range map[string]string{a.Login: a.Session, a.Login + ".json": string(text)} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content+"\n"), 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

const demoJurisdiction = "330182"
