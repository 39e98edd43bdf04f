package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// page is what a command shows, put together before it is written.
type page struct {
	s      *session
	before string
	b      strings.Builder
}

func (s *session) newPage() *page { return &page{s: s} }

func (p *page) flush() error {
	_, err := io.WriteString(p.s.Out, p.before+p.b.String())
	return err
}

// over lets the page begin at the top of an empty terminal.
func (p *page) over() { p.before = "\x1b[H\x1b[2J" }

// section begins a part: an empty line, where something stands above, and its title.
func (p *page) section(format string, args ...any) {
	if p.b.Len() > 0 {
		p.b.WriteByte('\n')
	}
	if format != "" {
		p.b.WriteString(p.s.screen.paint(bold, oneLine(fmt.Sprintf(format, args...))) + "\n")
	}
}

// table puts a table.
func (p *page) table(t *table, indent string) {
	// A strings.Builder refuses nothing.
	_ = t.write(&p.b, p.s.screen, indent)
}

// wholeTable puts a table whose last column is not cut.
func (p *page) wholeTable(t *table, indent string) {
	whole := p.s.screen
	whole.width = 0
	_ = t.write(&p.b, whole, indent)
}

// field puts a name and a value, which is not cut. An empty value is left out.
func (p *page) field(name, value string) {
	if value != "" {
		fmt.Fprintf(&p.b, "%-14s %s\n", name, oneLine(value))
	}
}

// text puts a sentence behind an indent; on a terminal it is broken between words.
func (p *page) text(indent, text string) {
	at := 0
	for _, word := range strings.Fields(printable(text)) {
		length := utf8.RuneCountInString(word)
		switch {
		case at == 0:
			p.b.WriteString(indent)
			at = len(indent)
		case p.s.screen.width > 0 && at+1+length > p.s.screen.width:
			p.b.WriteString("\n" + indent)
			at = len(indent)
		default:
			p.b.WriteByte(' ')
			at++
		}
		p.b.WriteString(word)
		at += length
	}
	p.b.WriteByte('\n')
}

// asIs puts a text line by line behind an indent, with its blanks.
func (p *page) asIs(indent, text string) {
	for line := range strings.Lines(printable(text)) {
		p.b.WriteString(indent + strings.TrimSuffix(line, "\n") + "\n")
	}
}
