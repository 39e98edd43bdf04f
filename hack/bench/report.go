package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
)

// result is what one measurement found. Calls are those of AWS's API until all were Ready and settled.
type result struct {
	Consumers               int     `json:"consumers"`
	ReadySeconds            float64 `json:"readySeconds"`
	CallsPerConsumer        float64 `json:"callsPerConsumer"`
	Calls                   counts  `json:"calls"`
	RecheckCallsPerConsumer float64 `json:"recheckCallsPerConsumer"`
	Quiet                   cost    `json:"quietCheck"`
	ChangeCallsPerConsumer  float64 `json:"changeCallsPerConsumer"`
	RestartCallsPerConsumer float64 `json:"restartCallsPerConsumer"`
	DeleteSeconds           float64 `json:"deleteSeconds"`
	PeakRSSMiB              float64 `json:"peakRSSMiB"`
	// Repair is of a world of its own, with one of the budgets.
	Repair *repairs `json:"repair,omitempty"`

	recheckWrites, restartWrites counts
}

// named is the result with one budget.
type named struct {
	rate string
	result
}

// The operator's memory at up to this many consumers: half of what config/manager/manager.yaml allows it.
const (
	boundedConsumers = 300
	maxRSSMiB        = 128
)

// check says what must not be whatever the numbers: writes where nothing had changed, more calls than are allowed, and memory beyond its bound.
func (r *result) check() error {
	if r.Consumers <= boundedConsumers && r.PeakRSSMiB > maxRSSMiB {
		return fmt.Errorf("the operator took %.0f MiB at %d consumers, want at most %d", r.PeakRSSMiB, r.Consumers, maxRSSMiB)
	}
	for what, writes := range map[string]counts{"a re-check": r.recheckWrites, "a restart of the operator": r.restartWrites} {
		if len(writes) > 0 {
			return fmt.Errorf("%s wrote to AWS: %s", what, list(writes))
		}
	}
	if r.Repair != nil {
		if err := r.Repair.Quiet.check(); err != nil {
			return fmt.Errorf("with a resyncPeriod of %v s: %w", r.Repair.ResyncSeconds, err)
		}
	}
	return r.Quiet.check()
}

// show prints the results: one object of JSON, with a level of budgets where both were asked for, or a table.
func show(out io.Writer, s settings, results []named) error {
	if s.output != "json" {
		return table(out, results)
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	if s.rate == bothRates {
		all := map[string]result{}
		for _, r := range results {
			all[r.rate] = r.result
		}
		return encoder.Encode(all)
	}
	for _, r := range results {
		if err := encoder.Encode(r.result); err != nil {
			return err
		}
	}
	return nil
}

func table(out io.Writer, results []named) error {
	if slices.ContainsFunc(results, func(r named) bool { return r.Consumers > 0 }) {
		if err := phasesTable(out, results); err != nil {
			return err
		}
	}
	for _, r := range results {
		if r.Repair == nil {
			continue
		}
		if err := r.Repair.table(out); err != nil {
			return err
		}
	}
	return nil
}

// phasesTable has a column for each budget.
func phasesTable(out io.Writer, results []named) error {
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	line := func(name string, value func(result) any) {
		_, _ = fmt.Fprint(w, name)
		for _, r := range results {
			_, _ = fmt.Fprintf(w, "\t%v", value(r.result))
		}
		_, _ = fmt.Fprintln(w)
	}
	_, _ = fmt.Fprint(w, "AWS RATE")
	for _, r := range results {
		_, _ = fmt.Fprint(w, "\t", strings.ToUpper(r.rate))
	}
	_, _ = fmt.Fprintln(w)
	line("consumers", func(r result) any { return r.Consumers })
	line("seconds until all are ready", func(r result) any { return r.ReadySeconds })
	line("calls a consumer until then", func(r result) any { return r.CallsPerConsumer })
	line("calls a consumer, periodic check", func(r result) any { return r.RecheckCallsPerConsumer })
	line("  of these its own, and what is allowed", func(r result) any { return fmt.Sprintf("%v of %v", r.Quiet.Own, r.Quiet.OwnAllowed) })
	line("  a share of what is read for all", func(r result) any { return fmt.Sprintf("%v of %v", r.Quiet.Shared, r.Quiet.SharedAllowed) })
	line("calls a consumer, one attribute changed", func(r result) any { return r.ChangeCallsPerConsumer })
	line("calls a consumer, operator restarted", func(r result) any { return r.RestartCallsPerConsumer })
	line("seconds to delete all", func(r result) any { return r.DeleteSeconds })
	line("peak memory of the operator, MiB", func(r result) any { return r.PeakRSSMiB })
	if err := w.Flush(); err != nil {
		return err
	}
	for _, r := range results {
		if _, err := fmt.Fprintf(out, "\nCalls until all were ready, %s: %s\n", r.rate, list(r.Calls)); err != nil {
			return err
		}
	}
	return nil
}

// table shows how long out-of-band changes stood.
func (r *repairs) table(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	_, _ = fmt.Fprintf(w, "\nREPAIR AT RESYNC %v s\tTIMES\tMIN s\tMEDIAN s\tMAX s\tMEDIAN/RESYNC\tMAX/RESYNC\n", r.ResyncSeconds)
	for _, c := range r.Changes {
		_, _ = fmt.Fprintf(w, "%s\t%d\t%v\t%v\t%v\t%v\t%v\n", c.Change, c.Samples, c.MinSeconds, c.MedianSeconds, c.MaxSeconds, c.MedianRatio, c.MaxRatio)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "AWS does not give the name of a deleted queue free for 60 s. A quiet check, in calls a consumer: %s.\n", r.Quiet)
	return err
}

// list names calls with their numbers, by name.
func list(calls counts) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(calls)) {
		out = append(out, fmt.Sprintf("%s %d", name, calls[name]))
	}
	return strings.Join(out, ", ")
}

// round to hundredths.
func round(v float64) float64 { return math.Round(v*100) / 100 }
