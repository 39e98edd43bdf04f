package localaws

import (
	"slices"
	"sort"
	"time"
)

// What CloudWatch knows of a queue, see
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html and
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-monitoring-using-cloudwatch.html.
const (
	// awakeFor is how long a queue has metrics after it last had a message or was called.
	awakeFor = 6 * time.Hour
	// wakesIn is how long it has none when it is used again after that: AWS says up to 15 minutes.
	wakesIn = 15 * time.Minute
	// minutesKept bounds what is remembered: the longest alarm looks back 7 days and two periods.
	minutesKept = 9 * 24 * 60
)

// minuteOf returns the minute in which a time lies, counted from 1970. A datapoint has the time at which its minute
// begins.
func minuteOf(t time.Time) int64 { return t.Unix() / 60 }

func minuteTime(minute int64) time.Time { return time.Unix(minute*60, 0).UTC() }

// levels are what a queue held at the end of a minute, and of all that followed until the next levels.
type levels struct {
	// Minute is the first for which they hold.
	Minute int64
	// Known is false where the queue had no metrics.
	Known                      bool      `json:",omitzero"`
	Visible, InFlight, Delayed int       `json:",omitzero"`
	Oldest                     time.Time `json:",omitzero"`
}

// counts are what happened in a minute, by the counters of a queue or of a topic.
type counts struct {
	Minute int64
	N      [topicCounters]int
}

// The counters of a queue.
const (
	countSent = iota
	countReceived
	countDeleted
	countEmpty
)

// The counters of a topic, see sns_counters.go.
const (
	countPublished = iota
	countDelivered
	countFailed
	countFiltered
	countRedriven
	countRedriveFailed
	topicCounters
)

// counter is a series of counts, the oldest first; minutes without any are not in it.
type counter struct{ minutes []counts }

// add counts n more; time does not go back.
func (c *counter) add(at time.Time, which, n int) {
	minute, last := minuteOf(at), len(c.minutes)-1
	if last < 0 || c.minutes[last].Minute < minute {
		c.minutes = append(drop(c.minutes, func(old counts) int64 { return old.Minute }, minute-minutesKept), counts{Minute: minute})
		last = len(c.minutes) - 1
	}
	c.minutes[last].N[which] += n
}

// at returns what was counted in a minute.
func (c *counter) at(minute int64) counts {
	i, found := slices.BinarySearchFunc(c.minutes, minute, func(m counts, minute int64) int { return int(m.Minute - minute) })
	if !found {
		return counts{Minute: minute}
	}
	return c.minutes[i]
}

// end returns the first minute after all those with counts.
func (c *counter) end() int64 {
	if len(c.minutes) == 0 {
		return 0
	}
	return c.minutes[len(c.minutes)-1].Minute + 1
}

// drop leaves out what ends before a minute, once that is a good part.
func drop[T any](all []T, minute func(T) int64, before int64) []T {
	n := sort.Search(len(all), func(i int) bool { return minute(all[i]) >= before }) - 1
	if n < minutesKept/8 {
		return all
	}
	return slices.Clone(all[n:])
}

// meter is what CloudWatch knows of a queue, minute by minute.
type meter struct {
	counter
	// levels hold from minute to minute, up to the minute next, which is not over yet.
	levels []levels
	next   int64
	// touched is when the queue last had a message or was called, woken when it was used again after a sleep.
	touched, woken time.Time
}

func newMeter(created time.Time) meter { return meter{next: minuteOf(created), touched: created} }

// touch notes that the queue is used.
func (m *meter) touch(now time.Time) {
	if now.After(m.touched.Add(awakeFor)) {
		m.woken = now
	}
	m.touched = now
}

// note keeps the levels for the minutes that are over by now.
func (m *meter) note(now time.Time, held levels) {
	from, end := m.next, minuteOf(now)
	if from >= end {
		return
	}
	m.next = end
	if held.Visible+held.InFlight+held.Delayed > 0 {
		m.touched = minuteTime(end)
	}
	held.Known = true
	m.put(from, min(end, m.wakes()), levels{})
	m.put(max(from, m.wakes()), min(end, m.sleeps()), held)
	m.put(max(from, m.wakes(), m.sleeps()), end, levels{})
}

// wakes returns the first minute for which the queue has metrics again, zero if it never slept.
func (m *meter) wakes() int64 {
	if m.woken.IsZero() {
		return 0
	}
	return minuteOf(m.woken.Add(wakesIn-1)) + 1
}

// sleeps returns the first minute for which the queue has no metrics if it stays as it is.
func (m *meter) sleeps() int64 { return minuteOf(m.touched.Add(awakeFor)) }

// put appends levels that hold from a minute on until another.
func (m *meter) put(from, end int64, held levels) {
	if from >= end {
		return
	}
	held.Minute = from
	if n := len(m.levels); n > 0 {
		last := m.levels[n-1]
		last.Minute = from
		if last == held {
			return
		}
	}
	m.levels = append(drop(m.levels, func(l levels) int64 { return l.Minute }, from-minutesKept), held)
}

// level returns the levels of a minute, which are not known before it is over.
func (m *meter) level(minute int64) levels {
	i := sort.Search(len(m.levels), func(i int) bool { return m.levels[i].Minute > minute }) - 1
	if i < 0 || minute >= m.next {
		return levels{}
	}
	held := m.levels[i]
	held.Minute = minute
	return held
}

// changes returns at which full minute the meter begins or ends to know levels, if the queue is left alone; never for not
// at all.
func (m *meter) changes(holdsMessages bool) time.Time {
	switch wakes, sleeps := m.wakes(), m.sleeps(); {
	case m.next <= wakes:
		return minuteTime(wakes + 1)
	case !holdsMessages && m.next <= sleeps:
		return minuteTime(sleeps + 1)
	default:
		return never
	}
}
