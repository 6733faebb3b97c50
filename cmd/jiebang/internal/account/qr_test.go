package account

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestQR draws addresses as squares with a margin, and finds the three corners that cameras look for: dark for seven squares, light beside them.
func TestQR(t *testing.T) {
	for _, address := range []string{
		"otpauth://totp/a?secret=JBSWY3DPEHPK3PXP", "otpauth://totp/%E6%8F%AD%E6%A6%9C:zhang.san?issuer=%E6%8F%AD%E6%A6%9C&period=30&secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
	} {
		lines := strings.Split(qr(address), "\n")
		wide := utf8.RuneCountInString(lines[0])
		if wide < 21+4 || (wide-4-17)%4 != 0 || len(lines) != (wide+1)/2 {
			t.Fatalf("the picture has %d columns and %d lines", wide, len(lines))
		}
		dark := func(column, row int) bool {
			return strings.ContainsRune(map[bool]string{true: " ▄", false: " ▀"}[row%2 == 0], []rune(lines[row/2])[column])
		}
		for _, corner := range [][2]int{{2, 2}, {wide - 9, 2}, {2, wide - 9}} {
			for i := range 7 {
				if !dark(corner[0]+i, corner[1]) || !dark(corner[0], corner[1]+i) || !dark(corner[0]+i, corner[1]+6) || !dark(corner[0]+6, corner[1]+i) {
					t.Fatalf("the corner at %v is not there:\n%s", corner, strings.Join(lines, "\n"))
				}
			}
			if dark(corner[0]+1, corner[1]+1) || !dark(corner[0]+3, corner[1]+3) {
				t.Errorf("the corner at %v is filled wrongly", corner)
			}
		}
		for i := range wide {
			if dark(i, 0) || dark(i, 1) || dark(0, i) || dark(1, i) || dark(wide-1, i) {
				t.Fatal("the margin is not light")
			}
		}
	}
	if got := qr("no address\x00"); got != "" {
		t.Errorf("nonsense is drawn: %s", got)
	}
}
