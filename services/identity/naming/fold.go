package naming

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold folds a name: names that look alike have the same fold. Spaces are left out, as they hardly show between Chinese characters.
func Fold(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKC.String(name) {
		if twin, ok := capitals[r]; ok {
			r = twin
		}
		r = unicode.ToLower(unicode.ToUpper(r))
		if twin, ok := twins[r]; ok {
			r = twin
		}
		if !unicode.IsSpace(r) {
			b.WriteRune(r)
		}
	}
	return alike.Replace(b.String())
}

// capitals are Greek capitals that look like other Latin letters than their small ones do.
var capitals = pairs("ΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX")

// twins are signs that look like another, each before the other; letters are small ones, which stand for the capitals, too.
var twins = pairs("" +
	"аaвbсcеeёeһhіiїiјjкkмmнhоoрpԛqѕsтtуyүyѵvԝwхxӏlьbпn" + // Cyrillic
	"αaβbγyεeηnιiκkνvοoρpτtυuχxωw" + // Greek
	"ցgհhոnսuօoյj" + // Armenian
	"ɑaɡgıiʟlɩiʀrɴnʜhᴀaʙbᴄcᴅdᴇeɢgᴊjᴋkᴍmᴏoᴘpᴛtᴜuᴠvᴡwʏyᴢz" + // Latin letters of other writings
	"〇oꓲlǀl" +
	"‐-‒-–-—-―-−-‧·•·∙·⋅·・·。.‘'’'“\"”\"〔([(【(〕)])】)〈<《<〉>》>" + // signs between letters
	"ー一亅丨曰日囗口戸户戶户己已巳已未末士土") // Chinese characters

func pairs(text string) map[rune]rune {
	signs := []rune(text)
	out := make(map[rune]rune, len(signs)/2)
	for i := 0; i+1 < len(signs); i += 2 {
		out[signs[i]] = signs[i+1]
	}
	return out
}

// alike folds what looks alike within Latin letters and digits.
var alike = strings.NewReplacer("rn", "m", "vv", "w", "0", "o", "1", "l", "i", "l", "|", "l")
