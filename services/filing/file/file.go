// Package file has the rules of files: how they live, what they may be called, how large they may be, and when they are given out.
package file

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/lifecycle"
)

// Bounds of files.
const (
	MaxSize     = 200 << 20 // bytes of one
	MaxChunk    = 256 << 10 // bytes of one message of an upload or a download
	Quota       = 5 << 30   // bytes of an organization's live files in one ledger, unless the operator says otherwise
	UploadTime  = 24 * time.Hour
	maxName     = 200      // characters
	reserve     = 10       // the disk keeps a tenth free
	reserved    = 10 << 30 // but not more than these bytes
	maxSubjects = 1000
)

// State is where a file stands.
type State string

// The states.
const (
	Receiving   State = "receiving"
	Complete    State = "complete"
	Quarantined State = "quarantined"
	Deleted     State = "deleted"
	Expired     State = "expired"
)

// Event is what moves a file.
type Event string

// The events.
const (
	Finish     Event = "finish"
	Quarantine Event = "quarantine"
	Delete     Event = "delete"
	Expire     Event = "expire"
)

// Machine is the life cycle. What was deleted or has expired does not come back.
var Machine = lifecycle.Machine[State, Event]{
	Receiving:   {Finish: Complete, Delete: Deleted, Expire: Expired},
	Complete:    {Quarantine: Quarantined, Delete: Deleted},
	Quarantined: {Delete: Deleted},
	Deleted:     {},
	Expired:     {},
}

// Values lists the states for ent.
func (State) Values() []string { return Machine.States() }

// Next returns the state that e leads to.
func (s State) Next(e Event) (State, error) { return Machine.Next(s, e, ErrState) }

// Counts reports whether a file in state s counts against its organization's quota.
func (s State) Counts() bool { return s == Receiving || s.Stored() }

// Stored reports whether the store has the bytes of a file in state s.
func (s State) Stored() bool { return s == Complete || s == Quarantined }

// Scan is what the scanner said.
type Scan string

// What it can say.
const (
	Unscanned Scan = "unscanned"
	Clean     Scan = "clean"
	Infected  Scan = "infected"
	Failed    Scan = "error"
)

// Values lists the results for ent.
func (Scan) Values() []string {
	return []string{string(Clean), string(Failed), string(Infected), string(Unscanned)}
}

// Purpose is what a file is for.
type Purpose string

// The purposes. There is none for bids: that an organization writes one is a secret, and an auditor reads the entries of files.
const (
	ForDemand   Purpose = "demand"
	ForOffer    Purpose = "offer"
	ForContract Purpose = "contract"
)

// Values lists the purposes for ent.
func (Purpose) Values() []string {
	return []string{string(ForContract), string(ForDemand), string(ForOffer)}
}

// Attachment is something that a file is attached to. Who reads that as far as the visibility says reads the file.
type Attachment struct {
	Subject    string `json:"subject"`    // resource name, such as demands/d330182-…
	Visibility string `json:"visibility"` // a word of the area that the subject belongs to
}

// Faults of files.
var (
	ErrNotFound   = fault.New(fault.NotFound, "FILE_NOT_FOUND", "there is no such file")
	ErrForeign    = fault.New(fault.Forbidden, "FILE_FOREIGN", "only the organization to which the file belongs may do this")
	ErrState      = fault.New(fault.Precondition, "FILE_STATE", "the file's state does not allow this")
	ErrName       = fault.New(fault.Invalid, "FILE_NAME", "a file's name has no directory, no control characters, and no dot or space at its ends")
	ErrTooLarge   = fault.New(fault.Exhausted, "FILE_TOO_LARGE", "the file is larger than a file may be")
	ErrQuota      = fault.New(fault.Exhausted, "FILE_QUOTA", "the organization's files would take more than its quota")
	ErrSpace      = fault.New(fault.Exhausted, "FILE_SPACE", "the server keeps a tenth of its disk free, up to 10 GiB")
	ErrOffset     = fault.New(fault.Conflict, "FILE_OFFSET", "the upload goes on at another byte")
	ErrBusy       = fault.New(fault.Conflict, "FILE_BUSY", "the file is being uploaded by another call")
	ErrSize       = fault.New(fault.Invalid, "FILE_SIZE", "more bytes came than were declared")
	ErrDigest     = fault.New(fault.Invalid, "FILE_DIGEST", "the bytes are not those whose SHA-256 was declared")
	ErrUnscanned  = fault.New(fault.Precondition, "FILE_UNSCANNED", "the file has not been found clean yet")
	ErrInfected   = fault.New(fault.Precondition, "FILE_INFECTED", "the scanner found something in the file")
	ErrAttached   = fault.New(fault.Precondition, "FILE_ATTACHED", "the file is attached to something")
	ErrIncomplete = fault.New(fault.Precondition, "FILE_INCOMPLETE", "the file is not complete, so it cannot be attached")
	ErrElsewhere  = fault.New(fault.Precondition, "FILE_ELSEWHERE", "the file is kept by another jurisdiction's ledger than what it is to be attached to")
	ErrRange      = fault.New(fault.Invalid, "FILE_RANGE", "the range begins behind the end of the file")
	ErrStore      = fault.New(fault.Unavailable, "FILE_STORE", "the store of files does not answer; repeat it later")
)

// CheckName makes sure that a name can be given to any system as it is.
func CheckName(name string) error {
	bad := name == "" || !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxName || strings.ContainsAny(name, `/\:*?"<>|`) || strings.Trim(name, ". ") != name ||
		strings.ContainsFunc(name, func(r rune) bool {
			return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
		})
	if bad {
		return ErrName.At("file.display_name")
	}
	return nil
}

// CheckSize makes sure that one more file of a size may come. used are the bytes of the organization's live files, quota how many they may be.
func CheckSize(size, used, quota int64) error {
	if size > MaxSize {
		return ErrTooLarge.With("size", size).With("limit", int64(MaxSize)).At("file.size")
	}
	if size > quota-used {
		return ErrQuota.With("used", used).With("quota", quota).At("file.size")
	}
	return nil
}

// CheckSpace makes sure that with size more bytes on it a disk keeps a tenth free, which need not be more than 10 GiB.
func CheckSpace(size, free, total int64) error {
	if free-size < min(total/reserve, reserved) {
		return ErrSpace
	}
	return nil
}

// Servable decides whether a file is given out. scanner says whether this server has one: without, a file is given out unscanned, and the message
// says so.
func Servable(state State, scan Scan, scanner bool) error {
	switch {
	case state == Quarantined || scan == Infected:
		return ErrInfected
	case state != Complete:
		return ErrState.With("state", strings.ToUpper(string(state))).With("event", "download")
	case scan == Clean, scan == Unscanned && !scanner:
		return nil
	}
	return ErrUnscanned.With("scan", strings.ToUpper(string(scan)))
}

// Attach returns the attachments of a file with one more; changed is false if it was there.
func Attach(state State, list []Attachment, a Attachment) (all []Attachment, changed bool, err error) {
	if state != Complete {
		return list, false, ErrIncomplete.With("state", strings.ToUpper(string(state)))
	}
	if len(list) >= maxSubjects {
		return list, false, ErrAttached.With("count", len(list))
	}
	for _, have := range list {
		if have == a {
			return list, false, nil
		}
	}
	return append(Detach(list, a.Subject), a), true, nil
}

// Detach returns the attachments of a file without those to a subject.
func Detach(list []Attachment, subject string) []Attachment {
	rest := []Attachment{}
	for _, a := range list {
		if a.Subject != subject {
			rest = append(rest, a)
		}
	}
	return rest
}
