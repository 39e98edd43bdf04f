package cli

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/printers"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// maxRate is how many messages a second a Redrive may move.
const maxRate = 500

// minTTL is the shortest --ttl with --wait: a Redrive that is gone cannot say what came of it.
const minTTL = 10 * time.Second

// maxTTL is the longest ttl of a Redrive.
const maxTTL = 365 * 24 * time.Hour

type redriveOptions struct {
	undelivered        bool
	rate               int32
	max                int64
	halt, to           string
	observe, ttl       time.Duration
	wait               bool
	timeout            time.Duration
	dryRun             string
	printing           *genericclioptions.PrintFlags
	observeSet, ttlSet bool
}

func newRedrive(s *session) *cobra.Command {
	o := redriveOptions{printing: genericclioptions.NewPrintFlags("created")}
	c := &cobra.Command{
		Use:   "redrive NAME",
		Short: "Move the dead letters of a ConsumerQueue back",
		Long: `Move the dead letters of a ConsumerQueue back to their queue, or what SNS could not deliver into it. This makes a
Redrive, which the operator carries out: you need no AWS credentials, and the run goes on when this command ends.
Deleting the Redrive stops it.

With --wait it is followed until it is over, and the command fails if the Redrive does. The exit code is 0 where it
is complete, 1 where it failed, 3 after --timeout.

Mend what made the messages fail first: otherwise they come back. --halt-on-return-ratio watches for that.`,
		Example: `  # All of them, at most 50 a second, with a progress bar
  kubectl skein redrive inventory --rate 50 --wait

  # A hundred to try the fix with; stop if more than a tenth of them fail again
  kubectl skein redrive inventory --rate 10 --max 100 --halt-on-return-ratio 0.1 --wait

  # What SNS could not deliver
  kubectl skein redrive inventory --undelivered

  # The manifest only
  kubectl skein redrive inventory --rate 50 --dry-run=client -o yaml`,
		Args:              oneName,
		ValidArgsFunction: s.completeNames(queueKind),
		RunE: func(c *cobra.Command, args []string) error {
			o.observeSet, o.ttlSet = c.Flags().Changed("observe-for"), c.Flags().Changed("ttl")
			if err := o.check(c); err != nil {
				return err
			}
			return s.redrive(c.Context(), args[0], o)
		},
	}
	flags := c.Flags()
	flags.BoolVar(&o.undelivered, "undelivered", false, "move what SNS could not deliver into the queue, instead of dead letters")
	flags.Int32Var(&o.rate, "rate", 0, fmt.Sprintf("messages a second, 1 to %d (default: AWS decides; 50 with --undelivered)", maxRate))
	flags.Int64Var(&o.max, "max", 0, "stop after so many messages, a few more may move; needs --rate (default: all)")
	flags.StringVar(&o.halt, "halt-on-return-ratio", "", "stop when more than this share of what moved has come back as dead letters, 0.01 to 1")
	flags.DurationVar(&o.observe, "observe-for", 0, "for how long after the move to watch for that (default: three times the queue's visibility timeout times its maxReceiveCount)")
	flags.StringVar(&o.to, "to", "", "move them to the queue of this ConsumerQueue of the namespace instead of back")
	flags.DurationVar(&o.ttl, "ttl", 0, "how long the Redrive is kept when it is over (default: for ever)")
	flags.BoolVar(&o.wait, "wait", false, "follow it until it is over")
	flags.DurationVar(&o.timeout, "timeout", 0, "how long to wait; 0 is until it is over")
	flags.StringVar(&o.dryRun, "dry-run", "none", "none, client (make nothing, print it with -o) or server (have the cluster check it)")
	o.printing.AddFlags(c)
	for _, rare := range []string{"allow-missing-template-keys", "show-managed-fields", "template"} {
		flags.Lookup(rare).Hidden = true
	}
	return c
}

// ratio is the form of --halt-on-return-ratio.
var ratio = regexp.MustCompile(`^(0\.(0[1-9]|[1-9][0-9]?)|1(\.00?)?)$`)

