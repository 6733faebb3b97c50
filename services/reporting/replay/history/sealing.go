package history

import (
	"fmt"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/keeping/custodian"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/reporting/replay/history/unsealing"
)

var custodianEvents = map[string]custodian.Event{"confirmed": custodian.Confirm, "retired": custodian.Retire}

// longestWait is how long a request may wait for its turn; a server lets none take longer than this.
const longestWait = time.Minute

// receivedAt is when a bid was received: with a submission its row says so, which may be shortly before its entry but not after.
func receivedAt(e *entry.Entry, ev bid.Event) time.Time {
	if ev != bid.Withdraw {
		if at, err := entry.ParseTime(value(e, "submitted_at")); err == nil && !at.After(e.Time) && e.Time.Sub(at) <= longestWait {
			return at
		}
	}
	return e.Time
}

// applySealing takes what the bids of a demand are sealed under from now on.
func (r *History) applySealing(e *entry.Entry, _ *subject, _ string, known bool) error {
	name, _, _ := strings.Cut(e.Subject, "/sealings/")
	d, ok := r.subjects[name]
	if !ok || known {
		return fmt.Errorf("密封条款没有对应的需求,或被改动")
	}
	deadline, err1 := entry.ParseTime(value(e, "deadline"))
	threshold, err2 := entry.ParseInt(value(e, "threshold"))
	t := seal.Terms{Demand: name, Deadline: deadline, Level: seal.Level(value(e, "level")), Threshold: int(threshold), Recipients: strings.Split(value(e, "recipients"), "\n")}
	err3 := t.Digest.UnmarshalText([]byte(value(e, "terms_digest")))
	if err1 != nil || err2 != nil || err3 != nil || t.Check() != nil || t.Policy().String() != value(e, "policy") {
		return fmt.Errorf("密封条款与其摘要不符")
	}
	if d.state != string(demand.Published) || !d.deadline.Equal(deadline) {
		return fmt.Errorf("密封条款与需求的截止时间不符")
	}
	r.terms[value(e, "policy")] = t
	return nil
}

// applyOpening makes sure that custodians give nothing before the bids are closed.
func (r *History) applyOpening(e *entry.Entry, _ *subject, event string, _ bool) error {
	name, _, _ := strings.Cut(e.Subject, "/openings/")
	if d, ok := r.subjects[name]; !ok || d.state != string(demand.Evaluating) && event == "given" {
		return fmt.Errorf("截止之前提交份额")
	}
	return nil
}

// unseal opens an envelope again with the shares that the entry has, and compares what comes of it.
func (r *History) unseal(e *entry.Entry, s *subject) error {
	terms, ok := r.terms[s.policy]
	if !ok {
		return fmt.Errorf("账本中没有密封条款 %s", s.policy)
	}
	return unsealing.Check(e, terms, s.digest)
}

// bare is whether an entry that covers for bids says nothing, so that nothing is hidden in it.
func bare(e *entry.Entry) bool { return len(e.Row) == 0 && e.Organization == "" && e.Request == "" }

// refused makes sure that a bid that was refused had come too late.
func (r *History) refused(e *entry.Entry) error {
	name, _, ok := strings.Cut(e.Subject, "/refusals/")
	d, known := r.subjects[name]
	at, err := entry.ParseTime(value(e, "received_at"))
	if !ok || !known || err != nil || at.Before(d.deadline) {
		return fmt.Errorf("按时到达的揭榜被拒收")
	}
	return nil
}
