// Package credential is what persons prove themselves with, apart from where it is kept: login names, passwords, time-based codes and recovery codes.
// It reads no database and no clock.
package credential

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/jiebang/jiebang/services/fault"
)

// Faults of login names.
var (
	ErrLoginLength = fault.New(fault.Invalid, "LOGIN_LENGTH", "a login name has 3 to 40 characters")
	ErrLoginSign   = fault.New(fault.Invalid, "LOGIN_SIGN", "a login name has Latin letters, digits, Chinese characters, and . _ - @ between them")
)

const minLogin, maxLogin = 3, 40

// Login is a login name as its person writes it, and folded: two that a person would take for one another have the same fold.
type Login struct{ Text, Fold string }

// NewLogin reads a login name.
func NewLogin(text string) (Login, error) {
	plain := norm.NFKC.String(strings.ToLower(norm.NFKC.String(strings.TrimSpace(text))))
	if n := utf8.RuneCountInString(plain); n < minLogin || n > maxLogin {
		return Login{}, ErrLoginLength.With("length", n)
	}
	latin := []rune(plain)
	for i, r := range latin {
		if twin, ok := twins[r]; ok {
			latin[i] = twin
		}
		if !allowed(latin[i], i == 0 || i == len(latin)-1) {
			return Login{}, ErrLoginSign.With("sign", string(r)).With("position", i+1)
		}
	}
	return Login{Text: string(latin), Fold: alike.Replace(string(latin))}, nil
}

// allowed reports whether a login name may have a sign; signs between letters stand at no edge.
func allowed(r rune, edge bool) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= '0' && r <= '9', unicode.Is(han, r):
		return true
	}
	return !edge && strings.ContainsRune("._-@", r)
}

// han are the Chinese characters that people write: no radicals, no strokes, no compatibility forms.
var han = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x3400, Hi: 0x4dbf, Stride: 1}, {Lo: 0x4e00, Hi: 0x9fff, Stride: 1}}}

// twins are signs of other scripts that look like Latin letters, and Chinese characters that look like others. They are written as what they look like.
var twins = pairs("аaвbсcеeёeһhіiїiјjкkӏlмmнhоoрpԛqѕsтtуyѵvԝwхxүyαaβbγyεeηnιiκkνvοoρpτtυuωwχxցgհhոnսuօoаaɑaɡgıiʟl‐-‑-‒-–-—-−-ー一亅丨曰日囗口戸户戶户")

func pairs(text string) map[rune]rune {
	signs := []rune(text)
	out := make(map[rune]rune, len(signs)/2)
	for i := 0; i+1 < len(signs); i += 2 {
		out[signs[i]] = signs[i+1]
	}
	return out
}

// alike folds what looks alike within Latin letters and digits, and the signs between them.
var alike = strings.NewReplacer("rn", "m", "vv", "w", "0", "o", "1", "l", "i", "l", "_", "-", ".", "-")
