package localaws

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
)

// deadLetterRule returns the dead-letter queue of q and how often a message may be received before it goes there; nil
// where no message can go: the queue has none, it does not exist or not of the same type, or its RedriveAllowPolicy no
// longer allows q. Messages then stay and are delivered on, as in a queue that is its own dead-letter queue.
func (s *Server) deadLetterRule(q *queue) (dlq *queue, limit int) {
	text := q.attributes["RedrivePolicy"]
	if text == "" {
		return nil, 0
	}
	var policy redrivePolicy
	if json.Unmarshal([]byte(text), &policy) != nil {
		return nil, 0
	}
	limit, err := strconv.Atoi(string(bytes.Trim(policy.MaxReceiveCount, `"`)))
	dlq = s.queues.get(policy.DeadLetterTargetArn, false)
	if err != nil || dlq == nil || dlq.arn == q.arn || dlq.fifo != q.fifo || !dlq.allowsSource(q.arn) {
		return nil, 0
	}
	return dlq, limit
}

// bury puts a message of q that was received too often into the dead-letter queue. It keeps its id and its count of
// receives. In a standard queue it keeps the time of its sending, from which the retention counts; in a FIFO queue it
// is sent anew, with its id as deduplication id so that no two messages are taken for duplicates, see
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html
// and https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html.
// CloudWatch does not count it as sent, see
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html.
func (s *Server) bury(m *message, q, dlq *queue, now time.Time) {
	s.backlogs[dlq.arn].advance(now)
	m.sourceARN, m.receivedHere = q.arn, 0
	if dlq.fifo {
		m.sent, m.dedupID = now, m.id
	}
	m.visibleAt = m.sent
	s.store(dlq, m, now)
}
