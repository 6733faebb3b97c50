package text

import _ "embed"

// The tables, which data/README.md describes.
var (
	//go:embed data/simplified.txt
	simplifiedTable string
	//go:embed data/plain.txt
	plainTable string
	//go:embed data/pinyin.txt
	pinyinTable string
	//go:embed data/pairs.txt
	pairsTable string
)
