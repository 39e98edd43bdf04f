package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/wait"
)

// watchEvery is how often a page that is watched is written anew.
const watchEvery = 2 * time.Second

type statusOptions struct {
	all    bool
	watch  bool
	events int
	output format
}

func newStatus(s *session) *cobra.Command {
	var o statusOptions
	c := &cobra.Command{
		Use:   "status [NAME]",
		Short: "Show topics, queues, depths, drift, redrives and the last events on one screen",
		Long: `Show topics, subscriptions, queues, their depths, drift, redrives that run and the last events of a namespace on one
screen; with NAME one ConsumerQueue (cq/NAME) or MessagingTopology (mt/NAME) and all that is not as it should be.

It reads Kubernetes only. Counts of messages are AWS's approximate ones of the operator's last look; how old they may
be is said below them. What you may not read is left out, and that is said too.`,
		Example: `  # Everything in the namespace
  kubectl skein status

  # Everything in all namespaces
  kubectl skein status -A

  # One queue
  kubectl skein status orders

  # Names of the queues that hold dead letters
  kubectl skein status -o json | jq -r '.queues[] | select(.messages.deadLettered > 0) | .name'`,
		Args:              atMostOneName,
		ValidArgsFunction: s.completeNames(kinds...),
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case o.watch && (o.output != "" || !s.screen.terminal):
				return wrongLine(c, "--watch writes to a terminal, for people; for a program run the command again and again, or use kubectl get --watch")
			case len(args) == 0:
				return s.overview(c.Context(), o)
			case o.all:
				return wrongLine(c, "--all-namespaces goes without a name; -n says the namespace of %s", args[0])
			}
			return s.detail(c.Context(), args[0], o)
		},
	}
	c.Flags().BoolVarP(&o.all, "all-namespaces", "A", false, "all namespaces")
	c.Flags().IntVar(&o.events, "events", 5, "how many of the last events to show")
	c.Flags().BoolVarP(&o.watch, "watch", "w", false, "show it anew every 2 seconds, on a terminal, until interrupted")
	o.output.add(c)
	return c
}

// overview shows everything of the namespace, or of all.
func (s *session) overview(ctx context.Context, o statusOptions) error {
	c, err := s.open()
	if err != nil {
		return err
	}
	return s.show(ctx, o, func(p *page) error {
		v, err := c.overview(ctx, o)
		if err != nil {
			return err
		}
		if o.output != "" {
			return s.printData(o.output, "Overview", v)
		}
		p.overview(v)
		return nil
	})
}

// detail shows one object.
func (s *session) detail(ctx context.Context, name string, o statusOptions) error {
	c, err := s.open()
	if err != nil {
		return err
	}
	return s.show(ctx, o, func(p *page) error {
		object, _, err := c.find(ctx, name, kinds...)
		if err != nil {
			return err
		}
		v, err := c.detail(ctx, object, o)
		if err != nil {
			return err
		}
		if o.output != "" {
			return s.printData(o.output, "Detail", v)
		}
		p.detail(v)
		return nil
	})
}

// show writes a page once or, where it is watched, again and again over the former one until somebody interrupts it. What has been shown once goes on
// being watched when it cannot be read: the page then says why.
func (s *session) show(ctx context.Context, o statusOptions, fill func(*page) error) error {
	shown := false
	return wait.PollUntilContextCancel(ctx, watchEvery, true, func(context.Context) (bool, error) {
		p := s.newPage()
		if err := fill(p); err != nil {
			if !shown || ctx.Err() != nil {
				return false, err
			}
			p = s.newPage()
			p.text("", fmt.Sprintf("It cannot be read now: %s", s.explain(err).what))
		}
		shown = true
		if o.watch {
			p.over()
		}
		return !o.watch, p.flush()
	})
}
