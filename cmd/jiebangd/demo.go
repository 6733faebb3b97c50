package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/services"
)

func demoCommand(c *services.Config) *cobra.Command {
	cmd := &cobra.Command{Use: "demo", Short: "在全新的数据目录中填入一个科技局一年的演示数据,打印年报中的那句话,并继续服务", Args: cobra.NoArgs}
	addressFlags(cmd, c)
	once := cmd.Flags().Bool("once", false, "打印后退出,不继续服务;未给 --data 时用临时目录")
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
		_, _ = fmt.Fprintln(cmd.OutOrStdout(), sentence)
		if *once {
			return s.Close()
		}
		return errors.Join(serve(cmd.Context(), s, c, cmd.OutOrStdout()), s.Close())
	}
	return cmd
}
