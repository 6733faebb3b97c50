package main

import (
	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/services"
)

// witnessFlags say what is known of the ledgers outside the database. Every command that opens one is held to it.
func witnessFlags(root *cobra.Command, c *services.Config) {
	f := root.PersistentFlags()
	f.StringVar(&c.WitnessesFile, "witnesses", fromEnv("WITNESSES", ""), "见证人文件(C2SP tlog-policy,每行 witness 名称 公钥 网址):每个检查点请他们共同签名;不给则没有见证人")
	f.StringVar(&c.AnchorFile, "anchor", fromEnv("ANCHOR", ""), "锚文件:记下每个账本最近的检查点,启动时据此发现数据库被回退;宜放在另一块盘上(默认为数据目录中的 checkpoints.anchor)")
}

// rollbackFlag is the operator's word that a database is older than what was published of it, and that nothing newer can be found.
func rollbackFlag(serve *cobra.Command, c *services.Config) {
	serve.Flags().BoolVar(&c.AcceptRollback, "accept-rollback", false,
		"数据库落后于已公布的账本、且确已无法找回时,由两人商定后使用一次:账本以一条 ledger.epoch 账目永久记下两个账本头,然后继续")
}
