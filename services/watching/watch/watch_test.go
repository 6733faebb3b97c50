package watch_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jiebang/jiebang/services/watching/watch"
)

var noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

func found(subject string, public, changed int, reason string) watch.Found {
	return watch.Found{Subject: subject, Print: fmt.Sprint(changed), Public: noon.Add(time.Duration(public) * time.Hour), Changed: noon.Add(time.Duration(changed) * time.Hour), Reason: reason}
}

// TestDigest puts what several searches found into one digest.
func TestDigest(t *testing.T) {
	early, late := noon, noon.Add(10*time.Hour)
	all := map[time.Time][]watch.Found{
		early: {found("new", 5, 5, "b"), found("old", -5, -5, "b"), found("changed", -5, 6, "b"), found("told", 2, 2, "b"), found("again", 2, 7, "b"), found("muted", 5, 5, "b"), found("edge", 0, 0, "b")},
		late:  {found("new", 5, 5, "a"), found("later", 11, 11, "a"), found("new", 5, 5, "b")},
	}
	type item struct {
		Subject string
		Fresh   bool
		Reasons []string
	}
	var got []item
	for _, i := range watch.Digest(all, watch.Told{"told": "2", "again": "2"}, map[string]bool{"muted": true}) {
		got = append(got, item{i.Subject, i.Fresh, i.Reasons})
	}
	want := []item{{"new", true, []string{"b"}}, {"changed", false, []string{"b"}}, {"again", false, []string{"b"}}, {"later", true, []string{"a"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	all[early.Add(time.Hour)] = []watch.Found{found("new", 5, 5, "a"), found("new", 5, 5, "a")}
	for _, i := range watch.Digest(all, nil, nil) {
		if diff := cmp.Diff([]string{"a", "b"}, i.Reasons); i.Subject == "new" && diff != "" {
			t.Errorf("both searches (-want +got):\n%s", diff)
		}
	}
	if got := watch.Digest(nil, nil, nil); len(got) != 0 {
		t.Errorf("of nothing: got %v", got)
	}
}

// TestNext keeps the hour, however late a digest was.
func TestNext(t *testing.T) {
	for _, test := range []struct{ late, want time.Duration }{
		{0, 24 * time.Hour}, {time.Hour, 24 * time.Hour}, {24*time.Hour - 1, 24 * time.Hour}, {24 * time.Hour, 48 * time.Hour}, {49 * time.Hour, 72 * time.Hour},
	} {
		if got := watch.Next(noon, noon.Add(test.late)); !got.Equal(noon.Add(test.want)) {
			t.Errorf("%v late: got %v, want %v later", test.late, got, test.want)
		}
	}
}
