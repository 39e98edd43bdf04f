package localaws

import "time"

// attemptInterval is how long a receive from a FIFO queue can be repeated,
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-receiverequestattemptid-request-parameter.html.
const attemptInterval = 5 * time.Minute

// attemptOverhead is about what a remembered receive takes, in bytes.
const attemptOverhead = 512

// attempts remembers the receives of the last five minutes that can be repeated, by their ReceiveRequestAttemptId.
type attempts struct {
	known map[string]*attempt
	// order are the keys of known, oldest first.
	order []string
}

// attempt is what a receive gave: the ids of its messages with how often each had been received then, and until when
// they are hidden.
type attempt struct {
	made, until time.Time
	messages    []receipt
}

// noteAttempt remembers a receive that took messages.
func (b *backlog) noteAttempt(id string, taken []*message, now time.Time, timeout time.Duration) {
	if id == "" || len(taken) == 0 {
		return
	}
	a := &attempt{made: now, until: now.Add(timeout)}
	for _, m := range taken {
		a.messages = append(a.messages, receipt{messageID: m.id, receive: m.receives})
	}
	if before := b.attempts.known[id]; before != nil {
		a.made = before.made
	} else {
		b.attempts.order = append(b.attempts.order, id)
		b.weigh(attemptOverhead)
	}
	b.attempts.known[id] = a
}

// repeat returns what the receive of this attempt gave, hidden anew for the timeout; nothing where it is the first or its
// messages have become visible again. An attempt whose messages were deleted, hidden otherwise or received by others
// cannot be repeated; the text is that of https://github.com/awslabs/amazon-sqs-java-messaging-lib/issues/213.
func (b *backlog) repeat(id string, now time.Time, timeout time.Duration) ([]*message, error) {
	a := b.attempts.known[id]
	if a == nil {
		return nil, nil
	}
	var again []*message
	for _, r := range a.messages {
		m := b.all[r.messageID]
		if m == nil || m.receives != r.receive || !m.visibleAt.Equal(a.until) {
			return nil, invalidValue(id, "ReceiveRequestAttemptId",
				"The receiveRequestAttemptId is not valid anymore since the receive call is not retryable.")
		}
		again = append(again, m)
	}
	if !a.until.After(now) {
		return nil, nil
	}
	a.until = now.Add(timeout)
	for _, m := range again {
		b.hide(m, a.until)
	}
	return again, nil
}

// forget drops the receives that can no longer be repeated and returns the bytes that this frees.
func (a *attempts) forget(now time.Time) (freed int) {
	for len(a.order) > 0 && now.Sub(a.known[a.order[0]].made) >= attemptInterval {
		delete(a.known, a.order[0])
		a.order = a.order[1:]
		freed += attemptOverhead
	}
	return freed
}
