package localaws

import "time"

// dedupInterval is how long a FIFO queue remembers a deduplication id, counted from the first send,
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html.
const dedupInterval = 5 * time.Minute

// dedupOverhead is about what a remembered id takes besides its text, in bytes.
const dedupOverhead = 192

// dedupWindow remembers the deduplication ids of the last five minutes, also of messages that are received and deleted.
type dedupWindow struct {
	// perGroup: the same id in two groups is two ids (DeduplicationScope messageGroup).
	perGroup bool
	sends    map[string]firstSend
	// order are the keys of sends, oldest first.
	order []string
}

// firstSend is the message that later ones with the same id are duplicates of.
type firstSend struct {
	id       string
	sequence uint64
	sent     time.Time
}

func (w *dedupWindow) key(m *message) string {
	if w.perGroup {
		return m.groupID + " " + m.dedupID
	}
	return m.dedupID
}

// first returns the id and the sequence number of the message that m is a duplicate of, if it is one. What is out of
// the interval has been forgotten before.
func (w *dedupWindow) first(m *message) (id string, sequence uint64, found bool) {
	send, found := w.sends[w.key(m)]
	return send.id, send.sequence, found
}

// remember makes later messages with the same deduplication id duplicates of m.
func (b *backlog) remember(m *message) {
	b.recall(b.seen.key(m), firstSend{m.id, m.sequence, m.sent})
}

// recall remembers the first send of a key.
func (b *backlog) recall(key string, first firstSend) {
	b.seen.sends[key] = first
	b.seen.order = append(b.seen.order, key)
	b.weigh(len(key) + dedupOverhead)
}

// forget drops the ids that are out of the interval and returns the bytes that this frees.
func (w *dedupWindow) forget(now time.Time) int {
	freed := 0
	for len(w.order) > 0 {
		key := w.order[0]
		if now.Sub(w.sends[key].sent) < dedupInterval {
			break
		}
		delete(w.sends, key)
		w.order = w.order[1:]
		freed += len(key) + dedupOverhead
	}
	return freed
}

func (w *dedupWindow) clear() { w.sends, w.order = map[string]firstSend{}, nil }
