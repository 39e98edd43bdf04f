package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/skein-dev/skein/internal/cloud"
)

// maxLook is how many messages one look shows at most: all of them are hidden from others at the same time.
const maxLook = 1000

// lookHold is for how long SQS hides a message that could not be given back.
const lookHold = 30 * time.Second

type dlqOptions struct {
	aws                      awsFlags
	format                   format
	max                      int
	full, undelivered, force bool
}

func newDLQ(s *session) *cobra.Command {
	o := dlqOptions{max: 10}
	c := &cobra.Command{
		Use:   "dlq NAME",
		Short: "Show the dead letters of a ConsumerQueue without losing them",
		Long: `Show the dead letters of a ConsumerQueue without losing them: who sent them when, how often they were received,
their attributes and bodies. Nothing is deleted, and every message is given back, also after Ctrl-C.

SQS has no other way to look at a message than to receive it. So a look costs:
  - each message that is shown counts as received once more;
  - it is hidden from others until all have been read, a second or so; what cannot be given back (because the
    network fails, say) is visible again by itself after ` + lookHold.String() + `;
  - in a FIFO queue the message groups of what is shown are blocked meanwhile, and no more than the first ten
    messages of a group can be shown;
  - messages come in the order in which SQS hands them out, which in a standard queue is any.

AWS is reached as you, not as the operator: with the credentials that the AWS CLI would use, which must belong to the
account of the queue. They need sqs:GetQueueAttributes, sqs:ReceiveMessage and sqs:ChangeMessageVisibility on the
queue, and kms:Decrypt on its key if it has one.`,
		Example: `  # Ten of them, one a line
  kubectl skein dlq inventory

  # All of one, as it is
  kubectl skein dlq inventory --max 1 --full

  # What SNS could not deliver
  kubectl skein dlq inventory --undelivered

  # The order ids of the first hundred
  kubectl skein dlq inventory --max 100 -o json | jq -r '.messages[].body | fromjson | .orderId'`,
		Args:              oneName,
		ValidArgsFunction: s.completeNames(queueKind),
		RunE: func(c *cobra.Command, args []string) error {
			if o.max < 1 || o.max > maxLook {
				return wrongLine(c, "--max is %d; it must be 1 to %d", o.max, maxLook)
			}
			if o.full && o.format != "" {
				return wrongLine(c, "--full is for people and -o %s has everything anyway: give one of them", o.format)
			}
			return s.dlq(c.Context(), args[0], o)
		},
	}
	c.Flags().IntVar(&o.max, "max", o.max, fmt.Sprintf("how many messages to show, 1 to %d", maxLook))
	c.Flags().BoolVar(&o.full, "full", false, "show everything of each message, the body uncut")
	c.Flags().BoolVar(&o.undelivered, "undelivered", false, "show the undelivered queue instead: what SNS could not deliver")
	c.Flags().BoolVar(&o.force, "force", false, "look although the queue has a redrive policy of its own, by which a look may move messages on")
	o.format.add(c)
	o.aws.add(c)
	return c
}

func (s *session) dlq(ctx context.Context, name string, o dlqOptions) error {
	c, err := s.open()
	if err != nil {
		return err
	}
	cq, err := c.consumerQueue(ctx, name)
	if err != nil {
		return err
	}
	q, err := c.deadQueue(ctx, cq, o.undelivered)
	if err != nil {
		return err
	}
	a, err := s.amazon(ctx, c, cq, *cq.Status.Account, o.aws)
	if err != nil {
		return err
	}
	facts, err := a.QueueFacts(ctx, q.ref)
	if err != nil {
		return explainAWS(err, a, q.ref, "")
	}
	if facts.RedriveTo != "" && !o.force {
		return movesOn(q, facts)
	}
	for _, r := range c.activeRedrives(ctx, q.holder, q.source) {
		if waitsStill(&r) {
			continue
		}
		s.warn("Redrive %s moves messages out of this queue now. What is looked at is hidden from it meanwhile, so that it may be over before it has moved that.", r.Name)
	}
	begun := s.now()
	looked, err := a.Look(ctx, q.ref, cloud.LookOptions{Max: o.max, Hold: lookHold})
	s.warnHidden(looked)
	if err != nil {
		if n := len(looked.Messages) - len(looked.Hidden); n > 0 {
			s.warn("%s had been received and %s given back.", count(n, "message"), wasWere(n))
		}
		return explainLook(ctx, err, a, q.ref, facts.KMSKey)
	}
	v := view{queue: q, account: a.account, facts: facts, looked: looked, took: s.now().Sub(begun), object: cq}
	switch {
	case o.format != "":
		return s.printData(o.format, "DeadLetters", v.data())
	case o.full:
		return s.showFull(v)
	default:
		return s.showTable(v)
	}
}

// explainLook leaves an interrupt as it is.
func explainLook(ctx context.Context, err error, a *amazon, q cloud.QueueRef, key string) error {
	if ctx.Err() != nil {
		return err
	}
	return explainAWS(err, a, q, key)
}

// movesOn refuses to look at a queue from which a look would move messages.
func movesOn(q *deadQueue, facts cloud.QueueFacts) error {
	return &problem{
		what: fmt.Sprintf("the %s %s has a redrive policy of its own: what has been received %d times goes to %s, and a look counts as a receive",
			q.what, q.ref.ARN, facts.MaxReceives, facts.RedriveTo),
		remedy: "Take that redrive policy off the queue (Skein sets none there), or look all the same by --force.",
	}
}

// warnHidden says which messages could not be given back, and when they are visible again.
func (s *session) warnHidden(looked cloud.Looked) {
	if len(looked.Hidden) == 0 {
		return
	}
	var until time.Time
	for _, h := range looked.Hidden {
		if h.Until.After(until) {
			until = h.Until
		}
	}
	first := looked.Hidden[0]
	s.warn("%s could not be given back (%s: %v). Nothing is lost: SQS shows %s again by itself, at %s at the latest.",
		count(len(looked.Hidden), "message"), first.ID, first.Err, themIt(len(looked.Hidden)), until.Format(time.TimeOnly))
}

// warn writes beside the output what is not an error.
func (s *session) warn(format string, args ...any) {
	fmt.Fprintln(s.ErrOut, "Warning:", printable(fmt.Sprintf(format, args...)))
}

// count says how many of something there are.
func count[N int | int64](n N, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func wasWere(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

func themIt(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}
