package account

import (
	"image"
	"strings"

	"github.com/pquerna/otp"
)

// qr draws an address that authenticator apps read, two rows of its squares in a line of blocks; empty if it cannot be drawn. Dark is drawn as space on
// light blocks, with the margin that cameras want, for a terminal with light text on a dark ground.
func qr(address string) string {
	key, err := otp.NewKeyFromURL(address)
	if err != nil {
		return ""
	}
	const room = 1024
	picture, err := key.Image(room, room)
	if err != nil {
		return ""
	}
	dark := func(x, y int) bool {
		if !(image.Point{X: x, Y: y}).In(picture.Bounds()) {
			return false
		}
		r, _, _, _ := picture.At(x, y).RGBA()
		return r < 0x8000
	}
	// The upper left corner is dark for seven squares, so it tells where the code begins and how large a square is.
	start := 0
	for start < room && !dark(start, start) {
		start++
	}
	run := start
	for run < room && dark(run, start) {
		run++
	}
	side := (run - start) / 7
	if side == 0 {
		return ""
	}
	const margin = 2
	squares := (room-2*start)/side + 2*margin
	at := func(column, row int) bool {
		return dark(start+(column-margin)*side+side/2, start+(row-margin)*side+side/2)
	}
	var b strings.Builder
	for row := 0; row < squares; row += 2 {
		for column := range squares {
			b.WriteString(block(at(column, row), row+1 == squares || at(column, row+1)))
		}
		if row+2 < squares {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// block is two squares above each other.
func block(upper, lower bool) string {
	switch {
	case upper && lower:
		return " "
	case upper:
		return "▄"
	case lower:
		return "▀"
	}
	return "█"
}
