package localaws

import (
	"net/http"
	"time"
)

// purgeHold is the time between two purges of a queue,
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html.
const purgeHold = 60 * time.Second

// purgeQueue deletes what the queue holds, messages in flight too, and forgets their deduplication ids. Recorded case
// test_successive_purge_calls_fail/purge_queue_error.
func (s *Server) purgeQueue(rq *request, in *queueRef) (*nothing, error) {
	q, err := s.queue(rq, *in, grantable)
	if err != nil {
		return nil, err
	}
	b := s.backlogs[q.arn]
	if !b.purged.IsZero() && rq.now.Sub(b.purged) < purgeHold {
		err := sqsError(codePurgeInProgress, "Only one PurgeQueue operation on %s is allowed every 60 seconds.", q.name)
		err.status = http.StatusForbidden
		return nil, err
	}
	b.clear()
	b.purged = rq.now
	return &nothing{}, nil
}
