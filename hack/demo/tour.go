package main

import (
	"context"
	"fmt"
	"os/exec"
	"time"

	"github.com/skein-dev/skein/hack/demo/internal/show"
	"github.com/skein-dev/skein/internal/testenv"
)

// step is one part of the tour. It fails unless everything that it tells was seen to be so.
type step struct {
	title string
	run   func(context.Context) error
}

func (d *demo) steps() []step {
	return []step{
		{"Everything starts", d.tourStart},
		{"The samples become ready", d.tourReady},
		{"What AWS holds", d.tourHeld},
		{"How a workload finds its queue", d.tourConnection},
		{"Messages arrive, are filtered, and fail", d.tourMessages},
		{"Dead letters are seen, and moved back", d.tourRedrive},
		{"A deletion waits because of messages", d.tourDeletion},
		{"A queue that is deleted by hand comes back", d.tourRecreation},
		{"What the operator may do", d.tourPermissions},
	}
}

// tour takes all steps.
func (d *demo) tour(ctx context.Context) error {
	steps := d.steps()
	took := make([]time.Duration, len(steps))
	for i, s := range steps {
		d.out.Heading(i+1, len(steps), s.title)
		began := time.Now()
		err := s.run(ctx)
		if err != nil && ctx.Err() != nil {
			err = context.Cause(ctx) // a program has ended, or a signal came; the rest follows from it
		}
		if err != nil {
			return fmt.Errorf("step %d of %d failed, %q: %w", i+1, len(steps), s.title, err)
		}
		took[i] = time.Since(began)
	}
	d.out.Say("")
	for i, s := range steps {
		d.out.Seen("%-45s %6s", s.title, show.Seconds(took[i]))
	}
	d.out.Say("All %d steps were seen to be so, in %s.", len(steps), show.Seconds(time.Since(d.began)))
	return nil
}

// invite says how to go on by hand.
func (d *demo) invite() {
	kubectl := "kubectl"
	if _, err := exec.LookPath(kubectl); err != nil {
		if program, err := testenv.Program(kubectl); err == nil {
			kubectl = program
		}
	}
	d.out.Say("\nEverything still runs. Look around from another terminal:\n")
	d.out.Output("export KUBECONFIG=" + d.env.Kubeconfig)
	for _, variable := range d.aws.exports() {
		d.out.Output("export " + variable)
	}
	d.out.Say("")
	for _, command := range []string{
		kubectl + " get skein -A -o wide",
		kubectl + " explain consumerqueue.spec",
		d.path("programs/kubectl-skein") + " status -A",
		"aws --endpoint-url $AWS_ENDPOINT_URL sqs list-queues",
		"tail -f " + d.operator.Log,
	} {
		d.out.Output(command)
	}
	d.out.Say("\nCtrl-C ends all of it.")
}
