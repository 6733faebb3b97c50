package contract_test

import (
	"testing"

	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/fault"
)

// TestEvidence lets nobody claim another grade than the evidence has.
func TestEvidence(t *testing.T) {
	scan := make([]byte, 32)
	for _, c := range []struct {
		evidence contract.Evidence
		grade    contract.Grade
		reason   string
	}{
		{contract.Evidence{Digest: scan}, contract.GradeC, ""}, {contract.Evidence{Digest: scan, Registry: "1"}, contract.GradeB, ""}, {contract.Evidence{Grade: contract.GradeD}, contract.GradeD, ""},
		{contract.Evidence{Grade: contract.GradeD, Registry: "1"}, contract.GradeD, ""}, {contract.Evidence{Grade: contract.GradeC, Digest: scan}, contract.GradeC, ""},
		{contract.Evidence{}, "", "DIGEST_MISSING"}, {contract.Evidence{Registry: "1"}, "", "DIGEST_MISSING"}, {contract.Evidence{Digest: scan[1:]}, "", "DIGEST_MISSING"},
		{contract.Evidence{Grade: contract.GradeA, Digest: scan, Registry: "1"}, "", "GRADE_EVIDENCE"}, {contract.Evidence{Grade: contract.GradeB, Digest: scan}, "", "GRADE_EVIDENCE"},
		{contract.Evidence{Grade: contract.GradeC}, "", "GRADE_EVIDENCE"}, {contract.Evidence{Grade: contract.GradeD, Digest: scan}, "", "GRADE_EVIDENCE"},
		{contract.Evidence{Grade: contract.GradeC, Digest: scan, Registry: "1"}, "", "GRADE_EVIDENCE"},
	} {
		grade, err := c.evidence.Check()
		reason := ""
		if f := fault.As(err); f != nil {
			reason = f.Reason
		}
		if grade != c.grade || reason != c.reason {
			t.Errorf("%+v: got %q %s, want %q %s", c.evidence, grade, reason, c.grade, c.reason)
		}
	}
}
