package money

import "strings"

// Capital writes the amount as Chinese contracts and receipts do (大写), such as 人民币肆拾壹万捌仟元整.
func (f Fen) Capital() string {
	text := "人民币"
	n := uint64(f)
	if f < 0 {
		text, n = text+"负", -n
	}
	yuan, jiao, fen := n/100, n/10%10, n%10
	if yuan > 0 || jiao+fen == 0 {
		text += whole(yuan) + "元"
	}
	switch {
	case jiao+fen == 0:
		return text + "整"
	case jiao > 0:
		text += capitals[jiao] + "角"
	case yuan > 0:
		text += "零"
	}
	if fen == 0 {
		return text + "整"
	}
	return text + capitals[fen] + "分"
}

var (
	capitals = strings.Split("零壹贰叁肆伍陆柒捌玖", "")
	places   = []string{"", "拾", "佰", "仟"}
	groups   = []string{"", "万", "亿", "万亿", "亿亿"}
)

// whole writes a whole number in groups of four digits; one 零 stands for any number of zeros between two digits.
func whole(n uint64) (text string) {
	if n == 0 {
		return capitals[0]
	}
	for group := 0; n > 0; group, n = group+1, n/10_000 {
		part, rest := n%10_000, n/10_000
		if part == 0 {
			if text != "" && !strings.HasPrefix(text, capitals[0]) {
				text = capitals[0] + text
			}
			continue
		}
		written := quarter(part) + groups[group]
		if rest > 0 && part < 1000 {
			written = capitals[0] + written
		}
		text = written + text
	}
	return text
}

// quarter writes a number from 1 to 9999.
func quarter(n uint64) (text string) {
	gap := false
	for place := 3; place >= 0; place-- {
		unit := [4]uint64{1, 10, 100, 1000}[place]
		digit := n / unit % 10
		switch {
		case digit == 0:
			gap = text != ""
		case gap:
			text, gap = text+capitals[0], false
			fallthrough
		default:
			text += capitals[digit] + places[place]
		}
	}
	return text
}
