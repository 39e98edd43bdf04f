package cli

import (
	"fmt"
	"io"
)

// printer writes lines, and remembers the first error.
type printer struct {
	out io.Writer
	err error
}

// line writes one; texts of others are made printable here.
func (p *printer) line(format string, args ...any) {
	_, err := fmt.Fprintln(p.out, printable(fmt.Sprintf(format, args...)))
	p.keep(err)
}

func (p *printer) keep(err error) {
	if p.err == nil {
		p.err = err
	}
}
