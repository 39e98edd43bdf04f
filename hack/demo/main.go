// Command demo shows Skein at work on one machine, without an AWS account: `make demo`. See --help.
//
// What is pure, and what runs processes, lies in packages of its own under internal/ with tests beside it. This package has no test program: it would
// be one more that links both the AWS SDK and controller-runtime. `make demo ARGS=--exit` is its test.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/skein-dev/skein/hack/demo/internal/show"
)

const usage = `make demo runs Skein on this machine and shows it around. No AWS account and no cluster are needed.

  make demo               take the tour, then keep everything running until Ctrl-C
  make demo ARGS=--exit   take the tour and end; the status is 0 only if every step was seen to be so

What runs, all of it on the loopback interface:
  control plane   etcd, kube-apiserver with RBAC, and kube-controller-manager's garbage collector
  local AWS       SNS, SQS, CloudWatch, STS and the tagging API, in memory (cmd/skein-local)
  operator        cmd/manager as a process, as the service account of config/default: it may do what config/rbac
                  allows and no more. Queues must be seen empty for %s before they are deleted, not two minutes.

The tour, about two minutes, most of it AWS's own waiting times:
  the samples of config/samples become ready; what AWS then holds; how a workload finds its queue; a dead letter that
  is seen and moved back with kubectl skein; a deletion that waits because of messages; a queue deleted by hand that
  comes back; what the operator may do.

Every step is read back, from Kubernetes and from the local AWS. A step that is not so ends the tour: it says what was
seen last, and shows the end of the operator's log. The aws command line shows what AWS holds where it is installed;
otherwise the SDK does. After the tour the exports for your own kubectl and aws are printed.

Nothing is left behind: no process, no file. Colours and moving lines are for terminals only; NO_COLOR is honoured.

Flags:
`

func main() {
	os.Exit(run(os.Args[1:], os.Stderr))
}

// run returns the exit status: 0 when the whole tour was seen to be so, 2 for wrong arguments, 130 when interrupted, else 1.
func run(arguments []string, messages io.Writer) (status int) {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(messages)
	flags.Usage = func() {
		_, _ = fmt.Fprintf(messages, usage, emptySettle)
		flags.PrintDefaults()
	}
	end := flags.Bool("exit", false, "end after the tour")
	switch err := flags.Parse(arguments); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case flags.NArg() > 0:
		_, _ = fmt.Fprintf(messages, "demo: unexpected argument %q, see --help\n", flags.Arg(0))
		return 2
	}
	ctrl.SetLogger(logr.Discard())
	signals, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	ctx, cancel := context.WithCancelCause(signals)
	defer cancel(nil)

	d := &demo{out: show.Stdout(), cancel: cancel, began: time.Now()}
	defer func() { // on a panic too
		if err := d.stop(); err != nil {
			d.out.Failed("%v", err)
			status = max(status, 1)
		}
	}()
	err := d.tour(ctx)
	if err != nil && signals.Err() != nil {
		d.out.Failed("interrupted")
		return 130
	}
	if err != nil {
		d.explain(err)
		status = 1
	}
	if *end || d.operator == nil || ctx.Err() != nil {
		return status
	}
	return max(status, d.stay(ctx, signals))
}

// stay keeps everything running until a signal; it is the status 1 where something ends by itself instead.
func (d *demo) stay(ctx, signals context.Context) int {
	d.invite()
	<-ctx.Done()
	if signals.Err() == nil {
		d.explain(context.Cause(ctx))
		return 1
	}
	return 0
}

// explain says what went wrong, with what the operator's log has to say about it.
func (d *demo) explain(err error) {
	d.out.Failed("%v", err)
	if d.operator != nil {
		if line := d.refusal(); line != "" {
			d.out.Say("The apiserver refused the operator something that its roles lack:")
			d.out.Output(line)
		}
		d.out.Say("The operator's log ends with:")
		d.out.Output(show.Last(d.operator.Output(), 25))
	}
}
