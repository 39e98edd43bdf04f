package redrive

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// betweenWrites is the least time between two writes of a run's status.
const betweenWrites = 2 * time.Second

// Reads are what Decide needs to know of AWS.
type Reads struct{ Tasks, Depth bool }

// ReadsFor says what is to be read before Decide: nothing for a run that is over, that waits for another, or to which something else stands in the way.
func ReadsFor(in Input) Reads {
	watched := in.Spec.HaltOnReturnRatio != "" && !in.Deleted
	switch in.Status.State {
	case v1alpha1.RedriveSucceeded, v1alpha1.RedriveFailed:
		return Reads{}
	case v1alpha1.RedriveStarting, v1alpha1.RedriveRunning, v1alpha1.RedriveCancelling:
		return Reads{Tasks: !copies(in.Spec), Depth: watched}
	case v1alpha1.RedriveObserving:
		return Reads{Depth: watched}
	}
	free := !in.Deleted && in.Obstacle == nil && in.First == "" && !in.Now.Before(in.Memory.Retry)
	return Reads{Tasks: free && !copies(in.Spec), Depth: free}
}

// Active says that a run holds its source: another one waits.
func Active(s v1alpha1.RedriveState) bool {
	return mayRun(s) || s == v1alpha1.RedriveObserving
}

// mayRun says that a task may run for a run in this state.
func mayRun(s v1alpha1.RedriveState) bool {
	return s == v1alpha1.RedriveStarting || s == v1alpha1.RedriveRunning || s == v1alpha1.RedriveCancelling
}

// holds says that a task may run, so that the object must not go without a word.
func holds(spec v1alpha1.RedriveSpec, s v1alpha1.RedriveState) bool {
	return mayRun(s) && !copies(spec)
}

// decision is one that is being made.
type decision struct {
	Input
	Decision
	status *v1alpha1.RedriveStatus
	// first: the status must be written before the action is carried out.
	first bool
}

// Decide says what a run does next. It reads nothing and changes nothing; the same Input gives the same Decision.
func Decide(in Input) Decision {
	d := &decision{Input: in, Decision: Decision{Action: Wait, Status: *in.Status.DeepCopy(), Memory: in.Memory}}
	d.status = &d.Decision.Status
	d.status.ObservedGeneration = in.Generation
	if in.Obstacle == nil {
		d.Decision.Memory.Hindered = time.Time{}
	}
	switch {
	case in.Status.State == v1alpha1.RedriveSucceeded, in.Status.State == v1alpha1.RedriveFailed:
		d.over()
	case in.Deleted:
		d.deleted()
	case in.Obstacle != nil:
		d.hindered(*in.Obstacle)
	case mayRun(in.Status.State) && copies(in.Spec):
		d.copying()
	case mayRun(in.Status.State):
		d.underWay()
	case in.Status.State == v1alpha1.RedriveObserving:
		d.observing()
	default:
		d.pending()
	}
	d.Holds = holds(in.Spec, d.status.State)
	return d.paced()
}

// paced keeps betweenWrites: what is not written now is found again at the next look. An action that needs the write waits for it.
func (d *decision) paced() Decision {
	wait := d.Input.Memory.Written.Add(betweenWrites).Sub(d.Now)
	if wait <= 0 || d.Input.Memory.Written.IsZero() || equality.Semantic.DeepEqual(d.Decision.Status, d.Input.Status) {
		return d.Decision
	}
	d.Decision.Status = *d.Input.Status.DeepCopy()
	if d.first {
		d.Action, d.Handle, d.Decision.Memory = Wait, "", d.Input.Memory
	}
	d.Holds = holds(d.Spec, d.Decision.Status.State)
	if d.After == 0 || d.After > wait {
		d.After = wait
	}
	return d.Decision
}

// over: what is left to do for a run that has ended is to delete it in time.
func (d *decision) over() {
	switch ttl := d.Spec.TTLSecondsAfterFinished; {
	case d.Deleted:
		d.Action = Release
	case ttl != nil && d.status.CompletionTime != nil:
		d.After = d.status.CompletionTime.Add(time.Duration(*ttl) * time.Second).Sub(d.Now)
		if d.After <= 0 {
			d.Action, d.After = Remove, 0
		}
	}
}

