package redrive

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// run follows the run's task.
func (d *decision) run(t Task) {
	d.progress(t)
	switch t.Status {
	case TaskRunning, TaskCancelling:
		d.running(t)
	case TaskCompleted:
		d.ended()
	case TaskCancelled:
		d.cancelled()
	case TaskFailed:
		d.failed(t)
	default:
		d.After = slowest
	}
}

// progress takes the task's numbers. They are approximate, and go up and down; what is shown only grows.
func (d *decision) progress(t Task) {
	d.status.MessagesMoved = max(d.status.MessagesMoved, t.Moved)
	d.status.Progress = max(d.status.Progress, percent(d.status.MessagesMoved, d.goal()))
	d.sample()
}

// goal is how many messages the run is to move.
func (d *decision) goal() int64 {
	if d.Spec.MaxMessages != nil {
		return min(*d.Spec.MaxMessages, d.status.MessagesToMove)
	}
	return d.status.MessagesToMove
}

// percent of a run that goes on: 100 is for one that is over.
func percent(moved, all int64) int32 {
	if all <= 0 || moved <= 0 {
		return 0
	}
	return int32(min(moved*100/all, 99))
}

// running: messages move.
func (d *decision) running(t Task) {
	d.After = d.poll()
	if d.status.State == v1alpha1.RedriveCancelling {
		d.stop(t)
		return
	}
	if d.status.State = v1alpha1.RedriveRunning; d.returning() {
		d.status.State = v1alpha1.RedriveCancelling
		d.waits(v1alpha1.ReasonCancelling, "AWS is asked to stop the move: "+d.returnedWords())
		d.first = true
		d.stop(t)
		return
	}
	if d.limited() || d.Decision.Memory.Limited {
		d.Decision.Memory.Limited = true
		d.waits(v1alpha1.ReasonRunning, d.moves())
		d.stop(t)
		return
	}
	d.waits(v1alpha1.ReasonRunning, d.moves())
}

// stop asks AWS to cancel a task that still runs, and waits for it to end.
func (d *decision) stop(t Task) {
	d.After = betweenWrites
	if t.Status == TaskRunning && t.Handle != "" {
		d.Action, d.Handle = Cancel, t.Handle
		if o := d.Decision.Memory.Stuck; o != nil {
			d.waits(o.Reason, "the move out of queue "+nameOf(d.source())+" is to stop and goes on: "+o.Message)
		}
	}
}

// limited: as many messages have moved as maxMessages says.
func (d *decision) limited() bool {
	return d.Spec.MaxMessages != nil && d.status.MessagesMoved >= *d.Spec.MaxMessages
}

// cancelled: the task was stopped, by the operator or by somebody else.
func (d *decision) cancelled() {
	switch {
	case d.status.State == v1alpha1.RedriveCancelling:
		d.fail(v1alpha1.ReasonMessagesReturned, d.returnedWords()+returnedRemedy)
	case d.limited() || d.Decision.Memory.Limited:
		d.ended()
	default:
		d.fail(v1alpha1.ReasonTaskCancelled, fmt.Sprintf(
			"the move out of queue %s was cancelled in AWS after about %d of %d messages, not by this operator; make another Redrive for what is left",
			nameOf(d.source()), d.status.MessagesMoved, d.status.MessagesToMove))
	}
}

// failed: AWS ended the task.
func (d *decision) failed(t Task) {
	if d.status.State == v1alpha1.RedriveCancelling {
		d.fail(v1alpha1.ReasonMessagesReturned, d.returnedWords()+returnedRemedy)
		return
	}
	d.fail(v1alpha1.ReasonTaskFailed, fmt.Sprintf("AWS ended the move out of queue %s after about %d of %d messages: %s; what has not moved is still there",
		nameOf(d.source()), d.status.MessagesMoved, d.status.MessagesToMove, meaning(t.Failure)))
}

// ended: the task has moved what it should. What comes back is watched for where the spec says so and enough has moved to tell.
func (d *decision) ended() {
	if d.status.State == v1alpha1.RedriveCancelling {
		d.fail(v1alpha1.ReasonMessagesReturned, d.returnedWords()+returnedRemedy)
		return
	}
	if d.Spec.HaltOnReturnRatio == "" || d.status.MessagesMoved < leastMoved || d.Window <= 0 {
		d.complete()
		return
	}
	until := metav1.NewTime(d.Now.Add(d.Window))
	d.status.State, d.status.ObserveUntil = v1alpha1.RedriveObserving, &until
	d.observing()
}

// complete: the run is over and did what it should.
func (d *decision) complete() {
	moved, all := d.status.MessagesMoved, d.status.MessagesToMove
	from := nameOf(d.source())
	if d.limited() && moved < all {
		message := fmt.Sprintf("about %s moved out of queue %s: the run ended at maxMessages %d", messages(moved), from, *d.Spec.MaxMessages)
		if over := moved - *d.Spec.MaxMessages; over > 0 {
			message += fmt.Sprintf(", %d more moved before AWS stopped", over)
		}
		d.status.Progress = 100
		d.succeed(v1alpha1.ReasonMessageLimitReached, message+"; make another Redrive for the rest")
		return
	}
	message := fmt.Sprintf("about %s moved out of queue %s", messages(moved), from)
	if moved < all {
		message += fmt.Sprintf(" (%d were counted at the start; those that somebody had received just then are not moved)", all)
	} else {
		d.status.Progress = 100
	}
	if d.limited() && moved > *d.Spec.MaxMessages {
		message += fmt.Sprintf("; that is more than maxMessages %d: nobody stopped it in time, as the operator did not run or SQS's numbers lagged", *d.Spec.MaxMessages)
	}
	d.succeed(v1alpha1.ReasonMoved, message)
}
