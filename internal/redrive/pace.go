package redrive

import "time"

// How often a task is looked at.
const (
	// slowest is the most time between two looks at a task that runs.
	slowest = 30 * time.Second
	// quickestLimited is the least time between two looks at a task that is to end at maxMessages.
	quickestLimited = 200 * time.Millisecond
	// handPoll is between two looks at a task that somebody else started: nothing tells when it is over.
	handPoll = 15 * time.Second
)

// poll is when to look at a running task again: often at first, then after a tenth of the time that is left, so that the last looks come near its end.
func (d *decision) poll() time.Duration {
	elapsed := d.Now.Sub(d.status.TaskStartTime.Time)
	next := elapsed / 5
	if left, known := d.left(elapsed); known {
		next = left / 10
		if left < 2*betweenWrites {
			next = left // at its end
		}
	}
	next = min(max(next, betweenWrites), slowest)
	if d.Spec.HaltOnReturnRatio != "" {
		next = min(next, watchPoll)
	}
	if limit := d.limitPoll(d.status.MessagesMoved); limit > 0 {
		next = min(next, limit)
	}
	return next
}

// left is how long the task will go on, by its pace so far; known is false before it has one.
func (d *decision) left(elapsed time.Duration) (left time.Duration, known bool) {
	moved, rest := d.status.MessagesMoved, d.status.MessagesToMove-d.status.MessagesMoved
	if moved <= 0 || rest < 0 || elapsed <= 0 {
		return 0, false
	}
	return time.Duration(float64(elapsed) * float64(rest) / float64(moved)), true
}

// limitPoll is when to look again at a run that is to end at maxMessages: after half the time to the limit, at most after 2 s. It is 0 for one without.
func (d *decision) limitPoll(moved int64) time.Duration {
	if d.Spec.MaxMessages == nil || d.rate() <= 0 {
		return 0
	}
	seconds := float64(*d.Spec.MaxMessages-moved) / float64(d.rate()) / 2
	return time.Duration(max(min(seconds*float64(time.Second), float64(betweenWrites)), float64(quickestLimited)))
}
