// Package money keeps amounts as int64 fen (分) of CNY. There is no float near an amount: text is parsed exactly, 万元 exists only when
// printing, and an absent amount (面议) is not 0.
package money

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/jiebang/jiebang/services/fault"
)

// Fen is an amount in fen; 100 fen are 1 yuan.
type Fen int64

// Max is the largest amount of one demand, bid or contract: 10^15 fen, ten trillion yuan.
const Max Fen = 1_000_000_000_000_000

// Faults of amounts.
var (
	ErrNotPositive = fault.New(fault.Invalid, "AMOUNT_NOT_POSITIVE", "the amount must be more than 0")
	ErrTooLarge    = fault.New(fault.Invalid, "AMOUNT_TOO_LARGE", "the amount is above the limit")
	ErrFraction    = fault.New(fault.Invalid, "AMOUNT_FRACTION", "the amount has a fraction of a fen")
	ErrCurrency    = fault.New(fault.Invalid, "AMOUNT_CURRENCY", "the currency must be CNY")
	ErrText        = fault.New(fault.Invalid, "AMOUNT_TEXT", "the amount is not a decimal number")
)

// Check reports whether f may be the amount of a demand, a bid or a contract.
func (f Fen) Check() error {
	switch {
	case f <= 0:
		return ErrNotPositive.With("fen", int64(f))
	case f > Max:
		return ErrTooLarge.With("fen", int64(f)).With("max_fen", int64(Max))
	}
	return nil
}

// FromUnits makes an amount of CNY from whole units and billionths, as google.type.Money has them. It is exact or refused.
func FromUnits(currency string, units int64, nanos int32) (Fen, error) {
	const nanosOfFen = 10_000_000
	if currency != "CNY" {
		return 0, ErrCurrency.With("currency", currency)
	}
	if nanos%nanosOfFen != 0 {
		return 0, ErrFraction.With("nanos", nanos)
	}
	if units < 0 || nanos < 0 {
		return 0, ErrNotPositive.With("units", units)
	}
	if units > int64(Max)/100 || nanos >= 1_000_000_000 {
		return 0, ErrTooLarge.With("units", units).With("max_fen", int64(Max))
	}
	return Fen(units*100 + int64(nanos/nanosOfFen)), nil
}

// Units is the inverse of FromUnits.
func (f Fen) Units() (units int64, nanos int32) {
	return int64(f / 100), int32(f%100) * 10_000_000
}

// ParseYuan reads decimal text in yuan, such as "641800.50", exactly.
func ParseYuan(text string) (Fen, error) { return parse(text, 2) }

// ParseWan reads decimal text in 万元, such as "64.18", exactly.
func ParseWan(text string) (Fen, error) { return parse(text, 6) }

// parse reads decimal text whose unit is 10^places fen.
func parse(text string, places int) (Fen, error) {
	whole, fraction, _ := strings.Cut(strings.ReplaceAll(strings.TrimSpace(text), ",", ""), ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	if whole == "" || !digits(whole) || !digits(fraction) {
		return 0, ErrText.With("text", text)
	}
	fraction = strings.TrimRight(fraction, "0")
	if len(fraction) > places {
		return 0, ErrFraction.With("text", text)
	}
	n, _ := new(big.Int).SetString(sign+whole+fraction+strings.Repeat("0", places-len(fraction)), 10)
	if !n.IsInt64() {
		return 0, ErrTooLarge.With("text", text).With("max_fen", int64(Max))
	}
	return Fen(n.Int64()), nil
}

func digits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// String prints the amount in yuan with two places, such as "64180000.00".
func (f Fen) String() string {
	s := strconv.FormatInt(int64(f), 10)
	sign := ""
	if f < 0 {
		sign, s = "-", s[1:]
	}
	for len(s) < 3 {
		s = "0" + s
	}
	return sign + s[:len(s)-2] + "." + s[len(s)-2:]
}

// Wan prints the amount in 万元 with at most two places, rounded half up away from zero, such as "6418" or "64.18".
func (f Fen) Wan() string {
	n, sign := int64(f), ""
	if n < 0 {
		n, sign = -n, "-"
	}
	n = n/10_000 + (n%10_000)/5_000
	s := strconv.FormatInt(n/100, 10)
	if c := n % 100; c != 0 {
		s = strings.TrimRight(s+"."+strconv.FormatInt(100+c, 10)[1:], "0")
	}
	return sign + s
}
