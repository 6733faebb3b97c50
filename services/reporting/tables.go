package reporting

import (
	"bytes"
	"context"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entachievement "github.com/jiebang/jiebang/ent/gen/ent/achievement"
	entapproval "github.com/jiebang/jiebang/ent/gen/ent/approval"
	entbid "github.com/jiebang/jiebang/ent/gen/ent/bid"
	entcontract "github.com/jiebang/jiebang/ent/gen/ent/contract"
	entcustodian "github.com/jiebang/jiebang/ent/gen/ent/custodian"
	entdemand "github.com/jiebang/jiebang/ent/gen/ent/demand"
	entdisclosure "github.com/jiebang/jiebang/ent/gen/ent/disclosure"
	entevaluation "github.com/jiebang/jiebang/ent/gen/ent/evaluation"
	entfile "github.com/jiebang/jiebang/ent/gen/ent/file"
	entledgerentry "github.com/jiebang/jiebang/ent/gen/ent/ledgerentry"
	entmembership "github.com/jiebang/jiebang/ent/gen/ent/membership"
	entobjection "github.com/jiebang/jiebang/ent/gen/ent/objection"
	entopening "github.com/jiebang/jiebang/ent/gen/ent/opening"
	entopinion "github.com/jiebang/jiebang/ent/gen/ent/opinion"
	entorganization "github.com/jiebang/jiebang/ent/gen/ent/organization"
	entperson "github.com/jiebang/jiebang/ent/gen/ent/person"
	entprofile "github.com/jiebang/jiebang/ent/gen/ent/profile"
	entquestion "github.com/jiebang/jiebang/ent/gen/ent/question"
	entrefusal "github.com/jiebang/jiebang/ent/gen/ent/refusal"
	entsealing "github.com/jiebang/jiebang/ent/gen/ent/sealing"
	entsheet "github.com/jiebang/jiebang/ent/gen/ent/sheet"
	enttoken "github.com/jiebang/jiebang/ent/gen/ent/token"
	enttotal "github.com/jiebang/jiebang/ent/gen/ent/total"
	personrow "github.com/jiebang/jiebang/services/account/row"
	"github.com/jiebang/jiebang/services/asking"
	"github.com/jiebang/jiebang/services/bidding"
	"github.com/jiebang/jiebang/services/bidding/envelope"
	"github.com/jiebang/jiebang/services/contracting"
	"github.com/jiebang/jiebang/services/disclosing"
	"github.com/jiebang/jiebang/services/filing"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/judging"
	"github.com/jiebang/jiebang/services/keeping"
	"github.com/jiebang/jiebang/services/ledger"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/member"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/objecting"
	"github.com/jiebang/jiebang/services/offering"
	"github.com/jiebang/jiebang/services/opening"
	"github.com/jiebang/jiebang/services/posting"
	"github.com/jiebang/jiebang/services/reporting/metric"
	"github.com/jiebang/jiebang/services/vetting"
)

// pages reads a table page by page in the order of its ids and checks each page.
func pages[T any](ctx context.Context, v *verifier, read func(after string) ([]T, error), as func(T) row) error {
	after := ""
	for {
		records, err := read(after)
		if err != nil {
			return err
		}
		rows := make([]row, len(records))
		for i, r := range records {
			rows[i] = as(r)
		}
		if err := v.check(ctx, rows); err != nil {
			return err
		}
		if len(records) < verifyBatch {
			return nil
		}
		after = rows[len(rows)-1].key
	}
}

func (v *verifier) heads(ctx context.Context) error {
	h, err := ledger.Head(ctx, v.read, v.jurisdiction)
	if err != nil {
		return err
	}
	name := id.LedgerName(h.ID)
	at, _ := v.LastEntry(name) // its founding, a ledger.epoch, or one of its clock
	last, err := ledger.Entries(ctx, v.read, v.jurisdiction, at, 1)
	if err != nil || len(last) == 0 {
		return err
	}
	hash := entry.Leaf(last[0].Salt, last[0].Body)
	v.rows[name] = true
	v.compareRow(row{"ledger_heads", h.ID, name, at, hash[:], ledger.Image(h).Row()}, last[0])
	return nil
}

