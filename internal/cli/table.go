package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// gap is between two columns.
const gap = "   "

// cell is one value of a table.
type cell struct {
	text  string
	style style
}

// table is rows below a header. Columns are as wide as their widest value; on a terminal the last one ends where the screen does.
type table struct {
	header []string
	rows   [][]cell
}

func newTable(header ...string) *table { return &table{header: header} }

// add appends a row of strings, numbers and cells, one for each column. Their texts are made printable here.
func (t *table) add(values ...any) {
	row := make([]cell, len(values))
	for i, value := range values {
		c, ok := value.(cell)
		if !ok {
			c = cell{text: fmt.Sprint(value)}
		}
		c.text = oneLine(c.text)
		row[i] = c
	}
	t.rows = append(t.rows, row)
}

// write puts the table out, each line behind an indent. A table without rows writes nothing.
func (t *table) write(out io.Writer, sc screen, indent string) error {
	if len(t.rows) == 0 {
		return nil
	}
	var head []cell
	for _, title := range t.header {
		head = append(head, cell{text: title, style: bold})
	}
	rows := t.rows
	if len(head) > 0 {
		rows = append([][]cell{head}, rows...)
	}
	widths := columnWidths(rows)
	var b strings.Builder
	for _, row := range rows {
		b.WriteString(line(row, widths, sc, indent))
		b.WriteByte('\n')
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func columnWidths(rows [][]cell) []int {
	var widths []int
	for _, row := range rows {
		for i, c := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(c.text))
		}
	}
	return widths
}

// line sets a row. What is empty at its end is left out, so that no line ends in blanks.
func line(row []cell, widths []int, sc screen, indent string) string {
	last := len(row) - 1
	for last > 0 && row[last].text == "" {
		last--
	}
	var b strings.Builder
	b.WriteString(indent)
	at := utf8.RuneCountInString(indent)
	for i, c := range row[:last+1] {
		text := c.text
		if sc.width > 0 {
			if at >= sc.width {
				break
			}
			text = cut(text, sc.width-at)
		}
		b.WriteString(sc.paint(c.style, text))
		if i < last {
			b.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text)) + gap)
			at += widths[i] + len(gap)
		}
	}
	return strings.TrimRight(b.String(), " ")
}
