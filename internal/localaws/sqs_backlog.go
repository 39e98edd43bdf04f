package localaws

import (
	"slices"
	"time"
)

// backlog holds the messages of a queue. What becomes due as time passes (delays and visibility timeouts that end,
// messages that leave the retention) is done by advance, which every operation calls first.
type backlog struct {
	fifo      bool
	retention time.Duration
	all       map[string]*message
	// ready are the messages that can be received now; of a group of a FIFO queue only its first. waiting are those
	// that are delayed or in flight. aged are all, fresh those whose age CloudWatch looks at.
	ready, waiting, aged, fresh pile

	groups   map[string]*messageGroup
	seen     dedupWindow
	attempts attempts
	// arrivals numbers the messages in the order in which they came in.
	arrivals uint64
	counts   [messageStates]int
	// weight is what the backlog counts against maxBacklogBytes, and total what all backlogs do.
	weight int
	total  *int
	purged time.Time
	meter  meter
	// changed holds a token when one of the receivers that wait should look again.
	changed chan struct{}
}

// messageState says what a backlog does with a message.
type messageState int

// States of a message. A visible message of a FIFO queue cannot be received while its group is locked.
const (
	stateVisible messageState = iota
	stateDelayed
	stateInFlight
	messageStates
)

// place is where a backlog keeps a message.
type place struct {
	state messageState
	order uint64
	slots [piles]int
	// group, before and after are set in FIFO queues.
	group         *messageGroup
	before, after *message
}

// newBacklog makes the backlog of a new queue; total is the count of bytes that it shares with the others. The scope
// of deduplication stays what it is at the beginning: AWS does not change it at once when the attribute changes
// (recorded cases test_fifo_change_to_high_throughput_after_creation and its opposite).
func newBacklog(q *queue, total *int) *backlog {
	b := &backlog{
		fifo: q.fifo, retention: q.seconds("MessageRetentionPeriod"), total: total,
		ready: newReadyPile(), waiting: newWaitingPile(), aged: newAgedPile(), fresh: newFreshPile(), changed: make(chan struct{}, 1),
		meter: newMeter(q.created),
	}
	b.seen.perGroup = q.attributes["DeduplicationScope"] == "messageGroup"
	b.clear()
	return b
}

// clear deletes all messages and forgets all deduplication ids and receives.
func (b *backlog) clear() {
	b.weigh(-b.weight)
	b.all, b.groups = map[string]*message{}, map[string]*messageGroup{}
	b.ready.items, b.waiting.items, b.aged.items, b.fresh.items = nil, nil, nil, nil
	b.seen.clear()
	b.attempts = attempts{known: map[string]*attempt{}}
	b.counts = [messageStates]int{}
	b.wake()
}

func (b *backlog) weigh(n int) {
	b.weight += n
	*b.total += n
}

// add puts a message in behind those that are there, delayed until its visibleAt.
func (b *backlog) add(m *message) {
	b.arrivals++
	m.place = place{order: b.arrivals, state: stateVisible}
	if m.visibleAt.After(m.sent) {
		m.state = stateDelayed
		b.waiting.push(m)
	}
	b.counts[m.state]++
	b.all[m.id] = m
	b.aged.push(m)
	if !b.poison(m) {
		b.fresh.push(m)
	}
	b.weigh(m.weight())
	b.join(m)
	b.offer(m)
	b.wake()
}

// remove deletes a message, in whatever state it is.
func (b *backlog) remove(m *message) {
	b.ready.remove(m)
	b.waiting.remove(m)
	b.aged.remove(m)
	b.fresh.remove(m)
	delete(b.all, m.id)
	b.counts[m.state]--
	b.weigh(-m.weight())
	b.leave(m)
	m.place = place{}
	b.wake()
}

// hide puts a message in flight until the given time.
func (b *backlog) hide(m *message, until time.Time) {
	b.waiting.remove(m)
	m.visibleAt = until
	b.waiting.push(m)
	b.enter(m, stateInFlight)
}

// enter changes the state of a message.
func (b *backlog) enter(m *message, state messageState) {
	b.counts[m.state]--
	b.counts[state]++
	b.lock(m, state)
	m.state = state
	b.offer(m)
}

// retain sets the retention period and deletes what is older.
func (b *backlog) retain(period time.Duration, now time.Time) {
	b.retention = period
	b.advance(now)
}

// delay changes the delay of the messages that are delayed: a FIFO queue's setting applies to them too, a standard
// queue's only to what is sent later, see
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html.
func (b *backlog) delay(period time.Duration, now time.Time) {
	if !b.fifo {
		return
	}
	for _, m := range slices.Clone(b.waiting.items) {
		if m.state == stateDelayed {
			b.waiting.remove(m)
			m.visibleAt = m.sent.Add(period)
			b.waiting.push(m)
		}
	}
	b.advance(now)
	b.wake()
}

// advance does what is due by now, each thing at its time.
func (b *backlog) advance(now time.Time) {
	for at, any := b.due(); any && !at.After(now); at, any = b.due() {
		b.measure(at)
		if m := b.waiting.first(); m != nil && !m.visibleAt.After(at) {
			b.waiting.remove(m)
			b.enter(m, stateVisible)
			b.wake()
		} else {
			b.remove(b.aged.first())
		}
	}
	b.measure(now)
	b.weigh(-b.seen.forget(now) - b.attempts.forget(now))
}

// due returns when something becomes visible or leaves the retention next, false for nothing.
func (b *backlog) due() (at time.Time, any bool) {
	if m := b.waiting.first(); m != nil {
		at, any = m.visibleAt, true
	}
	if m := b.aged.first(); m != nil && (!any || m.sent.Add(b.retention).Before(at)) {
		at, any = m.sent.Add(b.retention), true
	}
	return at, any
}

// next returns when something may become receivable without any call, at the latest by the time given.
func (b *backlog) next(latest time.Time) time.Time {
	if at, any := b.due(); any && at.Before(latest) {
		return at
	}
	return latest
}

// take hands out up to n messages and hides them for the timeout; of a FIFO queue as many as possible of one group
// before it goes on to the next. Messages that are spent are taken out of the backlog instead and returned apart.
func (b *backlog) take(now time.Time, n int, timeout time.Duration, spent func(*message) bool) (taken, dead []*message) {
	for len(taken) < n {
		m := b.ready.first()
		if m == nil {
			break
		}
		for m != nil && m.state == stateVisible && len(taken) < n {
			behind := m.after
			if spent(m) {
				b.remove(m)
				dead = append(dead, m)
			} else {
				m.received(now)
				if b.poison(m) {
					b.fresh.remove(m)
				}
				b.hide(m, now.Add(timeout))
				taken = append(taken, m)
			}
			m = behind
		}
	}
	return taken, dead
}

func (m *message) received(now time.Time) {
	if m.receives == 0 {
		m.firstReceived = now
	}
	m.receives++
	m.receivedHere++
	m.lastReceived = now
}

// count returns how many messages are visible, delayed and in flight. A queue that a stale read still shows has none.
func (b *backlog) count(now time.Time) (visible, delayed, inFlight int) {
	if b == nil {
		return 0, 0, 0
	}
	b.advance(now)
	return b.counts[stateVisible], b.counts[stateDelayed], b.counts[stateInFlight]
}

// changes returns the channel of a receiver that has just looked in vain: a token from before is nothing new to it.
func (b *backlog) changes() chan struct{} {
	select {
	case <-b.changed:
	default:
	}
	return b.changed
}

// wake makes one of the receivers that wait look again. When that one ends, with or without messages, it wakes the next.
func (b *backlog) wake() { pass(b.changed) }
