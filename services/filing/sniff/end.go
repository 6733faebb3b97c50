package sniff

import (
	"encoding/binary"
	"io"
)

// The record that ends an archive (4.3.16 of APPNOTE): its size without the comment behind it, and how long that may be.
const (
	endSize    = 22
	maxComment = 1<<16 - 1
)

// maxDirectory is how many bytes the list of an archive's entries may have: more than that of maxEntries, whose names are not all as long as can be.
const maxDirectory = 10 << 20

// end is the record that ends an archive.
type end struct {
	at              int64 // where it begins
	records         int
	directory, from int64 // the size of the list of entries, and where it says that it begins
	last            int64 // where the comment behind it ends
}

// ends finds every record that could end an archive, the last first.
func ends(r io.ReaderAt, size int64) (all []end, err error) {
	n := min(size, endSize+maxComment)
	tail, err := part(r, size-n, int(n))
	for i := len(tail) - endSize; err == nil && i >= 0; i-- {
		if string(tail[i:i+4]) != "PK\x05\x06" {
			continue
		}
		at, little := size-n+int64(i), binary.LittleEndian
		all = append(all, end{at, int(little.Uint16(tail[i+10:])), int64(little.Uint32(tail[i+12:])), int64(little.Uint32(tail[i+16:])),
			at + endSize + int64(little.Uint16(tail[i+20:]))})
	}
	return all, err
}

// isArchive reports whether a reader of archives would find one, wherever in the file that begins.
func isArchive(r io.ReaderAt, size int64) (bool, error) {
	all, err := ends(r, size)
	for _, e := range all {
		if err != nil || e.at < e.directory {
			continue
		}
		first, err := part(r, e.at-e.directory, 4)
		if err != nil || e.records > 0 && string(first) == "PK\x01\x02" {
			return true, err
		}
	}
	return false, err
}

// whole makes sure that an archive's last record ends the file, and that its list of entries stands right before it and is no longer than may be read.
// Nothing here is so large that it would need the records of ZIP64.
func whole(r io.ReaderAt, size int64) error {
	all, err := ends(r, size)
	switch {
	case err != nil:
		return err
	case len(all) == 0 || all[0].last != size || all[0].from+all[0].directory != all[0].at:
		return broken(ruleBroken, "")
	case all[0].records > maxEntries || all[0].directory > maxDirectory:
		return broken(ruleEntries, "")
	}
	return nil
}
