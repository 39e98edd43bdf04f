package redrive

import (
	"time"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
)

// Memory is what the process knows of a run beyond its status. A restart starts it afresh, and a run goes on from its status alone.
type Memory struct {
	// Written is when the status was last written; whoever writes it sets this.
	Written time.Time
	// Tries are how often this process has asked for the start that the status tells of, and Ask is when it may be asked for again.
	Tries int
	Ask   time.Time
	// Answered: AWS said yes. Unclear: nobody knows what came of an attempt; Unclarity is what was heard of the last such.
	Answered, Unclear bool
	Unclarity         *Obstacle
	// Newest is when the newest task began that was listed before the first of these attempts.
	Newest time.Time
	// Refused is why AWS said no to the last start; Refusals counts those in a row, and Retry is when the next may be tried.
	Refused  *Obstacle
	Refusals int
	Retry    time.Time
	// Empty is since when the queue is counted as empty.
	Empty time.Time
	// Limited: the task was cancelled because of maxMessages.
	Limited bool
	// Stuck is why the last attempt to cancel the task failed; nil if it did not.
	Stuck *Obstacle
	// Missing is since when AWS does not list the run's task; Hindered since when it could not be looked at; Returning since when too much has come back.
	Missing, Hindered, Returning time.Time
	// Copy is about a run that copies.
	Copy CopyMemory
	// Samples of how many messages had moved, oldest first, at most some dozen.
	Samples []Sample
}

// Sample is how many messages had moved at a time.
type Sample struct {
	At    time.Time
	Moved int64
}

// Answer takes what came of a start; words tell of the fault. A refusal is only taken for one where AWS said no in words that are known: otherwise the
// task may run.
func (m Memory) Answer(f *fault.Error, words string) Memory {
	switch {
	case f == nil:
		m.Answered, m.Refused, m.Refusals, m.Retry = true, nil, 0, time.Time{}
	case f.Class == fault.Retry:
		m.Unclear, m.Unclarity = true, &Obstacle{Reason: f.Reason, Message: words}
	case f.Reason == v1alpha1.ReasonAnotherRedrive && m.Unclear:
		// The task that runs may be the one of an earlier attempt.
	default:
		m.Refused = &Obstacle{Reason: f.Reason, Message: words}
	}
	return m
}

// again forgets what was known of the last start, for another one.
func (m Memory) again() Memory {
	return Memory{Written: m.Written, Refused: m.Refused, Refusals: m.Refusals, Retry: m.Retry}
}

// refusalDelay is how long to wait after so many refusals in a row: 5 s, then twice as long each time, up to 5 minutes.
func refusalDelay(n int) time.Duration {
	return min(5*time.Second<<min(n, 6), 5*time.Minute)
}
