package localaws

import "time"

// maxVisibility is the longest time that a message can be hidden, counted from its receive,
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html.
const (
	maxVisibility        = maxVisibilitySeconds * time.Second
	maxVisibilitySeconds = 43200
)

type changeVisibilityInput struct {
	queueRef
	visibilityChange
}

type visibilityChange struct {
	ReceiptHandle     string
	VisibilityTimeout *int
}

func (s *Server) changeMessageVisibility(rq *request, in *changeVisibilityInput) (*nothing, error) {
	q, err := s.queue(rq, in.queueRef, grantable)
	if err != nil {
		return nil, err
	}
	return &nothing{}, s.changeVisibility(rq, q, in.visibilityChange)
}

type changeVisibilityBatchInput struct {
	queueRef
	Entries []changeVisibilityBatchEntry
}

type changeVisibilityBatchEntry struct {
	batchID
	visibilityChange
}

func (s *Server) changeMessageVisibilityBatch(rq *request, in *changeVisibilityBatchInput) (*batchOutput[batchID], error) {
	q, err := s.queue(rq, in.queueRef, grantable)
	if err != nil {
		return nil, err
	}
	if err := checkBatch("ChangeMessageVisibilityBatchRequestEntry", in.Entries); err != nil {
		return nil, err
	}
	return forEach(in.Entries, func(entry changeVisibilityBatchEntry) (batchID, error) {
		return entry.batchID, s.changeVisibility(rq, q, entry.visibilityChange)
	}), nil
}

// changeVisibility hides a message that is in flight for another while from now on; zero makes it visible at once. A
// standard queue takes the handle of any receive, and does nothing for a message that has become visible again: see
// https://github.com/getmoto/moto/pull/4655 and https://github.com/localstack/localstack/pull/9632, both tried against
// AWS. A FIFO queue takes that of the receive which hides the message.
func (s *Server) changeVisibility(rq *request, q *queue, in visibilityChange) error {
	if in.ReceiptHandle == "" {
		return missingParameter("ReceiptHandle")
	}
	timeout, err := in.timeout()
	if err != nil {
		return err
	}
	r, err := readReceipt(q, in.ReceiptHandle)
	if err != nil {
		return err
	}
	b := s.backlogs[q.arn]
	b.advance(rq.now)
	m := b.all[r.messageID]
	switch {
	case m == nil:
		return notChangeable(in.ReceiptHandle)
	case q.fifo && !r.holds(m):
		return expiredHandle(in.ReceiptHandle)
	case m.state != stateInFlight:
		return nil
	case rq.now.Add(timeout).Sub(m.lastReceived) > maxVisibility:
		return invalidValue(itoa(*in.VisibilityTimeout), "VisibilityTimeout",
			"Total VisibilityTimeout for the message is beyond the limit [43200 seconds].")
	}
	b.hide(m, rq.now.Add(timeout))
	b.advance(rq.now)
	b.wake()
	return nil
}

func notChangeable(handle string) error {
	return invalidValue(handle, "ReceiptHandle",
		"Message does not exist or is not available for visibility timeout change.")
}

// timeout returns the time for which a message shall be hidden.
func (in visibilityChange) timeout() (time.Duration, error) {
	switch given := in.VisibilityTimeout; {
	case given == nil:
		return 0, missingParameter("VisibilityTimeout")
	case *given < 0 || *given > maxVisibilitySeconds:
		return 0, invalidValue(itoa(*given), "VisibilityTimeout", "VisibilityTimeout must be an integer between 0 and 43200.")
	default:
		return time.Duration(*given) * time.Second, nil
	}
}

// visibilityTimeout returns the timeout that a receiver gave, else the queue's.
func visibilityTimeout(q *queue, given *int) (time.Duration, error) {
	if given == nil {
		return q.seconds("VisibilityTimeout"), nil
	}
	if *given < 0 || *given > maxVisibilitySeconds {
		return 0, invalidValue(itoa(*given), "VisibilityTimeout", "Must be >= 0 and <= 43200, if provided.")
	}
	return time.Duration(*given) * time.Second, nil
}
