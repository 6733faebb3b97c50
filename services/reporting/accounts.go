package reporting

import (
	"context"
	"fmt"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entamendment "github.com/jiebang/jiebang/ent/gen/ent/amendment"
	entbalance "github.com/jiebang/jiebang/ent/gen/ent/balance"
	entmilestone "github.com/jiebang/jiebang/ent/gen/ent/milestone"
	entpayment "github.com/jiebang/jiebang/ent/gen/ent/payment"
	entposting "github.com/jiebang/jiebang/ent/gen/ent/posting"
	"github.com/jiebang/jiebang/services/accounting"
	"github.com/jiebang/jiebang/services/accounting/account"
	"github.com/jiebang/jiebang/services/amending"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/reporting/replay"
	"github.com/jiebang/jiebang/services/reporting/replay/history"
	"github.com/jiebang/jiebang/services/settling"
)

func (v *verifier) amendments(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.Amendment, error) {
		return v.read.Amendment.Query().Where(entamendment.Jurisdiction(v.jurisdiction), entamendment.IDGT(after)).Order(entamendment.ByID()).Limit(verifyBatch).All(ctx)
	}, func(a *ent.Amendment) row {
		return row{"amendments", a.ID, id.AmendmentName(a.ContractID, a.ID), a.EntrySeq, a.EntryHash, amending.Image(a)}
	})
}

func (v *verifier) milestones(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.Milestone, error) {
		return v.read.Milestone.Query().Where(entmilestone.Jurisdiction(v.jurisdiction), entmilestone.IDGT(after)).Order(entmilestone.ByID()).Limit(verifyBatch).All(ctx)
	}, func(m *ent.Milestone) row {
		return row{"milestones", m.ID, id.MilestoneName(m.ContractID, m.ID), m.EntrySeq, m.EntryHash, settling.MilestoneImage(m)}
	})
}

func (v *verifier) payments(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.Payment, error) {
		return v.read.Payment.Query().Where(entpayment.Jurisdiction(v.jurisdiction), entpayment.IDGT(after)).Order(entpayment.ByID()).Limit(verifyBatch).All(ctx)
	}, func(p *ent.Payment) row {
		return row{"payments", p.ID, id.PaymentName(p.ContractID, p.ID), p.EntrySeq, p.EntryHash, settling.PaymentImage(p)}
	})
}

// accounts compares each posting with the entry that it is of, and balances and total with what the entries post. What was posted while this ran is not
// looked at: the entries taken are older.
func (v *verifier) accounts(ctx context.Context) error {
	want, first := v.Postings(), entry.Key(v.jurisdiction, 0)
	next, last := first, entry.Key(v.jurisdiction, v.Size())
	for {
		rows, err := v.read.Posting.Query().Where(entposting.IDGTE(next), entposting.IDLT(last)).Order(entposting.ByID()).Limit(verifyBatch).All(ctx)
		if err != nil {
			return err
		}
		for _, p := range rows {
			for len(want) > 0 && want[0].Sequence < p.ID-first {
				v.unposted(want[0])
				want = want[1:]
			}
			if len(want) == 0 || want[0].Sequence > p.ID-first {
				v.accountWrong("postings", "id", p.ContractID, fmt.Sprintf("数据库行 %d 没有对应的账目", p.ID))
				continue
			}
			v.posting(p, want[0])
			want = want[1:]
		}
		if len(rows) < verifyBatch {
			break
		}
		next = rows[len(rows)-1].ID + 1
	}
	for _, p := range want {
		v.unposted(p)
	}
	return v.balances(ctx)
}

func (v *verifier) unposted(p history.Posting) {
	v.accountWrong("postings", "id", p.Contract, fmt.Sprintf("账目 %d 没有记账", p.Sequence))
}

