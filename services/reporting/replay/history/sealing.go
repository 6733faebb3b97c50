package history

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/keeping/custodian"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/posting/demand"
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
	want := seal.Expected{Terms: terms, Organization: "organizations/" + value(e, "organization_id")}
	err := want.Digest.UnmarshalText([]byte(s.digest))
	if err == nil {
		var submission int64
		submission, err = entry.ParseInt(value(e, "submission"))
		want.Submission = int(submission)
	}
	envelope, err2 := hex.DecodeString(value(e, entry.Fact+"envelope"))
	if err != nil || err2 != nil {
		return fmt.Errorf("开启的内容不完整")
	}
	opened, err := combine(envelope, shares(e), want)
	if reason := reasonOf(err); reason != value(e, "fault") {
		return fmt.Errorf("开启结果应为 %q,账目记为 %q", reason, value(e, "fault"))
	}
	if err == nil && opened.Plain.Amount == nil {
		return fmt.Errorf("信封中没有报价")
	}
	if err == nil && (value(e, "amount_fen") != strconv.FormatInt(int64(*opened.Plain.Amount), 10) || value(e, "proposal") != opened.Plain.Proposal) {
		return fmt.Errorf("开启的内容与截止前密封的信封不符")
	}
	return nil
}

// shares are those of an entry of an opening.
func shares(e *entry.Entry) (all []seal.Share) {
	for _, c := range e.Row {
		recipient, ok := strings.CutPrefix(c.Name, entry.Fact+"share_")
		b, err := hex.DecodeString(c.Value)
		if ok && err == nil && len(b) == seal.KeySize {
			all = append(all, seal.Share{Recipient: recipient, Value: seal.Key(b)})
		}
	}
	return all
}

// combine opens an envelope, and is as strict about what it is given as the server was.
func combine(envelope []byte, shares []seal.Share, want seal.Expected) (*seal.Opened, error) {
	if seal.Sum(envelope) != want.Digest {
		return nil, seal.ErrDigest
	}
	e, err := seal.Parse(envelope)
	if err != nil {
		return nil, err
	}
	if len(shares) < e.Threshold {
		return nil, seal.ErrStanzaOpen
	}
	return seal.Combine(e, shares, want)
}

func reasonOf(err error) string {
	if f := fault.As(err); f != nil {
		return f.Reason
	}
	return ""
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
