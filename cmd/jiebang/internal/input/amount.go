// Package input reads what people type: amounts, instants, words for codes, files. It is exact, or it refuses with a text that says what
// would be right. It reads no clock; the caller gives the time.
package input

import (
	"fmt"
	"strings"

	gmoney "google.golang.org/genproto/googleapis/type/money"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/money"
)

// Amount reads an amount of CNY, such as 418000, 418,000.50元 or 41.8万元, to the fen.
func Amount(text string) (money.Fen, error) {
	number, parse := strings.TrimSpace(text), money.ParseYuan
	number = strings.TrimLeft(strings.TrimLeft(number, "¥￥"), " ")
	for _, unit := range []struct {
		suffix string
		parse  func(string) (money.Fen, error)
	}{{"万元", money.ParseWan}, {"万", money.ParseWan}, {"元", money.ParseYuan}} {
		if rest, ok := strings.CutSuffix(number, unit.suffix); ok {
			number, parse = rest, unit.parse
			break
		}
	}
	fen, err := parse(number)
	if err == nil {
		err = fen.Check()
	}
	if err == nil {
		return fen, nil
	}
	cause := "请写成 418000、418000.50元 或 41.8万元"
	switch fault.As(err).Reason {
	case money.ErrFraction.Reason:
		cause = "最小单位是分"
	case money.ErrNotPositive.Reason:
		cause = "金额须大于 0"
	case money.ErrTooLarge.Reason:
		cause = "金额超过上限 " + money.Max.String() + " 元"
	}
	return 0, fmt.Errorf("金额 %q 有误: %s", text, cause)
}

// Money makes the API's form of an amount.
func Money(fen money.Fen) *gmoney.Money {
	units, nanos := fen.Units()
	return &gmoney.Money{CurrencyCode: "CNY", Units: units, Nanos: nanos}
}
