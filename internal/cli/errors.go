package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

// The exit codes.
const (
	// exitDone: what was asked for was done.
	exitDone = 0
	// exitFailed: it was not; the error says why.
	exitFailed = 1
	// exitWrongLine: the command line is wrong.
	exitWrongLine = 2
	// exitTimedOut: what was waited for did not come in time.
	exitTimedOut = 3
	// exitInterrupted: ended from outside, as shells count an interrupt.
	exitInterrupted = 130
)

// problem is an error of which is known what helps.
type problem struct {
	// what is wrong: the object, the field.
	what string
	// remedy says what to do, in a sentence.
	remedy string
	// code is the exit code; 0 means exitFailed.
	code int
	// cause may be nil.
	cause error
}

// Error implements error.
func (p *problem) Error() string { return p.what }

// Unwrap gives the cause.
func (p *problem) Unwrap() error { return p.cause }

// wrongLine is an error in a command line of that command.
func wrongLine(c *cobra.Command, format string, args ...any) error {
	return &problem{what: fmt.Sprintf(format, args...), remedy: fmt.Sprintf("%s --help says what it takes.", c.CommandPath()), code: exitWrongLine}
}

// conclude tells the error, where there is one, with what helps against it, and gives the exit code.
func (s *session) conclude(ctx context.Context, err error) int {
	if err == nil {
		return exitDone
	}
	// Only an interrupt ends this context; nobody who pressed Ctrl-C needs to be told so.
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return exitInterrupted
	}
	p := s.explain(err)
	fmt.Fprintln(s.ErrOut, "Error:", printable(p.what))
	if p.remedy != "" {
		fmt.Fprintln(s.ErrOut, "Remedy:", printable(p.remedy))
	}
	if p.code == 0 {
		return exitFailed
	}
	return p.code
}
