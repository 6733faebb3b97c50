package segment

import "unicode/utf8"

// Texts are kept as they were given, for highlighting and for comparing, in two bytes a Chinese character instead of three: a byte below 0x80 is
// itself, one below escape begins a pair that stands for a character of the windows, and escape comes before a length and as many raw bytes.
const escape = 0xFF

// windows are the blocks whose characters fit into pairs: Han, signs and kana, full width, Latin with accents to Cyrillic.
var windows = [...]struct{ first, last, at rune }{
	{0x4E00, 0x9FFF, 0}, {0x2000, 0x33FF, 0x5200}, {0xFF00, 0xFFEF, 0x6600}, {0x80, 0x6FF, 0x6700},
}

// pack appends the packed form of any text to out.
func pack(out []byte, s string) []byte {
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			out = append(out, s[i])
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if pair, ok := paired(r); ok {
			out = append(out, 0x80|byte(pair>>8), byte(pair))
		} else {
			out = append(append(out, escape, byte(n)), s[i:i+n]...)
		}
		i += n
	}
	return out
}

func paired(r rune) (rune, bool) {
	for _, w := range windows {
		if r >= w.first && r <= w.last {
			return r - w.first + w.at, true
		}
	}
	return 0, false
}

// unpack returns the text that was packed.
func unpack(b []byte) string {
	out := make([]byte, 0, len(b)+len(b)/2)
	for i := 0; i < len(b); {
		switch {
		case b[i] < utf8.RuneSelf:
			out = append(out, b[i])
			i++
		case b[i] == escape:
			n := int(b[i+1])
			out = append(out, b[i+2:i+2+n]...)
			i += 2 + n
		default:
			pair := rune(b[i]&0x7F)<<8 | rune(b[i+1])
			w := 0
			for w+1 < len(windows) && windows[w+1].at <= pair {
				w++
			}
			out = utf8.AppendRune(out, pair-windows[w].at+windows[w].first)
			i += 2
		}
	}
	return string(out)
}
