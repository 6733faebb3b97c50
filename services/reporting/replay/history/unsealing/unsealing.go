// Package unsealing opens the envelopes of a ledger again: what an entry says came of one must come of it.
package unsealing

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/jiebang/jiebang/services/bidding/consortium"
	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

func value(e *entry.Entry, column string) string {
	v, _ := e.Row.Get(column)
	return v
}

// Check opens the envelope of an entry with the shares that it has, under the terms of the bid whose digest was submitted.
func Check(e *entry.Entry, terms seal.Terms, digest string) error {
	want := seal.Expected{Terms: terms, Organization: "organizations/" + value(e, "organization_id")}
	err := want.Digest.UnmarshalText([]byte(digest))
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
	if err != nil {
		if value(e, "consortium") != "" {
			return fmt.Errorf("没有开启的揭榜书写有联合体")
		}
		return nil
	}
	if opened.Plain.Amount == nil {
		return fmt.Errorf("信封中没有报价")
	}
	if value(e, "amount_fen") != strconv.FormatInt(int64(*opened.Plain.Amount), 10) || value(e, "proposal") != opened.Plain.Proposal ||
		value(e, "consortium") != consortium.Encode(consortium.Opened(opened.Plain.Consortium)) {
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
