package main

import (
	"strings"
	"testing"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/services"
)

// owner is somebody who runs a firm, in a session.
func (m *realMarket) owner(firm string) *desk {
	m.t.Helper()
	f := services.Founder{Login: "owner", DisplayName: "负责人", Password: password, Jurisdiction: "330182", Organization: strings.TrimPrefix(firm, "organizations/"),
		Roles: []string{"owner", "editor", "signer"}}
	if _, err := m.server.Found(m.t.Context(), f); err != nil {
		m.t.Fatal(err)
	}
	return m.logIn("owner")
}

// TestInboxAndWebhooks makes a webhook, whose secret is shown once, reads what the inbox says of it, and switches kinds.
func TestInboxAndWebhooks(t *testing.T) {
	m := openMarket(t)
	d := m.owner(m.firm())
	made := strings.Fields(d.must("", "webhook", "create", "https://jiebang.invalid/hook", "--kinds", "demand.closed,bid.won", "--jq", ".secret, .webhook.name"))
	if len(made) != 2 || !strings.HasPrefix(made[0], "whsec_") {
		t.Fatalf("got %v", made)
	}
	name := made[1]
	if got := d.must("", "webhook", "list"); strings.Contains(got, "whsec_") || !strings.Contains(got, "https://jiebang.invalid/hook") || !strings.Contains(got, "使用中") {
		t.Errorf("list: got %s", got)
	}
	if got := d.must("", "webhook", "test", name); !strings.Contains(got, "已放弃") || !strings.Contains(got, "主机名无法解析") {
		t.Errorf("test: got %s", got)
	}
	if got := d.must("", "webhook", "deliveries", name, "--jq", ".[].kind"); got != "webhook.test" {
		t.Errorf("deliveries: got %s", got)
	}
	if got := d.must("", "inbox", "list", "--unread"); !strings.Contains(got, "新增推送地址 https://jiebang.invalid/hook") {
		t.Errorf("inbox: got %s", got)
	}
	n := d.must("", "inbox", "list", "-o", "name")
	if got := d.must("", "inbox", "read", n, "--jq", ".readTime"); got == "" || got == "null" {
		t.Errorf("read: got %q", got)
	}
	d.must("", "inbox", "read", n, "--up-to")
	if got := d.must("", "inbox", "list", "--unread", "-o", "name"); got != "" {
		t.Errorf("unread: got %s", got)
	}
	if got := d.must("", "inbox", "settings", "--off", "demand.closed,bid.won", "--on", "bid.won", "--jq", ".[] | select(.off) | .name"); got != "noticeKinds/demand.closed" {
		t.Errorf("settings: got %s", got)
	}
	if got := d.must("", "inbox", "settings", "--own", "--off", "watch.digest", "--jq", ".[] | select(.ownOff) | .name"); got != "noticeKinds/watch.digest" {
		t.Errorf("own settings: got %s", got)
	}
	d.refused(failure.NotFound, "没有“bid.submitted”这类通知", "", "inbox", "settings", "--off", "bid.submitted")
	d.refused(failure.Usage, "--own", "", "inbox", "settings", "--own")
	d.must("", "webhook", "delete", name)
	if got := d.must("", "webhook", "list", "-o", "name"); got != "" {
		t.Errorf("deleted: got %s", got)
	}
}

// TestWatches saves a search without and with consent, mutes a demand and sends digests on.
func TestWatches(t *testing.T) {
	m := openMarket(t)
	d := m.owner(m.firm())
	name := d.must("", "watch", "create", "--display-name", "粉体", "--query", "碳酸钙", "--fields", "新材料", "--min-amount", "50万元", "-o", "name")
	if got := d.must("", "watch", "list"); !strings.Contains(got, "粉体") || !strings.Contains(got, "新材料及其应用") || !strings.Contains(got, "关") {
		t.Errorf("list: got %s", got)
	}
	if got := d.must("", "watch", "digest", "--jq", ".nextTime"); got != "null" {
		t.Errorf("digest without consent: got %s", got)
	}
	if got := d.must("", "watch", "notify", name, "--jq", ".notify"); got != "true" {
		t.Errorf("notify: got %s", got)
	}
	if got := d.must("", "watch", "digest", "--webhook", "--jq", ".webhook, (.nextTime != null)"); got != "true\ntrue" {
		t.Errorf("digest: got %s", got)
	}
	d.must("", "watch", "create", "--display-name", "适合我们", "--target", "fitting-demands", "--notify")
	demand := d.must("", "demand", "create", "--title", "纳米碳酸钙连续制备", "--field", "新材料", "--amount", "41.8万元", "--deadline", "+30d", "-o", "name")
	d.must("", "watch", "mute", demand)
	d.must("", "watch", "mute", demand, "--undo")
	d.must("", "watch", "notify", name, "--off")
	d.must("", "watch", "delete", name)
	if got := d.must("", "watch", "list", "--jq", ".[].displayName"); got != "适合我们" {
		t.Errorf("deleted: got %s", got)
	}
	d.refused(failure.Usage, "display-name", "", "watch", "create")
}
