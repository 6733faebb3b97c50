package judging

import (
	"time"

	"github.com/jiebang/jiebang/services/posting/demand"
)

// workdays returns the end of the n-th working day after the day of an instant: the first instant of the day that follows it.
var workdays func(at time.Time, n int) (time.Time, error) = weekdays

// Until is when a period of n working days after the day of an instant is over; exclusive.
func Until(at time.Time, n int) (time.Time, error) { return workdays(at, n) }

// weekdays counts Monday to Friday.
func weekdays(at time.Time, n int) (time.Time, error) {
	at = at.In(demand.Zone)
	d := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, demand.Zone)
	for n > 0 {
		d = d.AddDate(0, 0, 1)
		if d.Weekday() != time.Saturday && d.Weekday() != time.Sunday {
			n--
		}
	}
	return d.AddDate(0, 0, 1), nil
}
