package redrive

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// startSlack is how much earlier than the intent a task may seem to have begun and still be taken for the run's own: clocks differ.
const startSlack = 5 * time.Second

// unlisted is how long a task may be missing in AWS's lists before it counts as lost: reads lag.
const unlisted = time.Minute

// intend writes the run down, and then asks AWS for the task: from here on one may run.
func (d *decision) intend() {
	memory := d.Decision.Memory.again()
	began := metav1.NewTime(d.Now.Truncate(time.Second))
	account := d.Account
	d.status.State, d.status.Account, d.status.StartTime = v1alpha1.RedriveStarting, &account, &began
	d.status.SourceARN, d.status.DestinationARN = d.Queues.Source, d.Queues.Destination
	d.status.MessagesToMove, d.status.MessagesMoved, d.status.Progress = d.Depth, 0, 0
	if memory.Refused == nil {
		d.waits(v1alpha1.ReasonProgressing, fmt.Sprintf("AWS is asked to move about %s out of queue %s", messages(d.Depth), nameOf(d.Queues.Source)))
	}
	memory.Refused = nil
	d.Decision.Memory = memory
	d.first = true
	d.start()
}

// start asks AWS for the task. As long as nobody knows what came of that it is asked for less and less often, and from the second time on it is said why.
func (d *decision) start() {
	memory := &d.Decision.Memory
	if d.Now.Before(memory.Ask) {
		d.After = d.soon(min(memory.Ask.Sub(d.Now), handPoll))
		if o := memory.Unclarity; o != nil && memory.Tries > 1 {
			d.waits(o.Reason, o.Message)
		}
		return
	}
	if memory.Tries == 0 && len(d.Tasks) > 0 {
		memory.Newest = d.Tasks[0].Started
	}
	memory.Ask = d.Now.Add(refusalDelay(memory.Tries))
	memory.Tries++
	d.Action, d.After = Start, d.soon(betweenWrites)
}

// soon is when to look for a task that may run: for one that is to end at maxMessages not later than its limit wants it.
func (d *decision) soon(after time.Duration) time.Duration {
	if p := d.limitPoll(d.status.MessagesMoved); p > 0 {
		return min(after, p)
	}
	return after
}

// underWay: a task may run for this run.
func (d *decision) underWay() {
	switch {
	case d.status.StartTime == nil:
		d.lost()
		return
	case d.status.TaskStartTime == nil:
		d.starting()
		return
	}
	for _, t := range d.Tasks {
		if t.Started.Equal(d.status.TaskStartTime.Time) {
			d.Decision.Memory.Missing = time.Time{}
			d.run(t)
			return
		}
	}
	d.missing()
}

// starting: the intent is written, and what came of it is to be found out.
func (d *decision) starting() {
	memory := &d.Decision.Memory
	own, found := d.own()
	switch {
	case found:
		memory.Missing = time.Time{}
		d.take(own)
	case d.refusal() != nil:
		d.refused(*d.refusal())
	case memory.Answered:
		d.missing()
	case len(d.Tasks) > 0 && d.Tasks[0].active():
		// It is older than the intent, or moves elsewhere or at another rate.
		*memory = memory.again()
		d.byHand(d.Tasks[0])
	default:
		// Whether it was asked for by a process that has gone, or the answer was lost: there is no task, so it is asked for, again.
		memory.Unclear = true
		d.start()
	}
}

// own finds the task of a run whose intent is written and whose task is not identified yet: of those that began since, the first. Where AWS has not
// answered, it must also do what this run's would. Where it has, there is a task, which is newer than those that were listed before, whatever the
// operator's clock says.
func (d *decision) own() (own Task, found bool) {
	memory := d.Decision.Memory
	if d.refusal() != nil {
		return Task{}, false
	}
	since := d.status.StartTime.Add(-startSlack)
	for _, t := range d.Tasks {
		alike := memory.Answered || t.Destination == d.status.DestinationARN && t.Rate == d.rate()
		if !t.Started.Before(since) && alike {
			own, found = t, true
		}
	}
	for _, t := range d.Tasks {
		if memory.Answered && !found && t.Started.After(memory.Newest) {
			return t, true
		}
	}
	return own, found
}

// refusal is why AWS started no task for this run; nil if it may have. Beside an attempt of which nobody knows what came a refusal counts only once
// its task would have been listed.
func (d *decision) refusal() *Obstacle {
	memory := d.Decision.Memory
	if memory.Unclear && d.Now.Before(d.status.StartTime.Add(unlisted)) {
		return nil
	}
	return memory.Refused
}

// take identifies the run's task.
func (d *decision) take(t Task) {
	started := metav1.NewMicroTime(t.Started)
	d.status.State, d.status.TaskStartTime = v1alpha1.RedriveRunning, &started
	d.status.Adopted = !d.Decision.Memory.Answered
	d.status.MessagesToMove = max(d.status.MessagesToMove, t.ToMove)
	d.run(t)
}

// refused: AWS said no, so that no task runs for this run.
func (d *decision) refused(o Obstacle) {
	d.status.State = v1alpha1.RedrivePending
	memory := d.Decision.Memory.again()
	memory.Refused, memory.Retry = &o, d.Now.Add(refusalDelay(memory.Refusals))
	memory.Refusals++
	if o.Reason == v1alpha1.ReasonAnotherRedrive {
		memory.Retry = time.Time{}
	}
	d.Decision.Memory, d.first = memory, true
	d.After = max(memory.Retry.Sub(d.Now), betweenWrites)
	d.waits(o.Reason, o.Message)
}

// missing: AWS does not list the run's task. Lists may lag; after a while it counts as lost.
func (d *decision) missing() {
	memory := &d.Decision.Memory
	if memory.Missing.IsZero() {
		memory.Missing = d.Now
	}
	if d.Now.Sub(memory.Missing) < unlisted {
		d.After = d.soon(5 * time.Second)
		return
	}
	d.lost()
}

func (d *decision) lost() {
	d.fail(v1alpha1.ReasonTaskLost, fmt.Sprintf(
		"AWS does not list the move task of this run any more (%s out of queue %s): the queue was deleted and made again, or more than ten tasks came after it; look at the queues, and make another Redrive for what is left",
		d.since(), nameOf(d.source())))
}

// since says when the run's task began, as far as it is known.
func (d *decision) since() string {
	switch {
	case d.status.TaskStartTime != nil:
		return "started at " + stamp(d.status.TaskStartTime.Time)
	case d.status.StartTime == nil:
		return "of which the status does not say when it began,"
	}
	return "asked for at " + stamp(d.status.StartTime.Time)
}

// rate is in messages a second; 0: AWS decides.
func (d *decision) rate() int32 {
	if d.Spec.MaxMessagesPerSecond == nil {
		return 0
	}
	return *d.Spec.MaxMessagesPerSecond
}
