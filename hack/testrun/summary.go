package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// summarize writes the table of parts and the line that ends the run, and is
// true where something failed. Budgets are for a warm build cache, so being over
// one is shown, not failed.
func summarize(out io.Writer, results []result) (failed bool) {
	var passed, failures int
	var took time.Duration
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "\nPART\tPACKAGES\tPASSED\tFAILED\tSECONDS\tBUDGET\t")
	for _, r := range results {
		over := ""
		if r.took > r.part.budget {
			over = "over"
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%.0f\t%.0f\t%s\n",
			r.part.name, r.packages, r.passed, r.failed, r.took.Seconds(), r.part.budget.Seconds(), over)
		passed += r.passed
		failures += r.failed
		took += r.took
	}
	fmt.Fprintf(table, "all\t\t%d\t%d\t%.0f\t\t\n", passed, failures, took.Seconds())
	_ = table.Flush()
	fmt.Fprintf(out, "\n%d passed, %d failed\n", passed, failures)
	return failures > 0
}
