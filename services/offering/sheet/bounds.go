package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Bounds of a workbook beside its Size: a file of 1 MB may unfold to 1,000 times as much, a cell far down or far to the right makes a table of all before it,
// and a text that is kept once may stand in every cell.
const (
	maxRow    = 5000      // the last row of a sheet that is no long one
	maxColumn = 100       // the last column of a sheet
	maxMerged = 1000      // merged cells of a sheet
	maxText   = 128 << 10 // bytes of the text of a cell
	maxTexts  = 16 << 20  // bytes of the texts of all cells of a sheet
)

// tooLarge is the fault of a workbook beyond a bound.
func tooLarge(rule string, limit int) error {
	return ErrTooLarge.With("rule", rule).With("limit", limit)
}

// bounded refuses what is no workbook, or unfolds to too much.
func (z Size) bounded(content []byte) error {
	if bytes.HasPrefix(content, []byte("\xd0\xcf\x11\xe0")) {
		return ErrUnreadable.With("rule", "file.old")
	}
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return unreadable("file.no_workbook", err)
	}
	bytesLeft, s := uint64(z.unzipped), scan{size: z}
	for _, part := range archive.File {
		if part.UncompressedSize64 > bytesLeft {
			return tooLarge("file.unzipped", z.unzipped>>20)
		}
		bytesLeft -= part.UncompressedSize64
		switch strings.ToLower(path.Ext(part.Name)) {
		case ".xml", ".rels", ".vml":
			if err := s.part(part); err != nil {
				return err
			}
		}
	}
	return nil
}

// scan goes through the parts of a workbook without keeping anything.
type scan struct {
	size              Size
	elements          int
	row, column, rows int // of the sheet
	merged            int
	cells             bool // the part has texts of cells
	text              int  // bytes of the text of a cell
}

func (s *scan) part(part *zip.File) error {
	r, err := part.Open()
	if err != nil {
		return unreadable("file.broken", err)
	}
	defer r.Close()
	s.row, s.rows, s.merged, s.cells = 0, 0, 0, false
	d := xml.NewDecoder(r)
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return unreadable("file.broken", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			s.elements++
			err = s.element(t)
		case xml.CharData:
			if s.text += len(t); s.cells && s.text > maxText {
				err = tooLarge("file.text", maxText>>10)
			}
		}
		if err != nil {
			return err
		}
	}
}

// element counts an element where it stands.
func (s *scan) element(e xml.StartElement) error {
	place := ""
	for _, a := range e.Attr {
		if a.Name.Local == "r" {
			place = a.Value
		}
	}
	switch e.Name.Local {
	case "row":
		s.rows++
		s.row, s.column = s.row+1, 0
		if n, err := strconv.Atoi(place); err == nil {
			s.row = n
		}
	case "c":
		s.column, s.cells, s.text = s.column+1, true, 0
		if column, row, err := excelize.CellNameToCoordinates(place); err == nil {
			s.column, s.row = column, row
		}
	case "mergeCell":
		s.merged++
	case "si": // a text that several cells may have
		s.cells, s.text = true, 0
	}
	switch {
	case s.elements > s.size.elements:
		return tooLarge("file.elements", s.size.elements)
	case max(s.row, s.rows) > s.size.lastRow:
		return ErrTooLarge.With("rule", "file.last_row").With("limit", s.size.lastRow).With("row", max(s.row, s.rows))
	case s.column > maxColumn:
		return tooLarge("file.last_column", maxColumn)
	case s.merged > maxMerged:
		return tooLarge("file.merged", maxMerged)
	}
	return nil
}

// texts reads the cells of a sheet, row by row from the first on.
func texts(f *excelize.File, sheet string) (rows [][]string, err error) {
	all, err := f.Rows(sheet)
	if err != nil {
		return nil, nil // a chart
	}
	size := 0
	for all.Next() {
		cells, err := all.Columns()
		if err != nil {
			return nil, unreadable("file.broken", err)
		}
		for _, text := range cells {
			size += len(text)
		}
		if size > maxTexts {
			return nil, tooLarge("file.texts", maxTexts>>20)
		}
		rows = append(rows, cells)
	}
	if err := errors.Join(all.Error(), all.Close()); err != nil {
		return nil, unreadable("file.broken", err)
	}
	return rows, nil
}
