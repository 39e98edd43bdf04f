package redrive

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// A run with source Undelivered has no task in AWS: the operator copies the messages itself, slice by slice, and each slice's numbers are written
// before the next one begins. So a restart goes on from the status; what it does not know of are the messages of one slice.

const (
	// copyRate is how many messages a second are copied where the spec does not say.
	copyRate = 50
	// sliceLength is for how long a slice may begin to copy further messages, and how much time without a slice is made up for at most.
	sliceLength = 5 * time.Second
	// betweenSlices is from the beginning of a slice to that of the next.
	betweenSlices = betweenWrites
	// emptyPoll is between two looks at a queue that is not empty, and of which nothing can be received.
	emptyPoll = 10 * time.Second
	// mostRefused ends a run: as many are told apart.
	mostRefused = 1000
	// refusedIdle is for how long nothing can be received, beside refused messages, before the run ends without the rest: more than a slice hides
	// messages for. What is left then is somebody else's, or stands behind a refused message in its group.
	refusedIdle = 150 * time.Second
)

// CopyMemory is what the process knows of a run that copies.
type CopyMemory struct {
	// Known: Moved goes on from the status.
	Known bool
	Moved int64
	// Began is when the last slice began; Credit is the part of a message that the rate allowed besides.
	Began  time.Time
	Credit float64
	// Last is what came of the last slice, where one is over. Failures counts those in a row that failed, Failing is since when.
	Sliced   bool
	Last     Slice
	Failures int
	Failing  time.Time
	// Idle is since when nothing can be received.
	Idle time.Time
}

// Slice is what one slice of copying did.
type Slice struct {
	// Messages were copied.
	Messages int
	// Refused messages of the whole run stay, Refusal says why for the first of them.
	Refused int
	Refusal string
	// Empty: nothing could be received. Left is about how many messages there are all the same.
	Empty bool
	Left  int64
	// Fault is why the slice ended early; nil if it did not.
	Fault *Obstacle
}

// Copied takes what came of a slice.
func (m Memory) Copied(s Slice, now time.Time) Memory {
	c := &m.Copy
	c.Moved += int64(s.Messages)
	c.Sliced, c.Last = true, s
	switch {
	case s.Fault == nil:
		c.Failures, c.Failing = 0, time.Time{}
	case c.Failures == 0 || s.Messages > 0:
		c.Failures, c.Failing = 1, now
	default:
		c.Failures++
	}
	if !s.Empty || s.Messages > 0 {
		c.Idle = time.Time{}
	} else if c.Idle.IsZero() {
		c.Idle = now
	}
	return m
}

// copies: the run has no task in AWS.
func copies(s v1alpha1.RedriveSpec) bool { return s.Source == v1alpha1.RedriveUndelivered }

// intendCopy begins a run: the first slice comes once that is written, so that the rate counts from the time that the status shows.
func (d *decision) intendCopy() {
	began := metav1.NewTime(d.Now.Truncate(time.Second))
	account := d.Account
	d.status.State, d.status.Account, d.status.StartTime = v1alpha1.RedriveStarting, &account, &began
	d.status.SourceARN, d.status.DestinationARN = d.Queues.Source, d.Queues.Destination
	d.status.MessagesToMove, d.status.MessagesMoved, d.status.MessagesRefused, d.status.Progress = d.Depth, 0, 0, 0
	d.Decision.Memory.Copy = CopyMemory{Known: true, Began: d.Now}
	d.first = true
	d.After = betweenSlices
	d.waits(v1alpha1.ReasonProgressing, d.copyWords())
}

// copying: slices have been copied, or are to be.
func (d *decision) copying() {
	c := &d.Decision.Memory.Copy
	if !c.Known {
		*c = CopyMemory{Known: true, Began: d.Now, Moved: d.status.MessagesMoved}
	}
	d.status.MessagesMoved = max(d.status.MessagesMoved, c.Moved)
	d.status.MessagesToMove = max(d.status.MessagesToMove, d.status.MessagesMoved)
	d.status.MessagesRefused = max(d.status.MessagesRefused, int64(c.Last.Refused))
	d.status.Progress = max(d.status.Progress, percent(d.status.MessagesMoved, d.goal()))
	last := c.Last
	idle := !c.Idle.IsZero() && d.Now.Sub(c.Idle) >= refusedIdle
	switch {
	case d.limited():
		d.status.Progress = 100
		d.succeed(v1alpha1.ReasonMessageLimitReached, fmt.Sprintf("%s: the run ended at maxMessages; make another Redrive for the rest", d.copiedWords()))
	case last.Refused >= mostRefused, last.Refused > 0 && last.Empty && (last.Left <= int64(last.Refused) || idle):
		d.fail(v1alpha1.ReasonMessagesRefused, d.refusedWords(last))
	case last.Empty && last.Left == 0:
		d.status.Progress = 100
		d.succeed(v1alpha1.ReasonMoved, d.copiedWords()+d.whyWords())
	default:
		d.slice(c)
	}
}

