package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// redrivable finds the queue that is to be emptied, or says why no Redrive is made.
func (c *cluster) redrivable(ctx context.Context, cq *v1alpha1.ConsumerQueue, o redriveOptions) (*deadQueue, error) {
	q, err := c.deadQueue(ctx, cq, o.undelivered)
	if err != nil {
		return nil, err
	}
	if q.holder.Name != cq.Name {
		return nil, &problem{
			what: fmt.Sprintf("%s has no dead-letter queue of its own: its dead letters lie in that of ConsumerQueue %s, with those of others", title(queueKind, cq), q.holder.Name),
			remedy: fmt.Sprintf("kubectl skein redrive %s -n %s moves all of them, each to the queue that it came from.",
				q.holder.Name, q.holder.Namespace),
		}
	}
	if active := c.activeRedrives(ctx, q.holder, q.source); len(active) > 0 {
		return nil, another(cq, &active[0])
	}
	if o.to == "" {
		return q, nil
	}
	to, err := c.consumerQueue(ctx, o.to)
	switch {
	case err != nil:
		return nil, fmt.Errorf("--to: %w", err)
	case to.Name == cq.Name:
		return nil, &problem{what: "--to names the queue itself", remedy: "Leave it out to move messages back to where they came from."}
	case (to.Spec.FIFO != nil) != (cq.Spec.FIFO != nil):
		return nil, &problem{
			what:   fmt.Sprintf("--to: one of %s and %s is a FIFO queue and the other is not, and SQS moves no messages between the two", cq.Name, to.Name),
			remedy: "Name a ConsumerQueue of the same type.",
		}
	}
	q.to = to.Name
	return q, nil
}

// another refuses a second run over the same queue: AWS takes one at a time.
func another(cq *v1alpha1.ConsumerQueue, active *v1alpha1.Redrive) error {
	does, how := "moves", strings.TrimPrefix(newProgress().plain(active), "Running: ")
	if waitsStill(active) {
		does, how = "waits to move", waits(active)
	}
	return &problem{
		what:   fmt.Sprintf("Redrive %s %s messages of %s already: %s", active.Name, does, title(queueKind, cq), how),
		remedy: fmt.Sprintf("Wait for it (%s), or stop it (%s).", followCommand(active), stopCommand(active)),
	}
}

// waiting is about how many messages there were to move at the operator's last look; ok is false where it has not looked yet.
func waiting(cq *v1alpha1.ConsumerQueue, q *deadQueue) (n int64, ok bool) {
	m := cq.Status.Messages
	switch {
	case m == nil:
		return 0, false
	case q.source == v1alpha1.RedriveUndelivered:
		return m.Undelivered, true
	case q.shared:
		return m.Visible, true
	default:
		return m.DeadLettered, true
	}
}

// tellRedrive says what was made, how to follow it and how to stop it.
func (s *session) tellRedrive(cq *v1alpha1.ConsumerQueue, q *deadQueue, r *v1alpha1.Redrive, o redriveOptions) error {
	out := s.newPage()
	made := map[string]string{"none": "created", "client": "would be created (dry run)", "server": "would be created (server dry run)"}[o.dryRun]
	out.text("", fmt.Sprintf("Redrive %s/%s %s: it moves %s.", r.Namespace, r.Name, made, errand(cq, q, r)))
	switch n, known := waiting(cq, q); {
	case known && n == 0:
		out.text("", "The operator's last look, which may be minutes old, saw none there; it looks anew now.")
	case known:
		out.text("", fmt.Sprintf("At the operator's last look there were about %d.", n))
	}
	if cq.Spec.FIFO != nil && q.source == v1alpha1.RedriveDeadLetter {
		out.text("", "This is a FIFO queue: the order of messages and their deduplication ids are not kept in such a move.")
	}
	if o.dryRun != "none" {
		return out.flush()
	}
	if !o.wait {
		out.field("To follow it:", followCommand(r))
	}
	out.field("To stop it:", stopCommand(r))
	return out.flush()
}

// errand says what a Redrive does.
func errand(cq *v1alpha1.ConsumerQueue, q *deadQueue, r *v1alpha1.Redrive) string {
	text := fmt.Sprintf("the dead letters of ConsumerQueue %s back to its queue", cq.Name)
	switch d := r.Spec.Destination; {
	case q.source == v1alpha1.RedriveUndelivered:
		text = fmt.Sprintf("what SNS could not deliver into the queue of ConsumerQueue %s", cq.Name)
	case q.shared:
		text = fmt.Sprintf("what lies in the queue of ConsumerQueue %s back to the queues that it came from", cq.Name)
	case d != nil:
		text = fmt.Sprintf("the dead letters of ConsumerQueue %s to the queue of ConsumerQueue %s", cq.Name, d.ConsumerQueue.Name)
	}
	if r.Spec.MaxMessages != nil {
		text += fmt.Sprintf(", %s at most", count(*r.Spec.MaxMessages, "message"))
	}
	if r.Spec.MaxMessagesPerSecond != nil {
		text += fmt.Sprintf(", %d a second", *r.Spec.MaxMessagesPerSecond)
	}
	return text
}

func followCommand(r *v1alpha1.Redrive) string {
	return fmt.Sprintf("kubectl get redrive %s -n %s -w", r.Name, r.Namespace)
}

func stopCommand(r *v1alpha1.Redrive) string {
	return fmt.Sprintf("kubectl delete redrive %s -n %s", r.Name, r.Namespace)
}
