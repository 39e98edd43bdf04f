package localaws

import "container/heap"

// Piles that a message may lie in at once: the index of its slots.
const (
	pileReady = iota
	pileWaiting
	pileAged
	pileFresh
	piles
)

// pile is a heap of messages. A message knows its slot in each, one more than the index and zero for none, so that any
// can be removed without a search.
type pile struct {
	items []*message
	kind  int
	less  func(a, b *message) bool
}

// newReadyPile has the message first that came in first.
func newReadyPile() pile {
	return pile{kind: pileReady, less: func(a, b *message) bool { return a.order < b.order }}
}

// newWaitingPile has the message first that becomes visible first.
func newWaitingPile() pile {
	return pile{kind: pileWaiting, less: func(a, b *message) bool { return a.visibleAt.Before(b.visibleAt) }}
}

// newAgedPile has the message first that leaves the retention first.
func newAgedPile() pile {
	return pile{kind: pileAged, less: func(a, b *message) bool { return a.sent.Before(b.sent) }}
}

// newFreshPile has the message first that came in first.
func newFreshPile() pile {
	return pile{kind: pileFresh, less: func(a, b *message) bool { return a.order < b.order }}
}

func (p *pile) first() *message {
	if len(p.items) == 0 {
		return nil
	}
	return p.items[0]
}

// push puts a message in that is not in yet.
func (p *pile) push(m *message) { heap.Push(p, m) }

// remove takes a message out, if it is in.
func (p *pile) remove(m *message) {
	if m.slots[p.kind] > 0 {
		heap.Remove(p, m.slots[p.kind]-1)
	}
}

// Len implements heap.Interface.
func (p *pile) Len() int { return len(p.items) }

// Less implements heap.Interface.
func (p *pile) Less(i, j int) bool { return p.less(p.items[i], p.items[j]) }

// Swap implements heap.Interface.
func (p *pile) Swap(i, j int) {
	p.items[i], p.items[j] = p.items[j], p.items[i]
	p.items[i].slots[p.kind], p.items[j].slots[p.kind] = i+1, j+1
}

// Push implements heap.Interface.
func (p *pile) Push(x any) {
	m := x.(*message)
	p.items = append(p.items, m)
	m.slots[p.kind] = len(p.items)
}

// Pop implements heap.Interface.
func (p *pile) Pop() any {
	last := len(p.items) - 1
	m := p.items[last]
	p.items[last] = nil
	p.items = p.items[:last]
	m.slots[p.kind] = 0
	return m
}