func (v *verifier) posting(p *ent.Posting, want history.Posting) {
	if p.ContractID != want.Contract {
		v.accountWrong("postings", "contract_id", p.ContractID, fmt.Sprintf("数据库行 %d 属于合同 %s", p.ID, want.Contract))
	}
	if p.Jurisdiction != v.jurisdiction {
		v.accountWrong("postings", "jurisdiction", p.ContractID, fmt.Sprintf("数据库行 %d 不属于 %s", p.ID, p.Jurisdiction))
	}
	v.amounts("postings", p.ContractID, accounting.Posting(p), want.Amounts)
}

// amounts compares the accounts of a row, each by its column.
func (v *verifier) amounts(table, key string, have, want account.Amounts) {
	for _, c := range []struct {
		column     account.Account
		have, want money.Fen
	}{
		{account.Committed, have.Committed, want.Committed}, {account.Amended, have.Amended, want.Amended}, {account.Paid, have.Paid, want.Paid},
		{account.Accepted, have.Accepted, want.Accepted}, {account.Registered, have.Registered, want.Registered},
		{account.Obligation, have.Obligation, want.Obligation}, {account.Cash, have.Cash, want.Cash}, {account.Work, have.Work, want.Work},
		{account.Registry, have.Registry, want.Registry},
	} {
		if c.have != c.want {
			v.accountWrong(table, string(c.column), key, fmt.Sprintf("数据库行 %s 为 %s 元,账目合计 %s 元", key, c.have, c.want))
		}
	}
}

func (v *verifier) accountWrong(table, column, key, text string) {
	v.Problem(replay.Problem{Sequence: -1, Subject: table + "/" + key, Column: table + "." + column, Text: text})
}

// balances compares the balance of each contract, and their total, with what the entries post, if nothing was posted since.
func (v *verifier) balances(ctx context.Context) error {
	want, total, after := v.Balances(), account.Amounts{}, "c"+v.jurisdiction+"-"
	lasts := map[string]int64{}
	last := int64(0)
	for _, p := range v.Postings() {
		last = entry.Key(v.jurisdiction, p.Sequence)
		lasts[p.Contract], total = last, total.Add(p.Amounts)
	}
	t, err := v.read.AccountTotal.Get(ctx, v.jurisdiction)
	if err != nil && !ent.IsNotFound(err) {
		return err
	}
	if t == nil {
		t = &ent.AccountTotal{}
	}
	if t.PostingID >= entry.Key(v.jurisdiction, v.Size()) {
		if newer, err := v.read.Posting.Query().Where(entposting.ID(t.PostingID)).Exist(ctx); err != nil || newer {
			return err
		}
	}
	if t.PostingID != last {
		v.accountWrong("account_totals", "posting_id", v.jurisdiction, fmt.Sprintf("数据库行 %s 为 %d,最后的记账为 %d", v.jurisdiction, t.PostingID, last))
	}
	v.amounts("account_totals", v.jurisdiction, accounting.Total(t), total)
	for {
		mine := entbalance.And(entbalance.IDGT(after), entbalance.IDLT("c"+v.jurisdiction+".")) // ids name their jurisdiction
		rows, err := v.read.Balance.Query().Where(mine).Order(entbalance.ByID()).Limit(verifyBatch).All(ctx)
		if err != nil {
			return err
		}
		for _, b := range rows {
			if b.Jurisdiction != v.jurisdiction {
				v.accountWrong("balances", "jurisdiction", b.ID, "数据库行 "+b.ID+" 不属于 "+b.Jurisdiction)
			}
			if b.PostingID != lasts[b.ID] {
				v.accountWrong("balances", "posting_id", b.ID, fmt.Sprintf("数据库行 %s 为 %d,最后的记账为 %d", b.ID, b.PostingID, lasts[b.ID]))
			}
			v.amounts("balances", b.ID, accounting.Balance(b), want[b.ID])
			delete(want, b.ID)
			after = b.ID
		}
		if len(rows) < verifyBatch {
			break
		}
	}
	for contractID := range want {
		v.accountWrong("balances", "id", contractID, "数据库行 "+contractID+" 缺失")
	}
	return nil
}
