// Package terms reads from the entries of contracts and amendments what their signatures are over, and checks those.
package terms

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/jiebang/jiebang/services/amending/amendment"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/contracting/joint"
	"github.com/jiebang/jiebang/services/contracting/signature"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/money"
)

func value(e *entry.Entry, column string) string {
	v, _ := e.Row.Get(column)
	return v
}

// Fen is an amount in a column; one that no column may have, if it is none.
func Fen(e *entry.Entry, column string) money.Fen {
	n, err := entry.ParseInt(value(e, column))
	if err != nil {
		return -money.Max - 1 // which no column may have
	}
	return money.Fen(n)
}

// Number is a number in a column; -1 if it is none.
func Number(e *entry.Entry, column string) int {
	n, err := entry.ParseInt(value(e, column))
	if err != nil {
		return -1
	}
	return int(n)
}

// TextVersion is which text of a contract an entry has.
func TextVersion(e *entry.Entry) int {
	if value(e, "text_version") == "" {
		return 1
	}
	return Number(e, "text_version")
}

// errTextDigest is of a text that half of it would stand for, if what does not read were passed over.
var errTextDigest = errors.New("合同文本的摘要不是十六进制")

// OfContract makes sure that each signature by a key is over the terms of its contract.
func OfContract(e *entry.Entry) error {
	text, err := hex.DecodeString(value(e, "text_digest"))
	if err != nil {
		return errTextDigest
	}
	t := contract.Terms{ID: strings.TrimPrefix(e.Subject, "contracts/"), Buyer: value(e, "buyer_id"), Seller: value(e, "seller_id"), Broker: value(e, "broker_id"),
		Title: value(e, "title"), Class: contract.Class(value(e, "class")), Field: value(e, "field"), Channel: contract.Channel(value(e, "channel")),
		Total: Fen(e, "total_fen"), TextDigest: text, Version: TextVersion(e), Plan: value(e, "plan"), Clauses: value(e, "clauses"),
		Consortium: value(e, "consortium")}
	return errors.Join(signatures(e, t.Digest()), sideOf(e).Check(t.Digest()))
}

func sideOf(e *entry.Entry) joint.Side {
	return joint.Side{Seller: value(e, "seller_id"), Consortium: value(e, "consortium"), Signatures: value(e, "member_signatures")}
}

// Joint makes sure that the consortium of a contract is that of the bid that won, until the text fixes it, and that its members have signed one after another; all of
// them before the contract is in force. was are the signatures of the entry before.
func Joint(e *entry.Entry, was, won, event string) error {
	side := sideOf(e)
	switch event {
	case "drafted", "edited", "proposed", "revised":
	case "recorded":
		won = ""
	default:
		won = side.Consortium
	}
	if side.Consortium != won {
		return errors.New("合同的联合体与中榜的揭榜书不符")
	}
	if event == "activated" && !side.Complete() {
		return errors.New("合同生效但缺少联合体成员的签署")
	}
	return joint.Follows(was, side.Signatures, e.Time, event)
}

// OfAmendment makes sure that each signature by a key is over the terms of its amendment.
func OfAmendment(e *entry.Entry) error {
	text, err := hex.DecodeString(value(e, "text_digest"))
	if err != nil {
		return errTextDigest
	}
	total := Fen(e, "new_total_fen")
	_, amendmentID, _ := strings.Cut(e.Subject, "/amendments/")
	t := amendment.Terms{ID: amendmentID, Contract: value(e, "contract_id"), Number: Number(e, "number"), Before: total - Fen(e, "difference_fen"), NewTotal: total,
		Reasons: strings.Fields(value(e, "reasons")), Explanation: value(e, "explanation"), TextDigest: text}
	return signatures(e, t.Digest())
}

func signatures(e *entry.Entry, digest []byte) error {
	for _, side := range []string{"buyer", "seller"} {
		text := value(e, side+"_signature")
		if text == "" {
			continue
		}
		s, err := signature.Parse(text)
		if err != nil || s.Check(digest) != nil || value(e, side+"_signed_at") == "" {
			return fmt.Errorf("签名与所签条款不符")
		}
	}
	return nil
}
