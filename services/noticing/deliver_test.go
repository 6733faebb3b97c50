package noticing_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entdelivery "github.com/jiebang/jiebang/ent/gen/ent/delivery"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/noticing/hook"
)

// target is what a webhook sends to.
type target struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	ids    []string
	last   *http.Request
	body   []byte
	sent   []byte
}

func listen(t *testing.T) *target {
	t.Helper()
	g := &target{status: 200}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.body, _ = io.ReadAll(r.Body)
		g.sent = append(g.sent, g.body...)
		g.last, g.ids = r, append(g.ids, r.Header.Get("webhook-id"))
		w.WriteHeader(g.status)
	}))
	t.Cleanup(g.Close)
	return g
}

// answer sets what is answered from now on, and forgets what came.
func (g *target) answer(status int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.status, g.ids = status, nil
}

func (g *target) received() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.ids)
}

// all is everything that was sent.
func (g *target) all() []byte {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.sent)
}

func (b bare) hook(t *testing.T, owner string, g *target, kinds ...string) (*ent.Webhook, string) {
	t.Helper()
	h, secret, err := b.CreateHook(t.Context(), owner, g.URL, kinds)
	if err != nil {
		t.Fatal(err)
	}
	return h, secret
}

func (b bare) deliver(t *testing.T) {
	t.Helper()
	b.catchUp(t)
	if _, err := b.DeliverDue(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// deliveries are what a webhook has, in the order in which it is sent.
func (b bare) deliveries(t *testing.T, h *ent.Webhook) []*ent.Delivery {
	t.Helper()
	rows, err := b.db.Read.Delivery.Query().Where(entdelivery.WebhookID(h.ID)).Order(entdelivery.ByCreatedAt(), entdelivery.BySequence(), entdelivery.ByID()).All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestDeliver sends notices in their order, signed as the owner can check with its secret alone, and nothing that it did not ask for.
func TestDeliver(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b bare) {
		firm := organization("1")
		b.post(t, firm, "早")
		b.clock.Advance(time.Second)
		g, picky := listen(t), listen(t)
		h, secret := b.hook(t, firm, g)
		b.hook(t, firm, picky, "demand.closed")
		b.hook(t, organization("2"), g)
		b.clock.Advance(time.Second)
		d := b.post(t, firm, "甲")
		d.Title = "乙"
		b.save(t, d, "demand.amended")
		b.deliver(t)
		b.deliver(t)
		all := b.deliveries(t, h)
		if len(all) != 2 || len(picky.received()) != 0 {
			t.Fatalf("got %v and %v", all, picky.received())
		}
		if got, want := g.received(), []string{"notices/" + all[0].NoticeID, "notices/" + all[1].NoticeID}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		if err != nil {
			t.Fatal(err)
		}
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%d.%s", g.last.Header.Get("webhook-id"), b.clock.Now().Unix(), g.body)
		if got, want := g.last.Header.Get("webhook-signature"), "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)); got != want {
			t.Errorf("signature: got %s, want %s", got, want)
		}
		var body map[string]any
		if err := json.Unmarshal(g.body, &body); err != nil {
			t.Fatal(err)
		}
		data, _ := body["data"].(map[string]any)
		changes, _ := data["changes"].([]any)
		if body["type"] != "demand.amended" || body["timestamp"] != "2026-03-02T04:00:02Z" || data["name"] != "notices/"+all[1].NoticeID || data["subject"] != "demands/"+d.ID ||
			data["receiver"] != "organizations/"+firm || len(changes) != 1 || g.last.Header.Get("Content-Type") != "application/json" {
			t.Errorf("got %s", g.body)
		}
	})
}

// exhaust lets the first delivery fail for as long as it is tried: at the instants of the schedule, at no others, and nothing overtakes it.
func (b bare) exhaust(t *testing.T, g *target, name string) {
	t.Helper()
	g.answer(503)
	b.deliver(t)
	for _, wait := range []time.Duration{5 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour} {
		before := len(g.received())
		b.clock.Advance(wait - time.Microsecond)
		b.deliver(t)
		if got := len(g.received()); got != before {
			t.Errorf("%s before %v: got %d tries, want %d", name, wait, got, before)
		}
		b.clock.Advance(time.Microsecond)
		b.deliver(t)
		if got := len(g.received()); got != before+1 {
			t.Errorf("%s after %v: got %d tries, want %d", name, wait, got, before+1)
		}
	}
	if got := slices.Compact(g.received()); len(got) != 1 || got[0] != name || len(g.received()) != 7 {
		t.Errorf("got %v, want seven tries of %s", g.received(), name)
	}
}