// slice copies as many messages as the rate allows for the time since the last slice.
func (d *decision) slice(c *CopyMemory) {
	if c.Sliced {
		d.status.State = v1alpha1.RedriveRunning
		d.waits(v1alpha1.ReasonRunning, d.copyWords())
	}
	if f := c.Last.Fault; f != nil && (!f.Passing || d.Now.Sub(c.Failing) >= hinderedFor) {
		d.waits(f.Reason, f.Message)
	}
	if due := c.Began.Add(c.pause()); d.Now.Before(due) {
		d.After = due.Sub(d.Now)
		return
	}
	c.Credit += min(d.Now.Sub(c.Began), sliceLength).Seconds() * float64(d.copyRate())
	d.Limit = int64(c.Credit)
	c.Credit -= float64(d.Limit)
	if most := d.Spec.MaxMessages; most != nil {
		d.Limit = min(d.Limit, *most-d.status.MessagesMoved)
	}
	c.Began = d.Now
	d.Action, d.Until = Copy, d.Now.Add(sliceLength)
	// At once, to write down what it did.
	d.After = time.Millisecond
}

// pause is the least time between the beginnings of the last slice and the next.
func (c *CopyMemory) pause() time.Duration {
	switch {
	case c.Last.Fault != nil:
		return refusalDelay(c.Failures - 1)
	case c.Last.Empty:
		return emptyPoll
	default:
		return betweenSlices
	}
}

func (d *decision) copyRate() int32 {
	if rate := d.rate(); rate > 0 {
		return rate
	}
	return copyRate
}

func (d *decision) copyWords() string {
	return fmt.Sprintf("messages that SNS could not deliver are copied from queue %s to queue %s, at most %d a second; a fault may copy a few of them twice%s",
		nameOf(d.source()), nameOf(d.status.DestinationARN), d.copyRate(), d.whyWords())
}

func (d *decision) copiedWords() string {
	return fmt.Sprintf("%s copied from queue %s to queue %s", messages(d.status.MessagesMoved), nameOf(d.source()), nameOf(d.status.DestinationARN))
}

func (d *decision) refusedWords(s Slice) string {
	words := fmt.Sprintf("queue %s refuses messages of queue %s for good: %d of them stay there", nameOf(d.status.DestinationARN), nameOf(d.source()), s.Refused)
	if behind := s.Left - int64(s.Refused); s.Empty && behind > 0 {
		words += fmt.Sprintf(", and %d more that stand behind them in their groups or that somebody else has received", behind)
	}
	return fmt.Sprintf("%s; the first is %s. %s. Mend the queue (spec.maximumMessageSize, say) or take them out, then make another Redrive", words, s.Refusal, d.copiedWords())
}

// mostWhy is how much of the message of Deliverable is repeated, in characters.
const mostWhy = 500

// whyWords say what kept SNS from delivering.
func (d *decision) whyWords() string {
	c := d.Deliverable
	if c == nil {
		return ""
	}
	message := c.Message
	if runes := []rune(message); len(runes) > mostWhy {
		message = string(runes[:mostWhy]) + "…"
	}
	switch c.Status {
	case metav1.ConditionTrue:
		return fmt.Sprintf("; what kept SNS from delivering them is over: the ConsumerQueue is Deliverable since %s", stamp(c.LastTransitionTime.Time))
	case metav1.ConditionFalse:
		return fmt.Sprintf("; SNS still cannot deliver, and what is published meanwhile goes on coming to queue %s: the ConsumerQueue is not Deliverable (%s: %s). The copies go past SNS: "+
			"they arrive as long as the operator's own identity may send to queue %s", nameOf(d.source()), c.Reason, message, nameOf(d.status.DestinationARN))
	default:
		return fmt.Sprintf("; whether SNS can deliver now is not known (%s: %s)", c.Reason, message)
	}
}
