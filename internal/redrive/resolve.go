package redrive

import (
	"fmt"
	"slices"
	"time"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/topology"
)

// Consumers are the ConsumerQueues that a run is about, as they were read; nil where there is none of the name.
type Consumers struct {
	Source, Destination *v1alpha1.ConsumerQueue
	// Serves are the ConsumerQueues that use the source for their dead letters.
	Serves []*v1alpha1.ConsumerQueue
}

// Queues are what a run works on.
type Queues struct {
	// Source is emptied; SourceURL is its URL, as far as it is known.
	Source, SourceURL string
	// Destination is where the messages go; empty: where they came from.
	Destination string
	// FIFO queues.
	FIFO bool
}

// Resolve finds the queues of a run. They must be on record as made or taken over by the ConsumerQueue. The obstacle is nil if they can be used.
func Resolve(spec v1alpha1.RedriveSpec, c Consumers) (Queues, *Obstacle) {
	cq := c.Source
	if o := usable("spec.consumerQueue", spec.ConsumerQueue.Name, cq); o != nil {
		return Queues{}, o
	}
	name, o := sourceName(spec, c)
	if o != nil {
		return Queues{}, o
	}
	row, o := owned(cq, name)
	if o != nil {
		if copies(spec) {
			o.Message += "; an undelivered queue comes with the first subscription that is accepted"
		}
		return Queues{}, o
	}
	out := Queues{Source: row.ARN, SourceURL: row.URL, FIFO: cq.Spec.FIFO != nil}
	if copies(spec) {
		main, _, _ := topology.QueueNames(cq)
		row, o = owned(cq, main)
		out.Destination = row.ARN
		return out, o
	}
	if spec.Destination == nil {
		return out, nil
	}
	out.Destination, o = destination(spec.Destination.ConsumerQueue.Name, c)
	return out, o
}

// usable says why a ConsumerQueue cannot be worked with.
func usable(field, name string, cq *v1alpha1.ConsumerQueue) *Obstacle {
	switch {
	case cq == nil:
		return &Obstacle{Reason: v1alpha1.ReasonConsumerQueueNotFound, Message: fmt.Sprintf("%s: there is no ConsumerQueue %s in this namespace; create it", field, name)}
	case !cq.DeletionTimestamp.IsZero():
		return &Obstacle{Reason: v1alpha1.ReasonConsumerQueueNotReady, Message: fmt.Sprintf("%s: ConsumerQueue %s is being deleted; nothing is moved", field, name)}
	case cq.Spec.Suspend:
		return &Obstacle{Reason: v1alpha1.ReasonSuspended, Message: fmt.Sprintf("%s: ConsumerQueue %s is suspended (spec.suspend); nothing is moved until it is resumed", field, name)}
	}
	return nil
}

// sourceName is the AWS name of the queue that is emptied.
func sourceName(spec v1alpha1.RedriveSpec, c Consumers) (string, *Obstacle) {
	cq := c.Source
	main, deadLetter, undelivered := topology.QueueNames(cq)
	if spec.Source == v1alpha1.RedriveUndelivered {
		if undelivered == "" {
			return "", &Obstacle{Reason: v1alpha1.ReasonNoSource, Final: true, Message: fmt.Sprintf(
				"ConsumerQueue %s has no undelivered queue (undelivered.disabled): there is nothing to move; enable it", cq.Name)}
		}
		return undelivered, nil
	}
	switch dl := cq.Spec.DeadLetter; {
	case dl != nil && dl.ConsumerQueue != nil:
		return "", &Obstacle{Reason: v1alpha1.ReasonSharedDeadLetterQueue, Final: true, Message: fmt.Sprintf(
			"the dead letters of ConsumerQueue %[1]s go to ConsumerQueue %[2]s, together with those of others: make a Redrive with consumerQueue.name: %[2]s, which moves all of them back to where they came from",
			cq.Name, dl.ConsumerQueue.Name)}
	case deadLetter != "":
		return deadLetter, nil
	case len(c.Serves) > 0:
		return main, nil
	}
	return "", &Obstacle{Reason: v1alpha1.ReasonNoSource, Final: true, Message: fmt.Sprintf(
		"ConsumerQueue %s has no dead-letter queue (deadLetter.disabled) and serves no other as one: there is nothing to move; enable deadLetter", cq.Name)}
}

// owned gives the inventory row of a queue; it is Present where its ConsumerQueue has made it, or has read that it is its own.
func owned(cq *v1alpha1.ConsumerQueue, name string) (v1alpha1.ResourceStatus, *Obstacle) {
	i := slices.IndexFunc(cq.Status.Resources, func(r v1alpha1.ResourceStatus) bool { return r.Resource == string(topology.KindQueue)+"/"+name })
	if i >= 0 && cq.Status.Resources[i].State == v1alpha1.ResourcePresent {
		return cq.Status.Resources[i], nil
	}
	return v1alpha1.ResourceStatus{}, &Obstacle{Reason: v1alpha1.ReasonConsumerQueueNotReady, Message: fmt.Sprintf(
		"queue %s does not exist yet, or is not ConsumerQueue %s's own; look at its conditions", name, cq.Name)}
}

// destination gives the ARN of another ConsumerQueue's queue.
func destination(name string, c Consumers) (string, *Obstacle) {
	const field = "spec.destination.consumerQueue"
	to := c.Destination
	if o := usable(field, name, to); o != nil {
		return "", o
	}
	from, account := topology.AccountName(c.Source.Spec.AccountRef), topology.AccountName(to.Spec.AccountRef)
	if from != account {
		return "", &Obstacle{Reason: v1alpha1.ReasonInvalidSpec, Final: true, Message: fmt.Sprintf(
			"%s: ConsumerQueue %s is in AWSAccount %s, and the messages are in AWSAccount %s: AWS moves messages within one account and region only", field, name, account, from)}
	}
	if (to.Spec.FIFO != nil) != (c.Source.Spec.FIFO != nil) {
		return "", &Obstacle{Reason: v1alpha1.ReasonInvalidSpec, Final: true, Message: fmt.Sprintf(
			"%s: ConsumerQueue %s is %s, and ConsumerQueue %s is %s: AWS moves messages between queues of one type only", field, name, typeOf(to), c.Source.Name, typeOf(c.Source))}
	}
	main, _, _ := topology.QueueNames(to)
	row, o := owned(to, main)
	return row.ARN, o
}

func typeOf(cq *v1alpha1.ConsumerQueue) string {
	if cq.Spec.FIFO != nil {
		return "FIFO"
	}
	return "a standard queue"
}

// The bounds of observeFor where the spec does not say it.
const (
	leastWindow = time.Minute
	mostWindow  = time.Hour
)

// Window is for how long after the move what comes back is watched for: three times as long as a message takes at most to become a dead letter,
// of the slowest of the queues that the messages go to.
func Window(spec v1alpha1.RedriveSpec, c Consumers) time.Duration {
	if d, err := time.ParseDuration(string(spec.ObserveFor)); err == nil {
		return d
	}
	var longest time.Duration
	for _, cq := range append(slices.Clone(c.Serves), c.Source, c.Destination) {
		if cq != nil && (cq != c.Source || len(c.Serves) == 0) {
			longest = max(longest, topology.TimeToDie(&cq.Spec.QueueSettings))
		}
	}
	return min(max(3*longest, leastWindow), mostWindow)
}