// TestRetries fails for as long as it goes: the schedule is kept to the instant, nothing overtakes, what is given up is told, and three are enough. A test that is
// received brings the webhook back, and what waited comes.
func TestRetries(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b bare) {
		firm, g := organization("1"), listen(t)
		h, _ := b.hook(t, firm, g)
		for _, title := range []string{"一", "二", "三", "四"} {
			b.post(t, firm, title)
		}
		g.answer(503)
		b.catchUp(t)
		all := b.deliveries(t, h)
		for i := range 3 {
			b.exhaust(t, g, "notices/"+all[i].NoticeID)
		}
		g.answer(503)
		b.deliver(t)
		if got := g.received(); len(got) != 0 {
			t.Errorf("disabled: got %v", got)
		}
		texts := strings.Join(b.texts(t, firm), "\n")
		if strings.Count(texts, "webhook.given_up") != 3 || strings.Count(texts, "webhook.disabled 推送地址 "+g.URL+" 连续 3 则") != 1 || !strings.Contains(texts, "应答状态为 503") {
			t.Errorf("told: %s", texts)
		}
		if d, err := b.Test(t.Context(), firm, h.ID); err != nil || d.State != hook.GivenUp || d.Status != 503 {
			t.Errorf("a test that fails: got %v %v", d, err)
		}
		g.answer(204)
		b.deliver(t)
		if d, err := b.Test(t.Context(), firm, h.ID); err != nil || d.State != hook.Delivered || len(g.received()) != 1 {
			t.Errorf("a test that succeeds: got %v %v, received %v", d, err, g.received())
		}
		g.answer(204)
		b.deliver(t)
		if got := g.received(); !slices.Equal(got, []string{"notices/" + all[3].NoticeID}) {
			t.Errorf("brought back: got %v, want the fourth", got)
		}
		if d, err := b.Redeliver(t.Context(), firm, h.ID, all[0].ID); err != nil || d.State != hook.Waiting {
			t.Errorf("again: got %v %v", d, err)
		}
		b.deliver(t)
		if got := g.received(); len(got) != 2 || got[1] != "notices/"+all[0].NoticeID {
			t.Errorf("again: got %v", got)
		}
	})
}

// TestSeveralServers lets servers deliver at once: each notice is sent once, in order.
func TestSeveralServers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b bare) {
		firm, g := organization("1"), listen(t)
		h, _ := b.hook(t, firm, g)
		for i := range 6 {
			b.post(t, firm, fmt.Sprint("需求", i))
		}
		b.catchUp(t)
		var running sync.WaitGroup
		for range 4 {
			running.Go(func() {
				for len(g.received()) < 6 {
					if _, err := b.DeliverDue(t.Context()); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		running.Wait()
		var want []string
		for _, d := range b.deliveries(t, h) {
			want = append(want, "notices/"+d.NoticeID)
		}
		if got := g.received(); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

// TestLease lets a server fall silent with a webhook in its hands: another takes it up when the lease is over.
func TestLease(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b bare) {
		firm, g := organization("1"), listen(t)
		h, _ := b.hook(t, firm, g)
		b.post(t, firm, "甲")
		b.catchUp(t)
		err := storage.Aside(t.Context(), b.db, func(tx *storage.Side) error {
			return tx.Webhook.UpdateOneID(h.ID).SetLeasedUntil(b.clock.Now().Add(30 * time.Second)).Exec(t.Context())
		})
		if err != nil {
			t.Fatal(err)
		}
		b.deliver(t)
		if got := g.received(); len(got) != 0 {
			t.Errorf("got %v while another has the lease", got)
		}
		b.clock.Advance(30 * time.Second)
		b.deliver(t)
		if got := g.received(); len(got) != 1 {
			t.Errorf("got %v after the lease", got)
		}
	})
}
