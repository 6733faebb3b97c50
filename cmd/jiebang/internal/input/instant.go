package input

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
)

// zone is China Standard Time: a time without a zone is the trade's own.
var zone = time.FixedZone("CST", 8*60*60)

// Instant reads an instant: RFC 3339; a date, whose first moment it is, or a date and a time, both in China Standard Time; or a time from
// now on, such as +30d, +2w, +12h or +1h30m.
func Instant(text string, now time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	if rest, ok := strings.CutPrefix(text, "+"); ok {
		d, err := duration(rest)
		if err != nil {
			return time.Time{}, fmt.Errorf("时长 %q 有误: 请写成 +30d、+2w、+12h 或 +90m", text)
		}
		return now.Add(d), nil
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t, nil
	}
	for _, layout := range []string{
		time.DateOnly, "2006-01-02 15:04", "2006-01-02T15:04", time.DateTime, "2006-01-02T15:04:05",
	} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("时间 %q 有误: 请写成 2026-12-31(北京时间当天零点)、\"2026-12-31 18:00\"(北京时间)、"+
		"2026-12-31T18:00:00+08:00 或 +30d", text)
}

// maxDays keeps a time from now on within what time.Duration can count.
const maxDays = 36_500

// duration reads what time.ParseDuration reads, and whole days and weeks.
func duration(text string) (time.Duration, error) {
	for suffix, day := range map[string]int64{"d": 1, "w": 7} {
		if number, ok := strings.CutSuffix(text, suffix); ok {
			n, err := strconv.ParseUint(number, 10, 16)
			if err == nil && int64(n)*day > maxDays {
				err = strconv.ErrRange
			}
			return time.Duration(int64(n)*day*24) * time.Hour, err
		}
	}
	d, err := time.ParseDuration(text)
	if err == nil && (d <= 0 || strings.HasPrefix(text, "+")) {
		err = strconv.ErrRange
	}
	return d, err
}

// Date reads a day.
func Date(text string) (*date.Date, error) {
	t, err := time.Parse(time.DateOnly, strings.TrimSpace(text))
	if err != nil {
		return nil, fmt.Errorf("日期 %q 有误: 请写成 2026-12-31", text)
	}
	return &date.Date{Year: int32(t.Year()), Month: int32(t.Month()), Day: int32(t.Day())}, nil
}

// Month reads a month as the audit takes it.
func Month(text string) (string, error) {
	if _, err := time.Parse("2006-01", text); text != "" && err != nil {
		return "", fmt.Errorf("月份 %q 有误: 请写成 2026-01", text)
	}
	return text, nil
}
