// Command bench measures Skein over many consumers, with a real apiserver, a
// local AWS and the operator as a process of its own:
//
//	go run ./hack/bench --consumers 300 --latency 20ms [--undelivered=false] [--aws-rate unlimited|default|both] [--endpoint URL] [-o json]
//
// It makes N ConsumerQueues on ceil(N/50) topics, waits until all are Ready,
// lets one round of periodic checks pass, changes one attribute of each, starts
// the operator anew and deletes everything, counting AWS calls by phase. Then,
// in a world of its own, it changes in AWS what Skein made and measures until
// that is as it was (--repairs N of each kind, at --resync 10s); --consumers 0
// does that alone. A restart or a quiet check that writes to AWS fails the run,
// and so does a check that costs more calls than it may. `make setup` comes first.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/skein-dev/skein/internal/testenv"
)

// settings are the command's flags.
type settings struct {
	consumers   int
	repairs     int
	resync      time.Duration
	latency     time.Duration
	undelivered bool
	endpoint    string
	rate        string
	output      string
	log         string
}

// bothRates is the value of --aws-rate that runs everything twice.
const bothRates = "both"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parse(arguments []string) (settings, error) {
	var s settings
	set := flag.NewFlagSet("bench", flag.ContinueOnError)
	set.IntVar(&s.consumers, "consumers", 300, "`number` of ConsumerQueues; there is a topic for every 50; 0 measures repairs only")
	set.IntVar(&s.repairs, "repairs", 10, "`number` of out-of-band changes of each kind whose repair is timed, with the last budget; 0 for none")
	set.DurationVar(&s.resync, "resync", 10*time.Second, "resyncPeriod while repairs are timed, in whole seconds")
	set.DurationVar(&s.latency, "latency", 20*time.Millisecond, "how long AWS takes to answer a call")
	set.BoolVar(&s.undelivered, "undelivered", true, "whether each consumer has an undelivered queue")
	set.StringVar(&s.endpoint, "endpoint", "", "`URL` of an AWS emulator to measure against instead of the local AWS; calls are counted on the way there")
	set.StringVar(&s.rate, "aws-rate", bothRates, "budget of AWS calls: unlimited, default, a factor such as 2x, or both (unlimited, then default)")
	set.StringVar(&s.output, "o", "", "output `format`: json, or a table for people")
	set.StringVar(&s.log, "operator-log", "", "`file` for the operator's log; without it the log goes when the run ends")
	if err := set.Parse(arguments); err != nil {
		return s, err
	}
	switch {
	case set.NArg() > 0:
		return s, fmt.Errorf("reading flags: unexpected argument %q", set.Arg(0))
	case s.consumers < 0 || s.repairs < 0 || s.consumers+s.repairs == 0:
		return s, fmt.Errorf("reading flags: --consumers %d --repairs %d: want at least one of either", s.consumers, s.repairs)
	case s.resync < 10*time.Second || s.resync%time.Second != 0:
		return s, fmt.Errorf("reading flags: --resync %s: want whole seconds, 10s or more, as an AWSAccount does", s.resync)
	case s.output != "" && s.output != "json":
		return s, fmt.Errorf("reading flags: -o %s: want json, or nothing", s.output)
	}
	return s, nil
}

// rates are the budgets to measure with, one after the other.
func (s settings) rates() []string {
	if s.rate == bothRates {
		return []string{"unlimited", "default"}
	}
	return []string{s.rate}
}

func run(ctx context.Context, arguments []string) (err error) {
	s, err := parse(arguments)
	if err != nil {
		return err
	}
	ctrl.SetLogger(logr.Discard())
	progress("starting the control plane")
	env, err := testenv.Start()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, env.Stop()) }()
	progress("building the operator")
	program, err := build(ctx, filepath.Join(env.Dir, "manager"))
	if err != nil {
		return err
	}
	var results []named
	for _, rate := range s.rates() {
		r, failure := measure(ctx, env, program, s, rate)
		if failure != nil {
			err = errors.Join(err, fmt.Errorf("measuring with --aws-rate %s: %w", rate, failure))
		}
		if r != nil {
			results = append(results, named{rate, *r})
		}
		if ctx.Err() != nil {
			return err
		}
	}
	return errors.Join(err, show(os.Stdout, s, results))
}

// progress tells people what is going on; results alone go to standard output.
func progress(format string, arguments ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", arguments...)
}
