package registering

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

func returnCommand(a *cli.App) *cobra.Command {
	reason := ""
	return reasonFlag(cli.VerbCommand(a, kind(), cli.Verb[registrations, *jiebangv1.ReturnRegistrationRequest, registration]{
		Use: "return REGISTRATION", Chinese: "登记机构退回补正;再次受理后重新计时", English: "Give a registration back to be corrected", Call: registrations.ReturnRegistration, Needs: []string{"reason"},
		Fill: func(_ context.Context, r *jiebangv1.ReturnRegistrationRequest, _ cli.Target[registration]) error {
			r.Reason = reason
			return nil
		},
	}), &reason)
}

func refuseCommand(a *cli.App) *cobra.Command {
	reason := ""
	return reasonFlag(cli.VerbCommand(a, kind(), cli.Verb[registrations, *jiebangv1.RefuseRegistrationRequest, registration]{
		Use: "refuse REGISTRATION", Chinese: "登记机构不予登记", English: "Do not register a contract", Call: registrations.RefuseRegistration, Needs: []string{"reason"},
		Fill: func(_ context.Context, r *jiebangv1.RefuseRegistrationRequest, _ cli.Target[registration]) error {
			r.Reason = reason
			return nil
		},
	}), &reason)
}

func cancelCommand(a *cli.App) *cobra.Command {
	reason, benefits := "", ""
	c := reasonFlag(cli.VerbCommand(a, kind(), cli.Verb[registrations, *jiebangv1.CancelRegistrationRequest, registration]{
		Use: "cancel REGISTRATION", Chinese: "注销登记,报告已享受的优惠", English: "Cancel a registration", Call: registrations.CancelRegistration, Needs: []string{"reason"},
		Fill: func(_ context.Context, r *jiebangv1.CancelRegistrationRequest, _ cli.Target[registration]) error {
			r.Reason, r.Benefits = reason, benefits
			return nil
		},
	}), &reason)
	c.Flags().StringVar(&benefits, "benefits", "", "已享受的税收等优惠;没有也要写明,如 无")
	return c
}

func reviewCommand(a *cli.App) *cobra.Command {
	reason, disputed := "", false
	c := reasonFlag(cli.VerbCommand(a, kind(), cli.Verb[registrations, *jiebangv1.StartRegistrationReviewRequest, registration]{
		Use: "review REGISTRATION", Chinese: "提请专家评审:达到 500 万元或有争议", English: "Ask experts", Call: registrations.StartRegistrationReview, Needs: []string{"reason"},
		Fill: func(_ context.Context, r *jiebangv1.StartRegistrationReviewRequest, _ cli.Target[registration]) error {
			r.Reason, r.Disputed = reason, disputed
			return nil
		},
	}), &reason)
	c.Flags().BoolVar(&disputed, "disputed", false, "技术交易额有争议")
	return c
}

// reasonFlag adds the flag of a reason.
func reasonFlag(c *cobra.Command, reason *string) *cobra.Command {
	c.Flags().StringVar(reason, "reason", "", "原因,1 至 500 字")
	return c
}

func concludeCommand(a *cli.App) *cobra.Command {
	var (
		opinions []string
		minutes  string
	)
	c := cli.VerbCommand(a, kind(), cli.Verb[registrations, *jiebangv1.ConcludeRegistrationReviewRequest, registration]{
		Use: "conclude REGISTRATION", Chinese: "录入专家评审意见", English: "Note what the experts have said", Call: registrations.ConcludeRegistrationReview, Needs: []string{"opinion"},
		Fill: func(_ context.Context, r *jiebangv1.ConcludeRegistrationReviewRequest, _ cli.Target[registration]) (err error) {
			if r.Opinions, err = parseOpinions(opinions); err != nil {
				return err
			}
			r.MinutesDigest, err = input.Digest(minutes)
			return failure.AsUsage(err)
		},
	})
	c.Flags().StringArrayVar(&opinions, "opinion", nil, "一名专家的意见,写成 姓名:单位:同意:技术交易额:说明 或 姓名:单位:反对:说明,每名一次")
	fileFlag(c, &minutes, "minutes", "评审记录文件;只上传它的 SHA-256")
	return c
}

// parseOpinions reads what experts have said, each as the flag's help says.
func parseOpinions(texts []string) (all []*jiebangv1.ReviewOpinion, err error) {
	for _, text := range texts {
		parts := strings.SplitN(text, ":", 4)
		if len(parts) < 3 {
			return nil, failure.Usagef("意见 %q 应写成 姓名:单位:同意:技术交易额:说明 或 姓名:单位:反对:说明", text)
		}
		o := &jiebangv1.ReviewOpinion{Expert: parts[0], Organization: parts[1]}
		if o.Verdict, err = input.ParseEnum[jiebangv1.ReviewOpinion_Verdict](parts[2]); err != nil {
			return nil, failure.AsUsage(err)
		}
		rest := strings.Join(parts[3:], "")
		if o.GetVerdict() == jiebangv1.ReviewOpinion_AGREE {
			technology, remark, _ := strings.Cut(rest, ":")
			fen, err := input.Amount(technology)
			if err != nil {
				return nil, failure.AsUsage(err)
			}
			o.Technology, rest = input.Money(fen), remark
		}
		o.Remark = rest
		all = append(all, o)
	}
	return all, nil
}

// opinionText shows what experts have said, each on a line.
func opinionText(r registration) string {
	var lines []string
	for _, o := range r.GetOpinions() {
		line := o.GetExpert() + "(" + o.GetOrganization() + ") " + input.Chinese(o.GetVerdict())
		if o.GetTechnology() != nil {
			line += " " + output.View{Yuan: true}.Money(o.GetTechnology()) + " 元"
		}
		lines = append(lines, strings.TrimSpace(line+" "+o.GetRemark()))
	}
	return strings.Join(lines, "\n")
}

func recordCommand(a *cli.App) *cobra.Command {
	var (
		total, technology cli.Amount
		day, file         string
		certificate       = &jiebangv1.Certificate{}
	)
	c := cli.VerbCommand(a, kind(), cli.Verb[registrations, *jiebangv1.RecordCertificateRequest, registration]{
		Use: "record REGISTRATION", Chinese: "录入登记证书,由另一人复核;变更登记也用它", English: "Record a certificate", Call: registrations.RecordCertificate, Needs: []string{"number"},
		Fill: func(_ context.Context, r *jiebangv1.RecordCertificateRequest, _ cli.Target[registration]) (err error) {
			if certificate.RegisterDate, err = input.Date(day); err != nil {
				return failure.AsUsage(err)
			}
			if certificate.Digest, err = input.Digest(file); err != nil {
				return failure.AsUsage(err)
			}
			certificate.ContractTotal, certificate.Technology, r.Certificate = total.Value, technology.Value, certificate
			return nil
		},
	})
	c.Flags().StringVar(&certificate.Number, "number", "", "登记编号,16 位数字,早年的为 14 位")
	c.Flags().Var(&total, "total", "证书所载合同成交额")
	c.Flags().Var(&technology, "technology", "证书所载技术交易额")
	c.Flags().StringVar(&day, "date", "", "登记日期,如 2026-03-02")
	fileFlag(c, &file, "certificate", "证书影像文件;只上传它的 SHA-256")
	return c
}

// fileFlag adds a flag that names a file.
func fileFlag(c *cobra.Command, path *string, flag, usage string) {
	c.Flags().StringVar(path, flag, "", usage)
	if err := c.MarkFlagFilename(flag); err != nil {
		panic(err) // the flag was added just now
	}
}
