// Package opinion has the rules of experts' opinions in a vetting 论证.
//
//   - An opinion is given once, by the expert who was asked, in words and with a verdict.
//   - Opinions advise. Whoever took the demand up at the bureau does not decide on it.
package opinion

import "github.com/jiebang/jiebang/services/fault"

// Verdict is what an expert advises.
type Verdict string

// The verdicts.
const (
	Publish Verdict = "publish" // real, clear, worth publishing
	Change  Verdict = "change"  // after changes
	Drop    Verdict = "drop"    // not real, or solved already
)

// Values lists the verdicts for ent.
func (Verdict) Values() []string { return []string{string(Publish), string(Change), string(Drop)} }

// Faults of vetting.
var (
	ErrNotVetted    = fault.New(fault.Precondition, "PROCEDURE_DIRECT", "a demand of a direct procedure is published without vetting: use PublishDemand")
	ErrVetted       = fault.New(fault.Precondition, "PROCEDURE_VETTED", "a demand of this procedure is published after vetting: use SubmitDemand first")
	ErrTooFew       = fault.New(fault.Precondition, "OPINIONS_MISSING", "the procedure wants more opinions of experts before an approval")
	ErrSameOfficer  = fault.New(fault.Forbidden, "OFFICER_SAME", "whoever had the demand vetted does not decide on it")
	ErrNoExpert     = fault.New(fault.Invalid, "EXPERT_UNKNOWN", "no such person is an expert of an organization of this jurisdiction")
	ErrConflicted   = fault.New(fault.Invalid, "EXPERT_CONFLICT", "the expert belongs to the firm that posts the demand")
	ErrTwice        = fault.New(fault.Invalid, "EXPERT_TWICE", "an expert is asked once")
	ErrNotFound     = fault.New(fault.NotFound, "OPINION_NOT_FOUND", "there is no such opinion for the caller")
	ErrGiven        = fault.New(fault.Precondition, "OPINION_GIVEN", "the opinion has been given and does not change")
	ErrBureauActs   = fault.New(fault.Forbidden, "PUBLISHER_BUREAU", "the procedure lets the bureau publish, not the firm")
	ErrFirmActs     = fault.New(fault.Forbidden, "PUBLISHER_FIRM", "the procedure lets the firm publish")
	ErrNoComment    = fault.New(fault.Invalid, "COMMENTS_MISSING", "a return needs at least one comment")
	ErrCommentField = fault.New(fault.Invalid, "COMMENT_FIELD", "a comment is about a field of the demand")
)

// Enough reports whether a demand with so many opinions may be approved.
func Enough(given, wanted int) error {
	if given < wanted {
		return ErrTooFew.With("given", given).With("wanted", wanted)
	}
	return nil
}

// Apart reports whether a second officer decides: one that did not take the demand up.
func Apart(vettedBy, decides string) error {
	if vettedBy == "" || vettedBy == decides {
		return ErrSameOfficer
	}
	return nil
}
