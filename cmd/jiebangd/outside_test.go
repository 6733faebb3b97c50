package main

import (
	"testing"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/services"
)

// TestOutsideFlags reads rates and networks from the command line and from the environment; the command line wins.
func TestOutsideFlags(t *testing.T) {
	for _, c := range []struct {
		name, env string
		args      []string
		want      services.Rate
		proxies   string
		ok        bool
	}{
		{"nothing", "", nil, services.Rate{}, "", true},
		{"both", "", []string{"--rate-address=20/300"}, services.Rate{PerSecond: 20, Burst: 300}, "", true},
		{"a rate alone", "", []string{"--rate-address=20"}, services.Rate{PerSecond: 20}, "", true},
		{"off", "", []string{"--rate-address=off"}, services.Rate{PerSecond: -1}, "", true},
		{"from the environment", "7/9", nil, services.Rate{PerSecond: 7, Burst: 9}, "", true},
		{"the command line wins", "7/9", []string{"--rate-address=8/9"}, services.Rate{PerSecond: 8, Burst: 9}, "", true},
		{"two networks", "", []string{"--trusted-proxy=10.0.0.0/8,fd00::/8"}, services.Rate{}, "10.0.0.0/8,fd00::/8", true},
		{"two flags", "", []string{"--trusted-proxy=10.0.0.0/8", "--trusted-proxy=127.0.0.1/32"}, services.Rate{}, "10.0.0.0/8,127.0.0.1/32", true},
		{"no rate", "", []string{"--rate-address=fast"}, services.Rate{}, "", false},
		{"nothing a second", "", []string{"--rate-address=0/5"}, services.Rate{}, "", false},
		{"nothing at once", "", []string{"--rate-address=5/0"}, services.Rate{}, "", false},
		{"no rate in the environment", "fast", nil, services.Rate{}, "", false},
		{"an address for a network", "", []string{"--trusted-proxy=10.0.0.1"}, services.Rate{}, "", false},
		{"a network with an address in it", "", []string{"--trusted-proxy=10.0.0.1/8"}, services.Rate{}, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.env != "" {
				t.Setenv("JIEBANGD_RATE_ADDRESS", c.env)
			}
			config := &services.Config{}
			cmd := &cobra.Command{Use: "x", SilenceErrors: true, SilenceUsage: true, RunE: func(cmd *cobra.Command, _ []string) error { return outsideEnv(cmd) }}
			outsideFlags(cmd, config)
			cmd.SetArgs(c.args)
			err := cmd.Execute()
			if (err == nil) != c.ok || c.ok && (config.Limits.Address != c.want || (networksFlag{&config.Proxies}).String() != c.proxies) {
				t.Errorf("got %v, %+v and %v, want %+v and %q", err, config.Limits.Address, config.Proxies, c.want, c.proxies)
			}
		})
	}
}
