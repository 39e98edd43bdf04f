// Package show writes what the demo says: headings, commands with their output, what was seen, and progress. On a terminal progress is one line
// that changes; elsewhere there are plain lines without any control code, few of them.
package show

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// quiet is how long progress must go on before it is said, and how often it is said again, where the output is no terminal.
const quiet = 10 * time.Second

// The control codes, for terminals only.
const (
	bold      = "\x1b[1m"
	red       = "\x1b[31m"
	green     = "\x1b[32m"
	plain     = "\x1b[0m"
	clearLine = "\r\x1b[K"
)

// Printer writes to one output. It is for one goroutine.
type Printer struct {
	// Now is the clock by which progress is thinned out.
	Now func() time.Time

	w        io.Writer
	terminal bool
	colours  bool
	columns  int
	// open says that a progress line stands on the terminal.
	open bool
	// said is when progress was last written, or began.
	said time.Time
}

// New returns a Printer. On a terminal progress overwrites itself in that many columns; colours are for terminals only.
func New(w io.Writer, terminal, colours bool, columns int) *Printer {
	return &Printer{Now: time.Now, w: w, terminal: terminal, colours: terminal && colours, columns: columns}
}

// Stdout returns a Printer for the standard output, which honours NO_COLOR (https://no-color.org) and TERM=dumb.
func Stdout() *Printer {
	info, err := os.Stdout.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb" && os.Getenv("TERM") != ""
	return New(os.Stdout, terminal, os.Getenv("NO_COLOR") == "", 100)
}

// Heading begins a part of the tour.
func (p *Printer) Heading(number, of int, title string) {
	p.settle()
	_, _ = fmt.Fprintf(p.w, "\n%s\n", p.colour(bold, fmt.Sprintf("[%d/%d] %s", number, of, title)))
}

// Say writes an explanation.
func (p *Printer) Say(format string, args ...any) {
	p.lines("  ", fmt.Sprintf(format, args...))
}

// Command writes a command as users would type it.
func (p *Printer) Command(words ...string) {
	p.lines("  ", p.colour(bold, "$ "+Quote(words)))
}

// Output writes what a command printed.
func (p *Printer) Output(text string) {
	p.lines("    ", strings.TrimRight(text, "\n"))
}

// Seen writes what has been verified.
func (p *Printer) Seen(format string, args ...any) {
	p.lines("  ", p.colour(green, "✓")+" "+fmt.Sprintf(format, args...))
}

// Failed writes what has gone wrong.
func (p *Printer) Failed(format string, args ...any) {
	p.lines("", "\n"+p.colour(red, "✗ "+fmt.Sprintf(format, args...)))
}

// Progress says how far something long is. It may be called often.
func (p *Printer) Progress(format string, args ...any) {
	text := "  … " + fmt.Sprintf(format, args...)
	now := p.Now()
	switch {
	case p.terminal:
		p.open = true
		_, _ = io.WriteString(p.w, clearLine+Shorten(text, p.columns-1))
	case p.said.IsZero():
		p.said = now
	case now.Sub(p.said) >= quiet:
		p.said = now
		_, _ = fmt.Fprintln(p.w, text)
	}
}

// Close takes a progress line away; every other output does so too.
func (p *Printer) Close() { p.settle() }

func (p *Printer) settle() {
	if p.open {
		_, _ = io.WriteString(p.w, clearLine)
	}
	p.open, p.said = false, time.Time{}
}

func (p *Printer) lines(indent, text string) {
	p.settle()
	for line := range strings.SplitSeq(text, "\n") {
		_, _ = fmt.Fprintln(p.w, strings.TrimRight(indent+line, " "))
	}
}

func (p *Printer) colour(code, text string) string {
	if !p.colours {
		return text
	}
	return code + text + plain
}
