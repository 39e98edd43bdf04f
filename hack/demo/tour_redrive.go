package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"

	"github.com/skein-dev/skein/hack/demo/internal/samples"
	"github.com/skein-dev/skein/hack/demo/internal/show"
)

// tourRedrive is the one on call: sees the dead letter, moves it back, and the worker, mended, handles it.
func (d *demo) tourRedrive(ctx context.Context) error {
	orders, err := d.consumer(ctx, samples.OrdersName)
	if err != nil {
		return fmt.Errorf("reading %s: %w", samples.Orders, err)
	}
	name, in := samples.OrdersName, "--namespace="+samples.Namespace
	for _, args := range [][]string{{"reconcile", "cq/" + name, in, "--wait"}, {"status", "cq/" + name, in, "--events=0"}, {"dlq", name, in}} {
		if err := d.showSkein(ctx, args...); err != nil {
			return err
		}
	}
	d.out.Say("The worker is mended, so the dead letter goes back. A Redrive does that; from here on Kubernetes has it on record.")
	if err := d.showSkein(ctx, "redrive", name, in, "--rate=10", "--wait"); err != nil {
		return err
	}
	if err := d.showKubectl(ctx, "get", "redrives", in); err != nil {
		return err
	}
	dead, err := d.aws.queue(ctx, orders.Status.DeadLetter.QueueURL)
	if err != nil {
		return err
	}
	if err := compare("the dead-letter queue", dead, map[string]string{"ApproximateNumberOfMessages": "0"}); err != nil {
		return err
	}
	if err := d.drain(ctx, orders.Status.QueueURL, 1); err != nil {
		return err
	}
	d.out.Seen("the message came back to orders-queue and was handled; orders-queue-dlq is empty")
	return nil
}

// showSkein runs kubectl skein with the demo's cluster and AWS, and shows the command and its output.
func (d *demo) showSkein(ctx context.Context, args ...string) error {
	words := append([]string{"kubectl", "skein"}, args...)
	d.out.Command(words...)
	command := exec.CommandContext(ctx, filepath.Join(d.path("programs"), "kubectl-skein"), append(args, "--kubeconfig="+d.env.Kubeconfig)...)
	command.Env = environment(append(d.aws.exports(), "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null")...)
	output, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("running %s: %w\n%s", show.Quote(words), err, output)
	}
	d.out.Output(string(output))
	return nil
}
