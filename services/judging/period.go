package judging

import (
	"time"

	"github.com/jiebang/jiebang/services/posting/workday"
)

// Until is when a period of n working days after the day of an instant is over; exclusive. One of no days, as in a drill, is over at the next instant.
func Until(at time.Time, n int) (time.Time, error) {
	if n == 0 {
		return at.Add(time.Microsecond), nil
	}
	return workday.Add(at, n)
}
