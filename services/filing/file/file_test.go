package file_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/jiebang/jiebang/services/filing/file"
)

// TestServable goes through every state, every result and both kinds of servers: a file is given out when it is complete and clean, or unscanned by a
// server without a scanner.
func TestServable(t *testing.T) {
	for _, state := range file.State("").Values() {
		for _, scan := range file.Scan("").Values() {
			for _, scanner := range []bool{true, false} {
				want := state == "complete" && (scan == "clean" || scan == "unscanned" && !scanner)
				if err := file.Servable(file.State(state), file.Scan(scan), scanner); (err == nil) != want {
					t.Errorf("%s, %s, scanner %t: got %v, want %t", state, scan, scanner, err, want)
				}
			}
		}
	}
}

// TestAttach attaches complete files alone, each subject once, with the visibility that came last.
func TestAttach(t *testing.T) {
	a := file.Attachment{Subject: "demands/d", Visibility: "public"}
	for _, state := range file.State("").Values() {
		_, _, err := file.Attach(file.State(state), nil, a)
		if (err == nil) != (state == "complete") || err != nil && !errors.Is(err, file.ErrIncomplete) {
			t.Errorf("%s: got %v", state, err)
		}
	}
	list, changed, err := file.Attach(file.Complete, []file.Attachment{a}, a)
	if err != nil || changed || len(list) != 1 {
		t.Errorf("once more: got %v %t %v, want no change", list, changed, err)
	}
	b := file.Attachment{Subject: "demands/d", Visibility: "winner"}
	if list, changed, err = file.Attach(file.Complete, []file.Attachment{a}, b); err != nil || !changed || len(list) != 1 || list[0] != b {
		t.Errorf("another visibility: got %v %t %v, want it alone", list, changed, err)
	}
	if list = file.Detach(list, "demands/d"); list == nil || len(list) != 0 {
		t.Errorf("detached: got %v, want none", list)
	}
}

// TestBounds tries both sides of every bound.
func TestBounds(t *testing.T) {
	for name, want := range map[string]bool{"方案.pdf": true, "a b (1).pdf": true, strings.Repeat("长", 196) + ".pdf": true, strings.Repeat("长", 197) + ".pdf": false, "": false, ".pdf": false,
		"a.pdf ": false, " a.pdf": false, "a/b.pdf": false, `a\b.pdf`: false, "a:b.pdf": false, "a\n.pdf": false, "a\u202e.pdf": false, "a\xff.pdf": false} {
		if err := file.CheckName(name); (err == nil) != want {
			t.Errorf("%q: got %v, want %t", name, err, want)
		}
	}
	for _, c := range []struct {
		size, used int64
		want       error
	}{{file.MaxSize, 0, nil}, {file.MaxSize + 1, 0, file.ErrTooLarge}, {10, file.Quota - 10, nil}, {11, file.Quota - 10, file.ErrQuota}} {
		if err := file.CheckSize(c.size, c.used, file.Quota); !errors.Is(err, c.want) {
			t.Errorf("%d with %d: got %v, want %v", c.size, c.used, err, c.want)
		}
	}
	if file.CheckSpace(10, 110, 1000) != nil || file.CheckSpace(11, 110, 1000) == nil {
		t.Error("the disk's tenth is not kept free to the byte")
	}
	const room, disk = 10 << 30, 1 << 40 // of a large disk 10 GiB are enough
	if file.CheckSpace(1, room+1, disk) != nil || file.CheckSpace(2, room+1, disk) == nil {
		t.Error("10 GiB of a large disk are not kept free to the byte")
	}
}
