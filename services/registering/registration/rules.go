package registration

import (
	"crypto/sha256"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/money"
)

// Faults of registrations.
var (
	ErrNotFound     = fault.New(fault.NotFound, "REGISTRATION_NOT_FOUND", "there is no such registration")
	ErrState        = fault.New(fault.Precondition, "REGISTRATION_STATE", "the registration's state does not allow this")
	ErrExists       = fault.New(fault.Exists, "REGISTRATION_EXISTS", "a contract is registered once, and this one has a registration")
	ErrContract     = fault.New(fault.Precondition, "REGISTRATION_CONTRACT", "only a contract in force is filed, and only one that has not been terminated is registered")
	ErrDeclaration  = fault.New(fault.Invalid, "DECLARATION_MISSING", "who files declares that the contract is whole and true")
	ErrTechnology   = fault.New(fault.Invalid, "TECHNOLOGY_EXCEEDS", "what pays for technology is part of the total, and no more than it")
	ErrNumber       = fault.New(fault.Invalid, "REGISTRATION_NUMBER", "a registration number has 16 digits, or 14 if it is old")
	ErrNumberTaken  = fault.New(fault.Exists, "REGISTRATION_NUMBER_TAKEN", "another registration has this number")
	ErrNumberOther  = fault.New(fault.Invalid, "REGISTRATION_NUMBER_OTHER", "a registration keeps its number when it is changed")
	ErrDate         = fault.New(fault.Invalid, "REGISTRATION_DATE", "a contract is registered after it was signed, and not in the future")
	ErrDigest       = fault.New(fault.Invalid, "CERTIFICATE_MISSING", "the SHA-256 of the certificate, 32 bytes, is needed")
	ErrUnrecorded   = fault.New(fault.Precondition, "CERTIFICATE_UNRECORDED", "there is no recorded certificate to confirm")
	ErrSameOfficer  = fault.New(fault.Forbidden, "CERTIFICATE_OFFICER_SAME", "whoever recorded the certificate does not confirm it")
	ErrReviewNeeded = fault.New(fault.Precondition, "REVIEW_NEEDED", "a technology part this large, or a disputed one, is registered after a review by experts")
	ErrReviewOpen   = fault.New(fault.Precondition, "REVIEW_OPEN", "the experts have not said yet")
	ErrReviewers    = fault.New(fault.Invalid, "REVIEWERS_MISSING", "a review needs more experts, each of them once")
	ErrReviewed     = fault.New(fault.Precondition, "REVIEW_AGAINST", "most experts advise against a registration with this technology part")
	ErrReason       = fault.New(fault.Invalid, "REGISTRATION_REASON", "a reason of 1 to 500 characters is needed")
	ErrUndisputed   = fault.New(fault.Invalid, "REVIEW_UNDISPUTED", "a technology part below the limit is reviewed if it is disputed")
)

// Certificate is what the registry's certificate says.
type Certificate struct {
	Number     string
	Total      money.Fen // 合同成交额
	Technology money.Fen // 技术交易额
	Date       string    // 2006-01-02
	Digest     []byte    // SHA-256 of its image
}

// numbers are the forms of a registration number: 16 digits, and 14 of old ones. Nothing is read out of them.
var numbers = regexp.MustCompile(`^([0-9]{16}|[0-9]{14})$`)

// CheckNumber reports whether n can be a registration number.
func CheckNumber(n string) error {
	if !numbers.MatchString(n) {
		return ErrNumber.With("number", n)
	}
	return nil
}

// CheckAmounts reports whether the technology part can be one of a total.
func CheckAmounts(total, technology money.Fen) error {
	if err := total.Check(); err != nil {
		return err
	}
	if err := technology.Check(); err != nil {
		return err
	}
	if technology > total {
		return ErrTechnology.With("technology", technology.String()).With("total", total.String())
	}
	return nil
}

// Check reports whether a certificate can be one of a contract that was signed on a day; today is the day of its recording.
func (c Certificate) Check(signed, today string) error {
	if err := CheckNumber(c.Number); err != nil {
		return at("certificate.number", err)
	}
	if err := CheckAmounts(c.Total, c.Technology); err != nil {
		return at("certificate.technology", err)
	}
	if c.Date < signed || c.Date > today {
		return ErrDate.With("signed", signed).At("certificate.register_date")
	}
	if len(c.Digest) != sha256.Size {
		return ErrDigest.At("certificate.digest")
	}
	return nil
}

func at(field string, err error) error {
	if f := fault.As(err); f != nil {
		return f.At(field)
	}
	return err
}

// CheckContract reports whether a contract in a state may be filed.
func CheckContract(s contract.State) error {
	if s != contract.Active {
		return ErrContract.With("state", strings.ToUpper(string(s)))
	}
	return nil
}

// CheckRegistrable reports whether a contract in a state may be registered: it may have been completed meanwhile.
func CheckRegistrable(s contract.State) error {
	if s != contract.Active && s != contract.Completed {
		return ErrContract.With("state", strings.ToUpper(string(s)))
	}
	return nil
}

// Reason is the text of a reason without the space around it.
func Reason(text string) (string, error) {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n < 1 || n > 500 {
		return "", ErrReason
	}
	return text, nil
}
