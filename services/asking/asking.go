// Package asking is 提问: anyone who may bid asks about a published demand, and its firm answers, for everyone to read.
//
//   - Who has asked is told to nobody but the asker: not by the API, and not by the ledger, whose entries of questions are for those who made them alone.
//   - One asker has one pseudonym within a demand, so that one sees which questions belong together, and unlike ones in unlike demands.
//   - An unanswered question does not stop a deadline, which neither a firm nor an asker may hold up; how many there are is for all to see.
package asking

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entquestion "github.com/jiebang/jiebang/ent/gen/ent/question"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/offering/achievement"
	"github.com/jiebang/jiebang/services/posting"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// Faults of questions.
var (
	ErrNotFound = fault.New(fault.NotFound, "QUESTION_NOT_FOUND", "there is no such question")
	ErrAnswered = fault.New(fault.Precondition, "QUESTION_ANSWERED", "the question has been answered, and the answer does not change")
	ErrPoster   = fault.New(fault.Precondition, "ASKER_IS_POSTER", "a firm does not ask about its own demand")
	ErrTooMany  = fault.New(fault.Exhausted, "QUESTIONS_TOO_MANY", "too many questions of one asker about one demand have no answer yet")
)

// MaxOpen is how many questions of one asker about one demand may wait for an answer.
const MaxOpen = 10

// Asking takes questions.
type Asking struct {
	db  *storage.DB
	key []byte
}

// New returns the asking of db. The key makes pseudonyms; without it nobody can tell whose they are.
func New(db *storage.DB, key []byte) *Asking { return &Asking{db, key} }

// pseudonym is the name of an organization among the askers about a demand: an HMAC by a secret of that demand.
func (a *Asking) pseudonym(demandID, organizationID string) string {
	secret := hmac.New(sha256.New, a.key)
	secret.Write([]byte(demandID))
	name := hmac.New(sha256.New, secret.Sum(nil))
	name.Write([]byte(organizationID))
	const length = 16
	return hex.EncodeToString(name.Sum(nil)[:length])
}

// admits reports whether a demand takes questions and answers: as long as it takes bids.
func admits(d *ent.Demand, now time.Time) error {
	var deadline time.Time
	if d.Deadline != nil {
		deadline = *d.Deadline
	}
	return demand.Admits(d.State, deadline, now)
}

// Ask asks about a demand that takes bids.
func (a *Asking) Ask(ctx context.Context, demandID, text string) (*ent.Question, error) {
	home, err := rpc.Home(id.Demand, demandID, demand.ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, a.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.Question, error) {
		d, err := posting.Find(ctx, tx.Client, demandID, tx.Caller)
		if err != nil {
			return nil, err
		}
		if err := admits(d, tx.Now); err != nil {
			return nil, err
		}
		if err := tx.Caller.Kind.MayBid(); err != nil {
			return nil, err
		}
		one, err := identity.Affiliated(ctx, tx.Client, d.OrganizationID, tx.Caller.Organization)
		if err != nil {
			return nil, err
		}
		if one {
			return nil, ErrPoster
		}
		if wrong := achievement.Contact("text", text); len(wrong) > 0 {
			return nil, wrong[0]
		}
		asker := a.pseudonym(demandID, tx.Caller.Organization)
		open, err := tx.Question.Query().Where(entquestion.DemandID(demandID), entquestion.Asker(asker), entquestion.AnsweredAtIsNil()).Count(ctx)
		if err != nil {
			return nil, err
		}
		if open >= MaxOpen {
			return nil, ErrTooMany.With("limit", MaxOpen)
		}
		q := &ent.Question{ID: id.New(tx.Rand, id.Question, home), Jurisdiction: home, DemandID: demandID, Asker: asker, Text: text, CreatedAt: tx.Now}
		return q, save(ctx, tx, "question.asked", q)
	})
}

// Answer answers a question, as the firm, while its demand takes bids.
func (a *Asking) Answer(ctx context.Context, demandID, questionID, etag, text string) (*ent.Question, error) {
	home, err := rpc.Home(id.Question, questionID, ErrNotFound)
	if err != nil {
		return nil, err
	}
	return storage.Tx(ctx, a.db, identity.Change(ctx, home), func(tx *storage.Txn) (*ent.Question, error) {
		d, err := posting.Owned(ctx, tx, demandID)
		if err != nil {
			return nil, err
		}
		q, err := tx.Question.Query().Where(entquestion.ID(questionID), entquestion.DemandID(demandID)).Only(ctx)
		if ent.IsNotFound(err) {
			return nil, ErrNotFound
		}
		if err != nil {
			return nil, err
		}
		if err := rpc.CheckEtag("etag", etag, q.Version); err != nil {
			return nil, err
		}
		if err := admits(d, tx.Now); err != nil {
			return nil, err
		}
		if q.AnsweredAt != nil {
			return nil, ErrAnswered
		}
		if wrong := achievement.Contact("answer", text); len(wrong) > 0 {
			return nil, wrong[0]
		}
		q.Answer, q.AnsweredAt = text, &tx.Now
		return q, save(ctx, tx, "question.answered", q)
	})
}

// Image is the audited columns of a question; who asked is not among them.
func Image(q *ent.Question) entry.Row {
	i := (&entry.Image{}).Text("jurisdiction", q.Jurisdiction).Int("version", int64(q.Version)).Time("created_at", q.CreatedAt).Time("updated_at", q.UpdatedAt).
		Text("demand_id", q.DemandID).Text("asker", q.Asker).Text("text", q.Text).Text("answer", q.Answer)
	entry.Optional(i, "answered_at", q.AnsweredAt, i.Time)
	return i.Row()
}

// save appends the entry of a changed question, which belongs to whoever changes it, and writes its row; version 0 is a new one.
func save(ctx context.Context, tx *storage.Txn, kind string, q *ent.Question) error {
	q.Version, q.UpdatedAt = q.Version+1, tx.Now
	r, err := tx.Append(entry.Entry{Kind: kind, Subject: id.QuestionName(q.DemandID, q.ID), Organization: id.OrganizationName(tx.Caller.Organization), Row: Image(q)})
	if err != nil {
		return err
	}
	q.EntrySeq, q.EntryHash = r.Sequence, r.Hash
	if q.Version == 1 {
		return tx.Question.Create().SetID(q.ID).SetJurisdiction(q.Jurisdiction).SetVersion(q.Version).SetEntrySeq(q.EntrySeq).SetEntryHash(q.EntryHash).
			SetCreatedAt(q.CreatedAt).SetUpdatedAt(q.UpdatedAt).SetDemandID(q.DemandID).SetAsker(q.Asker).SetText(q.Text).Exec(ctx)
	}
	return storage.One(tx.Question.Update().Where(entquestion.ID(q.ID), entquestion.Version(q.Version-1)).SetVersion(q.Version).SetEntrySeq(q.EntrySeq).
		SetEntryHash(q.EntryHash).SetUpdatedAt(q.UpdatedAt).SetAnswer(q.Answer).SetNillableAnsweredAt(q.AnsweredAt).Save(ctx))
}
