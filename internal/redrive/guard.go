package redrive

import (
	"fmt"
	"strconv"
	"time"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// The guard against a loop: a consumer that fails on the moved messages sends them back into the queue that is emptied. How many came back follows
// from counts alone: returned ≈ moved + deadNow − deadAtStart.
//
// While a task runs these counts are not of one moment: SQS's may be a minute old
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html), and at 500 messages a second an old depth
// beside a fresh number of moved messages looks like thousands that came back. So:
//   - deadNow counts visible, delayed and in-flight messages: those that the task has received and not deleted yet are there still, and not moved;
//   - moved is the number of a minute ago: an old depth then fits it, and a fresh one makes the estimate too low, never too high;
//   - it must be too much at looks over confirmAfter or longer, so that one odd count decides nothing.
//
// A task that has moved clearly more than there was at the start moves the same messages again, whatever the depth says.
const (
	// leastMoved is how many messages must have moved before what came back says something.
	leastMoved = 20
	// countsLag is how old SQS's counts may be.
	countsLag = time.Minute
	// confirmAfter is for how long looks must agree that too much came back.
	confirmAfter = 5 * time.Second
	// betweenSamples is the least time between two samples.
	betweenSamples = 5 * time.Second
	// watchPoll is the most time between two looks at what comes back.
	watchPoll = 15 * time.Second
)

const returnedRemedy = "; mend the consumer before these messages are moved again"

// sample notes how many messages have moved by now.
func (d *decision) sample() {
	if d.Spec.HaltOnReturnRatio == "" {
		return
	}
	samples := d.Decision.Memory.Samples
	if n := len(samples); n > 0 && d.Now.Sub(samples[n-1].At) < betweenSamples {
		return
	}
	for len(samples) > 1 && d.Now.Sub(samples[1].At) >= countsLag {
		samples = samples[1:]
	}
	d.Decision.Memory.Samples = append(samples[:len(samples):len(samples)], Sample{d.Now, d.status.MessagesMoved})
}

// settled is how many messages had moved when the depth was counted, at least.
func (d *decision) settled() int64 {
	if until := d.status.ObserveUntil; until != nil && !d.Now.Before(until.Add(countsLag-d.Window)) {
		return d.status.MessagesMoved
	}
	var moved int64
	for _, s := range d.Decision.Memory.Samples {
		if d.Now.Sub(s.At) >= countsLag {
			moved = s.Moved
		}
	}
	return moved
}

// returning counts what came back, and says whether it is too much.
func (d *decision) returning() bool {
	ratio, err := strconv.ParseFloat(string(d.Spec.HaltOnReturnRatio), 64)
	if err != nil {
		return false
	}
	moved, atStart := d.status.MessagesMoved, d.status.MessagesToMove
	d.status.MessagesReturned = max(d.settled()+d.Depth-atStart, moved-atStart, 0)
	memory := &d.Decision.Memory
	switch {
	case moved < leastMoved:
		return false
	case movedAgain(moved, atStart):
		return true
	case float64(d.status.MessagesReturned) <= ratio*float64(moved):
		memory.Returning = time.Time{}
		return false
	case memory.Returning.IsZero():
		memory.Returning = d.Now
	}
	d.After = min(d.After, confirmAfter)
	return d.Now.Sub(memory.Returning) >= confirmAfter
}

// movedAgain: clearly more has moved than there was, so that the same messages move again.
func movedAgain(moved, atStart int64) bool { return moved*10 > atStart*12 }

func (d *decision) returnedWords() string {
	if moved, atStart := d.status.MessagesMoved, d.status.MessagesToMove; movedAgain(moved, atStart) {
		return fmt.Sprintf("about %d of %d messages that were moved out of queue %s came back into it and moved again, as only %d were there at the start",
			d.status.MessagesReturned, moved, nameOf(d.source()), atStart)
	}
	return fmt.Sprintf("about %d of %d messages that were moved out of queue %s came back into it, more than the share of %s that haltOnReturnRatio allows (%d were there at the start)",
		d.status.MessagesReturned, d.status.MessagesMoved, nameOf(d.source()), d.Spec.HaltOnReturnRatio, d.status.MessagesToMove)
}

// observing: the messages have moved, and what comes back is watched for.
func (d *decision) observing() {
	until := d.status.ObserveUntil
	if until == nil {
		d.complete()
		return
	}
	left := until.Sub(d.Now)
	d.After = min(max(left, 0), watchPoll)
	switch {
	case d.returning():
		d.fail(v1alpha1.ReasonMessagesReturned, d.returnedWords()+returnedRemedy)
	case left <= 0 && d.Decision.Memory.Returning.IsZero():
		d.complete()
	case left <= 0:
		d.After = confirmAfter
	default:
		d.waits(v1alpha1.ReasonObserving, fmt.Sprintf("about %s moved out of queue %s; until %s it is watched how many come back (haltOnReturnRatio %s)",
			messages(d.status.MessagesMoved), nameOf(d.source()), stamp(until.Time), d.Spec.HaltOnReturnRatio))
	}
}