func (v *verifier) organizations(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.Organization, error) {
		return v.read.Organization.Query().Where(entorganization.Jurisdiction(v.jurisdiction), entorganization.IDGT(after)).Order(entorganization.ByID()).Limit(verifyBatch).All(ctx)
	}, func(o *ent.Organization) row {
		return row{"organizations", o.ID, id.OrganizationName(o.ID), o.EntrySeq, o.EntryHash, identity.Image(o)}
	})
}

func (v *verifier) tokens(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.Token, error) {
		return v.read.Token.Query().Where(enttoken.Jurisdiction(v.jurisdiction), enttoken.IDGT(after)).Order(enttoken.ByID()).Limit(verifyBatch).All(ctx)
	}, func(t *ent.Token) row {
		return row{"tokens", t.ID, id.TokenName(t.OrganizationID, t.ID), t.EntrySeq, t.EntryHash, identity.TokenImage(t)}
	})
}

func (v *verifier) approvals(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.Approval, error) {
		return v.read.Approval.Query().Where(entapproval.Jurisdiction(v.jurisdiction), entapproval.IDGT(after)).Order(entapproval.ByID()).Limit(verifyBatch).All(ctx)
	}, func(a *ent.Approval) row {
		return row{"approvals", a.ID, id.ApprovalName(a.ID), a.EntrySeq, a.EntryHash, identity.ApprovalImage(a)}
	})
}

func (v *verifier) persons(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.Person, error) {
		return v.read.Person.Query().Where(entperson.Jurisdiction(v.jurisdiction), entperson.IDGT(after)).Order(entperson.ByID()).Limit(verifyBatch).All(ctx)
	}, func(p *ent.Person) row {
		return row{"persons", p.ID, id.PersonName(p.ID), p.EntrySeq, p.EntryHash, personrow.Image(p)}
	})
}

func (v *verifier) memberships(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.Membership, error) {
		return v.read.Membership.Query().Where(entmembership.Jurisdiction(v.jurisdiction), entmembership.IDGT(after)).Order(entmembership.ByID()).Limit(verifyBatch).All(ctx)
	}, func(m *ent.Membership) row {
		return row{"memberships", m.ID, id.MemberName(m.OrganizationID, m.ID), m.EntrySeq, m.EntryHash, member.Image(m)}
	})
}

func (v *verifier) demands(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.Demand, error) {
		return v.read.Demand.Query().Where(entdemand.Jurisdiction(v.jurisdiction), entdemand.IDGT(after)).Order(entdemand.ByID()).Limit(verifyBatch).All(ctx)
	}, func(d *ent.Demand) row {
		return row{"demands", d.ID, id.DemandName(d.ID), d.EntrySeq, d.EntryHash, posting.Image(d)}
	})
}

func (v *verifier) files(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.File, error) {
		return v.read.File.Query().Where(entfile.Jurisdiction(v.jurisdiction), entfile.IDGT(after)).Order(entfile.ByID()).Limit(verifyBatch).All(ctx)
	}, func(f *ent.File) row {
		return row{"files", f.ID, id.FileName(f.ID), f.EntrySeq, f.EntryHash, filing.Image(f)}
	})
}

func (v *verifier) achievements(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.Achievement, error) {
		return v.read.Achievement.Query().Where(entachievement.Jurisdiction(v.jurisdiction), entachievement.IDGT(after)).Order(entachievement.ByID()).Limit(verifyBatch).All(ctx)
	}, func(a *ent.Achievement) row {
		return row{"achievements", a.ID, id.AchievementName(a.ID), a.EntrySeq, a.EntryHash, offering.AchievementImage(a)}
	})
}

