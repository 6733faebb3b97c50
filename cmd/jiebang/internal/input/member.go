package input

import (
	"fmt"
	"strconv"
	"strings"

	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
	"github.com/jiebang/jiebang/services/bidding/consortium"
)

// Members reads members of a consortium, each written as organization=share=task, of which the task may be left out.
func Members(texts []string) (members []*jiebangv1.ConsortiumMember, err error) {
	sum := int32(0)
	for _, text := range texts {
		name, rest, ok := strings.Cut(text, "=")
		percent, task, _ := strings.Cut(rest, "=")
		share, fits := share(percent)
		if !ok || !fits || !strings.HasPrefix(name, "organizations/") {
			return nil, fmt.Errorf("--member %q 看不懂:请写作 organizations/…=30%% 或 organizations/…=30%%=分工,份额最多两位小数", text)
		}
		sum += share
		members = append(members, &jiebangv1.ConsortiumMember{Organization: name, Share: share, Task: task})
	}
	if len(members) > 0 && sum != consortium.Whole {
		return nil, fmt.Errorf("--member 的份额合计为 %s,须为 100%%", Percent(sum))
	}
	return members, nil
}

// share reads a percentage with at most two decimals as hundredths of a percent.
func share(text string) (int32, bool) {
	whole, part, _ := strings.Cut(strings.TrimSuffix(text, "%"), ".")
	if len(part) > 2 || !strings.HasSuffix(text, "%") {
		return 0, false
	}
	n, err := strconv.ParseUint(whole+part+"00"[len(part):], 10, 15)
	return int32(n), err == nil && n >= 1 && n <= consortium.Whole
}

// Percent writes hundredths of a percent.
func Percent(share int32) string {
	text := fmt.Sprintf("%d.%02d", share/100, share%100)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".") + "%"
}

// Consortium writes the members of a consortium in one line.
func Consortium(members []*jiebangv1.ConsortiumMember) string {
	var parts []string
	for _, m := range members {
		text := m.GetOrganization() + " " + Percent(m.GetShare())
		if m.GetTask() != "" {
			text += "(" + m.GetTask() + ")"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ";")
}
