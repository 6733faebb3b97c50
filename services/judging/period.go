package judging

import (
	"time"

	"github.com/jiebang/jiebang/services/posting/workday"
)

// Until is when a period of n working days after the day of an instant is over; exclusive.
func Until(at time.Time, n int) (time.Time, error) { return workday.Add(at, n) }
