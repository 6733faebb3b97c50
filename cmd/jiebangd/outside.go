package main

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/services"
)

// outsideFlags are the flags of the commands that listen to more than this machine: who vouches for persons, who stands in front, and how much one may call.
func outsideFlags(cmd *cobra.Command, c *services.Config) {
	f := cmd.Flags()
	f.StringVar(&c.RedFlagsFile, "red-flags", fromEnv("RED_FLAGS", ""), "监测规则参数文件(JSON 数组,形式见 docs/red-flags.schema.json):在内置参数之后追加带生效日期的版本,不改变以前的")
	f.StringVar(&c.SignOnFile, "sign-on", fromEnv("SIGN_ON", ""), "统一认证(OIDC、CAS)的设置文件(JSON 数组);每个都须写明 issuer 和 audience,缺了就不启动")
	for name, rate := range map[string]struct {
		into  *services.Rate
		usage string
	}{
		"rate-address":      {&c.Limits.Address, "每个网络地址的调用速率:每秒/突发,如 200/1000;off 为不限"},
		"rate-principal":    {&c.Limits.Principal, "每个人或令牌的调用速率,如 100/500;off 为不限"},
		"rate-organization": {&c.Limits.Organization, "每个机构的调用速率,如 300/1500;off 为不限"},
	} {
		f.Var(rateFlag{rate.into}, name, rate.usage)
	}
	f.Var(networksFlag{&c.Proxies}, "trusted-proxy", "前置代理的网段,如 10.0.0.0/8,可用逗号给多个;只有它们的 X-Forwarded-For 才算数")
}

// outsideEnv reads the environment's values of the flags that have a form of their own.
func outsideEnv(cmd *cobra.Command) error {
	for name, variable := range map[string]string{"rate-address": "RATE_ADDRESS", "rate-principal": "RATE_PRINCIPAL", "rate-organization": "RATE_ORGANIZATION",
		"trusted-proxy": "TRUSTED_PROXY"} {
		if text := fromEnv(variable, ""); text != "" && !cmd.Flags().Changed(name) {
			if err := cmd.Flags().Set(name, text); err != nil {
				return usageError{fmt.Errorf("JIEBANGD_%s: %w", variable, err)}
			}
		}
	}
	return nil
}

// rateFlag is a rate: how many calls a second, and how many at once.
type rateFlag struct{ rate *services.Rate }

func (r rateFlag) Type() string { return "rate" }

func (r rateFlag) String() string {
	switch {
	case r.rate == nil || *r.rate == (services.Rate{}):
		return ""
	case r.rate.PerSecond < 0:
		return "off"
	}
	return fmt.Sprintf("%d/%d", r.rate.PerSecond, r.rate.Burst)
}

func (r rateFlag) Set(text string) error {
	if text == "off" {
		*r.rate = services.Rate{PerSecond: -1}
		return nil
	}
	each, burst, both := strings.Cut(text, "/")
	perSecond, err1 := strconv.Atoi(each)
	atOnce, err2 := strconv.Atoi(burst)
	if err1 != nil || perSecond < 1 || both && (err2 != nil || atOnce < 1) {
		return fmt.Errorf("%q 不是速率,请写成 200/1000(每秒/突发)、200 或 off", text)
	}
	*r.rate = services.Rate{PerSecond: perSecond, Burst: atOnce}
	return nil
}

// networksFlag is a list of networks.
type networksFlag struct{ networks *[]netip.Prefix }

func (n networksFlag) Type() string { return "networks" }

func (n networksFlag) String() string {
	if n.networks == nil {
		return ""
	}
	var texts []string
	for _, p := range *n.networks {
		texts = append(texts, p.String())
	}
	return strings.Join(texts, ",")
}

func (n networksFlag) Set(list string) error {
	for _, text := range strings.Split(list, ",") {
		p, err := netip.ParsePrefix(strings.TrimSpace(text))
		if err != nil || p != p.Masked() {
			return fmt.Errorf("%q 不是网段,请写成 10.0.0.0/8", text)
		}
		*n.networks = append(*n.networks, p)
	}
	return nil
}
