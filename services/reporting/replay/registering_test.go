package replay_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/registertest"
	"github.com/jiebang/jiebang/services/internal/storagetest"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/registering/registration"
	"github.com/jiebang/jiebang/services/reporting/replay"
)

// TestForgedRegistrations rewrites entries of registrations so that hashes fit: what cannot have happened is named all the same.
func TestForgedRegistrations(t *testing.T) {
	m := markettest.Open(t, storagetest.SQLite(t))
	registertest.Story(t, m)
	b := export(t, m)
	if honest := b.verify(t, replay.Options{}); len(honest.Problems) > 0 {
		t.Fatalf("the honest bundle: %v", honest.Problems)
	}
	replace := func(texts ...string) func(string) string {
		return func(body string) string {
			if !strings.Contains(body, texts[0]) {
				t.Fatalf("no %q in %s", texts[0], body)
			}
			return strings.NewReplacer(texts...).Replace(body)
		}
	}
	const last = "row.recorded_by"
	without := func(column string) func(string) string {
		return func(body string) string {
			before, after, found := strings.Cut(body, "\nrow."+column+" ")
			if !found {
				t.Fatalf("no column %s in %s", column, body)
			}
			next := strings.Index(after, "\nrow.")
			return before + after[next:]
		}
	}
	for _, test := range []struct {
		name, kind string
		change     func(string) string
		want       string
	}{
		{"registered for more than the whole", "registration.registered", replace("row.technology_fen 9 600000000", "row.technology_fen 10 6000000000"), "编号或金额无效"},
		{"a number of 15 digits", "registration.registered", replace("row.number 16 2026330182000001", "row.number 15 202633018200001"), "编号或金额无效"},
		{"confirmed by who recorded it", "registration.registered", func(body string) string {
			_, by, _ := strings.Cut(body, "\n"+last+" ")
			by, _, _ = strings.Cut(by, "\n")
			before, after, _ := strings.Cut(body, "row.confirmed_by ")
			_, after, _ = strings.Cut(after, "\n")
			return before + "row.confirmed_by " + by + "\n" + after
		}, "不是两人"},
		{"registered before the experts said", "registration.review_concluded", replace("kind 29 registration.review_concluded", "kind 23 registration.registered", "row.state 13 expert_review", "row.state 10 registered"), ""},
		{"registered without the experts' opinions", "registration.registered", without("review"), "专家未评审即登记"},
		{"drafted with a number", "registration.drafted", replace("row.reason ", "row.number 16 2026330182000009\nrow.reason "), "不能起草"},
		{"accepted before it is filed", "registration.filed", replace("row.state 5 filed", "row.state 8 accepted"), "状态不能由"},
		{"a claim of nothing", "registration.filed", replace("row.claimed_technology_fen 9 700000000", "row.claimed_technology_fen 1 0"), "申报的技术交易额无效"},
		{"a part that grew without a certificate", "registration.owed", replace("row.technology_fen 9 600000000", "row.technology_fen 9 900000000"), "证书的内容被改动"},
		{"a certificate for a draft", "registration.accepted", replace("row.reason ", "row.number 16 2026330182000009\nrow.reason "), "证书的内容被改动"},
		{"late before it is due", "registration.overdue", replace("row.due_at 27 2026", "row.due_at 27 2027"), "期限未到即提醒"},
		{"between others", "registration.accepted", replace("row.seller_id 24 o330182-", "row.seller_id 24 o330183-"), "双方与所属合同不同"},
		{"of a contract that never was", "registration.accepted", replace("row.contract_id 24 c330182-", "row.contract_id 24 c330183-"), "未曾生效"},
		{"at another registry", "registration.changed", replace("建德市技术合同登记点", "淳安县技术合同登记点"), "不可改动的内容被改动"},
	} {
		i := b.find(t, test.kind)
		r := b.rewrite(i, test.change).verify(t, replay.Options{})
		if !names(r, int64(i), test.want) {
			t.Errorf("%s: got %v, want entry %d: %s", test.name, r.Problems, i, test.want)
		}
	}
}

// TestNumbersOfRegistrations gives a number to a second registration.
func TestNumbersOfRegistrations(t *testing.T) {
	m := markettest.Open(t, storagetest.SQLite(t))
	o := registertest.New(t, m)
	o.Register(m.Deal(1000), "2026330182000001", 900)
	first := export(t, m)
	o.Register(m.Deal(1000), "2026330182000002", 900)
	b := export(t, m)
	for i := len(first.entries); i < len(b.entries); i++ {
		if !strings.Contains(b.entries[i].Body, " registration.registered\n") {
			continue
		}
		r := b.rewrite(i, func(body string) string {
			return strings.Replace(body, "row.number 16 2026330182000002", "row.number 16 2026330182000001", 1)
		}).verify(t, replay.Options{})
		if !names(r, int64(i), "登记编号 2026330182000001 已用于") {
			t.Errorf("got %v", r.Problems)
		}
		return
	}
	t.Error("nothing was registered")
}

// TestRegistrationsOfEnded registers what may not be, in a ledger whose contract was terminated or whose technology part is large.
func TestRegistrationsOfEnded(t *testing.T) {
	m := markettest.Open(t, storagetest.SQLite(t))
	o, d := registertest.New(t, m), m.Deal(2_000_000_000)
	o.Register(d, "2026330182000001", 499_999_999)
	b := export(t, m)
	i := b.find(t, "registration.registered")
	r := b.rewrite(i, func(body string) string {
		return strings.Replace(body, "row.technology_fen 9 499999999", "row.technology_fen 9 500000000", 1)
	}).verify(t, replay.Options{})
	if !names(r, int64(i), "未经专家评审即登记") {
		t.Errorf("a large part: got %v", r.Problems)
	}
	r = b.rewrite(b.find(t, "contract.activated"), func(body string) string { return body }).verify(t, replay.Options{})
	if len(r.Problems) > 0 {
		t.Errorf("an honest rewriting: got %v", r.Problems)
	}
	j := b.find(t, "registration.filed")
	r = b.rewrite(b.find(t, "contract.activated"), func(body string) string {
		return strings.Replace(body, "row.state 6 active", "row.state 10 terminated", 1)
	}).verify(t, replay.Options{})
	if !names(r, int64(j), "合同不在有效期内即申请") || !names(r, int64(i), "合同已解除仍予登记") {
		t.Errorf("a terminated contract: got %v", r.Problems)
	}
	if got := registration.TermsAt(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)).Limit; got != money.Fen(500_000_000) {
		t.Errorf("got a limit of %d, and the replay knows another", got)
	}
}
