package localaws

// messageGroup is what a FIFO queue holds of one group, in the order of sending. While one of its messages is in
// flight the group is locked: no other of its messages can be received, see
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html.
type messageGroup struct {
	head, tail *message
	inFlight   int
	// offered is the message in the ready pile that stands for the group: its head, or nil if the group is locked or
	// its head is delayed.
	offered *message
}

// join puts a message behind the others of its group.
func (b *backlog) join(m *message) {
	if !b.fifo {
		return
	}
	g := b.groups[m.groupID]
	if g == nil {
		g = &messageGroup{}
		b.groups[m.groupID] = g
	}
	m.group, m.before = g, g.tail
	if g.tail == nil {
		g.head = m
	} else {
		g.tail.after = m
	}
	g.tail = m
}

// leave takes a message out of its group, which may release the group.
func (b *backlog) leave(m *message) {
	g := m.group
	if g == nil {
		return
	}
	if m.before == nil {
		g.head = m.after
	} else {
		m.before.after = m.after
	}
	if m.after == nil {
		g.tail = m.before
	} else {
		m.after.before = m.before
	}
	if m.state == stateInFlight {
		g.inFlight--
	}
	if g.offered == m {
		g.offered = nil
	}
	if g.head == nil {
		delete(b.groups, m.groupID)
		return
	}
	b.offerGroup(g)
}

// lock counts the messages of a group that are in flight.
func (b *backlog) lock(m *message, next messageState) {
	if m.group == nil {
		return
	}
	if m.state == stateInFlight {
		m.group.inFlight--
	}
	if next == stateInFlight {
		m.group.inFlight++
	}
}

// offer puts a message, or the first of its group, into the ready pile if it can be received, and takes it out if not.
func (b *backlog) offer(m *message) {
	switch {
	case m.group != nil:
		b.offerGroup(m.group)
	case m.state != stateVisible:
		b.ready.remove(m)
	case m.slots[pileReady] == 0:
		b.ready.push(m)
	}
}

func (b *backlog) offerGroup(g *messageGroup) {
	var offered *message
	if g.inFlight == 0 && g.head.state == stateVisible {
		offered = g.head
	}
	if g.offered == offered {
		return
	}
	if g.offered != nil {
		b.ready.remove(g.offered)
	}
	if offered != nil {
		b.ready.push(offered)
	}
	g.offered = offered
}
