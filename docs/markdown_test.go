package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// root is the top of the repository.
const root = ".."

// page is one document, cut into what the tests look at.
type page struct {
	// name is its path from the top of the repository.
	name    string
	lines   []string
	blocks  []block
	tables  []table
	anchors map[string]bool
}

// block is a fenced code block.
type block struct {
	language, text string
	line           int
}

// table is the rows below a header; cells are trimmed.
type table struct {
	header []string
	rows   [][]string
}

// readPages reads all documents: those of the top and all below docs/.
func readPages(t *testing.T) map[string]*page {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"*.md", "*/*.md"} {
		more, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range more {
			files = append(files, filepath.Join(root, "docs", file))
		}
	}
	pages := map[string]*page{}
	for _, file := range files {
		name, err := filepath.Rel(root, file)
		if err != nil {
			t.Fatal(err)
		}
		name = filepath.ToSlash(name)
		pages[name] = parse(name, read(t, name))
	}
	return pages
}

// read gives a file of the repository.
func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// parse cuts a document. Lines within code blocks are neither tables nor headings, and are left out of lines.
func parse(name, text string) *page {
	p := &page{name: name, anchors: map[string]bool{}}
	var code *block
	inTable := false
	for i, line := range strings.Split(text, "\n") {
		fence, isFence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case code != nil && isFence:
			p.blocks = append(p.blocks, *code)
			code = nil
		case code != nil:
			code.text += line + "\n"
		case isFence:
			code = &block{language: fence, line: i + 1}
		default:
			p.lines = append(p.lines, line)
		}
		row := code == nil && strings.HasPrefix(line, "|")
		switch {
		case row && !inTable:
			p.tables = append(p.tables, table{header: cells(line)})
		case row && !strings.HasPrefix(line, "|---"):
			last := &p.tables[len(p.tables)-1]
			last.rows = append(last.rows, cells(line))
		}
		inTable = row
		if heading := strings.TrimLeft(line, "#"); code == nil && heading != line && strings.HasPrefix(heading, " ") {
			p.anchors[anchor(heading)] = true
		}
	}
	return p
}

func cells(line string) []string {
	var out []string
	for _, cell := range strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|") {
		out = append(out, strings.TrimSpace(cell))
	}
	return out
}

// anchor is what GitHub makes of a heading.
func anchor(heading string) string {
	var out strings.Builder
	for _, r := range strings.ToLower(strings.TrimSpace(heading)) {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			out.WriteRune(r)
		case r == ' ':
			out.WriteRune('-')
		}
	}
	return out.String()
}

var codeSpan = regexp.MustCompile("`([^`]+)`")

// named gives the code spans in the first cells of all tables whose header begins with a word: what these tables document, and the row.
func (p *page) named(header string) map[string][]string {
	out := map[string][]string{}
	for _, t := range p.tables {
		if t.header[0] != header {
			continue
		}
		for _, row := range t.rows {
			for _, span := range codeSpan.FindAllStringSubmatch(row[0], -1) {
				out[span[1]] = row
			}
		}
	}
	return out
}

// spans are the code spans of a cell.
func spans(cell string) []string {
	var out []string
	for _, span := range codeSpan.FindAllStringSubmatch(cell, -1) {
		out = append(out, span[1])
	}
	return out
}