// hinderedFor is for how long what may pass is not told of a run that goes on in AWS meanwhile.
const hinderedFor = time.Minute

// hindered: nothing can be done now.
func (d *decision) hindered(o Obstacle) {
	lost := copies(d.Spec) && (o.Final || o.Reason == v1alpha1.ReasonConsumerQueueNotFound)
	if lost && Active(d.status.State) {
		d.fail(o.Reason, d.copiedWords()+"; then the run ended: "+o.Message)
		return
	}
	if !Active(d.status.State) {
		if o.Final {
			d.fail(o.Reason, o.Message)
			return
		}
		d.status.State = v1alpha1.RedrivePending
		d.waits(o.Reason, o.Message)
		return
	}
	memory := &d.Decision.Memory
	if memory.Hindered.IsZero() {
		memory.Hindered = d.Now
	}
	if !o.Passing || d.Now.Sub(memory.Hindered) >= hinderedFor {
		d.waits(o.Reason, o.Message)
	}
}

// pending: the run has not begun.
func (d *decision) pending() {
	d.status.State = v1alpha1.RedrivePending
	memory := d.Decision.Memory
	if d.First != "" {
		d.After = time.Minute
		d.waits(v1alpha1.ReasonAnotherRedrive, fmt.Sprintf("%s moves messages out of queue %s: this one waits until it is over; the messages of a queue are moved by one at a time", d.First, nameOf(d.Queues.Source)))
		return
	}
	if d.Now.Before(memory.Retry) {
		d.After = memory.Retry.Sub(d.Now)
		if memory.Refused != nil {
			d.waits(memory.Refused.Reason, memory.Refused.Message)
		}
		return
	}
	if len(d.Tasks) > 0 && d.Tasks[0].active() {
		d.byHand(d.Tasks[0])
		return
	}
	if d.Gone {
		d.waits(v1alpha1.ReasonConsumerQueueNotReady, fmt.Sprintf("queue %s does not exist in AWS; its ConsumerQueue makes it again, look at its conditions", nameOf(d.Queues.Source)))
		d.After = handPoll
		return
	}
	if d.Depth == 0 {
		d.empty()
		return
	}
	d.Decision.Memory.Empty = time.Time{}
	if copies(d.Spec) {
		d.intendCopy()
		return
	}
	// A task that began so shortly before could not be told from the run's own if the answer to its start were lost.
	if len(d.Tasks) > 0 {
		if clear := d.Tasks[0].Started.Add(startSlack + time.Second); d.Now.Before(clear) {
			d.After = clear.Sub(d.Now)
			d.waits(v1alpha1.ReasonProgressing, fmt.Sprintf("another move out of queue %s began a moment ago; this one starts a few seconds after it", nameOf(d.Queues.Source)))
			return
		}
	}
	d.intend()
}

// empty: there is nothing to move. SQS's counts are approximate, so it takes two that agree.
func (d *decision) empty() {
	memory := &d.Decision.Memory
	if memory.Empty.IsZero() {
		memory.Empty = d.Now
	}
	if left := memory.Empty.Add(confirmAfter).Sub(d.Now); left > 0 {
		d.After = left
		d.waits(v1alpha1.ReasonProgressing, fmt.Sprintf("SQS counts no message in queue %s; its counts are approximate, so it is counted again in a few seconds", nameOf(d.Queues.Source)))
		return
	}
	d.succeed(v1alpha1.ReasonMoved, fmt.Sprintf("SQS counted no message in queue %s twice: there was nothing to move", nameOf(d.Queues.Source)))
}

// byHand waits for a task that no Redrive is known to have started.
func (d *decision) byHand(t Task) {
	d.status.State = v1alpha1.RedrivePending
	d.After = handPoll
	d.waits(v1alpha1.ReasonAnotherRedrive, fmt.Sprintf(
		"a move task that was started outside this run at %s moves messages out of queue %s: this one waits until it is over; cancel it in AWS to go on at once",
		stamp(t.Started), nameOf(d.source())))
}

// source is the ARN of the queue that is emptied.
func (d *decision) source() string {
	if d.status.SourceARN != "" {
		return d.status.SourceARN
	}
	return d.Queues.Source
}