func (v *verifier) profiles(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.Profile, error) {
		return v.read.Profile.Query().Where(entprofile.Jurisdiction(v.jurisdiction), entprofile.IDGT(after)).Order(entprofile.ByID()).Limit(verifyBatch).All(ctx)
	}, func(p *ent.Profile) row {
		return row{"profiles", p.ID, id.ProfileName(p.ID), p.EntrySeq, p.EntryHash, offering.ProfileImage(p)}
	})
}

func (v *verifier) bids(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.Bid, error) {
		return v.read.Bid.Query().Where(entbid.Jurisdiction(v.jurisdiction), entbid.IDGT(after)).Order(entbid.ByID()).Limit(verifyBatch).All(ctx)
	}, func(b *ent.Bid) row {
		r := row{"bids", b.ID, id.BidName(b.DemandID, b.ID), b.EntrySeq, b.EntryHash, bidding.Image(b)}
		if !bytes.Equal(envelope.DigestOf(b), b.ContentDigest) {
			v.wrong(r, contentColumns(b), "与账目中的内容摘要不符")
		}
		return r
	})
}

// contentColumns are the columns that the digest of a bid answers for.
func contentColumns(b *ent.Bid) string {
	if b.Envelope == nil && b.Draft == nil {
		return "amount_fen, bids.proposal, bids.nonce"
	}
	return "envelope, bids.draft"
}

func (v *verifier) custodians(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.Custodian, error) {
		return v.read.Custodian.Query().Where(entcustodian.Jurisdiction(v.jurisdiction), entcustodian.IDGT(after)).Order(entcustodian.ByID()).Limit(verifyBatch).All(ctx)
	}, func(c *ent.Custodian) row {
		return row{"custodians", c.ID, id.CustodianName(c.ID), c.EntrySeq, c.EntryHash, keeping.CustodianImage(c)}
	})
}

func (v *verifier) sealings(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.Sealing, error) {
		return v.read.Sealing.Query().Where(entsealing.Jurisdiction(v.jurisdiction), entsealing.IDGT(after)).Order(entsealing.ByID()).Limit(verifyBatch).All(ctx)
	}, func(s *ent.Sealing) row {
		return row{"sealings", s.ID, id.SealingName(s.DemandID, s.ID), s.EntrySeq, s.EntryHash, keeping.SealingImage(s)}
	})
}

func (v *verifier) refusals(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.Refusal, error) {
		return v.read.Refusal.Query().Where(entrefusal.Jurisdiction(v.jurisdiction), entrefusal.IDGT(after)).Order(entrefusal.ByID()).Limit(verifyBatch).All(ctx)
	}, func(r *ent.Refusal) row {
		return row{"refusals", r.ID, id.RefusalName(r.DemandID, r.ID), r.EntrySeq, r.EntryHash, bidding.RefusalImage(r)}
	})
}

func (v *verifier) openings(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.Opening, error) {
		return v.read.Opening.Query().Where(entopening.Jurisdiction(v.jurisdiction), entopening.IDGT(after)).Order(entopening.ByID()).Limit(verifyBatch).All(ctx)
	}, func(o *ent.Opening) row {
		r := row{"openings", o.ID, id.OpeningName(o.DemandID, o.ID), o.EntrySeq, o.EntryHash, opening.Image(o)}
		if !bytes.Equal(opening.DigestOf(o), o.SharesDigest) {
			v.wrong(r, "shares", "与账目中的份额摘要不符")
		}
		return r
	})
}

func (v *verifier) opinions(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.Opinion, error) {
		return v.read.Opinion.Query().Where(entopinion.Jurisdiction(v.jurisdiction), entopinion.IDGT(after)).Order(entopinion.ByID()).Limit(verifyBatch).All(ctx)
	}, func(o *ent.Opinion) row {
		return row{"opinions", o.ID, id.OpinionName(o.DemandID, o.ID), o.EntrySeq, o.EntryHash, vetting.Image(o)}
	})
}

