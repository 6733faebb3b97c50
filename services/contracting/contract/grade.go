package contract

import "github.com/jiebang/jiebang/services/fault"

// Grade is how well a contract is proved 证据等级. It follows from what is there, so nobody can claim a better one.
type Grade string

// The grades.
const (
	GradeA Grade = "a" // both sides signed here
	GradeB Grade = "b" // signed elsewhere: a scan, and the number under which the registry has registered it
	GradeC Grade = "c" // signed elsewhere: a scan
	GradeD Grade = "d" // signed elsewhere: a statement only
)

// Values lists the grades for ent.
func (Grade) Values() []string {
	return []string{string(GradeA), string(GradeB), string(GradeC), string(GradeD)}
}

// Faults of grades.
var (
	ErrGrade         = fault.New(fault.Invalid, "GRADE_EVIDENCE", "the grade is not that of the evidence")
	ErrRegistryTaken = fault.New(fault.Exists, "REGISTRY_NUMBER_TAKEN", "a contract with this registry number is recorded already")
)

// Evidence is what a contract that was signed elsewhere is recorded with.
type Evidence struct {
	Grade    Grade  // empty: what the rest proves, but for a statement only, which must be said
	Registry string // 合同登记编号
	Digest   []byte // SHA-256 of the scanned text
}

// Proves is the grade that the evidence has.
func (e Evidence) Proves() Grade {
	switch {
	case len(e.Digest) == 0:
		return GradeD
	case e.Registry == "":
		return GradeC
	}
	return GradeB
}

// Check returns the grade of the evidence; one that is given must be it.
func (e Evidence) Check() (Grade, error) {
	proved := e.Proves()
	if e.Grade == "" && proved == GradeD {
		return "", ErrDigestMissing.With("length", 0)
	}
	if len(e.Digest) > 0 {
		if err := CheckText(e.Digest); err != nil {
			return "", err
		}
	}
	if e.Grade != "" && e.Grade != proved {
		return "", ErrGrade.With("grade", string(e.Grade)).With("proved", string(proved))
	}
	return proved, nil
}
