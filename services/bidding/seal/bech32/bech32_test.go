package bech32

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// TestTextIsForever pins a text. Package seal compares its keys with those of age.
func TestTextIsForever(t *testing.T) {
	const want = "age1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0savhh7m"
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(i)
	}
	if got := Text("age", data); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestRoundTrip reads what was written, and nothing that differs in a sign.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		data := rapid.SliceOfN(rapid.Byte(), size, size).Draw(r, "data")
		text := Text("age", data)
		if got, ok := Data("age", text); !ok || !bytes.Equal(got, data) {
			r.Fatalf("%s: got %x", text, got)
		}
		at := rapid.IntRange(0, len(text)-1).Draw(r, "at")
		other := []byte(text)
		other[at] = rapid.Byte().Draw(r, "sign")
		if _, ok := Data("age", string(other)); ok && string(other) != text {
			r.Fatalf("%s is accepted beside %s", other, text)
		}
	})
}

// TestOtherLengths refuses texts of other lengths, whose checksum is right.
func TestOtherLengths(t *testing.T) {
	for _, n := range []int{0, 1, 31, 33} {
		if _, ok := Data("age", Text("age", make([]byte, n))); ok {
			t.Errorf("%d bytes are accepted", n)
		}
	}
	groups, _ := regroup(make([]byte, size), 8, 5, true)
	groups[len(groups)-1] = 1 // a bit beyond the data
	if _, ok := regroup(groups, 5, 8, false); ok {
		t.Error("bits beyond the data are accepted")
	}
}
