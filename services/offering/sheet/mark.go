package sheet

import (
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Mark is something that is wrong in a workbook.
type Mark struct {
	Row   int
	Field string // empty for the whole row
	Text  string
}

// remarks is the header of the column in which a marked workbook says of each row what is wrong with it.
const remarks = "导入提示"

// MarkRows is Mark, with a column of remarks to the right of the others: what is wrong with each row, for who cannot see comments or prints the list.
func (t *Table) MarkRows(marks []Mark) (marked []byte, err error) {
	defer caught(&err)
	if t.book == nil || len(marks) == 0 {
		return nil, nil
	}
	if err := t.remark(marks); err != nil {
		return nil, err
	}
	return t.Mark(marks)
}

func (t *Table) remark(marks []Mark) error {
	b := t.book
	column := b.remarks
	if column == 0 {
		column = b.width + 1
	}
	name, err := excelize.ColumnNumberToName(column)
	if err != nil {
		return err
	}
	said := map[int][]string{}
	for _, m := range marks {
		said[m.Row] = append(said[m.Row], m.Text)
	}
	for _, r := range t.Rows { // what an earlier import has said is mended by now, or said again
		if cell := name + strconv.Itoa(r.Number); said[r.Number] == nil && b.remarks > 0 {
			if err := b.file.SetCellStr(b.sheet, cell, ""); err != nil {
				return err
			}
		}
	}
	if err := b.file.SetCellStr(b.sheet, name+strconv.Itoa(b.head), remarks); err != nil {
		return err
	}
	for row, texts := range said {
		if err := b.file.SetCellStr(b.sheet, name+strconv.Itoa(row), strings.Join(texts, ";")); err != nil {
			return err
		}
	}
	return b.file.SetColWidth(b.sheet, name, name, 48)
}

// maxComments is how many cells have comments: each costs more than the one before. The others are only coloured.
const maxComments = 200

// Mark returns the workbook that the table came from with the cells of marks coloured and the first of them commented; nothing if there are
// no marks, or the table came from no workbook.
func (t *Table) Mark(marks []Mark) (marked []byte, err error) {
	defer caught(&err)
	if t.book == nil || len(marks) == 0 {
		return nil, nil
	}
	texts := map[string][]string{}
	var cells []string
	for _, m := range marks {
		cell, err := t.cell(m)
		if err != nil {
			return nil, err
		}
		if texts[cell] == nil {
			cells = append(cells, cell)
		}
		texts[cell] = append(texts[cell], m.Text)
	}
	commented, err := t.commented()
	if err != nil {
		return nil, err
	}
	styles := map[int]int{}
	for i, cell := range cells {
		if err := t.colour(cell, styles); err != nil {
			return nil, err
		}
		if i >= maxComments {
			continue
		}
		if err := t.comment(cell, strings.Join(texts[cell], "\n"), commented[cell]); err != nil {
			return nil, err
		}
	}
	b, err := t.book.file.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// cell names the cell of a mark. A column that the file lacks has none, so the row's first known one stands for it.
func (t *Table) cell(m Mark) (string, error) {
	column, ok := t.book.columns[m.Field]
	if !ok {
		column = maxColumn
		for _, c := range t.book.columns {
			column = min(column, c)
		}
	}
	return excelize.CoordinatesToCellName(column, m.Row)
}

// colour fills a cell with red and leaves the rest of its style; styles remembers which style has become which.
func (t *Table) colour(cell string, styles map[int]int) error {
	b := t.book
	was, err := b.file.GetCellStyle(b.sheet, cell)
	if err != nil {
		return err
	}
	red, ok := styles[was]
	if !ok {
		style, err := b.file.GetStyle(was)
		if err != nil {
			return err
		}
		style.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FFC7CE"}}
		if red, err = b.file.NewStyle(style); err != nil {
			return err
		}
		styles[was] = red
	}
	return b.file.SetCellStyle(b.sheet, cell, cell, red)
}

// commented are the cells that have comments.
func (t *Table) commented() (map[string]bool, error) {
	comments, err := t.book.file.GetComments(t.book.sheet)
	cells := map[string]bool{}
	for _, c := range comments {
		cells[c.Cell] = true
	}
	return cells, err
}

// comment puts a comment on a cell in the place of the one that it has, which an earlier import may have left.
func (t *Table) comment(cell, text string, has bool) error {
	b := t.book
	if has {
		if err := b.file.DeleteComment(b.sheet, cell); err != nil {
			return err
		}
	}
	return b.file.AddComment(b.sheet, excelize.Comment{Cell: cell, Author: "揭榜平台", Text: text, Width: 320, Height: 120})
}