// check refuses what the API would, in the words of the flags.
func (o *redriveOptions) check(c *cobra.Command) error {
	given := c.Flags().Changed
	switch {
	case given("rate") && (o.rate < 1 || o.rate > maxRate):
		return wrongLine(c, "--rate is %d; it must be 1 to %d", o.rate, maxRate)
	case given("max") && o.max < 1:
		return wrongLine(c, "--max is %d; it must be 1 or more", o.max)
	case given("max") && !given("rate"):
		return wrongLine(c, "--max needs --rate: a run without a rate cannot be stopped near a number")
	case given("halt-on-return-ratio") && !ratio.MatchString(o.halt):
		return wrongLine(c, "--halt-on-return-ratio is %q; it must be 0.01 to 1, such as 0.1", o.halt)
	case given("observe-for") && o.halt == "":
		return wrongLine(c, "--observe-for needs --halt-on-return-ratio: nothing else is watched for")
	case given("observe-for") && (o.observe < 0 || o.observe > 24*time.Hour):
		return wrongLine(c, "--observe-for is %s; it must be 0s to 24h", o.observe)
	case o.undelivered && o.to != "":
		return wrongLine(c, "--undelivered moves messages into the queue itself: leave out --to")
	case o.undelivered && o.halt != "":
		return wrongLine(c, "--halt-on-return-ratio is about dead letters that come back; leave it out with --undelivered")
	case given("observe-for") && o.observe%time.Second != 0:
		return wrongLine(c, "--observe-for is %s; it must be whole seconds", o.observe)
	case given("ttl") && (o.ttl < 0 || o.ttl > maxTTL):
		return wrongLine(c, "--ttl is %s; it must be 0s to %s", o.ttl, shortDuration(maxTTL))
	case given("ttl") && o.wait && o.ttl < minTTL:
		return wrongLine(c, "--ttl is %s; with --wait it must be %s or more, to see what came of the run", o.ttl, minTTL)
	case given("timeout") && !o.wait:
		return wrongLine(c, "--timeout needs --wait")
	case !slices.Contains([]string{"none", "client", "server"}, o.dryRun):
		return wrongLine(c, "--dry-run is %q; it must be none, client or server", o.dryRun)
	case o.dryRun != "none" && o.wait:
		return wrongLine(c, "with --dry-run there is nothing to wait for: leave out --wait")
	}
	return nil
}

func (s *session) redrive(ctx context.Context, name string, o redriveOptions) error {
	c, err := s.open()
	if err != nil {
		return err
	}
	cq, err := c.consumerQueue(ctx, name)
	if err != nil {
		return err
	}
	q, err := c.redrivable(ctx, cq, o)
	if err != nil {
		return err
	}
	printer, err := o.printing.WithTypeSetter(c.Scheme()).ToPrinter()
	if err != nil {
		return &problem{what: "-o: " + err.Error(), code: exitWrongLine}
	}
	r := o.object(cq, q, s.now())
	switch o.dryRun {
	case "none":
		err = c.Create(ctx, r, client.FieldOwner("kubectl-skein"))
	case "server":
		err = c.Create(ctx, r, client.FieldOwner("kubectl-skein"), client.DryRunAll)
	}
	if err != nil {
		return fmt.Errorf("making Redrive %s/%s: %w", r.Namespace, r.Name, err)
	}
	if o.printed() {
		if !o.wait {
			return s.printRedrive(c, printer, r)
		}
	} else if err := s.tellRedrive(cq, q, r, o); err != nil {
		return err
	}
	if !o.wait {
		return nil
	}
	err = s.follow(ctx, c, r, o)
	if o.printed() && r.Finished() {
		if err := s.printRedrive(c, printer, r); err != nil {
			return err
		}
	}
	return err
}

// printed says that the object is to be printed instead of words about it.
func (o *redriveOptions) printed() bool { return *o.printing.OutputFormat != "" }

// object is the Redrive that the flags mean.
func (o *redriveOptions) object(cq *v1alpha1.ConsumerQueue, q *deadQueue, now time.Time) *v1alpha1.Redrive {
	r := &v1alpha1.Redrive{
		ObjectMeta: metav1.ObjectMeta{Namespace: cq.Namespace, Name: redriveName(cq.Name, now)},
		Spec:       v1alpha1.RedriveSpec{ConsumerQueue: v1alpha1.LocalReference{Name: cq.Name}, HaltOnReturnRatio: v1alpha1.Ratio(o.halt)},
	}
	if o.undelivered {
		r.Spec.Source = v1alpha1.RedriveUndelivered
	}
	if o.rate > 0 {
		r.Spec.MaxMessagesPerSecond = &o.rate
	}
	if o.max > 0 {
		r.Spec.MaxMessages = &o.max
	}
	if o.observeSet {
		r.Spec.ObserveFor = v1alpha1.Duration(o.observe.String())
	}
	if q.to != "" {
		r.Spec.Destination = &v1alpha1.RedriveDestination{ConsumerQueue: v1alpha1.LocalReference{Name: q.to}}
	}
	if o.ttlSet {
		seconds := int32((o.ttl + time.Second - 1) / time.Second)
		r.Spec.TTLSecondsAfterFinished = &seconds
	}
	return r
}

// maxName is how long the name of an object may be.
const maxName = 253

// redriveName is the ConsumerQueue's and the time in UTC, so that runs are listed in their order.
func redriveName(queue string, now time.Time) string {
	suffix := now.UTC().Format("-20060102-150405")
	return strings.TrimRight(queue[:min(len(queue), maxName-len(suffix))], "-.") + suffix
}

// printRedrive prints the object as kubectl does. One that the cluster has not seen has no status.
func (s *session) printRedrive(c *cluster, p printers.ResourcePrinter, r *v1alpha1.Redrive) error {
	if r.UID != "" {
		return p.PrintObj(r, s.Out)
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(r)
	if err != nil {
		return fmt.Errorf("printing Redrive %s: %w", r.Name, err)
	}
	delete(content, "status")
	object := &unstructured.Unstructured{Object: content}
	gvk, err := c.GroupVersionKindFor(r)
	if err != nil {
		return fmt.Errorf("printing Redrive %s: %w", r.Name, err)
	}
	object.SetGroupVersionKind(gvk)
	return p.PrintObj(object, s.Out)
}
