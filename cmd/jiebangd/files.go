package main

import (
	"github.com/spf13/pflag"

	"github.com/jiebang/jiebang/services"
)

// filesFlags are the flags of where files are kept and what scans them. verify takes them too: it reads the files.
func filesFlags(f *pflag.FlagSet, c *services.Config) {
	f.StringVar(&c.Files.Store, "files", fromEnv("FILES", ""), "文件库:目录,或 s3://桶名?endpoint=…(默认为数据目录中的 files)")
	f.StringVar(&c.Files.Clamd, "clamd", fromEnv("CLAMD", ""), "clamd 的地址,unix:/路径 或 主机:端口;不给则文件不经病毒扫描即可下载")
	f.Int64Var(&c.Files.Quota, "file-quota", 0, "每个单位在一个行政区的文件配额,字节(默认 5 GiB)")
}
