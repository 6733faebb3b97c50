package achievement

import (
	"regexp"
	"strings"

	"github.com/jiebang/jiebang/services/fault"
)

// mobile finds a Chinese mobile number, with or without the country's prefix, in one piece or as 138-1234-5678. A number of more digits, such
// as that of a patent, is none, and neither is a piece of a UUID or a hash.
var mobile = regexp.MustCompile(`(?:^|[^0-9A-Za-z.])((?:(?:\+|00)?86[ -]?)?1[3-9][0-9](?:[0-9]{8}|[ -][0-9]{4}[ -][0-9]{4}))(?:$|[^0-9A-Za-z])`)

// mail finds a mail address; the last part of its domain has letters only, unlike 10A@3.7V.
var mail = regexp.MustCompile(`[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}`)

// Contact finds a mobile number or a mail address in texts of a field, the first one of all.
func Contact(field string, texts ...string) []*fault.Fault {
	for _, text := range texts {
		text = strings.Map(halfWidth, text)
		if m := mobile.FindStringSubmatch(text); m != nil {
			return []*fault.Fault{ErrContact.With("found", m[1]).At(field)}
		}
		if m := mail.FindString(text); m != "" {
			return []*fault.Fault{ErrContact.With("found", m).At(field)}
		}
	}
	return nil
}

// ContactKey finds a key that is a mobile number or a mail address as a whole: a key may have any digits in it.
func ContactKey(field, key string) []*fault.Fault {
	if wrong := Contact(field, key); len(wrong) > 0 && wrong[0].Meta["found"] == strings.Map(halfWidth, key) {
		return wrong
	}
	return nil
}

// halfWidth turns the full-width forms of digits and signs into those of ASCII.
func halfWidth(r rune) rune {
	if r >= '！' && r <= '～' {
		return r - '！' + '!'
	}
	return r
}
