// Package workday counts working days 工作日 of China: weekdays without the holidays, and the weekends that are worked for them (调休).
//
//   - Holidays are data, a year as the State Council has announced it (calendar.tsv names each notice). A year that is not there is an error, never a guess.
//   - A day is one of China Standard Time.
package workday

import (
	_ "embed" // the calendar
	"fmt"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// ErrYear says that the calendar does not know a year yet.
var ErrYear = fault.New(fault.Precondition, "CALENDAR_YEAR_MISSING", "the calendar of working days has no data for this year")

//go:embed calendar.tsv
var data string

// calendar says of each year that it knows which days differ from the week: true is worked.
var calendar = read(data)

func read(text string) map[int]map[string]bool {
	years := map[int]map[string]bool{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		var year int
		var kind, from, to string
		if n, err := fmt.Sscanf(line, "%d %s %s %s", &year, &kind, &from, &to); n != 4 || err != nil {
			panic(fmt.Sprintf("calendar.tsv: %q: %v", line, err)) // it is embedded
		}
		if years[year] == nil {
			years[year] = map[string]bool{}
		}
		first, last := day(year, from), day(year, to)
		for d := first; !d.After(last); d = d.AddDate(0, 0, 1) {
			years[year][d.Format(time.DateOnly)] = kind == "on"
		}
	}
	return years
}

func day(year int, text string) time.Time {
	d, err := time.ParseInLocation(time.DateOnly, fmt.Sprintf("%d-%s", year, text), demand.Zone)
	if err != nil {
		panic(fmt.Sprintf("calendar.tsv: %v", err))
	}
	return d
}

// Is reports whether an instant lies in a working day.
func Is(at time.Time) (bool, error) {
	at = at.In(demand.Zone)
	days, ok := calendar[at.Year()]
	if !ok {
		return false, ErrYear.With("year", at.Year())
	}
	if works, ok := days[at.Format(time.DateOnly)]; ok {
		return works, nil
	}
	return at.Weekday() != time.Saturday && at.Weekday() != time.Sunday, nil
}

// Add returns the end of the n-th working day after the day of an instant: the first instant of the day that follows it. Within n working days is
// before it, and n working days away is not.
func Add(at time.Time, n int) (time.Time, error) {
	at = at.In(demand.Zone)
	d := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, demand.Zone)
	for n > 0 {
		d = d.AddDate(0, 0, 1)
		works, err := Is(d)
		if err != nil {
			return time.Time{}, err
		}
		if works {
			n--
		}
	}
	return d.AddDate(0, 0, 1), nil
}
