package workday_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/posting/workday"
)

func at(t interface{ Fatal(...any) }, text string) time.Time {
	d, err := time.ParseInLocation("2006-01-02 15:04", text, demand.Zone)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestYears counts the working days of each year, as the notices leave them.
func TestYears(t *testing.T) {
	for year, want := range map[int]int{2024: 251, 2025: 248, 2026: 248} {
		got := 0
		for d := time.Date(year, 1, 1, 0, 0, 0, 0, demand.Zone); d.Year() == year; d = d.AddDate(0, 0, 1) {
			works, err := workday.Is(d)
			if err != nil {
				t.Fatal(err)
			}
			if works {
				got++
			}
		}
		if got != want {
			t.Errorf("%d: got %d working days, want %d", year, got, want)
		}
	}
}

// TestAdd counts over weekends, holidays and worked weekends, in China Standard Time.
func TestAdd(t *testing.T) {
	for _, test := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-03-02 12:00", 5, "2026-03-10 00:00"}, // Monday; the 9th is the fifth
		{"2026-03-02 12:00", 0, "2026-03-03 00:00"},
		{"2026-03-06 23:59", 1, "2026-03-10 00:00"}, // over a weekend
		{"2026-02-13 09:00", 1, "2026-02-15 00:00"}, // a Saturday that is worked
		{"2026-02-14 09:00", 1, "2026-02-25 00:00"}, // over the Spring Festival
		{"2026-09-30 09:00", 3, "2026-10-11 00:00"}, // over the National Day, to the Saturday that is worked for it
		{"2024-12-31 09:00", 1, "2025-01-03 00:00"}, // over the year
	} {
		got, err := workday.Add(at(t, test.from), test.n)
		if err != nil || !got.Equal(at(t, test.want)) {
			t.Errorf("%s and %d days: got %v %v, want %s", test.from, test.n, got.In(demand.Zone), err, test.want)
		}
	}
	// The day is that of China, whatever the zone of the instant.
	if got, err := workday.Add(time.Date(2026, 3, 5, 17, 0, 0, 0, time.UTC), 1); err != nil || !got.Equal(at(t, "2026-03-10 00:00")) {
		t.Errorf("a Thursday in UTC that is a Friday in China: got %v %v", got, err)
	}
}

// TestUnknownYear makes sure that a year without data is refused.
func TestUnknownYear(t *testing.T) {
	for _, from := range []string{"2026-12-30 12:00", "2030-06-01 12:00", "2023-06-01 12:00"} {
		if got, err := workday.Add(at(t, from), 2); !errors.Is(err, workday.ErrYear) {
			t.Errorf("%s: got %v %v, want ErrYear", from, got, err)
		}
	}
}

// TestAddProperties makes sure that one day more is later, and that each counted day is one working day.
func TestAddProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := time.Date(2024, 1, 1, 0, 0, 0, 0, demand.Zone).Add(time.Duration(rapid.IntRange(0, 900*24).Draw(t, "hours")) * time.Hour)
		n := rapid.IntRange(0, 40).Draw(t, "n")
		one, err1 := workday.Add(from, n)
		two, err2 := workday.Add(from, n+1)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		days := 0
		for d := one; d.Before(two); d = d.AddDate(0, 0, 1) {
			if works, err := workday.Is(d); err != nil {
				t.Fatal(err)
			} else if works {
				days++
			}
		}
		if days != 1 || !two.After(one) {
			t.Fatalf("from %v: %d days end %v, one more %v", from, n, one, two)
		}
	})
}
