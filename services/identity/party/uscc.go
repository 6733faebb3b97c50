package party

import (
	"strings"

	"github.com/jiebang/jiebang/services/fault"
)

// CodeCheck is what the check digit of a 统一社会信用代码 says.
type CodeCheck string

// The outcomes. Real codes that fail their check digit exist, so such a firm is kept and the bureau confirms it from the licence.
const (
	Valid       CodeCheck = "valid"
	CheckFailed CodeCheck = "check_failed"
	Confirmed   CodeCheck = "confirmed"
)

// Values lists the outcomes for ent.
func (CodeCheck) Values() []string {
	return []string{string(Valid), string(CheckFailed), string(Confirmed)}
}

// Faults of codes.
var (
	ErrCodeLength = fault.New(fault.Invalid, "USCC_LENGTH", "a unified social credit code has 18 characters")
	ErrCodeSign   = fault.New(fault.Invalid, "USCC_SIGN", "the code has a character that GB 32100-2015 does not use")
)

const (
	codeAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY" // GB 32100-2015: no I O S V Z
	codeLength   = 18
)

// CheckCode normalises a 统一社会信用代码 (upper case, no spaces around) and checks it by GB 32100-2015: the weight of the i-th sign is
// 3^(i-1) mod 31, and the last sign makes the weighted sum 0 mod 31.
func CheckCode(text string) (string, CodeCheck, error) {
	code := strings.ToUpper(strings.TrimSpace(text))
	if n := len([]rune(code)); n != codeLength {
		return "", "", ErrCodeLength.With("length", n)
	}
	for i, r := range []rune(code) {
		if !strings.ContainsRune(codeAlphabet, r) {
			return "", "", ErrCodeSign.With("sign", string(r)).With("position", i+1)
		}
	}
	if code[codeLength-1] != checkDigit(code[:codeLength-1]) {
		return code, CheckFailed, nil
	}
	return code, Valid, nil
}

// checkDigit is the last sign of a code that begins with the 17 signs of body.
func checkDigit(body string) byte {
	sum, weight := 0, 1
	for i := range len(body) {
		sum += strings.IndexByte(codeAlphabet, body[i]) * weight
		weight = weight * 3 % 31
	}
	return codeAlphabet[(31-sum%31)%31]
}

// Complete adds the check digit to the first 17 signs of a code.
func Complete(body string) string { return body + string(checkDigit(body)) }

// PlaceholderCode is what stands for the code of a bureau that the server itself registers at its first start: 11 for 机关, the
// jurisdiction, and a subject code of zeros, which no real body has.
func PlaceholderCode(jurisdiction string) string { return Complete("11" + jurisdiction + "000000000") }
