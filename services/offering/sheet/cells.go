package sheet

import (
	"strconv"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/money"
)

// Fen reads an amount in 万元 unless it says 元, as people write it in a cell.
func Fen(text string) (money.Fen, error) {
	text = strings.ReplaceAll(text, ",", "")
	number, parse := text, money.ParseWan
	if rest, ok := strings.CutSuffix(text, "万元"); ok {
		number = rest
	} else if rest, ok := strings.CutSuffix(text, "元"); ok {
		number, parse = rest, money.ParseYuan
	}
	fen, err := parse(strings.TrimSpace(number))
	if err == nil {
		err = fen.Check()
	}
	return fen, err
}

// layouts are how people write a day.
var layouts = []string{time.DateOnly, "2006-1-2", "2006/1/2", "2006.1.2", "2006年1月2日", "20060102"}

// firstDay is the day 0 of Excel's calendar, and earliest and latest are days of it that a list can have.
var firstDay = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)

const earliest, latest = 31_048, 73_050 // 1985-01-01, 2099-12-31

// Day reads a day from 1985 on, also as Excel counts it; no day is empty.
func Day(text string) (string, bool) {
	if text == "" {
		return "", true
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t.Format(time.DateOnly), t.Year() >= 1985
		}
	}
	if n, err := strconv.Atoi(text); err == nil && n >= earliest && n <= latest {
		return firstDay.AddDate(0, 0, n).Format(time.DateOnly), true
	}
	return "", false
}
