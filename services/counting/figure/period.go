package figure

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// ErrPeriod says that a text names no period.
var ErrPeriod = fault.New(fault.Invalid, "PERIOD_INVALID", "a period is written like 2024, 2024-Q1, 2024-01 or 2024-W01")

// Period is a year 2024, a quarter 2024-Q1, a month 2024-01 or a week 2024-W01 (ISO 8601) of China Standard Time; empty for all time.
type Period string

var forms = []struct {
	form *regexp.Regexp
	size Size
}{
	{regexp.MustCompile(`^$`), All}, {regexp.MustCompile(`^\d{4}$`), Year}, {regexp.MustCompile(`^\d{4}-Q[1-4]$`), Quarter},
	{regexp.MustCompile(`^\d{4}-(0[1-9]|1[0-2])$`), Month}, {regexp.MustCompile(`^\d{4}-W([0-4]\d|5[0-3])$`), Week},
}

// Size is how long a period is.
type Size string

// The sizes, by the report that each is for.
const (
	All     Size = ""
	Year    Size = "year"    // 年报
	Quarter Size = "quarter" // 季调度
	Month   Size = "month"   // 月通报
	Week    Size = "week"    // 周监测
)

// ParsePeriod reads a period.
func ParsePeriod(text string) (Period, error) {
	for _, f := range forms {
		if p := Period(text); f.form.MatchString(text) {
			if first := p.First(); f.size == All || first.Year() > 0 && (f.size != Week || week(first) == p) {
				return p, nil
			}
		}
	}
	return "", ErrPeriod.With("period", text)
}

// Size of a period that ParsePeriod gave.
func (p Period) Size() Size {
	for _, f := range forms {
		if f.form.MatchString(string(p)) {
			return f.size
		}
	}
	return All
}

func (p Period) year() int { n, _ := strconv.Atoi(string(p[:4])); return n }

// part is the number of the quarter, month or week.
func (p Period) part() int {
	n, _ := strconv.Atoi(string(p[len(p)-1:]))
	if p.Size() != Quarter {
		n, _ = strconv.Atoi(string(p[len(p)-2:]))
	}
	return n
}

// First is when the period begins.
func (p Period) First() time.Time {
	begin := func(month time.Month, day int) time.Time {
		return time.Date(p.year(), month, day, 0, 0, 0, 0, demand.Zone)
	}
	switch p.Size() {
	case Year:
		return begin(1, 1)
	case Quarter:
		return begin(time.Month(3*p.part()-2), 1)
	case Month:
		return begin(time.Month(p.part()), 1)
	case Week: // the first one has the 4th of January in it
		fourth := begin(1, 4)
		return begin(1, 4-(int(fourth.Weekday())+6)%7+7*(p.part()-1))
	}
	return time.Time{}
}

// End is when the period is over: its first instant is not in it. All time never ends.
func (p Period) End() time.Time {
	first := p.First()
	switch p.Size() {
	case Year:
		return first.AddDate(1, 0, 0)
	case Quarter:
		return first.AddDate(0, 3, 0)
	case Month:
		return first.AddDate(0, 1, 0)
	case Week:
		return first.AddDate(0, 0, 7)
	}
	return time.Date(9999, 12, 31, 0, 0, 0, 0, demand.Zone)
}

// Before is the same period a year earlier, and false if there is none: all time, and a 53rd week after a year of 52.
func (p Period) Before() (Period, bool) {
	if p.Size() == All {
		return "", false
	}
	before, err := ParsePeriod(fmt.Sprintf("%04d%s", p.year()-1, p[4:]))
	return before, err == nil
}

// Name is the Chinese name.
func (p Period) Name() string {
	switch p.Size() {
	case Year:
		return fmt.Sprintf("%d年", p.year())
	case Quarter:
		return fmt.Sprintf("%d年第%d季度", p.year(), p.part())
	case Month:
		return fmt.Sprintf("%d年%d月", p.year(), p.part())
	case Week:
		return fmt.Sprintf("%d年第%d周", p.year(), p.part())
	}
	return "全部"
}

// Parts are the periods of a size that begin in the period, in their order; all time has none, as it has no beginning.
func (p Period) Parts(size Size) (parts []Period) {
	if p.Size() == All {
		return nil
	}
	for day := p.First(); day.Before(p.End()); day = day.AddDate(0, 0, 1) {
		for _, in := range Periods(day.Format(time.DateOnly)) {
			if in.Size() == size && in != p && in.First().Equal(day) {
				parts = append(parts, in)
			}
		}
	}
	return parts
}

// week is the week that a day is in.
func week(day time.Time) Period {
	year, number := day.ISOWeek()
	return Period(fmt.Sprintf("%04d-W%02d", year, number))
}

// Day is the day in China Standard Time of an instant.
func Day(at time.Time) string { return at.In(demand.Zone).Format(time.DateOnly) }

// Periods are all periods that a day is in, all time first; none if it is no day.
func Periods(day string) []Period {
	at, err := time.ParseInLocation(time.DateOnly, day, demand.Zone)
	if err != nil {
		return nil
	}
	return []Period{"", Period(day[:4]), Period(fmt.Sprintf("%s-Q%d", day[:4], (at.Month()+2)/3)), Period(day[:7]), week(at)}
}
