package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
)

// report is what a replay found, by file name.
type report struct {
	Files map[string]fileReport `json:"files"`
}

type fileReport struct {
	Agreed        int            `json:"agreed"`
	Total         int            `json:"total"`
	Disagreements []disagreement `json:"disagreements"`
}

// disagreement is a case whose answer differs from AWS's.
type disagreement struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// replayAll replays the cases of all files.
func replayAll(ctx context.Context, files []caseFile) report {
	r := report{Files: map[string]fileReport{}}
	for _, file := range files {
		found := fileReport{Disagreements: []disagreement{}}
		for _, c := range file.cases {
			err := c.replay(ctx)
			switch {
			case errors.Is(err, errIncomparable):
				continue
			case err == nil:
				found.Agreed++
			default:
				found.Disagreements = append(found.Disagreements, disagreement{c.name(), reasonOf(c, err)})
			}
			found.Total++
		}
		r.Files[file.name] = found
	}
	return r
}

// print writes the report as "json" or as "text".
func (r report) print(out io.Writer, format string) error {
	if format == "json" {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(r); err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
		return nil
	}
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "FILE\tAGREED\tTOTAL\tPERCENT")
	names := slices.Sorted(maps.Keys(r.Files))
	for _, name := range names {
		file := r.Files[name]
		fmt.Fprintf(table, "%s\t%d\t%d\t%.1f\n", name, file.Agreed, file.Total, 100*float64(file.Agreed)/float64(max(file.Total, 1)))
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	for _, name := range names {
		for _, d := range r.Files[name].Disagreements {
			fmt.Fprintf(out, "\n%s: %s\n    %s\n", name, d.Name, d.Reason)
		}
	}
	return nil
}
