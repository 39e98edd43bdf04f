package localaws

import (
	"fmt"
	"time"
)

// maxPublications bounds what is remembered of all FIFO topics together; the oldest is forgotten early.
const maxPublications = 500_000

// topicSequence writes a sequence number of a topic: 20 digits that grow.
func topicSequence(n uint64) string { return fmt.Sprintf("1%019d", n) }

// publications are the answers to what was published to FIFO topics within the deduplication interval, which is that
// of queues, https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html.
type publications struct {
	answers map[publicationKey]publication
	// order holds the keys by age, the oldest first.
	order []publicationKey
}

// publicationKey is what makes a message a duplicate; the group is empty where it does not count.
type publicationKey struct{ topicARN, groupID, dedupID string }

// publication is an answer and when it was given.
type publication struct {
	at     time.Time
	answer *publishOutput
}

// keyOf applies FifoThroughputScope: a deduplication id counts in the whole topic, or within its group.
func keyOf(t *topic, n *notification) publicationKey {
	key := publicationKey{topicARN: t.arn, dedupID: n.dedupID}
	if t.attributes["FifoThroughputScope"] == "MessageGroup" {
		key.groupID = n.groupID
	}
	return key
}

// find returns the answer to the message that n repeats, nil if it repeats none.
func (p *publications) find(t *topic, n *notification) *publishOutput {
	for len(p.order) > 0 && (n.at.Sub(p.answers[p.order[0]].at) >= dedupInterval || len(p.order) >= maxPublications) {
		delete(p.answers, p.order[0])
		p.order = p.order[1:]
	}
	if !t.fifo {
		return nil
	}
	return p.answers[keyOf(t, n)].answer
}

// remember keeps the answer to a message.
func (p *publications) remember(t *topic, n *notification, answer *publishOutput) {
	p.add(keyOf(t, n), publication{at: n.at, answer: answer})
}

// add puts in what is younger than all that is there.
func (p *publications) add(key publicationKey, answered publication) {
	if p.answers == nil {
		p.answers = map[publicationKey]publication{}
	}
	p.answers[key] = answered
	p.order = append(p.order, key)
}

// forget drops what was published to a topic.
func (p *publications) forget(topicARN string) {
	kept := p.order[:0]
	for _, key := range p.order {
		if key.topicARN == topicARN {
			delete(p.answers, key)
		} else {
			kept = append(kept, key)
		}
	}
	p.order = kept
}