func (v *verifier) questions(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.Question, error) {
		return v.read.Question.Query().Where(entquestion.Jurisdiction(v.jurisdiction), entquestion.IDGT(after)).Order(entquestion.ByID()).Limit(verifyBatch).All(ctx)
	}, func(q *ent.Question) row {
		return row{"questions", q.ID, id.QuestionName(q.DemandID, q.ID), q.EntrySeq, q.EntryHash, asking.Image(q)}
	})
}

func (v *verifier) disclosures(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.Disclosure, error) {
		return v.read.Disclosure.Query().Where(entdisclosure.Jurisdiction(v.jurisdiction), entdisclosure.IDGT(after)).Order(entdisclosure.ByID()).Limit(verifyBatch).All(ctx)
	}, func(d *ent.Disclosure) row {
		return row{"disclosures", d.ID, id.DisclosureName(d.DemandID, d.ID), d.EntrySeq, d.EntryHash, disclosing.Image(d)}
	})
}

func (v *verifier) evaluations(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.Evaluation, error) {
		return v.read.Evaluation.Query().Where(entevaluation.Jurisdiction(v.jurisdiction), entevaluation.IDGT(after)).Order(entevaluation.ByID()).Limit(verifyBatch).All(ctx)
	}, func(e *ent.Evaluation) row {
		return row{"evaluations", e.ID, id.EvaluationName(e.ID), e.EntrySeq, e.EntryHash, judging.Image(e)}
	})
}

func (v *verifier) sheets(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.Sheet, error) {
		return v.read.Sheet.Query().Where(entsheet.Jurisdiction(v.jurisdiction), entsheet.IDGT(after)).Order(entsheet.ByID()).Limit(verifyBatch).All(ctx)
	}, func(s *ent.Sheet) row {
		return row{"sheets", s.ID, id.SheetName(s.DemandID, s.ID), s.EntrySeq, s.EntryHash, judging.SheetImage(s)}
	})
}

func (v *verifier) objections(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.Objection, error) {
		return v.read.Objection.Query().Where(entobjection.Jurisdiction(v.jurisdiction), entobjection.IDGT(after)).Order(entobjection.ByID()).Limit(verifyBatch).All(ctx)
	}, func(o *ent.Objection) row {
		return row{"objections", o.ID, id.ObjectionName(o.DemandID, o.ID), o.EntrySeq, o.EntryHash, objecting.Image(o)}
	})
}

func (v *verifier) contracts(ctx context.Context) error {
	return pages(ctx, v, func(after string) ([]*ent.Contract, error) {
		return v.read.Contract.Query().Where(entcontract.Jurisdiction(v.jurisdiction), entcontract.IDGT(after)).Order(entcontract.ByID()).Limit(verifyBatch).All(ctx)
	}, func(k *ent.Contract) row {
		return row{"contracts", k.ID, id.ContractName(k.ID), k.EntrySeq, k.EntryHash, contracting.Image(k)}
	})
}

func entriesByID(ctx context.Context, read *ent.Client, ids []int64) (map[int64]*ent.LedgerEntry, error) {
	rows, err := read.LedgerEntry.Query().Where(entledgerentry.IDIn(ids...)).All(ctx)
	if err != nil {
		return nil, err
	}
	entries := make(map[int64]*ent.LedgerEntry, len(rows))
	for _, r := range rows {
		entries[r.ID] = r
	}
	return entries, nil
}

func storedCells(ctx context.Context, read *ent.Client, jurisdiction string) (map[metric.Cell]metric.Sum, error) {
	rows, err := read.Total.Query().Where(enttotal.Jurisdiction(jurisdiction)).All(ctx)
	if err != nil {
		return nil, err
	}
	cells := make(map[metric.Cell]metric.Sum, len(rows))
	for _, t := range rows {
		cells[metric.Cell{Metric: metric.Metric(t.Metric), Month: t.Month, Channel: t.Channel, Field: t.Field}] =
			metric.Sum{Count: t.Count, Amount: money.Fen(t.AmountFen)}
	}
	return cells, nil
}
