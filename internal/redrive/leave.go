package redrive

import (
	"fmt"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// deleted: the run is to go. A task that runs for it is stopped first.
func (d *decision) deleted() {
	if !holds(d.Spec, d.status.State) || d.status.StartTime == nil {
		d.Action = Release
		return
	}
	if o := d.Obstacle; o != nil {
		if o.Beyond {
			d.release("nothing could be asked of AWS about the move out of queue " + nameOf(d.source()) + ", which goes on if it runs: " + o.Message)
			return
		}
		d.waits(o.Reason, fmt.Sprintf("this Redrive is being deleted, and a move out of queue %s that may run cannot be stopped: %s; to let it go on take the finalizer %s off",
			nameOf(d.source()), o.Message, v1alpha1.Finalizer))
		return
	}
	t, found := d.identified()
	switch {
	case !found && d.mayAppear():
		d.After = betweenWrites
	case !found && d.status.TaskStartTime != nil:
		d.release(fmt.Sprintf("AWS does not list the move task out of queue %s (%s) any more: if it should run all the same, it goes on", nameOf(d.source()), d.since()))
	case !found, !t.active():
		d.Action = Release
	case d.adopted() && !d.CancelAdopted:
		d.release(fmt.Sprintf("the move task out of queue %s that was started at %s goes on: whether this Redrive started it is not known (status.adopted); cancel it in AWS, or annotate with %s: \"true\" before deleting",
			nameOf(d.source()), stamp(t.Started), v1alpha1.AnnotationAllowCancelAdopted))
	default:
		d.status.State = v1alpha1.RedriveCancelling
		d.waits(v1alpha1.ReasonCancelling, "this Redrive is being deleted: AWS is asked to stop the move out of queue "+nameOf(d.source()))
		d.stop(t)
	}
}

func (d *decision) release(note string) {
	d.Action, d.Note = Release, note
}

// identified finds the run's task, whether the status tells which it is or not.
func (d *decision) identified() (Task, bool) {
	if d.status.TaskStartTime == nil {
		return d.own()
	}
	for _, t := range d.Tasks {
		if t.Started.Equal(d.status.TaskStartTime.Time) {
			return t, true
		}
	}
	return Task{}, false
}

// adopted: nobody knows for sure that the task is the run's.
func (d *decision) adopted() bool {
	if d.status.TaskStartTime == nil {
		return !d.Decision.Memory.Answered
	}
	return d.status.Adopted
}

// mayAppear: the task is not listed, and may be soon, or again: AWS's lists lag.
func (d *decision) mayAppear() bool {
	memory := &d.Decision.Memory
	if d.status.TaskStartTime == nil {
		return d.refusal() == nil && d.Now.Before(d.status.StartTime.Add(unlisted))
	}
	if memory.Missing.IsZero() {
		memory.Missing = d.Now
	}
	return d.Now.Before(memory.Missing.Add(unlisted))
}
