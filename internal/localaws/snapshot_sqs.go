package localaws

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

type savedQueue struct {
	Region, Account, Name string
	FIFO                  bool
	Attributes, Tags      map[string]string
	Created, Modified     time.Time
}

func (q *queue) saved() savedQueue {
	return savedQueue{
		Region: q.region, Account: q.account, Name: q.name, FIFO: q.fifo, Attributes: q.attributes, Tags: q.tags,
		Created: q.created, Modified: q.modified,
	}
}

func (q savedQueue) restored(arn string) *queue {
	return &queue{
		arn: arn, region: q.Region, account: q.Account, name: q.Name, fifo: q.FIFO, attributes: q.Attributes, tags: q.Tags,
		created: q.Created, modified: q.Modified,
	}
}

// savedBacklog is what a queue holds.
type savedBacklog struct {
	// Messages are in the order in which they came in.
	Messages []savedMessage `json:",omitzero"`
	// PerGroup is the scope of deduplication; Sends are what it remembers, oldest first.
	PerGroup bool        `json:",omitzero"`
	Sends    []savedSend `json:",omitzero"`
	Purged   time.Time   `json:",omitzero"`
	Meter    savedMeter  `json:",omitzero"`
}

type savedMessage struct {
	ID, Body, GroupID, DedupID, Sender, TraceHeader string                      `json:",omitzero"`
	Attributes                                      map[string]messageAttribute `json:",omitzero"`
	Key, SourceARN                                  string                      `json:",omitzero"`
	Sequence                                        uint64                      `json:",omitzero"`
	Sent, VisibleAt, FirstReceived, LastReceived    time.Time                   `json:",omitzero"`
	Arrived                                         time.Time                   `json:",omitzero"`
	Receives, ReceivedHere                          int                         `json:",omitzero"`
	// InFlight: until VisibleAt. A message that is not in flight is delayed until then.
	InFlight bool `json:",omitzero"`
}

// savedSend is one remembered deduplication id.
type savedSend struct {
	Key, ID  string
	Sequence uint64
	Sent     time.Time
}

func (b *backlog) saved() savedBacklog {
	saved := savedBacklog{PerGroup: b.seen.perGroup, Purged: b.purged, Meter: b.meter.saved()}
	byOrder := func(a, b *message) int { return cmp.Compare(a.order, b.order) }
	for _, m := range slices.SortedFunc(maps.Values(b.all), byOrder) {
		saved.Messages = append(saved.Messages, m.saved())
	}
	for _, key := range b.seen.order {
		first := b.seen.sends[key]
		saved.Sends = append(saved.Sends, savedSend{key, first.id, first.sequence, first.sent})
	}
	return saved
}

func (m *message) saved() savedMessage {
	return savedMessage{
		ID: m.id, Body: m.body, GroupID: m.groupID, DedupID: m.dedupID, Sender: m.sender, TraceHeader: m.traceHeader,
		Attributes: m.attributes, Key: m.key, SourceARN: m.sourceARN, Sequence: m.sequence, Sent: m.sent, VisibleAt: m.visibleAt, Arrived: m.arrived,
		FirstReceived: m.firstReceived, LastReceived: m.lastReceived, Receives: m.receives, ReceivedHere: m.receivedHere,
		InFlight: m.state == stateInFlight,
	}
}

func (m savedMessage) restored() *message {
	return &message{
		id: m.ID, body: m.Body, groupID: m.GroupID, dedupID: m.DedupID, sender: m.Sender, traceHeader: m.TraceHeader,
		attributes: m.Attributes, key: m.Key, sourceARN: m.SourceARN, sequence: m.Sequence, sent: m.Sent, visibleAt: m.VisibleAt, arrived: m.Arrived,
		firstReceived: m.FirstReceived, lastReceived: m.LastReceived, receives: m.Receives, receivedHere: m.ReceivedHere,
	}
}

// restoreBacklogs fills the queues, which are there already.
func (c *contents) restoreBacklogs(saved map[string]savedBacklog) error {
	for arn, q := range c.queues.after("", "", false) {
		c.backlogs[arn] = newBacklog(q, &c.backlogBytes)
	}
	for arn, messages := range saved {
		b := c.backlogs[arn]
		if b == nil {
			return fmt.Errorf("it has messages of queue %s, but not the queue", arn)
		}
		b.restore(messages)
	}
	return nil
}

// restore fills an empty backlog.
func (b *backlog) restore(saved savedBacklog) {
	b.purged, b.seen.perGroup = saved.Purged, saved.PerGroup
	if saved.Meter.Next != 0 { // of a file that has meters
		b.meter = *saved.Meter.restored()
	}
	for _, first := range saved.Sends {
		b.recall(first.Key, firstSend{first.ID, first.Sequence, first.Sent})
	}
	for _, next := range saved.Messages {
		m := next.restored()
		b.add(m)
		if next.InFlight {
			b.hide(m, m.visibleAt)
		}
	}
}

// savedMoveTask is a move task; those of a source are in the order of their starts, and so are all that are active.
type savedMoveTask struct {
	ID, SourceARN, DestinationARN string
	Rate, ToMove, Moved           int
	Status, Failure               string
	Started, Cancelled            time.Time
	Starter                       savedIdentity
	Region                        string
	TLS                           bool
}

type savedIdentity struct{ Account, ARN, UserID, AccessKey string }

// saved has the tasks that are finished first: the one of a source that is active is its last.
func (m *moveTasks) saved() []savedMoveTask {
	var saved []savedMoveTask
	for _, source := range slices.Sorted(maps.Keys(m.bySource)) {
		for _, task := range m.bySource[source] {
			if !task.active() {
				saved = append(saved, task.saved())
			}
		}
	}
	for _, task := range m.active {
		saved = append(saved, task.saved())
	}
	return saved
}

func (m *moveTasks) restore(saved savedMoveTask) {
	task := saved.restored()
	m.add(task)
	if !task.active() {
		m.end(task, task.status, task.failure)
	}
}

func (t *moveTask) active() bool { return t.status == moveRunning || t.status == moveCancelling }

func (t *moveTask) saved() savedMoveTask {
	return savedMoveTask{
		ID: t.id, SourceARN: t.sourceARN, DestinationARN: t.destinationARN, Rate: t.rate, ToMove: t.toMove, Moved: t.moved,
		Status: t.status, Failure: t.failure, Started: t.started, Cancelled: t.cancelled, Region: t.region, TLS: t.tls,
		Starter: savedIdentity{t.starter.account, t.starter.arn, t.starter.userID, t.starter.accessKey},
	}
}

func (t savedMoveTask) restored() *moveTask {
	return &moveTask{
		id: t.ID, sourceARN: t.SourceARN, destinationARN: t.DestinationARN, rate: t.Rate, toMove: t.ToMove, moved: t.Moved,
		status: t.Status, failure: t.Failure, started: t.Started, cancelled: t.Cancelled, region: t.Region, tls: t.TLS,
		starter: identity{t.Starter.Account, t.Starter.ARN, t.Starter.UserID, t.Starter.AccessKey},
	}
}
