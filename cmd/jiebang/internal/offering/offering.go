// Package offering has the commands of what organizations offer: achievements, and profiles of experts, laboratories and brokers.
package offering

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
)

// offer is an achievement or a profile.
type offer interface {
	cli.Resource
	GetOrganization() string
	GetExternalId() string
	GetRegion() string
	GetIndustries() []string
	GetDisciplines() []string
	GetKeywords() []string
	GetJurisdiction() string
	GetCreateTime() *timestamppb.Timestamp
	GetPublishTime() *timestamppb.Timestamp
}

// history is what the detail view of every offer ends with.
func history[T offer]() []output.Column[T] {
	return append([]output.Column[T]{
		output.Plain("行业", func(o T) string { return strings.Join(o.GetIndustries(), "、") }).InDetail(),
		output.Plain("学科", func(o T) string { return strings.Join(o.GetDisciplines(), "、") }).InDetail(),
		output.Plain("关键词", func(o T) string { return strings.Join(o.GetKeywords(), "、") }).InDetail(),
		output.Plain("所在地", T.GetRegion).InDetail(),
		output.Plain("所属单位", T.GetOrganization).InDetail(),
		output.Plain("行政区划", T.GetJurisdiction).InDetail(),
		output.Instant("上架时间", T.GetPublishTime).InDetail(),
	}, cli.History[T]()...)
}

// common are the flags that both have.
type common struct {
	industries, disciplines, keywords []string
	region, externalID                string
}

func (f *common) flags(c *cobra.Command) {
	c.Flags().StringSliceVar(&f.industries, "industries", nil, "国民经济行业代码,逗号分隔,如 C2613;查代码用 jiebang code list industries")
	c.Flags().StringSliceVar(&f.disciplines, "disciplines", nil, "学科代码,逗号分隔,如 E0208;查代码用 jiebang code list disciplines")
	c.Flags().StringSliceVar(&f.keywords, "keywords", nil, "关键词,逗号分隔")
	c.Flags().StringVar(&f.region, "region", "", "所在地的行政区划代码,6 位")
	c.Flags().StringVar(&f.externalID, "external-id", "", "本单位自己的编号;所有人可见")
}

// templateCommand writes a template.
func templateCommand(a *cli.App, zh, en, example string, read func(context.Context) ([]byte, error)) *cobra.Command {
	file := ""
	c := a.Action("template", zh, en, func(ctx context.Context, _ *cobra.Command, _ []string) error {
		content, err := read(ctx)
		if err != nil {
			return err
		}
		return a.Binary(content, file)
	})
	c.Flags().StringVarP(&file, "file", "f", "", "写到哪个文件(默认标准输出)")
	c.Example = example
	return c
}
