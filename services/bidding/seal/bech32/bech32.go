// Package bech32 writes keys of 32 bytes as text with a checksum (BIP-173), as age does.
package bech32

import (
	"slices"
	"strings"
)

// signsOf are the signs of 0 to 31.
const signsOf = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

// checksum is the checksum of BIP-173 over a prefix and groups of five bits. It is 1 for a whole text.
func checksum(prefix string, groups []byte) uint32 {
	sum := uint32(1)
	step := func(v byte) {
		top := sum >> 25
		sum = sum&0x1ffffff<<5 ^ uint32(v)
		for i, generator := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			sum ^= generator & -(top >> i & 1)
		}
	}
	for i := range len(prefix) {
		step(prefix[i] >> 5)
	}
	step(0)
	for i := range len(prefix) {
		step(prefix[i] & 31)
	}
	for _, v := range groups {
		step(v)
	}
	return sum
}

// regroup joins groups of from bits and cuts them into groups of to bits; the last is filled up with zeros if fill says so, and if not, what
// is left must be zeros of fewer bits than a group.
func regroup(groups []byte, from, to uint, fill bool) ([]byte, bool) {
	var out []byte
	var value uint32
	var bits uint
	for _, g := range groups {
		value, bits = value<<from|uint32(g), bits+from
		for bits >= to {
			bits -= to
			out = append(out, byte(value>>bits)&(1<<to-1))
		}
		value &= 1<<bits - 1
	}
	if fill && bits > 0 {
		return append(out, byte(value<<(to-bits))&(1<<to-1)), true
	}
	return out, fill || bits < from && value == 0
}

// Text writes data after a prefix, all in lower case.
func Text(prefix string, data []byte) string {
	groups, _ := regroup(data, 8, 5, true)
	sum := checksum(prefix, slices.Concat(groups, make([]byte, 6))) ^ 1
	for i := range 6 {
		groups = append(groups, byte(sum>>(5*(5-i)))&31)
	}
	var b strings.Builder
	b.WriteString(prefix + "1")
	for _, g := range groups {
		b.WriteByte(signsOf[g])
	}
	return b.String()
}

// size is the length of the data.
const size = 32

// Data reads 32 bytes that Text wrote; anything else is refused.
func Data(prefix, text string) ([]byte, bool) {
	signs, ok := strings.CutPrefix(text, prefix+"1")
	if !ok || len(signs) < 6 {
		return nil, false
	}
	groups := make([]byte, len(signs))
	for i := range len(signs) {
		v := strings.IndexByte(signsOf, signs[i])
		if v < 0 {
			return nil, false
		}
		groups[i] = byte(v)
	}
	if checksum(prefix, groups) != 1 {
		return nil, false
	}
	data, ok := regroup(groups[:len(groups)-6], 5, 8, false)
	return data, ok && len(data) == size
}
